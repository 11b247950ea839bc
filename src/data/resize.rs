//! Cropping and resizing with antialiasing.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::data::crop::Crop;
use crate::image_buf::ImageBuf;

/// The part `crop` of `image` as a square of `size` × `size` pixels (at least 1).
///
/// Resampled with a triangle filter that widens with the reduction, which is what Pillow's `BILINEAR`
/// and so torchvision's `Resize(antialias=True)` do; results agree with Pillow's to one level in 255.
/// At the crop's edge the filter also sees the photo beyond it, where there is any.
pub fn crop_resize(image: &ImageBuf, crop: Crop, size: usize) -> ImageBuf {
    let (left, top, side) = crop.to_pixels(image.width(), image.height());
    let size = size.max(1);
    let mut square = vec![0; size * size * 3];
    resize_square(&mut Resizer::new(), image, Square { left, top, side }, size, &mut square);
    ImageBuf::new(size, size, square).expect("the buffer was made for this size")
}

/// `image` made smaller, keeping its aspect, so that its longer side is at most `longest` pixels (at
/// least 1); a smaller image comes back as it is. Resampled with Lanczos-3, which keeps a preview crisp.
pub fn fit_within(image: &ImageBuf, longest: usize) -> ImageBuf {
    let (width, height) = (image.width(), image.height());
    let (longest, long) = (longest.max(1), width.max(height));
    if long <= longest {
        return image.clone();
    }
    let scaled = |side: usize| (side as f64 * longest as f64 / long as f64).round().max(1.0) as usize;
    let (new_width, new_height) = (scaled(width), scaled(height));
    let mut pixels = vec![0; new_width * new_height * 3];
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    resample(&mut Resizer::new(), image, &options, (new_width, new_height), &mut pixels);
    ImageBuf::new(new_width, new_height, pixels).expect("the buffer was made for this size")
}

/// A square of pixels that lies inside an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Square {
    pub left: usize,
    pub top: usize,
    pub side: usize,
}

/// [`crop_resize`] into `out` (`size * size * 3` bytes), with the buffers of a kept `resizer`.
pub(super) fn resize_square(
    resizer: &mut Resizer,
    image: &ImageBuf,
    square: Square,
    size: usize,
    out: &mut [u8],
) {
    let Square { left, top, side } = square;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        left as f64,
        top as f64,
        side as f64,
        side as f64,
    );
    resample(resizer, image, &options, (size, size), out);
}

/// # Panics
/// If `out` is too short or the crop box of `options` reaches out of the image; the two callers make
/// neither mistake, whatever the image.
fn resample(
    resizer: &mut Resizer,
    image: &ImageBuf,
    options: &ResizeOptions,
    (width, height): (usize, usize),
    out: &mut [u8],
) {
    let kind = PixelType::U8x3;
    let source = ImageRef::new(image.width() as u32, image.height() as u32, image.pixels(), kind)
        .expect("an image buffer is as long as its sides say");
    let mut target = Image::from_slice_u8(width as u32, height as u32, out, kind)
        .expect("the caller's buffer is as long as the sides say");
    resizer.resize(&source, &mut target, options).expect("both are RGB8 and the crop lies inside");
}
