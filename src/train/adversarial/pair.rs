//! A generator or VAE and its discriminator, with everything that training them goes on from.

use std::collections::HashMap;

use candle_core::{Device, Tensor, Var};

use super::{BatchPart, Optimizers, UpdateOptions, update, vae_gan};
use crate::config::{Adversarial, ModelConfig, TrainConfig};
use crate::error::{Error, Result};
use crate::losses::objective::Terms;
use crate::models::{Discriminator, Model};
use crate::nn::Parameters;
use crate::run::checkpoint::{DISCRIMINATOR, Moves};
use crate::train::step::{StepInputs, StepOutcome, StepSettings};

/// Before the names of the weights that move, where what is shown is their running mean.
const RAW: &str = "raw.";
/// Both sides. What is shown and measured is the model beside it: the very one that moves, or the running
/// mean of its weights.
pub struct Pair {
    settings: Adversarial,
    seed: u64,
    /// Updates of the whole run.
    steps: usize,
    /// Network that moves, if it is not the one shown.
    raw: Option<(Model, Parameters)>,
    discriminator: Discriminator,
    discriminator_weights: Parameters,
    optimizers: Optimizers,
}

/// The state that a pair goes on from.
#[derive(Clone, Copy)]
pub struct PairState<'a> {
    /// The weights of both sides as they are shown.
    pub weights: &'a HashMap<String, Tensor>,
    /// Result of [`Pair::state`].
    pub state: &'a HashMap<String, Tensor>,
    /// Result of [`Pair::moves`].
    pub moves: Moves,
}

impl Pair {
    /// A new pair around the model with the weights `shown`, or one that goes on.
    pub fn new(
        config: &TrainConfig,
        shown: &Parameters,
        past: Option<PairState<'_>>,
        device: &Device,
    ) -> Result<Self> {
        let settings = config.adversarial.settled(config.model.kind);
        let raw = match settings.ema > 0.0 {
            true => Some(raw_model(&config.model, shown, past.map(|past| past.state), device)?),
            false => None,
        };
        let discriminator_weights = match past {
            Some(past) => Parameters::from_tensors(past.weights.clone(), device),
            None => Parameters::seeded(config.seed, device),
        };
        let vb = discriminator_weights.var_builder().pp(DISCRIMINATOR);
        let discriminator = Discriminator::new((&config.model).into(), settings.discriminator_norm, vb)?;
        let moving = raw.as_ref().map_or(shown, |(_, parameters)| parameters);
        let mut optimizers = Optimizers::new(moving, &discriminator_weights)?;
        if let Some(PairState { state, moves, .. }) = past {
            optimizers.generator.load_state(state, moves.generator)?;
            optimizers.discriminator.load_state(state, moves.discriminator)?;
        }
        let TrainConfig { seed, steps, .. } = *config;
        Ok(Self { settings, seed, steps, raw, discriminator, discriminator_weights, optimizers })
    }

    /// One update; `noise` is standard normal, (2n, latent_dim).
    pub fn update(
        &mut self,
        shown: (&Model, &Parameters),
        StepInputs { target: images, noise, place, .. }: &StepInputs,
        settings: &StepSettings,
    ) -> Result<StepOutcome> {
        let (n, step) = (images.dim(0)?, place.step);
        let options = UpdateOptions {
            learning_rate: settings.learning_rate,
            settings: self.settings.at(step as f64 / self.steps as f64),
            only: settings.only,
            seed: self.seed,
            step,
            part: (n < place.of).then_some(BatchPart { first: place.first, count: n, of: place.of }),
        };
        let halves = [noise.narrow(0, 0, n)?, noise.narrow(0, n, n)?];
        let model = self.raw.as_ref().map_or(shown.0, |(model, _)| model);
        let (discriminator, optimizers) = (&self.discriminator, &mut self.optimizers);
        let updated = match model {
            Model::Dcgan(generator) => {
                let (terms, gradient_norm) =
                    update(generator, discriminator, optimizers, images, &halves[1], &options)?;
                let loss = terms.generator;
                let of_loss = Terms { reconstruction: 0.0, kl: 0.0, sparsity: None, features: None, loss };
                StepOutcome { terms: of_loss, adversarial: Some(terms), gradient_norm, squared: None }
            }
            Model::Vae(vae) => {
                let noise = [&halves[0], &halves[1]];
                let objective = &settings.objective;
                let vae_gan::VaeGanOutcome { terms, adversarial, gradient_norm } =
                    vae_gan::update(vae, discriminator, optimizers, images, noise, objective, &options)?;
                StepOutcome { terms, adversarial: Some(adversarial), gradient_norm, squared: None }
            }
            Model::Ae(_) | Model::Linear(_) | Model::Imported(_) => {
                return Err(Error::Invalid("this model has no discriminator".into()));
            }
        };
        if let Some((_, raw)) = &self.raw {
            shown.1.follow(raw, self.settings.ema, step)?;
        }
        Ok(updated)
    }

    /// The discriminator's weights by name.
    pub fn weights(&self) -> Vec<(String, Var)> {
        self.discriminator_weights.all()
    }

    /// Numbers of the discriminator that training fits.
    pub fn discriminator_parameter_count(&self) -> usize {
        self.discriminator_weights.trainable().iter().map(|(_, var)| var.elem_count()).sum()
    }

    /// Weights that move besides those shown and the discriminator's.
    pub fn raw(&self) -> Vec<(String, Var)> {
        self.raw.as_ref().map(|(_, parameters)| parameters.all()).unwrap_or_default()
    }

    /// State that a run goes on from besides the weights.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut state = self.optimizers.generator.state()?;
        state.extend(self.optimizers.discriminator.state()?);
        state.extend(
            self.raw().into_iter().map(|(name, var)| (format!("{RAW}{name}"), var.as_detached_tensor())),
        );
        Ok(state)
    }

    /// Updates of either side.
    pub fn moves(&self) -> Moves {
        let Optimizers { generator, discriminator } = &self.optimizers;
        Moves { generator: generator.steps(), discriminator: discriminator.steps() }
    }
}

/// The model that moves: as it was saved, or as what is shown.
fn raw_model(
    config: &ModelConfig,
    shown: &Parameters,
    state: Option<&HashMap<String, Tensor>>,
    device: &Device,
) -> Result<(Model, Parameters)> {
    let named = |(name, var): (String, Var)| {
        let saved = state.and_then(|state| state.get(&format!("{RAW}{name}")));
        let tensor = saved.cloned().unwrap_or_else(|| var.as_detached_tensor());
        (name, tensor)
    };
    let parameters = Parameters::from_tensors(shown.all().into_iter().map(named).collect(), device);
    Ok((Model::new(config, parameters.var_builder())?, parameters))
}
