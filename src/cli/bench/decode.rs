//! `morphospace bench decode`

use std::path::PathBuf;

use candle_core::{Device, Tensor};

use super::work::Work;
use crate::config::ModelConfig;
use crate::device::Compute;
use crate::error::{Error, Result};
use crate::models::Model;
use crate::nn::Parameters;
use crate::random;
use crate::run::TrainedModel;
use crate::train::memory_check;

/// Decoding random codes, in a pool of one thread as the explorer does for one code, else on all cores.
pub fn work(config: ModelConfig, batch_size: usize, compute: Compute) -> Result<Work> {
    config.validate().map_err(Error::Invalid)?;
    memory_check::check(&config, batch_size, &compute)?;
    let threads = if batch_size == 1 { 1 } else { 0 };
    Work::on(compute, batch_size, threads, move |device| {
        // Constants, as in a model that is only looked at.
        let seeded = Parameters::seeded(0, device);
        Model::new(&config, seeded.var_builder())?;
        let tensors = seeded.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
        let model = Model::new(&config, Parameters::frozen(tensors, device).var_builder())?;
        let codes = random::standard_normal(0, 0, batch_size * config.latent_dim);
        let codes = Tensor::from_vec(codes, (batch_size, config.latent_dim), device)?;
        Ok(move || Ok(model.decode(&codes).map(|_| ())?))
    })
}

/// Decoding by the model in a file, one of another program too; threads as of [`work`].
pub fn of_file(file: PathBuf, batch_size: usize) -> Result<Work> {
    let threads = if batch_size == 1 { 1 } else { 0 };
    Work::new(batch_size, threads, move || {
        let model = TrainedModel::open(&file, &Device::Cpu)?;
        let codes = random::standard_normal(0, 0, batch_size * model.latent_dim());
        let codes = Tensor::from_vec(codes, (batch_size, model.latent_dim()), &Device::Cpu)?;
        Ok(move || Ok(model.network().decode(&codes).map(|_| ())?))
    })
}
