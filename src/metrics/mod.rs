//! Agreement of pictures, in pairs and as sets: one file a metric, each naming its paper.

pub(crate) mod change;
pub(crate) mod collapse;
pub(crate) mod compare;
pub(crate) mod copying;
pub mod disentanglement;
pub(crate) mod distances;
pub mod features;
pub mod frechet;
pub(crate) mod kid;
pub(crate) mod prdc;
pub(crate) mod prediction;
pub(crate) mod psnr;
pub(crate) mod re;
pub(crate) mod roc;
pub mod sets;
pub mod sharpness;
pub(crate) mod ssim;
pub mod trustworthiness;

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod set_reference_tests;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::ranks::here;
use crate::report::PixelMetrics;

/// Adds up [`PixelMetrics`] batch by batch. The sums do not depend on the number of threads, nor on how
/// the pictures are cut into batches.
#[derive(Clone, Copy, Debug, Default)]
pub struct PixelMetricsSum {
    mse: f64,
    /// Over those that are not identical.
    psnr: f64,
    ssim: f64,
    n: usize,
    identical: usize,
}

impl PixelMetricsSum {
    /// Measures a batch: `a` and `b` hold the same number of pictures of this size, each height × width
    /// × 3, values in [0, 1].
    ///
    /// # Errors
    /// Lengths that are not whole pictures or differ, pictures smaller than the window of
    /// [`ssim::ssim`], values that are not numbers. Nothing is added then.
    pub fn add(&mut self, a: &[f32], b: &[f32], width: usize, height: usize) -> Result<()> {
        let length = width * height * 3;
        if a.len() != b.len() || length == 0 || !a.len().is_multiple_of(length) {
            return Err(Error::Invalid(format!(
                "{} and {} values are not two batches of {width}×{height} RGB pictures",
                a.len(),
                b.len()
            )));
        }
        let measured = a
            .par_chunks_exact(length)
            .zip(b.par_chunks_exact(length))
            .map(|(a, b)| measure(a, b, width, height))
            .collect::<Result<Vec<_>>>()?;
        measured.into_iter().for_each(|one| self.add_one(one));
        Ok(())
    }

    fn add_one(&mut self, one: PairMeasurement) {
        self.mse += one.mse;
        match one.mse == 0.0 {
            true => self.identical += 1,
            false => self.psnr += psnr::psnr_of_mse(one.mse),
        }
        self.ssim += one.ssim;
        self.n += 1;
    }

    /// The sum over all processes that share a measurement.
    pub fn over_ranks(&self) -> Self {
        let mut sums = [self.mse, self.psnr, self.ssim, self.n as f64, self.identical as f64];
        here().sum(&mut sums);
        let [mse, psnr, ssim, n, identical] = sums;
        Self { mse, psnr, ssim, n: n as usize, identical: identical as usize }
    }

    /// The means; `None` when nothing was added. The PSNR is over the pairs that are not identical, infinite when
    /// there are none.
    pub fn finish(&self) -> Option<PixelMetrics> {
        let n = self.n as f64;
        (self.n > 0).then(|| PixelMetrics {
            re: self.mse / n,
            psnr: match self.n - self.identical {
                0 => f64::INFINITY,
                others => self.psnr / others as f64,
            },
            ssim: self.ssim / n,
            n: self.n,
            identical: self.identical,
        })
    }
}

/// One pair of pictures.
struct PairMeasurement {
    mse: f64,
    ssim: f64,
}

fn measure(a: &[f32], b: &[f32], width: usize, height: usize) -> Result<PairMeasurement> {
    let measured = PairMeasurement { mse: re::mse(a, b), ssim: ssim::ssim(a, b, width, height)? };
    // A NaN would pass for the infinite PSNR of identical pictures once it is JSON.
    if measured.mse.is_finite() && measured.ssim.is_finite() {
        Ok(measured)
    } else {
        Err(Error::Invalid("pictures with values that are not finite numbers cannot be measured".into()))
    }
}

/// Measures pairs of pictures of any sizes; the two of a pair must be equally large.
///
/// # Errors
/// No pair at all, a pair of unequal sizes, or pictures smaller than the window of [`ssim::ssim`].
pub fn pixel_metrics(pairs: &[(ImageBuf, ImageBuf)]) -> Result<PixelMetrics> {
    let measured = pairs.par_iter().map(|(a, b)| measure_images(a, b)).collect::<Result<Vec<_>>>()?;
    let mut sum = PixelMetricsSum::default();
    measured.into_iter().for_each(|one| sum.add_one(one));
    sum.finish().ok_or_else(|| Error::Invalid("there are no pictures to measure".into()))
}

fn measure_images(a: &ImageBuf, b: &ImageBuf) -> Result<PairMeasurement> {
    if (a.width(), a.height()) != (b.width(), b.height()) {
        return Err(Error::Invalid(format!(
            "a picture of {}×{} cannot be compared with one of {}×{}",
            a.width(),
            a.height(),
            b.width(),
            b.height()
        )));
    }
    measure(&a.to_unit_floats(), &b.to_unit_floats(), a.width(), a.height())
}
