//! Common ground of the threads of a line: the window's, the line's, and those that bring files.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::exports::Exports;
use super::far_files::FarFiles;
use super::near::Near;
use super::news::LineNews;
use super::requests::Requests;
use crate::error::Error;
use crate::remote::messages::ToServer;
use crate::worker::protocol::{Command, Event, JobEvent, Reply, Request};

/// Common ground of the threads of a line.
pub struct Shared {
    pub requests: Mutex<Requests>,
    /// Something is to be sent, or all is over.
    pub changed: Condvar,
    pub near: Near,
    pub files: FarFiles,
    pub exports: Exports,
    pub events: Sender<Reply>,
    pub news: Sender<LineNews>,
    pub wake: Box<dyn Fn() + Send + Sync>,
    /// The window is gone.
    pub closed: AtomicBool,
    /// Bytes that came over the line, and that went.
    pub received: AtomicU64,
    pub sent: AtomicU64,
    /// When the last ping left, and its number.
    pub ping: Mutex<(u64, Option<Instant>)>,
}

impl Shared {
    pub fn ask(&self, request: Request) {
        self.lock().put(request);
        self.changed.notify_all();
    }

    pub fn say(&self, message: ToServer) {
        self.lock().say(message);
        self.changed.notify_all();
    }

    /// Tells whoever asked that it cannot be asked, as with a path that is no text.
    pub fn cannot_say(&self, message: &ToServer, error: &Error) {
        let ToServer::Request(Request { id, command }) = message else { return };
        let message = error.to_string();
        let event = match command {
            Command::Start(_) => Event::Job(JobEvent::Failed { message }),
            _ => Event::Failed { message },
        };
        let reply = self.lock().own(Reply { to: Some(*id), event });
        self.tell(reply);
    }

    /// Tells the window an event. When there is none any more, nobody misses it.
    pub fn tell(&self, reply: Reply) {
        let _ = self.events.send(reply);
        (self.wake)();
    }

    pub fn tell_news(&self, news: LineNews) {
        let _ = self.news.send(news);
        (self.wake)();
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// The number of a ping that leaves now.
    pub fn begin_ping(&self) -> u64 {
        let mut ping = self.ping.lock().unwrap_or_else(PoisonError::into_inner);
        *ping = (ping.0 + 1, Some(Instant::now()));
        ping.0
    }

    /// No panic can happen while it is held.
    pub fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
