//! A measurement of models: which, on what, how. It stays with the table that comes of it.

use std::path::PathBuf;
use std::sync::Arc;

use rust_i18n::t;
use serde::{Deserialize, Serialize};

use super::form::CompareForm;
use crate::config::{DataSource, ExtractorSource, ModelConfig, Noise, Split};
use crate::worker::protocol::{EvaluationOrder, Job, SamplesOrder, SmoothnessOrder};

/// Walks between faces in a measurement of smoothness: enough for a look, in a minute.
pub const SMOOTHNESS_WALKS: usize = 20;
/// Draws from each model in one.
pub const SMOOTHNESS_DRAWS: usize = 200;

/// A model that can be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The checkpoint, the folder of a run, or the name of a model inside the program.
    pub checkpoint: PathBuf,
    /// Name on screen.
    pub name: String,
    /// Its shape, if that is known.
    pub model: Option<ModelConfig>,
    /// Whether it has learned a prior for its codes.
    pub has_prior: bool,
    /// Aim that sets its training apart, as in "KL weight 1 (constant)".
    pub aim: Option<String>,
}

impl Candidate {
    /// Whether it turns pictures into codes, as far as is known.
    pub fn has_encoder(&self) -> bool {
        self.model.as_ref().is_none_or(|model| model.kind.has_encoder())
    }

    /// Whether it draws new images, as far as is known.
    pub fn is_generative(&self) -> bool {
        self.has_prior || self.model.as_ref().is_none_or(|model| model.kind.is_generative())
    }

    /// Its kind and its sizes, in a few words.
    pub fn facts(&self) -> String {
        match &self.model {
            Some(model) => t!(
                "%{kind} · %{size} px · %{n} dims",
                kind = model.kind.label(),
                size = model.image_size,
                n = model.latent_dim
            )
            .into_owned(),
            None => String::new(),
        }
    }
}

/// The request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelsOrder {
    /// The models.
    pub candidates: Vec<Candidate>,
    /// The images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// Noise on them before the models see them.
    pub noise: Option<Noise>,
    /// Whether a PCA with codes of the size of each model's is measured too.
    pub pca: bool,
    /// Feature extractor of draws and real images; none if they are not compared.
    pub extractor: Option<ExtractorSource>,
    /// Draws from each model; as many as there are real images if not said.
    pub samples: Option<usize>,
    /// Of the draws.
    pub seed: u64,
    /// The neighbour that the balls of a manifold reach to.
    pub k: usize,
    /// Whether to look for copies of training images among the draws.
    pub copies: bool,
    /// Whether to measure how smooth the code spaces are.
    pub smoothness: bool,
}

impl ModelsOrder {
    /// The order that a form asks for of these models.
    pub fn new(form: &CompareForm, candidates: Vec<Candidate>) -> Self {
        ModelsOrder {
            candidates,
            data: form.data.clone(),
            split: form.split,
            noise: form.noise.map(|corruption| Noise { corruption, seed: form.seed }),
            pca: form.pca,
            extractor: form.extractor(),
            samples: (!form.as_many_as_real).then_some(form.samples),
            seed: form.seed,
            k: form.k,
            copies: form.copies,
            smoothness: form.smoothness,
        }
    }

    /// The model that a row of a result is about, by the name it has there.
    pub fn candidate(&self, row: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.checkpoint.display().to_string() == row)
    }

    /// The job that measures reconstructions.
    pub fn pixels(&self) -> Option<Job> {
        let encoding = self.candidates.iter().filter(|candidate| candidate.has_encoder());
        let checkpoints: Vec<PathBuf> = encoding.map(|s| s.checkpoint.clone()).collect();
        let (data, split, noise) = (self.data.clone(), self.split, self.noise);
        let pca = self.pca;
        (!checkpoints.is_empty()).then_some(Job::Evaluate(EvaluationOrder {
            checkpoints,
            data,
            split,
            noise,
            pca,
            likelihood_samples: None,
        }))
    }

    /// The job that measures how smooth the code spaces are of the models that encode.
    pub fn smoothness(&self) -> Option<Job> {
        let encoding = self.candidates.iter().filter(|candidate| candidate.has_encoder());
        let models: Vec<PathBuf> = encoding.map(|candidate| candidate.checkpoint.clone()).collect();
        let extractor = self.extractor.clone().unwrap_or(ExtractorSource::Embedded);
        let (data, seed) = (self.data.clone(), self.seed);
        (self.smoothness && !models.is_empty()).then_some(Job::MeasureSmoothness(SmoothnessOrder {
            data,
            models,
            extractor,
            walks: SMOOTHNESS_WALKS,
            draws: SMOOTHNESS_DRAWS,
            seed,
            sheet: None,
        }))
    }

    /// The job that measures draws.
    pub fn draws(&self) -> Option<Job> {
        let generative = self.candidates.iter().filter(|candidate| candidate.is_generative());
        let checkpoints: Vec<PathBuf> = generative.map(|s| s.checkpoint.clone()).collect();
        let extractor = self.extractor.clone().filter(|_| !checkpoints.is_empty())?;
        let ModelsOrder { data, split, samples, seed, k, copies, .. } = self.clone();
        Some(Job::MeasureSamples(SamplesOrder {
            checkpoints,
            data,
            split,
            extractor,
            samples,
            seed,
            k,
            copies,
        }))
    }
}

/// A measurement and its order.
#[derive(Clone, Debug)]
pub struct Measured<O, T> {
    /// The request.
    pub order: Arc<O>,
    /// Results.
    pub found: T,
    /// Facts about a measurement of an earlier start; none about one of this.
    pub before: Option<Before>,
}

/// Facts about a measurement of an earlier start.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// Seconds since 1970.
    pub when: u64,
    /// Names of the models that are others by now, or gone.
    pub changed: Vec<String>,
}

impl<O, T> Measured<O, T> {
    /// A measurement of just now.
    pub fn now(order: Arc<O>, found: T) -> Self {
        Measured { order, found, before: None }
    }

    /// Time at which it was measured, in seconds since 1970; none for this start.
    pub fn since(&self) -> Option<u64> {
        self.before.as_ref().map(|before| before.when)
    }

    /// Note on models that are others than when it was measured.
    pub fn changed(&self) -> Option<String> {
        let names =
            self.before.as_ref().map(|before| before.changed.join(", ")).filter(|names| !names.is_empty())?;
        Some(
            t!("Measured before these were changed or removed: %{names}. Measure again", names = names)
                .into_owned(),
        )
    }
}
