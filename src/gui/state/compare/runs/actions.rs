//! Actions of people on the runs of a folder, and the worker's answers.

use std::path::PathBuf;

use rust_i18n::t;

use super::shown::ShownRuns;
use crate::gui::said::said;
use crate::gui::state::compare::Mode;
use crate::gui::state::{Awaited, Screen, State};
use crate::report::RunSet;
use crate::worker::protocol::{Command, ModelSource};

impl State {
    /// Reads the runs in a folder and shows them on the Compare screen.
    pub fn open_runs(&mut self, folder: PathBuf) {
        self.compare.mode = Mode::Runs;
        self.screen = Screen::Compare;
        self.compare.runs.folder = Some(folder);
        self.read_runs();
    }

    /// Reads the runs in the folder once more, which may go on.
    pub fn read_runs(&mut self) {
        let Some(folder) = self.compare.runs.folder.clone() else { return };
        self.compare.runs.is_reading = true;
        self.compare.runs.problem = None;
        let id = self.send(Command::OpenRuns(folder.clone()));
        self.awaited.insert(id, Awaited::Runs(folder));
    }

    /// The runs of a folder are there; of one that is no longer wanted they are dropped.
    pub(in crate::gui::state) fn runs_opened(&mut self, set: RunSet) {
        let runs = &mut self.compare.runs;
        if runs.folder.as_ref() != Some(&set.folder) {
            return;
        }
        runs.is_reading = false;
        if set.runs.is_empty() {
            let folder = set.folder.display();
            let problem = match set.unreadable.first() {
                Some(file) => {
                    t!(
                        "There is no run in %{folder}, %{reason}",
                        folder = folder,
                        reason = said(&file.reason)
                    )
                }
                None => t!("There is no run in %{folder}", folder = folder),
            };
            runs.problem = Some(problem.into_owned());
            runs.shown = None;
            return;
        }
        runs.shown = Some(ShownRuns::new(set, runs.shown.take()));
    }

    /// The folder could not be read.
    pub(in crate::gui::state) fn runs_unreadable(&mut self, folder: &PathBuf, message: String) {
        let runs = &mut self.compare.runs;
        if runs.folder.as_ref() == Some(folder) {
            runs.is_reading = false;
            runs.shown = None;
            runs.problem = Some(message);
        }
    }

    /// The folder of the run that was chosen among many.
    fn chosen_run(&self) -> Option<PathBuf> {
        let shown = self.compare.runs.shown.as_ref()?;
        Some(shown.set.runs.get(shown.selected?)?.folder.clone())
    }

    /// Opens the chosen run's last checkpoint as a model.
    pub fn explore_chosen_run(&mut self) {
        if let Some(folder) = self.chosen_run() {
            self.open_model(ModelSource::File(folder));
            self.screen = Screen::Explore;
        }
    }

    /// Opens the chosen run among those of the Train screen.
    pub fn train_chosen_run(&mut self) {
        if let Some(folder) = self.chosen_run() {
            self.open_run(folder);
        }
    }
}
