//! One update of the weights, the same for every kind of autoencoder.

use candle_core::Tensor;

use super::objective::{Objective, Terms};
use crate::error::Result;
use crate::losses;
use crate::models::Model;
use crate::nn::AdamW;

/// What the update needs besides model and data.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What is minimised.
    pub objective: Objective,
    /// Learning rate.
    pub learning_rate: f64,
}

/// One update. When the loss is not finite the optimiser does not move the weights.
///
/// * `input`: what is encoded, (n, size, size, 3) in [0, 1]
/// * `target`: what is to come out; the input itself but for a denoising autoencoder
/// * `eps`: standard normal, (n, latent_dim)
pub fn update(
    model: &Model,
    optimizer: &mut AdamW,
    input: &Tensor,
    target: &Tensor,
    eps: &Tensor,
    settings: Settings,
) -> Result<Terms> {
    let forward = model.forward_train(input, eps)?;
    let reconstruction = losses::reconstruction(&forward.reconstruction, target)?;
    let (loss, terms) = settings.objective.loss(&reconstruction, &forward.posterior)?;
    if terms.loss.is_finite() {
        optimizer.step(&loss.backward()?, settings.learning_rate)?;
    }
    Ok(terms)
}
