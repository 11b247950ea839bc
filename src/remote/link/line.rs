//! The line itself: made by the launcher, made again when it is lost, after a wait that grows.

use std::io::{BufReader, Read, Write};
use std::process::ChildStdin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::launcher::{Launcher, Line};
use super::news::LineNews;
use super::shared::Shared;
use crate::error::{Error, Result};
use crate::remote::greeting::Side;
use crate::remote::messages::ToServer;
use crate::remote::threads::spawn;
use crate::remote::{frames, greeting};

/// The first wait before another attempt, and the longest.
const WAITS: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(20)];
/// Time between two measurements of the latency.
const BETWEEN_PINGS: Duration = Duration::from_secs(1);
/// A line on which nothing comes back for so long is lost: `ssh` notices later, other launchers never.
const SILENCE: Duration = Duration::from_secs(40);
/// A window that closes gives the last words this long to leave.
const FAREWELL: Duration = Duration::from_millis(500);

/// Holds the line until the window is gone.
pub fn hold(shared: &Arc<Shared>, launcher: &Launcher) {
    let mut attempts = 0;
    while !shared.is_closed() {
        let begun = Instant::now();
        let mut stood = false;
        let lost = attempt(shared, launcher, &mut stood);
        shared.lock().lost();
        shared.files.lost();
        shared.changed.notify_all();
        if shared.is_closed() {
            return;
        }
        // A line that breaks as soon as it stands is one that cannot be had.
        attempts = if stood && begun.elapsed() > WAITS[1] { 1 } else { attempts + 1 };
        let reason =
            lost.err().map_or_else(|| "the program there has ended".into(), |error| error.to_string());
        let wait = WAITS[0].saturating_mul(1 << attempts.min(10)).min(WAITS[1]);
        shared.tell_news(LineNews::Lost { reason, attempts, wait });
        let (until, mut requests) = (Instant::now() + wait, shared.lock());
        while !shared.is_closed() && Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            requests = shared.changed.wait_timeout(requests, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A stream whose bytes are counted.
struct Counted<R> {
    stream: R,
    shared: Arc<Shared>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, part: &mut [u8]) -> std::io::Result<usize> {
        let read = self.stream.read(part)?;
        self.shared.received.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// One line from its beginning to its end. `stood` says whether the server has answered on it.
fn attempt(shared: &Arc<Shared>, launcher: &Launcher, stood: &mut bool) -> Result<()> {
    let Line { child, mut input, output, complaints } = launcher.start()?;
    let mut output = BufReader::new(Counted { stream: output, shared: Arc::clone(shared) });
    let with_words = |error: Error| match complaints.words() {
        words if words.is_empty() => error,
        words => Error::Invalid(format!("{error} ({words})")),
    };
    let greeted = greeting::greet(&mut input, Side::Window);
    greeting::hear(&mut output, Side::Server, &format!("the program on {}", launcher.name()))
        .map_err(with_words)?;
    let first = frames::frame(&shared.lock().attach())?;
    let said = greeted.and_then(|()| input.write_all(&first)).and_then(|()| input.flush());
    said.map_err(|error| with_words(Error::Invalid(format!("the connection is lost: {error}"))))?;
    let mut writer = Some((child, input));
    while let Some(message) = frames::read(&mut output).map_err(with_words)? {
        shared.take(message)?;
        if let Some((child, input)) = writer.take() {
            *stood = true;
            let (shared, line) = (Arc::clone(shared), child);
            spawn("line writer", move || {
                let mut child = line;
                // What is wrong with the line, its reader says.
                let _ = write(&shared, input);
                // It may stand and carry nothing: then the reader hears of it by this.
                child.end();
            })?;
        }
    }
    Err(with_words(Error::Invalid("the connection is lost".into())))
}

/// Writes what waits, and measures the latency, until the line is lost or the window gone.
fn write(shared: &Shared, mut input: ChildStdin) -> Result<()> {
    let lost = |error: std::io::Error| Error::Invalid(format!("the connection is lost: {error}"));
    let mut ping = Instant::now() - BETWEEN_PINGS;
    let mut requests = shared.lock();
    while requests.is_connected() {
        if let Some(message) = requests.next() {
            drop(requests);
            match frames::frame(&message) {
                Ok(frame) => {
                    input.write_all(&frame).and_then(|()| input.flush()).map_err(lost)?;
                    shared.sent.fetch_add(frame.len() as u64, Ordering::Relaxed);
                }
                Err(error) => shared.cannot_say(&message, &error),
            }
            requests = shared.lock();
            continue;
        }
        if shared.is_closed() {
            drop(requests);
            std::thread::sleep(FAREWELL);
            return Ok(());
        }
        if ping.elapsed() >= BETWEEN_PINGS {
            ping = Instant::now();
            if requests.silence() > SILENCE {
                return Ok(());
            }
            let number = shared.begin_ping();
            requests.say(ToServer::Ping(number));
            continue;
        }
        let left = BETWEEN_PINGS.saturating_sub(ping.elapsed());
        requests = shared.changed.wait_timeout(requests, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    Ok(())
}
