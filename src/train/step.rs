//! One update of the weights, the same for every kind of autoencoder.

use candle_core::Tensor;

use crate::config::{Corruption, Likelihood, Plan, Side};
use crate::data::batches::BatchPlace;
use crate::error::Result;
use crate::losses;
use crate::losses::features::FeatureTerm;
use crate::losses::objective::{Objective, Terms};
use crate::models::{Model, PerceptualNet};
use crate::nn::{Optimizer, backward_shared};
use crate::ranks::here;
use crate::report::AdversarialTerms;

/// Settings of an update besides model and data.
#[derive(Clone, Copy, Debug)]
pub struct StepSettings {
    /// The loss.
    pub objective: Objective,
    /// Learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Weight of the feature term, where there is one.
    pub feature_weight: f64,
    /// Noise on what is encoded; [`update`] is given images that have it.
    pub noise: Option<Corruption>,
    /// The network of an adversarial pair that alone moves, if not both do.
    pub only: Option<Side>,
    /// Reconstruction term.
    pub likelihood: Likelihood,
}

impl StepSettings {
    /// The objective and its learning rate, and nothing else.
    pub fn plain(objective: Objective, learning_rate: f64) -> Self {
        Self {
            objective,
            learning_rate,
            weight_decay: 0.0,
            feature_weight: 0.0,
            noise: None,
            only: None,
            likelihood: Likelihood::Gaussian,
        }
    }

    /// The numbers of the update after `step` others.
    pub fn at(plan: &Plan, step: usize) -> Self {
        let now = plan.at(step);
        Self {
            objective: Objective::full(&now),
            learning_rate: now.learning_rate,
            weight_decay: now.weight_decay,
            feature_weight: now.feature_weight,
            noise: now.noise,
            only: plan.only(step),
            likelihood: now.likelihood,
        }
    }
}

/// Inputs of an update.
pub(super) struct StepInputs {
    /// Images to encode, (n, size, size, 3) in [0, 1].
    pub input: Tensor,
    /// Target output; the input itself but for a denoising autoencoder.
    pub target: Tensor,
    /// Standard normal, (n, latent_dim), or two of such tensors one above the other for an adversarial pair.
    pub noise: Tensor,
    /// The images among those of the update.
    pub place: BatchPlace,
}

/// Outcome of an update.
#[derive(Clone, Copy, Debug)]
pub struct StepOutcome {
    /// The terms of the loss before it.
    pub terms: Terms,
    /// Both sides of adversarial training.
    pub adversarial: Option<AdversarialTerms>,
    /// Squared error, summed over a picture, where the reconstruction term is another.
    pub squared: Option<f64>,
    /// Euclidean norm of the gradient over all weights (of an adversarial pair over the generator's); NaN if the
    /// loss was not finite.
    pub gradient_norm: f64,
}

/// One update. When the loss is not finite the optimiser does not move the weights. Where several ranks share the
/// batch, each has its share of the images and of the noise, and the terms and gradients are those of all.
///
/// * `input`: what is encoded, (n, size, size, 3) in [0, 1]
/// * `target`: what is to come out; the input itself but for a denoising autoencoder
/// * `eps`: standard normal, (n, latent_dim)
/// * `judge`: the network of the feature term, if there is one
pub fn update(
    model: &Model,
    optimizer: &mut Optimizer,
    input: &Tensor,
    target: &Tensor,
    eps: &Tensor,
    judge: Option<&PerceptualNet>,
    settings: StepSettings,
) -> Result<StepOutcome> {
    let forward = model.forward_train(input, eps)?;
    let output = &forward.reconstruction;
    let reconstruction = losses::of_likelihood(settings.likelihood, output, target)?;
    let mut squared = match settings.likelihood {
        Likelihood::Gaussian => None,
        Likelihood::Bernoulli => {
            Some(f64::from(losses::reconstruction(&output.detach(), target)?.to_scalar::<f32>()?))
        }
    };
    let (mut loss, mut terms) = settings.objective.loss(&reconstruction, &forward.posterior)?;
    if let Some(network) = judge {
        let features = FeatureTerm { network, weight: settings.feature_weight };
        loss = features.join(&features.of(&forward.reconstruction, target)?, &loss, &mut terms)?;
    }
    let share = weigh(target.dim(0)?, terms.numbers().into_iter().chain(&mut squared));
    let mut gradient_norm = f64::NAN;
    if terms.loss.is_finite() {
        optimizer.set_weight_decay(settings.weight_decay);
        let grads = backward_shared(&part(loss, share)?, &optimizer.vars())?;
        gradient_norm = optimizer.step(&grads, settings.learning_rate)?;
    }
    Ok(StepOutcome { terms, adversarial: None, gradient_norm, squared })
}

/// Makes terms of this rank's images means over those of all ranks. Returns this rank's share of the images.
pub(super) fn weigh<'a>(images: usize, terms: impl Iterator<Item = &'a mut f64>) -> f64 {
    let terms: Vec<&mut f64> = terms.collect();
    let mut values: Vec<f64> = terms.iter().map(|term| **term).collect();
    let share = here().weigh(images, &mut values);
    terms.into_iter().zip(values).for_each(|(term, value)| *term = value);
    share
}

/// This rank's part of a loss that is a mean over the images.
pub(super) fn part(loss: Tensor, share: f64) -> Result<Tensor> {
    Ok(if here().is_alone() { loss } else { loss.affine(share, 0.0)? })
}
