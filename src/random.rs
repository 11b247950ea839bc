//! Seeded draws. Stateless: the same seed and stream give the same numbers on every machine, whatever
//! was drawn before, so that a resumed run needs to remember only its step.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// `n` draws from N(0, 1).
pub fn standard_normal(seed: u64, stream: u64, n: usize) -> Vec<f32> {
    StandardNormal.sample_iter(generator(seed, stream)).take(n).collect()
}

/// `n` draws from the uniform distribution on [0, 1).
pub fn uniform(seed: u64, stream: u64, n: usize) -> Vec<f32> {
    let mut rng = generator(seed, stream);
    (0..n).map(|_| rng.random::<f32>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn the_same_seed_and_stream_draw_the_same() {
        assert_eq!(standard_normal(1, 2, 100), standard_normal(1, 2, 100));
        assert_eq!(standard_normal(1, 2, 100)[..40], standard_normal(1, 2, 40));
        assert_ne!(standard_normal(1, 2, 100), standard_normal(1, 3, 100));
        assert_ne!(standard_normal(1, 2, 100), standard_normal(2, 2, 100));
        assert_ne!(uniform(1, 2, 100), uniform(1, 3, 100));
    }

    #[test]
    #[cfg_attr(miri, ignore = "no unsafe code, and slow")]
    fn the_moments_are_those_of_the_distributions() {
        const N: usize = 200_000;
        let moments = |v: Vec<f32>| {
            let mean = v.iter().map(|x| f64::from(*x)).sum::<f64>() / N as f64;
            (mean, v.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / N as f64)
        };
        // Five standard errors: sqrt(var / N) for means, var · sqrt((kurtosis − 1) / N) for variances.
        let (mean, variance) = moments(standard_normal(7, 0, N));
        assert!(mean.abs() < 0.0112 && (variance - 1.0).abs() < 0.0158, "{mean} {variance}");
        let (mean, variance) = moments(uniform(7, 0, N));
        assert!((mean - 0.5).abs() < 0.0033 && (variance - 1.0 / 12.0).abs() < 0.00084, "{mean} {variance}");
        assert!(uniform(7, 0, N).iter().all(|v| (0.0..1.0).contains(v)));
    }
}
