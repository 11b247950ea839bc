//! Looking at a model with images that it is not trained on.

use candle_core::{Device, Tensor};

use super::report::ValidationReport;
use super::trained_model::{decode_floats, extend_encoded};
use crate::config::TrainConfig;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::latent::info::LatentInfo;
use crate::latent::statistics::{self, Encoded};
use crate::losses;
use crate::metrics::PixelMetricsSum;
use crate::models::Model;

/// Images measured at once.
const BATCH: usize = 64;
/// Most images that the code space is measured on.
const LATENT_IMAGES: usize = 512;

/// Images of a data set as a batch tensor (n, size, size, 3) in [0, 1].
pub(super) fn tensor_of(dataset: &Dataset, indices: &[usize], device: &Device) -> Result<Tensor> {
    let size = dataset.image_size();
    let mut pixels = Vec::with_capacity(indices.len() * size * size * 3);
    for &index in indices {
        pixels.extend(dataset.pixels(index).iter().map(|&value| f32::from(value) / 255.0));
    }
    Ok(Tensor::from_vec(pixels, (indices.len(), size, size, 3), device)?)
}

/// Loss terms and pixel metrics of the mean reconstructions (`z = mu`) of these images; none if there
/// are none. `keep_going` is asked between batches.
pub(super) fn measure(
    model: &Model,
    dataset: &Dataset,
    indices: &[usize],
    kl_weight: f64,
    device: &Device,
    keep_going: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<ValidationReport>> {
    let size = dataset.image_size();
    let (mut squared, mut kl, mut sum) = (0.0, 0.0, PixelMetricsSum::default());
    for (done, indices) in indices.chunks(BATCH).enumerate() {
        if !keep_going(done * BATCH) {
            return Err(Error::Cancelled);
        }
        let images = tensor_of(dataset, indices, device)?;
        let posterior = model.encode(&images)?;
        let output = model.decode(&posterior.mu)?;
        let n = indices.len() as f64;
        squared += f64::from(losses::reconstruction(&output, &images)?.to_scalar::<f32>()?) * n;
        if let Some(log_var) = &posterior.log_var {
            kl += f64::from(losses::gaussian_kl(&posterior.mu, log_var)?.to_scalar::<f32>()?) * n;
        }
        let pixels = |t: &Tensor| t.flatten_all()?.to_vec1::<f32>();
        sum.add(&pixels(&images)?, &pixels(&output)?, size, size)?;
    }
    let n = indices.len() as f64;
    Ok(sum.finish().map(|metrics| ValidationReport {
        step: 0,
        loss: (squared + kl_weight * kl) / n,
        reconstruction: squared / n,
        kl: kl / n,
        metrics,
    }))
}

/// Measures the code space on at most [`LATENT_IMAGES`] images.
pub(super) fn measure_latent(
    model: &Model,
    config: &TrainConfig,
    dataset: &Dataset,
    indices: &[usize],
    device: &Device,
) -> Result<LatentInfo> {
    let variational = config.model.kind.is_variational();
    let mut encoded = Encoded { mu: Vec::new(), log_var: variational.then(Vec::new) };
    for indices in indices[..indices.len().min(LATENT_IMAGES)].chunks(BATCH) {
        extend_encoded(&mut encoded, model, &tensor_of(dataset, indices, device)?)?;
    }
    statistics::measure(&encoded, variational, &mut |codes| {
        decode_floats(model, codes, config.model.latent_dim, device)
    })
}
