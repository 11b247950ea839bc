//! Places of images and draws on a plane, out of the cache if they are there.

use std::ops::ControlFlow;
use std::time::Instant;

use super::numbers::Images;
use super::order::AtlasOrder;
use crate::config::LayoutMethod;
use crate::data::cache::vectors::{Vectors, VectorsFile, keep, kept};
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::Result;
use crate::layout::{Layout, LayoutObserver, Neighbors, Plane, lay_out};
use crate::metrics::features::Features;
use crate::observer::Observer;

/// Raised when a layout comes out otherwise.
const VERSION: u32 = 1;
/// Neighbours that are kept of each point.
pub const NEIGHBORS: usize = 15;

/// The points on the plane, with the nearest images of each.
pub struct Placed {
    pub points: Vec<[f32; 2]>,
    /// Of principal components.
    pub plane: Option<Plane>,
    pub neighbors: Neighbors,
}

/// Lays rows out, those of the images first, or takes their places out of the cache under the name `what`.
///
/// # Errors
/// As for [`lay_out`].
pub fn placed(
    order: &AtlasOrder,
    images: &Images<'_>,
    what: &str,
    (rows, image_rows): (&Features, &Features),
    observer: &mut dyn Observer,
) -> Result<Placed> {
    let n = image_rows.len();
    let k = NEIGHBORS.min(n - 1);
    let what = format!("map {VERSION} by {} of {what}, seed {}, {k} neighbours", order.method, order.seed);
    let file = VectorsFile::of_squares(images.dataset, &images.part(), &what);
    // The plane of principal components is found anew each time: it is quick, and its axes are needed.
    let file = file.filter(|_| order.method != LayoutMethod::Pca);
    let (kept, notes) = kept(file.as_ref(), &mut |progress| observer.progress(progress))?;
    notes.iter().for_each(|note| observer.warning(note));
    let row = 2 + 2 * k;
    let (vectors, plane) = match kept {
        Some(vectors) => (vectors, None),
        None => {
            let mut meter: Option<(String, ProgressMeter)> = None;
            let mut watch = |what: &str, done: usize, total: usize| -> ControlFlow<()> {
                let meter = match &mut meter {
                    Some((last, meter)) if last == what => meter,
                    other => {
                        let began = ProgressMeter::new(what, total, Instant::now());
                        &mut other.insert((what.to_owned(), began)).1
                    }
                };
                observer.progress(meter.progress(done, Instant::now()))
            };
            let (layout, neighbors) = in_pool(|| found(order, (rows, image_rows), k, &mut watch))?;
            let vectors = as_vectors(images, &layout.points, &neighbors);
            keep(file.as_ref(), &vectors).iter().for_each(|note| observer.warning(note));
            (vectors, layout.plane)
        }
    };
    let rows = || vectors.values.chunks_exact(row);
    let indices = rows().flat_map(|row| &row[2 + k..]).map(|index| *index as u32).collect();
    let distances = rows().flat_map(|row| &row[2..2 + k]).copied().collect();
    let points = rows().map(|row| [row[0], row[1]]).collect();
    Ok(Placed { points, plane, neighbors: Neighbors::new(k, indices, distances) })
}

/// A row a point: its place, the distances of its neighbours, then these.
fn as_vectors(images: &Images<'_>, points: &[[f32; 2]], neighbors: &Neighbors) -> Vectors {
    let (n, dim) = (images.indices.len(), 2 + 2 * neighbors.k());
    let mut values = Vec::with_capacity(points.len() * dim);
    for (point, at) in points.iter().enumerate() {
        let (indices, distances) = neighbors.of(point);
        values.extend_from_slice(at);
        values.extend_from_slice(distances);
        values.extend(indices.iter().map(|index| *index as f32));
    }
    let names = (0..points.len()).map(|point| match images.indices.get(point) {
        Some(index) => images.dataset.name(*index).to_owned(),
        None => format!("draw {}", point + 1 - n),
    });
    Vectors { dim, values, names: names.collect(), skipped: Vec::new() }
}

/// The places of all rows, and the nearest images of each.
fn found(
    order: &AtlasOrder,
    (rows, image_rows): (&Features, &Features),
    k: usize,
    watch: LayoutObserver<'_>,
) -> Result<(Layout, Neighbors)> {
    let mut neighbors = Neighbors::within(image_rows, k, watch)?;
    let n = image_rows.len();
    if rows.len() > n {
        let draws = rows.rows(&(n..rows.len()).collect::<Vec<_>>());
        neighbors = neighbors.followed_by(&Neighbors::between(&draws, image_rows, k, watch)?);
    }
    if order.method == LayoutMethod::Pca {
        // The axes are those of the images, so that draws do not turn the map.
        let plane = Plane::fit(image_rows, order.seed, watch)?;
        let points = plane.project_all(rows, watch)?;
        return Ok((Layout { points, plane: Some(plane), neighbors: None }, neighbors));
    }
    Ok((lay_out(rows, order.method, order.seed, watch)?, neighbors))
}
