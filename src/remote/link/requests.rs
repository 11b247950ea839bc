//! The way from a window to the server: requests wait here until the server has them, so that a line that is lost costs
//! none, and none is done twice.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::remote::messages::{Attach, Attached, ServerId, ToServer, WindowId, on_line, window_of};
use crate::worker::protocol::{Command, JobId, Reply, Request, RequestId};

/// Requests and what else goes to the server.
#[derive(Default)]
pub struct Requests {
    /// Server and number there, once that is known.
    here: Option<(ServerId, WindowId)>,
    /// The last news that have arrived.
    seen: u64,
    /// Not known to have arrived, in order, with the window's own numbers.
    waiting: VecDeque<Request>,
    /// Number of them that were sent on this line.
    sent: usize,
    /// Messages of this line only.
    direct: VecDeque<ToServer>,
    is_connected: bool,
    /// When the last message came.
    heard: Option<Instant>,
}

impl Requests {
    /// The first message on a new line.
    pub fn attach(&mut self) -> ToServer {
        self.is_connected = false;
        self.direct.clear();
        ToServer::Attach(Attach { back: self.here, seen: self.seen })
    }

    /// The server has answered. Whether it is another than before, which knows nothing of what was asked.
    pub fn attached(&mut self, attached: &Attached) -> bool {
        let is_other = self.here.is_some() && !attached.resumed;
        if is_other {
            self.waiting.clear();
        }
        if !attached.resumed {
            self.seen = 0;
        }
        self.here = Some((attached.server, attached.window));
        self.sent = 0;
        self.is_connected = true;
        self.arrived(attached.received);
        is_other
    }

    /// Whether the server has answered on this line.
    pub fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// A message has come.
    pub fn heard(&mut self) {
        self.heard = Some(Instant::now());
    }

    /// Time since the last message.
    pub fn silence(&self) -> Duration {
        self.heard.map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// The line is lost.
    pub fn lost(&mut self) {
        self.is_connected = false;
    }

    /// Requests up to this one have arrived.
    pub fn arrived(&mut self, received: RequestId) {
        let Some((_, window)) = self.here else { return };
        while self.waiting.front().is_some_and(|request| on_line(window, request.id) <= received) {
            self.waiting.pop_front();
            self.sent = self.sent.saturating_sub(1);
        }
    }

    /// Sends a request, now or when there is a line.
    pub fn put(&mut self, request: Request) {
        // An older question in the slot that has not left is asked no more.
        if let Command::Ask { slot, .. } = &request.command {
            let mut at = self.sent;
            while at < self.waiting.len() {
                match &self.waiting[at].command {
                    Command::Ask { slot: other, .. } if other == slot => drop(self.waiting.remove(at)),
                    _ => at += 1,
                }
            }
        }
        self.waiting.push_back(request);
    }

    /// Sends what is of this line only; nothing without one.
    pub fn say(&mut self, message: ToServer) {
        if self.is_connected {
            self.direct.push_back(message);
        }
    }

    /// Whether news of this number are new.
    pub fn is_new(&mut self, number: u64) -> bool {
        let is_new = number > self.seen;
        self.seen = self.seen.max(number);
        // One is enough for all before it.
        self.direct.retain(|message| !matches!(message, ToServer::Seen(_)));
        self.say(ToServer::Seen(self.seen));
        is_new
    }

    /// The next message for the line, if there is one.
    pub fn next(&mut self) -> Option<ToServer> {
        if !self.is_connected {
            return None;
        }
        if let Some(message) = self.direct.pop_front() {
            return Some(message);
        }
        let (_, window) = self.here?;
        let request = self.waiting.get(self.sent)?.clone();
        self.sent += 1;
        Some(ToServer::Request(Request {
            id: on_line(window, request.id),
            command: on_the_line(window, request.command),
        }))
    }

    /// A reply with the window's own numbers; jobs of others keep those of the line.
    pub fn own(&self, reply: Reply) -> Reply {
        let Some((_, window)) = self.here else { return reply };
        Reply { to: reply.to.map(|id| own_id(window, id)), ..reply }
    }
}

fn own_id(window: WindowId, id: RequestId) -> RequestId {
    if window_of(id) == window { id ^ on_line(window, 0) } else { id }
}

/// The command with the numbers of jobs as they are on the line.
fn on_the_line(window: WindowId, command: Command) -> Command {
    let job_of = |job: JobId| if window_of(job) == 0 { on_line(window, job) } else { job };
    match command {
        Command::Cancel(job) => Command::Cancel(job_of(job)),
        Command::Control { job, control } => Command::Control { job: job_of(job), control },
        command => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::protocol::{Event, Query, Slot};

    fn attached(server: ServerId, resumed: bool, received: RequestId) -> Attached {
        Attached { server, window: 3, resumed, received, host: "desk".into(), runs_folder: "runs".into() }
    }

    fn ids(requests: &mut Requests) -> Vec<u64> {
        std::iter::from_fn(|| requests.next())
            .filter_map(|message| match message {
                ToServer::Request(request) => Some(request.id ^ on_line(3, 0)),
                _ => None,
            })
            .collect()
    }

    fn put(requests: &mut Requests, id: u64) {
        requests.put(Request { id, command: Command::ListClaims });
    }

    #[test]
    fn what_had_not_arrived_is_sent_again_on_the_next_line() {
        let mut requests = Requests::default();
        (1..=3).for_each(|id| put(&mut requests, id));
        assert!(ids(&mut requests).is_empty(), "no line yet");
        assert!(!requests.attached(&attached(1, false, 0)));
        assert_eq!(ids(&mut requests), [1, 2, 3]);
        requests.lost();
        put(&mut requests, 4);
        assert!(ids(&mut requests).is_empty());
        requests.attach();
        assert!(!requests.attached(&attached(1, true, on_line(3, 2))));
        assert_eq!(ids(&mut requests), [3, 4]);
        requests.arrived(on_line(3, 4));
        assert!(requests.waiting.is_empty());
    }

    #[test]
    fn another_server_is_told_nothing_of_what_the_old_one_was_asked() {
        let mut requests = Requests::default();
        requests.attached(&attached(1, false, 0));
        put(&mut requests, 1);
        assert!(requests.is_new(5) && !requests.is_new(5));
        assert!(requests.attached(&attached(2, false, 0)));
        assert!(ids(&mut requests).is_empty());
        assert!(requests.is_new(1), "it counts from the beginning");
    }

    #[test]
    fn only_the_newest_question_of_a_slot_leaves() {
        let mut requests = Requests::default();
        let ask = |id, slot| Request {
            id,
            command: Command::Ask { slot, query: Query::Decode { model: 1, codes: vec![] } },
        };
        requests.put(ask(1, Slot::Explore));
        requests.put(ask(2, Slot::Samples));
        requests.put(ask(3, Slot::Explore));
        requests.attached(&attached(1, false, 0));
        assert_eq!(ids(&mut requests), [2, 3]);
    }

    #[test]
    fn jobs_have_the_numbers_of_the_line_there_and_own_ones_here() {
        let mut requests = Requests::default();
        requests.attached(&attached(1, false, 0));
        requests.put(Request { id: 8, command: Command::Cancel(7) });
        requests.put(Request { id: 9, command: Command::Cancel(on_line(2, 7)) });
        let sent: Vec<_> = std::iter::from_fn(|| requests.next()).collect();
        let cancel =
            |id, job| ToServer::Request(Request { id: on_line(3, id), command: Command::Cancel(job) });
        assert_eq!(sent, [cancel(8, on_line(3, 7)), cancel(9, on_line(2, 7))]);
        let own = |to| requests.own(Reply { to: Some(to), event: Event::Closed }).to;
        assert_eq!((own(on_line(3, 7)), own(on_line(2, 7))), (Some(7), Some(on_line(2, 7))));
    }
}
