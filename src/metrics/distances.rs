//! Distances between all rows of two sets of features, a block at a time.
//!
//! They come from products of blocks of rows, |x|² + |y|² − 2x·y in double precision, so that memory
//! does not grow with the square of the images. Where that formula cancels, the distance is computed from
//! the differences.

use std::ops::{ControlFlow, Range};

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::features::Features;
use crate::error::{Error, Result};

/// Rows of either side in a block: 4 MB of Inception features.
pub const BLOCK: usize = 256;
/// Multiplications of a thread between two looks whether to go on: a fraction of a second.
const STRETCH: usize = 1 << 30;
/// Share of |x|² + |y|² below which a squared distance has lost too many digits to their difference.
const CANCELS: f64 = 1e-6;

/// Told now and then how many rows are done; breaks to stop.
pub type RowObserver<'a> = &'a mut dyn FnMut(usize) -> ControlFlow<()>;

/// A set of features with the lengths of its rows.
pub struct Rows<'a> {
    /// The rows.
    pub features: &'a Features,
    /// |x|² of each row.
    norms: Vec<f64>,
}

impl<'a> Rows<'a> {
    /// Measures the rows.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when `watch` broke.
    pub fn new(features: &'a Features, watch: RowObserver<'_>) -> Result<Self> {
        Ok(Self { features, norms: norms(features, watch)? })
    }
}

/// Refuses features of unequal dimensions.
///
/// # Errors
/// If they are.
pub fn check_dims(a: &Features, b: &Features) -> Result<()> {
    if a.dim() == b.dim() {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "features of {} and of {} numbers cannot be compared; take both from the same extractor",
        a.dim(),
        b.dim()
    )))
}

/// Shows `look` the squared distances of all rows of `a` to all rows of `b`: to the accumulator of the
/// row's block, the row (its place in the block, and in `a`), the first column, and the distances from there
/// on. `keep` gets the accumulators in the order of the blocks, with their rows. `watch` is asked after some
/// columns, so that it is asked often however many there are.
pub fn scan<A: Send>(
    a: &Rows<'_>,
    b: &Rows<'_>,
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
