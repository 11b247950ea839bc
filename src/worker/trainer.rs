//! The thread that does the long jobs, one after another. Each job that was started ends in exactly one
//! of finished, failed and cancelled.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::jobs::{self, News};
use super::outbox::Outbox;
use super::protocol::{Job, JobEvent, JobId};
use crate::error::Error;

/// Jobs that wait and the one being done.
#[derive(Default)]
pub struct Jobs {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(JobId, Job)>,
    running: Option<(JobId, Arc<AtomicBool>)>,
    closed: bool,
}

impl Jobs {
    /// Puts a job at the end of the queue. `false` when the queue is closed.
    #[must_use]
    pub fn put(&self, job: JobId, work: Job) -> bool {
        let mut state = self.lock();
        if !state.closed {
            state.waiting.push_back((job, work));
            self.changed.notify_one();
        }
        !state.closed
    }

    /// Takes a job out of the queue, or tells it to stop if it is being done. `true` when it had not
    /// begun, so that nobody else will say how it ended.
    #[must_use]
    pub fn cancel(&self, job: JobId) -> bool {
        let mut state = self.lock();
        if let Some((_, cancelled)) = state.running.as_ref().filter(|(running, _)| *running == job) {
            cancelled.store(true, Ordering::SeqCst);
        }
        let before = state.waiting.len();
        state.waiting.retain(|(waiting, _)| *waiting != job);
        state.waiting.len() < before
    }

    /// Tells the job in progress to stop, and returns those that had not begun.
    pub fn close(&self) -> Vec<JobId> {
        let mut state = self.lock();
        state.closed = true;
        if let Some((_, cancelled)) = &state.running {
            cancelled.store(true, Ordering::SeqCst);
        }
        self.changed.notify_all();
        state.waiting.drain(..).map(|(job, _)| job).collect()
    }

    /// Waits for a job. The flag is set when it is to stop. `None` when the queue is closed.
    fn take(&self) -> Option<(JobId, Job, Arc<AtomicBool>)> {
        let mut state = self.lock();
        state.running = None;
        loop {
            if state.closed {
                return None;
            }
            if let Some((job, work)) = state.waiting.pop_front() {
                let cancelled = Arc::new(AtomicBool::new(false));
                state.running = Some((job, Arc::clone(&cancelled)));
                return Some((job, work, cancelled));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No panic can happen while it is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does jobs until the queue is closed.
pub fn run(queue: &Jobs, outbox: &Outbox) {
    while let Some((job, work, cancelled)) = queue.take() {
        let mut news = News::new(job, outbox.clone(), cancelled);
        let outcome = outbox.guard("doing a job", || jobs::run(work, &mut news));
        news.send(match outcome {
            Some(Ok(result)) => JobEvent::Finished(result),
            Some(Err(Error::Cancelled)) => JobEvent::Cancelled,
            Some(Err(error)) => JobEvent::Failed { message: error.to_string() },
            None => JobEvent::Failed { message: "a fault in the program stopped it".into() },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_job() -> Job {
        Job::Compare { a: "a".into(), b: "b".into() }
    }

    #[test]
    fn a_job_is_cancelled_by_whoever_holds_it() {
        let jobs = Jobs::default();
        assert!(jobs.put(1, some_job()) && jobs.put(2, some_job()) && jobs.put(3, some_job()));
        let (job, _, cancelled) = jobs.take().unwrap();
        assert_eq!(job, 1);
        assert!(jobs.cancel(2), "2 had not begun");
        assert!(!jobs.cancel(2), "2 is gone");
        assert!(!jobs.cancel(9), "9 never was");
        assert!(!cancelled.load(Ordering::SeqCst));
        assert!(!jobs.cancel(1), "1 says itself how it ends");
        assert!(cancelled.load(Ordering::SeqCst));
        let (job, _, cancelled) = jobs.take().unwrap();
        assert_eq!((job, cancelled.load(Ordering::SeqCst)), (3, false));
    }

    #[test]
    fn closing_stops_the_job_in_progress_and_returns_the_rest() {
        let jobs = Jobs::default();
        assert!(jobs.put(1, some_job()) && jobs.put(2, some_job()));
        let (_, _, cancelled) = jobs.take().unwrap();
        assert_eq!(jobs.close(), [2]);
        assert!(cancelled.load(Ordering::SeqCst));
        assert!(!jobs.put(3, some_job()));
        assert!(jobs.take().is_none());
    }
}
