//! One connection of a window: its messages in, frames out.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;

use crossbeam_channel::{Sender, unbounded};

use super::files;
use super::server::Server;
use super::state::{ConnectionId, Verdict};
use crate::error::Result;
use crate::remote::greeting::Side;
use crate::remote::messages::{FileId, FileRequest, ToServer, ToWindow, WindowId};
use crate::remote::threads::spawn;
use crate::remote::{frames, greeting};

/// Serves a window until the line is lost or the window leaves.
pub fn serve(
    server: &Arc<Server>,
    input: impl Read + Send + 'static,
    mut output: impl Write + Send + 'static,
) {
    let mut input = BufReader::new(input);
    // Who does not say these two is no window, and is told nothing.
    if greeting::greet(&mut output, Side::Server).is_err()
        || greeting::hear(&mut input, Side::Window, "the window").is_err()
    {
        return;
    }
    let Ok(Some(ToServer::Attach(attach))) = frames::read(&mut input) else { return };
    let (window, connection, resumed, received) = server.lock().attach(server.id, &attach);
    let attached = ToWindow::Attached(server.attached(window, resumed, received));
    let said = frames::frame(&attached)
        .is_ok_and(|frame| output.write_all(&frame).and_then(|()| output.flush()).is_ok());
    server.changed.notify_all();
    if said {
        let (file_requests, to_files) = unbounded();
        let writer = Arc::clone(server);
        let filing = Arc::clone(server);
        let begun = spawn("window writer", move || write(&writer, window, connection, output))
            .and_then(|()| spawn("window files", move || files::run(&to_files, &filing, window)));
        if begun.is_ok() {
            // A line that fails is a line that is lost.
            let _ = read(server, window, connection, &mut input, &file_requests);
        }
    }
    server.lock().lost(window, connection);
    server.changed.notify_all();
}

/// Takes messages until the line ends.
fn read(
    server: &Arc<Server>,
    window: WindowId,
    connection: ConnectionId,
    input: &mut impl BufRead,
    files: &Sender<(FileId, FileRequest)>,
) -> Result<()> {
    while let Some(message) = frames::read(input)? {
        // The window has come back on another line meanwhile.
        if !server.lock().is_connected(window, connection) {
            return Ok(());
        }
        match message {
            ToServer::Attach(_) => (),
            ToServer::Request(request) => {
                let verdict = server.lock().take_request(window, request);
                if let Verdict::Pass(request) = verdict {
                    server.worker.send(request);
                }
            }
            ToServer::Seen(number) => server.lock().seen(window, number),
            ToServer::Ping(ping) => {
                let mut state = server.lock();
                let received = state.received(window);
                state.answer(window, &ToWindow::Pong { ping, received })?;
            }
            ToServer::TakeControl => server.lock().take_control(window),
            // They are there until this returns.
            ToServer::File(id, request) => drop(files.send((id, request))),
            ToServer::Leave => {
                server.let_go(window);
                return Ok(());
            }
        }
        server.changed.notify_all();
    }
    Ok(())
}

/// Writes what waits for the window, as long as the connection is its own.
fn write(server: &Server, window: WindowId, connection: ConnectionId, mut output: impl Write) {
    let mut state = server.lock();
    while state.is_connected(window, connection) {
        match state.next(window) {
            Some(frame) => {
                drop(state);
                if output.write_all(&frame).and_then(|()| output.flush()).is_err() {
                    server.lock().lost(window, connection);
                    return;
                }
                state = server.lock();
            }
            None => {
                state = server.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
            }
        }
    }
}
