//! Reconstruction error: the mean squared error per pixel and channel.

/// Mean of (a − b)² over all values; lower is better, 0 for equal slices.
///
/// Summed in double precision. NaN when the lengths differ or there is nothing to compare.
pub fn mse(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return f64::NAN;
    }
    // Eight sums side by side: one chain of additions would wait for itself.
    let mut sums = [0.0f64; 8];
    let (a_blocks, a_rest) = a.as_chunks::<8>();
    let (b_blocks, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..8 {
            let difference = f64::from(x[lane]) - f64::from(y[lane]);
            sums[lane] += difference * difference;
        }
    }
    for (lane, (x, y)) in a_rest.iter().zip(b_rest).enumerate() {
        let difference = f64::from(*x) - f64::from(*y);
        sums[lane] += difference * difference;
    }
    sums.iter().sum::<f64>() / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_counts_once() {
        // 1² + 2² + … + n² = n(n+1)(2n+1)/6, for lengths around the block size.
        for n in [1usize, 7, 8, 9, 16, 23] {
            let a: Vec<f32> = (1..=n).map(|v| v as f32).collect();
            let sum = (n * (n + 1) * (2 * n + 1) / 6) as f64;
            assert_eq!(mse(&a, &vec![0.0; n]), sum / n as f64, "{n} values");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_not_a_number() {
        assert!(mse(&[], &[]).is_nan());
        assert!(mse(&[1.0, 2.0], &[1.0]).is_nan());
    }
}
