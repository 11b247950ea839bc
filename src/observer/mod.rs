//! [`Observer`]: who watches a job and may ask things of it. A job tells one what happens, takes [`Control`]s from it
//! and returns when told to; so it knows no channel and no window.

mod control;

use std::ops::ControlFlow;

use crate::device::Compute;
use crate::error::Result;
use crate::report::{JobEvent, Progress, SkippedFile};

pub use control::{Control, Watched};

/// Somebody who watches a job and may ask things of it. What an observer does not look at itself goes to the one
/// [inside](Observer::inner) it, and is lost where there is none.
pub trait Observer: Send {
    /// The observer that is told what this one passes on.
    fn inner(&mut self) -> Option<&mut dyn Observer> {
        None
    }

    /// Hears what happens. `Break` asks the job to stop, which it heeds after [`JobEvent::Progress`], and after
    /// [`JobEvent::Steps`], which a run tells after every update: it saves itself then.
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        self.inner().map_or(ControlFlow::Continue(()), |inner| inner.event(event))
    }

    /// Before every update: what is asked of the run, in the order to be done. Must not wait.
    fn controls(&mut self) -> Vec<Control> {
        self.inner().map_or(Vec::new(), |inner| inner.controls())
    }

    /// While the run is held: waits until something is asked of it. `Break` saves and ends the run.
    fn wait(&mut self) -> ControlFlow<(), Vec<Control>> {
        // Without anybody inside nobody will ever let it go on.
        self.inner().map_or(ControlFlow::Break(()), |inner| inner.wait())
    }

    /// Device to compute on; the processor, if nobody says.
    ///
    /// # Errors
    /// A device that was asked for and cannot be used.
    fn compute(&mut self) -> Result<Compute> {
        self.inner().map_or_else(|| Ok(Compute::cpu()), |inner| inner.compute())
    }
}

impl dyn Observer + '_ {
    /// Tells an event that nothing depends on.
    pub fn tell(&mut self, event: JobEvent) {
        // A wish to stop is heard again with the next step or progress.
        let _ = self.event(event);
    }

    /// Tells that a job began; `title` as in "Training a VAE".
    pub fn started(&mut self, title: &str) {
        self.tell(JobEvent::Started { title: title.to_owned() });
    }

    /// Tells how far it is. `Break` cancels.
    pub fn progress(&mut self, progress: Progress) -> ControlFlow<()> {
        self.event(JobEvent::Progress(progress))
    }

    /// Tells that something was left out or went wrong that does not end the job.
    pub fn warning(&mut self, message: &str) {
        self.tell(JobEvent::Warning { message: message.to_owned() });
    }

    /// Tells which files could not be used, if there are any.
    pub fn skipped(&mut self, files: &[SkippedFile]) {
        if !files.is_empty() {
            self.tell(JobEvent::Skipped(files.to_owned()));
        }
    }
}

/// An observer that looks away.
impl Observer for () {}
