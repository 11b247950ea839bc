//! Turning a photo upright as its EXIF data says.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use crate::data::resize::Square;

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

/// Where the pixels of a square of the upright photo lie in the stored one, which has the size
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
