//! Ways from one code to another.

/// Below this sine of the angle between two codes the great circle through them is not determined.
const PARALLEL: f64 = 1e-6;

/// The straight line: (1 − t)·a + t·b. Exactly `a` at 0 and `b` at 1. As long as the shorter of the two.
pub fn lerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    blend(a, b, 1.0 - f64::from(t), f64::from(t))
}

/// The great circle: sin((1 − t)·ω)/sin ω · a + sin(t·ω)/sin ω · b, with ω the angle between `a` and `b`.
/// Exactly `a` at 0 and `b` at 1. As long as the shorter of the two.
///
/// White: "Sampling generative networks" (2016), arXiv:1609.04468, section 2.1, as in its `slerp`: the
/// angle is that of the directions, the codes themselves are not normalised. Between codes of one length
/// the walk keeps that length, which is where a high-dimensional Gaussian has nearly all of its mass; a
/// straight line leaves it. Where no circle is determined (a zero, parallel or opposite codes) this is
/// [`lerp`].
pub fn slerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    let dot =
        |x: &[f32], y: &[f32]| -> f64 { x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum() };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    let angle = (dot(a, b) / lengths).clamp(-1.0, 1.0).acos();
    let sine = angle.sin();
    // A zero code has no direction: its angle is NaN, which is not above anything.
    if sine > PARALLEL {
        let t = f64::from(t);
        blend(a, b, ((1.0 - t) * angle).sin() / sine, (t * angle).sin() / sine)
    } else {
        lerp(a, b, t)
    }
}

fn blend(a: &[f32], b: &[f32], of_a: f64, of_b: f64) -> Vec<f32> {
    a.iter().zip(b).map(|(&a, &b)| (of_a * f64::from(a) + of_b * f64::from(b)) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::sampling::sample;
    use crate::report::LatentInfo;

    fn length(code: &[f32]) -> f64 {
        code.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt()
    }

    #[track_caller]
    fn assert_near(found: &[f32], expected: &[f32]) {
        let far = found.iter().zip(expected).any(|(a, b)| (a - b).abs() > 1e-5);
        assert!(!far && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    #[test]
    fn the_ends_are_the_inputs_to_the_bit() {
        for (seed, dim) in [1, 2, 3, 16, 128, 512].into_iter().enumerate() {
            let ends = sample(&LatentInfo::unmeasured(dim), 2, seed as u64);
            for path in [lerp, slerp] {
                let codes = [0.0, 1.0].map(|t| path(&ends[0], &ends[1], t));
                assert_eq!(codes[..], ends[..], "in {dim} dimensions");
            }
        }
    }

    #[test]
    fn a_walk_back_is_the_walk_reversed() {
        let ends = sample(&LatentInfo::unmeasured(32), 2, 7);
        let positions = [0.0, 0.125, 0.25, 0.5, 0.75, 0.875, 1.0];
        for path in [lerp, slerp] {
            for t in positions {
                assert_near(&path(&ends[0], &ends[1], t), &path(&ends[1], &ends[0], 1.0 - t));
            }
        }
    }

    #[test]
    fn a_circle_keeps_the_length_and_moves_evenly_where_a_line_cuts_through() {
        let mut ends = sample(&LatentInfo::unmeasured(64), 2, 3);
        for end in &mut ends {
            let unit = 8.0 / length(end) as f32;
            end.iter_mut().for_each(|v| *v *= unit);
        }
        let circle: Vec<Vec<f32>> = (0..=10).map(|i| slerp(&ends[0], &ends[1], i as f32 / 10.0)).collect();
        let stride = |pair: &[Vec<f32>]| {
            length(&pair[0].iter().zip(&pair[1]).map(|(a, b)| a - b).collect::<Vec<f32>>())
        };
        for (code, pair) in circle.iter().zip(circle.windows(2)) {
            assert!((length(code) - 8.0).abs() < 1e-5, "{}", length(code));
            assert!((stride(pair) - stride(&circle)).abs() < 1e-4);
        }
        let middle = lerp(&ends[0], &ends[1], 0.5);
        assert!(length(&middle) < 6.5, "{}", length(&middle));
    }

    #[test]
    fn known_points_on_a_quarter_circle() {
        let (sine, cosine) = (std::f32::consts::FRAC_PI_6.sin(), std::f32::consts::FRAC_PI_6.cos());
        assert_near(&slerp(&[1.0, 0.0], &[0.0, 1.0], 1.0 / 3.0), &[cosine, sine]);
        // Unequal lengths: the coefficients stay those of the directions.
        assert_near(&slerp(&[2.0, 0.0], &[0.0, 5.0], 1.0 / 3.0), &[2.0 * cosine, 5.0 * sine]);
        assert_near(&lerp(&[2.0, 0.0], &[0.0, 4.0], 0.25), &[1.5, 1.0]);
    }

    #[test]
    fn where_there_is_no_circle_it_is_the_line() {
        let a = [0.5, -1.0, 2.0];
        let double = a.map(|v| v * 2.0);
        let opposite = a.map(|v| v * -3.0);
        for b in [a, double, opposite, [0.0; 3]] {
            for t in [0.0, 0.3, 0.5, 1.0] {
                assert_eq!(slerp(&a, &b, t), lerp(&a, &b, t));
                assert_eq!(slerp(&b, &a, t), lerp(&b, &a, t));
            }
        }
        assert_eq!(slerp(&a, &a, 0.3), a);
    }

    #[test]
    fn nearly_parallel_codes_stay_between_their_ends() {
        let a = [3.0f32, 4.0, 0.0];
        for tilt in [1e-3f32, 1e-4, 1e-5, 1e-6, 1e-7] {
            let b = [3.0, 4.0, tilt];
            assert_near(&slerp(&a, &b, 0.5), &[3.0, 4.0, tilt / 2.0]);
        }
    }
}
