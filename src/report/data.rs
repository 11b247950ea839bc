//! What reading a data set tells while it goes on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How far something is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// As in "Reading images".
    pub what: String,
    /// Units done.
    pub done: usize,
    /// Units in all; 0 while that is not known.
    pub total: usize,
    /// Units a second, lately.
    pub rate: f64,
    /// Seconds left at that rate.
    pub seconds_left: f64,
}

/// A file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// What a folder holds, by file names alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Files that look like images.
    pub images: usize,
    /// Of these, to train on.
    pub train: usize,
    /// To validate with.
    pub validation: usize,
    /// To test with.
    pub test: usize,
}

/// What the cache of data sets holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheReport {
    /// Where it lies; none if nothing is cached.
    pub folder: Option<PathBuf>,
    /// The data sets, the last used first.
    pub sets: Vec<CachedSet>,
    /// Of all of them on the disk.
    pub bytes: u64,
    /// Files that have just been removed.
    pub removed: usize,
    /// Bytes of those.
    pub freed: u64,
    /// Files that were to be removed and could not be.
    pub failed: Vec<SkippedFile>,
}

/// Bytes for people, as in "1.2 GB" of 10⁹ bytes.
pub fn readable_size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A data set in the cache, or what was computed of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedSet {
    /// Its file.
    pub file: PathBuf,
    /// The folder or archive that it came from, if the file tells.
    pub source: Option<String>,
    /// What was computed of the images, where the file holds that instead of the images themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// Pixels on a side; 0 for what was computed.
    pub image_size: usize,
    /// Images in it.
    pub images: usize,
    /// On the disk.
    pub bytes: u64,
    /// Whole days since it was last used.
    pub days_unused: u64,
    /// What is wrong with it, if anything is.
    pub problem: Option<String>,
}
