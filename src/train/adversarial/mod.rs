//! Training a generator against a discriminator (Goodfellow et al. 2014, <https://arxiv.org/abs/1406.2661>),
//! with the generator's non-saturating loss.

mod diff_augment;
mod pair;
pub(crate) mod vae_gan;

use candle_core::Tensor;

use crate::config::{Adversarial, Side};
use crate::error::Result;
use crate::losses::bce_with_logits;
use crate::models::{Discriminator, Generator};
use crate::nn::{AdamW, AdamWConfig, Parameters, backward, total};
use crate::report::AdversarialTerms;

pub use diff_augment::DiffAugment;
pub(super) use pair::{Pair, PairState};

/// Adam's numbers for adversarial training (Radford et al. 2016); the learning rate there is 2e-4.
pub const ADAM: AdamWConfig = AdamWConfig { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

/// Updates from one R1 penalty to the next, which weighs so much more (Karras et al. 2020, appendix B,
/// <https://arxiv.org/abs/1912.04958>).
const R1_INTERVAL: usize = 16;

/// Options of an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateOptions {
    /// Of both sides.
    pub learning_rate: f64,
    /// The extras.
    pub settings: Adversarial,
    /// The only side that moves, if only one does.
    pub only: Option<Side>,
    /// Of the augmentation's draws, with the step.
    pub seed: u64,
    /// Updates done before.
    pub step: usize,
}

impl UpdateOptions {
    /// As in the paper: no extras, both sides move.
    pub fn paper(learning_rate: f64) -> Self {
        Self { learning_rate, settings: Adversarial::NONE, only: None, seed: 0, step: 0 }
    }

    fn moves(&self, side: Side) -> bool {
        self.only.is_none_or(|only| only == side)
    }

    /// Changes pictures as the discriminator is to see them; each `part` of an update draws anew.
    fn augmented(&self, pictures: &Tensor, part: u64) -> Result<Tensor> {
        if !self.settings.diff_augment {
            return Ok(pictures.clone());
        }
        Ok(DiffAugment::new(self.seed, self.step, part, pictures.dims4()?).apply(pictures)?)
    }
}

/// The two optimisers.
pub struct Optimizers {
    /// Of the generator's weights.
    pub generator: AdamW,
    /// Of the discriminator's weights.
    pub discriminator: AdamW,
}

impl Optimizers {
    /// With [`ADAM`] and states of zeros.
    pub fn new(generator: &Parameters, discriminator: &Parameters) -> Result<Self> {
        Ok(Self {
            generator: AdamW::new(generator.trainable(), ADAM)?,
            discriminator: AdamW::new(discriminator.trainable(), ADAM)?,
        })
    }
}

/// Parts of an update in which pictures are augmented.
const REAL: u64 = 0;
const FAKE: u64 = 1;
const TO_FOOL: u64 = 2;

/// One update of a DCGAN: of the discriminator on a batch of real and a batch of generated images (each with
/// its own moments in batch norm), then of the generator on the same codes. Weights whose loss is not finite
/// do not move. Returns the terms and the Euclidean norm of the generator's gradient (NaN if it did not move).
///
/// * `images`: (n, size, size, 3) in [0, 1]
/// * `codes`: standard normal, (n, latent_dim)
pub fn update(
    generator: &Generator,
    discriminator: &Discriminator,
    optimizers: &mut Optimizers,
    images: &Tensor,
    codes: &Tensor,
    options: &UpdateOptions,
) -> Result<(AdversarialTerms, f64)> {
    let fakes = generator.forward(codes, true)?;
    let mut terms = discriminate(discriminator, &mut optimizers.discriminator, images, &fakes, options)?;
    if !(terms.real + terms.fake).is_finite() {
        return Ok((terms, f64::NAN));
    }
    let seen = options.augmented(&fakes, TO_FOOL)?;
    let loss = fooling(&discriminator.detached().forward(&seen, true)?)?;
    terms.generator = scalar(&loss)?;
    let mut gradient_norm = f64::NAN;
    if terms.generator.is_finite() {
        gradient_norm = match options.moves(Side::Generator) {
            true => optimizers.generator.step(&backward(&loss)?, options.learning_rate)?,
            false => 0.0,
        };
    }
    Ok((terms, gradient_norm))
}

/// The discriminator's half of an update. `fakes` is not changed by it. The generator's term is left at 0.
fn discriminate(
    discriminator: &Discriminator,
    optimizer: &mut AdamW,
    images: &Tensor,
    fakes: &Tensor,
    options: &UpdateOptions,
) -> Result<AdversarialTerms> {
    // One after the other, so that only one graph is in memory besides the generator's.
    let target = 1.0 - options.settings.label_smoothing;
    let seen = options.augmented(images, REAL)?;
    let logits = discriminator.forward(&seen, true)?;
    let loss = bce_with_logits(&logits, &logits.ones_like()?.affine(target, 0.0)?)?;
    let (real, d_real, mut grads) = (scalar(&loss)?, mean_probability(&logits)?, backward(&loss)?);
    let logits = discriminator.forward(&options.augmented(&fakes.detach(), FAKE)?, true)?;
    let loss = bce_with_logits(&logits, &logits.zeros_like()?)?;
    let (fake, d_fake) = (scalar(&loss)?, mean_probability(&logits)?);
    let mut terms = AdversarialTerms {
        real,
        fake,
        generator: 0.0,
        d_real,
        d_fake,
        r1: None,
        feature_reconstruction: None,
    };
    if !(real + fake).is_finite() || !options.moves(Side::Discriminator) {
        return Ok(terms);
    }
    grads.extend(backward(&loss)?)?;
    if options.settings.r1 > 0.0 && options.step.is_multiple_of(R1_INTERVAL) {
        let (penalty, loss) = r1(discriminator, &seen, options.settings.r1)?;
        terms.r1 = Some(penalty);
        grads.extend(backward(&loss.affine(R1_INTERVAL as f64, 0.0)?)?)?;
    }
    optimizer.step(&grads, options.learning_rate)?;
    Ok(terms)
}

/// The R1 penalty γ/2 · E‖∇D(x)‖² (Mescheder et al. 2018, equation 9), and a scalar with its gradient.
fn r1(discriminator: &Discriminator, images: &Tensor, gamma: f64) -> Result<(f64, Tensor)> {
    let n = images.dim(0)? as f64;
    let slope = discriminator.slope(images)?;
    let squared = scalar(&total(&slope.sqr()?)?)?;
    let loss = discriminator.derivative(images, &slope)?.affine(gamma / n, 0.0)?;
    Ok((0.5 * gamma * squared / n, loss))
}

/// −log D(G(z)), what the generator minimises.
fn fooling(logits: &Tensor) -> Result<Tensor> {
    Ok(bce_with_logits(logits, &logits.ones_like()?)?)
}

/// Mean of σ(logit).
fn mean_probability(logits: &Tensor) -> Result<f64> {
    let logits = logits.to_vec1::<f32>()?;
    let sum: f64 = logits.iter().map(|logit| 1.0 / (1.0 + (-f64::from(*logit)).exp())).sum();
    Ok(sum / logits.len() as f64)
}

fn scalar(t: &Tensor) -> Result<f64> {
    Ok(f64::from(t.to_scalar::<f32>()?))
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Var};

    use super::*;
    use crate::models::DcganConfig;
    use crate::random;

    /// The gradient of the penalty against its finite differences, in double precision, weight by weight.
    #[test]
    fn the_gradient_of_r1_is_that_of_its_value() {
        let config = DcganConfig { image_size: 32, latent_dim: 2, base_width: 2 };
        let device = Device::Cpu;
        let seeded = Parameters::seeded(3, &device);
        Discriminator::spectral(config, seeded.var_builder()).unwrap();
        // Larger weights than a first draw, so that the numbers stand above rounding.
        let tensors = seeded.all().into_iter().map(|(name, var)| {
            let t = var.as_tensor().to_dtype(DType::F64).unwrap();
            (name, Var::from_tensor(&t).unwrap())
        });
        let vars: std::collections::HashMap<String, Var> = tensors.collect();
        let tensors = vars.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        let vb = candle_nn::VarBuilder::from_tensors(tensors, DType::F64, &device);
        let discriminator = Discriminator::spectral(config, vb).unwrap();
        let pixels: Vec<f64> = random::uniform(1, 1, 2 * 32 * 32 * 3).into_iter().map(f64::from).collect();
        let images = Tensor::from_vec(pixels, (2, 32, 32, 3), &device).unwrap();
        let penalty = || {
            let slope = discriminator.slope(&images).unwrap();
            0.5 * slope.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
        };
        let slope = discriminator.slope(&images).unwrap();
        let grads = discriminator.derivative(&images, &slope).unwrap().backward().unwrap();
        for name in ["main.0.weight_orig", "main.2.weight_orig", "main.4.weight_orig", "main.6.weight_orig"] {
            let var = &vars[name];
            let gradient = grads.get(var).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let at = gradient.len() / 3;
            let start = var.as_tensor().copy().unwrap();
            let moved = |by: f64| {
                let mut values = start.flatten_all().unwrap().to_vec1::<f64>().unwrap();
                values[at] += by;
                var.set(&Tensor::from_vec(values, start.shape(), &device).unwrap()).unwrap();
                penalty()
            };
            let by = 1e-7;
            let expected = (moved(by) - moved(-by)) / (2.0 * by);
            moved(0.0);
            let off = (gradient[at] - expected).abs() / expected.abs().max(1e-9);
            assert!(off < 1e-4, "{name}: {} instead of {expected}", gradient[at]);
        }
    }
}
