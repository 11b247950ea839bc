//! PCA as a model like the others: fitted to the training images, measured on the test images.

use std::ops::Range;
use std::time::Instant;

use rayon::prelude::*;

use crate::config::Split;
use crate::data::dataset::Dataset;
use crate::data::pace::Pace;
use crate::error::{Error, Result};
use crate::latent::pca::Pca;
use crate::metrics::PixelMetricsSum;
use crate::train::Observer;
use crate::train::report::ReconstructionRow;
use crate::train::start::{Images, in_pool};

/// Images reconstructed at once.
const BATCH: usize = 64;

/// The most components that can be fitted to the training images.
pub fn most_components(dataset: &Dataset) -> usize {
    let dim = dataset.image_size().pow(2) * 3;
    dim.min(Images::new(dataset).train.len().saturating_sub(1))
}

/// RE, PSNR and SSIM of the test images from `k` components of the training images, cut to [0, 1]. Mirror images
/// are not among those.
///
/// # Errors
/// More components than [`most_components`]; an empty test split; images that are damaged in the cache;
/// [`Error::Cancelled`].
pub fn measure(
    dataset: &Dataset,
    k: usize,
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<ReconstructionRow> {
    in_pool(|| {
        let size = dataset.image_size();
        let dim = size * size * 3;
        let train = Images::new(dataset).train;
        let mut rows = |range: Range<usize>, out: &mut [f32]| copy_unit_floats(dataset, &train[range], out);
        let mut pace: Option<Pace> = None;
        let mut watch = |done: usize, total: usize| {
            let now = Instant::now();
            let pace = pace.get_or_insert_with(|| Pace::new("Fitting principal components", total, now));
            observer.progress(pace.progress(done, now))
        };
        let pca = Pca::fit((train.len(), dim), k, seed, &mut rows, &mut watch)?;
        let mut sum = PixelMetricsSum::default();
        for indices in dataset.indices(Split::Test).chunks(BATCH) {
            let mut images = vec![0.0; indices.len() * dim];
            copy_unit_floats(dataset, indices, &mut images)?;
            let mut back = pca.decode(&pca.encode(&images)?)?;
            back.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
            sum.add(&images, &back, size, size)?;
        }
        let metrics = sum.finish().ok_or_else(|| Error::Invalid("there are no images to measure".into()))?;
        Ok(ReconstructionRow {
            name: format!("PCA, {k} components"),
            kind: None,
            image_size: size,
            latent_dim: k,
            weights: dim * (k + 1),
            steps: None,
            split: Split::Test,
            metrics,
            noise: None,
            noisy_input: None,
            lecture: None,
        })
    })
}

fn copy_unit_floats(dataset: &Dataset, indices: &[usize], out: &mut [f32]) -> Result<()> {
    let length = out.len() / indices.len().max(1);
    out.par_chunks_exact_mut(length).zip(indices).try_for_each(|(out, &index)| {
        let pixels = dataset.pixels(index)?;
        out.iter_mut().zip(pixels.iter()).for_each(|(out, &value)| *out = f32::from(value) / 255.0);
        Ok(())
    })
}
