//! A measurement of models: which, on what, how. It stays with the table that comes of it.

use std::path::PathBuf;

use super::form::Form;
use crate::config::{DataSource, ExtractorSource, ModelConfig, Noise, Split};
use crate::gui::state::State;
use crate::worker::protocol::{Job, ModelInfo, ModelSource};

/// A model that can be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The checkpoint, the folder of a run, or the name of a model inside the program.
    pub checkpoint: PathBuf,
    /// What it is called on screen.
    pub name: String,
    /// Its shape, if that is known.
    pub model: Option<ModelConfig>,
    /// What sets its training apart, as in "KL weight 1 (constant)".
    pub aim: Option<String>,
}

impl Subject {
    /// Whether it turns pictures into codes, as far as is known.
    pub fn has_encoder(&self) -> bool {
        self.model.as_ref().is_none_or(|model| model.kind.has_encoder())
    }

    /// Whether it draws new images, as far as is known.
    pub fn is_generative(&self) -> bool {
        self.model.as_ref().is_none_or(|model| model.kind.is_generative())
    }

    /// Its kind and its sizes, in a few words.
    pub fn facts(&self) -> String {
        match &self.model {
            Some(model) => {
                format!("{} · {} px · {} dims", model.kind.label(), model.image_size, model.latent_dim)
            }
            None => String::new(),
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The models.
    pub subjects: Vec<Subject>,
    /// The images.
    pub data: DataSource,
    /// Which part of them.
    pub split: Split,
    /// What spoils them before the models see them.
    pub noise: Option<Noise>,
    /// Whether a PCA with codes of the size of each model's is measured too.
    pub pca: bool,
    /// What sees draws and real images; none if they are not compared.
    pub extractor: Option<ExtractorSource>,
    /// Draws from each model; as many as there are real images if not said.
    pub samples: Option<usize>,
    /// Of the draws.
    pub seed: u64,
    /// The neighbour that the balls of a manifold reach to.
    pub k: usize,
}

impl Order {
    /// What a form asks for of these models.
    pub fn new(form: &Form, subjects: Vec<Subject>) -> Self {
        Order {
            subjects,
            data: form.data.clone(),
            split: form.split,
            noise: form.noise.map(|corruption| Noise { corruption, seed: form.seed }),
            pca: form.pca,
            extractor: form.extractor(),
            samples: (!form.as_many_as_real).then_some(form.samples),
            seed: form.seed,
            k: form.k,
        }
    }

    /// The model that a row of a result is about, by the name it has there.
    pub fn subject(&self, row: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.checkpoint.display().to_string() == row)
    }

    /// The job that measures reconstructions.
    pub fn pixels(&self) -> Option<Job> {
        let encoding = self.subjects.iter().filter(|subject| subject.has_encoder());
        let checkpoints: Vec<PathBuf> = encoding.map(|s| s.checkpoint.clone()).collect();
        let (data, split, noise) = (self.data.clone(), self.split, self.noise);
        let pca = self.pca;
        (!checkpoints.is_empty()).then_some(Job::Evaluate { checkpoints, data, split, noise, pca })
    }

    /// The job that measures draws.
    pub fn draws(&self) -> Option<Job> {
        let generative = self.subjects.iter().filter(|subject| subject.is_generative());
        let checkpoints: Vec<PathBuf> = generative.map(|s| s.checkpoint.clone()).collect();
        let extractor = self.extractor.clone().filter(|_| !checkpoints.is_empty())?;
        let Order { data, split, samples, seed, k, .. } = self.clone();
        Some(Job::MeasureSamples { checkpoints, data, split, extractor, samples, seed, k })
    }
}

impl State {
    /// All models that can be measured: those that are open, and the runs of the Train screen that have a
    /// checkpoint.
    pub fn subjects(&self) -> Vec<Subject> {
        let open = self.models.iter().map(|model| Subject {
            checkpoint: checkpoint(&model.source),
            name: model.name.clone(),
            model: Some(model.config.clone()),
            aim: model.train.as_ref().and_then(|train| train.aim()),
        });
        let mut subjects: Vec<Subject> = open.collect();
        for run in self.train.runs.iter().filter(|run| run.saved_step.is_some()) {
            if subjects.iter().all(|subject| subject.checkpoint != run.folder) {
                subjects.push(Subject {
                    checkpoint: run.folder.clone(),
                    name: run.name(),
                    model: run.config().map(|config| config.model.clone()),
                    aim: run.config().and_then(|config| config.aim()),
                });
            }
        }
        subjects
    }

    /// The open models whose pictures stand beneath the tables.
    pub fn shown_models(&self) -> impl Iterator<Item = &ModelInfo> {
        let form = &self.compare.form;
        self.models.iter().filter(|model| form.is_ticked(&checkpoint(&model.source)))
    }

    /// What the form of the Compare screen asks for.
    pub fn compare_order(&self) -> Order {
        let form = &self.compare.form;
        let ticked = self.subjects().into_iter().filter(|subject| form.is_ticked(&subject.checkpoint));
        Order::new(form, ticked.collect())
    }
}

/// What an open model is called in a job.
fn checkpoint(source: &ModelSource) -> PathBuf {
    match source {
        ModelSource::Shipped(name) => name.into(),
        ModelSource::File(path) => path.clone(),
    }
}
