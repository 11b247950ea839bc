//! The window's end of the line: it looks like a [`Worker`](crate::worker::Worker), finds the line again when it is lost,
//! and says how it stands.

mod exports;
mod far_files;
mod launcher;
mod line;
mod near;
mod requests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::messages::{Attached, News, ToServer, ToWindow};
use crate::error::{Error, Result};
use crate::worker::protocol::{Command, Event, Job, JobId, ModelId, Reply, Request};
use exports::Exports;
pub use far_files::FarFiles;
pub use launcher::Launcher;
use near::Near;
use requests::Requests;

/// News of the line, for the window.
#[derive(Clone, Debug, PartialEq)]
pub enum LineNews {
    /// It stands.
    Connected {
        /// Name of the other computer.
        host: String,
        /// Where new runs are kept there.
        runs_folder: PathBuf,
    },
    /// It does not; the next attempt begins after a while.
    Lost {
        /// Why, in a sentence.
        reason: String,
        /// Attempts since it stood.
        attempts: u32,
        /// Until the next one.
        wait: Duration,
    },
    /// The program there is another than before: nothing is open there any more.
    Restarted,
    /// The time that a message takes there and back.
    Latency(Duration),
    /// Who gives the commands.
    Control {
        /// Whether it is this window.
        own: bool,
        /// Windows that look at the same worker.
        windows: usize,
    },
    /// A job that this window has not started. Its events follow.
    Job(JobId, Box<Job>),
}

/// A worker on another computer.
pub struct RemoteWorker {
    shared: Arc<Shared>,
    events: Receiver<Reply>,
    news: Receiver<LineNews>,
}

/// What the threads of a line have in common.
struct Shared {
    requests: Mutex<Requests>,
    /// Something is to be sent, or all is over.
    changed: Condvar,
    near: Near,
    files: FarFiles,
    exports: Exports,
    events: Sender<Reply>,
    news: Sender<LineNews>,
    wake: Box<dyn Fn() + Send + Sync>,
    /// The window is gone.
    closed: AtomicBool,
    /// When the last ping left, and its number.
    ping: Mutex<(u64, Option<Instant>)>,
}

impl RemoteWorker {
    /// Reaches for the other computer, and goes on trying. `wake` is called after each event and each news.
    ///
    /// # Errors
    /// What cannot be tried, and threads that the system refuses.
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

impl Shared {
    fn ask(&self, request: Request) {
        self.lock().put(request);
        self.changed.notify_all();
    }

    fn say(&self, message: ToServer) {
        self.lock().say(message);
        self.changed.notify_all();
    }

    /// Tells the window an event. When there is none any more, nobody misses it.
    fn tell(&self, reply: Reply) {
        let _ = self.events.send(reply);
        (self.wake)();
    }

    fn tell_news(&self, news: LineNews) {
        let _ = self.news.send(news);
        (self.wake)();
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Takes a message of the server in.
    ///
    /// # Errors
    /// The end of the server.
    fn take(self: &Arc<Self>, message: ToWindow) -> Result<()> {
        self.lock().heard();
        match message {
            ToWindow::Attached(attached) => self.attached(&attached),
            ToWindow::News(number, news) => {
                let is_new = self.lock().is_new(number);
                self.changed.notify_all();
                if is_new {
                    self.take_news(news);
                }
            }
            ToWindow::Pong { ping, received } => {
                self.lock().arrived(received);
                let sent = *self.ping.lock().unwrap_or_else(PoisonError::into_inner);
                if let (number, Some(at)) = sent
                    && number == ping
                {
                    self.tell_news(LineNews::Latency(at.elapsed()));
                }
            }
            ToWindow::File(id, answer) => self.files.answered(id, answer),
            ToWindow::Ending(why) => return Err(Error::Invalid(why)),
        }
        Ok(())
    }

    /// The number of a ping that leaves now.
    fn begin_ping(&self) -> u64 {
        let mut ping = self.ping.lock().unwrap_or_else(PoisonError::into_inner);
        *ping = (ping.0 + 1, Some(Instant::now()));
        ping.0
    }

    fn attached(&self, attached: &Attached) {
        let is_other = self.lock().attached(attached);
        self.changed.notify_all();
        let Attached { host, runs_folder, .. } = attached.clone();
        self.tell_news(LineNews::Connected { host, runs_folder });
        if is_other {
            self.near.forget_all();
            self.exports.forget_all();
            self.tell_news(LineNews::Restarted);
        }
    }

    fn take_news(self: &Arc<Self>, news: News) {
        match news {
            News::Job(job, work) => self.tell_news(LineNews::Job(job, work)),
            News::Control { own, windows } => self.tell_news(LineNews::Control { own, windows }),
            News::Reply(reply) => {
                let reply = self.lock().own(reply);
                if let Event::ModelOpened(info) = &reply.event
                    && let Some(path) = self.near.opened(info)
                {
                    let (shared, model) = (Arc::clone(self), info.id);
                    // Until a copy is here, and if there never is one, questions are answered there.
                    let _ = spawn("copy of a model", move || drop(shared.near.fetch(&shared.files, model, path)));
                }
                if let Some(reply) = self.exports.take(self, reply) {
                    self.tell(reply);
                }
            }
        }
    }

    /// No panic can happen while it is held.
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let refused = |error| Error::Invalid(format!("the system refused to start the thread '{name}' ({error})"));
    thread::Builder::new().name(name.into()).spawn(body).map(drop).map_err(refused)
}
