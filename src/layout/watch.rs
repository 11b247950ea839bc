//! Whoever waits for a layout.

use std::ops::ControlFlow;

use crate::error::{Error, Result};

/// Told the part of the work ("Finding neighbours") and how much of how much of it is done; breaks to cancel.
pub type LayoutObserver<'a> = &'a mut dyn FnMut(&str, usize, usize) -> ControlFlow<()>;

/// Tells `watch`.
///
/// # Errors
/// [`Error::Cancelled`] when it breaks.
pub(super) fn tell(watch: LayoutObserver<'_>, part: &str, done: usize, total: usize) -> Result<()> {
    if watch(part, done, total).is_break() { Err(Error::Cancelled) } else { Ok(()) }
}
