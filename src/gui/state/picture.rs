//! A picture in the state: shared, and numbered so that its texture can be kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::image_buf::{ImageBuf, heat};

/// Wish of a person for a picture that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureUse {
    /// Put it on the clipboard.
    Copy,
    /// Write it into a file.
    Save,
}

/// Values in [0, 1] times `gain` as a picture of their heat, `width` pixels a row; none if they fill no rows.
pub fn heat_map(values: &[f32], gain: f32, width: usize) -> Option<ImageBuf> {
    let pixels: Vec<u8> = values.iter().flat_map(|value| heat(value * gain)).collect();
    ImageBuf::new(width, values.len() / width.max(1), pixels)
}

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
