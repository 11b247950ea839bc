//! Principal component analysis of images (Pearson 1901): the best linear code of its size, and so what an
//! autoencoder has to beat.
//!
//! The components come from a randomised subspace iteration (Halko, Martinsson, Tropp 2011, "Finding structure
//! with randomness", <https://arxiv.org/abs/0909.4061>, algorithm 4.4) with a Rayleigh-Ritz step at its end. It
//! reads the images block by block, so that beside one block only the basis is in memory, whatever their
//! number: (dim × (k + a quarter)) numbers, a few times. Where the images span no more dimensions than the
//! basis has, the result is exact up to rounding.

use std::ops::{ControlFlow, Range};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use crate::detached::detached;
use crate::error::{Error, Result};
use crate::random::RandomStream;

/// Images in memory at once.
const BLOCK: usize = 256;
/// Times that the basis goes through all images. What it misses of the best `k` components shrinks with each.
const ROUNDS: usize = 6;
/// The basis has this share of `k` more dimensions than asked for, and at least [`FEWEST_SPARE`].
const SPARE: f64 = 0.25;
const FEWEST_SPARE: usize = 16;

/// Principal components of images, each a row of `dim` numbers.
pub struct Pca {
    mean: Vec<f32>,
    /// (dim × k) with orthonormal columns, the one of largest variance first.
    components: Mat<f32>,
    /// Of the images along each component, dividing by their number; falling.
    variance: Vec<f64>,
}

/// Gives the images of a range, one after another, to the slice, which is as long as they are.
pub type Rows<'a> = &'a mut dyn FnMut(Range<usize>, &mut [f32]) -> Result<()>;
/// Told how many images of how many have been gone through; breaks to cancel the work.
pub type FitObserver<'a> = &'a mut dyn FnMut(usize, usize) -> ControlFlow<()>;

impl Pca {
    /// Fits `k` components to `n` images of `dim` numbers. The same seed gives the same components.
    ///
    /// # Errors
    /// `k` that is 0, more than `dim` or not below `n`; what `rows` meets; [`Error::Cancelled`] when `watch`
    /// breaks.
    pub fn fit(
        (n, dim): (usize, usize),
        k: usize,
        seed: u64,
        rows: Rows<'_>,
        watch: FitObserver<'_>,
    ) -> Result<Self> {
        if k == 0 || k > dim || k >= n {
            return Err(Error::Invalid(format!(
                "{k} principal components cannot be fitted to {n} images of {dim} numbers; choose 1 to {}",
                dim.min(n.saturating_sub(1))
            )));
        }
        let mut images = Centred { n, dim, rows, watch, mean: vec![0.0; dim], done: 0 };
        images.find_mean()?;
        let spare = FEWEST_SPARE.max((k as f64 * SPARE) as usize);
        let width = (k + spare).min(dim).min(n);
        let mut generator = RandomStream::new(seed);
        let mut basis = Mat::from_fn(dim, width, |_, _| generator.normal());
        for _ in 0..ROUNDS {
            let mut next = Mat::<f32>::zeros(dim, width);
            images.each_block(|block| {
                let codes = block * &basis;
                matmul(&mut next, Accum::Add, block.transpose(), &codes, 1.0, Par::rayon(0));
                Ok(())
            })?;
            basis = images.decompose(move || next.qr().compute_thin_Q())?;
        }
        // Among the directions of the basis, those of the largest variance.
        let mut scatter = Mat::<f64>::zeros(width, width);
        images.each_block(|block| {
            let codes = block * &basis;
            let codes = Mat::from_fn(codes.nrows(), width, |row, column| f64::from(codes[(row, column)]));
            matmul(&mut scatter, Accum::Add, codes.transpose(), &codes, 1.0, Par::rayon(0));
            Ok(())
        })?;
        let eigen = images.decompose(move || scatter.self_adjoint_eigen(Side::Lower))?.map_err(|_| {
            Error::Invalid("the principal components could not be found; are the images sound?".into())
        })?;
        // Its values rise.
        let (vectors, values) = (eigen.U(), eigen.S());
        let turn = Mat::from_fn(width, k, |row, column| vectors[(row, width - 1 - column)] as f32);
        let variance = (0..k).map(|column| values[width - 1 - column].max(0.0) / n as f64).collect();
        Ok(Self { mean: images.mean, components: &basis * turn, variance })
    }

    /// The first `k` of the components, or all of them if there are fewer: the PCA with codes of that size.
    pub fn first(&self, k: usize) -> Self {
        let k = k.min(self.code_size());
        let components = self.components.as_ref().subcols(0, k).to_owned();
        Self { mean: self.mean.clone(), components, variance: self.variance[..k].to_vec() }
    }

    /// Numbers in a code.
    pub fn code_size(&self) -> usize {
        self.components.ncols()
    }

    /// Variance of the images along each component, falling.
    pub fn variance(&self) -> &[f64] {
        &self.variance
    }

    /// Number `row` of component `at`, which has unit length.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) fn component(&self, at: usize, row: usize) -> f64 {
        f64::from(self.components[(row, at)])
    }

    /// Images (n × dim, one after another) as codes (n × k).
    ///
    /// # Errors
    /// Numbers that are not whole images.
    pub fn encode(&self, images: &[f32]) -> Result<Vec<f32>> {
        let (n, dim, k) = (rows_in(images, self.mean.len())?, self.mean.len(), self.code_size());
        let mut centred = images.to_vec();
        subtract(&mut centred, &self.mean);
        let mut codes = vec![0.0; n * k];
        let images = MatRef::from_row_major_slice(&centred, n, dim);
        let out = MatMut::from_row_major_slice_mut(&mut codes, n, k);
        matmul(out, Accum::Replace, images, &self.components, 1.0, Par::rayon(0));
        Ok(codes)
    }

    /// Codes (n × k, one after another) as images (n × dim). Pixels can leave the range of those that the
    /// components were fitted to.
    ///
    /// # Errors
    /// Numbers that are not whole codes.
    pub fn decode(&self, codes: &[f32]) -> Result<Vec<f32>> {
        let (n, dim, k) = (rows_in(codes, self.code_size())?, self.mean.len(), self.code_size());
        let mut images = self.mean.repeat(n);
        let codes = MatRef::from_row_major_slice(codes, n, k);
        let out = MatMut::from_row_major_slice_mut(&mut images, n, dim);
        matmul(out, Accum::Add, codes, self.components.transpose(), 1.0, Par::rayon(0));
        Ok(images)
    }
}

fn rows_in(values: &[f32], length: usize) -> Result<usize> {
    if values.is_empty() || !values.len().is_multiple_of(length) {
        return Err(Error::Invalid(format!("{} numbers are not rows of {length}", values.len())));
    }
    Ok(values.len() / length)
}

fn subtract(images: &mut [f32], mean: &[f32]) {
    for image in images.chunks_exact_mut(mean.len()) {
        image.iter_mut().zip(mean).for_each(|(value, mean)| *value -= mean);
    }
}

/// The images less their mean.
struct Centred<'a> {
    n: usize,
    dim: usize,
    rows: Rows<'a>,
    watch: FitObserver<'a>,
    mean: Vec<f32>,
    /// Images gone through so far, each time counted.
    done: usize,
}

impl Centred<'_> {
    fn find_mean(&mut self) -> Result<()> {
        let mut sum = vec![0.0; self.dim];
        self.each_block(|block| {
            for row in block.row_iter() {
                sum.iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            Ok(())
        })?;
        let n = self.n as f64;
        self.mean.iter_mut().zip(&sum).for_each(|(mean, sum)| *mean = (sum / n) as f32);
        Ok(())
    }

    /// Once through all images.
    fn each_block(&mut self, mut work: impl FnMut(MatRef<'_, f32>) -> Result<()>) -> Result<()> {
        let mut values = vec![0.0; BLOCK.min(self.n) * self.dim];
        for first in (0..self.n).step_by(BLOCK) {
            let range = first..self.n.min(first + BLOCK);
            let count = range.len();
            let values = &mut values[..count * self.dim];
            (self.rows)(range, values)?;
            subtract(values, &self.mean);
            work(MatRef::from_row_major_slice(values, count, self.dim))?;
            self.done += count;
            if self.look().is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(())
    }

    /// Does what faer cannot be interrupted at.
    fn decompose<T: Send + 'static>(&mut self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        detached(work, &mut || self.look())
    }

    fn look(&mut self) -> ControlFlow<()> {
        // The mean, the rounds, and the last look.
        (self.watch)(self.done, self.n * (ROUNDS + 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut generator = RandomStream::new(seed);
        (0..count).map(|_| generator.normal()).collect()
    }

    fn fit(images: &[f32], dim: usize, k: usize) -> Result<Pca> {
        let mut rows = |range: Range<usize>, out: &mut [f32]| {
            out.copy_from_slice(&images[range.start * dim..range.end * dim]);
            Ok(())
        };
        Pca::fit((images.len() / dim, dim), k, 0, &mut rows, &mut |_, _| ControlFlow::Continue(()))
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// (n × dim) images with `rank` dimensions around a mean that is not 0.
    fn of_rank(n: usize, dim: usize, rank: usize) -> Vec<f32> {
        let (codes, directions) = (noise(n * rank, 1), noise(rank * dim, 2));
        let value = |image: usize, at: usize| {
            (0..rank).map(|r| codes[image * rank + r] * directions[r * dim + at]).sum::<f32>()
                + at as f32 / 9.0
        };
        (0..n).flat_map(|image| (0..dim).map(move |at| value(image, at))).collect()
    }

    #[test]
    fn images_of_rank_k_come_back_exactly() {
        let images = of_rank(300, 90, 7);
        let pca = fit(&images, 90, 7).unwrap();
        let codes = pca.encode(&images).unwrap();
        assert_eq!(codes.len(), 300 * 7);
        assert!(largest_difference(&pca.decode(&codes).unwrap(), &images) < 1e-4);
        // One component less loses the least of the variances, no more.
        let fewer = fit(&images, 90, 6).unwrap();
        let first = pca.first(6);
        let codes = [&first, &fewer].map(|pca| pca.decode(&pca.encode(&images).unwrap()).unwrap());
        assert!((first.code_size(), pca.first(99).code_size()) == (6, 7));
        assert!(largest_difference(&codes[0], &codes[1]) < 1e-3, "the first ones of more are all of fewer");
        let back = fewer.decode(&fewer.encode(&images).unwrap()).unwrap();
        let lost: f64 = back.iter().zip(&images).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / 300.0;
        assert!((lost / pca.variance()[6] - 1.0).abs() < 1e-4, "{lost} of {:?}", pca.variance());
    }

    #[test]
    fn all_components_are_the_identity_on_images_never_seen() {
        let pca = fit(&noise(200 * 24, 3), 24, 24).unwrap();
        let unseen = noise(50 * 24, 4);
        let back = pca.decode(&pca.encode(&unseen).unwrap()).unwrap();
        assert!(largest_difference(&back, &unseen) < 1e-5);
    }

    #[test]
    fn components_are_orthonormal_and_codes_have_their_variance_and_no_mean() {
        // Dimension `d` has a standard deviation of 1 / (d + 1).
        let (n, dim, k) = (2000, 40, 5);
        let images: Vec<f32> =
            noise(n * dim, 5).iter().enumerate().map(|(i, v)| v / ((i % dim) as f32 + 1.0)).collect();
        let pca = fit(&images, dim, k).unwrap();
        for a in 0..k {
            for b in 0..k {
                let product: f32 = (0..dim).map(|d| pca.components[(d, a)] * pca.components[(d, b)]).sum();
                assert!((product - f32::from(u8::from(a == b))).abs() < 1e-5, "{a} {b}: {product}");
            }
            assert!(pca.components[(a, a)].abs() > 0.95, "the axes are the components, in their order");
        }
        let codes = pca.encode(&images).unwrap();
        for (column, variance) in pca.variance().iter().enumerate() {
            let own: Vec<f64> = codes.chunks(k).map(|code| f64::from(code[column])).collect();
            let found = own.iter().map(|v| v * v).sum::<f64>() / n as f64;
            assert!((found / variance - 1.0).abs() < 1e-4 && own.iter().sum::<f64>().abs() < 0.1);
        }
        assert!(pca.variance().is_sorted_by(|a, b| a >= b));
    }

    /// Where the basis is smaller than the space: against all eigenvalues of the covariance.
    #[test]
    fn few_of_many_dimensions_are_the_best_ones() {
        let (n, dim, k) = (700, 300, 20);
        let images: Vec<f32> =
            noise(n * dim, 6).iter().enumerate().map(|(i, v)| v / (1.0 + (i % dim) as f32).sqrt()).collect();
        let pca = fit(&images, dim, k).unwrap();
        let mut centred = images.clone();
        subtract(&mut centred, &pca.mean);
        let centred = Mat::from_fn(n, dim, |row, column| f64::from(centred[row * dim + column]));
        let mut all = (centred.transpose() * &centred).self_adjoint_eigenvalues(Side::Lower).unwrap();
        all.reverse();
        let best: f64 = all[..k].iter().sum::<f64>() / n as f64;
        let found: f64 = pca.variance().iter().sum();
        assert!(found <= best * 1.000_01 && found > best * 0.999, "{found} of {best}");
    }

    #[test]
    fn what_cannot_be_fitted_is_refused_and_a_break_is_obeyed() {
        let images = noise(30 * 20, 7);
        for k in [0, 21] {
            let message = fit(&images, 20, k).err().unwrap().to_string();
            assert!(message.contains("choose 1 to 20"), "{message}");
        }
        assert!(fit(&images[..100], 20, 5).err().unwrap().to_string().contains("choose 1 to 4"));
        let pca = fit(&images, 20, 3).unwrap();
        assert!(pca.encode(&images[..21]).is_err() && pca.decode(&[]).is_err());
        let (mut calls, mut last) = (0, (0, 0));
        let mut rows = |_: Range<usize>, out: &mut [f32]| {
            out.copy_from_slice(&images[..out.len()]);
            Ok(())
        };
        let mut watch = |done, total| {
            (calls, last) = (calls + 1, (done, total));
            ControlFlow::Continue(())
        };
        Pca::fit((30, 20), 3, 0, &mut rows, &mut watch).unwrap();
        assert_eq!(last.0, last.1);
        let mut left = calls / 2;
        let stopped = Pca::fit((30, 20), 3, 0, &mut rows, &mut |_, _| {
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
