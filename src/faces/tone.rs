//! From light to bytes.

use std::sync::LazyLock;

use glam::Vec4;

use super::wide::whole;

/// Steps of the curve up to the light that is white.
const STEPS: usize = 4096;
const WHITE: f32 = 1.4;

/// Exposure, a film's shoulder, and sRGB.
pub struct ToneCurve {
    curve: [u8; STEPS],
}

/// Worked out on first use.
pub static TONE: LazyLock<ToneCurve> = LazyLock::new(|| {
    let curve = |step: usize| {
        let v = step as f32 / (STEPS - 1) as f32 * WHITE * 1.12;
        let v = v * (1.0 + v * 0.16) / (1.0 + v * 0.34);
        let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v.min(1.0) * 255.0 + 0.5) as u8
    };
    ToneCurve { curve: std::array::from_fn(curve) }
});

impl ToneCurve {
    /// Red, green and blue of a light (the fourth number is nothing) as bytes.
    pub fn developed(&self, light: Vec4) -> [u8; 3] {
        let last = (STEPS - 1) as f32;
        let steps = whole((light * (last / WHITE)).clamp(Vec4::ZERO, Vec4::splat(last)));
        [steps[0], steps[1], steps[2]].map(|step| self.curve[step as usize % STEPS])
    }
}
