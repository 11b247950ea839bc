//! All that the jobs of a server have told, so that a window that comes later sees them from their beginning.

use std::collections::BTreeMap;

use crate::remote::merge::{add_job_event, is_fleeting};
use crate::worker::protocol::{Job, JobEvent, JobId, StepReport};

/// Jobs that have ended and are still told.
const ENDED: usize = 20;
/// Steps of a job that are told: more than a plot has pixels. Of older ones every second goes when they are too many.
const MOST_STEPS: usize = 100_000;
/// Reports on codes that are told, the newest.
const MOST_COLLAPSES: usize = 300;

/// Jobs by number, the oldest first.
#[derive(Default)]
pub struct Journal(BTreeMap<JobId, JobRecord>);

struct JobRecord {
    work: Box<Job>,
    events: Vec<JobEvent>,
    has_ended: bool,
}

impl Journal {
    /// Notes a job that was started.
    pub fn begin(&mut self, job: JobId, work: Box<Job>) {
        self.0.insert(job, JobRecord { work, events: Vec::new(), has_ended: false });
    }

    /// Notes what a job tells.
    pub fn note(&mut self, job: JobId, event: &JobEvent) {
        let Some(record) = self.0.get_mut(&job) else { return };
        // Only the newest of these is worth telling, whatever has happened since; what codes carry makes curves.
        match event {
            JobEvent::Collapse(_) => {
                let is_one = |event: &JobEvent| matches!(event, JobEvent::Collapse(_));
                if record.events.iter().filter(|event| is_one(event)).count() >= MOST_COLLAPSES {
                    record.events.iter().position(is_one).map(|at| record.events.remove(at));
                }
                record.events.push(event.clone());
            }
            event if is_fleeting(event) => {
                let kind = std::mem::discriminant(event);
                record.events.retain(|old| std::mem::discriminant(old) != kind);
                record.events.push(event.clone());
            }
            event => add_job_event(&mut record.events, event.clone()),
        }
        if matches!(event, JobEvent::Steps(_)) {
            thin(&mut record.events);
        }
        if matches!(event, JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled) {
            record.has_ended = true;
            self.forget();
        }
    }

    /// Whether a job goes on or waits.
    pub fn is_busy(&self) -> bool {
        self.0.values().any(|record| !record.has_ended)
    }

    /// Whether every window hears of a job.
    pub fn is_for_all(&self, job: JobId) -> bool {
        self.0.get(&job).is_some_and(|record| is_for_all(&record.work))
    }

    /// Jobs with all that they have told.
    pub fn told(&self) -> impl Iterator<Item = (JobId, Box<Job>, Vec<JobEvent>)> {
        self.0.iter().map(|(job, record)| (*job, record.work.clone(), record.events.clone()))
    }

    /// Forgets the oldest of those that have ended.
    fn forget(&mut self) {
        let ended: Vec<JobId> = self.0.iter().filter(|(_, job)| job.has_ended).map(|(id, _)| *id).collect();
        for job in &ended[..ended.len().saturating_sub(ENDED)] {
            self.0.remove(job);
        }
    }
}

/// Whether every window hears of a job: of trainings, which all may follow.
pub fn is_for_all(work: &Job) -> bool {
    matches!(work, Job::Train(_) | Job::Resume(_) | Job::Fork(_) | Job::DemonstrateCollapse(_))
}

/// Halves the older steps when there are too many; the last thousand stay whole.
fn thin(events: &mut Vec<JobEvent>) {
    let count = |events: &[JobEvent]| events.iter().map(|event| reports(event).len()).sum::<usize>();
    let total = count(events);
    if total <= MOST_STEPS {
        return;
    }
    let (mut seen, whole) = (0, total - 1000);
    for event in events.iter_mut() {
        if let JobEvent::Steps(reports) = event {
            reports.retain(|_| {
                seen += 1;
                seen > whole || seen % 2 == 0
            });
        }
    }
    events.retain(|event| !matches!(event, JobEvent::Steps(reports) if reports.is_empty()));
}

fn reports(event: &JobEvent) -> &[StepReport] {
    match event {
        JobEvent::Steps(reports) => reports,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: usize) -> JobEvent {
        JobEvent::Steps(vec![StepReport { step, ..StepReport::default() }])
    }

    fn told(journal: &Journal, job: JobId) -> Vec<JobEvent> {
        journal.told().find(|(id, ..)| *id == job).unwrap().2
    }

    #[test]
    fn a_job_is_told_from_its_beginning_in_few_events() {
        let mut journal = Journal::default();
        journal.begin(5, Box::new(Job::VerifyCache));
        journal.note(9, &JobEvent::Paused);
        (0..1000).for_each(|n| journal.note(5, &step(n)));
        journal.note(5, &JobEvent::Paused);
        (1000..1500).for_each(|n| journal.note(5, &step(n)));
        let events = told(&journal, 5);
        assert_eq!((events.len(), reports(&events[0]).len(), reports(&events[2]).len()), (3, 1000, 500));
        assert!(journal.is_busy());
        journal.note(5, &JobEvent::Cancelled);
        assert!(!journal.is_busy());
        assert_eq!(told(&journal, 5).len(), 4, "its end is told too");
    }

    #[test]
    fn a_long_job_is_thinned_and_keeps_its_ends() {
        let mut journal = Journal::default();
        journal.begin(1, Box::new(Job::VerifyCache));
        (1..=3 * MOST_STEPS).for_each(|n| journal.note(1, &step(n)));
        let events = told(&journal, 1);
        let steps: Vec<usize> = events.iter().flat_map(reports).map(|report| report.step).collect();
        assert!(steps.len() <= MOST_STEPS && steps.len() > MOST_STEPS / 3, "{}", steps.len());
        assert!(steps.is_sorted() && steps[0] < 100 && steps.last() == Some(&(3 * MOST_STEPS)));
    }

    #[test]
    fn old_jobs_that_have_ended_are_forgotten() {
        let mut journal = Journal::default();
        for job in 0..50 {
            journal.begin(job, Box::new(Job::VerifyCache));
            if job > 0 {
                journal.note(job, &JobEvent::Cancelled);
            }
        }
        let jobs: Vec<JobId> = journal.told().map(|(job, ..)| job).collect();
        assert_eq!(jobs[..2], [0, 30], "what still goes on stays");
    }
}
