//! A check whether a run fits into the memory, before any of it is taken.

use crate::config::ModelConfig;
use crate::device::Compute;
use crate::error::Result;
use crate::memory;
use crate::models::Size;

const BYTES: u64 = size_of::<f32>() as u64;
/// Copies of each weight: itself, its gradient, two moments, and two on their way into the optimiser or a
/// checkpoint.
const COPIES: u64 = 6;
/// Output of a layer, and its gradient or its normalisation.
const PER_LAYER: u64 = 2;
/// Batches of images that are made ahead, wait and are used.
const BATCHES: u64 = 4;

/// Refuses updates of such a model with so many images that would not fit. A card says itself when it is full, and
/// that ends nothing.
///
/// # Errors
/// A sentence with the batch that would fit.
pub fn check(model: &ModelConfig, batch_size: usize, compute: &Compute) -> Result<()> {
    if !compute.is_cpu() {
        return Ok(());
    }
    let (each, fixed) = needed(model);
    memory::check("images in a batch", batch_size as u64, each, fixed)
}

/// Bytes for each image of a batch, and beside them. Measured peaks are up to a fifth above what the terms add up to.
fn needed(model: &ModelConfig) -> (u64, u64) {
    let Size { weights, activations } = Size::of(model);
    let image = 3 * (model.image_size as u64).pow(2);
    let with_reserve = |numbers: u64| numbers * BYTES * 6 / 5;
    (with_reserve(PER_LAYER * activations + BATCHES * image), with_reserve(COPIES * weights))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ModelKind, defaults};

    /// MiB that `morphospace bench step` and `bench adversarial` said that a process grew by.
    #[test]
    fn what_is_reckoned_is_what_was_measured() {
        for (kind, image_size, base_width, batch, measured) in [
            (ModelKind::Vae, 64, 32, 64, 168.0),
            (ModelKind::Vae, 64, 32, 256, 363.0),
            (ModelKind::Vae, 64, 64, 64, 319.0),
            (ModelKind::Vae, 128, 32, 64, 383.0),
            (ModelKind::Dcgan, 64, 32, 64, 154.0),
            (ModelKind::VaeGan, 64, 32, 64, 289.0),
        ] {
            let model = ModelConfig { kind, image_size, base_width, ..defaults().model };
            let (each, fixed) = needed(&model);
            let reckoned = (each * batch + fixed) as f64 / f64::from(1 << 20);
            let ratio = reckoned / measured;
            assert!((0.9..1.4).contains(&ratio), "{kind:?} {image_size} {base_width} {batch}: {reckoned}");
        }
    }
}
