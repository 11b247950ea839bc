//! Places of new codes on a map, and codes of places.
//!
//! On a map of PCA both follow from its plane. Elsewhere a code stands among the codes that are nearest to it, and a
//! place among the points that are nearest to it, by a mean with weights ([`weights`]).

use super::Layout;
use super::grid::GridIndex;
use super::neighbors::Neighbors;
use super::plane::Plane;
use super::watch::LayoutObserver;
use crate::error::Result;
use crate::metrics::features::Features;

/// Standard deviations of the Gaussian up to the farthest of the neighbours.
const REACH: f64 = 3.0;

/// Weights of neighbours by their distances, which rise; they sum to 1. A Gaussian with a third of the last distance as
/// its standard deviation, less its value there, so that a mean moves smoothly where another neighbour takes the last
/// one's place. Equal where all distances are.
pub fn weights(distances: &[f32]) -> Vec<f64> {
    let last = distances.last().map_or(0.0, |d| f64::from(*d));
    let gauss = |part: f64| (-0.5 * (REACH * part).powi(2)).exp();
    let weight = |d: &f32| if last > 0.0 { gauss(f64::from(*d) / last) - gauss(1.0) } else { 1.0 };
    let mut weights: Vec<f64> = distances.iter().map(weight).collect();
    let sum: f64 = weights.iter().sum();
    let equal = 1.0 / weights.len() as f64;
    weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum } else { equal });
    weights
}

/// Finds places for `new` rows on the map of other rows: on the plane of a map of PCA, else at the mean of the points of
/// the `k` nearest rows.
///
/// # Errors
/// Rows of another length; [`Error::Cancelled`](crate::error::Error::Cancelled) when `watch` breaks.
pub fn place(
    new: &Features,
    layout: &Layout,
    rows: &Features,
    k: usize,
    watch: LayoutObserver<'_>,
) -> Result<Vec<[f32; 2]>> {
    if let Some(plane) = &layout.plane {
        return plane.project_all(new, watch);
    }
    let found = Neighbors::between(new, rows, k.max(1), watch)?;
    let mean = |row: usize| {
        let (indices, distances) = found.of(row);
        let mut place = [0.0f64; 2];
        for (index, weight) in indices.iter().zip(weights(distances)) {
            let point = layout.points[*index as usize];
            place = [place[0] + weight * f64::from(point[0]), place[1] + weight * f64::from(point[1])];
        }
        place.map(|v| v as f32)
    };
    Ok((0..new.len()).map(mean).collect())
}

/// The code of a place on a map.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeAt {
    /// The code.
    pub code: Vec<f32>,
    /// The point that is nearest to the place.
    pub nearest: usize,
    /// Its distance on the map: where it is large, the code belongs to nothing that was seen.
    pub distance: f32,
}

/// The code of a place on the map of `codes`, whose points are in `index`: that of the `plane` of a map of PCA, else the
/// mean of the codes of the `k` nearest points. None on a map without points or at a place that is no number.
///
/// # Panics
/// If there are fewer codes than points.
pub fn code_at(
    at: [f32; 2],
    plane: Option<&Plane>,
    index: &GridIndex,
    codes: &Features,
    k: usize,
) -> Option<CodeAt> {
    let near = index.nearest(at, k.max(1));
    let (nearest, distance) = *near.first()?;
    let code = match plane {
        Some(plane) => plane.unproject(at),
        None => mean_code(&near, codes),
    };
    Some(CodeAt { code, nearest: nearest as usize, distance })
}

fn mean_code(near: &[(u32, f32)], codes: &Features) -> Vec<f32> {
    let distances: Vec<f32> = near.iter().map(|(_, distance)| *distance).collect();
    let (mut mean, mut row) = (vec![0.0; codes.dim()], vec![0.0; codes.dim()]);
    for ((index, _), weight) in near.iter().zip(weights(&distances)) {
        let index = *index as usize;
        codes.copy_rows(index..index + 1, &mut row);
        mean.iter_mut().zip(&row).for_each(|(mean, v)| *mean += weight * v);
    }
    mean.iter().map(|v| *v as f32).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::config::LayoutMethod;
    use crate::layout::lay_out;
    use crate::random::standard_normal;

    fn watch(_: &str, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn weights_fall_to_none_at_the_last_neighbour() {
        let found = weights(&[0.0, 1.0, 2.0, 3.0]);
        assert!(found.is_sorted_by(|a, b| a >= b) && found[3] == 0.0, "{found:?}");
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for equal in [[0.0f32; 4], [2.0; 4]] {
            assert_eq!(weights(&equal), [0.25; 4]);
        }
        assert!(weights(&[]).is_empty() && weights(&[3.0]) == [1.0]);
    }

    /// Three groups of codes far from each other.
    fn groups(seed: u64, each: usize) -> Features {
        let noise = standard_normal(seed, 0, 3 * each * 6);
        let value = |(at, v): (usize, &f32)| v + if at % 6 == at / (each * 6) { 15.0 } else { 0.0 };
        Features::from_f32(noise.iter().enumerate().map(value).collect(), 6).unwrap()
    }

    #[test]
    fn new_codes_are_placed_among_their_like() {
        let (rows, new) = (groups(1, 80), groups(2, 4));
        for method in LayoutMethod::ALL {
            let layout = lay_out(&rows, method, 0, &mut watch).unwrap();
            let places = place(&new, &layout, &rows, 10, &mut watch).unwrap();
            let index = GridIndex::new(&layout.points);
            for (at, place) in places.iter().enumerate() {
                assert_eq!(index.nearest(*place, 1)[0].0 as usize / 80, at / 4, "{method:?}");
            }
            let other = Features::from_f32(vec![0.0; 7], 7).unwrap();
            assert!(place(&other, &layout, &rows, 10, &mut watch).is_err());
        }
    }

    #[test]
    fn the_code_at_a_point_is_near_its_own_and_moves_smoothly() {
        let rows = groups(1, 80);
        let layout = lay_out(&rows, LayoutMethod::UMAP, 0, &mut watch).unwrap();
        let index = GridIndex::new(&layout.points);
        let at = |place| code_at(place, None, &index, &rows, 8).unwrap();
        let gap = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let values = rows.to_f32();
        let mut mean = 0.0;
        for (row, point) in layout.points.iter().enumerate() {
            let found = at(*point);
            assert_eq!((found.nearest, found.distance), (row, 0.0));
            mean += gap(&found.code, &values[row * 6..][..6]) / 240.0;
        }
        // Two of a group are √12 apart, two of different ones 21.
        assert!(mean < 2.0, "{mean}");
        let [from, to] = [layout.points[0], layout.points[100]];
        let mut before = at(from).code;
        for step in 1..=20_000 {
            let part = step as f32 / 20_000.0;
            let now = at([from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]).code;
            assert!(gap(&before, &now) < 1.0, "a jump of {} at {part}", gap(&before, &now));
            before = now;
        }
        assert!(code_at([0.0, 0.0], None, &GridIndex::new(&[]), &rows, 8).is_none());
        let far = at([1e6, 0.0]);
        assert!(far.distance > 9e5 && far.code.iter().all(|v| v.is_finite()));
    }

    #[test]
    fn a_map_of_pca_is_read_backwards_by_its_plane() {
        let rows = groups(3, 30);
        let layout = lay_out(&rows, LayoutMethod::Pca, 0, &mut watch).unwrap();
        let index = GridIndex::new(&layout.points);
        let plane = layout.plane.as_ref().unwrap();
        let found = code_at([3.0, -2.0], Some(plane), &index, &rows, 8).unwrap();
        let back = plane.project(&found.code);
        assert!((back[0] - 3.0).abs() < 1e-5 && (back[1] + 2.0).abs() < 1e-5, "{back:?}");
    }
}
