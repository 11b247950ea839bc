//! The threads that do the work, and the protocol to talk to them.
//!
//! Three threads, so that nothing waits for what is slower: the *explorer* answers questions, the
//! *files* thread opens models and photos and writes exports, the *trainer* does jobs. The first two
//! compute in a rayon pool of one thread each, their own: in the shared pool a picture would wait
//! behind the pieces of a training step (10 ms instead of 1.4 in the median).

mod claims;
mod crops;
mod device;
mod explorer;
mod exports;
mod face_codes;
mod faces;
mod files;
mod imports;
mod inbox;
mod jobs;
mod mailbox;
mod maps;
mod opening;
mod origin;
mod outbox;
mod photo_search;
mod photos;
pub mod protocol;
mod registry;
mod reporter;
mod sets;
mod sidecar;
mod surveyor;
mod table;
mod trainer;
mod walk_files;
mod walks;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use mailbox::{Mailbox, Post, Question};
use outbox::{EndNotice, Outbox};
use protocol::{Command, Event, JobEvent, JobId, Reply, Request};
use registry::Registry;
use trainer::Jobs;
pub use walk_files::{read_code, read_plan};

/// The names of the models inside the program, the one to open with first.
pub fn shipped_models() -> Vec<&'static str> {
    crate::models::shipped::names()
}

/// A handle on the threads. Dropping it shuts them down and waits for their end.
pub struct Worker {
    shutdown_handle: ShutdownHandle,
    events: Receiver<Reply>,
    threads: Vec<JoinHandle<()>>,
}

/// Ends a [`Worker`] from wherever that may be, as when a signal comes.
#[derive(Clone)]
pub struct ShutdownHandle {
    mailbox: Arc<Mailbox>,
    /// To the files thread.
    requests: Sender<Request>,
    closing: Arc<AtomicBool>,
    jobs: Arc<Jobs>,
    outbox: Outbox,
    /// Nothing ever comes through it; its senders are the threads' and gone with them.
    threads: Receiver<()>,
}

impl ShutdownHandle {
    /// Cancels the job in progress, which saves itself if it is a training run, and whatever waits.
    pub fn shut_down(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.mailbox.close();
        // Nobody waits for a reply.
        self.tell_files(Request { id: 0, command: Command::Shutdown });
        for job in self.jobs.close() {
            self.tell_cancelled(job);
        }
    }

    /// Waits until the threads have ended. `false` if they have not by then.
    pub fn wait(&self, most: Duration) -> bool {
        !matches!(self.threads.recv_timeout(most), Err(RecvTimeoutError::Timeout))
    }

    fn tell_files(&self, request: Request) {
        // The receiver is gone only after a shutdown.
        let _ = self.requests.send(request);
    }

    fn tell_cancelled(&self, job: JobId) {
        self.outbox.to(job).send(Event::Job(JobEvent::Cancelled));
    }
}

impl Worker {
    /// Starts the threads. `wake` is called after each event, on whatever thread it came from, and has
    /// to return at once. A thread that the system refuses is told by [`Event::Failed`] and [`Event::Stopped`].
    pub fn spawn(wake: impl Fn() + Send + Sync + 'static) -> Worker {
        let (sender, events) = unbounded();
        let (requests, to_files) = unbounded();
        let (alive, ended) = bounded(0);
        let shutdown_handle = ShutdownHandle {
            mailbox: Arc::default(),
            requests,
            closing: Arc::default(),
            jobs: Arc::default(),
            outbox: Outbox::new(sender, wake),
            threads: ended,
        };
        let mut worker = Worker { shutdown_handle: shutdown_handle.clone(), events, threads: Vec::new() };
        let registry = Arc::new(Registry::default());
        worker.start("explorer", alive.clone(), {
            let (mailbox, registry) = (shutdown_handle.mailbox, Arc::clone(&registry));
            move |outbox| in_own_pool(|| explorer::run(&mailbox, &registry, outbox))
        });
        worker.start("files", alive.clone(), {
            let (closing, registry) = (shutdown_handle.closing, Arc::clone(&registry));
            move |outbox| in_own_pool(|| files::run(&to_files, &closing, &registry, outbox))
        });
        worker.start("trainer", alive, {
            let jobs = shutdown_handle.jobs;
            move |outbox| trainer::run(&jobs, &registry, outbox)
        });
        worker
    }

    fn start(&mut self, name: &str, alive: Sender<()>, body: impl FnOnce(&Outbox) + Send + 'static) {
        let farewell = EndNotice(self.shutdown_handle.outbox.clone());
        let body = move || {
            let _alive = alive;
            body(&farewell.0);
        };
        match std::thread::Builder::new().name(name.into()).spawn(body) {
            Ok(handle) => self.threads.push(handle),
            Err(error) => self.shutdown_handle.outbox.fail(format!(
                "The system refused to start the thread '{name}' ({error}). Close other programs and start again."
            )),
        }
    }

    /// Handle that ends it from elsewhere.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        self.shutdown_handle.clone()
    }

    /// Tells the worker something. Never waits. After [`Command::Shutdown`] nothing is done any more.
    pub fn send(&self, request: Request) {
        let ShutdownHandle { mailbox, jobs, .. } = &self.shutdown_handle;
        let Request { id, command } = request;
        match command {
            Command::Ask { slot, query } => mailbox.put(Question { slot, request: id, query }),
            Command::Withdraw(slot) => mailbox.withdraw(Post::new(slot, id)),
            Command::ComputeOn(config) => jobs.compute_on(id, config),
            Command::Start(work) => {
                if !jobs.put(id, work) {
                    self.shutdown_handle.tell_cancelled(id);
                }
            }
            Command::Cancel(job) => {
                if jobs.cancel(job) {
                    self.shutdown_handle.tell_cancelled(job);
                }
            }
            Command::Control { job, control } => jobs.control(job, control),
            Command::Shutdown => self.shutdown_handle.shut_down(),
            command => self.shutdown_handle.tell_files(Request { id, command }),
        }
    }

    /// Events of the worker. The channel has no limit: read it often. At the end each thread says
    /// [`Event::Stopped`].
    pub fn events(&self) -> &Receiver<Reply> {
        &self.events
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shutdown_handle.shut_down();
        for thread in self.threads.drain(..) {
            // A panic has been told by then.
            let _ = thread.join();
        }
    }
}

/// Runs `body` as the only thread of a rayon pool, so that parallel code in it never waits for another
/// thread's.
fn in_own_pool(body: impl FnOnce()) {
    // Only a thread that is in a pool already is refused, and ours are new.
    let _pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    body();
}
