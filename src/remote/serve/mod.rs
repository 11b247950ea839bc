//! The server: a worker that windows on other computers look at. It lives on when the line to a window is lost, and when
//! all windows are gone as long as it has something to do.

mod connection;
mod files;
mod journal;
mod outgoing;
mod places;
mod relay;
mod state;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, unbounded};

use crate::config::DeviceConfig;
use crate::error::{Error, Result};
use crate::remote::messages::{Attached, ServerId, WindowId};
use crate::signals;
use crate::worker::Worker;
use crate::worker::protocol::{Command, Request};

pub use places::default_socket;
pub use relay::{DetachedServer, relay};
use state::ServerState;

/// How often it looks whether it is to end.
const POLL: Duration = Duration::from_millis(200);

/// A worker and those who look at it.
struct Server {
    id: ServerId,
    worker: Worker,
    state: Mutex<ServerState>,
    /// Something waits to be sent, or a connection is not the window's any more.
    changed: Condvar,
    /// Where files for the way lie.
    scratch: PathBuf,
}

impl Server {
    fn start() -> Result<Arc<Self>> {
        let scratch = tempfile::Builder::new().prefix("morphospace-way-").tempdir();
        let scratch = scratch.map_err(Error::io("make a folder in", &std::env::temp_dir()))?.keep();
        let server = Arc::new(Server {
            id: RandomState::new().build_hasher().finish(),
            worker: Worker::spawn(|| ()),
            state: Mutex::default(),
            changed: Condvar::new(),
            scratch,
        });
        // It says what it computes on, and takes what there is.
        server.worker.send(Request { id: 0, command: Command::ComputeOn(DeviceConfig::default()) });
        let pump = Arc::clone(&server);
        spawn("events", move || {
            while let Ok(reply) = pump.worker.events().recv() {
                pump.lock().take_reply(reply);
                pump.changed.notify_all();
            }
        })?;
        Ok(server)
    }

    /// What it says to a window that comes.
    fn attached(&self, window: WindowId, resumed: bool, received: u64) -> Attached {
        Attached {
            server: self.id,
            window,
            resumed,
            received,
            host: sysinfo::System::host_name().unwrap_or_else(|_| "the other computer".into()),
            runs_folder: crate::own_data::runs_folder(),
        }
    }

    /// A window does not come back.
    fn let_go(&self, window: WindowId) {
        let commands = self.lock().leave(window);
        commands.into_iter().for_each(|command| self.worker.send(Request { id: 0, command }));
        self.changed.notify_all();
    }

    /// Lets the worker save what goes on, tells the windows why, and waits for both.
    fn end(&self, why: &str) {
        let handle = self.worker.shutdown_handle();
        handle.shut_down();
        handle.wait(Duration::MAX);
        self.lock().end(why);
        self.changed.notify_all();
        // The connections have this long to say so.
        thread::sleep(POLL);
        // It is empty but for what an export has just written.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }

    /// No panic can happen while it is held with something half changed.
    fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves windows that come to a socket, which only this user may use, until a signal. With `idle`, until nobody has
/// looked at it for so long and nothing goes on. A server that listens there already is left alone.
///
/// # Errors
/// A place that the system refuses, or that others could use.
pub fn listen(socket: &Path, idle: Option<Duration>) -> Result<()> {
    let Some((listener, _held)) = places::bind(socket)? else { return Ok(()) };
    signals::listen(|| ()).map_err(|e| Error::Invalid(format!("signals cannot be heard: {e}")))?;
    let server = Server::start()?;
    accept(&server, listener)?;
    let mut busy = Instant::now();
    let why = loop {
        thread::sleep(POLL);
        let forgotten = server.lock().forgotten();
        forgotten.into_iter().for_each(|window| server.let_go(window));
        if server.lock().is_needed() {
            busy = Instant::now();
        }
        if signals::are_heard() {
            break "the program there was asked to end";
        }
        if idle.is_some_and(|idle| busy.elapsed() > idle) {
            break "nobody has looked at it for long";
        }
    };
    // Nobody who comes now finds the door.
    let _ = std::fs::remove_file(socket);
    server.end(why);
    Ok(())
}

fn accept(server: &Arc<Server>, listener: UnixListener) -> Result<()> {
    let server = Arc::clone(server);
    spawn("windows", move || {
        // A stream that fails is one window that could not come.
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&server);
            let _ = spawn("window", move || {
                if let Ok(input) = stream.try_clone() {
                    connection::serve(&server, input, stream);
                }
            });
        }
    })
}

/// Serves the one window at the ends of standard input and output. When it is gone what goes on is saved, and the
/// program ends.
///
/// # Errors
/// What the system refuses.
pub fn serve_here() -> Result<()> {
    signals::listen(|| ()).map_err(|e| Error::Invalid(format!("signals cannot be heard: {e}")))?;
    let server = Server::start()?;
    let (done, ended) = unbounded::<()>();
    let there = Arc::clone(&server);
    spawn("window", move || {
        connection::serve(&there, std::io::stdin(), std::io::stdout());
        drop(done);
    })?;
    while !signals::are_heard() {
        if let Err(RecvTimeoutError::Disconnected) = ended.recv_timeout(POLL) {
            break;
        }
    }
    server.end("the program there was asked to end");
    Ok(())
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let refused = |error| Error::Invalid(format!("the system refused to start the thread '{name}' ({error})"));
    thread::Builder::new().name(name.into()).spawn(body).map(drop).map_err(refused)
}
