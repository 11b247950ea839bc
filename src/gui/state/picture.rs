//! A picture in the state: shared, and numbered so that its texture can be kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::image_buf::ImageBuf;

/// A picture that never changes. A clone is the same picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The pixels.
    pub image: Arc<ImageBuf>,
    /// A number that no other picture has.
    pub key: u64,
}

impl Picture {
    /// Numbers a picture.
    pub fn new(image: ImageBuf) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Picture { image: Arc::new(image), key: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}
