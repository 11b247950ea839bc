//! PCA measured like a model: fitted to the training images, without their mirror images.

use std::ops::Range;
use std::time::Instant;

use rayon::prelude::*;

use crate::config::Noise;
use crate::data::corruption::corrupt_measured;
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::data::partition::Partition;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::latent::pca::Pca;
use crate::metrics::PixelMetricsSum;
use crate::observer::Observer;
use crate::report::PixelMetrics;

/// Images reconstructed at once.
const BATCH: usize = 64;

/// The most components that can be fitted to the training images.
pub fn most_components(dataset: &Dataset) -> usize {
    let dim = dataset.image_size().pow(2) * 3;
    dim.min(Partition::new(dataset).train.len().saturating_sub(1))
}

/// Name of a PCA that has `k` components.
pub fn name(k: usize) -> String {
    format!("PCA, {k} components")
}

/// Numbers of a PCA for images of this many pixels on a side: the mean image and `k` components.
pub fn weights(image_size: usize, k: usize) -> usize {
    image_size * image_size * 3 * (k + 1)
}

/// RE, PSNR and SSIM of these images from `k` components of the training images, cut to [0, 1]. With `noise` it is
/// given noisy images, the same ones as a model is, and measured against the clean ones. `seed` is that of the fit,
/// which goes by random projections.
///
/// # Errors
/// More components than [`most_components`]; no images to measure; images that are damaged in the cache;
/// [`Error::Cancelled`].
pub fn measure(
    dataset: &Dataset,
    indices: &[usize],
    k: usize,
    noise: Option<Noise>,
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<PixelMetrics> {
    in_pool(|| {
        let size = dataset.image_size();
        let dim = size * size * 3;
        let pca = fit(dataset, &Partition::new(dataset).train, k, seed, observer)?;
        let mut sum = PixelMetricsSum::default();
        for (batch, indices) in indices.chunks(BATCH).enumerate() {
            let mut images = vec![0.0; indices.len() * dim];
            copy_unit_floats(dataset, indices, &mut images)?;
            let mut given = images.clone();
            if let Some(noise) = noise {
                corrupt_measured(&mut given, dim, noise, batch * BATCH);
            }
            sum.add(&images, &reconstructions(&pca, &given)?, size, size)?;
        }
        sum.finish().ok_or_else(|| Error::Invalid("there are no images to measure".into()))
    })
}

/// `k` principal components of some images of a data set; `seed` is that of the random projections.
///
/// # Errors
/// More components than these images have; images that are damaged in the cache; [`Error::Cancelled`].
pub fn fit(
    dataset: &Dataset,
    images: &[usize],
    k: usize,
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<Pca> {
    let dim = dataset.image_size().pow(2) * 3;
    let mut rows = |range: Range<usize>, out: &mut [f32]| copy_unit_floats(dataset, &images[range], out);
    let mut pace: Option<ProgressMeter> = None;
    let mut watch = |done: usize, total: usize| {
        let now = Instant::now();
        let pace = pace.get_or_insert_with(|| ProgressMeter::new("Fitting principal components", total, now));
        observer.progress(pace.progress(done, now))
    };
    Pca::fit((images.len(), dim), k, seed, &mut rows, &mut watch)
}

/// Images (one after another) as a PCA gives them back, cut to [0, 1].
///
/// # Errors
/// Numbers that are not whole images.
pub fn reconstructions(pca: &Pca, images: &[f32]) -> Result<Vec<f32>> {
    let mut back = pca.decode(&pca.encode(images)?)?;
    back.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
    Ok(back)
}

fn copy_unit_floats(dataset: &Dataset, indices: &[usize], out: &mut [f32]) -> Result<()> {
    let length = out.len() / indices.len().max(1);
    out.par_chunks_exact_mut(length).zip(indices).try_for_each(|(out, &index)| {
        let pixels = dataset.pixels(index)?;
        out.iter_mut().zip(pixels.iter()).for_each(|(out, &value)| *out = f32::from(value) / 255.0);
        Ok(())
    })
}
