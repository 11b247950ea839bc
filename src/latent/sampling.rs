//! Random codes.

use crate::random::{RandomStream, streams};
use crate::report::LatentInfo;

/// `count` codes drawn from the Gaussian that `info` describes: `center + scale·N(0, 1)` per dimension,
/// which is the prior of a variational model and the Gaussian fitted to the codes of another. What lies
/// beyond the range of the units is moved to its end.
///
/// Draw `i` depends on `seed` and `i` alone: the first draws of a longer run are those of a shorter one.
pub fn sample(info: &LatentInfo, count: usize, seed: u64) -> Vec<Vec<f32>> {
    let draw = |index: usize| {
        let mut generator = RandomStream::of_stream(seed, streams::sample(index));
        let dimensions = info.center.iter().zip(&info.scale);
        let place = |(&center, &scale): (&f32, &f32)| {
            let normal: f64 = generator.normal();
            info.units.clamp((f64::from(center) + f64::from(scale) * normal) as f32)
        };
        dimensions.map(place).collect()
    };
    (0..count).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_draws_however_many() {
        let info = LatentInfo::unmeasured(16);
        let many = sample(&info, 10, 42);
        assert_eq!(sample(&info, 4, 42), many[..4]);
        assert_ne!(sample(&info, 10, 43), many);
        assert!((1..10).all(|i| many[i] != many[0]));
    }

    #[test]
    fn the_draws_have_the_centre_and_the_scale() {
        let mut info = LatentInfo::unmeasured(3);
        info.center = vec![0.0, 5.0, -2.0];
        info.scale = vec![1.0, 0.0, 3.0];
        let n = 20_000;
        let codes = sample(&info, n, 1);
        for dim in 0..3 {
            let (center, scale) = (f64::from(info.center[dim]), f64::from(info.scale[dim]));
            let mean = codes.iter().map(|c| f64::from(c[dim])).sum::<f64>() / n as f64;
            let variance = codes.iter().map(|c| (f64::from(c[dim]) - mean).powi(2)).sum::<f64>() / n as f64;
            // Five standard errors of a mean (σ/√n) and of a variance (σ²·√(2/n)).
            let root = (n as f64).sqrt();
            assert!((mean - center).abs() <= 5.0 * scale / root, "dimension {dim}: mean {mean}");
            let error = 5.0 * scale * scale * 2f64.sqrt() / root;
            assert!((variance - scale * scale).abs() <= error, "dimension {dim}: variance {variance}");
        }
        let product = codes.iter().map(|c| f64::from(c[0]) * f64::from(c[2] + 2.0) / 3.0).sum::<f64>();
        assert!((product / n as f64).abs() < 5.0 / (n as f64).sqrt(), "dimensions are correlated");
    }

    /// A seed in a saved session or a command line means the same picture in every later version. The
    /// numbers are those of the first version; nothing but that makes them right.
    #[test]
    fn seeds_keep_their_meaning() {
        let first = [[0.69996077f32, -0.14406164, 0.30288628], [1.3456858, 0.8177696, 0.54499394]];
        for (found, first) in sample(&LatentInfo::unmeasured(3), 2, 0).iter().zip(first) {
            assert!(found.iter().zip(first).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        }
    }
}
