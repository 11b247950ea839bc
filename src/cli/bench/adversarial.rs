//! `morphospace bench adversarial`

use candle_core::{Device, Tensor};

use super::work::Work;
use crate::config::{AdversarialConfig, ModelConfig, ModelKind, Recipe, TrainConfig, defaults_of};
use crate::device::Compute;
use crate::error::{Error, Result};
use crate::losses::objective::Objective;
use crate::models::{DcganConfig, Discriminator, Generator, Vae};
use crate::nn::Parameters;
use crate::random;
use crate::train::adversarial::{Optimizers, UpdateOptions, update, vae_gan};
use crate::train::memory_check;

/// Part to time.
pub struct AdversarialCase {
    /// DCGAN or VAE-GAN.
    pub kind: ModelKind,
    /// Side of the square images in pixels.
    pub image_size: usize,
    /// Channels next to the image, 64 for a DCGAN and 32 for a VAE-GAN if not given.
    pub base_width: Option<usize>,
    /// Images in an update.
    pub batch_size: usize,
    /// The extras.
    pub recipe: Recipe,
}

/// An update of both sides on random images; weights, images and codes are the same in every run.
/// Inside a pool, as training runs.
///
/// # Errors
/// A kind without a discriminator.
pub fn work(case: &AdversarialCase, compute: Compute) -> Result<Work> {
    let &AdversarialCase { kind, image_size, base_width, batch_size, recipe } = case;
    let usual = match kind {
        ModelKind::Dcgan => DcganConfig::default().base_width,
        ModelKind::VaeGan => defaults_of(kind).model.base_width,
        ModelKind::Ae | ModelKind::Sae | ModelKind::Dae | ModelKind::Vae => {
            let kind = kind.with_article();
            return Err(Error::Invalid(format!("{kind} has no discriminator; bench step times its update")));
        }
    };
    let base_width = base_width.unwrap_or(usual);
    let TrainConfig { model, learning_rate, .. } = defaults_of(kind);
    let model = ModelConfig { image_size, base_width, ..model };
    model.validate().map_err(Error::Invalid)?;
    memory_check::check(&model, batch_size, &compute)?;
    let mut options = UpdateOptions::paper(learning_rate);
    options.settings = AdversarialConfig { recipe: Some(recipe), ..Default::default() }.settled(kind);
    Work::on(compute, batch_size, 0, move |device| {
        let parameters = [0, 1].map(|seed| Parameters::seeded(seed, device));
        let [of_generator, of_discriminator] = &parameters;
        let discriminator = Discriminator::new(
            (&model).into(),
            options.settings.discriminator_norm,
            of_discriminator.var_builder(),
        )?;
        let pixels = random::uniform(0, 0, batch_size * image_size * image_size * 3);
        let images = Tensor::from_vec(pixels, (batch_size, image_size, image_size, 3), device)?;
        let [eps, codes] = [2, 1].map(|stream| draws(stream, batch_size, model.latent_dim, device));
        let (eps, codes) = (eps?, codes?);
        Ok(if kind == ModelKind::VaeGan {
            let vae = Vae::new(&model, of_generator.var_builder())?;
            let mut optimizers = Optimizers::new(of_generator, of_discriminator)?;
            let objective = Objective { kl_weight: 1.0, free_bits: 0.0, sparsity: None };
            Box::new(move || {
                let noise = [&eps, &codes];
                vae_gan::update(&vae, &discriminator, &mut optimizers, &images, noise, &objective, &options)?;
                options.step += 1;
                Ok(())
            }) as Box<dyn FnMut() -> Result<()> + Send>
        } else {
            let generator = Generator::new((&model).into(), of_generator.var_builder())?;
            let mut optimizers = Optimizers::new(of_generator, of_discriminator)?;
            Box::new(move || {
                update(&generator, &discriminator, &mut optimizers, &images, &codes, &options)?;
                options.step += 1;
                Ok(())
            })
        })
    })
}

fn draws(stream: u64, batch_size: usize, latent_dim: usize, device: &Device) -> Result<Tensor> {
    let values = random::standard_normal(0, stream, batch_size * latent_dim);
    Ok(Tensor::from_vec(values, (batch_size, latent_dim), device)?)
}
