//! Training a generator against a discriminator (Goodfellow et al. 2014, <https://arxiv.org/abs/1406.2661>),
//! with the generator's non-saturating loss.

mod diff_augment;
mod pair;
mod part;
#[cfg(test)]
mod r3gan_tests;
pub(crate) mod vae_gan;

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use crate::config::{Adversarial, Side};
use crate::error::{Error, Result};
use crate::losses::bce_with_logits;
use crate::models::{Discriminator, Generator};
use crate::nn::{AdamW, AdamWConfig, Parameters, Trace, backward, backward_shared, sum_gradients};
use crate::report::AdversarialTerms;
use crate::train::step::{part, weigh};

pub use diff_augment::DiffAugment;
pub(super) use pair::{Pair, PairState};
pub use part::BatchPart;

/// Adam's numbers for adversarial training (Radford et al. 2016); the learning rate there is 2e-4.
pub const ADAM: AdamWConfig = AdamWConfig { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

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
    /// The images among those of the update, if other ranks have the others.
    pub part: Option<BatchPart>,
}

impl UpdateOptions {
    /// Settings as in the paper: no extras, both sides move.
    pub fn paper(learning_rate: f64) -> Self {
        Self { learning_rate, settings: Adversarial::NONE, only: None, seed: 0, step: 0, part: None }
    }

    fn moves(&self, side: Side) -> bool {
        self.only.is_none_or(|only| only == side)
    }

    /// This rank's part of a loss that is a mean over the batch.
    fn part_of(&self, loss: Tensor) -> Result<Tensor> {
        part(loss, self.share())
    }

    /// This rank's share of the images.
    fn share(&self) -> f64 {
        self.part.map_or(1.0, |part| part.count as f64 / part.of as f64)
    }

    /// Changes pictures as the discriminator is to see them; each `part` of an update draws anew.
    fn augmented(&self, pictures: &Tensor, part: u64) -> Result<Tensor> {
        if !self.settings.diff_augment {
            return Ok(pictures.clone());
        }
        let augment = DiffAugment::new(self.seed, self.step, part, pictures.dims4()?, self.part);
        Ok(augment.apply(pictures)?)
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
    /// Optimisers with [`ADAM`] and states of zeros.
    pub fn new(generator: &Parameters, discriminator: &Parameters) -> Result<Self> {
        Ok(Self {
            generator: AdamW::new(generator.trainable(), ADAM)?,
            discriminator: AdamW::new(discriminator.trainable(), ADAM)?,
        })
    }

    /// The variables of the generator.
    fn of_generator(&self) -> Vec<Var> {
        self.generator.vars().cloned().collect()
    }

    fn move_generator(&mut self, grads: &GradStore, options: &UpdateOptions) -> Result<f64> {
        self.generator.set_betas(options.settings.beta1, options.settings.beta2);
        Ok(self.generator.step(grads, options.learning_rate)?)
    }
}

/// Parts of an update in which pictures are augmented.
const REAL: u64 = 0;
const FAKE: u64 = 1;
const TO_FOOL: u64 = 2;
const BESIDE: u64 = 3;

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
    let critic = discriminator.detached();
    let mut logits = critic.forward(&options.augmented(&fakes, TO_FOOL)?, true)?;
    if options.settings.relativistic {
        logits = (logits - critic.forward(&options.augmented(images, BESIDE)?, true)?)?;
    }
    let loss = fooling(&logits)?;
    terms.generator = scalar(&loss)?;
    weigh(images.dim(0)?, [&mut terms.generator].into_iter());
    let mut gradient_norm = f64::NAN;
    if terms.generator.is_finite() {
        gradient_norm = match options.moves(Side::Generator) {
            true => {
                let grads = backward_shared(&options.part_of(loss)?, &optimizers.of_generator())?;
                optimizers.move_generator(&grads, options)?
            }
            false => 0.0,
        };
    }
    Ok((terms, gradient_norm))
}

/// The discriminator's half of an update. `fakes` is not changed by it; there may be several for each image.
/// The generator's term is left at 0.
fn discriminate(
    discriminator: &Discriminator,
    optimizer: &mut AdamW,
    images: &Tensor,
    fakes: &Tensor,
    options: &UpdateOptions,
) -> Result<AdversarialTerms> {
    let settings = &options.settings;
    let count = images.dim(0)?;
    let images = options.augmented(images, REAL)?;
    let fakes = options.augmented(&fakes.detach(), FAKE)?;
    let moves = options.moves(Side::Discriminator);
    let (mut terms, grads) =
        if settings.has_penalty() && moves && options.step.is_multiple_of(settings.penalty_every) {
            penalized(discriminator, &images, &fakes, options)?
        } else if settings.relativistic {
            let (real, fake) = (discriminator.forward(&images, true)?, discriminator.forward(&fakes, true)?);
            let (terms, loss) = verdict(&real, &fake, settings)?;
            (terms, backward(&options.part_of(loss)?)?)
        } else {
            one_by_one(discriminator, &images, &fakes, options)?
        };
    let AdversarialTerms { real, fake, d_real, d_fake, r1, r2, .. } = &mut terms;
    weigh(count, [real, fake, d_real, d_fake].into_iter().chain(r1).chain(r2));
    if !(terms.real + terms.fake).is_finite() || !moves {
        return Ok(terms);
    }
    optimizer.set_betas(settings.beta1, settings.beta2);
    let grads = sum_gradients(grads, optimizer.vars())?;
    optimizer.step(&grads, options.learning_rate)?;
    Ok(terms)
}

/// Terms and loss of the discriminator from its logits. Of pairs it tells which picture is the real one: the mean of
/// softplus(D(G(z)) − D(x)).
fn verdict(real: &Tensor, fake: &Tensor, settings: &Adversarial) -> Result<(AdversarialTerms, Tensor)> {
    let none = AdversarialTerms::default();
    if settings.relativistic {
        let lead = (partners(real, fake)? - fake)?;
        let loss = fooling(&lead)?;
        let (value, d_real) = (scalar(&loss)?, mean_probability(&lead)?);
        let terms = AdversarialTerms { real: value, fake: value, d_real, d_fake: 1.0 - d_real, ..none };
        return Ok((terms, loss));
    }
    let on_real = against(real, 1.0 - settings.label_smoothing)?;
    let on_fake = against(fake, 0.0)?;
    let (d_real, d_fake) = (mean_probability(real)?, mean_probability(fake)?);
    let terms = AdversarialTerms { real: scalar(&on_real)?, fake: scalar(&on_fake)?, d_real, d_fake, ..none };
    Ok((terms, (on_real + on_fake)?))
}

/// Terms and gradients of the discriminator that judges each picture by itself: first the real ones, then the
/// others, so that only one graph is in memory besides the generator's.
fn one_by_one(
    discriminator: &Discriminator,
    images: &Tensor,
    fakes: &Tensor,
    options: &UpdateOptions,
) -> Result<(AdversarialTerms, GradStore)> {
    let settings = &options.settings;
    let real = discriminator.forward(images, true)?;
    let mut grads = backward(&options.part_of(against(&real, 1.0 - settings.label_smoothing)?)?)?;
    let fake = discriminator.forward(fakes, true)?;
    grads.extend(backward(&options.part_of(against(&fake, 0.0)?)?)?)?;
    Ok((verdict(&real.detach(), &fake.detach(), settings)?.0, grads))
}

/// Terms and gradients with the penalties γ/2 · E‖∇D(x)‖² (Mescheder et al. 2018, equation 9), R1 at real and R2 at
/// generated pictures.
fn penalized(
    discriminator: &Discriminator,
    images: &Tensor,
    fakes: &Tensor,
    options: &UpdateOptions,
) -> Result<(AdversarialTerms, GradStore)> {
    let settings = &options.settings;
    let traces = [discriminator.trace(images, true)?, discriminator.trace(fakes, true)?];
    let logits = |trace: &Trace| Ok::<_, Error>(Var::from_tensor(&trace.result().flatten_all()?)?);
    let (real, fake) = (logits(&traces[0])?, logits(&traces[1])?);
    let (mut terms, loss) = verdict(&real, &fake, settings)?;
    let by_logits = options.part_of(loss)?.backward()?;
    let gradients = |trace: &Trace, logits: &Var, gamma: f64| -> Result<(Option<f64>, GradStore)> {
        let by_logit = by_logits.get(logits).map_or_else(|| logits.zeros_like(), |g| Ok(g.detach()))?;
        let of_one = gamma / logits.dim(0)? as f64;
        let gamma_here = settings.penalty_every as f64 * of_one * options.share();
        let (squared, grads) = trace.gradients(&by_logit, gamma_here)?;
        let penalty = if gamma > 0.0 { Some(0.5 * of_one * scalar(&squared)?) } else { None };
        Ok((penalty, grads))
    };
    let [of_real, of_fake] = traces;
    let (r1, mut grads) = gradients(&of_real, &real, settings.r1)?;
    drop(of_real);
    let (r2, more) = gradients(&of_fake, &fake, settings.r2)?;
    grads.extend(more)?;
    (terms.r1, terms.r2) = (r1, r2);
    Ok((terms, grads))
}

/// The logits of the real picture beside each generated one: the same again where there are several for each.
fn partners(real: &Tensor, fake: &Tensor) -> Result<Tensor> {
    Ok(Tensor::cat(&vec![real; fake.dim(0)? / real.dim(0)?], 0)?)
}

/// Cross-entropy of logits against one target.
fn against(logits: &Tensor, target: f64) -> Result<Tensor> {
    Ok(bce_with_logits(logits, &logits.ones_like()?.affine(target, 0.0)?)?)
}

/// softplus(−logit), mean: −log D(G(z)), what the generator minimises; of the lead of one picture over another,
/// what either side does.
fn fooling(logits: &Tensor) -> Result<Tensor> {
    against(logits, 1.0)
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
    use candle_core::{DType, Device};

    use super::*;
    use crate::config::DiscriminatorNorm;
    use crate::models::DcganConfig;
    use crate::random;

    /// The gradient of the penalty against its finite differences, in double precision, weight by weight.
    #[test]
    fn the_gradient_of_a_penalty_is_that_of_its_value() {
        let config = DcganConfig { image_size: 32, latent_dim: 2, base_width: 2, channels: 3 };
        let device = Device::Cpu;
        let pixels: Vec<f64> = random::uniform(1, 1, 2 * 32 * 32 * 3).into_iter().map(f64::from).collect();
        let images = Tensor::from_vec(pixels, (2, 32, 32, 3), &device).unwrap();
        for norm in [DiscriminatorNorm::Spectral, DiscriminatorNorm::None] {
            let seeded = Parameters::seeded(3, &device);
            Discriminator::new(config, norm, seeded.var_builder()).unwrap();
            let tensors = seeded.all().into_iter().map(|(name, var)| {
                let t = var.as_tensor().to_dtype(DType::F64).unwrap();
                (name, Var::from_tensor(&t).unwrap())
            });
            let vars: std::collections::HashMap<String, Var> = tensors.collect();
            let tensors = vars.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
            let vb = candle_nn::VarBuilder::from_tensors(tensors, DType::F64, &device);
            let discriminator = Discriminator::new(config, norm, vb).unwrap();
            let trace = || discriminator.trace(&images, false).unwrap();
            let zero = Tensor::zeros(2, DType::F64, &device).unwrap();
            let penalty = || {
                let (squared, _) = trace().gradients(&zero, 1.0).unwrap();
                0.5 * squared.to_scalar::<f64>().unwrap()
            };
            let (_, grads) = trace().gradients(&zero, 1.0).unwrap();
            let weights = vars.iter().filter(|(name, _)| name.ends_with("weight") || name.ends_with("orig"));
            assert_eq!(weights.clone().count(), 4);
            for (name, var) in weights {
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
                assert!(off < 1e-4, "{norm:?}, {name}: {} instead of {expected}", gradient[at]);
            }
        }
    }
}
