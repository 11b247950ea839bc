//! Another name for a run, which is that of its folder.

use std::path::PathBuf;

use super::form::{is_taken, name_problem};
use super::run::Run;

/// Another name for a run, before it is given.
#[derive(Clone, Debug)]
pub struct Renaming {
    /// The run's folder as it is.
    pub folder: PathBuf,
    /// The name that was typed.
    pub name: String,
    /// Whether its dialog has not been shown yet.
    pub is_fresh: bool,
    /// Folders that it cannot have.
    taken_by: Vec<PathBuf>,
}

impl Renaming {
    /// The name that a run has, to be changed.
    pub(super) fn new(run: &Run, taken_by: Vec<PathBuf>) -> Self {
        Renaming { folder: run.folder.clone(), name: run.name(), is_fresh: true, taken_by }
    }

    /// The folder in which that of the run stands.
    pub fn parent(&self) -> PathBuf {
        self.folder.parent().map(PathBuf::from).unwrap_or_default()
    }

    /// The folder as it would be.
    pub fn wanted(&self) -> PathBuf {
        self.parent().join(self.name.trim())
    }

    /// Takes in what lies beside the run's folder.
    pub fn listed(&mut self, paths: Vec<PathBuf>) {
        self.taken_by = paths;
    }

    /// Whether another name was typed than it has.
    pub fn is_new(&self) -> bool {
        self.wanted() != self.folder
    }

    /// Fault of the name, in a sentence.
    pub fn problem(&self) -> Option<String> {
        let taken = self.is_new() && is_taken(&self.wanted(), &self.taken_by);
        name_problem(&self.name, taken)
    }
}
