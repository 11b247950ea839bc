//! Merging of news that wait: of what is said again and again only the newest counts, and steps that follow each other
//! are one event. So a line that is slow, or gone for a while, never has more before it than it needs.

use super::messages::News;
use crate::worker::protocol::{Event, JobEvent, Reply};

/// Puts `event` behind those of the same job, or into one of them.
pub fn add_job_event(events: &mut Vec<JobEvent>, event: JobEvent) {
    // Whatever else comes between keeps its place among the steps: a change, a validation, a pause.
    let passing = |event: &JobEvent| is_fleeting(event) || matches!(event, JobEvent::Steps(_));
    let since = events.iter().rposition(|event| !passing(event)).map_or(0, |at| at + 1);
    let alike = |other: &&mut JobEvent| std::mem::discriminant(*other) == std::mem::discriminant(&event);
    let before = if passing(&event) { events[since..].iter_mut().find(alike) } else { None };
    match (before, event) {
        (Some(JobEvent::Steps(reports)), JobEvent::Steps(more)) => reports.extend(more),
        (Some(before), event) => *before = event,
        (None, event) => events.push(event),
    }
}

/// Whether only the newest of its kind counts.
pub fn is_fleeting(event: &JobEvent) -> bool {
    matches!(
        event,
        JobEvent::Progress(_)
            | JobEvent::Map(_)
            | JobEvent::Pictures(_)
            | JobEvent::Prior(_)
            | JobEvent::Collapse(_)
    )
}

/// Puts news that are about no job behind the others, in place of what they make void.
pub fn add_news(waiting: &mut Vec<News>, news: News) {
    let void = |old: &News| match (old, &news) {
        (News::Control { .. }, News::Control { .. }) => true,
        (News::Reply(old), News::Reply(new)) => makes_void(old, new),
        _ => false,
    };
    waiting.retain(|old| !void(old));
    waiting.push(news);
}

fn makes_void(old: &Reply, new: &Reply) -> bool {
    match (&old.event, &new.event) {
        (Event::Answered { slot: old, .. }, Event::Answered { slot: new, .. }) => old == new,
        (Event::Device(_), Event::Device(_)) => true,
        (Event::Busy { .. } | Event::Idle, Event::Busy { .. } | Event::Idle) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::protocol::{Answer, Progress, Slot, StepReport};

    fn steps(range: std::ops::Range<usize>) -> JobEvent {
        JobEvent::Steps(range.map(|step| StepReport { step, ..StepReport::default() }).collect())
    }

    fn progress(done: usize) -> JobEvent {
        JobEvent::Progress(Progress { done, ..Progress::default() })
    }

    fn merged(events: Vec<JobEvent>) -> Vec<JobEvent> {
        events.into_iter().fold(Vec::new(), |mut merged, event| {
            add_job_event(&mut merged, event);
            merged
        })
    }

    #[test]
    fn steps_are_kept_and_progress_is_replaced() {
        let events = merged(vec![progress(1), steps(0..3), progress(2), steps(3..5), progress(3)]);
        assert_eq!(events, [progress(3), steps(0..5)]);
    }

    #[test]
    fn nothing_moves_past_what_happened_in_between() {
        let events =
            merged(vec![steps(0..2), JobEvent::Paused, steps(2..3), JobEvent::Continued, steps(3..4)]);
        let expected = [steps(0..2), JobEvent::Paused, steps(2..3), JobEvent::Continued, steps(3..4)];
        assert_eq!(events, expected);
    }

    #[test]
    fn only_the_newest_answer_of_a_slot_waits() {
        let answer = |slot, to, n| {
            News::Reply(Reply {
                to: Some(to),
                event: Event::Answered { slot, answer: Answer::Direction(vec![n]) },
            })
        };
        let failed = News::Reply(Reply { to: Some(4), event: Event::Failed { message: "no".into() } });
        let mut waiting = Vec::new();
        for news in [
            answer(Slot::Explore, 1, 1.0),
            answer(Slot::Samples, 2, 2.0),
            failed.clone(),
            answer(Slot::Explore, 3, 3.0),
        ] {
            add_news(&mut waiting, news);
        }
        assert_eq!(waiting, [answer(Slot::Samples, 2, 2.0), failed, answer(Slot::Explore, 3, 3.0)]);
    }
}
