//! The model that is trained, and its optimisers: one way in for every kind of model.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::adversarial::{Pair, PairState};
use super::step::{StepInputs, StepOutcome, StepSettings, update};
use crate::config::{OptimizerKind, TrainConfig};
use crate::error::Result;
use crate::losses::features::FeatureTerm;
use crate::models::{Model, PerceptualNet};
use crate::nn::{AdamWConfig, Optimizer, Parameters};
use crate::run::checkpoint::{Checkpoint, Moves, is_finite};

/// A model in training.
pub(super) struct Learner {
    /// The model that is shown, measured and shared.
    pub model: Model,
    parameters: Parameters,
    trainer: Trainer,
    /// Network of the feature term, if there is one.
    judge: Option<PerceptualNet>,
}

enum Trainer {
    /// Minimises one loss.
    Alone(Optimizer),
    /// Plays against a discriminator.
    Pair(Box<Pair>),
}

/// The state that a learner begins with.
#[derive(Clone, Copy)]
pub(super) enum LearnerStart<'a> {
    /// First draws of the seed.
    New,
    /// The weights of a model; what trains it is new.
    Weights(&'a Checkpoint),
    /// All that a run goes on from.
    Checkpoint(&'a Checkpoint),
}

impl Learner {
    /// One that begins in this state.
    pub fn new(
        config: &TrainConfig,
        start: LearnerStart<'_>,
        judge: Option<PerceptualNet>,
        device: &Device,
    ) -> Result<Self> {
        let (parameters, past) = match start {
            LearnerStart::New => (Parameters::seeded(config.seed, device), None),
            LearnerStart::Weights(checkpoint) => {
                (Parameters::from_tensors(checkpoint.weights.clone(), device), None)
            }
            LearnerStart::Checkpoint(checkpoint) => {
                (Parameters::from_tensors(checkpoint.weights.clone(), device), Some(checkpoint))
            }
        };
        let model = Model::new(&config.model, parameters.var_builder())?;
        let trainer = if config.model.kind.is_adversarial() {
            let past = past.map(|checkpoint| {
                let Checkpoint { meta, weights, optimizer: state, .. } = checkpoint;
                PairState { weights, state, moves: meta.moves.unwrap_or(Moves::both(meta.steps)) }
            });
            Trainer::Pair(Box::new(Pair::new(config, &parameters, past, device)?))
        } else {
            // Each update says how much the weights decay.
            let settings = AdamWConfig::default();
            let vars = parameters.trainable();
            let mut optimizer = match config.optimizer {
                OptimizerKind::Adamw => Optimizer::adamw(vars, settings)?,
                OptimizerKind::Muon => Optimizer::muon(vars, settings)?,
            };
            if let Some(checkpoint) = past {
                optimizer.load_state(&checkpoint.optimizer, checkpoint.meta.steps)?;
            }
            Trainer::Alone(optimizer)
        };
        Ok(Self { model, parameters, trainer, judge })
    }

    /// The feature term of an update with these settings.
    pub fn feature_term(&self, settings: &StepSettings) -> Option<FeatureTerm<'_>> {
        Some(FeatureTerm { network: self.judge.as_ref()?, weight: settings.feature_weight })
    }

    /// Rows of noise that an update takes for each image.
    pub fn codes(&self) -> usize {
        match self.trainer {
            Trainer::Alone(_) => 1,
            Trainer::Pair(_) => 2,
        }
    }

    /// One update.
    pub fn update(&mut self, inputs: &StepInputs, settings: StepSettings) -> Result<StepOutcome> {
        let StepInputs { input, target, noise, .. } = inputs;
        match &mut self.trainer {
            Trainer::Alone(optimizer) => {
                update(&self.model, optimizer, input, target, noise, self.judge.as_ref(), settings)
            }
            Trainer::Pair(pair) => pair.update((&self.model, &self.parameters), inputs, &settings),
        }
    }

    /// Numbers that training fits, of all networks.
    pub fn parameter_count(&self) -> usize {
        let discriminator = match &self.trainer {
            Trainer::Alone(_) => 0,
            Trainer::Pair(pair) => pair.discriminator_parameter_count(),
        };
        discriminator + self.parameters.trainable().iter().map(|(_, var)| var.elem_count()).sum::<usize>()
    }

    /// Weights and running statistics of all networks by PyTorch name.
    pub fn weights(&self) -> HashMap<String, Tensor> {
        let mut all = self.parameters.all();
        if let Trainer::Pair(pair) = &self.trainer {
            all.extend(pair.weights());
        }
        all.into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect()
    }

    /// State that a run goes on from besides the weights.
    pub fn state(&self) -> Result<HashMap<String, Tensor>> {
        let state = match &self.trainer {
            Trainer::Alone(optimizer) => optimizer.state()?,
            Trainer::Pair(pair) => pair.state()?,
        };
        Ok(state.into_iter().collect())
    }

    /// Updates of either side, where there are two.
    pub fn moves(&self) -> Option<Moves> {
        match &self.trainer {
            Trainer::Alone(_) => None,
            Trainer::Pair(pair) => Some(pair.moves()),
        }
    }

    /// Whether every weight is a number.
    pub fn is_sound(&self) -> Result<bool> {
        let mut all = self.parameters.all();
        if let Trainer::Pair(pair) = &self.trainer {
            all.extend(pair.weights());
            all.extend(pair.raw());
        }
        for (_, var) in all {
            if !is_finite(var.as_tensor())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
