//! The training loop. [`super::start`] prepares what it needs.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{Device, Tensor};

use super::checkpoint::{Checkpoint, Meta, is_finite};
use super::history::History;
use super::objective::{Objective, Terms};
use super::report::{StepReport, TrainSummary, ValidationReport};
use super::run_folder::RunFolder;
use super::start::Images;
use super::step::{Settings, update};
use super::{Observer, corruption, samples, schedule, validate};
use crate::config::{Corruption, Noise, TrainConfig};
use crate::data::batches::{Batches, Variety};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::export::write_png;
use crate::latent::info::LatentInfo;
use crate::metrics::PixelMetrics;
use crate::models::Model;
use crate::nn::{AdamW, AdamWConfig, Parameters, noise};

/// Weight of the newest step in the running mean of the speed.
const SPEED_SMOOTHING: f64 = 0.05;

/// A run in progress.
pub(super) struct Session {
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
    /// Updates done when the last checkpoint was written.
    saved_at: usize,
}

impl Session {
    /// A new run, or one that goes on from a checkpoint.
    pub(super) fn new(
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
            saved_at: usize::MAX,
        })
    }

    /// Trains to the planned number of updates.
    pub(super) fn run(mut self, run: &RunFolder, observer: &mut dyn Observer) -> Result<TrainSummary> {
        let mut history = History::open(&run.history(), self.step, self.config.model.kind)?;
        let first = self.step;
        let began = Instant::now();
        // At once, so that a run that is killed before its first interval can be resumed, and with the
        // steps that it is planned for now.
        self.save(run, &mut history, &self.measure_latent()?, observer)?;
        if let Err(error) = self.train(run, &mut history, observer) {
            // Whatever else it was, the steps since the last checkpoint are worth keeping.
            if !matches!(error, Error::Diverged(_)) && self.saved_at != self.step && self.is_sound()? {
                self.save(run, &mut history, &self.measure_latent()?, observer)?;
            }
            return Err(error);
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

    fn train(&mut self, run: &RunFolder, history: &mut History, observer: &mut dyn Observer) -> Result<()> {
        let mut batches = Batches::new(
            self.dataset.clone(),
            self.images.train.clone(),
            self.config.batch_size,
            Variety { flip: self.config.dataset.flip, augment: self.config.dataset.augment },
            self.config.seed,
            self.step,
        );
        let mut speed = Speed::default();
        while self.step < self.config.steps {
            let started = Instant::now();
            let batch = batches.next_batch()?;
            let (n, size) = (batch.indices.len(), self.dataset.image_size());
            let tensor = |pixels| Tensor::from_vec(pixels, (n, size, size, 3), &self.device);
            let noisy = self.config.noise.map(|noise| self.corrupted(batch.pixels.clone(), noise));
            let target = tensor(batch.pixels)?;
            let input = noisy.map_or(Ok(target.clone()), tensor)?;
            let settings = Settings {
                objective: Objective::at(&self.config, self.step),
                learning_rate: schedule::learning_rate_at(&self.config, self.step),
            };
            let eps = self.noise(n)?;
            let terms = update(&self.model, &mut self.optimizer, &input, &target, &eps, settings)?;
            if !terms.loss.is_finite() {
                return Err(self.diverged(run));
            }
            self.step += 1;
            self.last_loss = terms.loss;
            speed.add(started.elapsed().as_secs_f64());

            let report = self.report(terms, settings, &speed);
            self.look(&report, run, history, observer)?;
            if observer.step(&report) == ControlFlow::Break(()) {
                return Err(Error::Cancelled);
            }
        }
        Ok(())
    }

    /// After a step: the line in the history, and what is due at intervals.
    fn look(
        &mut self,
        report: &StepReport,
        run: &RunFolder,
        history: &mut History,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let due = |every: usize| self.step.is_multiple_of(every) || self.step == self.config.steps;
        let (validate, sample, save) =
            (due(self.config.validate_every), due(self.config.sample_every), due(self.config.save_every));
        // An update can spoil the weights while its own loss is still finite.
        if (validate || sample || save) && !self.is_sound()? {
            return Err(self.diverged(run));
        }
        let measured = if validate { self.validate()? } else { None };
        history.append(report, measured.as_ref());
        if let Some(measured) = measured {
            observer.validation(&measured);
            self.validation_loss = Some(measured.loss);
            self.validation = Some(measured.metrics);
        }
        if sample || save {
            let latent = self.measure_latent()?;
            if save && let Err(error) = self.save(run, history, &latent, observer) {
                self.save_later(error, observer)?;
            }
            if sample && let Err(error) = self.write_sheet(run, &latent) {
                observer.warning(&format!("the sample pictures of step {} are missing: {error}", self.step));
            }
        }
        Ok(())
    }

    fn write_sheet(&self, run: &RunFolder, latent: &LatentInfo) -> Result<()> {
        let Self { model, config, dataset, images, device, .. } = self;
        let sheet = samples::sheet(model, config, dataset, images.shown(), latent, device)?;
        write_png(&sheet, &run.samples(self.step)?)
    }

    /// Standard normal noise (n, latent_dim) that depends on seed and step alone.
    fn noise(&self, n: usize) -> Result<Tensor> {
        let latent_dim = self.config.model.latent_dim;
        let values = noise::standard_normal(self.config.seed, self.step as u64, n * latent_dim);
        Ok(Tensor::from_vec(values, (n, latent_dim), &self.device)?)
    }

    /// A batch with noise that depends on seed and step alone.
    fn corrupted(&self, mut pixels: Vec<f32>, corruption: Corruption) -> Vec<f32> {
        let size = self.dataset.image_size();
        let noise = Noise { corruption, seed: self.config.seed };
        corruption::corrupt_batch(&mut pixels, size * size * 3, noise, self.step);
        pixels
    }

    fn report(&self, terms: Terms, settings: Settings, speed: &Speed) -> StepReport {
        StepReport {
            step: self.step,
            steps: self.config.steps,
            reconstruction: terms.reconstruction,
            re: terms.reconstruction / (self.dataset.image_size().pow(2) * 3) as f64,
            kl: terms.kl,
            kl_weight: settings.objective.kl_weight,
            free_bits: settings.objective.free_bits,
            sparsity: terms.sparsity,
            loss: terms.loss,
            learning_rate: settings.learning_rate,
            gradient_norm: f64::NAN,
            images_per_second: self.config.batch_size as f64 / speed.seconds_per_step,
            seconds_left: (self.config.steps - self.step) as f64 * speed.seconds_per_step,
        }
    }

    /// With the objective of the step just done. The noise is the same each time.
    fn validate(&self) -> Result<Option<ValidationReport>> {
        let Self { config, model, dataset, images, device, .. } = self;
        let given = validate::Given {
            objective: Objective::at(config, self.step.saturating_sub(1)),
            noise: config.noise.map(|corruption| Noise { corruption, seed: config.seed }),
        };
        let report = validate::measure(model, dataset, &images.validation, given, device, &mut |_| true)?;
        Ok(report.map(|r| ValidationReport { step: self.step, ..r }))
    }

    fn measure_latent(&self) -> Result<LatentInfo> {
        validate::measure_latent(&self.model, &self.config, &self.dataset, self.images.shown(), &self.device)
    }

    fn save(
        &mut self,
        run: &RunFolder,
        history: &mut History,
        latent: &LatentInfo,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let tensors = |named: Vec<(String, Tensor)>| named.into_iter().collect::<HashMap<_, _>>();
        let weights = self.parameters.all().into_iter().map(|(n, var)| (n, var.as_detached_tensor()));
        let checkpoint = Checkpoint {
            meta: Meta {
                validation: self.validation,
                ..Meta::new(self.config.clone(), self.step, self.dataset.fingerprint().to_owned())
            },
            weights: tensors(weights.collect()),
            optimizer: tensors(self.optimizer.state()?),
            latent: latent.clone(),
        };
        history.flush()?;
        checkpoint.write(&run.checkpoint())?;
        self.saved_at = self.step;
        observer.saved(&run.checkpoint(), self.step);
        Ok(())
    }

    /// A checkpoint that could not be written, as on a full disk, ends the run only where it is the last:
    /// the one before it is still whole, and there may be room by the next time.
    fn save_later(&self, error: Error, observer: &mut dyn Observer) -> Result<()> {
        let every = self.config.save_every;
        let next = (self.step / every + 1).saturating_mul(every).min(self.config.steps);
        if self.step == self.config.steps {
            return Err(error);
        }
        observer.warning(&format!(
            "step {} is not saved: {error}. Training goes on and tries again at step {next}",
            self.step
        ));
        Ok(())
    }

    /// Whether every weight is a number.
    fn is_sound(&self) -> Result<bool> {
        for (_, var) in self.parameters.all() {
            if !is_finite(var.as_tensor())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn diverged(&self, run: &RunFolder) -> Error {
        Error::Diverged(format!(
            "training has diverged by step {}: the loss or the weights are no longer numbers. The last good \
             checkpoint is kept in {}. Start a new run with a lower --lr than {}, or a lower --kl-weight",
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
