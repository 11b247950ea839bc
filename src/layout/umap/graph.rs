//! Distances to neighbours as a graph of weights: section 3.1 of the paper, with `smooth_knn_dist` and
//! `compute_membership_strengths` of umap-learn.

use crate::layout::neighbors::Neighbors;

/// Nearness to the sum that is sought, and most steps towards it.
const TOLERANCE: f64 = 1e-5;
const STEPS: usize = 64;
/// Least scale of a point's distances, of their mean.
const LEAST_SCALE: f64 = 1e-3;

/// Two points that the descent draws together once in so many passes.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub head: u32,
    pub tail: u32,
    /// Passes from one time to the next; 1 for the heaviest edge.
    pub period: f32,
}

/// Edges in both directions, in the order of their heads; of the lighter ones only those that get a turn in so many
/// `epochs`.
pub(super) fn edges(neighbors: &Neighbors, epochs: usize) -> Vec<Edge> {
    let k = neighbors.k();
    let mean =
        |some: &[f32]| some.iter().map(|d| f64::from(*d)).sum::<f64>() / (some.len() + 1).max(1) as f64;
    let rows = neighbors.indices().len() / k.max(1);
    let of_all =
        neighbors.distances().iter().map(|d| f64::from(*d)).sum::<f64>() / (rows * (k + 1)).max(1) as f64;
    let mut weights: Vec<(u32, u32, f32)> = Vec::with_capacity(2 * rows * k);
    for row in 0..rows {
        let (indices, distances) = neighbors.of(row);
        let (nearest, scale) = smooth(distances, mean(distances), of_all);
        for (other, distance) in indices.iter().zip(distances) {
            let beyond = f64::from(*distance) - nearest;
            let weight = if beyond <= 0.0 || scale == 0.0 { 1.0 } else { (-beyond / scale).exp() } as f32;
            weights.push((row as u32, *other, weight));
            weights.push((*other, row as u32, weight));
        }
    }
    // The fuzzy union: an edge is there if either of its two directions is.
    weights.sort_unstable_by_key(|(head, tail, _)| (*head, *tail));
    let united = weights.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(|same| {
        let weight = same.iter().fold(0.0, |all, (_, _, weight)| all + weight - all * weight);
        (same[0].0, same[0].1, weight)
    });
    let united: Vec<(u32, u32, f32)> = united.collect();
    let heaviest = united.iter().fold(0.0f32, |most, (_, _, weight)| most.max(*weight));
    let least = heaviest / epochs as f32;
    let kept = united.into_iter().filter(|(_, _, weight)| *weight > 0.0 && *weight >= least);
    kept.map(|(head, tail, weight)| Edge { head, tail, period: heaviest / weight }).collect()
}

/// Distance of the nearest neighbour that is no duplicate, and the scale at which exp(−(d − nearest) / scale) sums to
/// log2(k + 1) over the neighbours.
fn smooth(distances: &[f32], mean: f64, of_all: f64) -> (f64, f64) {
    let nearest = distances.iter().find(|d| **d > 0.0).map_or(0.0, |d| f64::from(*d));
    // umap-learn counts the point itself among its neighbours.
    let target = ((distances.len() + 1) as f64).log2();
    let (mut low, mut high, mut scale) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..STEPS {
        let terms = distances.iter().map(|d| match f64::from(*d) - nearest {
            beyond if beyond > 0.0 => (-beyond / scale).exp(),
            _ => 1.0,
        });
        let sum: f64 = terms.sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = scale;
            scale = f64::midpoint(low, high);
        } else {
            low = scale;
            scale = if high == f64::INFINITY { scale * 2.0 } else { f64::midpoint(low, high) };
        }
    }
    let least = LEAST_SCALE * if nearest > 0.0 { mean } else { of_all };
    (nearest, scale.max(least))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::metrics::features::Features;
    use crate::random::standard_normal;

    #[test]
    fn weights_sum_to_the_logarithm_of_the_neighbours() {
        let distances = [0.5f32, 0.7, 0.8, 1.1, 1.2, 1.9, 2.0];
        let (nearest, scale) = smooth(&distances, 1.0, 1.0);
        let sum: f64 = distances.iter().map(|d| (-(f64::from(*d) - nearest) / scale).exp()).sum();
        assert!(nearest == 0.5 && (sum - 3.0).abs() < 1e-5, "{nearest} {sum}");
        // Nothing but duplicates.
        assert_eq!(smooth(&[0.0; 7], 0.0, 2.0).0, 0.0);
    }

    #[test]
    fn the_graph_has_both_directions_of_an_edge_alike() {
        let features = Features::from_f32(standard_normal(1, 0, 300 * 4), 4).unwrap();
        let neighbors = Neighbors::within(&features, 9, &mut |_, _, _| ControlFlow::Continue(())).unwrap();
        let edges = edges(&neighbors, 500);
        assert!(edges.is_sorted_by_key(|edge| (edge.head, edge.tail)) && edges.len() > 300 * 9);
        for edge in &edges {
            assert!((1.0..=500.0).contains(&edge.period) && edge.head != edge.tail);
            let back = edges.iter().find(|other| (other.head, other.tail) == (edge.tail, edge.head));
            assert_eq!(back.unwrap().period, edge.period);
        }
        // The nearest neighbour of a point holds it at full weight.
        let nearest = neighbors.of(17).0[0];
        let edge = edges.iter().find(|edge| (edge.head, edge.tail) == (17, nearest)).unwrap();
        assert_eq!(edge.period, 1.0);
    }
}
