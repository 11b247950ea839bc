//! The window's end of the line: it looks like a [`Worker`](crate::worker::Worker), finds the line again when it is
//! lost, and says how it stands.

mod exports;
mod far_files;
mod incoming;
mod launcher;
mod line;
mod near;
mod news;
mod requests;
mod shared;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crossbeam_channel::{Receiver, unbounded};

use super::messages::ToServer;
use super::threads::spawn;
use crate::error::Result;
use crate::worker::protocol::{Command, ModelId, Reply, Request};
use exports::Exports;
pub use far_files::FarFiles;
pub use launcher::Launcher;
use near::Near;
pub use news::LineNews;
use shared::Shared;

/// A worker on another computer.
pub struct RemoteWorker {
    shared: Arc<Shared>,
    events: Receiver<Reply>,
    news: Receiver<LineNews>,
}

impl RemoteWorker {
    /// Reaches for the other computer, and goes on trying. `wake` is called after each event and each news.
    ///
    /// # Errors
    /// Launchers that cannot be tried, and threads that the system refuses.
    pub fn connect(launcher: Launcher, wake: impl Fn() + Send + Sync + 'static) -> Result<Self> {
        launcher.check()?;
        let (events_to, events) = unbounded();
        let (news_to, news) = unbounded();
        let shared = Arc::new_cyclic(|shared: &std::sync::Weak<Shared>| {
            let line = shared.clone();
            Shared {
                requests: Mutex::default(),
                changed: Condvar::new(),
                near: Near::spawn(|| ()),
                files: FarFiles::new(move |message| {
                    if let Some(line) = line.upgrade() {
                        line.say(message);
                    }
                }),
                exports: Exports::default(),
                events: events_to,
                news: news_to,
                wake: Box::new(wake),
                closed: AtomicBool::new(false),
                received: AtomicU64::default(),
                sent: AtomicU64::default(),
                ping: Mutex::default(),
            }
        });
        let (near, replies) = (Arc::downgrade(&shared), shared.near.replies());
        spawn("near", move || {
            while let Ok(reply) = replies.recv() {
                let Some(shared) = near.upgrade() else { return };
                if let Some(reply) = shared.near.told(reply) {
                    shared.tell(reply);
                }
            }
        })?;
        let there = Arc::clone(&shared);
        spawn("line", move || line::hold(&there, &launcher))?;
        Ok(RemoteWorker { shared, events, news })
    }

    /// Tells the worker something. Never waits. [`Command::Shutdown`] is not passed on: what goes on there goes on.
    pub fn send(&self, request: Request) {
        if request.command == Command::Shutdown {
            return;
        }
        let Some(request) = self.shared.near.take(request) else { return };
        match exports::from_there(&request) {
            Some(export) => self.shared.export(request.id, export),
            None => self.shared.ask(request),
        }
    }

    /// Events of the worker, as of one on this computer.
    pub fn events(&self) -> &Receiver<Reply> {
        &self.events
    }

    /// News of the line. Those that belong before an event are there before it.
    pub fn news(&self) -> &Receiver<LineNews> {
        &self.news
    }

    /// Files there.
    pub fn files(&self) -> FarFiles {
        self.shared.files.clone()
    }

    /// Whether questions that need a model and numbers alone are answered here, and not over the line.
    pub fn answers_here(&self, model: ModelId) -> bool {
        self.shared.near.has(model)
    }

    /// Bytes that have come over the line, and that have gone.
    pub fn traffic(&self) -> (u64, u64) {
        (self.shared.received.load(Ordering::Relaxed), self.shared.sent.load(Ordering::Relaxed))
    }

    /// Gives the commands from now on.
    pub fn take_control(&self) {
        self.shared.say(ToServer::TakeControl);
    }
}

impl Drop for RemoteWorker {
    fn drop(&mut self) {
        self.shared.say(ToServer::Leave);
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.changed.notify_all();
    }
}
