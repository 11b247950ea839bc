//! The threads that read images.

use rayon::ThreadPool;

use crate::{Error, Result};

/// Threads to read images with. A pool of its own, so that reading neither waits for a training step in
/// the global pool nor, when called from inside that pool, for itself.
pub(super) fn threads() -> Result<ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("ingest-{index}"))
        .build()
        .map_err(|error| Error::Invalid(format!("cannot start threads to read images: {error}")))
}
