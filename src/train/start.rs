//! From settings to a running session: checks, images, the folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::memory_check;
use super::out_of_memory::explained;
use super::session::{ResumeState, TrainingSession};
use crate::config::{Adjustment, Change, DataSource, FeatureLoss, TrainConfig};
use crate::data::dataset::Dataset;
use crate::data::partition::Partition;
use crate::device::in_pool;
use crate::error::{Error, Result, without_backtrace};
use crate::features::perceptual;
use crate::models::PerceptualNet;
use crate::observer::Observer;
use crate::ranks::joined;
use crate::report::TrainSummary;
use crate::run::checkpoint::{Checkpoint, Meta};
use crate::run::events::Events;
use crate::run::folder::{RunFolder, RunPaths};
use crate::run::reading::changes_of;

/// Changes to a run that goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// A new total of updates, if it is to be longer or shorter than planned.
    pub steps: Option<usize>,
    /// Where the images are now, if they have moved.
    pub data: Option<DataSource>,
    /// Settings to change before the first update. Changes of these settings that were written down after the
    /// last checkpoint are not made again.
    #[serde(default)]
    pub adjustments: Vec<Adjustment>,
}

/// A new model to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainOrder {
    /// Everything about the run.
    pub config: Box<TrainConfig>,
    /// The run's folder.
    pub out: PathBuf,
}

/// An interrupted run to go on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResumeOrder {
    /// The run's folder.
    pub run: PathBuf,
    /// Changes from here on.
    pub changes: Changes,
}

/// Trains a new model into the folder `out`.
///
/// # Errors
/// [`Error::Cancelled`] when the observer ended it; the run is saved then and [`resume`] goes on with it.
/// Otherwise a setting that makes no sense, a folder that cannot be read or written, a loss that is no
/// longer a number. What was saved before stays.
pub fn train(config: &TrainConfig, out: &Path, observer: &mut dyn Observer) -> Result<TrainSummary> {
    train_by_script(config, Vec::new(), out, observer)
}

/// [`train`] with changes of its settings that are made when their steps come.
pub(crate) fn train_by_script(
    config: &TrainConfig,
    changes: Vec<Change>,
    out: &Path,
    observer: &mut dyn Observer,
) -> Result<TrainSummary> {
    let mut config = config.clone().completed();
    config.validate().map_err(Error::Invalid)?;
    // Before the images are read, which may take a while.
    RunFolder::check_free(out)?;
    observer.started(&format!("Training {}", config.model.kind.with_article()));
    config.feature_loss = absolute_loss(&config.feature_loss)?;
    let judge = judge(&config, observer)?;
    config.dataset.source = absolute(&config.dataset.source)?;
    let dataset = read_images(&config, None, observer)?;
    let images = Partition::new(&dataset);
    settle_epochs(&mut config, &images)?;
    let mut run = new_folder(out)?;
    // Before the settings, with which a run that is ended before it is saved can be begun again.
    Events::open(&run.events(), &changes)?;
    run.write_config(&config, None)?;
    let file = run.checkpoint();
    run_session(
        config,
        dataset,
        images,
        ResumeState { changes, judge, ..ResumeState::default() },
        run,
        &file,
        observer,
    )
}

/// Goes on with the run in a folder, or begins it again if it was ended before it was saved.
///
/// # Errors
/// As [`train`]; also when the folder holds no run, when the run has done its steps, when the images are not
/// those that it began with, or when an adjustment makes no sense for it.
pub fn resume(run: &Path, changes: Changes, observer: &mut dyn Observer) -> Result<TrainSummary> {
    let ranks = joined();
    // Before it is read, so that nobody else writes to it.
    let own = ranks.is_first().then(|| RunFolder::open(run)).transpose()?;
    let run = RunPaths::of(run)?;
    let file = run.checkpoint();
    let checkpoint = file.is_file().then(|| unfinished(&file)).transpose()?;
    let meta = run.meta()?;
    let mut config = meta.config.clone().completed();
    config.steps = changes.steps.unwrap_or(config.steps);
    if let Some(data) = changes.data {
        config.dataset.source = absolute(&data)?;
    }
    config.validate().map_err(|reason| Error::file(&file, reason))?;
    for adjustment in &changes.adjustments {
        adjustment.validate(&config).map_err(Error::Invalid)?;
    }
    if config.steps <= meta.steps {
        let reason = format!("this run has done its {} steps; give more by --steps", meta.steps);
        return Err(Error::file(&file, reason));
    }
    observer.started(&format!("Training {}", config.model.kind.with_article()));
    if meta.prior.is_some() {
        observer.warning(
            "The prior that was learned for this run's codes does not fit the codes of other weights and is dropped \
             with the next checkpoint; learn another when it is trained",
        );
    }
    let judge = judge(&config, observer)?;
    let dataset = read_images(&config, Some(&meta), observer)?;
    if checkpoint.is_some() && dataset.fingerprint() != meta.data_fingerprint {
        return Err(other_images(&config.dataset.source));
    }
    let images = Partition::new(&dataset);
    let past_changes = changes_of(&run, &meta)?;
    // All have read what rank 0 writes from here on.
    ranks.barrier();
    let mut run = own.map_or_else(RunFolder::scratch, Ok)?;
    run.write_config(&config, None)?;
    let past = ResumeState {
        changes: past_changes,
        forked_from: meta.forked_from,
        checkpoint,
        adjustments: changes.adjustments,
        weights_alone: false,
        judge,
    };
    run_session(config, dataset, images, past, run, &file, observer)
}

/// The folder of a new run, for the rank that writes it, and another for the others.
pub(super) fn new_folder(out: &Path) -> Result<RunFolder> {
    let ranks = joined();
    // All have seen that it is free.
    ranks.barrier();
    if ranks.is_first() { RunFolder::create(out) } else { RunFolder::scratch() }
}

/// Trains, from `file` if there is a checkpoint in `past`.
pub(super) fn run_session(
    config: TrainConfig,
    dataset: Arc<Dataset>,
    images: Partition,
    mut past: ResumeState,
    run: RunFolder,
    file: &Path,
    observer: &mut dyn Observer,
) -> Result<TrainSummary> {
    let unfit = |error: Error| match error {
        Error::Tensor(e) => {
            let reason = without_backtrace(&e);
            Error::file(file, format!("its tensors do not fit the run that it names: {reason}"))
        }
        other => other,
    };
    let adjustments = std::mem::take(&mut past.adjustments);
    let compute = observer.compute()?;
    let ranks = joined();
    if config.batch_size < ranks.size() {
        return Err(Error::Invalid(format!(
            "a batch of {} cannot be shared by {} processes; start fewer, or choose a --batch-size of at least {1}",
            config.batch_size,
            ranks.size()
        )));
    }
    memory_check::check(&config.model, ranks.share(config.batch_size).len(), &compute)?;
    let known = compute.name();
    let session = |compute| TrainingSession::new(config, dataset, images, past, compute).map_err(unfit);
    let work = || session(compute)?.run(run, &adjustments, observer);
    in_pool(|| ranks.together(work)).map_err(|error| explained(error, &known))
}

/// The network of a run's feature loss, if it has one. Asks for the device, so that one that is not there is told
/// before anything else is done.
pub(super) fn judge(config: &TrainConfig, observer: &mut dyn Observer) -> Result<Option<PerceptualNet>> {
    let compute = observer.compute()?;
    perceptual::open(&config.feature_loss, compute.device())
}

/// A checkpoint that a run can go on from.
pub(super) fn unfinished(file: &Path) -> Result<Checkpoint> {
    let checkpoint = Checkpoint::read(file)?;
    if checkpoint.optimizer.is_empty() {
        return Err(Error::file(file, "it holds a finished model without the state of a run"));
    }
    Ok(checkpoint)
}

/// Turns passes over the training images into steps.
pub(super) fn settle_epochs(config: &mut TrainConfig, images: &Partition) -> Result<()> {
    if let Some(epochs) = config.epochs.take() {
        let seen = epochs.checked_mul(images.train.len());
        config.steps = seen.map_or(usize::MAX, |seen| seen.div_ceil(config.batch_size));
        config.validate().map_err(Error::Invalid)?;
    }
    Ok(())
}

/// A run can be resumed from any folder.
pub(super) fn absolute(source: &DataSource) -> Result<DataSource> {
    source.clone().map_folder(|path| std::path::absolute(&path).map_err(Error::io("find", &path)))
}

/// A feature loss whose file is [`absolute`].
pub(super) fn absolute_loss(loss: &FeatureLoss) -> Result<FeatureLoss> {
    loss.absolute().map_err(|error| Error::Invalid(format!("the folder in use cannot be found: {error}")))
}

fn other_images(source: &DataSource) -> Error {
    match source.folder() {
        Some(path) => Error::file(
            path,
            "the images in this folder are not those that the run began with, or are cut otherwise; \
             put them back, give their folder by --data (with --align face if that was how), or start a new run",
        ),
        None => Error::Invalid(
            "the faces that this program renders are not the images that the run began with; \
             leave --data out if it names them, go on with the version that the run began with, \
             or start a new run"
                .into(),
        ),
    }
}

/// The images of a run, as `past` had them if it goes on.
pub(super) fn read_images(
    config: &TrainConfig,
    past: Option<&Meta>,
    observer: &mut dyn Observer,
) -> Result<Arc<Dataset>> {
    let mut dataset =
        Dataset::open(&config.dataset.source, config.model.image_size, &mut |p| observer.progress(p))?;
    if let Some(meta) = past {
        dataset = dataset.as_trained(meta.naming, &meta.data_fingerprint)?;
    }
    if !dataset.skipped().is_empty() {
        observer.skipped(dataset.skipped());
    }
    dataset.notes().iter().for_each(|note| observer.warning(note));
    Ok(Arc::new(dataset))
}
