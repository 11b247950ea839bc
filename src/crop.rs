//! The part of a photo that a model gets to see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A square part of a photo, in fractions of its **shorter** side: `size` 1 is the largest square.
/// The centre is given in fractions of width and height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    /// Centre, 0 left to 1 right.
    pub center_x: f32,
    /// Centre, 0 top to 1 bottom.
    pub center_y: f32,
    /// Side over the photo's shorter side, in (0, 1].
    pub size: f32,
}

impl Default for Crop {
    fn default() -> Self {
        Crop { center_x: 0.5, center_y: 0.5, size: 1.0 }
    }
}

impl Crop {
    /// The nearest crop that lies inside a photo of this size, as pixels: left, top, side.
    pub fn to_pixels(self, width: usize, height: usize) -> (usize, usize, usize) {
        let short = width.min(height).max(1);
        let size = if self.size.is_finite() { self.size } else { 1.0 };
        let side = ((short as f32 * size).round() as usize).clamp(1, short);
        let place = |center: f32, length: usize| {
            let center = if center.is_finite() { center } else { 0.5 };
            let left = center * length as f32 - side as f32 / 2.0;
            (left.round().max(0.0) as usize).min(length.saturating_sub(side))
        };
        (place(self.center_x, width), place(self.center_y, height), side)
    }
}

/// As [`FromStr`] reads it: `X,Y,SIZE`.
impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Crop { center_x, center_y, size } = self;
        write!(f, "{center_x},{center_y},{size}")
    }
}

/// `X,Y,SIZE`: the centre in fractions of width and height, the side in fractions of the shorter side.
impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unfit = || {
            format!(
                "'{text}' is no crop; give X,Y,SIZE, the centre in parts of width and height and the side in parts \
                 of the shorter one, as in 0.5,0.4,0.8"
            )
        };
        let numbers: Vec<f32> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        match numbers[..] {
            [center_x, center_y, size]
                if text.split(',').count() == 3
                    && [center_x, center_y, size].iter().all(|part| (0.0..=1.0).contains(part))
                    && size > 0.0 =>
            {
                Ok(Crop { center_x, center_y, size })
            }
            _ => Err(unfit()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_survives_its_words() {
        for crop in [Crop::default(), Crop { center_x: 0.1234567, center_y: 1.0 / 3.0, size: 0.05 }] {
            assert_eq!(crop.to_string().parse(), Ok(crop));
        }
        for text in
            ["", "0.5,0.5", "0.5,0.5,0", "0.5,0.5,1.1", "a,0.5,1", "0.5,0.5,NaN", "0.5,0.5,1,x", "-0.1,0,1"]
        {
            assert!(text.parse::<Crop>().unwrap_err().contains("X,Y,SIZE"), "{text}");
        }
    }
}
