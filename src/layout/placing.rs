//! Places between the points of a map, by means with weights: a code stands among the codes that are nearest to it, and a
//! place among the points that are nearest to it. On a map of PCA its [plane](super::plane) says both exactly.

use super::grid::GridIndex;

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

/// The `k` points nearest to a place, the nearest first, with their [weights].
pub fn near(index: &GridIndex, at: [f32; 2], k: usize) -> Vec<(u32, f64)> {
    let near = index.nearest(at, k);
    let distances: Vec<f32> = near.iter().map(|(_, distance)| *distance).collect();
    near.iter().map(|(point, _)| *point).zip(weights(&distances)).collect()
}

/// The place among some of `points`, each with a distance, in the order of these.
///
/// # Panics
/// If there is no such point.
pub fn among(near: &[(u32, f32)], points: &[[f32; 2]]) -> [f32; 2] {
    let distances: Vec<f32> = near.iter().map(|(_, distance)| *distance).collect();
    let mut place = [0.0f64; 2];
    for ((point, _), weight) in near.iter().zip(weights(&distances)) {
        let at = points[*point as usize];
        place = [place[0] + weight * f64::from(at[0]), place[1] + weight * f64::from(at[1])];
    }
    place.map(|v| v as f32)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::config::LayoutMethod;
    use crate::layout::{Neighbors, lay_out};
    use crate::metrics::features::Features;
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
        let found = Neighbors::between(&new, &rows, 10, &mut watch).unwrap();
        for method in [LayoutMethod::UMAP, LayoutMethod::TSNE] {
            let layout = lay_out(&rows, method, 0, &mut watch).unwrap();
            let index = GridIndex::new(&layout.points);
            for at in 0..new.len() {
                let (points, distances) = found.of(at);
                let near: Vec<_> = points.iter().copied().zip(distances.iter().copied()).collect();
                let place = among(&near, &layout.points);
                assert_eq!(index.nearest(place, 1)[0].0 as usize / 80, at / 4, "{method:?}");
            }
        }
    }

    #[test]
    fn a_mean_over_the_points_near_a_place_is_near_their_own_and_moves_smoothly() {
        let rows = groups(1, 80);
        let layout = lay_out(&rows, LayoutMethod::UMAP, 0, &mut watch).unwrap();
        let index = GridIndex::new(&layout.points);
        let values = rows.to_f32();
        let code = |row: usize| &values[row * 6..][..6];
        let at = |place| {
            let mut mean = [0.0f32; 6];
            for (point, weight) in near(&index, place, 8) {
                mean.iter_mut().zip(code(point as usize)).for_each(|(mean, v)| *mean += weight as f32 * v);
            }
            mean
        };
        let gap = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let mut mean = 0.0;
        for (row, point) in layout.points.iter().enumerate() {
            assert_eq!(near(&index, *point, 8)[0].0 as usize, row);
            mean += gap(&at(*point), code(row)) / 240.0;
        }
        // Two of a group are √12 apart, two of different ones 21.
        assert!(mean < 2.0, "{mean}");
        let [from, to] = [layout.points[0], layout.points[100]];
        let mut before = at(from);
        for step in 1..=20_000 {
            let part = step as f32 / 20_000.0;
            let now = at([from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]);
            assert!(gap(&before, &now) < 1.0, "a jump of {} at {part}", gap(&before, &now));
            before = now;
        }
        assert!(near(&GridIndex::new(&[]), [0.0, 0.0], 8).is_empty());
        assert!(at([1e6, 0.0]).iter().all(|v| v.is_finite()));
    }
}
