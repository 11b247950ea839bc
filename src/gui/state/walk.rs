//! The Interpolate screen's state: two ends, the way between, the scrubber.

use super::picture::Picture;
use crate::config::WalkPath;
use crate::worker::protocol::{Crop, PhotoId};

/// Pictures from end to end in an animation.
pub const GIF_FRAMES: usize = 24;

/// Where an end of the walk comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum EndSource {
    /// A part of a photo, encoded.
    Photo(PhotoId, Crop),
    /// A draw from the prior, by seed.
    Sample(u64),
    /// The sliders of Explore, with the code they stood at.
    Sliders(Vec<f32>),
}

/// An end of the walk.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// Where it comes from; none until chosen.
    pub source: Option<EndSource>,
    /// Its code in the selected model, once known.
    pub code: Option<Vec<f32>>,
    /// Its picture, once known.
    pub picture: Option<Picture>,
}

/// A walk between two codes.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Start and end.
    pub ends: [End; 2],
    /// The way between.
    pub path: WalkPath,
    /// Pictures in the strip and in exports.
    pub frames: usize,
    /// Where the scrubber stands, in [0, 1].
    pub position: f32,
    /// Whether it moves by itself.
    pub playing: bool,
    /// Seconds from end to end.
    pub seconds: f32,
    /// +1 on the way to the end, −1 on the way back.
    direction: f32,
    /// The picture under the scrubber.
    pub frame: Option<Picture>,
    /// The whole walk.
    pub strip: Vec<Picture>,
}

impl Default for Walk {
    fn default() -> Self {
        Walk {
            ends: [End::default(), End::default()],
            path: WalkPath::Slerp,
            frames: 9,
            position: 0.5,
            playing: false,
            seconds: 2.0,
            direction: 1.0,
            frame: None,
            strip: Vec::new(),
        }
    }
}

impl Walk {
    /// The codes of both ends, once both are known.
    pub fn codes(&self) -> Option<(&[f32], &[f32])> {
        Some((self.ends[0].code.as_deref()?, self.ends[1].code.as_deref()?))
    }

    /// Moves the scrubber on by `seconds` of playing, back and forth between the ends.
    pub fn advance(&mut self, seconds: f32) {
        let mut position = self.position + self.direction * seconds / self.seconds.max(0.1);
        if position >= 1.0 {
            position = (2.0 - position).max(0.0);
            self.direction = -1.0;
        } else if position <= 0.0 {
            position = (-position).min(1.0);
            self.direction = 1.0;
        }
        self.position = position;
    }

    /// Exchanges start and end; what the scrubber shows stays.
    pub fn swap(&mut self) {
        self.ends.swap(0, 1);
        self.strip.reverse();
        self.position = 1.0 - self.position;
        self.direction = -self.direction;
    }

    /// Position of a picture of the strip.
    pub fn strip_position(&self, index: usize) -> f32 {
        index as f32 / (self.frames.max(2) - 1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playing_goes_back_and_forth() {
        let mut walk = Walk { position: 0.9, seconds: 1.0, ..Walk::default() };
        walk.advance(0.2);
        assert!((walk.position - 0.9).abs() < 1e-6);
        walk.advance(0.8);
        assert!((walk.position - 0.1).abs() < 1e-6);
        walk.advance(0.2);
        assert!((walk.position - 0.1).abs() < 1e-6);
        walk.advance(0.3);
        assert!((walk.position - 0.4).abs() < 1e-6);
        for step in 0..1000 {
            walk.advance(step as f32 * 0.013);
            assert!((0.0..=1.0).contains(&walk.position));
        }
    }

    #[test]
    fn swapping_twice_changes_nothing() {
        let mut walk = Walk { position: 0.25, ..Walk::default() };
        walk.ends[0].source = Some(EndSource::Sample(7));
        walk.swap();
        assert_eq!((walk.position, walk.ends[1].source.clone()), (0.75, Some(EndSource::Sample(7))));
        walk.swap();
        assert_eq!((walk.position, walk.ends[0].source.clone()), (0.25, Some(EndSource::Sample(7))));
    }
}
