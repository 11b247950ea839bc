//! The training loop. [`super::start`] prepares what it needs.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::Tensor;

use super::divergence::Symptom;
use super::health::Health;
use super::learner::{Learner, LearnerStart};
use super::monitor::Monitor;
use super::save_clock::SaveClock;
use super::step::{StepInputs, StepOutcome, StepSettings};
use super::{out_of_memory, samples};
use crate::config::{Adjustment, Change, Corruption, Likelihood, Noise, Plan, Side, TrainConfig};
use crate::data::batches::{BatchPlace, Batches, Variety};
use crate::data::corruption;
use crate::data::dataset::Dataset;
use crate::data::grey;
use crate::data::partition::Partition;
use crate::data::trained_on::TrainedOn;
use crate::device::Compute;
use crate::error::{Error, Result};
use crate::export::write_png;
use crate::measure::validate;
use crate::models::PerceptualNet;
use crate::observer::{Control, Observer};
use crate::random::{self, streams};
use crate::ranks::{Exchanged, Ranks, agree_to_end, here};
use crate::report::{
    JobEvent, LatentInfo, PixelMetrics, RanksReport, RunInfo, StepReport, TrainSummary, ValidationReport,
};
use crate::run::checkpoint::{Checkpoint, RanOn};
use crate::run::events::Events;
use crate::run::folder::{FolderState, RunFolder};
use crate::run::history::{HistoryFile, HistoryRow};

/// Weight of the newest step in the running mean of the speed.
const SPEED_SMOOTHING: f64 = 0.05;

/// A run in progress.
pub(super) struct TrainingSession {
    /// The settings at every step.
    pub plan: Plan,
    pub dataset: Arc<Dataset>,
    pub images: Partition,
    /// Record of them in a checkpoint.
    pub trained_on: Arc<TrainedOn>,
    /// The device.
    pub compute: Compute,
    /// On what it was trained up to here, and is from here on.
    pub devices: Vec<RanOn>,
    /// The model and what trains it.
    pub learner: Learner,
    /// Updates done.
    pub step: usize,
    last_loss: f64,
    validation_loss: Option<f64>,
    pub validation: Option<PixelMetrics>,
    /// The run and step that this one was forked from.
    pub forked_from: Option<(PathBuf, usize)>,
    /// Updates done when the last checkpoint was written.
    pub saved_at: usize,
    /// The changes in it.
    pub saved_changes: Vec<Change>,
    /// Whether the next checkpoint is overdue.
    pub save_is_due: bool,
    /// When the last one was written, and whether that is long ago.
    pub clock: SaveClock,
    /// Whether the last update was in order, see [`Health`].
    pub is_good: bool,
    /// Requests that are not done yet.
    pub controls: VecDeque<Control>,
    /// Whether no update is to be done.
    pub held: bool,
    /// Time for which it was held.
    pub held_for: Duration,
    /// Monitor of the run for whoever watches.
    pub monitor: Monitor,
}

/// State that a run goes on from, if it is not new.
#[derive(Default)]
pub(super) struct ResumeState {
    pub checkpoint: Option<Checkpoint>,
    /// Whether nothing but its weights are for what trains the model from here on.
    pub weights_alone: bool,
    /// Changes to the settings: those made up to the checkpoint, and those to be made again after it.
    pub changes: Vec<Change>,
    /// The run and step that this one was forked from.
    pub forked_from: Option<(PathBuf, usize)>,
    /// Adjustments before the first update.
    pub adjustments: Vec<Adjustment>,
    /// Network of the feature loss, if there is one.
    pub judge: Option<PerceptualNet>,
}

/// Files that a run writes.
pub(super) struct Files {
    pub folder: RunFolder,
    pub history: HistoryFile,
    pub events: Events,
}

impl Files {
    /// Sees to the run's folder before anything is written to it. Returns whether it had to be made again.
    ///
    /// # Errors
    /// If it is no longer this run's.
    pub(super) fn keep(&mut self, plan: &Plan, observer: &mut dyn Observer) -> Result<bool> {
        let made_again = self.folder.keep()? == FolderState::MadeAgain;
        if made_again {
            observer.warning(&format!(
                "{} was taken away while the run went on; it is made again, and the run saved there. What was in it \
                 is lost, the history of the steps up to here among it",
                self.folder.path().display()
            ));
            self.events.replace(plan.changes())?;
        }
        Ok(made_again)
    }
}

impl TrainingSession {
    /// A new run, or one that goes on from a checkpoint.
    pub(super) fn new(
        config: TrainConfig,
        dataset: Arc<Dataset>,
        images: Partition,
        past: ResumeState,
        compute: Compute,
    ) -> Result<Self> {
        let start = match &past.checkpoint {
            None => LearnerStart::New,
            Some(checkpoint) if past.weights_alone => LearnerStart::Weights(checkpoint),
            Some(checkpoint) => LearnerStart::Checkpoint(checkpoint),
        };
        let learner = Learner::new(&config, start, past.judge, compute.device())?;
        let (step, validation, mut devices) = past.checkpoint.map_or((0, None, Vec::new()), |checkpoint| {
            (checkpoint.meta.steps, checkpoint.meta.validation, checkpoint.meta.devices)
        });
        let device = compute.name();
        if devices.last().is_none_or(|last| last.device != device) {
            devices.push(RanOn { step, device });
        }
        Ok(Self {
            plan: Plan::new(&config, &past.changes),
            trained_on: Arc::new(TrainedOn::of(&dataset, &images.train)?),
            dataset,
            images,
            compute,
            devices,
            learner,
            step,
            last_loss: f64::NAN,
            validation_loss: None,
            validation,
            forked_from: past.forked_from,
            saved_at: usize::MAX,
            saved_changes: Vec::new(),
            save_is_due: false,
            clock: SaveClock::start(),
            is_good: true,
            controls: VecDeque::new(),
            held: false,
            held_for: Duration::ZERO,
            monitor: Monitor::default(),
        })
    }

    /// The settings at the beginning.
    pub(super) fn config(&self) -> &TrainConfig {
        self.plan.config()
    }

    /// Makes some changes and trains to the planned number of updates.
    pub(super) fn run(
        mut self,
        folder: RunFolder,
        adjustments: &[Adjustment],
        observer: &mut dyn Observer,
    ) -> Result<TrainSummary> {
        let mut files = Files {
            history: HistoryFile::open(&folder.history(), self.step, self.config())?,
            events: Events::open(&folder.events(), self.plan.changes())?,
            folder,
        };
        let first = self.step;
        let began = Instant::now();
        let exchanged = here().exchanged();
        observer.tell(JobEvent::Run(Box::new(self.info(&files))));
        adjustments.iter().for_each(|adjustment| self.adjust(*adjustment, &mut files, observer));
        self.plan.unfinished().for_each(|sentence| observer.warning(&sentence));
        // At once, so that a run that is killed before its first interval can be resumed, and with the
        // steps that it is planned for now.
        let saving = Instant::now();
        self.save(&mut files, &self.measure_latent()?, observer)?;
        self.clock.saved(saving);
        if let Err(error) = self.train(&mut files, observer) {
            let last = (files.folder.checkpoint(), self.saved_at);
            let error = out_of_memory::of_a_run(error, &self.compute.name(), self.config(), &last);
            // Whatever else it was, the steps since the last checkpoint are worth keeping.
            let is_spoiled = matches!(error, Error::Diverged(_) | Error::OutOfMemory(_));
            if !is_spoiled && self.saved_at != self.step {
                self.save_at_an_end(&mut files, observer)?;
            }
            return Err(error);
        }
        let seconds = began.elapsed().saturating_sub(self.held_for).as_secs_f64().max(f64::MIN_POSITIVE);
        let steps_per_second = (self.step - first) as f64 / seconds;
        Ok(TrainSummary {
            steps: self.step,
            steps_per_second,
            images_per_second: steps_per_second * self.config().batch_size as f64,
            train_loss: self.last_loss,
            validation_loss: self.validation_loss,
            checkpoint: files.folder.checkpoint(),
            ranks: exchanges(exchanged, self.step - first, seconds),
        })
    }

    fn info(&self, files: &Files) -> RunInfo {
        RunInfo {
            folder: files.folder.path().to_owned(),
            config: self.config().clone(),
            step: self.step,
            changes: self.plan.changes().to_owned(),
            device: self.compute.name(),
            parameters: self.learner.parameter_count(),
            train_images: self.images.train.len(),
            validation_images: self.images.validation.len(),
        }
    }

    fn train(&mut self, files: &mut Files, observer: &mut dyn Observer) -> Result<()> {
        let config = self.config();
        let ranks = here();
        let mut batches = Batches::shared(
            self.dataset.clone(),
            self.images.train.clone(),
            (config.batch_size, ranks.share(config.batch_size)),
            Variety { flip: config.dataset.flip, augment: config.dataset.augment },
            config.seed,
            self.step,
        );
        let (latent_dim, kind) = (config.model.latent_dim, config.model.kind);
        let mut speed = Speed::default();
        let mut health = None;
        while self.step < self.config().steps {
            self.handle_requests(files, observer)?;
            self.look_in_passing(observer);
            let started = Instant::now();
            let batch = batches.next_batch()?;
            let (n, size) = (batch.indices.len(), self.dataset.image_size());
            let channels = self.config().model.channels;
            let tensor = |pixels: Vec<f32>| {
                let pixels = if channels == 1 { self.without_colour(&pixels, batch.place) } else { pixels };
                Tensor::from_vec(pixels, (n, size, size, channels), self.compute.device())
            };
            let health =
                health.get_or_insert_with(|| Health::new(&batch.pixels, n, latent_dim, kind).of_all_ranks(n));
            let settings = StepSettings::at(&self.plan, self.step);
            let noisy = settings.noise.map(|noise| self.corrupted(batch.pixels.clone(), noise, batch.place));
            let target = tensor(batch.pixels)?;
            let input = noisy.map_or(Ok(target.clone()), tensor)?;
            let noise = self.noise(batch.place, n)?;
            self.compute.check()?;
            let inputs = StepInputs { input, target, noise, place: batch.place };
            let updated = self.learner.update(&inputs, settings)?;
            // A gradient that is not finite has spoiled the weights, whatever the loss before it was.
            if !(updated.terms.loss.is_finite() && updated.gradient_norm.is_finite()) {
                return Err(self.diverged(Symptom::NotFinite, self.step + 1, files, observer));
            }
            if !health.record(&updated.terms) {
                return Err(self.diverged(Symptom::Exploded, self.step + 1, files, observer));
            }
            self.is_good = health.is_good();
            self.step += 1;
            self.last_loss = updated.terms.loss;
            let took = started.elapsed();
            speed.add(took.as_secs_f64());
            self.clock.step_took(took);

            let report = self.report(updated, settings, &speed);
            self.look(&report, &settings, files, observer)?;
            let is_to_end = observer.event(JobEvent::Steps(vec![report])).is_break();
            // After the same update on every rank.
            if ranks.any(is_to_end) {
                agree_to_end();
                return Err(Error::Cancelled);
            }
        }
        self.look_at_rest(observer);
        Ok(())
    }

    /// After a step: the line in the history, and what is due at intervals.
    fn look(
        &mut self,
        report: &StepReport,
        settings: &StepSettings,
        files: &mut Files,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let TrainConfig { steps, validate_every, sample_every, save_every, .. } = *self.config();
        let due = |every: usize| self.step.is_multiple_of(every) || self.step == steps;
        let (validate, sample) = (due(validate_every), due(sample_every));
        self.save_is_due |= files.keep(&self.plan, observer)?;
        let is_first = here().is_first();
        self.save_is_due |= due(save_every) || is_first && self.clock.is_due(Instant::now());
        let at_the_end = self.step == steps;
        let save = self.save_is_due && (at_the_end || self.is_settled());
        // An update can spoil the weights while its own loss is still finite.
        if (validate || sample || save) && !self.is_sound()? {
            return Err(self.diverged(Symptom::NotFinite, self.step, files, observer));
        }
        if at_the_end && !self.is_good {
            return Err(self.diverged(Symptom::Exploded, self.step, files, observer));
        }
        let measured = if validate && is_first { self.validate(settings)? } else { None };
        files.history.append(HistoryRow { step: report, validation: measured.as_ref() });
        if let Some(measured) = measured {
            observer.tell(JobEvent::Validation(measured));
            self.validation_loss = Some(measured.loss);
            self.validation = Some(measured.metrics);
        }
        if sample || save {
            let began = Instant::now();
            let latent = self.measure_latent()?;
            // Before the checkpoint, after which a run that is killed does not come to this step again.
            if sample && is_first {
                match self.write_sheet(&files.folder, &latent, settings) {
                    Ok(()) => observer.tell(JobEvent::Sampled { step: self.step }),
                    Err(error) => observer
                        .warning(&format!("the sample pictures of step {} are missing: {error}", self.step)),
                }
            }
            if save {
                self.save_is_due = false;
                let saved = self.save(files, &latent, observer);
                self.clock.saved(began);
                saved.or_else(|error| self.save_later(error, observer))?;
            }
        }
        Ok(())
    }

    fn write_sheet(&self, run: &RunFolder, latent: &LatentInfo, settings: &StepSettings) -> Result<()> {
        let draw = || samples::sheet(&self.snapshot(settings.noise), latent, self.monitor.watched());
        let sheet = Ranks::alone().together(draw)?;
        write_png(&sheet, &run.samples(self.step)?)
    }

    /// Standard normal noise for `images` at this place of the batch, that depends on seed and step alone:
    /// (images, latent_dim), or so many of such tensors one above the other as an update takes.
    fn noise(&self, place: BatchPlace, images: usize) -> Result<Tensor> {
        let (latent_dim, codes) = (self.config().model.latent_dim, self.learner.codes());
        let all = codes * place.of * latent_dim;
        let values = random::standard_normal(self.config().seed, streams::codes(self.step), all);
        let own = values
            .chunks_exact(place.of * latent_dim)
            .flat_map(|of_all| of_all[place.first * latent_dim..][..images * latent_dim].iter().copied());
        Ok(Tensor::from_vec(own.collect(), (codes * images, latent_dim), self.compute.device())?)
    }

    /// A batch in grey, or in black and white where that is what is learned, drawn by seed and step alone.
    fn without_colour(&self, pixels: &[f32], place: BatchPlace) -> Vec<f32> {
        let mut pixels = grey::grey(pixels);
        if self.config().likelihood == Likelihood::Bernoulli {
            let image_len = self.dataset.image_size().pow(2);
            grey::binarize_batch(&mut pixels, image_len, self.config().seed, place);
        }
        pixels
    }

    /// A batch with noise that depends on seed and step alone.
    fn corrupted(&self, mut pixels: Vec<f32>, corruption: Corruption, place: BatchPlace) -> Vec<f32> {
        let size = self.dataset.image_size();
        let noise = Noise { corruption, seed: self.config().seed };
        corruption::corrupt_batch(&mut pixels, size * size * 3, noise, place);
        pixels
    }

    fn report(
        &self,
        StepOutcome { terms, adversarial, gradient_norm, squared }: StepOutcome,
        settings: StepSettings,
        speed: &Speed,
    ) -> StepReport {
        StepReport {
            step: self.step,
            steps: self.config().steps,
            reconstruction: terms.reconstruction,
            re: squared.unwrap_or(terms.reconstruction)
                / (self.dataset.image_size().pow(2) * self.config().model.channels) as f64,
            kl: terms.kl,
            kl_weight: settings.objective.kl_weight,
            free_bits: settings.objective.free_bits,
            sparsity: terms.sparsity,
            sparsity_weight: settings.objective.sparsity.map(|sparsity| sparsity.weight()),
            feature_reconstruction: terms.features,
            feature_weight: terms.features.map(|_| settings.feature_weight),
            noise_strength: settings.noise.map(|noise| noise.strength()),
            adversarial,
            loss: terms.loss,
            learning_rate: settings.learning_rate,
            // A generator that is held has no gradient.
            gradient_norm: if settings.only == Some(Side::Discriminator) { f64::NAN } else { gradient_norm },
            images_per_second: self.config().batch_size as f64 / speed.seconds_per_step,
            seconds_left: (self.config().steps - self.step) as f64 * speed.seconds_per_step,
        }
    }

    /// Measures the validation images with the settings of the step just done; nothing for a kind that reconstructs no
    /// pictures. The draws of the noise are the same each time.
    fn validate(&self, settings: &StepSettings) -> Result<Option<ValidationReport>> {
        if !self.config().model.kind.has_encoder() {
            return Ok(None);
        }
        let Self { learner, dataset, images, compute, .. } = self;
        let inputs = validate::MeasurementSettings {
            objective: settings.objective,
            likelihood: settings.likelihood,
            noise: settings.noise.map(|corruption| Noise { corruption, seed: self.config().seed }),
            units: self.config().model.code_units,
            shuffled: true,
            features: learner.feature_term(settings),
        };
        let report = Ranks::alone().together(|| {
            validate::measure(
                &learner.model,
                dataset,
                &images.validation,
                inputs,
                compute.device(),
                &mut |_| true,
            )
        })?;
        Ok(report.map(|r| ValidationReport { step: self.step, ..r }))
    }
}

/// Exchanges with other ranks since then.
fn exchanges(before: Exchanged, steps: usize, seconds: f64) -> Option<RanksReport> {
    let (ranks, now) = (here(), here().exchanged());
    (!ranks.is_alone()).then(|| RanksReport {
        processes: ranks.size(),
        waiting_share: (now.waited - before.waited).as_secs_f64() / seconds,
        bytes_per_step: (now.bytes - before.bytes) as f64 / steps.max(1) as f64,
        exchanges_per_step: (now.exchanges - before.exchanges) as f64 / steps.max(1) as f64,
    })
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
