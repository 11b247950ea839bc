//! The one error type: a sentence for people, with the file it is about.

use std::path::{Path, PathBuf};

use crate::text::line;

/// Errors. Their `Display` is what a person reads: what happened, to which file, what to do, in one line
/// whatever a file is called and however long another library's words are.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused something.
    #[error("{}", line(format_args!("cannot {action} {}: {source}", path.display())))]
    Io {
        /// As in "read" or "write".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's word for it.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}", line(format_args!("{}: {reason}", path.display())))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Its fault and the remedy.
        reason: String,
    },
    /// A setting or a request makes no sense.
    #[error("{}", line(.0))]
    Invalid(String),
    /// The tensor library failed.
    #[error("{}", line(format_args!("the computation failed: {}", without_backtrace(.0))))]
    Tensor(#[from] candle_core::Error),
    /// Training led to numbers that are none.
    #[error("{}", line(.0))]
    Diverged(String),
    /// The device's memory is full.
    #[error("{}", line(.0))]
    OutOfMemory(String),
    /// The program itself is at fault.
    #[error("{0}")]
    Fault(String),
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// An error of the system while `action` was done to a file, for `map_err` on an `io::Result`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    }

    /// A file is not what it should be.
    pub fn file(path: &Path, reason: impl Into<String>) -> Error {
        Error::File { path: path.to_owned(), reason: reason.into() }
    }
}

/// candle adds a backtrace of many lines to its messages where `RUST_BACKTRACE` is set; people get the rest.
pub fn without_backtrace(error: &candle_core::Error) -> &candle_core::Error {
    match error {
        candle_core::Error::WithBacktrace { inner, .. } => without_backtrace(inner),
        error => error,
    }
}

/// A result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
