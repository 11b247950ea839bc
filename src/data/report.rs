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
    /// Units in all.
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
