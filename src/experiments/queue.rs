//! A queue of trainings, each an ordinary run in a folder of its own: a queue that was stopped goes on where it was.

use std::path::PathBuf;

use serde_json::Value;

use crate::config::TrainConfig;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::{Chapter, JobEvent};
use crate::run::checkpoint::{FILE_NAME, Meta};
use crate::train::{Changes, resume, train};

/// A model that is to be trained.
#[derive(Clone)]
pub struct Training {
    /// Its name in a few words.
    pub title: String,
    /// Purpose of its training, in a sentence.
    pub text: String,
    /// The folder of its run.
    pub folder: PathBuf,
    /// Its settings.
    pub config: TrainConfig,
}

/// Trains what is not trained yet, each a chapter of what `observer` is told, to which one more is to come. All are of
/// images of one size from one source. `option` is the one that chooses the folders, for messages.
///
/// # Errors
/// [`Error::Cancelled`] when the observer ended it; the same call goes on from there then. A setting that makes no
/// sense, images that cannot be read, a run that was begun with other settings or other images, a folder that cannot be
/// written to, and what training meets.
pub fn train_all(trainings: &[Training], option: &str, observer: &mut dyn Observer) -> Result<()> {
    for training in trainings {
        training.config.validate().map_err(Error::Invalid)?;
    }
    let Some(first) = trainings.first() else { return Ok(()) };
    // All of them before hours are spent on one.
    let source = &first.config.dataset.source;
    let dataset = Dataset::open(source, first.config.model.image_size, &mut |p| observer.progress(p))?;
    let state = |training| state(training, &dataset, option);
    let states = trainings.iter().map(state).collect::<Result<Vec<RunState>>>()?;
    drop(dataset);
    for (number, (training, state)) in trainings.iter().zip(states).enumerate() {
        if state == RunState::Done {
            continue;
        }
        let Training { title, text, folder, config } = training;
        let (title, text) = (title.clone(), text.clone());
        observer.tell(JobEvent::Chapter(Chapter { number, of: trainings.len() + 1, title, text }));
        if state == RunState::New {
            train(config, folder, observer)?;
        } else {
            let data = Some(config.dataset.source.clone());
            resume(folder, Changes { data, ..Changes::default() }, observer)?;
        }
    }
    Ok(())
}

/// Progress of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunState {
    New,
    Begun,
    Done,
}

fn state(Training { folder, config, .. }: &Training, dataset: &Dataset, option: &str) -> Result<RunState> {
    let file = folder.join(FILE_NAME);
    if !file.is_file() {
        return Ok(RunState::New);
    }
    let meta = Meta::read(&file)?;
    let elsewhere = format!("or choose another folder by {option}");
    if let Some((setting, theirs, ours)) = difference(&meta.config, config)? {
        return Err(Error::file(
            folder,
            format!(
                "the run in this folder was begun with {setting} {theirs}, not {ours}; give the settings that it \
                 was begun with, {elsewhere}"
            ),
        ));
    }
    if !dataset.is_of(meta.naming, &meta.data_fingerprint)? {
        let reason = format!("the run in this folder was begun with other images; give those, {elsewhere}");
        return Err(Error::file(folder, reason));
    }
    Ok(if meta.steps < config.steps { RunState::Begun } else { RunState::Done })
}

/// The first setting in which a run and what is wanted of it differ, and both its values. Where the images lie
/// does not matter.
fn difference(theirs: &TrainConfig, ours: &TrainConfig) -> Result<Option<(String, Value, Value)>> {
    let settings = |config: &TrainConfig| -> Result<Value> {
        let mut config = config.clone();
        config.dataset.source = ours.dataset.source.clone();
        serde_json::to_value(config).map_err(|error| Error::Invalid(error.to_string()))
    };
    let (theirs, ours) = (settings(theirs)?, settings(ours)?);
    let differs = |(name, ours): (&String, &Value)| {
        let theirs = &theirs[name];
        (theirs != ours).then(|| (name.clone(), theirs.clone(), ours.clone()))
    };
    Ok(ours.as_object().into_iter().flatten().find_map(differs))
}
