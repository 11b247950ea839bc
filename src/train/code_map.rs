//! The codes of a run's images on a plane, as the run goes on: each map is turned so that it lies as the one before
//! did, and none is stretched, so that a space that collapses is seen to shrink.

use std::ops::ControlFlow;

use super::snapshot::Snapshot;
use crate::config::Split;
use crate::error::Result;
use crate::layout::Plane;
use crate::layout::procrustes::align;
use crate::measure::atlas::columns_of;
use crate::metrics::features::Features;
use crate::report::{AtlasColumn, CodeMap};

/// Images on a map, at most: enough to see clusters, and few enough to be encoded in passing.
const MAPPED: usize = 400;

/// Draws the maps of a run.
#[derive(Default)]
pub struct CodeMapper {
    images: Option<MappedImages>,
    /// The points of the last map.
    last: Option<Vec<[f32; 2]>>,
}

/// The images on the maps of a run, always the same.
struct MappedImages {
    indices: Vec<usize>,
    names: Vec<String>,
    columns: Vec<AtlasColumn>,
}

impl MappedImages {
    /// Evenly taken from all.
    fn of(snapshot: &Snapshot) -> Self {
        let all = snapshot.dataset.indices(Split::All);
        let n = all.len().min(MAPPED);
        let indices: Vec<usize> = (0..n).map(|at| all[at * all.len() / n]).collect();
        let names = indices.iter().map(|index| snapshot.dataset.name(*index).to_owned()).collect();
        // A table that cannot be read is no reason to show no map.
        let columns = columns_of(snapshot.dataset, &indices).unwrap_or_default();
        Self { indices, names, columns }
    }
}

impl CodeMapper {
    /// The map of a run as it stands; none where codes are no numbers any more, or there are too few images.
    ///
    /// # Errors
    /// Images that are damaged in the cache.
    pub fn map(&mut self, snapshot: &Snapshot) -> Result<Option<CodeMap>> {
        let images = self.images.get_or_insert_with(|| MappedImages::of(snapshot));
        let codes = snapshot.encoded(&images.indices)?.mu;
        if codes.len() < 3 || !codes.iter().flatten().all(|v| v.is_finite()) {
            return Ok(None);
        }
        let dim = snapshot.config.latent_dim;
        let rows = Features::from_f32(codes.concat(), dim)?;
        let plane = Plane::fit(&rows, snapshot.seed, &mut |_, _, _| ControlFlow::Continue(()))?;
        let points: Vec<[f32; 2]> = codes.iter().map(|code| plane.project(code)).collect();
        let points = self.last.as_ref().map_or(points.clone(), |last| align(&points, last));
        let (points, columns) = (self.last.insert(points).clone(), images.columns.clone());
        Ok(Some(CodeMap {
            step: snapshot.step,
            points,
            names: images.names.clone(),
            columns,
            variance: plane.shares().iter().sum(),
            spread: spread(&codes),
        }))
    }
}

/// Root mean square distance of rows from their mean.
fn spread(rows: &[Vec<f32>]) -> f64 {
    let n = rows.len() as f64;
    let dim = rows.first().map_or(0, Vec::len);
    let (mut sum, mut squares) = (vec![0.0f64; dim], 0.0f64);
    for row in rows {
        for (sum, v) in sum.iter_mut().zip(row) {
            *sum += f64::from(*v);
            squares += f64::from(*v).powi(2);
        }
    }
    let of_mean: f64 = sum.iter().map(|sum| (sum / n).powi(2)).sum();
    (squares / n - of_mean).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_the_definition() {
        let rows = [vec![1.0, 0.0], vec![-1.0, 0.0], vec![0.0, 2.0], vec![0.0, -2.0]];
        assert!((spread(&rows) - 2.5f64.sqrt()).abs() < 1e-9);
        assert_eq!(spread(&[vec![3.0, 3.0], vec![3.0, 3.0]]), 0.0);
    }
}
