//! Likelihoods of images under a VAE in nats, as they are reported for binary MNIST (Burda, Grosse & Salakhutdinov 2016,
//! <https://arxiv.org/abs/1509.00519>).

use candle_core::{D, Device, Tensor};

use super::validate::seen;
use crate::config::{Likelihood, TrainConfig};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::losses;
use crate::models::{Model, Posterior, reparameterize};
use crate::random::{self, streams};
use crate::ranks::here;
use crate::report::ImageLikelihood;

/// Codes decoded at once.
const BATCH: usize = 250;

/// The negative ELBO and the importance-weighted bound on the negative log-likelihood, means over images. Grey pixels
/// are drawn black or white, always alike; the codes of an image depend on its number alone.
///
/// With `z_k` from q(z|x) the bound is `−log (1/K) Σ_k p(x|z_k) p(z_k) / q(z_k|x)` (equation 8 there), the negative ELBO
/// is `KL(q(z|x) ‖ N(0, I)) − (1/K) Σ_k log p(x|z_k)`.
///
/// * `samples`: K; 5,000 is usual
/// * `keep_going` is asked before each image, with those that are done
///
/// # Errors
/// A model that is no VAE of pixels that are black or white; no images; [`Error::Cancelled`].
pub(crate) fn measure_likelihood(
    model: &Model,
    config: &TrainConfig,
    (dataset, indices): (&Dataset, &[usize]),
    samples: usize,
    device: &Device,
    keep_going: &mut dyn FnMut(usize) -> bool,
) -> Result<ImageLikelihood> {
    if config.likelihood != Likelihood::Bernoulli || !config.model.kind.is_variational() {
        return Err(Error::Invalid(
            "likelihoods in nats are those of a VAE that was trained with --likelihood bernoulli; of other models the \
             decoder says nothing of how sure it is"
                .into(),
        ));
    }
    if indices.is_empty() {
        return Err(Error::Invalid("there are no images to measure".into()));
    }
    let (mut nelbo, mut nll) = (0.0, 0.0);
    let ranks = here();
    let share = ranks.share(indices.len());
    for (done, index) in share.clone().zip(&indices[share.clone()]) {
        if !keep_going((done - share.start) * ranks.size()) {
            return Err(Error::Cancelled);
        }
        let image = seen(model, dataset, &[*index], (config.likelihood, done), device)?;
        let Posterior { mu, log_var: Some(log_var) } = model.encode(&image)? else {
            return Err(Error::Fault("a VAE without a variance".into()));
        };
        let kl = f64::from(losses::gaussian_kl(&mu, &log_var)?.to_scalar::<f32>()?);
        let weights = log_weights(model, &image, [&mu, &log_var], samples, done)?;
        let misfit: f64 = weights.iter().map(|weight| weight.nll).sum::<f64>() / weights.len().max(1) as f64;
        nelbo += kl + misfit;
        nll -= log_mean_exp(weights.iter().map(|weight| weight.log_ratio - weight.nll));
    }
    let mut sums = [nelbo, nll];
    ranks.sum(&mut sums);
    let [nelbo, nll] = sums.map(|sum| sum / indices.len() as f64);
    Ok(ImageLikelihood { nelbo, nll, samples })
}

/// A draw from q(z|x).
struct Weight {
    /// −log p(x|z)
    nll: f64,
    /// log p(z) − log q(z|x)
    log_ratio: f64,
}

/// Draws for one image, (1, height, width, 3), which is `number` in its set.
///
/// `posterior`: μ and log σ² of q(z|x), (1, latent_dim)
fn log_weights(
    model: &Model,
    image: &Tensor,
    posterior: [&Tensor; 2],
    samples: usize,
    number: usize,
) -> Result<Vec<Weight>> {
    let latent_dim = posterior[0].dim(1)?;
    let noise = random::standard_normal(0, streams::weighted_codes(number), samples * latent_dim);
    let grey = image.narrow(3, 0, 1)?;
    let mut weights = Vec::with_capacity(samples);
    for noise in noise.chunks(BATCH * latent_dim) {
        let n = noise.len() / latent_dim;
        let eps = Tensor::from_slice(noise, (n, latent_dim), image.device())?;
        let [mu, log_var] = posterior.map(|t| t.broadcast_as((n, latent_dim)));
        let (mu, log_var) = (mu?.contiguous()?, log_var?.contiguous()?);
        let z = reparameterize(&mu, &log_var, &eps)?;
        let white = model.decode(&z)?.narrow(3, 0, 1)?.contiguous()?;
        let target = grey.broadcast_as(white.shape())?.contiguous()?;
        let nll = losses::bernoulli_nll_per_pixel(&white, &target)?.flatten_from(1)?.sum(D::Minus1)?;
        // The constants of both normal densities are the same.
        let ratio = ((eps.sqr()? + &log_var)? - z.sqr()?)?.sum(D::Minus1)?.affine(0.5, 0.0)?;
        let pairs = nll.to_vec1::<f32>()?.into_iter().zip(ratio.to_vec1::<f32>()?);
        weights.extend(pairs.map(|(nll, ratio)| Weight { nll: nll.into(), log_ratio: ratio.into() }));
    }
    Ok(weights)
}

/// Logarithm of the mean of the exponentials.
fn log_mean_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), v| (sum + (v - most).exp(), count + 1));
    most + (sum / count.max(1) as f64).ln()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::{ModelConfig, ModelKind, defaults_of};
    use crate::image_buf::ImageBuf;
    use crate::nn::Parameters;

    const SIDE: usize = 28;

    fn config(latent_dim: usize) -> TrainConfig {
        let usual = defaults_of(ModelKind::Vae);
        let model =
            ModelConfig { image_size: SIDE, channels: 1, latent_dim, base_width: 2, ..usual.model.clone() };
        TrainConfig { model, likelihood: Likelihood::Bernoulli, ..usual }
    }

    /// A model with some of its first weights changed.
    fn model(config: &TrainConfig, change: impl Fn(&str, &Tensor) -> candle_core::Result<Tensor>) -> Model {
        let drawn = Parameters::seeded(3, &Device::Cpu);
        Model::new(&config.model, drawn.var_builder()).unwrap();
        let all = drawn.all().into_iter();
        let tensors: HashMap<String, Tensor> =
            all.map(|(name, var)| (name.clone(), change(&name, var.as_tensor()).unwrap())).collect();
        Model::new(&config.model, Parameters::frozen(tensors, &Device::Cpu).var_builder()).unwrap()
    }

    fn images() -> Dataset {
        let picture = |k: usize| {
            let pixels = (0..SIDE * SIDE)
                .flat_map(|i| [if (i / 5 + k).is_multiple_of(3) { 255 } else { 0 }; 3])
                .collect();
            ImageBuf::new(SIDE, SIDE, pixels).unwrap()
        };
        let names = (0..3).map(|k| format!("{k}.png")).collect();
        Dataset::from_images(names, &[picture(0), picture(1), picture(2)], SIDE).unwrap()
    }

    fn measured(config: &TrainConfig, model: &Model, samples: usize) -> ImageLikelihood {
        let dataset = images();
        measure_likelihood(model, config, (&dataset, &[0, 1, 2]), samples, &Device::Cpu, &mut |_| true)
            .unwrap()
    }

    #[test]
    fn a_decoder_that_ignores_its_code_has_the_likelihood_of_its_one_picture() {
        let config = config(4);
        // Nothing of the code is read, and q(z|x) is the prior.
        let deaf = |name: &str, t: &Tensor| match name {
            "decoder_input.weight" => t.zeros_like(),
            _ if name.starts_with("mu.") || name.starts_with("log_var.") => t.zeros_like(),
            _ => Ok(t.clone()),
        };
        let model = model(&config, deaf);
        let white =
            model.decode(&Tensor::zeros((1, 4), candle_core::DType::F32, &Device::Cpu).unwrap()).unwrap();
        let dataset = images();
        let expected: f64 = (0..3)
            .map(|k| {
                let image = seen(&model, &dataset, &[k], (Likelihood::Gaussian, 0), &Device::Cpu).unwrap();
                let [white, target] = [&white, &image]
                    .map(|t| t.narrow(3, 0, 1).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap());
                let of = |(p, x): (&f32, &f32)| -f64::from(if *x > 0.5 { *p } else { 1.0 - *p }).ln();
                white.iter().zip(&target).map(of).sum::<f64>() / 3.0
            })
            .sum();
        let found = measured(&config, &model, 20);
        assert!((found.nll - expected).abs() < 2e-2, "{} {expected}", found.nll);
        assert!((found.nelbo - found.nll).abs() < 1e-3, "the bound is exact");
    }

    #[test]
    fn more_samples_come_nearer_to_the_integral_over_the_code() {
        let config = config(1);
        // A code that matters, and a q(z|x) that is not the posterior.
        let model = model(&config, |name, t| match name {
            "decoder_input.weight" => t.affine(3.0, 0.0),
            _ => Ok(t.clone()),
        });
        let dataset = images();
        // ∫ p(x|z) N(z; 0, 1) dz by the midpoints of 4,000 pieces of [−8, 8].
        let pieces = 4000;
        let places: Vec<f32> = (0..pieces).map(|i| -8.0 + 16.0 * (i as f32 + 0.5) / pieces as f32).collect();
        let codes = Tensor::from_vec(places.clone(), (pieces, 1), &Device::Cpu).unwrap();
        let white = model.decode(&codes).unwrap().narrow(3, 0, 1).unwrap().contiguous().unwrap();
        let exact: f64 = (0..3)
            .map(|k| {
                let image = seen(&model, &dataset, &[k], (Likelihood::Gaussian, 0), &Device::Cpu).unwrap();
                let target =
                    image.narrow(3, 0, 1).unwrap().broadcast_as(white.shape()).unwrap().contiguous().unwrap();
                let nll = losses::bernoulli_nll_per_pixel(&white, &target).unwrap();
                let nll = nll.flatten_from(1).unwrap().sum(1).unwrap().to_vec1::<f32>().unwrap();
                let density = |z: f32| -0.5 * (f64::from(z).powi(2) + (2.0 * std::f64::consts::PI).ln());
                let terms = nll.iter().zip(&places).map(|(nll, z)| density(*z) - f64::from(*nll));
                -(log_mean_exp(terms) + 16f64.ln()) / 3.0
            })
            .sum();
        let found = measured(&config, &model, 4000);
        assert!((found.nll - exact).abs() < 0.05, "{} {exact}", found.nll);
        assert!(found.nelbo > found.nll, "the bound is not tight where q(z|x) is not the posterior");
    }
}
