//! Four samples side by side, so that one instruction serves all of them.

use std::ops::{Add, Mul, Sub};

use glam::{Mat4, Vec3, Vec4};

use super::math::{Number, cell, unit};

/// A number of each of four samples.
pub type Wide = Vec4;

/// Three numbers of each of four samples: a place, a direction, or a colour.
#[derive(Clone, Copy, Debug)]
pub struct Wide3 {
    /// First, or red.
    pub x: Wide,
    /// Second, or green.
    pub y: Wide,
    /// Third, or blue.
    pub z: Wide,
}

impl Wide3 {
    /// One vector for all four.
    pub fn all(v: Vec3) -> Self {
        Wide3 { x: Wide::splat(v.x), y: Wide::splat(v.y), z: Wide::splat(v.z) }
    }

    /// The number of each, three times.
    pub fn grey(v: Wide) -> Self {
        Wide3 { x: v, y: v, z: v }
    }

    /// `f` of each channel.
    pub fn map(self, f: impl Fn(Wide) -> Wide) -> Self {
        Wide3 { x: f(self.x), y: f(self.y), z: f(self.z) }
    }

    /// The dot products with one direction.
    pub fn dot(self, v: Vec3) -> Wide {
        self.x * v.x + self.y * v.y + self.z * v.z
    }

    /// The vectors at length 1; what has no length stays as it is.
    pub fn normalize(self) -> Self {
        let square = self.x * self.x + self.y * self.y + self.z * self.z;
        self * square.at_least(1e-24).sqrt().recip()
    }

    /// This at 0, `to` at 1.
    pub fn lerp(self, to: Self, t: Wide) -> Self {
        self + (to - self) * t
    }

    /// A choice: this where `mask` is set, `other` elsewhere.
    pub fn select(mask: glam::BVec4A, this: Self, other: Self) -> Self {
        let pick = |a, b| Wide::select(mask, a, b);
        Wide3 { x: pick(this.x, other.x), y: pick(this.y, other.y), z: pick(this.z, other.z) }
    }
}

impl Add for Wide3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Wide3 { x: self.x + other.x, y: self.y + other.y, z: self.z + other.z }
    }
}

impl Sub for Wide3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Wide3 { x: self.x - other.x, y: self.y - other.y, z: self.z - other.z }
    }
}

impl Mul for Wide3 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Wide3 { x: self.x * other.x, y: self.y * other.y, z: self.z * other.z }
    }
}

impl Mul<Vec3> for Wide3 {
    type Output = Self;
    fn mul(self, by: Vec3) -> Self {
        Wide3 { x: self.x * by.x, y: self.y * by.y, z: self.z * by.z }
    }
}

impl Mul<Wide> for Wide3 {
    type Output = Self;
    fn mul(self, by: Wide) -> Self {
        self.map(|v| v * by)
    }
}

impl Mul<f32> for Wide3 {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        self.map(|v| v * by)
    }
}

impl Add<f32> for Wide3 {
    type Output = Self;
    fn add(self, more: f32) -> Self {
        self.map(|v| v + more)
    }
}

/// A mixture as by [`mix`](super::math::mix), between different numbers of each sample.
pub fn blend(a: Wide, b: Wide, t: Wide) -> Wide {
    a + (b - a) * t
}

/// The square of the distance from (0, 0) where a reach is `(wide, high)`.
pub fn square(x: Wide, y: Wide, (wide, high): (f32, f32)) -> Wide {
    let (x, y) = (x * (1.0 / wide), y * (1.0 / high));
    x * x + y * y
}

/// Distance from (0, 0).
pub fn length(x: Wide, y: Wide) -> Wide {
    (x * x + y * y).sqrt()
}

/// Noise as by [`noise`](super::math::noise).
pub fn noise(x: Wide, y: Wide, seed: u32) -> Wide {
    let (column, row) = (x.floor(), y.floor());
    let smooth = |t: Wide| t * t * (t * -2.0 + 3.0);
    let (tx, ty) = (smooth(unit(x - column)), smooth(unit(y - row)));
    let [a, b, c, d] = cells(column, row, seed);
    blend(blend(a, b, tx), blend(c, d, tx), ty)
}

/// The nearest whole numbers, as two's complement. (Adding so large a number leaves no bits for a fraction: one
/// instruction, where a cast, which minds all other numbers too, takes a dozen.) Right within ±2²².
pub fn whole(x: Wide) -> [u32; 4] {
    const SHIFT: f32 = 12_582_912.0;
    (x + SHIFT).to_array().map(|v| v.to_bits().wrapping_sub(SHIFT.to_bits()))
}

/// Numbers as by [`cell`] for the cells that the four samples are in: the first numbers of all four, then the second,
/// and so on.
pub fn cells(column: Wide, row: Wide, seed: u32) -> [Wide; 4] {
    let (columns, rows) = (whole(column), whole(row));
    let of = |lane: usize| cell(columns[lane] as i32, rows[lane] as i32, seed);
    let turned = Mat4::from_cols(of(0), of(1), of(2), of(3)).transpose();
    [turned.x_axis, turned.y_axis, turned.z_axis, turned.w_axis]
}

#[cfg(test)]
mod tests {
    use glam::{vec2, vec4};

    use super::*;
    use crate::faces::math;

    #[test]
    fn noise_is_that_of_one_sample() {
        let (x, y) = (vec4(-70.3, 0.0, 3.999, 1e4 + 0.5), vec4(0.25, -1.0, 64.0, -3.75));
        for seed in [0, 5, u32::MAX] {
            let four = noise(x, y, seed);
            for lane in 0..4 {
                let one = math::noise(vec2(x[lane], y[lane]), seed);
                assert!((four[lane] - one).abs() < 1e-6, "sample {lane}: {} for {one}", four[lane]);
            }
        }
    }

    #[test]
    fn whole_numbers_are_the_nearest() {
        let x = vec4(-3.6, 0.4, 4095.0, -4_000_000.0);
        assert_eq!(whole(x).map(|v| v as i32), [-4, 0, 4095, -4_000_000]);
    }

    #[test]
    fn directions_have_length_one_or_none() {
        let v = Wide3 { x: vec4(3.0, 0.0, 0.0, 1e-3), y: vec4(4.0, 0.0, -2.0, 0.0), z: Vec4::ZERO };
        let n = v.normalize();
        assert!((n.x - vec4(0.6, 0.0, 0.0, 1.0)).abs().max_element() < 1e-6);
        assert!((n.y - vec4(0.8, 0.0, -1.0, 0.0)).abs().max_element() < 1e-6);
    }
}
