//! The models: runs in the experiment's folder, or checkpoints that were given.

use std::path::PathBuf;

use candle_core::Device;
use xxhash_rust::xxh3::xxh3_64;

use super::parts::{LecturePart, parts};
use crate::config::LectureConfig;
use crate::error::Result;
use crate::experiments::queue::{Training, train_all};
use crate::observer::Observer;
use crate::run::TrainedModel;
use crate::run::checkpoint::{Checkpoint, Meta};

/// A model to be measured.
pub struct TrainedEntry {
    /// Name in the tables.
    pub name: String,
    /// Names of its files.
    pub slug: String,
    /// Its checkpoint, a run's folder or the name of a shipped model.
    pub path: PathBuf,
    /// Its checkpoint's metadata: how it came to be.
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
    let training = |part: &LecturePart| Training {
        title: part.name.to_owned(),
        text: part.words.to_owned(),
        folder: lecture.out.join(&part.folder),
        config: part.config.clone(),
    };
    let trainings: Vec<Training> = parts.iter().map(training).collect();
    train_all(&trainings, "--out", observer)?;
    let open = |part: &LecturePart| {
        let (name, slug) = (part.name.to_owned(), part.folder.clone());
        TrainedEntry::open(lecture.out.join(&part.folder), |_| name, Some(slug))
    };
    parts.iter().map(open).collect()
}
