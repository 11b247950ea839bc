//! Training: a loop that one can read in one sitting (`session.rs`), one update a family (`step.rs`,
//! `adversarial.rs`) of what each kind minimises (`objective.rs`), and what a run leaves on disk
//! (`run_folder.rs`, `checkpoint.rs`, `history.rs`).
//! It reports to an [`Observer`] and returns when told to; it knows no channel and no window.

pub mod adversarial;
pub mod checkpoint;
pub mod corruption;
pub mod evaluate;
mod file_header;
pub mod generative;
mod history;
pub mod objective;
pub mod report;
mod run_folder;
mod samples;
pub mod schedule;
mod session;
mod start;
pub mod step;
mod trained_model;
pub mod validate;

use std::ops::ControlFlow;
use std::path::Path;

use crate::data::report::{Progress, SkippedFile};

pub use evaluate::evaluate;
pub use report::{StepReport, TrainSummary, ValidationReport};
pub use start::{Changes, resume, train};
pub use trained_model::TrainedModel;

/// Who watches a run. Every method has an empty default.
pub trait Observer: Send {
    /// It began; `title` as in "Training a VAE".
    fn started(&mut self, _title: &str) {}
    /// Reading images and other preparations. `Break` cancels.
    fn progress(&mut self, _progress: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    /// After every update. `Break` saves and ends the run.
    fn step(&mut self, _report: &StepReport) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    /// After every measurement on the validation images.
    fn validation(&mut self, _report: &ValidationReport) {}
    /// A checkpoint is on disk.
    fn saved(&mut self, _checkpoint: &Path, _step: usize) {}
    /// Something was left out or went wrong that does not end the run.
    fn warning(&mut self, _message: &str) {}
    /// Files of the data set that could not be used.
    fn skipped(&mut self, _files: &[SkippedFile]) {}
}

/// An observer that looks away.
impl Observer for () {}
