//! The Train screen's state: the runs, the one in front, the form for a new one.

mod actions;
pub mod chapters;
pub mod diagnosis;
pub mod extend;
mod folder_actions;
pub mod fork;
pub mod form;
pub mod in_words;
pub mod insight;
mod leaving;
pub mod live;
pub mod prior;
mod prior_actions;
pub mod rename;
pub mod run;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what fails here fails its test")]
pub mod samples;
pub mod stored_run;
pub mod thinned;
pub mod timeline;
pub mod watched;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::FeatureLoss;
use crate::gui::state::plot_view::PlotsView;
use crate::worker::protocol::{JobEvent, JobId};
use extend::Extension;
use fork::Fork;
use form::TrainForm;
use prior::Priors;
use rename::Renaming;
use run::{Phase, Run, RunKey, RunLeft};
use stored_run::StoredRun;

/// View of a run in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Numbers over the steps.
    #[default]
    Curves,
    /// Photos, reconstructions and samples.
    Pictures,
    /// Information in the codes.
    Collapse,
}

/// Whether the window is about to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaving {
    /// No.
    #[default]
    No,
    /// A person is asked what is to become of the run that goes on.
    Asking,
    /// The run saves itself; the window closes when it has.
    Saving,
    /// It closes now.
    Now,
}

/// A run as it is remembered from one start to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedRun {
    /// Its folder.
    pub folder: PathBuf,
    /// State in which it was left.
    #[serde(default)]
    pub left: RunLeft,
}

/// The Train screen.
#[derive(Debug, Default)]
pub struct Train {
    /// The runs, in the order of the list.
    pub runs: Vec<Run>,
    /// The run in front; none while a new one is set up.
    pub selected: Option<RunKey>,
    /// View of it in the middle.
    pub view: View,
    /// View of its plots.
    pub plots: PlotsView,
    /// Where the plots are in the window, in points: left, top, width, height.
    pub plots_area: [f32; 4],
    /// The settings of a new run.
    pub form: TrainForm,
    /// Priors for trained models.
    pub priors: Priors,
    /// A fork that is being set up.
    pub fork: Option<Fork>,
    /// More steps for a run that is done, before they are ordered.
    pub extension: Option<Extension>,
    /// Another name for a run, before it is given.
    pub renaming: Option<Renaming>,
    /// Folders whose names are known or asked for, see [`TrainForm::listed`].
    pub listing: BTreeSet<PathBuf>,
    /// Whether the window is about to close.
    pub leaving: Leaving,
    keys: RunKey,
}

impl Train {
    /// The run in front.
    pub fn run(&self) -> Option<&Run> {
        let key = self.selected?;
        self.runs.iter().find(|run| run.key == key)
    }

    /// View of the run in front in the middle: nothing collapses where there is no encoder.
    pub fn shown_view(&self) -> View {
        let no_encoder = |run: &Run| run.config().is_some_and(|config| !config.model.kind.has_encoder());
        match self.view {
            View::Collapse if self.run().is_some_and(no_encoder) => View::Curves,
            view => view,
        }
    }

    /// The run that is being set up, a fork before a new one, is judged by this network.
    pub fn set_feature_loss(&mut self, loss: FeatureLoss) {
        match &mut self.fork {
            Some(fork) => fork.config.feature_loss = loss,
            None => self.form.config.feature_loss = loss,
        }
    }

    /// The run in front.
    pub fn run_mut(&mut self) -> Option<&mut Run> {
        self.find(self.selected?)
    }

    /// A run of the list.
    pub fn find(&mut self, key: RunKey) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.key == key)
    }

    /// The run that a job has in hand: it trains, is held, or is about to begin.
    pub fn active(&self) -> Option<&Run> {
        self.runs.iter().find(|run| run.is_active())
    }

    /// Runs that wait for their turn.
    pub fn queued(&self) -> usize {
        self.runs.iter().filter(|run| run.phase == Phase::Queued).count()
    }

    /// Appends a run, in the first colour that no other has.
    fn add(&mut self, folder: PathBuf) -> &mut Run {
        self.keys += 1;
        let color = (0..).find(|color| self.runs.iter().all(|run| run.color != *color)).unwrap_or(0);
        self.runs.push(Run::new(self.keys, color, folder));
        let last = self.runs.len() - 1;
        &mut self.runs[last]
    }

    /// The run that lives in a folder.
    pub fn in_folder(&mut self, folder: &Path) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.folder == folder)
    }

    /// The run that lives in a folder, new in the list if it is not there yet.
    pub(in crate::gui::state) fn listed(&mut self, folder: &Path) -> &mut Run {
        match self.runs.iter().position(|run| run.folder == folder) {
            Some(at) => &mut self.runs[at],
            None => self.add(folder.to_owned()),
        }
    }

    /// Folders that a new run cannot have: those of all runs, and what was seen where new ones are kept.
    fn taken_folders(&self) -> Vec<PathBuf> {
        self.runs.iter().map(|run| &run.folder).chain(&self.form.on_disk).cloned().collect()
    }

    /// Takes a run out of the list.
    fn take_out(&mut self, key: RunKey) {
        self.runs.retain(|run| run.key != key);
        self.selected = self.selected.filter(|selected| *selected != key);
    }

    /// The past of a run has been read.
    fn opened(&mut self, past: StoredRun) -> &mut Run {
        let run = self.listed(&past.folder);
        run.read(past);
        run
    }

    /// Takes in what a job tells. Returns the run of the list that it trains, if it does.
    fn apply(&mut self, job: JobId, event: &JobEvent) -> Option<RunKey> {
        let run = self.runs.iter_mut().find(|run| run.job == Some(job))?;
        let key = run.key;
        // There is nothing of it on disk.
        let never_was = run.phase == Phase::Queued && run.saved_step.is_none();
        run.apply(event);
        if never_was && matches!(event, JobEvent::Cancelled) {
            self.take_out(key);
        }
        if self.selected == Some(key) && matches!(event, JobEvent::Chapter(_)) {
            self.view = View::Collapse;
        }
        Some(key)
    }

    /// The runs as they are remembered from one start to the next.
    pub fn remembered(&self) -> Vec<RememberedRun> {
        let remember = |run: &Run| RememberedRun {
            folder: run.folder.clone(),
            left: if run.is_active() { RunLeft::UnderWay } else { run.left },
        };
        self.runs.iter().map(remember).collect()
    }
}
