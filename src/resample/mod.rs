//! Cropping and resizing with antialiasing; of squares that are turned, `turned` has it.

mod turned;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::crop::Crop;
use crate::image_buf::ImageBuf;

pub use turned::cut_turned;

/// The part `crop` of `image` as a square of `size` × `size` pixels (at least 1).
///
/// Resampled with a triangle filter that widens with the reduction, which is what Pillow's `BILINEAR`
/// and so torchvision's `Resize(antialias=True)` do; results agree with Pillow's to one level in 255.
/// At the crop's edge the filter also sees the photo beyond it, where there is any. A crop with an angle goes
/// through [`cut_turned`], whose filter is the same but for its axes, which are the crop's.
pub fn crop_resize(image: &ImageBuf, crop: Crop, size: usize) -> ImageBuf {
    if crop.is_turned() {
        return cut_turned(image, crop.to_square(image.width(), image.height()), size);
    }
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
pub struct Square {
    pub left: usize,
    pub top: usize,
    pub side: usize,
}

/// [`crop_resize`] into `out` (`size * size * 3` bytes), with the buffers of a kept `resizer`.
pub fn resize_square(resizer: &mut Resizer, image: &ImageBuf, square: Square, size: usize, out: &mut [u8]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, values: &[u8]) -> ImageBuf {
        ImageBuf::new(width, height, values.iter().flat_map(|&value| [value; 3]).collect()).unwrap()
    }

    fn greys(image: &ImageBuf) -> Vec<u8> {
        let pixels = image.pixels().as_chunks::<3>().0;
        assert!(pixels.iter().all(|[r, g, b]| r == g && g == b));
        pixels.iter().map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn halving_weighs_as_a_triangle_of_twice_the_width() {
        // Output pixel 0 has its centre at 1.0 of the input; the triangle reaches 2 to either side:
        // pixels at 0.5, 1.5, 2.5 weigh 3/4, 3/4, 1/4, that is 3/7, 3/7, 1/7.
        let columns = grey(4, 4, &[0, 70, 140, 210].repeat(4));
        let (left, right) = ((3 * 70 + 140) / 7, (70 + 3 * 140 + 3 * 210) / 7);
        assert_eq!(
            greys(&crop_resize(&columns, Crop::default(), 2)),
            [left, right, left, right].map(|v| v as u8)
        );
        let rows = grey(4, 4, &[[0; 4], [70; 4], [140; 4], [210; 4]].concat());
        assert_eq!(
            greys(&crop_resize(&rows, Crop::default(), 2)),
            [left, left, right, right].map(|v| v as u8)
        );
    }

    /// From `tests/reference/data.py` (Pillow 13.0.0).
    #[test]
    fn the_result_is_that_of_pillow() {
        let value = |x: usize, y: usize, c: usize| ((x * 7 + y * 13 + c * 50) % 256) as u8;
        let pixels = (0..23 * 37 * 3).map(|i| value(i / 3 % 37, i / 111, i % 3)).collect();
        let small = crop_resize(&ImageBuf::new(37, 23, pixels).unwrap(), Crop::default(), 6);
        let reference = [
            [82, 109, 135, 163, 189, 209],
            [127, 154, 180, 204, 187, 117],
            [177, 203, 194, 113, 56, 56],
            [196, 138, 66, 53, 78, 105],
            [65, 52, 74, 102, 128, 155],
            [66, 93, 119, 147, 173, 200u8],
        ];
        let red: Vec<u8> = small.pixels().as_chunks::<3>().0.iter().map(|pixel| pixel[0]).collect();
        let worst = red.iter().zip(reference.as_flattened()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{red:?}");
    }

    #[test]
    fn doubling_is_bilinear() {
        // Output centres lie at 0.25, 0.75, 1.25, 1.75 of the input, whose centres are 0.5 and 1.5.
        let image = grey(2, 2, &[0, 100, 0, 100]);
        assert_eq!(greys(&crop_resize(&image, Crop::default(), 4)), [0, 25, 75, 100].repeat(4));
    }

    #[test]
    fn a_crop_of_the_same_size_is_a_copy() {
        let image = grey(5, 3, &(0..15).collect::<Vec<_>>());
        assert_eq!(greys(&crop_resize(&image, Crop::default(), 3)), [1, 2, 3, 6, 7, 8, 11, 12, 13]);
        let corner = Crop { center_x: 1.0, center_y: 0.0, size: 2.0 / 3.0, angle: 0.0 };
        assert_eq!(greys(&crop_resize(&image, corner, 2)), [3, 4, 8, 9]);
    }

    #[test]
    fn no_size_and_no_crop_is_too_odd() {
        let pixel = ImageBuf::filled(1, 1, [1, 2, 3]);
        for size in [0, 1, 5] {
            let square = crop_resize(&pixel, Crop::default(), size);
            assert_eq!((square.width(), square.height()), (size.max(1), size.max(1)));
            assert!(square.pixels().as_chunks().0.iter().all(|pixel| *pixel == [1, 2, 3]));
        }
        let wide = ImageBuf::filled(1000, 1, [9; 3]);
        for center_x in [f32::NAN, f32::INFINITY, -3.0, 0.3] {
            for (size, angle) in [
                (f32::NAN, 0.0),
                (-1.0, 0.0),
                (0.0, 0.0),
                (7.0, 0.0),
                (7.0, 30.0),
                (0.0, 1.0),
                (1.0, f32::NAN),
            ] {
                let square = crop_resize(&wide, Crop { center_x, center_y: 0.5, size, angle }, 4);
                assert_eq!(square, ImageBuf::filled(4, 4, [9; 3]));
            }
        }
    }

    #[test]
    fn a_preview_keeps_the_aspect_and_never_grows() {
        let size = |width, height, longest| {
            let small = fit_within(&ImageBuf::filled(width, height, [5; 3]), longest);
            assert!(small.pixels().iter().all(|&value| value == 5));
            (small.width(), small.height())
        };
        assert_eq!(size(400, 300, 100), (100, 75));
        assert_eq!(size(30, 40, 20), (15, 20));
        assert_eq!(size(40, 30, 100), (40, 30));
        assert_eq!(size(1000, 1, 10), (10, 1));
        assert_eq!(size(3, 2, 0), (1, 1));
    }
}
