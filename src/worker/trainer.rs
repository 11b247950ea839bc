//! The thread that does the long jobs, one after another. Each job that was started ends in exactly one
//! of finished, failed and cancelled.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::device::JobDevice;
use super::inbox::Inbox;
use super::jobs;
use super::outbox::{Outbox, guard};
use super::protocol::{Control, Job, JobEvent, JobId, RequestId};
use super::registry::Registry;
use super::reporter::JobReporter;
use crate::config::DeviceConfig;
use crate::error::Error;
use crate::train::explained;

/// Jobs that wait and the one being done.
#[derive(Default)]
pub struct Jobs {
    state: Mutex<TrainerState>,
    changed: Condvar,
}

/// Next task of the thread.
enum NextTask {
    /// Takes another device, for a request.
    Device(RequestId, DeviceConfig),
    /// Does a job. The inbox says what it is told.
    Job(JobId, Job, Arc<Inbox>),
}

#[derive(Default)]
struct TrainerState {
    waiting: VecDeque<(JobId, Job, Arc<Inbox>)>,
    running: Option<(JobId, Arc<Inbox>)>,
    /// Device of the next jobs, if it was chosen since the last one.
    device: Option<(RequestId, DeviceConfig)>,
    closed: bool,
}

impl Jobs {
    /// Puts a job at the end of the queue. `false` when the queue is closed.
    #[must_use]
    pub fn put(&self, job: JobId, work: Job) -> bool {
        let mut state = self.lock();
        if !state.closed {
            state.waiting.push_back((job, work, Arc::default()));
            self.changed.notify_one();
        }
        !state.closed
    }

    /// Computes the jobs that begin from now on on this.
    pub fn compute_on(&self, request: RequestId, config: DeviceConfig) {
        self.lock().device = Some((request, config));
        self.changed.notify_one();
    }

    /// Takes a job out of the queue, or tells it to stop if it is being done. `true` when it had not
    /// begun, so that nobody else will say how it ended.
    #[must_use]
    pub fn cancel(&self, job: JobId) -> bool {
        let mut state = self.lock();
        if let Some((_, inbox)) = state.running.as_ref().filter(|(running, _)| *running == job) {
            inbox.cancel();
        }
        let before = state.waiting.len();
        state.waiting.retain(|(waiting, ..)| *waiting != job);
        state.waiting.len() < before
    }

    /// Tells a job something, whether it waits or is being done. Nothing happens if there is no such job.
    pub fn control(&self, job: JobId, control: Control) {
        let state = self.lock();
        let running = state.running.iter().map(|(id, inbox)| (id, inbox));
        let mut all = running.chain(state.waiting.iter().map(|(id, _, inbox)| (id, inbox)));
        if let Some((_, inbox)) = all.find(|(id, _)| **id == job) {
            inbox.put(control);
        }
    }

    /// Tells the job in progress to stop, and returns those that had not begun.
    pub fn close(&self) -> Vec<JobId> {
        let mut state = self.lock();
        state.closed = true;
        if let Some((_, inbox)) = &state.running {
            inbox.cancel();
        }
        self.changed.notify_all();
        state.waiting.drain(..).map(|(job, ..)| job).collect()
    }

    /// Waits for something to do. `None` when the queue is closed.
    fn take(&self) -> Option<NextTask> {
        let mut state = self.lock();
        state.running = None;
        loop {
            if state.closed {
                return None;
            }
            if let Some((request, config)) = state.device.take() {
                return Some(NextTask::Device(request, config));
            }
            if let Some((job, work, inbox)) = state.waiting.pop_front() {
                state.running = Some((job, Arc::clone(&inbox)));
                return Some(NextTask::Job(job, work, inbox));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No panic can happen while it is held.
    fn lock(&self) -> MutexGuard<'_, TrainerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does jobs until the queue is closed.
pub fn run(queue: &Jobs, registry: &Arc<Registry>, outbox: &Outbox) {
    let mut device = JobDevice::new(outbox.clone());
    while let Some(next) = queue.take() {
        let (job, work, inbox) = match next {
            NextTask::Device(request, config) => {
                device.serve(outbox.to(request));
                device.choose(config);
                continue;
            }
            NextTask::Job(job, work, inbox) => (job, work, inbox),
        };
        let outbox = outbox.to(job);
        device.serve(outbox.clone());
        let mut reporter = JobReporter::new(outbox, inbox, Arc::clone(registry), &mut device);
        let outcome = guard("doing a job", || jobs::run(work, registry, &mut reporter));
        reporter.end(match outcome {
            Ok(result) => JobEvent::Finished(result),
            Err(Error::Cancelled) => JobEvent::Cancelled,
            Err(Error::Fault(fault)) => JobEvent::Failed {
                message: format!("{fault} A training run can be resumed from its last checkpoint."),
            },
            Err(error) => JobEvent::Failed { message: explained(error, "the device").to_string() },
        });
        device.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DeviceChoice;
    use crate::worker::protocol::PairsOrder;

    fn some_job() -> Job {
        Job::Compare(PairsOrder { a: "a".into(), b: "b".into() })
    }

    fn taken(jobs: &Jobs) -> (JobId, Arc<Inbox>) {
        match jobs.take().unwrap() {
            NextTask::Job(job, _, inbox) => (job, inbox),
            NextTask::Device(_, config) => panic!("{config:?} is no job"),
        }
    }

    #[test]
    fn a_device_is_taken_before_the_next_job_and_the_last_choice_counts() {
        let jobs = Jobs::default();
        assert!(jobs.put(1, some_job()));
        jobs.compute_on(7, DeviceConfig::default());
        let cpu = DeviceConfig { device: DeviceChoice::Cpu, ..DeviceConfig::default() };
        jobs.compute_on(8, cpu);
        assert!(matches!(jobs.take(), Some(NextTask::Device(8, config)) if config == cpu));
        assert_eq!(taken(&jobs).0, 1);
    }

    #[test]
    fn a_job_is_cancelled_by_whoever_holds_it() {
        let jobs = Jobs::default();
        assert!(jobs.put(1, some_job()) && jobs.put(2, some_job()) && jobs.put(3, some_job()));
        let (job, inbox) = taken(&jobs);
        assert_eq!(job, 1);
        assert!(jobs.cancel(2), "2 had not begun");
        assert!(!jobs.cancel(2), "2 is gone");
        assert!(!jobs.cancel(9), "9 never was");
        assert!(!inbox.is_cancelled());
        assert!(!jobs.cancel(1), "1 says itself how it ends");
        assert!(inbox.is_cancelled());
        let (job, inbox) = taken(&jobs);
        assert_eq!((job, inbox.is_cancelled()), (3, false));
    }

    #[test]
    fn closing_stops_the_job_in_progress_and_returns_the_rest() {
        let jobs = Jobs::default();
        assert!(jobs.put(1, some_job()) && jobs.put(2, some_job()));
        let (_, inbox) = taken(&jobs);
        assert_eq!(jobs.close(), [2]);
        assert!(inbox.is_cancelled());
        assert!(!jobs.put(3, some_job()));
        assert!(jobs.take().is_none());
    }

    #[test]
    fn a_job_hears_what_it_is_told_before_and_after_it_begins() {
        let jobs = Jobs::default();
        assert!(jobs.put(1, some_job()) && jobs.put(2, some_job()));
        jobs.control(2, Control::Pause);
        jobs.control(9, Control::Save);
        let (_, first) = taken(&jobs);
        jobs.control(1, Control::Save);
        assert_eq!(first.take(), [Control::Save]);
        let (_, second) = taken(&jobs);
        jobs.control(1, Control::Save);
        jobs.control(2, Control::Continue);
        assert_eq!(second.wait().unwrap(), [Control::Pause, Control::Continue]);
        assert!(second.take().is_empty() && first.take().is_empty());
        // Whoever waits hears that it is to stop.
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| second.wait());
            assert!(!jobs.cancel(2));
            assert_eq!(waiting.join().unwrap(), None);
        });
    }
}
