//! UMAP (McInnes, Healy, Melville 2018, "UMAP: uniform manifold approximation and projection for dimension reduction",
//! <https://arxiv.org/abs/1802.03426>), with the rules of the authors' `umap-learn` 0.5: each point's distances to its
//! exact nearest neighbours become a graph of weights ([`graph`]), and a descent draws a point to its neighbours and
//! away from random others ([`descent`]), by forces that follow from a curve ([`curve`]). It begins with PCA.
//!
//! Written here because the crate `umap-rs` 0.4 draws from a generator without a seed and lets threads race for the
//! points, so that no map of it can be had twice. Here the descent is one thread's and its draws are the seed's.

mod curve;
mod descent;
mod graph;

use super::neighbors::Neighbors;
use super::watch::LayoutObserver;
use crate::error::Result;
use crate::random::RandomStream;

/// Points up to which the descent takes its time, and its passes then and beyond.
const FEW: usize = 10_000;
const EPOCHS_OF_FEW: usize = 500;
const EPOCHS_OF_MANY: usize = 200;
/// Side of the map that the descent begins with.
const SIDE: f64 = 10.0;
/// Standard deviation of the noise that parts equal points at the beginning, with the largest coordinate at [`SIDE`].
const NOISE: f64 = 1e-4;

/// Moves `points`, which PCA gave, by the graph of their neighbours.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled) when `watch` breaks.
pub(super) fn umap(
    points: &[[f32; 2]],
    neighbors: &Neighbors,
    min_dist: f32,
    seed: u64,
    watch: LayoutObserver<'_>,
) -> Result<Vec<[f32; 2]>> {
    let epochs = if points.len() <= FEW { EPOCHS_OF_FEW } else { EPOCHS_OF_MANY };
    let mut random = RandomStream::new(seed);
    let mut points = first_points(points, &mut random);
    let edges = graph::edges(neighbors, epochs);
    let forces = curve::Forces::new(curve::fit(f64::from(min_dist)));
    descent::descend(&mut points, edges, &forces, epochs, random.next_u64(), watch)?;
    Ok(points)
}

/// Spread over a square of [`SIDE`], as umap-learn does: noise on the points at a size of 10, then each axis from 0 to
/// 10.
fn first_points(points: &[[f32; 2]], random: &mut RandomStream) -> Vec<[f32; 2]> {
    let largest = points.iter().flatten().fold(0.0f64, |most, v| most.max(f64::from(*v).abs()));
    let scale = if largest > 0.0 { SIDE / largest } else { 0.0 };
    let noisy: Vec<[f64; 2]> = points
        .iter()
        .map(|point| point.map(|v| f64::from(v) * scale + NOISE * random.normal::<f64>()))
        .collect();
    let bounds = [0, 1].map(|axis| {
        let values = noisy.iter().map(|point| point[axis]);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    });
    let place = |axis: usize, v: f64| {
        let (low, high) = bounds[axis];
        if high > low { (SIDE * (v - low) / (high - low)) as f32 } else { 0.0 }
    };
    noisy.iter().map(|[x, y]| [place(0, *x), place(1, *y)]).collect()
}
