//! `morphospace bench step`

use candle_core::{Device, Tensor};

use super::work::Work;
use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::models::Model;
use crate::nn::{AdamW, AdamWConfig, Parameters, noise};
use crate::train::step::{Settings, update};

/// A step on random images; weights, images and noise are the same in every run. Inside a pool, as
/// training runs.
pub fn work(config: ModelConfig, batch_size: usize) -> Result<Work> {
    config.validate().map_err(Error::Invalid)?;
    Work::new(batch_size, 0, move || {
        let device = Device::Cpu;
        let parameters = Parameters::seeded(0, &device);
        let model = Model::new(&config, parameters.var_builder())?;
        let mut optimizer = AdamW::new(parameters.trainable(), AdamWConfig::default())?;
        let size = config.image_size;
        let pixels = noise::uniform(0, 0, batch_size * size * size * 3);
        let images = Tensor::from_vec(pixels, (batch_size, size, size, 3), &device)?;
        let eps = noise::standard_normal(0, 1, batch_size * config.latent_dim);
        let eps = Tensor::from_vec(eps, (batch_size, config.latent_dim), &device)?;
        let settings = Settings { kl_weight: 1.0, learning_rate: 1e-4 };
        Ok(move || update(&model, &mut optimizer, &images, &eps, settings).map(|_| ()))
    })
}
