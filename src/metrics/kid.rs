//! The kernel distance between two sets of features, which with Inception's is the KID.
//!
//! Bińkowski, Sutherland, Arbel, Gretton: "Demystifying MMD GANs", 2018, <https://arxiv.org/abs/1801.01401>:
//! the squared maximum mean discrepancy with the kernel k(x, y) = (x·y / d + 1)³, d being the numbers in a
//! feature vector. Unbiased, and so also for few images: its mean over many sets does not depend on their size, which
//! that of a Fréchet distance does. It can be a little below 0.
//!
//! As in clean-fid's `kernel_distance` and with the defaults of torch-fidelity it is the mean over [`SUBSETS`]
//! pairs of subsets, each of m images drawn without replacement, m being [`SUBSET_SIZE`] or the images of the
//! smaller set; of a pair of subsets X and Y it is
//!
//! Σ k(xᵢ, xⱼ) / (m(m − 1)) + Σ k(yᵢ, yⱼ) / (m(m − 1)) − 2 Σ k(xᵢ, yⱼ) / m²,
//!
//! the first two sums without i = j. Where both sets have m images there is only one such pair.
//!
//! Each kernel value is computed once, in blocks of rows, and summed for all subsets by a product with what says
//! which images they hold, so that neither time nor memory grows with the number of subsets. Of large sets, most of
//! whose pairs are in no subset, one pair of subsets is measured after the other.

use std::ops::{ControlFlow, Range};

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::distances::RowObserver;
use super::features::Features;
use crate::error::{Error, Result};

/// Pairs of subsets.
pub const SUBSETS: usize = 100;
/// Most images in a subset.
pub const SUBSET_SIZE: usize = 1000;
/// Images of a set from which on its subsets are measured one after another.
const LARGE: usize = 10 * SUBSET_SIZE;
/// Rows of either side in a block: 4 MB of Inception features.
const BLOCK: usize = 256;

/// The distance of two sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kid {
    /// Mean over the pairs of subsets.
    pub mean: f64,
    /// Standard deviation over them (divided by their number); none where there is only one.
    pub std: Option<f64>,
}

/// Measures two sets. `watch` is told now and then how many of the [`rows`] are done.
///
/// # Errors
/// Features of unequal dimensions; fewer than two images in a set; [`Error::Cancelled`] when `watch` broke.
pub fn kernel_distance(real: &Features, generated: &Features, watch: RowObserver<'_>) -> Result<Kid> {
    if real.dim() != generated.dim() {
        return Err(Error::Invalid(format!(
            "features of {} and of {} numbers cannot be compared; take both from the same extractor",
            real.dim(),
            generated.dim()
        )));
    }
    let m = real.len().min(generated.len()).min(SUBSET_SIZE);
    if m < 2 {
        return Err(Error::Invalid("a kernel distance needs at least two images in each set".into()));
    }
    let count = if real.len() == m && generated.len() == m { 1 } else { SUBSETS };
    let subsets = Subsets { m, count };
    let distances = match real.len().max(generated.len()) < LARGE {
        true => subsets.together(real, generated, watch)?,
        false => subsets.one_by_one(real, generated, watch)?,
    };
    let mean_of = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / count as f64;
    let mean = mean_of(&mut distances.iter().copied());
    let variance = mean_of(&mut distances.iter().map(|d| (d - mean).powi(2)));
    Ok(Kid { mean, std: (count > 1).then(|| variance.sqrt()) })
}

/// Rows that a measurement of these sets goes through.
pub fn rows(real: &Features, generated: &Features) -> usize {
    2 * real.len() + generated.len()
}

/// The pairs of subsets of two sets.
#[derive(Clone, Copy)]
struct Subsets {
    /// Images in each.
    m: usize,
    /// Pairs.
    count: usize,
}

impl Subsets {
    /// The images, of `n`, that a subset holds. They depend on nothing but these numbers: those with the smallest hashes
    /// of subset, side and image.
    fn images(self, subset: usize, side: u64, n: usize) -> Vec<usize> {
        let hash = |image: &usize| {
            let key = [subset as u64, side, *image as u64].map(u64::to_le_bytes).concat();
            (xxh3_64(&key), *image)
        };
        let mut images: Vec<usize> = (0..n).collect();
        images.sort_by_cached_key(hash);
        images.truncate(self.m);
        images
    }

    /// The distance of each pair, all of them at once.
    fn together(self, real: &Features, generated: &Features, watch: RowObserver<'_>) -> Result<Vec<f64>> {
        let Subsets { m, count } = self;
        let side = |features: &'_ Features, side| {
            // Images × subsets, row by row: 1 where the subset holds the image.
            let mut members = vec![0.0; features.len() * count];
            for subset in 0..count {
                let images = self.images(subset, side, features.len());
                images.iter().for_each(|image| members[image * count + subset] = 1.0);
            }
            members
        };
        let x = KernelSet { features: real, members: side(real, 0) };
        let y = KernelSet { features: generated, members: side(generated, 1) };
        let xx = x.sums(None, count, watch)?;
        let yy = y.sums(None, count, &mut |done| watch(real.len() + done))?;
        let xy = x.sums(Some(&y), count, &mut |done| watch(real.len() + generated.len() + done))?;
        let (pairs, all) = ((m * (m - 1)) as f64, (m * m) as f64);
        let distance = |subset: usize| (xx[subset] + yy[subset]) / pairs - 2.0 * xy[subset] / all;
        Ok((0..count).map(distance).collect())
    }

    /// Subsets one after another.
    fn one_by_one(self, real: &Features, generated: &Features, watch: RowObserver<'_>) -> Result<Vec<f64>> {
        let all = rows(real, generated);
        let mut distances = Vec::with_capacity(self.count);
        for subset in 0..self.count {
            let held = |features: &Features, side| {
                let dim = features.dim();
                let mut values = vec![0.0; self.m * dim];
                let images = self.images(subset, side, features.len());
                for (row, image) in values.chunks_exact_mut(dim).zip(images) {
                    features.copy_rows(image..image + 1, row);
                }
                Features::from_f64(values, dim)
            };
            let (x, y) = (held(real, 0)?, held(generated, 1)?);
            let mut go_on = |_| watch(all * subset / self.count);
            distances.extend(Subsets { count: 1, ..self }.together(&x, &y, &mut go_on)?);
        }
        if watch(all) == ControlFlow::Break(()) { Err(Error::Cancelled) } else { Ok(distances) }
    }
}

/// A set, and which of its images each subset holds.
struct KernelSet<'a> {
    features: &'a Features,
    members: Vec<f64>,
}

impl KernelSet<'_> {
    /// Of each subset the sum of the kernel over all its pairs with the other side; over those of two different
    /// images of this side, if no `other` is given.
    fn sums(&self, other: Option<&KernelSet<'_>>, count: usize, watch: RowObserver<'_>) -> Result<Vec<f64>> {
        let right_side = other.unwrap_or(self);
        let dim = self.features.dim();
        let blocks = |n: usize| (0..n).step_by(BLOCK).map(move |first| first..n.min(first + BLOCK));
        let of_block = |rows: &Range<usize>| {
            let mut sums = vec![0.0; count];
            let (mut left, mut right) = (vec![0.0; rows.len() * dim], vec![0.0; BLOCK * dim]);
            let (mut kernel, mut shares) = (vec![0.0; rows.len() * BLOCK], vec![0.0; rows.len() * count]);
            self.features.copy_rows(rows.clone(), &mut left);
            let members = &self.members[rows.start * count..rows.end * count];
            for columns in blocks(right_side.features.len()) {
                // Of the pairs of one set each is computed once.
                if other.is_none() && columns.start < rows.start {
                    continue;
                }
                let right = &mut right[..columns.len() * dim];
                let kernel = &mut kernel[..rows.len() * columns.len()];
                right_side.features.copy_rows(columns.clone(), right);
                let lhs = MatRef::from_row_major_slice(&left, rows.len(), dim);
                let rhs = MatRef::from_row_major_slice(right, columns.len(), dim).transpose();
                let out = MatMut::from_row_major_slice_mut(kernel, rows.len(), columns.len());
                matmul(out, Accum::Replace, lhs, rhs, 1.0 / dim as f64, Par::Seq);
                kernel.iter_mut().for_each(|product| *product = (*product + 1.0).powi(3));
                let mut weight = 1.0;
                if other.is_none() {
                    match columns.start == rows.start {
                        true => (0..rows.len()).for_each(|at| kernel[at * (columns.len() + 1)] = 0.0),
                        false => weight = 2.0,
                    }
                }
                let held = &right_side.members[columns.start * count..columns.end * count];
                let lhs = MatRef::from_row_major_slice(kernel, rows.len(), columns.len());
                let rhs = MatRef::from_row_major_slice(held, columns.len(), count);
                let out = MatMut::from_row_major_slice_mut(&mut shares, rows.len(), count);
                matmul(out, Accum::Replace, lhs, rhs, weight, Par::Seq);
                for (members, shares) in members.chunks_exact(count).zip(shares.chunks_exact(count)) {
                    for ((sum, member), share) in sums.iter_mut().zip(members).zip(shares) {
                        *sum += member * share;
                    }
                }
            }
            sums
        };
        let mut sums = vec![0.0; count];
        let all: Vec<Range<usize>> = blocks(self.features.len()).collect();
        for some in all.chunks(rayon::current_num_threads()) {
            let found: Vec<Vec<f64>> = some.par_iter().map(of_block).collect();
            for more in found {
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
            if watch(some.last().map_or(0, |rows| rows.end)) == ControlFlow::Break(()) {
                return Err(Error::Cancelled);
            }
        }
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_sets_are_measured_as_small_ones_and_tell_how_far_they_are() {
        let set = |n: u32, seed: u32| {
            let values = (0..n * 3).map(|i| f64::from((i * 7919 + seed * 104_729) % 1009) / 1009.0);
            Features::from_f64(values.collect(), 3).unwrap()
        };
        let (real, generated) = (set(130, 1), set(90, 2));
        let subsets = Subsets { m: 40, count: 9 };
        let go_on = |_| ControlFlow::Continue(());
        let together = subsets.together(&real, &generated, &mut { go_on }).unwrap();
        let mut done = Vec::new();
        let mut watch = |rows| {
            done.push(rows);
            ControlFlow::Continue(())
        };
        let apart = subsets.one_by_one(&real, &generated, &mut watch).unwrap();
        assert_eq!(together.len(), 9);
        for (a, b) in together.iter().zip(&apart) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
        assert!(done.is_sorted() && done.last() == Some(&rows(&real, &generated)), "{done:?}");
        let stopped = subsets.one_by_one(&real, &generated, &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
