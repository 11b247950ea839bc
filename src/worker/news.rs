//! What a job tells while it goes on, and what it is told.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::device::JobDevice;
use super::inbox::Inbox;
use super::outbox::Outbox;
use super::protocol::{CollapseReport, Control, Event, JobEvent, LivePictures, RunInfo};
use super::registry::Registry;
use crate::config::Change;
use crate::data::resize::crop_resize;
use crate::device::Compute;
use crate::error::Result;
use crate::observer::{Chapter, Observer, Request, Watched};
use crate::report::{Progress, SkippedFile, StepReport, ValidationReport};

/// Time between two reports of the same kind: 30 a second.
const PACE: Duration = Duration::from_millis(33);

/// Passes on what a job tells, at a pace that a window can follow, and tells the job what is asked of it.
pub struct News<'a> {
    outbox: Outbox,
    inbox: Arc<Inbox>,
    registry: Arc<Registry>,
    device: &'a mut JobDevice,
    /// Side of the model's images in pixels, once a run has said so.
    image_size: usize,
    progress: Throttle,
    steps: Throttle,
    /// Reports that no event has told yet.
    unsent: Vec<StepReport>,
}

impl<'a> News<'a> {
    /// Of a job that is told what `inbox` holds and computes on `device`; photos lie in the `registry`.
    pub fn new(
        outbox: Outbox,
        inbox: Arc<Inbox>,
        registry: Arc<Registry>,
        device: &'a mut JobDevice,
    ) -> Self {
        News {
            outbox,
            inbox,
            registry,
            device,
            image_size: 0,
            progress: Throttle::default(),
            steps: Throttle::default(),
            unsent: Vec::new(),
        }
    }

    /// Passes on one event.
    fn send(&self, event: JobEvent) {
        self.outbox.send(Event::Job(event));
    }

    /// Passes on an event that no step before it may be missing at.
    fn send_after_steps(&mut self, event: JobEvent) {
        self.flush();
        self.send(event);
    }

    /// Tells the steps that have not been told.
    fn flush(&mut self) {
        let unsent = std::mem::take(&mut self.unsent);
        if !unsent.is_empty() {
            self.send(JobEvent::Steps(unsent));
        }
    }

    /// Passes on how the job ended.
    pub fn end(mut self, event: JobEvent) {
        self.send_after_steps(event);
    }

    fn go_on(&self) -> ControlFlow<()> {
        if self.inbox.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// What training understands; a photo that is no longer open is told and left out.
    fn request(&mut self, control: Control) -> Request {
        match control {
            Control::Adjust(adjustment) => Request::Adjust(adjustment),
            Control::Pause => Request::Pause,
            Control::Continue => Request::Continue,
            Control::StepOnce => Request::StepOnce,
            Control::Save => Request::Save,
            Control::Watch { photos, codes } => {
                let mut pictures = Vec::with_capacity(photos.len());
                for (photo, crop) in photos {
                    match self.registry.photo(photo) {
                        Ok(photo) => pictures.push(crop_resize(&photo, crop, self.image_size)),
                        Err(error) => self.warning(&error.to_string()),
                    }
                }
                Request::Watch(Watched { photos: pictures, codes })
            }
        }
    }
}

impl Observer for News<'_> {
    fn compute(&mut self) -> Result<Compute> {
        self.device.compute()
    }

    fn started(&mut self, title: &str) {
        self.send(JobEvent::Started { title: title.to_owned() });
    }

    fn progress(&mut self, progress: Progress) -> ControlFlow<()> {
        let now = Instant::now();
        self.device.watch(now);
        if self.progress.is_due(now, progress.done == progress.total) {
            self.send(JobEvent::Progress(progress));
        }
        self.go_on()
    }

    fn run(&mut self, info: &RunInfo) {
        self.image_size = info.config.model.image_size;
        self.send(JobEvent::Run(Box::new(info.clone())));
    }

    fn requests(&mut self) -> Vec<Request> {
        let controls = self.inbox.take();
        controls.into_iter().map(|control| self.request(control)).collect()
    }

    fn wait(&mut self) -> ControlFlow<(), Vec<Request>> {
        self.flush();
        match self.inbox.wait() {
            Some(controls) => {
                ControlFlow::Continue(controls.into_iter().map(|control| self.request(control)).collect())
            }
            None => ControlFlow::Break(()),
        }
    }

    fn changed(&mut self, change: Change) {
        self.send_after_steps(JobEvent::Changed(change));
    }

    fn paused(&mut self) {
        self.send_after_steps(JobEvent::Paused);
    }

    fn continued(&mut self) {
        self.send(JobEvent::Continued);
    }

    fn step(&mut self, report: &StepReport) -> ControlFlow<()> {
        self.unsent.push(*report);
        let now = Instant::now();
        self.device.watch(now);
        if self.steps.is_due(now, report.step == report.steps) {
            self.flush();
        }
        self.go_on()
    }

    fn validation(&mut self, report: &ValidationReport) {
        self.send(JobEvent::Validation(*report));
    }

    fn collapse(&mut self, report: &CollapseReport) {
        self.send_after_steps(JobEvent::Collapse(Box::new(report.clone())));
    }

    fn pictures(&mut self, pictures: &LivePictures) {
        self.send(JobEvent::Pictures(Box::new(pictures.clone())));
    }

    fn chapter(&mut self, chapter: &Chapter) {
        let Chapter { number, of, title, text } = *chapter;
        let (title, text) = (title.to_owned(), text.to_owned());
        self.send_after_steps(JobEvent::Chapter { number, of, title, text });
    }

    fn sampled(&mut self, step: usize) {
        self.send(JobEvent::Sampled { step });
    }

    fn saved(&mut self, checkpoint: &Path, step: usize) {
        self.send(JobEvent::Saved { checkpoint: checkpoint.to_owned(), step });
    }

    fn warning(&mut self, message: &str) {
        self.send(JobEvent::Warning { message: message.to_owned() });
    }

    fn skipped(&mut self, files: &[SkippedFile]) {
        if !files.is_empty() {
            self.send(JobEvent::Skipped(files.to_owned()));
        }
    }
}

/// When the last report went out.
#[derive(Default)]
struct Throttle(Option<Instant>);

impl Throttle {
    /// Whether a report may go out now; the `last` of its kind always may.
    fn is_due(&mut self, now: Instant, last: bool) -> bool {
        let due = last || self.0.is_none_or(|then| now.duration_since(then) >= PACE);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_keep_to_thirty_a_second_and_the_last_one_gets_through() {
        let mut pace = Throttle::default();
        let start = Instant::now();
        let sent = (0..1000).filter(|ms| pace.is_due(start + Duration::from_millis(*ms), false)).count();
        assert_eq!(sent, 31);
        let end = start + Duration::from_millis(1000);
        assert!(!pace.is_due(end, false));
        assert!(pace.is_due(end, true));
    }
}
