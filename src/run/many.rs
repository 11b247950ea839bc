//! Reading all runs in a folder at once.

use std::path::Path;

use super::folder::RunPaths;
use super::reading::last_readings;
use crate::error::{Error, Result};
use crate::report::{RunRecord, RunSet, SkippedFile};

/// Reads the settings and the last numbers of every run whose folder stands in `folder`. What is no run is passed over.
///
/// # Errors
/// A folder that cannot be listed, or is that of one run.
pub fn read_runs(folder: &Path) -> Result<RunSet> {
    if RunPaths::is_run(folder) {
        return Err(Error::file(folder, "this is the folder of one run; give the one in which it stands"));
    }
    let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        if !RunPaths::is_run(&path) {
            continue;
        }
        match read_one(&path) {
            Ok(run) => runs.push(run),
            Err(error) => unreadable.push(SkippedFile { path, reason: error.to_string() }),
        }
    }
    unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(RunSet::new(folder.to_owned(), runs, unreadable))
}

fn read_one(folder: &Path) -> Result<RunRecord> {
    let place = RunPaths::of(folder)?;
    let meta = place.meta()?;
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    let last = last_readings(&place.history())?;
    Ok(RunRecord { name, folder: folder.to_owned(), config: meta.config.completed(), step: meta.steps, last })
}
