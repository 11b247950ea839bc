//! The way from the server to one window: news wait here, merged, until the line has room, and stay until they have
//! arrived, so that a line that is lost costs nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::remote::frames;
use crate::remote::merge::{add_job_event, add_news};
use crate::remote::messages::{News, ToWindow};
use crate::worker::protocol::{Event, Job, JobEvent, JobId, Reply};

/// Bytes on their way that have not arrived: what a good line carries while an answer goes there and back. More would
/// only wait in it, and make what comes next late.
const ON_THE_WAY: usize = 512 << 10;

/// News for one window.
#[derive(Default)]
pub struct Outgoing {
    /// Told first: what somebody waits for.
    urgent: Vec<News>,
    /// Events of jobs, in order for each.
    jobs: BTreeMap<JobId, JobNews>,
    /// Sent and not seen, with the number of each.
    unseen: VecDeque<(u64, Arc<[u8]>)>,
    /// The next of these to send, after the line was lost.
    again: usize,
    /// The number of the last news sent.
    last: u64,
}

#[derive(Default)]
struct JobNews {
    /// Its order, if the window does not know it yet.
    work: Option<Box<Job>>,
    events: Vec<JobEvent>,
}

impl Outgoing {
    /// Appends an event.
    pub fn reply(&mut self, reply: Reply) {
        match reply {
            Reply { to: Some(job), event: Event::Job(event) } => {
                add_job_event(&mut self.jobs.entry(job).or_default().events, event);
            }
            reply => add_news(&mut self.urgent, News::Reply(reply)),
        }
    }

    /// Appends a job that the window has not started, and what it has told so far.
    pub fn job(&mut self, job: JobId, work: Box<Job>, events: Vec<JobEvent>) {
        self.jobs.insert(job, JobNews { work: Some(work), events });
    }

    /// Says who gives the commands.
    pub fn control(&mut self, own: bool, windows: usize) {
        add_news(&mut self.urgent, News::Control { own, windows });
    }

    /// News up to this number have arrived.
    pub fn seen(&mut self, number: u64) {
        while self.unseen.front().is_some_and(|(first, _)| *first <= number) {
            self.unseen.pop_front();
            self.again = self.again.saturating_sub(1);
        }
    }

    /// The line is new: what has not been seen is told again.
    pub fn begin_again(&mut self, seen: u64) {
        self.again = 0;
        self.seen(seen);
    }

    /// The next frame, if the line has room for it.
    pub fn next(&mut self) -> Option<Arc<[u8]>> {
        if let Some((_, frame)) = self.unseen.get(self.again) {
            self.again += 1;
            return Some(Arc::clone(frame));
        }
        let on_the_way: usize = self.unseen.iter().map(|(_, frame)| frame.len()).sum();
        if on_the_way >= ON_THE_WAY {
            return None;
        }
        let number = self.last + 1;
        let news = self.take()?;
        let to = match &news {
            News::Reply(reply) => reply.to,
            _ => None,
        };
        let is_job = matches!(&news, News::Job(..) | News::Reply(Reply { event: Event::Job(_), .. }));
        let frame = frames::frame(&ToWindow::News(number, news)).or_else(|error| {
            // Whoever waits hears why nothing comes, as with a path that is no text.
            let message = error.to_string();
            let event = match is_job {
                true => Event::Job(JobEvent::Warning { message }),
                false => Event::Failed { message },
            };
            frames::frame(&ToWindow::News(number, News::Reply(Reply { to, event })))
        });
        // The second is a sentence.
        let frame: Arc<[u8]> = frame.ok()?.into();
        self.last = number;
        self.unseen.push_back((number, Arc::clone(&frame)));
        self.again = self.unseen.len();
        Some(frame)
    }

    fn take(&mut self) -> Option<News> {
        if !self.urgent.is_empty() {
            return Some(self.urgent.remove(0));
        }
        let mut entry = self.jobs.first_entry()?;
        let job = *entry.key();
        let news = entry.get_mut();
        if let Some(work) = news.work.take() {
            return Some(News::Job(job, work));
        }
        if news.events.is_empty() {
            entry.remove();
            return self.take();
        }
        let event = news.events.remove(0);
        Some(News::Reply(Reply { to: Some(job), event: Event::Job(event) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::protocol::StepReport;

    fn steps(first: usize, count: usize) -> Reply {
        let report = |step| StepReport { step, ..StepReport::default() };
        let event = JobEvent::Steps((first..first + count).map(report).collect());
        Reply { to: Some(1), event: Event::Job(event) }
    }

    fn read(frame: &[u8]) -> (u64, News) {
        match frames::read(&mut &*frame).unwrap().unwrap() {
            ToWindow::News(number, news) => (number, news),
            other => panic!("{other:?}"),
        }
    }

    fn all(outgoing: &mut Outgoing) -> Vec<(u64, News)> {
        std::iter::from_fn(|| outgoing.next().map(|frame| read(&frame))).collect()
    }

    #[test]
    fn after_a_loss_what_was_not_seen_comes_again_and_nothing_twice() {
        let mut outgoing = Outgoing::default();
        for n in 0..5 {
            outgoing.reply(Reply { to: Some(n), event: Event::Closed });
        }
        let sent = all(&mut outgoing);
        assert_eq!(sent.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        outgoing.seen(2);
        outgoing.reply(Reply { to: Some(9), event: Event::Solving });
        outgoing.begin_again(3);
        let again = all(&mut outgoing);
        assert_eq!(again[..2], sent[3..]);
        assert_eq!(again[2], (6, News::Reply(Reply { to: Some(9), event: Event::Solving })));
        assert_eq!(again.len(), 3);
        outgoing.seen(6);
        assert!(all(&mut outgoing).is_empty());
    }

    #[test]
    fn a_full_line_holds_news_back_and_they_merge_meanwhile() {
        let mut outgoing = Outgoing::default();
        let mut sent = Vec::new();
        for n in 0..20_000 {
            outgoing.reply(steps(n * 20, 20));
            sent.extend(all(&mut outgoing));
        }
        let bytes: usize = outgoing.unseen.iter().map(|(_, frame)| frame.len()).sum();
        assert!(bytes < 2 * ON_THE_WAY, "{bytes}");
        let before = sent.len();
        outgoing.seen(before as u64);
        sent.extend(all(&mut outgoing));
        assert_eq!(sent.len(), before + 1, "all that waited is one event");
        let steps: Vec<usize> = sent
            .into_iter()
            .flat_map(|(_, news)| match news {
                News::Reply(Reply { event: Event::Job(JobEvent::Steps(reports)), .. }) => reports,
                other => panic!("{other:?}"),
            })
            .map(|report| report.step)
            .collect();
        assert_eq!(steps, (0..400_000).collect::<Vec<_>>(), "no step is lost or told twice");
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_sent_is_told_as_such() {
        use std::os::unix::ffi::OsStringExt;
        let odd = std::ffi::OsString::from_vec(vec![b'a', 0xff]);
        let mut outgoing = Outgoing::default();
        outgoing.reply(Reply { to: Some(4), event: Event::ImportKept(odd.into()) });
        outgoing.reply(Reply { to: Some(5), event: Event::Closed });
        let told: Vec<News> = all(&mut outgoing).into_iter().map(|(_, news)| news).collect();
        let failed =
            |news: &News| matches!(news, News::Reply(Reply { to: Some(4), event: Event::Failed { .. } }));
        assert!(failed(&told[0]) && told.len() == 2, "{told:?}");
    }

    #[test]
    fn an_answer_goes_before_the_events_of_jobs() {
        let mut outgoing = Outgoing::default();
        outgoing.job(1, Box::new(Job::VerifyCache), vec![JobEvent::Paused]);
        outgoing.reply(Reply { to: Some(2), event: Event::Closed });
        let order: Vec<News> = all(&mut outgoing).into_iter().map(|(_, news)| news).collect();
        assert_eq!(order[0], News::Reply(Reply { to: Some(2), event: Event::Closed }));
        assert_eq!(order[1], News::Job(1, Box::new(Job::VerifyCache)));
        assert_eq!(order.len(), 3);
    }
}
