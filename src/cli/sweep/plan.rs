//! Progress of a sweep: runs that are done, that were begun, and obstacles in the way of others.

use std::path::{Path, PathBuf};

use crate::config::{Setting, Sweep, SweepRun};
use crate::error::{Error, Result};
use crate::worker::protocol::{RunRecord, RunSet};

/// A run of a sweep with its folder.
pub struct Planned<'a> {
    /// The run.
    pub run: &'a SweepRun,
    /// The name of its folder; another than the sweep would give it where it was begun for another grid.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its progress.
    pub state: RunState,
}

/// Progress of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunState {
    /// Whether there is something to go on from.
    pub is_begun: bool,
    /// Updates done.
    pub step: usize,
    /// Whether these are all.
    pub is_done: bool,
}

impl RunState {
    /// Word for it.
    pub fn word(self) -> &'static str {
        match self {
            RunState { is_done: true, .. } => "done",
            RunState { is_begun: true, .. } => "begun",
            RunState { .. } => "new",
        }
    }
}

/// Finds the runs of a sweep among those in its folder: by their settings, whatever they are called.
///
/// # Errors
/// A run in a folder that one of the sweep is to have, but with other settings, or one that cannot be read.
pub fn plan<'a>(sweep: &'a Sweep, there: &RunSet, file: &Path) -> Result<Vec<Planned<'a>>> {
    let one = |run: &'a SweepRun| {
        let folder = sweep.out.join(&run.name);
        let own = there.runs.iter().find(|record| record.name == run.name);
        let same = |record: &&RunRecord| run.difference(&record.config).is_none();
        if let Some(record) = own.filter(same).or(there.runs.iter().find(same)) {
            let state = RunState { is_begun: true, step: record.step, is_done: record.is_done() };
            return Ok(Planned { run, name: record.name.clone(), folder: record.folder.clone(), state });
        }
        if let Some((record, setting)) = own.and_then(|own| Some((own, run.difference(&own.config)?))) {
            return Err(refusal(run, record, setting, file));
        }
        if let Some(unread) = there.unreadable.iter().find(|unread| unread.path == folder) {
            return Err(Error::Invalid(format!(
                "{}; move this folder away to begin the run anew",
                unread.reason
            )));
        }
        Ok(Planned { run, name: run.name.clone(), folder, state: RunState::default() })
    };
    sweep.runs.iter().map(one).collect()
}

fn refusal(run: &SweepRun, record: &RunRecord, setting: Setting, file: &Path) -> Error {
    let said = |text: Option<String>| text.unwrap_or_else(|| "none".into());
    let (theirs, ours) = (said(setting.text(&record.config)), said(setting.text(&run.config)));
    Error::file(
        &record.folder,
        format!(
            "the run in this folder was begun with {} {theirs}, and {} says {ours}; nothing was run. Give the sweep \
             another folder by out, or move this one away",
            setting.option(),
            file.display()
        ),
    )
}
