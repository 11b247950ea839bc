//! Pictures in rows.

use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::memory;

/// Pixels between the pictures of a sheet, and their shade.
const GAP: usize = 2;
const BACKGROUND: [u8; 3] = [255; 3];

/// One picture as it is; several in rows with a gap between them.
///
/// # Errors
/// No pictures, or more than the memory holds.
pub fn sheet(images: &[ImageBuf], columns: usize) -> Result<ImageBuf> {
    let gap = if images.len() > 1 { GAP } else { 0 };
    // The sheet, whose cells are as wide as the widest and as high as the highest picture, and what the encoder
    // makes of it.
    let (width, height) = images
        .iter()
        .fold((0, 0), |(width, height), image| (image.width().max(width), image.height().max(height)));
    let cell = 3 * (width as u64).saturating_mul(height as u64);
    let columns = columns.clamp(1, images.len().max(1));
    memory::check("pictures", images.len().next_multiple_of(columns) as u64, cell.saturating_mul(2), 0)?;
    ImageBuf::grid(images, columns, gap, BACKGROUND)
        .ok_or_else(|| Error::Invalid("there is no picture to write".into()))
}
