//! Turned squares.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::resample;
use crate::crop::TurnedSquare;
use crate::image_buf::ImageBuf;

/// Pixels of the photo to one of the result beyond which it is made smaller first, by whole means of boxes. They are
/// a quarter as wide as a pixel of the result at most, which widens the filter by a sixtieth.
const COARSE: f64 = 4.0;

/// A square of `image` as `size` × `size` pixels (at least 1), upright.
///
/// Each pixel is the mean of the photo's around its place, weighted by a triangle along each of the square's axes that
/// reaches as far as the next pixel of the result, or of the photo where these lie farther apart: for a square that is
/// not turned this is [`crop_resize`](super::crop_resize). Beyond its edges the photo is mirrored, edge pixels included.
pub fn cut_turned(image: &ImageBuf, square: TurnedSquare, size: usize) -> ImageBuf {
    let size = size.max(1);
    let boxes = (square.side / size as f64 / COARSE) as usize;
    if boxes < 2 {
        return gather(image, square, [1.0, 1.0], size);
    }
    let reduced = |length: usize| length.div_ceil(boxes);
    let (width, height) = (reduced(image.width()), reduced(image.height()));
    let mut pixels = vec![0; width * height * 3];
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    resample(&mut Resizer::new(), image, &options, (width, height), &mut pixels);
    let scale = [width as f64 / image.width() as f64, height as f64 / image.height() as f64];
    let small = ImageBuf::new(width, height, pixels).expect("the buffer was made for this size");
    gather(&small, square, scale, size)
}

/// [`cut_turned`] out of a photo that was made smaller by `scale` along x and y.
fn gather(image: &ImageBuf, square: TurnedSquare, scale: [f64; 2], size: usize) -> ImageBuf {
    let (sin, cos) = square.degrees.to_radians().sin_cos();
    let step = square.side / size as f64;
    // Along the square's axes, in pixels of this image.
    let reach = (step * (scale[0] * scale[1]).sqrt()).max(1.0);
    let extent = reach * (sin.abs() + cos.abs());
    let triangles = Triangles { reach: reach as f32, sin: sin as f32, cos: cos as f32 };
    let (width, height) = (image.width(), image.height());
    let mut pixels = Vec::with_capacity(size * size * 3);
    let (mut columns, mut lines) = (Vec::new(), Vec::new());
    for row in 0..size {
        for column in 0..size {
            let along = |at: usize| (at as f64 + 0.5 - size as f64 / 2.0) * step;
            let (u, v) = (along(column), along(row));
            let x = (square.center[0] + u * cos - v * sin) * scale[0] - 0.5;
            let y = (square.center[1] + u * sin + v * cos) * scale[1] - 0.5;
            let places = |at: f64, length: usize, found: &mut Vec<(f32, usize)>| {
                found.clear();
                let range = (at - extent).ceil() as i64..=(at + extent).floor() as i64;
                found.extend(range.map(|place| ((place as f64 - at) as f32, mirrored(place, length))));
            };
            places(x, width, &mut columns);
            places(y, height, &mut lines);
            pixels.extend(triangles.mean(image.pixels(), width, &columns, &lines));
        }
    }
    ImageBuf::new(size, size, pixels).expect("as many pixels were made")
}

/// The weights of pixels around a place: a triangle along each of two axes that are turned.
struct Triangles {
    reach: f32,
    sin: f32,
    cos: f32,
}

impl Triangles {
    /// The mean of the pixels at these columns and lines of a picture, each with its distance from the place.
    fn mean(&self, pixels: &[u8], width: usize, columns: &[(f32, usize)], lines: &[(f32, usize)]) -> [u8; 3] {
        let Triangles { reach, sin, cos } = *self;
        let (mut sums, mut total) = ([0f32; 3], 0f32);
        for &(dy, line) in lines {
            let line = &pixels[3 * line * width..3 * (line + 1) * width];
            for &(dx, column) in columns {
                let across = (reach - (dx * cos + dy * sin).abs()).max(0.0);
                let down = (reach - (dy * cos - dx * sin).abs()).max(0.0);
                let weight = across * down;
                total += weight;
                for (sum, byte) in sums.iter_mut().zip(&line[3 * column..3 * column + 3]) {
                    *sum += weight * f32::from(*byte);
                }
            }
        }
        // The place itself lies under both triangles, and a pixel is never a whole one away along both.
        sums.map(|sum| (sum / total + 0.5) as u8)
    }
}

/// A place within a length, mirrored at both ends as often as it takes.
fn mirrored(at: i64, length: usize) -> usize {
    if let Ok(at) = usize::try_from(at)
        && at < length
    {
        return at;
    }
    let length = length as i64;
    let at = at.rem_euclid(2 * length);
    at.min(2 * length - 1 - at) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crop::Crop;
    use crate::resample::crop_resize;

    fn waves(width: usize, height: usize) -> ImageBuf {
        let value = |x: usize, y: usize, c: usize| {
            (127.0 + 80.0 * (x as f64 / 17.0).sin() + 40.0 * ((y * (c + 1)) as f64 / 23.0).cos()) as u8
        };
        let pixels = (0..width * height * 3).map(|at| value(at / 3 % width, at / 3 / width, at % 3));
        ImageBuf::new(width, height, pixels.collect()).unwrap()
    }

    fn worst(a: &ImageBuf, b: &ImageBuf) -> u8 {
        assert_eq!((a.width(), a.height()), (b.width(), b.height()));
        a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn a_square_that_is_not_turned_is_that_of_the_upright_way() {
        let photo = waves(300, 200);
        let crop = Crop { center_x: 0.45, center_y: 0.5, size: 0.5, angle: 0.0 };
        for size in [30, 50, 100, 130] {
            let square = crop.to_square(300, 200);
            let difference = worst(&cut_turned(&photo, square, size), &crop_resize(&photo, crop, size));
            assert!(difference <= 1, "{size}: {difference}");
        }
        // Where boxes come first it is nearly that.
        let large = waves(1200, 900);
        let crop = Crop { center_x: 0.5, center_y: 0.5, size: 0.8, angle: 0.0 };
        let difference =
            worst(&cut_turned(&large, crop.to_square(1200, 900), 16), &crop_resize(&large, crop, 16));
        assert!(difference <= 3, "{difference}");
    }

    #[test]
    fn a_quarter_turn_is_a_quarter_turn_and_beyond_the_edge_it_is_mirrored() {
        let photo = ImageBuf::new(2, 2, [10, 20, 30, 40].iter().flat_map(|&v| [v; 3]).collect()).unwrap();
        let reds = |degrees: f64, side: f64, size: usize| -> Vec<u8> {
            let cut = cut_turned(&photo, TurnedSquare { center: [1.0, 1.0], side, degrees }, size);
            cut.pixels().iter().step_by(3).copied().collect()
        };
        assert_eq!(reds(0.0, 2.0, 2), [10, 20, 30, 40]);
        // The top of the square looks to the right of the photo.
        assert_eq!(reds(90.0, 2.0, 2), [20, 40, 10, 30]);
        assert_eq!(reds(180.0, 2.0, 2), [40, 30, 20, 10]);
        assert_eq!(reds(0.0, 4.0, 4)[..8], [10, 10, 20, 20, 10, 10, 20, 20]);
        assert_eq!([-1, 0, 1, 2, 3, 4, -3].map(|at| mirrored(at, 2)), [0, 0, 1, 1, 0, 0, 1]);
        let pixel = ImageBuf::filled(1, 1, [1, 2, 3]);
        let square = TurnedSquare { center: [0.2, 9.0], side: 1000.0, degrees: 33.0 };
        assert_eq!(cut_turned(&pixel, square, 3), ImageBuf::filled(3, 3, [1, 2, 3]));
    }

    /// A turned square of a photo that was itself turned the other way is the photo.
    #[test]
    fn turning_there_and_back_gives_the_picture() {
        let photo = waves(240, 240);
        let turned = cut_turned(&photo, TurnedSquare { center: [120.0; 2], side: 240.0, degrees: 25.0 }, 240);
        let back = TurnedSquare { center: [120.0; 2], side: 100.0, degrees: -25.0 };
        let straight = TurnedSquare { degrees: 0.0, ..back };
        let difference = worst(&cut_turned(&turned, back, 50), &cut_turned(&photo, straight, 50));
        assert!(difference <= 3, "{difference}");
    }
}
