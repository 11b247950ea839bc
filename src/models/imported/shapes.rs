//! Shapes of pictures.

use std::fmt;

use crate::config::{DecoderConfig, EncoderConfig, ImportedConfig, PictureLayout};

/// Sides below which an array is a map of features rather than a picture.
const LEAST_SIDE: usize = 8;
/// Numbers below which a vector is a code rather than a picture: those of 28 × 28.
const LEAST_FLAT: usize = 784;

/// The shape of pictures in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureShape {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub layout: PictureLayout,
}

impl PictureShape {
    /// The shape of an array with these sides for one picture; none if that is no picture.
    pub fn of(sides: &[usize]) -> Option<Self> {
        let is_side = |side: usize| side >= LEAST_SIDE;
        let is_channels = |side: usize| side == 1 || side == 3;
        match *sides {
            [channels, height, width] if is_channels(channels) && is_side(height) && is_side(width) => {
                Some(Self { width, height, channels, layout: PictureLayout::ChannelsFirst })
            }
            [height, width, channels] if is_channels(channels) && is_side(height) && is_side(width) => {
                Some(Self { width, height, channels, layout: PictureLayout::ChannelsLast })
            }
            [numbers] if numbers >= LEAST_FLAT => [1, 3].into_iter().find_map(|channels| {
                let side = (numbers / channels).isqrt();
                let fits = side * side * channels == numbers;
                fits.then_some(Self { width: side, height: side, channels, layout: PictureLayout::Flat })
            }),
            _ => None,
        }
    }

    /// The reading of a model of such pictures.
    pub fn config(&self, encoder: Option<EncoderConfig>, decoder: Option<DecoderConfig>) -> ImportedConfig {
        let Self { width, height, channels, layout } = *self;
        ImportedConfig { width, height, channels, layout, encoder, decoder }
    }
}

impl fmt::Display for PictureShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colours = if self.channels == 1 { "grey" } else { "RGB" };
        write!(f, "{} × {} pixels, {colours}, {}", self.width, self.height, self.layout.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_pictures_or_not() {
        let of = |sides: &[usize]| PictureShape::of(sides).map(|s| (s.width, s.height, s.channels, s.layout));
        assert_eq!(of(&[3, 64, 48]), Some((48, 64, 3, PictureLayout::ChannelsFirst)));
        assert_eq!(of(&[64, 48, 1]), Some((48, 64, 1, PictureLayout::ChannelsLast)));
        assert_eq!(of(&[784]), Some((28, 28, 1, PictureLayout::Flat)));
        assert_eq!(of(&[3072]), Some((32, 32, 3, PictureLayout::Flat)));
        for none in [&[128][..], &[100, 1, 1], &[4, 8, 8], &[512, 4, 4], &[1000], &[], &[16, 16]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
