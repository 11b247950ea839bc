//! The part of a photo that a model gets to see.

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
