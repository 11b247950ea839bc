//! Small functions of shading, and noise that is the same everywhere.

use std::f32::consts::PI;

use glam::{Vec2, Vec3, vec2};

/// 0 below `low`, 1 above `high`, smooth between (Hermite). `low > high` turns it round.
pub fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `a` at 0, `b` at 1.
pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// How much of a sample `width` wide lies inside, for a signed distance that is positive there.
pub fn inside(distance: f32, width: f32) -> f32 {
    (distance / width + 0.5).clamp(0.0, 1.0)
}

/// How much of a sample `width` wide a line of `half` its own width covers.
pub fn line(distance: f32, half: f32, width: f32) -> f32 {
    inside(half - distance, width) - inside(-half - distance, width)
}

/// A bump of height 1 and reach 1, flat at both (a cheap bell).
pub fn bell(x: f32) -> f32 {
    let t = (1.0 - x * x).max(0.0);
    t * t
}

/// `x` to the fourth power and up: powers of a highlight by squaring.
pub fn squared(mut x: f32, times: u32) -> f32 {
    for _ in 0..times {
        x *= x;
    }
    x
}

/// A number in [0, 1) for a point of a lattice.
pub fn hash(x: i32, y: i32, seed: u32) -> f32 {
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

/// Smooth noise in [0, 1) with features about 1 across.
pub fn noise(p: Vec2, seed: u32) -> f32 {
    let (x, y) = (floor(p.x), floor(p.y));
    let f = p - vec2(x as f32, y as f32);
    let f = f * f * (3.0 - 2.0 * f);
    let low = mix(hash(x, y, seed), hash(x + 1, y, seed), f.x);
    let high = mix(hash(x, y + 1, seed), hash(x + 1, y + 1, seed), f.x);
    mix(low, high, f.y)
}

/// A colour as people write it, as linear light.
pub fn srgb(r: u8, g: u8, b: u8) -> Vec3 {
    let linear = |v: u8| {
        let v = f32::from(v) / 255.0;
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    Vec3::new(linear(r), linear(g), linear(b))
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
