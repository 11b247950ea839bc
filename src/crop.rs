//! The part of a photo that a model gets to see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A square part of a photo, in fractions of its **shorter** side: `size` 1 is the largest upright square.
/// The centre is given in fractions of width and height.
///
/// An upright square lies inside the photo. One that is turned may reach beyond its edges, where the photo is mirrored,
/// and be up to [`Crop::LARGEST`] in size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    /// Centre, 0 left to 1 right.
    pub center_x: f32,
    /// Centre, 0 top to 1 bottom.
    pub center_y: f32,
    /// Side over the photo's shorter side, in (0, 1]; a turned square's in (0, [`Crop::LARGEST`]].
    pub size: f32,
    /// Degrees that the square is turned clockwise in the photo, in [-180, 180]: those of the head in it.
    #[serde(default, skip_serializing_if = "is_upright")]
    pub angle: f32,
}

/// A square in pixels of a photo, which may be turned and reach beyond its edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TurnedSquare {
    /// Its centre: from the photo's left edge, from its top.
    pub center: [f64; 2],
    /// Pixels on a side.
    pub side: f64,
    /// Clockwise.
    pub degrees: f64,
}

fn is_upright(angle: &f32) -> bool {
    *angle == 0.0
}

impl Default for Crop {
    fn default() -> Self {
        Crop { center_x: 0.5, center_y: 0.5, size: 1.0, angle: 0.0 }
    }
}

impl Crop {
    /// Size of the largest turned square.
    pub const LARGEST: f32 = 2.0;

    /// Whether it stands at an angle.
    pub fn is_turned(self) -> bool {
        self.angle.is_finite() && self.angle != 0.0
    }

    /// The nearest crop that lies inside a photo of this size, as pixels: left, top, side. Its angle does not count.
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

    /// The square as it stands in a photo of this size, of at least a pixel. Numbers that are none count as the
    /// middle's.
    pub fn to_square(self, width: usize, height: usize) -> TurnedSquare {
        let or = |value: f32, default: f32| f64::from(if value.is_finite() { value } else { default });
        let side = or(self.size, 1.0).clamp(0.0, Self::LARGEST.into()) * width.min(height) as f64;
        let place = |center: f32, length: usize| or(center, 0.5).clamp(0.0, 1.0) * length as f64;
        TurnedSquare {
            center: [place(self.center_x, width), place(self.center_y, height)],
            side: side.max(1.0),
            degrees: or(self.angle, 0.0),
        }
    }

    /// The crop of a square in a photo of this size.
    pub fn of_square(square: TurnedSquare, width: usize, height: usize) -> Self {
        let part = |at: f64, length: usize| (at / length.max(1) as f64) as f32;
        let angle = square.degrees as f32;
        Crop {
            center_x: part(square.center[0], width).clamp(0.0, 1.0),
            center_y: part(square.center[1], height).clamp(0.0, 1.0),
            size: part(square.side, width.min(height)).clamp(0.0, Self::LARGEST),
            angle: (angle + 180.0).rem_euclid(360.0) - 180.0,
        }
    }
}

/// As [`FromStr`] reads it: `X,Y,SIZE`, or `X,Y,SIZE,ANGLE` where it is turned.
impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Crop { center_x, center_y, size, angle } = self;
        write!(f, "{center_x},{center_y},{size}")?;
        if self.is_turned() { write!(f, ",{angle}") } else { Ok(()) }
    }
}

/// `X,Y,SIZE[,ANGLE]`: the centre in fractions of width and height, the side in fractions of the shorter side, the angle
/// in degrees clockwise.
impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unfit = || {
            format!(
                "'{text}' is no crop; give X,Y,SIZE or X,Y,SIZE,ANGLE, the centre in parts of width and height, the \
                 side in parts of the shorter one (up to 1, at an angle up to {}) and the angle in degrees clockwise, \
                 as in 0.5,0.4,0.8 or 0.5,0.4,0.8,-12",
                Crop::LARGEST
            )
        };
        let numbers: Vec<f32> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        let crop = match numbers[..] {
            [center_x, center_y, size] => Crop { center_x, center_y, size, angle: 0.0 },
            [center_x, center_y, size, angle] => Crop { center_x, center_y, size, angle },
            _ => return Err(unfit()),
        };
        let largest = if crop.is_turned() { Crop::LARGEST } else { 1.0 };
        let fits = text.split(',').count() == numbers.len()
            && [crop.center_x, crop.center_y].iter().all(|part| (0.0..=1.0).contains(part))
            && crop.size > 0.0
            && crop.size <= largest
            && (-180.0..=180.0).contains(&crop.angle);
        if fits { Ok(crop) } else { Err(unfit()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_survives_its_words() {
        let third = Crop { center_x: 0.1234567, center_y: 1.0 / 3.0, size: 0.05, angle: 0.0 };
        for crop in [Crop::default(), third, Crop { size: 1.5, angle: -31.25, ..third }] {
            assert_eq!(crop.to_string().parse(), Ok(crop));
            let json = serde_json::to_string(&crop).unwrap();
            assert_eq!(serde_json::from_str::<Crop>(&json).unwrap(), crop);
            assert_eq!(json.contains("angle"), crop.is_turned(), "{json}");
        }
        assert_eq!("0.5,0.5,1,0".parse(), Ok(Crop::default()));
        for text in [
            "",
            "0.5,0.5",
            "0.5,0.5,0",
            "0.5,0.5,1.1",
            "a,0.5,1",
            "0.5,0.5,NaN",
            "0.5,0.5,1,x",
            "-0.1,0,1",
            "0.5,0.5,1,181",
            "0.5,0.5,2.1,3",
            "0.5,0.5,1.1,0",
            "0.5,0.5,1,2,3",
            "0.5,0.5,1,NaN",
        ] {
            assert!(text.parse::<Crop>().unwrap_err().contains("X,Y,SIZE"), "{text}");
        }
    }

    #[test]
    fn a_crop_is_its_square_and_back() {
        let crop = Crop { center_x: 0.25, center_y: 0.75, size: 1.25, angle: 12.5 };
        let square = crop.to_square(400, 200);
        assert_eq!(square, TurnedSquare { center: [100.0, 150.0], side: 250.0, degrees: 12.5 });
        assert_eq!(Crop::of_square(square, 400, 200), crop);
        let around = Crop::of_square(TurnedSquare { degrees: 350.0, ..square }, 400, 200);
        assert!((around.angle + 10.0).abs() < 1e-4);
    }
}
