//! Precision, recall, density and coverage: the parts of two sets of features on each other's manifolds.
//!
//! Precision and recall: Kynkäänniemi, Karras, Laine, Lehtinen, Aila: "Improved precision and recall metric
//! for assessing generative models", 2019, <https://arxiv.org/abs/1904.06991>. Density and coverage:
//! Naeem, Oh, Uh, Choi, Yoo: "Reliable fidelity and diversity metrics for generative models", 2020,
//! <https://arxiv.org/abs/2002.09797>. Equal to the latter authors' `prdc` on the same features.
//!
//! A manifold is the union of balls around the features of its images, each reaching to the image's
//! k-th nearest neighbour in its own set.
//!
//! Distances come from products of blocks of rows, |x|² + |y|² − 2x·y in double precision, so that memory
//! does not grow with the square of the images. Where that formula cancels, the distance is computed from
//! the differences.

use std::ops::{ControlFlow, Range};

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::features::Features;
use crate::error::{Error, Result};

/// Rows of either side in a block: 4 MB of Inception features.
const BLOCK: usize = 256;
/// Multiplications of a thread between two looks whether to go on: a fraction of a second.
const STRETCH: usize = 1 << 30;
/// Share of |x|² + |y|² below which a squared distance has lost too many digits to their difference.
const CANCELS: f64 = 1e-6;

/// The agreement of two sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prdc {
    /// Share of the generated images that lie on the real manifold: fidelity.
    pub precision: f64,
    /// Share of the real images that lie on the generated manifold: diversity.
    pub recall: f64,
    /// Real balls that a generated image lies in, mean over the images, over k; can exceed 1.
    pub density: f64,
    /// Share of the real images whose ball holds a generated one.
    pub coverage: f64,
}

/// A set of features with a ball around each of its images.
pub struct Manifold<'a> {
    features: &'a Features,
    k: usize,
    /// |x|² of each row.
    norms: Vec<f64>,
    /// Squared distance of each row to its k-th nearest neighbour.
    radii: Vec<f64>,
}

/// Told now and then how many rows are done; breaks to stop.
pub type RowObserver<'a> = &'a mut dyn FnMut(usize) -> ControlFlow<()>;

impl<'a> Manifold<'a> {
    /// Measures distances to the `k`-th nearest neighbours.
    ///
    /// # Errors
    /// A `k` that is 0 or not below the number of images; [`Error::Cancelled`] when `watch` broke.
    pub fn new(features: &'a Features, k: usize, watch: RowObserver<'_>) -> Result<Self> {
        let n = features.len();
        check_k(k, n)?;
        let mut manifold = Self { features, k, norms: norms(features, watch)?, radii: Vec::new() };
        let nearest = || vec![f64::INFINITY; BLOCK * k];
        let look = |nearest: &mut Vec<f64>, (local, row): (usize, usize), first: usize, distances: &[f64]| {
            let nearest = &mut nearest[local * k..][..k];
            for (column, distance) in (first..).zip(distances) {
                if *distance < nearest[k - 1] && column != row {
                    let place = nearest.partition_point(|d| d <= distance);
                    nearest[place..].rotate_right(1);
                    nearest[place] = *distance;
                }
            }
        };
        let mut radii = Vec::with_capacity(n);
        scan(&manifold, &manifold, nearest, look, watch, |rows, nearest: Vec<f64>| {
            radii.extend(nearest.chunks_exact(k).take(rows.len()).map(|nearest| nearest[k - 1]));
        })?;
        manifold.radii = radii;
        Ok(manifold)
    }
}

/// Refuses a neighbour that `n` images do not have.
///
/// # Errors
/// A `k` that is 0 or not below `n`.
pub fn check_k(k: usize, n: usize) -> Result<()> {
    if (1..n).contains(&k) {
        return Ok(());
    }
    let remedy = match n {
        0 | 1 => "take more images".to_owned(),
        2 => "take more images or a k of 1".to_owned(),
        _ => format!("take more images or a k from 1 to {}", n - 1),
    };
    let images = if n == 1 { "one image has" } else { &format!("{n} images have") };
    Err(Error::Invalid(format!("{images} no {k}-th nearest neighbours; {remedy}")))
}

/// Compares two manifolds that were made with the same k.
///
/// # Errors
/// Features of unequal dimensions; [`Error::Cancelled`] when `watch` broke.
pub fn prdc(real: &Manifold<'_>, generated: &Manifold<'_>, watch: RowObserver<'_>) -> Result<Prdc> {
    /// The finds of a block of real rows.
    struct Found {
        /// Real balls around each generated row.
        balls: Vec<u32>,
        recalled: [bool; BLOCK],
        covered: [bool; BLOCK],
    }
    if real.features.dim() != generated.features.dim() {
        return Err(Error::Invalid(format!(
            "features of {} and of {} numbers cannot be compared; take both from the same extractor",
            real.features.dim(),
            generated.features.dim()
        )));
    }
    let (n_real, n_generated) = (real.features.len(), generated.features.len());
    let nothing = || Found { balls: vec![0; n_generated], recalled: [false; BLOCK], covered: [false; BLOCK] };
    let look = |found: &mut Found, (local, row): (usize, usize), first: usize, distances: &[f64]| {
        let radius = real.radii[row];
        let (balls, radii) = (&mut found.balls[first..], &generated.radii[first..]);
        let (mut recalled, mut covered) = (false, false);
        for ((distance, balls), generated_radius) in distances.iter().zip(balls).zip(radii) {
            let inside = *distance < radius;
            *balls += u32::from(inside);
            covered |= inside;
            recalled |= distance < generated_radius;
        }
        found.recalled[local] |= recalled;
        found.covered[local] |= covered;
    };
    let (mut balls, mut recalled, mut covered) = (vec![0u32; n_generated], 0, 0);
    scan(real, generated, nothing, look, watch, |rows, found: Found| {
        balls.iter_mut().zip(&found.balls).for_each(|(sum, more)| *sum += more);
        recalled += found.recalled[..rows.len()].iter().filter(|seen| **seen).count();
        covered += found.covered[..rows.len()].iter().filter(|seen| **seen).count();
    })?;
    let precise = balls.iter().filter(|balls| **balls > 0).count();
    let in_balls: f64 = balls.iter().map(|balls| f64::from(*balls)).sum();
    Ok(Prdc {
        precision: precise as f64 / n_generated as f64,
        recall: recalled as f64 / n_real as f64,
        density: in_balls / (real.k * n_generated) as f64,
        coverage: covered as f64 / n_real as f64,
    })
}

/// Shows `look` the squared distances of all rows of `a` to all rows of `b`: to the accumulator of the
/// row's block, the row (its place in the block, and in `a`), the first column, and the distances from there
/// on. `keep` gets the accumulators in the order of the blocks, with their rows. `watch` is asked after some
/// columns, so that it is asked often however many there are.
fn scan<A: Send>(
    a: &Manifold<'_>,
    b: &Manifold<'_>,
    start: impl Fn() -> A + Sync,
    look: impl Fn(&mut A, (usize, usize), usize, &[f64]) + Sync,
    watch: RowObserver<'_>,
    mut keep: impl FnMut(Range<usize>, A),
) -> Result<()> {
    let (n, dim) = (a.features.len(), a.features.dim());
    let blocks = |range: Range<usize>| {
        let end = range.end;
        range.step_by(BLOCK).map(move |first| first..end.min(first + BLOCK))
    };
    let all: Vec<Range<usize>> = blocks(0..n).collect();
    let stretch = (STRETCH / (BLOCK * dim)).max(1).next_multiple_of(BLOCK);
    let look_at = |(rows, left, found): &mut (&Range<usize>, Vec<f64>, A), columns: Range<usize>| {
        let mut right = vec![0.0; BLOCK * dim];
        let mut products = vec![0.0; rows.len() * BLOCK];
        for columns in blocks(columns) {
            let right = &mut right[..columns.len() * dim];
            let products = &mut products[..rows.len() * columns.len()];
            b.features.copy_rows(columns.clone(), right);
            let lhs = MatRef::from_row_major_slice(left, rows.len(), dim);
            let rhs = MatRef::from_row_major_slice(right, columns.len(), dim).transpose();
            let out = MatMut::from_row_major_slice_mut(products, rows.len(), columns.len());
            matmul(out, Accum::Replace, lhs, rhs, 1.0, Par::Seq);
            for (local, distances) in products.chunks_exact_mut(columns.len()).enumerate() {
                let (row, x) = (rows.start + local, &left[local * dim..][..dim]);
                for ((value, column), y) in
                    distances.iter_mut().zip(columns.clone()).zip(right.chunks_exact(dim))
                {
                    let norms = a.norms[row] + b.norms[column];
                    *value = norms - 2.0 * *value;
                    if *value <= CANCELS * norms {
                        *value = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum();
                    }
                }
                look(found, (local, row), columns.start, distances);
            }
        }
    };
    let mut done = 0;
    for some in all.chunks(rayon::current_num_threads()) {
        let mut found = Vec::with_capacity(some.len());
        for rows in some {
            let mut left = vec![0.0; rows.len() * dim];
            a.features.copy_rows(rows.clone(), &mut left);
            found.push((rows, left, start()));
        }
        for first in (0..b.features.len()).step_by(stretch) {
            let columns = first..b.features.len().min(first + stretch);
            if watch(done).is_break() {
                return Err(Error::Cancelled);
            }
            found.par_iter_mut().with_max_len(1).for_each(|found| look_at(found, columns.clone()));
        }
        found.into_iter().for_each(|(rows, _, found)| keep(rows.clone(), found));
        done = some.last().map_or(done, |rows| rows.end);
    }
    if watch(done).is_break() { Err(Error::Cancelled) } else { Ok(()) }
}

fn norms(features: &Features, watch: RowObserver<'_>) -> Result<Vec<f64>> {
    let mut row = vec![0.0; features.dim()];
    let mut norms = Vec::with_capacity(features.len());
    for index in 0..features.len() {
        if index.is_multiple_of(BLOCK) && watch(0).is_break() {
            return Err(Error::Cancelled);
        }
        features.copy_rows(index..index + 1, &mut row);
        norms.push(row.iter().map(|v| v * v).sum());
    }
    Ok(norms)
}
