//! A run that begins where another stands.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::session::ResumeState;
use super::start;
use crate::config::{Adjustment, Change, Course, ModelConfig, ModelKind, Setting, TrainConfig};
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
    /// The settings of the new run; shape and data have to be those of `from`, and the kind, but that a VAE may
    /// become a VAE-GAN.
    pub config: Box<TrainConfig>,
    /// The folder of the new run.
    pub out: PathBuf,
}

/// Begins a run in `out` with the weights, the optimiser and the past of the run in `from`, which may be going
/// on meanwhile: its last checkpoint counts. A VAE may go on as a VAE-GAN, with new optimisers and a new
/// discriminator. Settings that `config` has other than `from` began with take the place of what they were and were
/// changed to; the others stand as they do in `from`, its changes included.
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
    config.feature_loss = start::absolute_loss(&config.feature_loss)?;
    let judge = start::judge(&config, observer)?;
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
    let mut run = start::new_folder(out)?;
    history::copy(&source.history(), &run.history(), step, &config)?;
    run.write_config(&config, Some(Path::new(&absolute_text(source.path())?)))?;
    let is_same_kind = began.model.kind == config.model.kind;
    let mut changes = checkpoint.meta.changes.clone();
    // Another kind may lack the setting, and is trained at a rate of its own.
    let lasts = |change: &Change| {
        is_same_kind
            || change.validate(&config).is_ok() && change.adjustment.setting() != Some(Setting::LearningRate)
    };
    changes.retain(lasts);
    let past = ResumeState {
        changes,
        weights_alone: !is_same_kind,
        forked_from: Some((absolute_text(source.path())?.into(), step)),
        adjustments: differences(&began, &config, step),
        checkpoint: Some(checkpoint),
        judge,
    };
    start::run_session(config, dataset, images, past, run, &source.checkpoint(), observer)
}

fn check_model(source: &RunPaths, began: &TrainConfig, config: &TrainConfig) -> Result<()> {
    let refused = |reason: String| Err(Error::file(source.path(), reason));
    let kinds = (began.model.kind, config.model.kind);
    if kinds.0 != kinds.1 && kinds != (ModelKind::Vae, ModelKind::VaeGan) {
        return refused(format!(
            "this run trains {}; a run forked from it cannot train {}",
            began.model.kind.with_article(),
            config.model.kind.with_article()
        ));
    }
    if began.model != (ModelConfig { kind: began.model.kind, ..config.model.clone() }) {
        return refused(
            "a run forked from this one needs a model of the same shape: image size, latent size and grid, \
             width, normalisation and units of the code"
                .into(),
        );
    }
    if kinds.0 == kinds.1 && began.optimizer != config.optimizer {
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

/// As text, in which settings are stored; a name that is not valid text loses what is not.
fn absolute_text(path: &Path) -> Result<String> {
    Ok(std::path::absolute(path).map_err(Error::io("find", path))?.to_string_lossy().into_owned())
}
