//! One update of the weights.

use candle_core::Tensor;

use crate::error::Result;
use crate::losses;
use crate::models::Model;
use crate::nn::AdamW;

/// The terms of one step, see [`crate::losses`] for units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Reconstruction term.
    pub reconstruction: f64,
    /// KL in nats; 0 without a prior.
    pub kl: f64,
    /// `reconstruction + kl_weight * kl`.
    pub loss: f64,
}

/// What the update needs besides model and data.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Weight of the KL.
    pub kl_weight: f64,
    /// Learning rate.
    pub learning_rate: f64,
}

/// One update of an AE or a VAE. When the loss is not finite the optimiser does not move the weights.
///
/// * `images`: (n, size, size, 3) in [0, 1]
/// * `eps`: standard normal, (n, latent_dim)
pub fn update(
    model: &Model,
    optimizer: &mut AdamW,
    images: &Tensor,
    eps: &Tensor,
    settings: Settings,
) -> Result<Terms> {
    let forward = model.forward_train(images, eps)?;
    let reconstruction = losses::reconstruction(&forward.reconstruction, images)?;
    let kl = match &forward.posterior.log_var {
        Some(log_var) => Some(losses::gaussian_kl(&forward.posterior.mu, log_var)?),
        None => None,
    };
    let loss = match &kl {
        Some(kl) => (&reconstruction + kl.affine(settings.kl_weight, 0.0)?)?,
        None => reconstruction.clone(),
    };
    let scalar = |t: &Tensor| t.to_scalar::<f32>().map(f64::from);
    let terms = Terms {
        reconstruction: scalar(&reconstruction)?,
        kl: kl.as_ref().map_or(Ok(0.0), scalar)?,
        loss: scalar(&loss)?,
    };
    if terms.loss.is_finite() {
        optimizer.step(&loss.backward()?, settings.learning_rate)?;
    }
    Ok(terms)
}
