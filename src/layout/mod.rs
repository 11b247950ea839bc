//! Maps of codes: each a point on a plane. [`lay_out`] makes one by PCA, UMAP or t-SNE; [`placing`] finds the place of a
//! new code on it, and the points around a place; [`procrustes`] turns one map so that it can be compared with another;
//! [`clusters`] finds where its points crowd.

pub mod clusters;
pub mod grid;
pub mod neighbors;
pub mod placing;
pub mod plane;
pub mod procrustes;
mod tsne;
mod umap;
mod watch;

pub use neighbors::Neighbors;
pub use plane::Plane;
pub use watch::LayoutObserver;

use crate::config::LayoutMethod;
use crate::error::{Error, Result};
use crate::metrics::features::Features;

/// Points below which neighbours tell nothing, and every map is that of PCA.
const FEWEST: usize = 5;

/// A map.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// A point for each row, in their order.
    pub points: Vec<[f32; 2]>,
    /// The plane that the points lie on, if it is a map of PCA.
    pub plane: Option<Plane>,
    /// Nearest neighbours in the space of the rows, if the map was made from them.
    pub neighbors: Option<Neighbors>,
}

/// Lays rows out on a plane. The same seed gives the same map, bit for bit on the same machine and thread count.
///
/// Of fewer than five rows, and of rows that are all the same, every method gives the map of PCA, with its plane. Of
/// fewer rows than a method wants neighbours it takes all there are.
///
/// # Errors
/// A method with impossible numbers; numbers too large to compute with; [`Error::Cancelled`] when `watch` breaks.
pub fn lay_out(
    features: &Features,
    method: LayoutMethod,
    seed: u64,
    watch: LayoutObserver<'_>,
) -> Result<Layout> {
    method.validate().map_err(Error::Invalid)?;
    let plane = Plane::fit(features, seed, watch)?;
    let points = plane.project_all(features, watch)?;
    let (points, neighbors) = match method {
        _ if features.len() < FEWEST || plane.shares()[0] == 0.0 => (points, None),
        LayoutMethod::Pca => (points, None),
        LayoutMethod::Umap { neighbors, min_dist } => {
            // The point itself is one of them, as in umap-learn.
            let found = Neighbors::within(features, neighbors - 1, watch)?;
            (umap::umap(&points, &found, min_dist, seed, watch)?, Some(found))
        }
        LayoutMethod::Tsne { perplexity } => {
            let found = Neighbors::within(features, tsne::neighbors_for(perplexity), watch)?;
            (tsne::tsne(&points, &found, perplexity, seed, watch)?, Some(found))
        }
    };
    Ok(Layout { points, plane: neighbors.is_none().then_some(plane), neighbors })
}

#[cfg(test)]
mod tests;
