//! Sides of the pictures of an array, and one of them as an uncompressed picture.

use crate::data::decode::MAX_PIXELS;
use crate::image_buf::over_white;

/// Fewest pixels on a side: with less, an array is one of something else.
const LEAST_SIDE: usize = 4;
/// Bytes before the pixels of a BMP.
const BMP_HEADER: usize = 54;

/// Height, width and channels of every picture of an array, and the order of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub height: usize,
    pub width: usize,
    /// 1: grey, 3: RGB, 4: RGB and opacity.
    pub channels: usize,
    /// Whether a channel comes after another (CHW) and not a pixel (HWC).
    pub is_planar: bool,
}

impl Sides {
    /// The sides of an array N × H × W, N × H × W × C or N × C × H × W, with the number of its pictures; none for one
    /// of another shape.
    pub fn of_shape(shape: &[usize]) -> Option<(usize, Self)> {
        let is_color = |channels: usize| matches!(channels, 1 | 3 | 4);
        let sides = |height, width, channels, is_planar| Sides { height, width, channels, is_planar };
        let possible = match *shape {
            [_, height, width] => [Some(sides(height, width, 1, false)), None],
            [_, a, b, c] => {
                [is_color(c).then(|| sides(a, b, c, false)), is_color(a).then(|| sides(b, c, a, true))]
            }
            _ => [None; 2],
        };
        let is_picture = |sides: &Sides| sides.height.min(sides.width) >= LEAST_SIDE;
        possible.into_iter().flatten().find(is_picture).map(|sides| (shape[0], sides))
    }

    /// Whether a picture has more pixels than are read.
    pub fn are_too_many(&self) -> bool {
        self.height.checked_mul(self.width).is_none_or(|pixels| pixels as u64 > MAX_PIXELS)
    }

    /// Numbers of a picture. Not more than four times [`MAX_PIXELS`] unless it [has too many](Self::are_too_many).
    pub fn numbers(&self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// A BMP of 24 bits of a picture with these samples, from the top down: what stands for a file to all who read
    /// one. Opacity is laid over white.
    pub fn bmp(&self, samples: &[u8]) -> Vec<u8> {
        let line = 3 * self.width;
        let padded = line.next_multiple_of(4);
        let mut file = Vec::with_capacity(BMP_HEADER + padded * self.height);
        let number = |file: &mut Vec<u8>, value: i64| file.extend((value as u32).to_le_bytes());
        file.extend(b"BM");
        number(&mut file, (BMP_HEADER + padded * self.height) as i64);
        number(&mut file, 0);
        number(&mut file, BMP_HEADER as i64);
        number(&mut file, 40);
        number(&mut file, self.width as i64);
        number(&mut file, -(self.height as i64));
        // One plane, 24 bits a pixel.
        file.extend([1, 0, 24, 0]);
        (0..6).for_each(|_| number(&mut file, 0));
        let pixels = self.height * self.width;
        let sample = |pixel: usize, channel: usize| match self.is_planar {
            true => samples[channel * pixels + pixel],
            false => samples[pixel * self.channels + channel],
        };
        for y in 0..self.height {
            for pixel in y * self.width..(y + 1) * self.width {
                let [red, green, blue] = match self.channels {
                    1 => [sample(pixel, 0); 3],
                    3 => [0, 1, 2].map(|channel| sample(pixel, channel)),
                    _ => over_white([0, 1, 2, 3].map(|channel| sample(pixel, channel))),
                };
                file.extend([blue, green, red]);
            }
            file.resize(file.len() + padded - line, 0);
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::decode::decode_image;

    #[test]
    fn shapes_of_pictures_are_told_from_others() {
        let seen = |shape: &[usize]| {
            let (n, Sides { height, width, channels, is_planar }) = Sides::of_shape(shape)?;
            Some((n, height, width, channels, is_planar))
        };
        assert_eq!(seen(&[9, 28, 20]), Some((9, 28, 20, 1, false)));
        assert_eq!(seen(&[9, 28, 20, 3]), Some((9, 28, 20, 3, false)));
        assert_eq!(seen(&[9, 1, 28, 20]), Some((9, 28, 20, 1, true)));
        assert_eq!(seen(&[9, 4, 8, 4]), Some((9, 4, 8, 4, false)), "channels last where both could be");
        // Features, of which some still have a height and width; one picture; a film.
        for shape in [
            &[300, 64][..],
            &[300],
            &[],
            &[300, 2048, 1, 1],
            &[300, 3, 1, 1],
            &[28, 28, 3],
            &[9, 28, 28, 2],
            &[9, 8, 28, 28, 3],
        ] {
            assert_eq!(seen(shape), None, "{shape:?}");
        }
    }

    #[test]
    fn a_picture_is_what_its_numbers_say_in_either_order() {
        let decoded = |sides: Sides, samples: &[u8]| {
            decode_image(Path::new("array"), sides.bmp(samples)).unwrap().pixels().to_vec()
        };
        let rgb: Vec<u8> = (0..5 * 7 * 3).map(|value| (value * 2) as u8).collect();
        let sides = Sides { height: 5, width: 7, channels: 3, is_planar: false };
        assert_eq!(decoded(sides, &rgb), rgb);
        let planes: Vec<u8> =
            (0..3).flat_map(|channel| rgb.iter().skip(channel).step_by(3)).copied().collect();
        assert_eq!(decoded(Sides { is_planar: true, ..sides }, &planes), rgb);
        let grey = decoded(Sides { channels: 1, ..sides }, &rgb[..35]);
        assert!(grey.chunks(3).zip(&rgb).all(|(pixel, value)| pixel == [*value; 3]));
        let clear = Sides { height: 4, width: 4, channels: 4, is_planar: false };
        assert_eq!(decoded(clear, &[0; 64]), [255; 48]);
    }
}
