//! News of the line.

use std::path::PathBuf;
use std::time::Duration;

use crate::worker::protocol::{Job, JobId};

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
