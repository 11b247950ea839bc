//! Events of a job while it goes on, and requests to it.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::device::JobDevice;
use super::inbox::Inbox;
use super::outbox::Outbox;
use super::protocol::{Control, Crop, Event, JobEvent, PhotoId, StepReport};
use super::registry::Registry;
use crate::device::Compute;
use crate::error::Result;
use crate::observer::{self, Observer};
use crate::resample::crop_resize;

/// Time between two reports of the same kind: 30 a second.
const PACE: Duration = Duration::from_millis(33);

/// Passes on what a job tells, at a pace that a window can follow, and tells the job what is asked of it.
pub struct JobReporter<'a> {
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

impl<'a> JobReporter<'a> {
    /// The reporter of a job that is told what `inbox` holds and computes on `device`; photos lie in the `registry`.
    pub fn new(
        outbox: Outbox,
        inbox: Arc<Inbox>,
        registry: Arc<Registry>,
        device: &'a mut JobDevice,
    ) -> Self {
        JobReporter {
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

    /// Tells the steps that have not been told.
    fn flush(&mut self) {
        let unsent = std::mem::take(&mut self.unsent);
        if !unsent.is_empty() {
            self.send(JobEvent::Steps(unsent));
        }
    }

    /// Passes on how the job ended.
    pub fn end(mut self, event: JobEvent) {
        self.flush();
        self.send(event);
    }

    /// Request for training; a photo that is no longer open is told and left out.
    fn understood(&self, controls: VecDeque<Control>) -> Vec<observer::Control> {
        let crop = |(photo, crop): (PhotoId, Crop)| match self.registry.photo(photo) {
            Ok(photo) => Some(crop_resize(&photo, crop, self.image_size)),
            Err(error) => {
                self.send(JobEvent::Warning { message: error.to_string() });
                None
            }
        };
        controls.into_iter().map(|control| control.map_photos(&crop)).collect()
    }
}

impl Observer for JobReporter<'_> {
    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        let now = Instant::now();
        match event {
            JobEvent::Progress(progress) => {
                self.device.watch(now);
                if self.progress.is_due(now, progress.done == progress.total) {
                    self.send(JobEvent::Progress(progress));
                }
            }
            JobEvent::Steps(reports) => {
                self.device.watch(now);
                let at_the_end = reports.last().is_some_and(|report| report.step == report.steps);
                self.unsent.extend(reports);
                if self.steps.is_due(now, at_the_end) {
                    self.flush();
                }
            }
            event => {
                if let JobEvent::Run(info) = &event {
                    self.image_size = info.config.model.image_size;
                }
                // At these no step before may be missing.
                if let JobEvent::Changed(_)
                | JobEvent::Paused
                | JobEvent::Collapse(_)
                | JobEvent::Chapter(_) = event
                {
                    self.flush();
                }
                self.send(event);
            }
        }
        if self.inbox.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn controls(&mut self) -> Vec<observer::Control> {
        let controls = self.inbox.take();
        self.understood(controls)
    }

    fn wait(&mut self) -> ControlFlow<(), Vec<observer::Control>> {
        self.flush();
        match self.inbox.wait() {
            Some(controls) => ControlFlow::Continue(self.understood(controls)),
            None => ControlFlow::Break(()),
        }
    }

    fn compute(&mut self) -> Result<Compute> {
        self.device.compute()
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
