//! `morphospace bench step`

use candle_core::Tensor;

use super::work::Work;
use crate::config::{FeatureLoss, ModelConfig, ModelKind, Sparsity};
use crate::device::Compute;
use crate::error::{Error, Result};
use crate::features::perceptual;
use crate::losses::objective::Objective;
use crate::models::Model;
use crate::nn::{AdamWConfig, Optimizer, Parameters};
use crate::random;
use crate::train::memory_check;
use crate::train::step::{StepSettings, update};

/// A step on random images; weights, images and noise are the same in every run. Inside a pool, as
/// training runs.
pub fn work(
    config: ModelConfig,
    batch_size: usize,
    feature_loss: &FeatureLoss,
    compute: Compute,
) -> Result<Work> {
    if config.kind.is_adversarial() {
        return Err(Error::Invalid(format!(
            "{} is trained by two losses against each other; bench adversarial times such an update",
            config.kind.with_article()
        )));
    }
    config.validate().map_err(Error::Invalid)?;
    memory_check::check(&config, batch_size, &compute)?;
    let sparsity = (config.kind == ModelKind::Sae).then_some(Sparsity::USUAL);
    let code_units = sparsity.map_or(config.code_units, Sparsity::units);
    let config = ModelConfig { code_units, ..config };
    let judge = perceptual::open(feature_loss, compute.device())?;
    Work::on(compute, batch_size, 0, move |device| {
        let parameters = Parameters::seeded(0, device);
        let model = Model::new(&config, parameters.var_builder())?;
        let mut optimizer = Optimizer::adamw(parameters.trainable(), AdamWConfig::default())?;
        let size = config.image_size;
        let pixels = random::uniform(0, 0, batch_size * size * size * 3);
        let images = Tensor::from_vec(pixels, (batch_size, size, size, 3), device)?;
        let eps = random::standard_normal(0, 1, batch_size * config.latent_dim);
        let eps = Tensor::from_vec(eps, (batch_size, config.latent_dim), device)?;
        let objective = Objective { kl_weight: 1.0, free_bits: 0.0, sparsity };
        let settings = StepSettings { feature_weight: 1.0, ..StepSettings::plain(objective, 1e-4) };
        Ok(move || {
            update(&model, &mut optimizer, &images, &images, &eps, judge.as_ref(), settings).map(|_| ())
        })
    })
}
