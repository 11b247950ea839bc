//! Distortions of pictures for an extractor to learn, and to show what it reacts to.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::data::decode::decode_image;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::random;

/// Something done to a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distortion {
    /// A Gaussian of this sigma in pixels.
    Blur(f32),
    /// Normal noise of this sigma on every value, cut to [0, 1].
    Noise(f32),
    /// Written and read as JPEG of this quality, 1 to 100.
    Jpeg(u8),
    /// Every value this many times as far from the picture's mean.
    Contrast(f32),
    /// A rectangle of this share of the picture in one colour.
    Occlusion(f32),
    /// Bent smoothly, each point moved by about this many pixels.
    Warp(f32),
    /// This share of another face laid over it.
    Blend(f32),
    /// Moved to the right by so many pixels; its left edge is drawn out.
    Shift(usize),
}

/// Distortions that an extractor learns, by name.
pub const LEARNED: [&str; 7] = ["blur", "noise", "JPEG", "contrast", "occlusion", "warp", "blend"];

/// The draws of one picture: by the seed and the stream alone.
#[derive(Clone, Copy, Debug)]
pub struct DistortionDraw {
    /// The seed.
    pub seed: u64,
    /// The stream.
    pub stream: u64,
}

impl Distortion {
    /// The one called `LEARNED[kind]` at a level in (0, 1], from hardly visible to hard to bear.
    pub fn at_level(kind: usize, level: f32) -> Self {
        match kind {
            0 => Distortion::Blur(3.0 * level),
            1 => Distortion::Noise(0.3 * level),
            2 => Distortion::Jpeg((4.0 + 66.0 * (1.0 - level).powi(2)).round() as u8),
            3 => Distortion::Contrast(1.0 - 0.8 * level),
            4 => Distortion::Occlusion(0.4 * level),
            5 => Distortion::Warp(5.0 * level),
            _ => Distortion::Blend(0.5 * level),
        }
    }

    /// The picture with this done to it; `other` is the other face of a blend, of the same size.
    ///
    /// # Errors
    /// Errors of the JPEG coder.
    pub fn apply(self, image: &ImageBuf, other: &ImageBuf, draw: DistortionDraw) -> Result<ImageBuf> {
        if let Distortion::Jpeg(quality) = self {
            return through_jpeg(image, quality);
        }
        let (width, height) = (image.width(), image.height());
        let mut pixels = image.to_unit_floats();
        match self {
            Distortion::Blur(sigma) => blur(&mut pixels, width, height, sigma),
            Distortion::Noise(sigma) => {
                let draws = random::standard_normal(draw.seed, draw.stream, pixels.len());
                pixels.iter_mut().zip(draws).for_each(|(v, d)| *v = (*v + sigma * d).clamp(0.0, 1.0));
            }
            Distortion::Contrast(factor) => {
                let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
                pixels.iter_mut().for_each(|v| *v = mean + (*v - mean) * factor);
            }
            Distortion::Occlusion(share) => occlude(&mut pixels, width, height, share, draw),
            Distortion::Warp(reach) => pixels = warp(&pixels, width, height, reach, draw),
            Distortion::Blend(share) => {
                let other = other.to_unit_floats();
                pixels.iter_mut().zip(other).for_each(|(v, o)| *v += (o - *v) * share);
            }
            Distortion::Shift(by) => {
                for row in pixels.chunks_exact_mut(width * 3) {
                    let old = row.to_vec();
                    for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                        pixel.copy_from_slice(&old[x.saturating_sub(by) * 3..][..3]);
                    }
                }
            }
            Distortion::Jpeg(_) => {}
        }
        ImageBuf::from_unit_floats(width, height, &pixels)
            .ok_or_else(|| Error::Invalid("the distorted picture has the wrong size".into()))
    }
}

fn through_jpeg(image: &ImageBuf, quality: u8) -> Result<ImageBuf> {
    let failed = |reason: String| Error::Invalid(format!("a picture cannot be written as JPEG: {reason}"));
    let side = |length: usize| u16::try_from(length).map(u32::from).map_err(|e| failed(e.to_string()));
    let (width, height) = (side(image.width())?, side(image.height())?);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder
        .encode(image.pixels(), width, height, ExtendedColorType::Rgb8)
        .map_err(|error| failed(error.to_string()))?;
    decode_image("picture.jpg".as_ref(), bytes)
}

/// Rows, then columns; the edge pixels go on beyond the edge.
fn blur(pixels: &mut [f32], width: usize, height: usize, sigma: f32) {
    let reach = (3.0 * sigma).ceil().max(1.0) as isize;
    let weights: Vec<f32> =
        (-reach..=reach).map(|x| (-0.5 * (x as f32 / sigma.max(1e-3)).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let mut along = |length: usize, step: usize, starts: &mut dyn Iterator<Item = usize>| {
        for start in starts {
            let line: Vec<f32> = (0..length).map(|i| pixels[start + i * step]).collect();
            for at in 0..length {
                let near = weights.iter().zip(at as isize - reach..);
                let mixed =
                    near.map(|(w, x)| w * line[x.clamp(0, length as isize - 1) as usize]).sum::<f32>();
                pixels[start + at * step] = mixed / sum;
            }
        }
    };
    along(width, 3, &mut (0..height).flat_map(|y| (0..3).map(move |c| y * width * 3 + c)));
    along(height, width * 3, &mut (0..width * 3));
}

fn occlude(pixels: &mut [f32], width: usize, height: usize, share: f32, draw: DistortionDraw) {
    let draws = random::uniform(draw.seed, draw.stream, 6);
    // As high as two thirds of its width to as high as one and a half of it.
    let aspect = ((draws[0] - 0.5) * 0.8).exp();
    let area = share.clamp(0.0, 1.0) * (width * height) as f32;
    let across = ((area * aspect).sqrt().round() as usize).clamp(1, width);
    let down = ((area / aspect).sqrt().round() as usize).clamp(1, height);
    let left = (draws[1] * (width - across + 1) as f32) as usize;
    let top = (draws[2] * (height - down + 1) as f32) as usize;
    for row in pixels.chunks_exact_mut(width * 3).skip(top).take(down) {
        for pixel in row.chunks_exact_mut(3).skip(left).take(across) {
            pixel.copy_from_slice(&draws[3..6]);
        }
    }
}

/// Points between those whose movement is drawn.
const BENDS: usize = 5;

/// Movements are drawn on a coarse grid and are bilinear between; what comes from outside is the edge.
fn warp(pixels: &[f32], width: usize, height: usize, reach: f32, draw: DistortionDraw) -> Vec<f32> {
    let draws = random::standard_normal(draw.seed, draw.stream, BENDS * BENDS * 2);
    let mut out = Vec::with_capacity(pixels.len());
    let cell = |at: usize, length: usize| (at as f32 + 0.5) / length as f32 * (BENDS - 1) as f32;
    for y in 0..height {
        for x in 0..width {
            let moved = |axis: usize| {
                let value = |row: usize, column: usize| draws[(row * BENDS + column) * 2 + axis];
                bilinear(cell(x, width), cell(y, height), BENDS, BENDS, value) * reach
            };
            let (from_x, from_y) = (x as f32 + moved(0), y as f32 + moved(1));
            for c in 0..3 {
                let value = |row: usize, column: usize| pixels[(row * width + column) * 3 + c];
                out.push(bilinear(from_x, from_y, width, height, value));
            }
        }
    }
    out
}

/// Between the four values around a point; outside, the nearest.
pub fn bilinear(x: f32, y: f32, width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> f32 {
    let (x, y) = (x.clamp(0.0, (width - 1) as f32), y.clamp(0.0, (height - 1) as f32));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (across, down) = (x - left as f32, y - top as f32);
    let mix = |row: usize| value(row, left) + (value(row, right) - value(row, left)) * across;
    mix(top) + (mix(bottom) - mix(top)) * down
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAW: DistortionDraw = DistortionDraw { seed: 3, stream: 9 };

    fn face(seed: usize) -> ImageBuf {
        let wave = |i: usize| (((i * (7 + seed)) as f32 / 9.0).sin() * 90.0 + 120.0) as u8;
        ImageBuf::new(24, 20, (0..24 * 20 * 3).map(|i| wave(i / 3 % 24 + i / 72 * 2 + i % 3)).collect())
            .unwrap()
    }

    fn difference(a: &ImageBuf, b: &ImageBuf) -> f64 {
        let differences = a.pixels().iter().zip(b.pixels()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
        differences.sum::<f64>() / a.pixels().len() as f64
    }

    #[test]
    fn the_same_draw_does_the_same_and_more_of_it_does_more() {
        let (image, other) = (face(0), face(4));
        for (kind, name) in LEARNED.iter().enumerate() {
            let at = |level: f32| Distortion::at_level(kind, level).apply(&image, &other, DRAW).unwrap();
            assert_eq!(at(0.5), at(0.5));
            let [weak, middle, strong] = [0.15, 0.5, 1.0].map(|level| difference(&image, &at(level)));
            assert!(0.0 < weak && weak < middle && middle < strong, "{name}: {weak} {middle} {strong}");
        }
        let other_draw = DistortionDraw { stream: 10, ..DRAW };
        for distortion in [Distortion::Noise(0.1), Distortion::Occlusion(0.2), Distortion::Warp(2.0)] {
            let apply = |draw| distortion.apply(&image, &other, draw).unwrap();
            assert_ne!(apply(DRAW), apply(other_draw), "{distortion:?}");
        }
    }

    #[test]
    fn nothing_changes_where_there_is_nothing_to_change() {
        let grey = ImageBuf::filled(16, 12, [90; 3]);
        for distortion in [
            Distortion::Blur(2.0),
            Distortion::Contrast(0.2),
            Distortion::Warp(4.0),
            Distortion::Blend(0.5),
            Distortion::Shift(3),
        ] {
            assert_eq!(distortion.apply(&grey, &grey, DRAW).unwrap(), grey, "{distortion:?}");
        }
        let image = face(1);
        assert_eq!(Distortion::Shift(0).apply(&image, &image, DRAW).unwrap(), image);
        let moved = Distortion::Shift(2).apply(&image, &image, DRAW).unwrap();
        for (row, from) in moved.pixels().chunks_exact(72).zip(image.pixels().chunks_exact(72)) {
            assert_eq!((&row[..3], &row[3..6], &row[6..]), (&from[..3], &from[..3], &from[..66]));
        }
    }
}
