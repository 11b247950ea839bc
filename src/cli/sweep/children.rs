//! Runs as processes of their own: one that ends badly takes no other with it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, unbounded};

use super::plan::Planned;
use crate::config::DeviceConfig;
use crate::error::{Error, Result};
use crate::signals;
use crate::text;
use crate::worker::protocol::{CHECKPOINT_FILE, is_in_use};

/// Interval at which is looked whether a process has ended, and at Ctrl-C.
const POLL: Duration = Duration::from_millis(50);
/// Longest wait for folders that other programs are at work in, when nothing else is left to do: one that is saving,
/// as after a sweep that was killed, is done by then.
const GRACE: Duration = Duration::from_secs(10);
/// Beginning of the sentence with which a process ends.
const COMPLAINT: &str = "morphospace: ";

/// End of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It has done its updates, now or before.
    Done,
    /// A sentence that says why it ended.
    Failed(String),
    /// It was asked to end, or not begun.
    Stopped,
}

/// Trains what is not done, so many at a time, and says on stderr how they come along.
///
/// # Errors
/// If the program cannot find itself.
pub fn train(planned: &[Planned<'_>], parallel: usize, device: DeviceConfig) -> Result<Vec<Outcome>> {
    let program = std::env::current_exe()
        .map_err(|error| Error::Invalid(format!("the program cannot find its own file: {error}")))?;
    let open: VecDeque<usize> = (0..planned.len()).filter(|at| !planned[*at].state.is_done).collect();
    let done = planned.len() - open.len();
    if done > 0 {
        say(&format!("{done} of {} runs are done already", planned.len()));
    }
    let mut outcomes = vec![Outcome::Done; planned.len()];
    open.iter().for_each(|at| outcomes[*at] = Outcome::Stopped);
    // What one process alone takes is its own affair.
    let threads = (parallel > 1 && open.len() > 1).then(|| (threads() / parallel.min(open.len())).max(1));
    let pool = Pool { planned, program: &program, device, threads, parallel, open, running: Vec::new() };
    pool.run(&mut outcomes);
    Ok(outcomes)
}

/// Threads that all processes share.
fn threads() -> usize {
    let wanted = std::env::var("RAYON_NUM_THREADS").ok().and_then(|number| number.parse().ok());
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    wanted.filter(|threads| *threads > 0).unwrap_or_else(cores)
}

struct Pool<'a> {
    planned: &'a [Planned<'a>],
    program: &'a Path,
    device: DeviceConfig,
    /// Of each process; as it likes if none.
    threads: Option<usize>,
    parallel: usize,
    /// Runs that are not begun.
    open: VecDeque<usize>,
    running: Vec<Running>,
}

/// A process at work.
struct Running {
    run: usize,
    child: Child,
    /// Tells what it says, and returns its last complaint.
    reader: JoinHandle<Option<String>>,
}

impl Pool<'_> {
    fn run(mut self, outcomes: &mut [Outcome]) {
        let (sender, lines) = unbounded::<(usize, String)>();
        let (mut stopping, mut waits_since) = (false, None::<Instant>);
        loop {
            if signals::are_heard() && !stopping {
                stopping = true;
                // That is what asks them to save and to end.
                self.running.iter_mut().for_each(|running| drop(running.child.stdin.take()));
                say("saving…; press Ctrl-C again to lose what was done since the last save");
                signals::let_hurry();
            }
            while !stopping && self.running.len() < self.parallel {
                let Some(at) = self.open.iter().position(|run| !is_in_use(&self.planned[*run].folder)) else {
                    break;
                };
                let Some(run) = self.open.remove(at) else { break };
                match self.begin(run, sender.clone()) {
                    Ok(running) => self.running.push(running),
                    Err(error) => self.failed(run, error.to_string(), outcomes),
                }
            }
            if self.running.is_empty() && (stopping || self.open.is_empty()) {
                return;
            }
            waits_since = self.running.is_empty().then(|| waits_since.unwrap_or_else(Instant::now));
            if waits_since.is_some_and(|since| since.elapsed() > GRACE) {
                for run in std::mem::take(&mut self.open) {
                    let reason = "another Morphospace is training in its folder; wait for it or stop it";
                    self.failed(run, reason.into(), outcomes);
                }
            }
            if let Ok((run, line)) = lines.recv_timeout(POLL) {
                self.tell(run, &line);
            }
            for at in (0..self.running.len()).rev() {
                match self.running[at].child.try_wait() {
                    Ok(None) => (),
                    ended => {
                        let Running { run, reader, .. } = self.running.swap_remove(at);
                        let complaint = reader.join().ok().flatten();
                        lines.try_iter().for_each(|(run, line)| self.tell(run, &line));
                        match outcome(ended, complaint, stopping) {
                            Outcome::Failed(reason) => self.failed(run, reason, outcomes),
                            outcome => outcomes[run] = outcome,
                        }
                        let left = self.open.len() + self.running.len();
                        say(&format!("{}  ended, {left} to go", self.planned[run].name));
                    }
                }
            }
        }
    }

    /// Starts a process.
    fn begin(&self, run: usize, lines: Sender<(usize, String)>) -> Result<Running> {
        let Planned { run: settings, folder, .. } = &self.planned[run];
        let mut command = Command::new(self.program);
        command.arg("train");
        if folder.join(CHECKPOINT_FILE).is_file() {
            command.arg("--resume").arg(folder);
        } else {
            command.args(settings.arguments()).arg("--out").arg(folder);
        }
        command.args(device_arguments(self.device)).arg("--end-with-input");
        self.threads.iter().for_each(|threads| {
            command.env("RAYON_NUM_THREADS", threads.to_string());
        });
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::io("run", self.program))?;
        let stderr = child.stderr.take();
        let read = move || stderr.and_then(|stderr| read(stderr, run, &lines));
        let reader = std::thread::Builder::new().name("words of a run".into()).spawn(read);
        match reader {
            Ok(reader) => Ok(Running { run, child, reader }),
            Err(error) => {
                // Nobody would hear of it.
                let _ = child.kill();
                let _ = child.wait();
                Err(Error::Invalid(format!("there is no thread for a run: {error}")))
            }
        }
    }

    fn tell(&self, run: usize, line: &str) {
        say(&format!("{}  {}", self.planned[run].name, line.strip_prefix(COMPLAINT).unwrap_or(line)));
    }

    fn failed(&self, run: usize, reason: String, outcomes: &mut [Outcome]) {
        say(&format!("{}  failed: {reason}", self.planned[run].name));
        outcomes[run] = Outcome::Failed(reason);
    }
}

/// The options of a device, as arguments.
pub fn device_arguments(device: DeviceConfig) -> [String; 2] {
    let DeviceConfig { device, precision } = device;
    [format!("--device={device}"), format!("--precision={}", precision.label().to_lowercase())]
}

/// Passes the lines of a process on. Returns the last that is a complaint.
fn read(stderr: ChildStderr, run: usize, lines: &Sender<(usize, String)>) -> Option<String> {
    let mut complaint = None;
    let (mut reader, mut bytes) = (BufReader::new(stderr), Vec::new());
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        bytes.clear();
        if let Some(words) = line.strip_prefix(COMPLAINT) {
            complaint = Some(words.to_owned());
        } else if !line.is_empty() {
            // Told to nobody once the sweep is over.
            let _ = lines.send((run, line));
        }
    }
    complaint
}

fn outcome(ended: std::io::Result<Option<ExitStatus>>, complaint: Option<String>, stopping: bool) -> Outcome {
    match ended {
        Ok(Some(status)) if status.success() => Outcome::Done,
        Ok(Some(status)) if status.code() == Some(i32::from(signals::EXIT_CODE)) && stopping => {
            Outcome::Stopped
        }
        Ok(Some(status)) => {
            Outcome::Failed(complaint.unwrap_or_else(|| format!("its process ended with {status}")))
        }
        Ok(None) => Outcome::Stopped,
        Err(error) => Outcome::Failed(format!("its process is lost: {error}")),
    }
}

/// A line on stderr; it goes on when nobody listens any more.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", text::line(line));
}
