//! A picture as plain data: what crosses the protocol, lands in textures and is written to files.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageEncoder};
use serde::de::{Error as _, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Weights of red, green and blue in a grey picture (ITU-R BT.601), as Pillow's `convert("L")` has them.
pub const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Pixels of the largest picture that is read from a format for machines.
const MOST_PIXELS: u64 = 1 << 28;

/// An 8-bit RGB picture, rows from the top, three bytes a pixel, no padding. Formats for machines hold it as PNG.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageBuf {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// Parts that a picture is read from; they may not fit together.
#[derive(Serialize, Deserialize)]
struct Parts {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Serialize for ImageBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let ImageBuf { width, height, pixels } = self.clone();
            return Parts { width, height, pixels }.serialize(serializer);
        }
        serializer.serialize_bytes(&self.to_png().map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for ImageBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Parts::deserialize(deserializer)?.try_into().map_err(D::Error::custom);
        }
        deserializer.deserialize_bytes(PngVisitor)
    }
}

struct PngVisitor;

impl Visitor<'_> for PngVisitor {
    type Value = ImageBuf;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the bytes of a PNG file")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<ImageBuf, E> {
        ImageBuf::from_png(bytes).ok_or_else(|| E::custom("bytes that are no picture in 8-bit RGB"))
    }

    fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<ImageBuf, E> {
        self.visit_bytes(&bytes)
    }
}

impl TryFrom<Parts> for ImageBuf {
    type Error = String;

    fn try_from(Parts { width, height, pixels }: Parts) -> Result<Self, String> {
        let bytes = pixels.len();
        ImageBuf::new(width, height, pixels)
            .ok_or_else(|| format!("{bytes} bytes are not a picture of {width}×{height} pixels"))
    }
}

impl ImageBuf {
    /// Wraps `pixels` (`height * width * 3` bytes). `None` when the length does not fit.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        (width > 0 && height > 0 && width.checked_mul(height)?.checked_mul(3)? == pixels.len())
            .then_some(Self { width, height, pixels })
    }

    /// A picture from RGBA pixels, transparency laid over white. `None` when the length does not fit.
    pub fn from_rgba(
        width: usize,
        height: usize,
        rgba: impl ExactSizeIterator<Item = [u8; 4]>,
    ) -> Option<Self> {
        let mut pixels = Vec::with_capacity(3 * rgba.len());
        rgba.for_each(|pixel| pixels.extend_from_slice(&over_white(pixel)));
        Self::new(width, height, pixels)
    }

    /// A picture of one colour. Zero sides become one pixel.
    pub fn filled(width: usize, height: usize, rgb: [u8; 3]) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self { width, height, pixels: rgb.repeat(width * height) }
    }

    /// A picture from floats in [0, 1], height × width × RGB; values outside are clamped, NaN becomes black.
    /// `None` when the length does not fit.
    pub fn from_unit_floats(width: usize, height: usize, values: &[f32]) -> Option<Self> {
        Self::new(width, height, values.iter().map(|v| (v * 255.0).round() as u8).collect())
    }

    /// The pixels as floats in [0, 1], height × width × RGB.
    pub fn to_unit_floats(&self) -> Vec<f32> {
        self.pixels.iter().map(|&v| f32::from(v) / 255.0).collect()
    }

    /// Itself as PNG, packed quickly.
    fn to_png(&self) -> image::ImageResult<Vec<u8>> {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
        // A side of more than 2³² pixels fits in no memory.
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let (width, height) = (side(self.width), side(self.height));
        encoder.write_image(&self.pixels, width, height, ExtendedColorType::Rgb8)?;
        Ok(bytes)
    }

    /// A PNG of 8-bit RGB; `None` for other bytes, and for more pixels than [`MOST_PIXELS`].
    fn from_png(bytes: &[u8]) -> Option<Self> {
        let decoder = PngDecoder::new(Cursor::new(bytes)).ok()?;
        let (width, height) = decoder.dimensions();
        let pixels = u64::from(width) * u64::from(height);
        if decoder.color_type() != ColorType::Rgb8 || pixels > MOST_PIXELS {
            return None;
        }
        let mut pixels = vec![0; usize::try_from(pixels * 3).ok()?];
        decoder.read_image(&mut pixels).ok()?;
        Self::new(width as usize, height as usize, pixels)
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes, RGB, rows from the top.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Copies `tile` into this picture with its top left corner at (`x`, `y`); what lies outside is cut off.
    pub fn paste(&mut self, tile: &ImageBuf, x: usize, y: usize) {
        let columns = tile.width.min(self.width.saturating_sub(x));
        let rows = tile.height.min(self.height.saturating_sub(y));
        for row in 0..rows {
            let from = row * tile.width * 3;
            let to = ((y + row) * self.width + x) * 3;
            self.pixels[to..to + columns * 3].copy_from_slice(&tile.pixels[from..from + columns * 3]);
        }
    }

    /// Lays `tiles` out in rows of `columns` with `gap` pixels of `background` between and around
    /// them. Every cell is as large as the largest tile. `None` when there is no tile.
    pub fn grid(tiles: &[ImageBuf], columns: usize, gap: usize, background: [u8; 3]) -> Option<Self> {
        let cell_width = tiles.iter().map(|t| t.width).max()?;
        let cell_height = tiles.iter().map(|t| t.height).max()?;
        let columns = columns.clamp(1, tiles.len());
        let rows = tiles.len().div_ceil(columns);
        let mut sheet =
            Self::filled(columns * (cell_width + gap) + gap, rows * (cell_height + gap) + gap, background);
        for (index, tile) in tiles.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            sheet.paste(tile, gap + column * (cell_width + gap), gap + row * (cell_height + gap));
        }
        Some(sheet)
    }
}

/// A pixel of red, green, blue and alpha (not multiplied into the colours) as it looks on white. Every picture that
/// comes into the program is laid on white: what colour stands behind transparent pixels is arbitrary, and most
/// pictures with transparency were made to be seen on a page.
pub fn over_white(rgba: [u8; 4]) -> [u8; 3] {
    let [red, green, blue, alpha] = rgba.map(u16::from);
    [red, green, blue].map(|value| ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

/// Absolute difference of two pictures of one size per pixel, averaged over the channels, in [0, 1]; height × width.
pub fn difference(a: &ImageBuf, b: &ImageBuf) -> Vec<f32> {
    let pixels = a.pixels().chunks_exact(3).zip(b.pixels().chunks_exact(3));
    pixels
        .map(|(a, b)| {
            let sum: u16 = a.iter().zip(b).map(|(a, b)| u16::from(a.abs_diff(*b))).sum();
            f32::from(sum) / (3.0 * 255.0)
        })
        .collect()
}

/// The colour of heat for a value in [0, 1]: black, violet, orange, pale yellow. The control points are those of
/// matplotlib's `inferno` at 0, 1/8, …, 1 (Smith & van der Walt, CC0).
pub fn heat(value: f32) -> [u8; 3] {
    const STOPS: [[u8; 3]; 9] = [
        [0, 0, 4],
        [31, 12, 72],
        [85, 15, 109],
        [136, 34, 106],
        [186, 54, 85],
        [227, 89, 51],
        [249, 140, 10],
        [249, 201, 50],
        [252, 255, 164],
    ];
    let place = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 } * (STOPS.len() - 1) as f32;
    let below = (place as usize).min(STOPS.len() - 2);
    let part = place - below as f32;
    let mix = |channel: usize| {
        let (a, b) = (f32::from(STOPS[below][channel]), f32::from(STOPS[below + 1][channel]));
        (a + (b - a) * part).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

impl std::fmt::Debug for ImageBuf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImageBuf({}×{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_length_is_refused() {
        assert!(ImageBuf::new(2, 2, vec![0; 12]).is_some());
        assert!(ImageBuf::new(2, 2, vec![0; 11]).is_none());
        assert!(ImageBuf::new(0, 2, vec![]).is_none());
        assert!(ImageBuf::new(usize::MAX, 2, vec![]).is_none());
    }

    #[test]
    fn bytes_survive_the_way_through_floats() {
        let image = ImageBuf::new(16, 16, (0..768).map(|i| (i % 256) as u8).collect()).unwrap();
        assert_eq!(ImageBuf::from_unit_floats(16, 16, &image.to_unit_floats()).unwrap(), image);
        let odd = ImageBuf::from_unit_floats(1, 1, &[f32::NAN, -3.0, 7.0]).unwrap();
        assert_eq!(odd.pixels(), [0, 0, 255]);
    }

    #[test]
    fn a_grid_places_every_tile() {
        let tiles: Vec<_> = (1..=3).map(|v| ImageBuf::filled(2, 2, [v, v, v])).collect();
        let sheet = ImageBuf::grid(&tiles, 2, 1, [9, 9, 9]).unwrap();
        assert_eq!((sheet.width(), sheet.height()), (7, 7));
        let at = |x: usize, y: usize| sheet.pixels()[(y * 7 + x) * 3];
        assert_eq!((at(0, 0), at(1, 1), at(4, 1), at(1, 4), at(4, 4)), (9, 1, 2, 3, 9));
    }

    #[test]
    fn difference_is_the_mean_over_channels() {
        let a = ImageBuf::new(2, 1, vec![0, 0, 0, 10, 20, 30]).unwrap();
        let b = ImageBuf::new(2, 1, vec![255, 255, 255, 10, 50, 0]).unwrap();
        let found = difference(&a, &b);
        assert_eq!(found[0], 1.0);
        assert!((found[1] - 60.0 / 765.0).abs() < 1e-7);
        assert_eq!(difference(&b, &a), found);
    }
}
