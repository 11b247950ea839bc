//! From a file to pixels.

use std::fs::File;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use crate::data::format::{IMAGE_FORMATS, foreign_of, format_of};
use crate::data::orientation::{ExifSource, orientation, upright};
use crate::image_buf::{ImageBuf, over_white};
use crate::report::Foreign;
use crate::text::quote;
use crate::{Error, Result};

/// Images with more pixels are refused: a small file can claim to be an enormous picture.
pub const MAX_PIXELS: u64 = 64 << 20;
/// Files with more bytes are refused before they are read.
pub const MAX_FILE_BYTES: u64 = 512 << 20;
/// Pixels that take more bytes as they are decoded are refused; 16-bit RGBA of [`MAX_PIXELS`] takes these.
const MAX_DECODED_BYTES: u64 = 8 * MAX_PIXELS;
/// Memory that a decoder may take for all that is no pixels: a colour profile can unpack to gigabytes.
const MAX_EXTRA_BYTES: u64 = 64 << 20;
/// Pictures that take more decoded bytes are decoded one at a time, however many threads there are.
const LARGE_BYTES: u64 = 128 << 20;
/// Held by whoever decodes a large picture.
static LARGE: Mutex<()> = Mutex::new(());

/// Reads an image file as 8-bit RGB, upright.
///
/// The content says which kind of image it is, not the name. EXIF orientation is applied, grey is
/// spread to three channels, 16 bits are rounded to 8, transparency is laid over white, and of an
/// animation the first frame is taken. Colour profiles are ignored: the numbers are taken as sRGB.
///
/// # Errors
/// A sentence that names the file and what to do, if it cannot be read, is not an image, is damaged
/// or cut off, or is larger than [`MAX_PIXELS`] or [`MAX_FILE_BYTES`].
pub fn read_image(path: &Path) -> Result<ImageBuf> {
    decode_image(path, read_bytes(path)?)
}

/// [`read_image`] for a file whose bytes are at hand; `path` is what errors call it.
///
/// # Errors
/// As [`read_image`].
pub fn decode_image(path: &Path, bytes: Vec<u8>) -> Result<ImageBuf> {
    let StoredImage { image, orientation } = decode_stored(path, bytes)?;
    image_buf(path, upright(image, orientation))
}

/// A picture as it lies in its file.
pub(super) struct StoredImage {
    pub image: RgbImage,
    /// Orientation that makes it upright.
    pub orientation: Orientation,
}

/// The bytes of a file, if they are not too many.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(path).map_err(Error::io("read", path))?;
    // Opening a pipe would wait for somebody to write into it.
    if !metadata.is_file() {
        return Err(Error::file(path, "this is not a file; choose an image file"));
    }
    let file = File::open(path).map_err(Error::io("read", path))?;
    read_limited(file, metadata.len(), MAX_FILE_BYTES)
        .map_err(Error::io("read", path))?
        .ok_or_else(|| Error::file(path, too_long()))
}

/// All that `reader` holds; `None` if that is more than `limit` bytes. `expected` bytes are a promise
/// that may be broken: room is made for at most 16 MB before they come.
pub(super) fn read_limited(reader: impl Read, expected: u64, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    if expected > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(expected.min(16 << 20) as usize + 1);
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Reason why [`read_limited`] gives nothing.
pub(super) fn too_long() -> String {
    format!("the file is larger than {} MB; make a smaller copy of the image", MAX_FILE_BYTES >> 20)
}

/// [`decode_image`] without turning it upright.
pub(super) fn decode_stored(path: &Path, bytes: Vec<u8>) -> Result<StoredImage> {
    // A decoder that trips over its own feet on a damaged file must cost that file, not the program.
    catch_unwind(AssertUnwindSafe(|| decode(bytes)))
        .unwrap_or_else(|_| {
            Err("its content makes the decoder fail; save it anew with another program".into())
        })
        .map_err(|reason| Error::file(path, reason))
}

/// Makes the plain picture of a decoded one.
pub(super) fn image_buf(path: &Path, image: RgbImage) -> Result<ImageBuf> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    ImageBuf::new(width, height, image.into_raw())
        .ok_or_else(|| Error::file(path, "the image has no pixels; remove it"))
}

/// The error is a sentence without the file's name.
fn decode(bytes: Vec<u8>) -> Result<StoredImage, String> {
    if bytes.is_empty() {
        return Err("the file is empty; copy it again from where it came".into());
    }
    let Some(format) = format_of(&bytes) else {
        return Err(match foreign_of(&bytes) {
            Foreign::Heic => "this is a HEIC picture, which cannot be read; convert it to JPEG".into(),
            Foreign::Avif => {
                "this is an AVIF picture, which cannot be read; convert it to JPEG or PNG".into()
            }
            _ => format!("this is not an image that can be read; save it as {IMAGE_FORMATS}"),
        });
    };
    // The JPEG decoder would fill what is missing with grey, and a model would learn the grey.
    if format == ImageFormat::Jpeg && !jpeg_has_end(&bytes) {
        return Err("the image is cut off; copy the file again from where it came".into());
    }
    let exif = ExifSource::of_file(format, &bytes);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(at_most(MAX_EXTRA_BYTES));
    let mut decoder = reader.into_decoder().map_err(|error| sentence(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!(
            "{width} × {height} pixels are more than the {} megapixels that are read; make a smaller copy",
            MAX_PIXELS >> 20
        ));
    }
    let promised = decoder.total_bytes();
    if promised > MAX_DECODED_BYTES {
        return Err(TOO_MUCH_MEMORY.into());
    }
    // Strips that are packed badly are longer than what they hold.
    decoder.set_limits(at_most(2 * promised + MAX_EXTRA_BYTES)).map_err(|error| sentence(&error))?;
    let _alone = (promised > LARGE_BYTES).then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    let orientation = orientation(&mut decoder, exif);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| sentence(&error))?;
    Ok(StoredImage { image: rgb8(image), orientation })
}

fn at_most(bytes: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

const TOO_MUCH_MEMORY: &str = "decoding the image would take too much memory; make a smaller copy";

fn sentence(error: &ImageError) -> String {
    match error {
        ImageError::Limits(limit) if limit.kind() != LimitErrorKind::InsufficientMemory => {
            "the image is too large; make a smaller copy".into()
        }
        ImageError::Limits(_) => TOO_MUCH_MEMORY.into(),
        ImageError::Unsupported(_) => {
            format!("this variant of the format cannot be read ({}); save it as JPEG or PNG", quote(error))
        }
        _ => format!("the image is damaged or cut off ({}); copy the file again or remove it", quote(error)),
    }
}

fn rgb8(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut flat = RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.pixels()) {
        to.0 = over_white(from.0);
    }
    flat
}

/// Whether a JPEG stream comes to its end marker, walking over segments as in ITU-T T.81, annex B.
/// A thumbnail's end inside a segment does not count, bytes after the end do not matter.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    if bytes.ends_with(&[0xFF, END_OF_IMAGE]) {
        return true;
    }
    let mut rest = &bytes[2.min(bytes.len())..];
    while let Some(at) = rest.iter().position(|&byte| byte == 0xFF) {
        rest = &rest[at + 1..];
        match *rest {
            [END_OF_IMAGE, ..] => return true,
            // A stuffed zero, a restart marker, a marker without content: nothing to step over.
            [0x00 | 0x01 | 0xD0..=0xD8, ref after @ ..] => rest = after,
            // Filling before a marker.
            [0xFF, ..] => {}
            [_, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                rest = rest.get(1 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests;
