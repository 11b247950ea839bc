//! One pass of momentum over a parameter.

use rayon::prelude::*;

use super::adam::{TINY, at_least};

/// Elements that one task of the pool handles.
const CHUNK: usize = 1 << 15;
/// Partial sums of a piece, so that summing does not serialise the loop.
const LANES: usize = 16;

/// Takes a gradient into its running mean, `mean = momentum · mean + (1 − momentum) · grad`. Returns the look ahead
/// `momentum · mean + (1 − momentum) · grad` of the new mean, and Σ grad², the pieces summed in f64 and in order.
pub fn momentum(mean: &mut [f32], grad: &[f32], momentum: f32) -> (Vec<f32>, f64) {
    assert!(mean.len() == grad.len(), "one gradient a parameter");
    let rest = 1.0 - momentum;
    let mut ahead = vec![0.0; grad.len()];
    let pieces: Vec<f32> = mean
        .par_chunks_mut(CHUNK)
        .zip(grad.par_chunks(CHUNK))
        .zip(ahead.par_chunks_mut(CHUNK))
        .map(|((mean, grad), ahead)| {
            for ((mean, grad), ahead) in mean.iter_mut().zip(grad).zip(ahead) {
                *mean = at_least(TINY, momentum * *mean + rest * grad);
                *ahead = at_least(TINY, momentum * *mean + rest * grad);
            }
            let (lanes, rest) = grad.as_chunks::<LANES>();
            let mut partial = [0f32; LANES];
            for grad in lanes {
                partial.iter_mut().zip(grad).for_each(|(sum, grad)| *sum += grad * grad);
            }
            partial.iter_mut().zip(rest).for_each(|(sum, grad)| *sum += grad * grad);
            partial.iter().sum()
        })
        .collect();
    (ahead, pieces.into_iter().map(f64::from).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decays_ends_at_zero() {
        let mut mean = vec![1e-15, -2e-15, 1.0];
        for _ in 0..20 {
            let (ahead, _) = momentum(&mut mean, &[0.0; 3], 0.75);
            assert!(mean.iter().chain(&ahead).all(|v| *v == 0.0 || v.abs() >= TINY), "{mean:?} {ahead:?}");
        }
        assert!(mean[0] == 0.0 && mean[1] == 0.0 && mean[2] > 0.0);
    }

    #[test]
    fn each_element_is_moved_as_on_its_own_and_the_squares_are_summed() {
        let longest = if cfg!(miri) { 40 } else { CHUNK + 21 };
        for len in [0, 1, 17, longest] {
            let fill = |k: usize| (0..len).map(|i| ((i * k + 1) as f32).sin()).collect::<Vec<f32>>();
            let (start, grad) = (fill(3), fill(5));
            let mut mean = start.clone();
            let (ahead, squares) = momentum(&mut mean, &grad, 0.75);
            let wanted: f64 = grad.iter().map(|g| f64::from(*g).powi(2)).sum();
            assert!((squares - wanted).abs() <= 1e-5 * wanted, "{len}: {squares} instead of {wanted}");
            for i in 0..len {
                let moved = 0.75 * start[i] + 0.25 * grad[i];
                assert_eq!((mean[i], ahead[i]), (moved, 0.75 * moved + 0.25 * grad[i]), "{i} of {len}");
            }
        }
    }
}
