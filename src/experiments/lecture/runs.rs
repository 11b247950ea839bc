//! The models: runs in the experiment's folder, or checkpoints that were given.

use std::path::{Path, PathBuf};

use candle_core::Device;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::parts::{LecturePart, parts};
use crate::config::{LectureConfig, TrainConfig};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::{Chapter, JobEvent};
use crate::run::TrainedModel;
use crate::run::checkpoint::{Checkpoint, FILE_NAME, Meta};
use crate::train::{Changes, resume, train};

/// A model to be measured.
pub struct TrainedEntry {
    /// Name in the tables.
    pub name: String,
    /// Names of its files.
    pub slug: String,
    /// Its checkpoint, a run's folder or the name of a shipped model.
    pub path: PathBuf,
    /// Origin.
    pub meta: Meta,
    /// Weights in it.
    pub weights: usize,
    /// 16 hexadecimal digits that change with the file: XXH3 (64 bit).
    pub hash: String,
}

impl TrainedEntry {
    fn open(path: PathBuf, name: impl FnOnce(&Meta) -> String, slug: Option<String>) -> Result<Self> {
        let content = Checkpoint::content(&path)?;
        let model = TrainedModel::from_bytes(&content, &path, &Device::Cpu)?;
        let hash = format!("{:016x}", xxh3_64(&content));
        Ok(TrainedEntry {
            name: name(&model.meta),
            slug: slug.unwrap_or_else(|| hash.clone()),
            path,
            weights: model.parameters,
            meta: model.meta,
            hash,
        })
    }
}

/// Models that somebody else has trained, in the order of the tables.
///
/// # Errors
/// A checkpoint that cannot be read.
pub fn given(paths: &[PathBuf]) -> Result<Vec<TrainedEntry>> {
    let open = |path: &PathBuf| {
        let name = |meta: &Meta| format!("{} ({})", meta.config.model.kind.label(), path.display());
        TrainedEntry::open(path.clone(), name, None)
    };
    let mut entries = paths.iter().map(open).collect::<Result<Vec<TrainedEntry>>>()?;
    entries.sort_by_key(|entry| entry.meta.config.model.kind as usize);
    Ok(entries)
}

/// Trains what is not trained yet.
///
/// # Errors
/// As [`super::repeat_lecture`].
pub fn trained(lecture: &LectureConfig, observer: &mut dyn Observer) -> Result<Vec<TrainedEntry>> {
    let parts = parts(lecture);
    for part in &parts {
        part.config.validate().map_err(Error::Invalid)?;
    }
    let Some(first) = parts.first() else { return Ok(Vec::new()) };
    // All of them before hours are spent on one.
    let size = first.config.model.image_size;
    let dataset = Dataset::open(&lecture.data, size, &mut |progress| observer.progress(progress))?;
    let folder = |part: &LecturePart| lecture.out.join(&part.folder);
    let state = |part: &LecturePart| state(&folder(part), &part.config, &dataset);
    let states = parts.iter().map(state).collect::<Result<Vec<RunState>>>()?;
    drop(dataset);
    for (number, (part, state)) in parts.iter().zip(states).enumerate() {
        if state == RunState::Done {
            continue;
        }
        let LecturePart { name: title, words: text, .. } = *part;
        let (title, text) = (title.to_owned(), text.to_owned());
        observer.tell(JobEvent::Chapter(Chapter { number, of: parts.len() + 1, title, text }));
        if state == RunState::New {
            train(&part.config, &folder(part), observer)?;
        } else {
            let data = Some(lecture.data.clone());
            resume(&folder(part), Changes { data, ..Changes::default() }, observer)?;
        }
    }
    let open = |part: &LecturePart| {
        let (name, slug) = (part.name.to_owned(), part.folder.clone());
        TrainedEntry::open(folder(part), |_| name, Some(slug))
    };
    parts.iter().map(open).collect()
}

/// Progress of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunState {
    New,
    Begun,
    Done,
}

fn state(folder: &Path, config: &TrainConfig, dataset: &Dataset) -> Result<RunState> {
    let file = folder.join(FILE_NAME);
    if !file.is_file() {
        return Ok(RunState::New);
    }
    let meta = Meta::read(&file)?;
    let elsewhere = "or choose another folder by --out";
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
