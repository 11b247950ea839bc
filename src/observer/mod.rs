//! [`Observer`]: who watches a job and may ask things of it. A job reports to one, takes [`Request`]s from it and
//! returns when told to; so it knows no channel and no window.

mod request;

use std::ops::ControlFlow;
use std::path::Path;

use crate::config::Change;
use crate::device::Compute;
use crate::error::Result;
use crate::report::{
    CollapseReport, LivePictures, Progress, RunInfo, SkippedFile, StepReport, ValidationReport,
};

pub use request::{Request, Watched};

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

/// Who watches a run and may ask things of it. What an observer does not look at itself goes to the one
/// [inside](Observer::inner) it, and is lost where there is none.
pub trait Observer: Send {
    /// The observer that is told what this one passes on.
    fn inner(&mut self) -> Option<&mut dyn Observer> {
        None
    }
    /// What to compute on; the processor, if nobody says.
    ///
    /// # Errors
    /// A device that was asked for and cannot be used.
    fn compute(&mut self) -> Result<Compute> {
        self.inner().map_or_else(|| Ok(Compute::cpu()), |inner| inner.compute())
    }
    /// It began; `title` as in "Training a VAE".
    fn started(&mut self, title: &str) {
        self.inner().into_iter().for_each(|inner| inner.started(title));
    }
    /// Reading images and other preparations. `Break` cancels.
    fn progress(&mut self, progress: Progress) -> ControlFlow<()> {
        self.inner().map_or(ControlFlow::Continue(()), |inner| inner.progress(progress))
    }
    /// The first update is about to be done.
    fn run(&mut self, info: &RunInfo) {
        self.inner().into_iter().for_each(|inner| inner.run(info));
    }
    /// Before every update: what is asked of the run, in the order to be done. Must not wait.
    fn requests(&mut self) -> Vec<Request> {
        self.inner().map_or(Vec::new(), |inner| inner.requests())
    }
    /// While the run is held: waits until something is asked of it. `Break` saves and ends the run.
    fn wait(&mut self) -> ControlFlow<(), Vec<Request>> {
        // Without anybody inside nobody will ever let it go on.
        self.inner().map_or(ControlFlow::Break(()), |inner| inner.wait())
    }
    /// A setting has changed.
    fn changed(&mut self, change: Change) {
        self.inner().into_iter().for_each(|inner| inner.changed(change));
    }
    /// The run is held.
    fn paused(&mut self) {
        self.inner().into_iter().for_each(|inner| inner.paused());
    }
    /// The run is no longer held.
    fn continued(&mut self) {
        self.inner().into_iter().for_each(|inner| inner.continued());
    }
    /// After every update. `Break` saves and ends the run.
    fn step(&mut self, report: &StepReport) -> ControlFlow<()> {
        self.inner().map_or(ControlFlow::Continue(()), |inner| inner.step(report))
    }
    /// After every measurement on the validation images.
    fn validation(&mut self, report: &ValidationReport) {
        self.inner().into_iter().for_each(|inner| inner.validation(report));
    }
    /// What the codes carry, once [`Request::Watch`] was given.
    fn collapse(&mut self, report: &CollapseReport) {
        self.inner().into_iter().for_each(|inner| inner.collapse(report));
    }
    /// How the run's pictures look, once [`Request::Watch`] was given.
    fn pictures(&mut self, pictures: &LivePictures) {
        self.inner().into_iter().for_each(|inner| inner.pictures(pictures));
    }
    /// A demonstration has come to its next part.
    fn chapter(&mut self, chapter: &Chapter) {
        self.inner().into_iter().for_each(|inner| inner.chapter(chapter));
    }
    /// A sheet of sample pictures was written after so many updates.
    fn sampled(&mut self, step: usize) {
        self.inner().into_iter().for_each(|inner| inner.sampled(step));
    }
    /// A checkpoint is on disk.
    fn saved(&mut self, checkpoint: &Path, step: usize) {
        self.inner().into_iter().for_each(|inner| inner.saved(checkpoint, step));
    }
    /// Something was left out or went wrong that does not end the run.
    fn warning(&mut self, message: &str) {
        self.inner().into_iter().for_each(|inner| inner.warning(message));
    }
    /// Files of the data set that could not be used.
    fn skipped(&mut self, files: &[SkippedFile]) {
        self.inner().into_iter().for_each(|inner| inner.skipped(files));
    }
}

/// An observer that looks away.
impl Observer for () {}
