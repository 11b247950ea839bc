//! The threads that long jobs compute on.

use crate::error::{Error, Result};
use crate::nn::free_buffers;

/// Runs the whole loop inside a pool of its own: that saves a hand-over to other threads at every
/// operation, and leaves the explorer's thread alone.
pub fn in_pool<R: Send>(work: impl FnOnce() -> Result<R> + Send) -> Result<R> {
    let result = rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("train-{index}"))
        .build()
        .map_err(|e| Error::Invalid(format!("the training threads cannot be started: {e}")))?
        .install(work);
    free_buffers();
    result
}
