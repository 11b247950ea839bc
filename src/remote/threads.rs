//! Threads of the line, on either end.

use std::thread;

use crate::error::{Error, Result};

/// Starts a thread.
///
/// # Errors
/// A system that gives none.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let refused =
        |error| Error::Invalid(format!("the system refused to start the thread '{name}' ({error})"));
    thread::Builder::new().name(name.into()).spawn(body).map(drop).map_err(refused)
}
