//! The part of the contract that is about what lies where.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{CHECKPOINT_FILE, are_pictures};

/// Kind of what lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathKind {
    /// Nothing, or nothing that can be seen.
    Nothing,
    /// A file.
    File,
    /// A file of arrays that are pictures.
    Arrays,
    /// A folder that is no run.
    Folder,
    /// The folder of a run.
    Run,
    /// A folder in which those of runs stand.
    Runs,
}

impl PathKind {
    /// Whether it is a folder.
    pub fn is_folder(self) -> bool {
        matches!(self, PathKind::Folder | PathKind::Run | PathKind::Runs)
    }
}

/// The kind of what lies at a path of this computer. It asks the disk, which may sleep or be far away.
pub fn path_kind(path: &Path) -> PathKind {
    match std::fs::metadata(path) {
        Err(_) => PathKind::Nothing,
        Ok(found) if !found.is_dir() && are_pictures(path) => PathKind::Arrays,
        Ok(found) if !found.is_dir() => PathKind::File,
        Ok(_) if path.join(CHECKPOINT_FILE).is_file() => PathKind::Run,
        Ok(_) if holds_runs(path) => PathKind::Runs,
        Ok(_) => PathKind::Folder,
    }
}

/// Whether a folder holds those of runs.
fn holds_runs(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // A data set may be a folder of very many files.
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_file()));
    folders.map(|entry| entry.path().join(CHECKPOINT_FILE)).any(|checkpoint| checkpoint.is_file())
}
