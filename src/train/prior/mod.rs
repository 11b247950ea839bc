//! Learning a [prior](crate::priors) for the codes of a trained model.

mod codes;
mod flow;
mod state;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use self::codes::{PriorCodes, drawn, posterior_deviation};
use self::flow::{FlowTraining, LOOK_EVERY};
use self::state::{FlowState, state_file};
use crate::atomic_file::FileKind;
use crate::config::{DataSource, FlowShape, PriorKind};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::latent::statistics;
use crate::models::Model;
use crate::models::inference::decode_floats;
use crate::nn::Parameters;
use crate::observer::{Control, Observer};
use crate::priors::{Basis, Density, Mixture, Prior, fit_mixture, standard_nll};
use crate::report::{JobEvent, LatentInfo, PriorInfo, PriorLearned, PriorProgress};
use crate::run::checkpoint::{self, Checkpoint, StoredPrior};
use crate::run::directions_file;
use crate::run::folder::RunFolder;
use crate::train::save_clock;

/// Components that flow, where the code has as many.
const COMPONENTS: usize = 256;
/// Widths of the flow's network, which is twice as wide as there are components to flow.
const WIDTHS: std::ops::RangeInclusive<usize> = 64..=480;
const BLOCKS: usize = 6;
/// Least time between two pieces of news with draws.
const NEWS_EVERY: Duration = Duration::from_secs(1);
/// Draws in such news.
const DRAWS: usize = 16;
/// Codes on which a prior is measured, at most.
const MEASURED: usize = 512;

/// A prior to learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorOrder {
    /// The checkpoint, the run's folder, or the name of a shipped model.
    pub model: PathBuf,
    /// The images; those that the model was trained on if not said.
    pub data: Option<DataSource>,
    /// The density.
    pub kind: PriorKind,
    /// Updates of a flow, at most: it ends before when it no longer gets better on held-out codes.
    pub steps: usize,
    /// Seed of the weights, the noise and the order of the codes.
    pub seed: u64,
    /// Steps of a flow's solver from noise to code.
    pub solver_steps: usize,
    /// Factor on the noise of draws; see [`PriorInfo::truncation`].
    pub truncation: f64,
    /// The file for the model with its prior; the model's own if not said.
    pub out: Option<PathBuf>,
}

impl PriorOrder {
    /// Updates of a flow if nobody says.
    pub const STEPS: usize = 2000;
    /// Steps of a flow's solver if nobody says.
    pub const SOLVER_STEPS: usize = 8;
}

/// Learns a prior and stores it in the model's file, in place of one that was there. A [standard](PriorKind::Standard)
/// one takes it away. A flow is saved beside the file as it goes on, and the same order goes on from there; what is
/// held, saved or stopped is so between two of its updates.
///
/// # Errors
/// A model without an encoder, or that another program is at work on; images that cannot be read or are too few;
/// a file that cannot be written; [`Error::Cancelled`] when `observer` breaks.
pub fn learn_prior(order: &PriorOrder, observer: &mut dyn Observer) -> Result<PriorLearned> {
    let PriorOrder { model: path, kind, .. } = order;
    if !(0.0..=2.0).contains(&order.truncation) {
        return Err(Error::Invalid(format!(
            "draws cannot be spread by a factor of {}; choose a truncation from 0 to 2",
            order.truncation
        )));
    }
    let out = order.file()?;
    // Held until the file is written, so that no training writes it meanwhile.
    let own_folder = path.is_dir().then_some(path);
    let into_a_run = out.is_file() && out.file_name().is_some_and(|name| name == checkpoint::FILE_NAME);
    let folder = own_folder.or(into_a_run.then_some(&out));
    let _locked = folder.map(|folder| RunFolder::open(folder)).transpose()?;
    let mut checkpoint = Checkpoint::open(path)?;
    if !checkpoint.meta.config.model.kind.has_encoder() {
        let kind = checkpoint.meta.config.model.kind.with_article();
        return Err(Error::file(path, format!("{kind} has no encoder: it draws from N(0, I) as it is")));
    }
    observer.started(&format!("Learning a prior: {}", kind.label()));
    let learned = match kind {
        PriorKind::Standard => None,
        _ => {
            let compute = observer.compute()?;
            let device = compute.device().clone();
            Some(in_pool(|| PriorFit::new(order, &checkpoint, &out, &device, observer)?.run(observer))?)
        }
    };
    let standard = || PriorInfo::unmeasured(PriorKind::Standard);
    let info = learned.as_ref().map_or_else(standard, |(info, _)| info.clone());
    checkpoint.meta.prior = learned.as_ref().map(|(info, _)| info.clone());
    checkpoint.prior = learned.map(|(_, stored)| stored);
    // Another file than the run's own is a model to share.
    match checkpoint.optimizer.is_empty() || order.out.is_some() {
        true => checkpoint.write_model(&out)?,
        false => checkpoint.write(&out)?,
    }
    directions_file::bring_along(&order.model, &out)?;
    let state = state_file(&out);
    if state.is_file() {
        std::fs::remove_file(&state).map_err(Error::io("remove", &state))?;
    }
    Ok(PriorLearned { info, checkpoint: out })
}

impl PriorOrder {
    /// The file to write.
    fn file(&self) -> Result<PathBuf> {
        let file = match &self.out {
            Some(file) => {
                // The window's place for it is made with the first run, which may be yet to come.
                if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
                }
                FileKind::of(file, "a model is", &[FileKind::Model])?;
                file.clone()
            }
            None if self.model.is_dir() => self.model.join(checkpoint::FILE_NAME),
            None if self.model.is_file() => self.model.clone(),
            None => {
                return Err(Error::file(
                    &self.model,
                    "this model lies inside the program; give a file for the model with its prior by --out",
                ));
            }
        };
        Ok(file)
    }
}

/// The work on one prior.
struct PriorFit<'a> {
    order: &'a PriorOrder,
    checkpoint: &'a Checkpoint,
    file: PathBuf,
    model: Model,
    codes: PriorCodes,
    /// Draws of the posteriors of the held-out codes, on which everything is measured.
    held_out: Vec<Vec<f32>>,
    device: candle_core::Device,
    began: Instant,
}

impl<'a> PriorFit<'a> {
    fn new(
        order: &'a PriorOrder,
        checkpoint: &'a Checkpoint,
        file: &Path,
        device: &candle_core::Device,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let began = Instant::now();
        let config = &checkpoint.meta.config;
        let data = order.data.as_ref().unwrap_or(&config.dataset.source);
        let dataset = Dataset::open(data, config.model.image_size, &mut |p| observer.progress(p))?;
        let dataset = dataset.as_trained(checkpoint.meta.naming, &checkpoint.meta.data_fingerprint)?;
        observer.skipped(dataset.skipped());
        config.dataset.source.caution_with(data).iter().for_each(|caution| observer.warning(caution));
        let model =
            Model::new(&config.model, Parameters::frozen(checkpoint.weights.clone(), device).var_builder())?;
        let mut pace: Option<ProgressMeter> = None;
        let mut watch = |done: usize, total: usize| {
            let now = Instant::now();
            let pace = pace.get_or_insert_with(|| ProgressMeter::new("Encoding images", total, now));
            observer.progress(pace.progress(done, now)).is_continue()
        };
        let shape = (config.model.latent_dim, config.model.kind.is_variational(), config.dataset.flip);
        let codes = PriorCodes::of(&model, &dataset, shape, device, &mut watch)?;
        let mut held_out = drawn(&codes.held_out, order.seed);
        held_out.truncate(MEASURED);
        Ok(Self {
            order,
            checkpoint,
            file: file.to_owned(),
            model,
            codes,
            held_out,
            device: device.clone(),
            began,
        })
    }

    fn run(self, observer: &mut dyn Observer) -> Result<(PriorInfo, StoredPrior)> {
        let train = drawn(&self.codes.train, self.order.seed);
        let basis = Basis::fit(&train, &posterior_deviation(&self.codes.train), &self.device)?;
        let (density, steps) = match self.order.kind {
            PriorKind::Standard | PriorKind::Gaussian => (Density::Gaussian, 0),
            PriorKind::Mixture(count) => {
                let (mixture, rounds) = self.mixture(&basis, &train, count, observer)?;
                (Density::Mixture(mixture), rounds)
            }
            PriorKind::Flow => {
                let (flow, steps) = self.flow(&basis, observer)?;
                (Density::Flow(flow), steps)
            }
        };
        let (shape, mixed) = match &density {
            Density::Gaussian => (None, None),
            Density::Mixture(mixture) => (None, Some(mixture.dim())),
            Density::Flow(flow) => (Some(flow.shape()), None),
        };
        let prior = Prior::new(basis, density, &self.device);
        let info = PriorInfo {
            kind: self.order.kind,
            shape,
            mixed,
            images: self.codes.images,
            held_out: self.held_out.len(),
            nll: prior.nll(&self.held_out, self.order.seed)?,
            standard_nll: standard_nll(&self.checkpoint.latent, &self.held_out),
            steps,
            seconds: self.began.elapsed().as_secs_f64(),
            seed: self.order.seed,
            solver_steps: self.order.solver_steps,
            truncation: self.order.truncation,
        };
        let latent = match info.has_noise() {
            true => self.noise_space(&prior)?,
            false => self.checkpoint.latent.clone(),
        };
        Ok((info, StoredPrior { tensors: prior.store()?, latent }))
    }

    fn mixture(
        &self,
        basis: &Basis,
        train: &[Vec<f32>],
        count: usize,
        observer: &mut dyn Observer,
    ) -> Result<(Mixture, usize)> {
        let (mut pace, mut rounds) = (None, 0);
        let mut watch = |done: usize, total: usize| -> ControlFlow<()> {
            let now = Instant::now();
            rounds = done + 1;
            let pace = pace.get_or_insert_with(|| ProgressMeter::new("Fitting Gaussians", total, now));
            observer.progress(pace.progress(done, now))
        };
        let mixture = fit_mixture(basis, train, count, self.order.seed, &mut watch)?;
        Ok((mixture, rounds))
    }

    /// The best flow and after how many updates it was.
    fn flow(&self, basis: &Basis, observer: &mut dyn Observer) -> Result<(crate::priors::Flow, usize)> {
        let PriorOrder { steps, seed, .. } = *self.order;
        let components = COMPONENTS.min(basis.latent_dim());
        let width = (2 * components).clamp(*WIDTHS.start(), *WIDTHS.end());
        let shape = FlowShape { components, width, blocks: BLOCKS };
        let (file, ordered) = (state_file(&self.file), self.ordered()?);
        let state = FlowState::read(&file, &ordered);
        let (train, held_out) = (&self.codes.train, &self.held_out);
        let mut training =
            FlowTraining::new(basis, (shape, steps, seed), train, held_out, state, &self.device)?;
        let mut pace = ProgressMeter::new("Training a flow", steps, Instant::now());
        let save_every = save_clock::longest();
        let (mut saved, mut told) = (Instant::now(), None::<Instant>);
        let (mut sum, mut count) = (0.0, 0);
        while !training.is_done() {
            let wishes = observer.controls();
            if self.heed(wishes, &training, (&file, &ordered), observer)?.is_break()
                || observer.progress(pace.progress(training.step, Instant::now())).is_break()
            {
                training.state()?.write(&file, &ordered)?;
                return Err(Error::Cancelled);
            }
            sum += training.update()?;
            count += 1;
            if training.step.is_multiple_of(LOOK_EVERY) || training.step == steps {
                let validation_loss = training.look()?;
                if told.is_none_or(|told| told.elapsed() >= NEWS_EVERY) || training.is_done() {
                    told = Some(Instant::now());
                    let loss = sum / f64::from(count);
                    (sum, count) = (0.0, 0);
                    let draws = self.draws(basis, &training)?;
                    let news = PriorProgress { step: training.step, steps, loss, validation_loss, draws };
                    observer.tell(JobEvent::Prior(Box::new(news)));
                }
            }
            if saved.elapsed() >= save_every {
                // A disk that does not take it may have room by the next time, and what was saved before is whole.
                if let Err(error) = training.state()?.write(&file, &ordered) {
                    observer.warning(&format!(
                        "step {} is not saved: {error}. Learning goes on and tries again in {:.0} s",
                        training.step,
                        save_every.as_secs_f64()
                    ));
                }
                saved = Instant::now();
            }
        }
        if training.best().0 == 0 {
            training.look()?;
        }
        Ok((training.finished()?, training.best().0))
    }

    /// Does what is asked of the training, and waits while it is held. `Break` stops it.
    fn heed(
        &self,
        wishes: Vec<Control>,
        training: &FlowTraining<'_>,
        (file, ordered): (&Path, &str),
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<()>> {
        let mut wishes = wishes;
        let mut held = false;
        loop {
            for wish in wishes {
                match wish {
                    Control::Pause => {
                        observer.tell(JobEvent::Paused);
                        held = true;
                    }
                    Control::Continue if held => {
                        observer.tell(JobEvent::Continued);
                        held = false;
                    }
                    Control::Save => {
                        training.state()?.write(file, ordered)?;
                        let saved = JobEvent::Saved { checkpoint: file.to_owned(), step: training.step };
                        observer.tell(saved);
                    }
                    Control::Continue | Control::StepOnce | Control::Watch(_) | Control::Adjust(_) => (),
                }
            }
            if !held {
                return Ok(ControlFlow::Continue(()));
            }
            match observer.wait() {
                ControlFlow::Continue(more) => wishes = more,
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
            }
        }
    }

    /// Text of all that decides what a flow learns: the order and the weights of the model.
    fn ordered(&self) -> Result<String> {
        let mut names: Vec<&String> = self.checkpoint.weights.keys().collect();
        names.sort();
        let mut hash = Xxh3::new();
        for name in names {
            hash.update(name.as_bytes());
            for value in self.checkpoint.weights[name].flatten_all()?.to_vec1::<f32>()? {
                hash.update(&value.to_le_bytes());
            }
        }
        let PriorOrder { data, kind, steps, seed, .. } = self.order;
        let of = (data, kind, steps, seed, format!("{:032x}", hash.digest128()), self.codes.train.mu.len());
        serde_json::to_string(&of).map_err(|error| Error::Invalid(error.to_string()))
    }

    /// Pictures of draws by the flow as it is now.
    fn draws(&self, basis: &Basis, training: &FlowTraining<'_>) -> Result<Vec<ImageBuf>> {
        let prior = Prior::new(basis.clone(), Density::Flow(training.now()?), &self.device);
        let flowing = training.components();
        let deviation = |number| if number < flowing { self.order.truncation as f32 } else { 0.0 };
        let spread: Vec<f32> = (0..basis.latent_dim()).map(deviation).collect();
        let noise = prior.sample(&spread, DRAWS, self.order.seed)?;
        let codes = prior.codes_of(&noise, self.order.solver_steps)?;
        self.pictures(&codes)?
            .into_iter()
            .map(|values| {
                let size = self.checkpoint.meta.config.model.image_size;
                ImageBuf::from_unit_floats(size, size, &values)
                    .ok_or_else(|| Error::Invalid("the decoder gave a picture of the wrong size".into()))
            })
            .collect()
    }

    fn pictures(&self, codes: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        decode_floats(&self.model, codes, self.checkpoint.meta.config.model.latent_dim, &self.device)
    }

    /// The space of the noise: centre and scale are those of N(0, I), the effects are measured around a draw.
    fn noise_space(&self, prior: &Prior) -> Result<LatentInfo> {
        let steps = self.order.solver_steps;
        let decode = &mut |noise: &[Vec<f32>]| self.pictures(&prior.codes_of(noise, steps)?);
        let space = statistics::of_prior(self.checkpoint.meta.config.model.latent_dim, decode)?;
        let mut mu = self.codes.held_out.mu.clone();
        mu.truncate(MEASURED);
        let noise = statistics::Encoded { mu: prior.noise_of(&mu, steps)?, log_var: None };
        let measured = statistics::of_codes(&noise, space.units)?;
        Ok(LatentInfo { variance: measured.variance, images: mu.len(), ..space })
    }
}

#[cfg(test)]
mod tests;
