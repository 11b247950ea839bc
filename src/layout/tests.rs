//! Of whole maps.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::*;
use crate::random::standard_normal;

fn watch(_: &str, _: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn map(features: &Features, method: LayoutMethod, seed: u64) -> Layout {
    lay_out(features, method, seed, &mut watch).unwrap()
}

/// Rows around some centres, which are far from each other; those of one follow each other.
fn blobs(groups: usize, each: usize, dim: usize) -> Features {
    let centres = standard_normal(9, 0, groups * dim);
    let noise = standard_normal(1, 0, groups * each * dim);
    let value = |(at, v): (usize, &f32)| v + 12.0 * centres[at / (each * dim) * dim + at % dim];
    Features::from_f32(noise.iter().enumerate().map(value).collect(), dim).unwrap()
}

#[test]
fn blobs_stay_apart_and_are_the_clusters() {
    let features = blobs(5, 120, 20);
    for method in [LayoutMethod::UMAP, LayoutMethod::TSNE] {
        let layout = map(&features, method, 0);
        assert!(layout.plane.is_none() && layout.neighbors.is_some());
        let flat = Features::from_f32(layout.points.concat(), 2).unwrap();
        // Who is near whom among the neighbours of each point on the map.
        let near = Neighbors::within(&flat, 10, &mut watch).unwrap();
        let same = (0..600).flat_map(|row| near.of(row).0.iter().map(move |other| (row, *other as usize)));
        let same = same.filter(|(row, other)| row / 120 == other / 120).count();
        assert!(same as f64 > 0.98 * 6000.0, "{method}: {same}");
        let found = clusters::find(&layout.points);
        assert_eq!(found.clusters.len(), 5, "{method}");
        for blob in found.of.chunks(120) {
            let first = blob.iter().flatten().next();
            let own = blob.iter().filter(|of| of.as_ref() == first).count();
            assert!(own > 100, "{method}: {own}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_one_others() {
    let features = blobs(3, 150, 8);
    for method in LayoutMethod::ALL {
        let first = map(&features, method, 4);
        assert_eq!(first, map(&features, method, 4), "{method}");
        let moved = first.points != map(&features, method, 5).points;
        assert_eq!(moved, method != LayoutMethod::Pca, "{method}");
    }
}

/// Computed by `tests/reference/layout.py`.
#[test]
fn the_plane_is_that_of_scikit_learn_and_is_read_backwards() {
    #[derive(Deserialize)]
    struct Case {
        rows: Vec<Vec<f32>>,
        points: Vec<[f64; 2]>,
        axes: Vec<Vec<f64>>,
        shares: [f64; 2],
    }
    #[derive(Deserialize)]
    struct Reference {
        planes: Vec<Case>,
    }
    let text = include_str!("../../tests/reference/layout.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    assert!(reference.planes.len() > 2);
    for case in reference.planes {
        let features = Features::from_f32(case.rows.concat(), case.rows[0].len()).unwrap();
        let layout = map(&features, LayoutMethod::Pca, 0);
        let plane = layout.plane.unwrap();
        let near =
            |found: f32, wanted: f64| assert!((f64::from(found) - wanted).abs() < 1e-4, "{found} {wanted}");
        for (found, wanted) in layout.points.iter().zip(&case.points) {
            found.iter().zip(wanted).for_each(|(found, wanted)| near(*found, *wanted));
        }
        for (found, wanted) in plane.axes().iter().zip(&case.axes) {
            found.iter().zip(wanted).for_each(|(found, wanted)| near(*found, *wanted));
        }
        (0..2).for_each(|axis| near(plane.shares()[axis] as f32, case.shares[axis]));
        for place in [[0.0, 0.0], [1.5, -2.5], [-30.0, 4.0]] {
            let back = plane.project(&plane.unproject(place));
            (0..2).for_each(|axis| near(back[axis], f64::from(place[axis])));
        }
    }
}

/// Rows too long for a covariance.
#[test]
fn the_plane_of_long_rows_is_that_of_the_large_variances() {
    let dim = 1500;
    let noise = standard_normal(1, 0, 60 * dim);
    let sides = standard_normal(2, 0, 2 * 60);
    let value = |(at, v): (usize, &f32)| {
        let (row, column) = (at / dim, at % dim);
        0.01 * v + if column < 2 { sides[2 * row + column] * [5.0, 2.0][column] } else { 0.0 }
    };
    let features = Features::from_f32(noise.iter().enumerate().map(value).collect(), dim).unwrap();
    let plane = Plane::fit(&features, 0, &mut watch).unwrap();
    assert!(plane.axes()[0][0] > 0.9 && plane.axes()[1][1].abs() > 0.9);
    assert!(plane.shares().iter().sum::<f64>() > 0.98, "{:?}", plane.shares());
}

#[test]
fn few_rows_equal_rows_and_rows_of_one_number_are_laid_out() {
    let normal = |n: usize, dim: usize| Features::from_f32(standard_normal(1, 0, n * dim), dim).unwrap();
    let mut doubled = standard_normal(3, 0, 60 * 4);
    doubled.copy_within(0..30 * 4, 30 * 4);
    let mut sets: Vec<Features> = [(1, 3), (2, 3), (3, 3), (4, 2), (5, 3), (6, 1), (9, 4), (16, 2), (50, 1)]
        .map(|(n, dim)| normal(n, dim))
        .into();
    sets.push(Features::from_f32(vec![3.0; 40 * 5], 5).unwrap());
    sets.push(Features::from_f32(doubled, 4).unwrap());
    // Many are one, a few are another.
    sets.push(Features::from_f32((0..90).map(|at| f32::from(u8::from(at > 80))).collect(), 1).unwrap());
    // On a line, and in the corners of single precision.
    sets.push(Features::from_f32((0..120u8).map(|at| f32::from(at / 3)).collect(), 3).unwrap());
    sets.push(Features::from_f32(standard_normal(2, 0, 90).iter().map(|v| v * 1e37).collect(), 3).unwrap());
    sets.push(Features::from_f32(standard_normal(2, 0, 90).iter().map(|v| v * 1e-30).collect(), 3).unwrap());
    let small = [LayoutMethod::Umap { neighbors: 2, min_dist: 0.0 }, LayoutMethod::Tsne { perplexity: 2.0 }];
    for features in &sets {
        for method in LayoutMethod::ALL.into_iter().chain(small) {
            let layout = map(features, method, 0);
            let what = format!("{method} of {} × {}", features.len(), features.dim());
            assert_eq!(layout.points.len(), features.len(), "{what}");
            assert!(layout.points.iter().flatten().all(|v| v.is_finite()), "{what}");
            assert!(layout.plane.is_some() != layout.neighbors.is_some(), "{what}");
        }
    }
    let one = map(&sets[0], LayoutMethod::UMAP, 0);
    assert_eq!(one.points, [[0.0, 0.0]]);
}

#[test]
fn a_method_with_impossible_numbers_is_refused() {
    let method = LayoutMethod::Umap { neighbors: 1, min_dist: 0.1 };
    let refused = lay_out(&blobs(2, 10, 3), method, 0, &mut watch);
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

#[test]
fn a_break_is_obeyed_at_once_in_every_part() {
    let features = blobs(4, 250, 16);
    for method in LayoutMethod::ALL {
        let (mut parts, mut calls) = (Vec::new(), 0);
        let mut count = |part: &str, done: usize, total: usize| {
            assert!(done <= total && total > 0, "{part}: {done} of {total}");
            calls += 1;
            if parts.last().is_none_or(|last| last != part) {
                parts.push(part.to_owned());
            }
            ControlFlow::Continue(())
        };
        lay_out(&features, method, 0, &mut count).unwrap();
        assert_eq!(parts.len(), if method == LayoutMethod::Pca { 1 } else { 3 }, "{parts:?}");
        for stop in parts {
            let mut broken = None;
            let mut stop = |part: &str, done: usize, _: usize| {
                if part == stop && (done > 0 || stop == "Finding the plane") {
                    broken.get_or_insert_with(Instant::now);
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            };
            let stopped = lay_out(&features, method, 0, &mut stop);
            assert!(matches!(stopped, Err(Error::Cancelled)), "{method}");
            assert!(broken.unwrap().elapsed() < Duration::from_secs(2), "{method}");
        }
        assert!(calls > 0);
    }
}
