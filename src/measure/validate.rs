//! Looking at a model with images that it is not trained on.

use candle_core::{Device, Tensor};

use crate::config::{CodeUnits, Likelihood, ModelConfig, Noise, TrainConfig};
use crate::data::corruption::corrupt_measured;
use crate::data::dataset::Dataset;
use crate::data::grey;
use crate::error::{Error, Result};
use crate::latent::statistics::{self, Encoded};
use crate::losses;
use crate::losses::features::FeatureTerm;
use crate::losses::objective::Objective;
use crate::metrics::PixelMetricsSum;
use crate::metrics::collapse::partner;
use crate::metrics::re::mse;
use crate::models::inference::{decode_floats, extend_encoded};
use crate::models::{Model, Posterior};
use crate::ranks::{Ranks, here};
use crate::report::{LatentInfo, ValidationReport};

/// Images measured at once.
pub(crate) const BATCH: usize = 64;
/// Most images that the code space is measured on.
const LATENT_IMAGES: usize = 512;

/// Images of a data set as a batch tensor (n, size, size, 3) in [0, 1].
pub(crate) fn tensor_of(dataset: &Dataset, indices: &[usize], device: &Device) -> Result<Tensor> {
    let size = dataset.image_size();
    let mut pixels = Vec::with_capacity(indices.len() * size * size * 3);
    for &index in indices {
        pixels.extend(dataset.pixels(index)?.iter().map(|&value| f32::from(value) / 255.0));
    }
    Ok(Tensor::from_vec(pixels, (indices.len(), size, size, 3), device)?)
}

/// Settings of a measurement besides model and images.
#[derive(Clone, Copy)]
pub struct MeasurementSettings<'a> {
    /// Terms of the loss and their weights.
    pub objective: Objective,
    /// Reconstruction term.
    pub likelihood: Likelihood,
    /// Noise on what the model sees; the numbers are against the clean images.
    pub noise: Option<Noise>,
    /// Range of the numbers of a code.
    pub units: CodeUnits,
    /// Whether to decode once more, each image from another's code.
    pub shuffled: bool,
    /// Feature term of the loss, if it has one.
    pub features: Option<FeatureTerm<'a>>,
}

/// Loss terms and pixel metrics of the mean reconstructions (`z = mu`) of these images; none if there
/// are none. `keep_going` is asked between batches. Where several processes share the work, each has some of the
/// batches, and all have the outcome.
pub(crate) fn measure(
    model: &Model,
    dataset: &Dataset,
    indices: &[usize],
    settings: MeasurementSettings<'_>,
    device: &Device,
    keep_going: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<ValidationReport>> {
    let pixels = |t: &Tensor| t.flatten_all()?.to_vec1::<f32>();
    let (mut squared, mut sum, mut baseline) = (0.0, PixelMetricsSum::default(), PixelMetricsSum::default());
    let (mut posteriors, mut unlike): (Vec<Posterior>, f64) = (Vec::new(), 0.0);
    let ranks = here();
    let share = ranks.share(indices.len().div_ceil(BATCH));
    for batch in share.clone() {
        let done = batch * BATCH;
        if !keep_going(((batch - share.start) * BATCH * ranks.size()).min(indices.len())) {
            return Err(Error::Cancelled);
        }
        let indices = &indices[done..(done + BATCH).min(indices.len())];
        let images = seen(model, dataset, indices, (settings.likelihood, done), device)?;
        let (_, height, width, channels) = images.dims4()?;
        let clean = pixels(&images)?;
        let mut input = images.clone();
        if let Some(noise) = settings.noise {
            let mut noisy = clean.clone();
            corrupt_measured(&mut noisy, width * height * channels, noise, done);
            baseline.add(&clean, &noisy, width, height)?;
            input = Tensor::from_vec(noisy, images.shape(), device)?;
        }
        let posterior = model.encode(&input)?;
        let output = model.decode(&posterior.mu)?;
        // Grey pictures count once, not once a colour.
        let counted = |t: &Tensor| t.narrow(3, 0, model.channels())?.contiguous();
        let term = losses::of_likelihood(settings.likelihood, &counted(&output)?, &counted(&images)?)?;
        squared += f64::from(term.to_scalar::<f32>()?) * indices.len() as f64;
        if let Some(features) = &settings.features {
            unlike += f64::from(features.of(&output, &images)?.to_scalar::<f32>()?) * indices.len() as f64;
        }
        sum.add(&clean, &pixels(&output)?, width, height)?;
        posteriors.push(posterior);
    }
    let Some(metrics) = sum.over_ranks().finish() else { return Ok(None) };
    let mut sums = [squared, unlike];
    ranks.sum(&mut sums);
    let [squared, unlike] = sums;
    let (baseline, posterior) = (baseline.over_ranks(), joined(&posteriors, indices.len(), device)?);
    // Over all images at once: the sparsity penalty is about the mean activity over them.
    let reconstruction = Tensor::new((squared / indices.len() as f64) as f32, device)?;
    let of_all = || settings.objective.loss(&reconstruction, &posterior);
    let (loss, mut terms) = Ranks::alone().together(of_all)?;
    if let Some(features) = &settings.features {
        features.join(&Tensor::new((unlike / indices.len() as f64) as f32, device)?, &loss, &mut terms)?;
    }
    let mu = posterior.mu.to_vec2::<f32>()?;
    let re_shuffled = match settings.shuffled {
        true => re_shuffled(model, dataset, indices, &mu, settings.likelihood, device)?,
        false => None,
    };
    let codes = Encoded { mu, log_var: None };
    Ok(Some(ValidationReport {
        step: 0,
        loss: terms.loss,
        reconstruction: terms.reconstruction,
        kl: terms.kl,
        sparsity: terms.sparsity,
        feature_reconstruction: terms.features,
        active_units: statistics::of_codes(&codes, settings.units)?.active_units(),
        re_shuffled,
        metrics,
        noisy_input: baseline.finish(),
    }))
}

/// Images as a model is measured on them, (n, height, width, 3): framed, and black or white by always the same draws
/// where that is what it has learned. `first` is the number of the first one.
pub(crate) fn seen(
    model: &Model,
    dataset: &Dataset,
    indices: &[usize],
    (likelihood, first): (Likelihood, usize),
    device: &Device,
) -> Result<Tensor> {
    let images = model.frame(&tensor_of(dataset, indices, device)?)?;
    if likelihood == Likelihood::Gaussian {
        return Ok(images);
    }
    let (n, height, width, _) = images.dims4()?;
    let mut pixels = images.narrow(3, 0, 1)?.flatten_all()?.to_vec1::<f32>()?;
    grey::binarize_measured(&mut pixels, height * width, first);
    let images = Tensor::from_vec(pixels, (n, height, width, 1), device)?;
    Ok(images.broadcast_as((n, height, width, 3))?.contiguous()?)
}

/// RE of images reconstructed from one another's codes `mu`, a row an image; none for fewer than two images,
/// which have no other. Where it is no larger than the RE from their own codes, the decoder ignores them.
pub(crate) fn re_shuffled(
    model: &Model,
    dataset: &Dataset,
    indices: &[usize],
    mu: &[Vec<f32>],
    likelihood: Likelihood,
    device: &Device,
) -> Result<Option<f64>> {
    let n = indices.len().min(mu.len());
    let others: Option<Vec<Vec<f32>>> =
        (0..n).map(|k| partner(k, n).map(|other| mu[other].clone())).collect();
    match others.filter(|others| !others.is_empty()) {
        Some(others) => re_of_codes(model, dataset, &indices[..n], &others, likelihood, device).map(Some),
        None => Ok(None),
    }
}

/// RE of images, as they are [`seen`], reconstructed from `codes`, a row an image.
pub(crate) fn re_of_codes(
    model: &Model,
    dataset: &Dataset,
    indices: &[usize],
    codes: &[Vec<f32>],
    likelihood: Likelihood,
    device: &Device,
) -> Result<f64> {
    let latent_dim = codes.first().map_or(0, Vec::len);
    let mut sum = 0.0;
    for (batch, (indices, codes)) in indices.chunks(BATCH).zip(codes.chunks(BATCH)).enumerate() {
        let images = seen(model, dataset, indices, (likelihood, batch * BATCH), device)?;
        let images = images.flatten_from(1)?.to_vec2::<f32>()?;
        let pictures = decode_floats(model, codes, latent_dim, device)?;
        sum += pictures.iter().zip(&images).map(|(picture, image)| mse(picture, image)).sum::<f64>();
    }
    Ok(sum / indices.len() as f64)
}

/// The posteriors of so many images in several batches, and in those of other processes, as one.
fn joined(batches: &[Posterior], images: usize, device: &Device) -> Result<Posterior> {
    let join = |parts: Vec<&Tensor>| -> Result<Option<Tensor>> {
        let mut own = Vec::new();
        for part in parts {
            own.extend(part.flatten_all()?.to_vec1::<f32>()?);
        }
        let all = here().gather(own).concat();
        let shape = (images, all.len() / images.max(1));
        Ok(if all.is_empty() { None } else { Some(Tensor::from_vec(all, shape, device)?) })
    };
    let mu = join(batches.iter().map(|batch| &batch.mu).collect())?;
    let log_var = join(batches.iter().filter_map(|batch| batch.log_var.as_ref()).collect())?;
    Ok(Posterior { mu: mu.ok_or_else(|| Error::Fault("no image has a code".into()))?, log_var })
}

/// Measures the code space on at most [`LATENT_IMAGES`] images; without an encoder it is the prior's.
pub(crate) fn measure_latent(
    model: &Model,
    config: &TrainConfig,
    dataset: &Dataset,
    indices: &[usize],
    device: &Device,
) -> Result<LatentInfo> {
    let decode = &mut |codes: &[Vec<f32>]| decode_floats(model, codes, config.model.latent_dim, device);
    if !config.model.kind.has_encoder() {
        return statistics::of_prior(config.model.latent_dim, decode);
    }
    let indices = &indices[..indices.len().min(LATENT_IMAGES)];
    let encoded = encode_all(model, &config.model, dataset, indices, device, &mut |_| true)?;
    statistics::measure(&encoded, config.model.code_units, decode)
}

/// Codes of images of a data set. `keep_going` is asked between batches, with the images that are done.
///
/// # Errors
/// [`Error::Cancelled`]; an image that cannot be read.
pub(crate) fn encode_all(
    model: &Model,
    config: &ModelConfig,
    dataset: &Dataset,
    indices: &[usize],
    device: &Device,
    keep_going: &mut dyn FnMut(usize) -> bool,
) -> Result<Encoded> {
    let mut encoded = Encoded { mu: Vec::new(), log_var: config.kind.is_variational().then(Vec::new) };
    for indices in indices.chunks(BATCH) {
        if !keep_going(encoded.mu.len()) {
            return Err(Error::Cancelled);
        }
        extend_encoded(&mut encoded, model, &tensor_of(dataset, indices, device)?)?;
    }
    Ok(encoded)
}
