//! One long job: what to call for it, and what it tells while it goes on.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::faces;
use super::outbox::Outbox;
use super::protocol::{Event, Job, JobEvent, JobId, JobResult};
use crate::data::cache::{self, keeper};
use crate::data::report::{Progress, SkippedFile};
use crate::data::survey::survey;
use crate::error::Result;
use crate::metrics::compare::compare_folders;
use crate::train::{self, Changes, Observer, StepReport, ValidationReport};

/// Time between two reports of the same kind: 30 a second.
const PACE: Duration = Duration::from_millis(33);

/// Does a job on this thread, however long it takes.
///
/// # Errors
/// What the job met; [`crate::Error::Cancelled`] when `cancelled` was set in time.
pub fn run(work: Job, news: &mut News) -> Result<JobResult> {
    match work {
        Job::Train { config, out } => train::train(&config, &out, news).map(JobResult::Trained),
        Job::Resume { run, steps, data } => {
            train::resume(&run, Changes { steps, data }, news).map(JobResult::Trained)
        }
        Job::Evaluate { checkpoints, data, split, noise } => {
            train::evaluate(&checkpoints, &data, split, noise, news).map(JobResult::Evaluated)
        }
        Job::Survey { source } => {
            news.started(&format!("Counting the images in {source}"));
            survey(&source, &mut |progress| news.progress(progress)).map(JobResult::Surveyed)
        }
        Job::VerifyCache => {
            news.started("Checking the cache");
            let folder = cache::folder();
            keeper::verify(folder.as_deref(), &mut |progress| news.progress(progress))
                .map(JobResult::CacheVerified)
        }
        Job::Fork { .. } | Job::DemonstrateCollapse { .. } => {
            Err(crate::error::Error::Invalid("this job is on its way".into()))
        }
        Job::Faces(order) => faces::write(&order, news).map(JobResult::FacesWritten),
        Job::Compare { a, b } => {
            news.started(&format!("Comparing {} with {}", b.display(), a.display()));
            let comparison = compare_folders(&a, &b, &mut |progress| news.progress(progress))?;
            news.skipped(&comparison.skipped);
            Ok(JobResult::Compared { metrics: comparison.metrics, unmatched: comparison.unmatched })
        }
    }
}

/// Passes on what a job tells, at a pace that a window can follow, and tells the job when to stop.
pub struct News {
    job: JobId,
    outbox: Outbox,
    cancelled: Arc<AtomicBool>,
    progress: Throttle,
    steps: Throttle,
    /// Reports that no event has told yet.
    unsent: Vec<StepReport>,
}

impl News {
    /// Of a job that stops when `cancelled` is set.
    pub fn new(job: JobId, outbox: Outbox, cancelled: Arc<AtomicBool>) -> Self {
        News {
            job,
            outbox,
            cancelled,
            progress: Throttle::default(),
            steps: Throttle::default(),
            unsent: Vec::new(),
        }
    }

    /// Passes on one event.
    pub fn send(&self, event: JobEvent) {
        self.outbox.send(Event::Job { job: self.job, event });
    }

    fn go_on(&self) -> ControlFlow<()> {
        if self.cancelled.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Observer for News {
    fn started(&mut self, title: &str) {
        self.send(JobEvent::Started { title: title.to_owned() });
    }

    fn progress(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.progress.is_due(Instant::now(), progress.done == progress.total) {
            self.send(JobEvent::Progress(progress));
        }
        self.go_on()
    }

    fn step(&mut self, report: &StepReport) -> ControlFlow<()> {
        self.unsent.push(*report);
        if self.steps.is_due(Instant::now(), report.step == report.steps) {
            let reports = std::mem::take(&mut self.unsent);
            self.send(JobEvent::Steps(reports));
        }
        self.go_on()
    }

    fn validation(&mut self, report: &ValidationReport) {
        self.send(JobEvent::Validation(*report));
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
