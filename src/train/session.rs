//! The training loop.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{Device, Tensor};

use super::checkpoint::{Checkpoint, Meta};
use super::history::History;
use super::report::{StepReport, TrainSummary, ValidationReport};
use super::run_folder::RunFolder;
use super::step::{Settings, Terms, update};
use super::{Observer, samples, schedule, validate};
use crate::config::{Split, TrainConfig};
use crate::data::batches::Batches;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::latent::info::LatentInfo;
use crate::metrics::PixelMetrics;
use crate::models::Model;
use crate::nn::{AdamW, AdamWConfig, Parameters, noise};

/// Most validation images that a measurement during training looks at.
const VALIDATION_IMAGES: usize = 1024;
/// Weight of the newest step in the running mean of the speed.
const SPEED_SMOOTHING: f64 = 0.05;

/// Trains a new model into the folder `out`.
///
/// # Errors
/// [`Error::Cancelled`] when the observer ended it; the run is saved then and [`resume`] goes on with it.
/// Otherwise a setting that makes no sense, a folder that cannot be read or written, a loss that is no
/// longer a number. What was saved before stays.
pub fn train(config: &TrainConfig, out: &Path, observer: &mut dyn Observer) -> Result<TrainSummary> {
    config.validate().map_err(Error::Invalid)?;
    observer.started(&format!("Training {}", config.model.kind.with_article()));
    let dataset = read_images(config, observer)?;
    let mut config = config.clone();
    let images = Images::new(&dataset);
    if let Some(epochs) = config.epochs.take() {
        config.steps = (epochs * images.train.len()).div_ceil(config.batch_size);
    }
    let run = RunFolder::create(out, &config)?;
    in_pool(|| Session::new(config, dataset, images, None)?.run(&run, observer))
}

/// Goes on with the run in a folder; `steps` changes the planned number of updates.
///
/// # Errors
/// As [`train`]; also when the folder holds no run, or the images are not those that it began with.
pub fn resume(run: &Path, steps: Option<usize>, observer: &mut dyn Observer) -> Result<TrainSummary> {
    let folder = RunFolder::open(run)?;
    let checkpoint = Checkpoint::read(&folder.checkpoint())?;
    if checkpoint.optimizer.is_empty() {
        return Err(Error::file(
            &folder.checkpoint(),
            "it holds a finished model without the state of a run",
        ));
    }
    let mut config = checkpoint.meta.config.clone();
    if let Some(steps) = steps {
        config.steps = steps;
        config.validate().map_err(Error::Invalid)?;
    }
    observer.started(&format!("Training {}", config.model.kind.with_article()));
    let dataset = read_images(&config, observer)?;
    if dataset.fingerprint() != checkpoint.meta.data_fingerprint {
        return Err(Error::file(
            &config.dataset.path,
            "the images in this folder are not those that the run began with; \
             put them back, or start a new run",
        ));
    }
    let images = Images::new(&dataset);
    folder.write_config(&config)?;
    in_pool(|| Session::new(config, dataset, images, Some(checkpoint))?.run(&folder, observer))
}

fn read_images(config: &TrainConfig, observer: &mut dyn Observer) -> Result<Arc<Dataset>> {
    let dataset =
        Dataset::load(&config.dataset.path, config.model.image_size, &mut |p| observer.progress(p))?;
    if !dataset.skipped().is_empty() {
        observer.skipped(dataset.skipped());
    }
    Ok(Arc::new(dataset))
}

/// Runs the whole loop inside a pool of its own: that saves a hand-over to other threads at every
/// operation, and leaves the explorer's thread alone.
fn in_pool<R: Send>(work: impl FnOnce() -> Result<R> + Send) -> Result<R> {
    rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("train-{index}"))
        .build()
        .map_err(|e| Error::Invalid(format!("the training threads cannot be started: {e}")))?
        .install(work)
}

/// Which images serve what. A folder too small to have a validation split is looked at as a whole.
struct Images {
    train: Vec<usize>,
    validation: Vec<usize>,
}

impl Images {
    fn new(dataset: &Dataset) -> Self {
        let or_all = |indices: Vec<usize>| match indices.is_empty() {
            true => dataset.indices(Split::All),
            false => indices,
        };
        let mut validation = dataset.indices(Split::Validation);
        validation.truncate(VALIDATION_IMAGES);
        Self { train: or_all(dataset.indices(Split::Train)), validation }
    }

    /// What the code space is measured on and the sheets show.
    fn shown(&self) -> &[usize] {
        if self.validation.is_empty() { &self.train } else { &self.validation }
    }
}

/// A run in progress.
struct Session {
    config: TrainConfig,
    dataset: Arc<Dataset>,
    images: Images,
    device: Device,
    parameters: Parameters,
    model: Model,
    optimizer: AdamW,
    /// Updates done.
    step: usize,
    last_loss: f64,
    validation_loss: Option<f64>,
    validation: Option<PixelMetrics>,
}

impl Session {
    fn new(
        config: TrainConfig,
        dataset: Arc<Dataset>,
        images: Images,
        from: Option<Checkpoint>,
    ) -> Result<Self> {
        let device = Device::Cpu;
        let (parameters, state, step, validation) = match from {
            None => (Parameters::seeded(config.seed, &device), None, 0, None),
            Some(Checkpoint { meta, weights, optimizer, .. }) => {
                let parameters = Parameters::from_tensors(weights, &device);
                (parameters, Some(optimizer), meta.steps, meta.validation)
            }
        };
        let model = Model::new(&config.model, parameters.var_builder())?;
        let settings = AdamWConfig { weight_decay: config.weight_decay, ..AdamWConfig::default() };
        let mut optimizer = AdamW::new(parameters.trainable(), settings)?;
        if let Some(state) = state {
            optimizer.load_state(&state, step)?;
        }
        let (last_loss, validation_loss) = (f64::NAN, None);
        Ok(Self {
            config,
            dataset,
            images,
            device,
            parameters,
            model,
            optimizer,
            step,
            last_loss,
            validation_loss,
            validation,
        })
    }

    fn run(mut self, run: &RunFolder, observer: &mut dyn Observer) -> Result<TrainSummary> {
        let mut history = History::open(&run.history(), self.step)?;
        let mut batches = Batches::new(
            self.dataset.clone(),
            self.images.train.clone(),
            self.config.batch_size,
            self.config.dataset.flip,
            self.config.seed,
            self.step,
        );
        let first = self.step;
        let began = Instant::now();
        let mut speed = Speed::default();
        let mut saved_at = None;
        if first == 0 {
            // A run that is killed before its first interval can be resumed too.
            self.save(run, &mut history, observer)?;
        }
        while self.step < self.config.steps {
            let started = Instant::now();
            let batch = batches.next_batch()?;
            let size = self.dataset.image_size();
            let images = Tensor::from_vec(batch.pixels, (batch.indices.len(), size, size, 3), &self.device)?;
            let settings = Settings {
                kl_weight: schedule::kl_weight_at(&self.config, self.step),
                learning_rate: schedule::learning_rate_at(&self.config, self.step),
            };
            let eps = self.noise(batch.indices.len())?;
            let terms = update(&self.model, &mut self.optimizer, &images, &eps, settings)?;
            if !terms.loss.is_finite() {
                return Err(self.diverged(run, terms));
            }
            self.step += 1;
            self.last_loss = terms.loss;
            speed.add(started.elapsed().as_secs_f64());

            let report = self.report(terms, settings, &speed);
            let due = |every: usize| self.step.is_multiple_of(every) || self.step == self.config.steps;
            let (validate, sample, save) =
                (due(self.config.validate_every), due(self.config.sample_every), due(self.config.save_every));
            let measured = if validate { self.validate(settings.kl_weight)? } else { None };
            history.append(&report, measured.as_ref())?;
            if let Some(measured) = measured {
                observer.validation(&measured);
                self.validation_loss = Some(measured.loss);
                self.validation = Some(measured.metrics);
            }
            if sample {
                let latent = self.measure_latent()?;
                let sheet = samples::sheet(
                    &self.model,
                    &self.config,
                    &self.dataset,
                    self.images.shown(),
                    &latent,
                    &self.device,
                )?;
                crate::export::write_png(&sheet, &run.samples(self.step))?;
            }
            if save {
                self.save(run, &mut history, observer)?;
                saved_at = Some(self.step);
            }
            if observer.step(&report) == ControlFlow::Break(()) {
                if saved_at != Some(self.step) {
                    self.save(run, &mut history, observer)?;
                }
                return Err(Error::Cancelled);
            }
        }
        let seconds = began.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        let steps_per_second = (self.step - first) as f64 / seconds;
        Ok(TrainSummary {
            steps: self.step,
            steps_per_second,
            images_per_second: steps_per_second * self.config.batch_size as f64,
            train_loss: self.last_loss,
            validation_loss: self.validation_loss,
            checkpoint: run.checkpoint(),
        })
    }

    /// Standard normal noise (n, latent_dim) that depends on seed and step alone.
    fn noise(&self, n: usize) -> Result<Tensor> {
        let latent_dim = self.config.model.latent_dim;
        let values = noise::standard_normal(self.config.seed, self.step as u64, n * latent_dim);
        Ok(Tensor::from_vec(values, (n, latent_dim), &self.device)?)
    }

    fn report(&self, terms: Terms, settings: Settings, speed: &Speed) -> StepReport {
        StepReport {
            step: self.step,
            steps: self.config.steps,
            reconstruction: terms.reconstruction,
            kl: terms.kl,
            kl_weight: settings.kl_weight,
            loss: terms.loss,
            learning_rate: settings.learning_rate,
            images_per_second: self.config.batch_size as f64 / speed.seconds_per_step,
            seconds_left: (self.config.steps - self.step) as f64 * speed.seconds_per_step,
        }
    }

    fn validate(&self, kl_weight: f64) -> Result<Option<ValidationReport>> {
        let Self { model, dataset, images, device, .. } = self;
        let report = validate::measure(model, dataset, &images.validation, kl_weight, device, &mut |_| true)?;
        Ok(report.map(|r| ValidationReport { step: self.step, ..r }))
    }

    fn measure_latent(&self) -> Result<LatentInfo> {
        validate::measure_latent(&self.model, &self.config, &self.dataset, self.images.shown(), &self.device)
    }

    fn save(&self, run: &RunFolder, history: &mut History, observer: &mut dyn Observer) -> Result<()> {
        let tensors = |named: Vec<(String, Tensor)>| named.into_iter().collect::<HashMap<_, _>>();
        let weights = self.parameters.all().into_iter().map(|(n, var)| (n, var.as_detached_tensor()));
        let checkpoint = Checkpoint {
            meta: Meta {
                validation: self.validation,
                ..Meta::new(self.config.clone(), self.step, self.dataset.fingerprint().to_owned())
            },
            weights: tensors(weights.collect()),
            optimizer: tensors(self.optimizer.state()?),
            latent: self.measure_latent()?,
        };
        history.flush()?;
        checkpoint.write(&run.checkpoint())?;
        observer.saved(&run.checkpoint(), self.step);
        Ok(())
    }

    fn diverged(&self, run: &RunFolder, terms: Terms) -> Error {
        Error::Invalid(format!(
            "the loss became {} in step {}: training has diverged. The last good checkpoint is kept in {}. \
             Try a lower --lr than {}, or a lower --kl-weight",
            terms.loss,
            self.step + 1,
            run.checkpoint().display(),
            self.config.learning_rate,
        ))
    }
}

/// A running mean of the time of a step.
#[derive(Default)]
struct Speed {
    seconds_per_step: f64,
}

impl Speed {
    fn add(&mut self, seconds: f64) {
        let weight = if self.seconds_per_step == 0.0 { 1.0 } else { SPEED_SMOOTHING };
        self.seconds_per_step += weight * (seconds - self.seconds_per_step);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Parser;

    use super::*;

    /// The defaults of the command line.
    pub fn config() -> TrainConfig {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            config: TrainConfig,
        }
        Line::parse_from(["train", "--data", "nowhere"]).config
    }
}
