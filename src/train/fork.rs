//! A run that begins where another stands.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::session::ResumeState;
use super::start;
use crate::config::{Adjustment, Course, Setting, TrainConfig};
use crate::data::partition::Partition;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::TrainSummary;
use crate::run::folder::{RunFolder, RunPaths};
use crate::run::history;

/// A run to begin from where another stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForkOrder {
    /// The folder of the run to begin from.
    pub from: PathBuf,
    /// The settings of the new run; shape, data and kind have to be those of `from`.
    pub config: Box<TrainConfig>,
    /// The folder of the new run.
    pub out: PathBuf,
}

/// Begins a run in `out` with the weights, the optimiser and the past of the run in `from`, which may be going
/// on meanwhile: its last checkpoint counts. Settings that `config` has other than `from` began with take the
/// place of what they were and were changed to; the others stand as they do in `from`, its changes included.
///
/// # Errors
/// As [`super::train`]; also when there is no run in `from`, and when shape or kind of the model or the images
/// are other ones.
pub fn fork(
    from: &Path,
    config: &TrainConfig,
    out: &Path,
    observer: &mut dyn Observer,
) -> Result<TrainSummary> {
    let mut config = config.clone().completed();
    config.validate().map_err(Error::Invalid)?;
    RunFolder::check_free(out)?;
    let source = RunPaths::of(from)?;
    let checkpoint = start::unfinished(&source.checkpoint())?;
    let step = checkpoint.meta.steps;
    let began = checkpoint.meta.config.clone().completed();
    check_model(&source, &began, &config)?;
    observer
        .started(&format!("Training {} from step {step} of another run", config.model.kind.with_article()));
    observer.compute()?;
    config.dataset.source = start::absolute(&config.dataset.source)?;
    let dataset = start::read_images(&config, Some(&checkpoint.meta), observer)?;
    if dataset.fingerprint() != checkpoint.meta.data_fingerprint {
        return Err(Error::file(
            source.path(),
            format!(
                "{} does not hold the images that this run is trained on; a run forked from it needs the same",
                config.dataset.source
            ),
        ));
    }
    let images = Partition::new(&dataset);
    start::settle_epochs(&mut config, &images)?;
    if config.steps <= step {
        return Err(Error::file(
            source.path(),
            format!("this run has done {step} steps; a run forked from it needs more, by --steps"),
        ));
    }
    let mut run = RunFolder::create(out)?;
    copy_history(&source, &run, step)?;
    run.write_config(&config, Some(Path::new(&absolute_text(source.path())?)))?;
    let past = ResumeState {
        changes: checkpoint.meta.changes.clone(),
        forked_from: Some((absolute_text(source.path())?.into(), step)),
        adjustments: differences(&began, &config, step),
        checkpoint: Some(checkpoint),
    };
    start::run_session(config, dataset, images, past, run, &source.checkpoint(), observer)
}

fn check_model(source: &RunPaths, began: &TrainConfig, config: &TrainConfig) -> Result<()> {
    let refused = |reason: String| Err(Error::file(source.path(), reason));
    if began.model.kind != config.model.kind {
        return refused(format!(
            "this run trains {}; a run forked from it cannot train {}",
            began.model.kind.with_article(),
            config.model.kind.with_article()
        ));
    }
    if began.model != config.model {
        return refused(
            "a run forked from this one needs a model of the same shape: image size, latent size and grid, \
             width, normalisation and units of the code"
                .into(),
        );
    }
    if began.optimizer != config.optimizer {
        return refused("a run forked from this one has to go on with the same optimiser".into());
    }
    Ok(())
}

/// Adjustments after `step` updates of a run that began as `from` so that it goes on as `to` says,
/// where they differ.
fn differences(from: &TrainConfig, to: &TrainConfig, step: usize) -> Vec<Adjustment> {
    let same = |setting: Setting| setting.is_same(from, to);
    let adjustment = |setting: Setting| {
        let live = setting.live()?;
        if !setting.belongs_to(to.model.kind) || same(setting) && live.schedule.is_none_or(same) {
            return None;
        }
        Some(match (live.course, live.schedule) {
            (Course::InProportion, _) => Adjustment::to(setting, setting.planned(to, step)),
            (Course::Held, Some(schedule)) if !schedule.is_constant(to) => Adjustment::planned(setting),
            (Course::Held, _) => Adjustment::to(setting, setting.value(to)?),
        })
    };
    Setting::changeable().filter_map(adjustment).collect()
}

/// The lines up to the checkpoint; the run that it is from may have written more.
fn copy_history(source: &RunPaths, run: &RunFolder, step: usize) -> Result<()> {
    let path = source.history();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", &path)(error)),
    };
    let length = history::length_of_whole_lines(&file, step).map_err(Error::io("read", &path))?;
    let copy = run.history();
    let mut from = File::open(&path).map_err(Error::io("read", &path))?.take(length);
    let mut to = File::create(&copy).map_err(Error::io("write", &copy))?;
    std::io::copy(&mut from, &mut to).map_err(Error::io("write", &copy))?;
    Ok(())
}

/// As text, in which settings are stored; a name that is not valid text loses what is not.
fn absolute_text(path: &Path) -> Result<String> {
    Ok(std::path::absolute(path).map_err(Error::io("find", path))?.to_string_lossy().into_owned())
}
