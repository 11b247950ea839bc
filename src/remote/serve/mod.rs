//! The server: a worker that windows on other computers look at. It lives on when the line to a window is lost, and when
//! all windows are gone as long as it has something to do.

mod connection;
mod files;
mod journal;
mod outgoing;
mod relay;
mod server;
mod sockets;
mod state;
mod terminal;

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, unbounded};

use crate::error::{Error, Result};
use crate::remote::threads::spawn;
use crate::signals;

pub use relay::{DetachedServer, relay};
use server::Server;
pub use sockets::default_socket;
use terminal::RawInput;

/// Time between two looks whether it is to end.
const POLL: Duration = Duration::from_millis(200);

/// Serves windows that come to a socket, which only this user may use, until a signal. With `idle`, until nobody has
/// looked at it for so long and nothing goes on. A server that listens there already is left alone.
///
/// # Errors
/// A place that the system refuses, or that others could use.
pub fn listen(socket: &Path, idle: Option<Duration>) -> Result<()> {
    let Some((listener, _held)) = sockets::bind(socket)? else { return Ok(()) };
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
/// Refusals of the system.
pub fn serve_here() -> Result<()> {
    signals::listen(|| ()).map_err(|e| Error::Invalid(format!("signals cannot be heard: {e}")))?;
    let _raw = RawInput::new();
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
