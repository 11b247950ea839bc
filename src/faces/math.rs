//! Small functions of shading, and noise that is the same everywhere.

use std::f32::consts::PI;
use std::ops::{Add, Div, Mul, Sub};
use std::sync::LazyLock;

use glam::{Vec2, Vec3, Vec4, vec2};

/// An operand of the functions below: one number, or four side by side.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f32, Output = Self>
    + Sub<f32, Output = Self>
    + Mul<f32, Output = Self>
{
    /// This, or `low` where it is less.
    fn at_least(self, low: f32) -> Self;
    /// This, or `high` where it is more.
    fn at_most(self, high: f32) -> Self;
}

impl Number for f32 {
    fn at_least(self, low: f32) -> f32 {
        self.max(low)
    }

    fn at_most(self, high: f32) -> f32 {
        self.min(high)
    }
}

impl Number for Vec4 {
    fn at_least(self, low: f32) -> Vec4 {
        self.max(Vec4::splat(low))
    }

    fn at_most(self, high: f32) -> Vec4 {
        self.min(Vec4::splat(high))
    }
}

/// Within [0, 1].
pub fn unit<T: Number>(x: T) -> T {
    x.at_least(0.0).at_most(1.0)
}

/// 0 below `low`, 1 above `high`, smooth between (Hermite). `low > high` turns it round.
pub fn smoothstep<T: Number>(low: f32, high: f32, x: T) -> T {
    let t = unit((x - low) * (1.0 / (high - low)));
    t * t * (t * -2.0 + 3.0)
}

/// `a` at 0, `b` at 1.
pub fn mix<T: Number>(a: f32, b: f32, t: T) -> T {
    t * (b - a) + a
}

/// Share of a sample `width` wide that lies inside, for a signed distance that is positive there.
pub fn inside<T: Number>(distance: T, width: T) -> T {
    unit(distance / width + 0.5)
}

/// Share of a sample `width` wide that a line of `half` its own width covers.
pub fn line<T: Number>(distance: T, half: T, width: T) -> T {
    inside(half - distance, width) - inside(half * -1.0 - distance, width)
}

/// A bump of height 1 and reach 1, flat at both (a cheap bell).
pub fn bell<T: Number>(x: T) -> T {
    bump(x * x)
}

/// A [`bell`] of this square.
pub fn bump<T: Number>(square: T) -> T {
    let t = (square * -1.0 + 1.0).at_least(0.0);
    t * t
}

/// `x` to the fourth power and up: powers of a highlight by squaring.
pub fn squared<T: Number>(mut x: T, times: u32) -> T {
    for _ in 0..times {
        x = x * x;
    }
    x
}

/// A number in [0, 1) for a point of a lattice.
pub const fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ seed;
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    (h >> 8) as f32 / (1 << 24) as f32
}

/// The whole number below. (`f32::floor` is a call into a library on plain x86-64.)
pub fn floor(x: f32) -> i32 {
    let towards_zero = x as i32;
    towards_zero - i32::from((towards_zero as f32) > x)
}

/// The angle of a direction, within 0.0002, the same on every machine (after Abramowitz and Stegun 4.4.49).
pub fn atan2(y: f32, x: f32) -> f32 {
    let (small, large) = (x.abs().min(y.abs()), x.abs().max(y.abs()));
    let t = small / large.max(1e-20);
    let s = t * t;
    let octant = t * (0.999_866 + s * (-0.330_299_5 + s * (0.180_141 + s * (-0.085_133 + s * 0.020_835_1))));
    let quadrant = if y.abs() > x.abs() { 0.5 * PI - octant } else { octant };
    let half = if x < 0.0 { PI - quadrant } else { quadrant };
    if y < 0.0 { -half } else { half }
}

/// Cells along a side of [`LATTICE`].
const CELLS: usize = 64;

/// A square of noise that repeats: [`hash`] at the corners of each cell, below left, below right, above left,
/// above right. One look finds all four.
static LATTICE: [[f32; 4]; CELLS * CELLS] = {
    let mut lattice = [[0.0; 4]; CELLS * CELLS];
    let mut at = 0;
    while at < lattice.len() {
        let mut corner = 0;
        while corner < 4 {
            let (x, y) = ((at % CELLS + corner % 2) % CELLS, (at / CELLS + corner / 2) % CELLS);
            lattice[at][corner] = hash(x as i32, y as i32, 0);
            corner += 1;
        }
        at += 1;
    }
    lattice
};

/// Four numbers in [0, 1) for a cell. Every seed begins elsewhere in the square.
pub fn cell(x: i32, y: i32, seed: u32) -> Vec4 {
    let begin = seed.wrapping_mul(0x9E37_79B1);
    let column = (x as u32).wrapping_add(begin >> 8) as usize % CELLS;
    let row = (y as u32).wrapping_add(begin >> 20) as usize % CELLS;
    Vec4::from_array(LATTICE[row * CELLS + column])
}

/// Smooth noise in [0, 1) with features about 1 across.
pub fn noise(p: Vec2, seed: u32) -> f32 {
    let (x, y) = (floor(p.x), floor(p.y));
    let f = p - vec2(x as f32, y as f32);
    let f = f * f * (3.0 - 2.0 * f);
    let [a, b, c, d] = cell(x, y, seed).to_array();
    mix(mix(a, b, f.x), mix(c, d, f.x), f.y)
}

/// A colour as people write it, as linear light.
pub fn srgb(r: u8, g: u8, b: u8) -> Vec3 {
    static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
        std::array::from_fn(|v| {
            let v = v as f32 / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        })
    });
    Vec3::new(LINEAR[r as usize], LINEAR[g as usize], LINEAR[b as usize])
}

/// The colour at `t` in [0, 1] of evenly spaced stops.
pub fn ramp(stops: &[Vec3], t: f32) -> Vec3 {
    let at = t.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let low = (at as usize).min(stops.len() - 2);
    stops[low].lerp(stops[low + 1], at - low as f32)
}

/// A linear colour of this hue (turns), saturation and value in sRGB terms.
pub fn hsv(hue: f32, saturation: f32, value: f32) -> Vec3 {
    let channel = |offset: f32| {
        let k = (hue.rem_euclid(1.0) * 6.0 + offset) % 6.0;
        let v = value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0);
        v * v * (0.3 * v + 0.7)
    };
    Vec3::new(channel(5.0), channel(3.0), channel(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_and_whole_numbers_are_those_of_the_library() {
        for i in 0..1000 {
            let angle = (i as f32 / 500.0 - 1.0) * 3.1;
            let (y, x) = (2.5 * angle.sin(), 2.5 * angle.cos());
            assert!((atan2(y, x) - angle).abs() < 2e-4, "{angle}: {}", atan2(y, x));
            assert_eq!(floor(7.0 * angle), (7.0 * angle).floor() as i32);
        }
        assert_eq!(atan2(0.0, 0.0), 0.0);
        assert_eq!([floor(-1.0), floor(-0.5), floor(0.0), floor(0.5)], [-1, -1, 0, 0]);
    }

    #[test]
    fn a_line_covers_what_it_is_wide() {
        // However thin it is against the samples, and wherever it lies between them.
        for half in [0.02, 0.2, 0.9, 3.0] {
            for shift in [0.0, 0.3, 0.5] {
                let covered: f32 = (-9..=9).map(|i| line(i as f32 + shift, half, 1.0)).sum();
                assert!((covered - 2.0 * half).abs() < 1e-5, "{half} at {shift}: {covered}");
            }
        }
    }

    #[test]
    fn noise_is_smooth_and_fills_its_range() {
        let at = |i: i32| noise(vec2(0.01 * i as f32 - 20.0, 0.37), 5);
        let values: Vec<f32> = (0..4000).map(at).collect();
        let (low, high) = values.iter().fold((1f32, 0f32), |(l, h), &v| (l.min(v), h.max(v)));
        assert!((0.0..0.25).contains(&low) && (0.75..1.0).contains(&high), "{low} to {high}");
        assert!(values.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.02));
    }

    #[test]
    fn grey_is_grey_and_hues_go_round() {
        assert_eq!(srgb(255, 255, 255), Vec3::ONE);
        let grey = hsv(0.3, 0.0, 0.5);
        assert!(grey.x == grey.y && grey.y == grey.z);
        assert!((hsv(0.0, 0.7, 0.8) - hsv(1.0, 0.7, 0.8)).abs().max_element() < 1e-6);
    }
}
