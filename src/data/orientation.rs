//! Turning a photo upright as its EXIF data says.

use exif::{Error, Exif, In, Reader, Tag};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, RgbImage};

use crate::resample::Square;

/// Prefix that some programs put before EXIF data where it does not belong, maybe twice.
const PREFIX: &[u8] = b"Exif\0\0";

/// Orientation that makes a picture upright. EXIF data that is absent or damaged is no reason to lose the
/// picture.
pub(super) fn orientation(decoder: &mut impl ImageDecoder, source: ExifSource) -> Orientation {
    let found = match source {
        ExifSource::Tag => decoder.orientation().ok(),
        ExifSource::Decoder => decoder.exif_metadata().ok().flatten().and_then(of_exif),
        ExifSource::Chunk(exif) => exif.and_then(of_exif),
    };
    found.unwrap_or(Orientation::NoTransforms)
}

/// Place where a picture's orientation stands.
pub(super) enum ExifSource {
    /// In a tag of the picture's own, as in a TIFF.
    Tag,
    /// In EXIF data that the decoder gives.
    Decoder,
    /// In this EXIF data.
    Chunk(Option<Vec<u8>>),
}

impl ExifSource {
    /// The place in a file.
    pub fn of_file(format: ImageFormat, bytes: &[u8]) -> Self {
        match format {
            ImageFormat::Tiff => ExifSource::Tag,
            // It may stand behind the pixels, where the decoder does not look.
            ImageFormat::Png => ExifSource::Chunk(png_exif(bytes).map(<[u8]>::to_vec)),
            _ => ExifSource::Decoder,
        }
    }
}

/// The content of the first eXIf chunk (PNG, third edition, 11.3.2.7).
fn png_exif(bytes: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: usize = 8;
    const CHECKSUM: usize = 4;
    let mut rest = bytes.get(SIGNATURE..)?;
    loop {
        let ([a, b, c, d, kind @ ..], content) = rest.split_first_chunk::<8>()?;
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if kind == b"eXIf" {
            return content.get(..length);
        }
        rest = content.get(length.checked_add(CHECKSUM)?..)?;
    }
}

/// Takes the tag in any width, as Pillow does: many programs write it as LONG though EXIF says SHORT.
fn of_exif(mut data: Vec<u8>) -> Option<Orientation> {
    // In one go: a file may hold millions of them.
    let prefixes = data.chunks_exact(PREFIX.len()).take_while(|chunk| *chunk == PREFIX).count();
    data.drain(..prefixes * PREFIX.len());
    let read = Reader::new().continue_on_error(true).read_raw(data);
    let exif: Exif = read.or_else(|error: Error| error.distill_partial_result(|_| ())).ok()?;
    let value = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    Orientation::from_exif(u8::try_from(value).ok()?)
}

/// The size of an upright photo from the size of the stored one.
pub(super) fn upright_size(orientation: Orientation, width: usize, height: usize) -> (usize, usize) {
    match orientation {
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => (width, height),
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
    }
}

/// Place where the pixels of a square of the upright photo lie in the stored one, which has the size
/// `width` × `height`.
///
/// With it a training image is cut out and shrunk first and turned after: turning a whole photo of 12
/// megapixels takes longer than shrinking it.
pub(super) fn stored_square(
    orientation: Orientation,
    upright: Square,
    width: usize,
    height: usize,
) -> Square {
    let Square { left: x, top: y, side } = upright;
    let (left, top) = match orientation {
        Orientation::NoTransforms => (x, y),
        Orientation::FlipHorizontal => (width - side - x, y),
        Orientation::Rotate180 => (width - side - x, height - side - y),
        Orientation::FlipVertical => (x, height - side - y),
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate90 => (y, height - side - x),
        Orientation::Rotate270FlipH => (width - side - y, height - side - x),
        Orientation::Rotate270 => (width - side - y, x),
    };
    Square { left, top, side }
}

/// Turns a picture upright.
pub(super) fn upright(image: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return image;
    }
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}
