//! Training: a loop that one can read in one sitting (`session.rs`; `control.rs` and `saving.rs` are what it
//! does between updates), one update a family (`step.rs`,
//! `adversarial.rs`) of what each kind minimises (`objective.rs`), and what a run leaves on disk
//! (`run_folder.rs`, `checkpoint.rs`, `history.rs`, `events.rs`). `monitor.rs` looks at a run for whoever
//! watches, and changes nothing.
//! It reports to an [`Observer`], takes [`Request`]s from it, and returns when told to; it knows no channel and
//! no window.

pub mod adversarial;
pub mod checkpoint;
mod control;
pub mod corruption;
mod demonstration;
mod divergence;
pub mod evaluate;
mod events;
pub mod extractor;
mod file_header;
mod fork;
pub mod generative;
mod health;
mod history;
mod line_file;
mod monitor;
pub mod objective;
mod past;
pub mod report;
mod request;
mod run_folder;
mod samples;
mod saving;
mod session;
mod start;
pub mod step;
mod subject;
mod trained_model;
pub mod validate;

use std::ops::ControlFlow;
use std::path::Path;

use crate::config::Change;
use crate::data::report::{Progress, SkippedFile};

pub use demonstration::demonstrate_collapse;
pub use evaluate::evaluate;
pub use fork::fork;
pub use past::read_run;
pub use report::{CollapseReport, LivePictures, RunInfo, StepReport, TrainSummary, ValidationReport};
pub use request::{Request, Watched};
pub use run_folder::sheet_file;
pub use start::{Changes, resume, train};
pub use trained_model::TrainedModel;

/// A part of a demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// From 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// A few words.
    pub title: &'static str,
    /// What is about to be seen, and why.
    pub text: &'static str,
}

/// Who watches a run and may ask things of it. Every method has an empty default.
pub trait Observer: Send {
    /// It began; `title` as in "Training a VAE".
    fn started(&mut self, _title: &str) {}
    /// Reading images and other preparations. `Break` cancels.
    fn progress(&mut self, _progress: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    /// The first update is about to be done.
    fn run(&mut self, _info: &RunInfo) {}
    /// Before every update: what is asked of the run, in the order to be done. Must not wait.
    fn requests(&mut self) -> Vec<Request> {
        Vec::new()
    }
    /// While the run is held: waits until something is asked of it. `Break` saves and ends the run.
    fn wait(&mut self) -> ControlFlow<(), Vec<Request>> {
        // Nobody will ever let it go on.
        ControlFlow::Break(())
    }
    /// A setting has changed.
    fn changed(&mut self, _change: Change) {}
    /// The run is held.
    fn paused(&mut self) {}
    /// The run is no longer held.
    fn continued(&mut self) {}
    /// After every update. `Break` saves and ends the run.
    fn step(&mut self, _report: &StepReport) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    /// After every measurement on the validation images.
    fn validation(&mut self, _report: &ValidationReport) {}
    /// What the codes carry, once [`Request::Watch`] was given.
    fn collapse(&mut self, _report: &CollapseReport) {}
    /// How the run's pictures look, once [`Request::Watch`] was given.
    fn pictures(&mut self, _pictures: &LivePictures) {}
    /// A demonstration has come to its next part.
    fn chapter(&mut self, _chapter: &Chapter) {}
    /// A sheet of sample pictures was written after so many updates.
    fn sampled(&mut self, _step: usize) {}
    /// A checkpoint is on disk.
    fn saved(&mut self, _checkpoint: &Path, _step: usize) {}
    /// Something was left out or went wrong that does not end the run.
    fn warning(&mut self, _message: &str) {}
    /// Files of the data set that could not be used.
    fn skipped(&mut self, _files: &[SkippedFile]) {}
}

/// An observer that looks away.
impl Observer for () {}
