//! `morphospace bench adversarial`

use candle_core::Tensor;

use super::work::Work;
use crate::device::Compute;
use crate::error::Result;
use crate::models::{DcganConfig, Discriminator, Generator};
use crate::nn::{Parameters, noise};
use crate::train::adversarial::{How, Optimizers, update};

/// An update of a DCGAN's discriminator and generator on random images; weights, images and codes are
/// the same in every run. Inside a pool, as training runs.
pub fn work(config: DcganConfig, batch_size: usize, compute: Compute) -> Result<Work> {
    Work::on(compute, batch_size, 0, move |device| {
        let [for_generator, for_discriminator] = [0, 1].map(|seed| Parameters::seeded(seed, device));
        let generator = Generator::new(config, for_generator.var_builder())?;
        let discriminator = Discriminator::new(config, for_discriminator.var_builder())?;
        let mut optimizers = Optimizers::new(&for_generator, &for_discriminator)?;
        let DcganConfig { image_size: size, latent_dim, .. } = config;
        let pixels = noise::uniform(0, 0, batch_size * size * size * 3);
        let images = Tensor::from_vec(pixels, (batch_size, size, size, 3), device)?;
        let codes = noise::standard_normal(0, 1, batch_size * latent_dim);
        let codes = Tensor::from_vec(codes, (batch_size, latent_dim), device)?;
        Ok(move || {
            update(&generator, &discriminator, &mut optimizers, &images, &codes, &How::paper(2e-4))?;
            Ok(())
        })
    })
}
