//! One pass of Adam over a parameter.

use rayon::prelude::*;

use crate::nn::simd::simd;

/// Elements that one task of the pool handles.
const CHUNK: usize = 1 << 15;

/// Least size of a running mean of gradients that is kept, below which it is 0. The means of a unit that has fallen
/// silent decay for ever, soon to numbers that f32 keeps in another form, or whose products it does, and with which
/// processors compute a hundred times more slowly.
pub const TINY: f32 = 1e-15;
/// The bound for one of their squares, far below the square of any `eps` that its root is added to.
pub const TINY_SQUARE: f32 = TINY * TINY;

/// `value`, or 0 if it is smaller than `least`.
#[inline(always)]
pub fn at_least(least: f32, value: f32) -> f32 {
    if value.abs() < least { 0.0 } else { value }
}

/// The numbers of one update (Kingma & Ba 2015, decoupled decay as in Loshchilov & Hutter 2019).
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    pub beta1: f32,
    /// 1 − beta1, taken in f64: in f32 the difference would lose digits.
    pub rest1: f32,
    pub beta2: f32,
    /// 1 − beta2.
    pub rest2: f32,
    /// 1 − learning rate · weight decay.
    pub decay: f32,
    /// Learning rate / (1 − beta1^t).
    pub step_size: f32,
    /// 1 / (1 − beta2^t).
    pub square_correction: f32,
    pub eps: f32,
}

/// Partial sums of a piece: as many as the widest registers hold, so that summing does not serialise the loop.
const LANES: usize = 16;

simd! {
/// Updates parameters and both moments in place; `squares = Σ grad²`.
pub fn adam_piece(
    value: &mut [f32],
    exp_avg: &mut [f32],
    exp_avg_sq: &mut [f32],
    grad: &[f32],
    s: AdamStep,
    squares: &mut f32,
) {
    let update = |value: &mut f32, m: &mut f32, v: &mut f32, grad: f32| {
        *m = at_least(TINY, s.beta1 * *m + s.rest1 * grad);
        *v = at_least(TINY_SQUARE, s.beta2 * *v + s.rest2 * grad * grad);
        *value = *value * s.decay - s.step_size * *m / ((*v * s.square_correction).sqrt() + s.eps);
    };
    let mut partial = [0f32; LANES];
    let (value, value_rest) = value.as_chunks_mut::<LANES>();
    let (exp_avg, exp_avg_rest) = exp_avg.as_chunks_mut::<LANES>();
    let (exp_avg_sq, exp_avg_sq_rest) = exp_avg_sq.as_chunks_mut::<LANES>();
    let (grad, grad_rest) = grad.as_chunks::<LANES>();
    for (((value, m), v), grad) in value.iter_mut().zip(exp_avg).zip(exp_avg_sq).zip(grad) {
        for lane in 0..LANES {
            update(&mut value[lane], &mut m[lane], &mut v[lane], grad[lane]);
            partial[lane] += grad[lane] * grad[lane];
        }
    }
    let rest = value_rest.iter_mut().zip(exp_avg_rest).zip(exp_avg_sq_rest).zip(grad_rest);
    for ((((value, m), v), grad), sum) in rest.zip(&mut partial) {
        update(value, m, v, *grad);
        *sum += grad * grad;
    }
    *squares = partial.iter().sum();
}
}

/// [`adam_piece`] over the pool; returns Σ grad², the pieces summed in f64 and in order.
pub fn adam(
    value: &mut [f32],
    exp_avg: &mut [f32],
    exp_avg_sq: &mut [f32],
    grad: &[f32],
    step: AdamStep,
) -> f64 {
    let len = value.len();
    assert!(exp_avg.len() == len && exp_avg_sq.len() == len && grad.len() == len, "one gradient a parameter");
    let pieces: Vec<f32> = value
        .par_chunks_mut(CHUNK)
        .zip(exp_avg.par_chunks_mut(CHUNK))
        .zip(exp_avg_sq.par_chunks_mut(CHUNK))
        .zip(grad.par_chunks(CHUNK))
        .map(|(((value, m), v), grad)| {
            let mut squares = 0.0;
            adam_piece(value, m, v, grad, step, &mut squares);
            squares
        })
        .collect();
    pieces.into_iter().map(f64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decays_ends_at_zero() {
        let step = AdamStep {
            beta1: 0.75,
            rest1: 0.25,
            beta2: 0.75,
            rest2: 0.25,
            decay: 1.0,
            step_size: 0.01,
            square_correction: 1.0,
            eps: 1e-8,
        };
        for len in [1, LANES + 1] {
            let mut value = vec![1.0; len];
            let (mut m, mut v) = (vec![2e-15; len], vec![2e-30; len]);
            for _ in 0..20 {
                adam(&mut value, &mut m, &mut v, &vec![0.0; len], step);
                assert!(m.iter().all(|m| *m == 0.0 || *m >= TINY), "{m:?}");
                assert!(v.iter().all(|v| *v == 0.0 || *v >= TINY_SQUARE), "{v:?}");
            }
            assert!(m.iter().chain(&v).all(|moment| *moment == 0.0), "{m:?} {v:?}");
            assert!(value.iter().all(|value| *value == 1.0), "{value:?}");
        }
    }

    /// Every length of the rest that is left beside whole lanes, and more than one piece.
    #[test]
    fn each_element_is_moved_as_on_its_own_and_the_squares_are_summed() {
        let step = AdamStep {
            beta1: 0.9,
            rest1: 0.1,
            beta2: 0.999,
            rest2: 0.001,
            decay: 0.99,
            step_size: 0.01,
            square_correction: 1000.0,
            eps: 1e-8,
        };
        let lengths: Vec<usize> =
            if cfg!(miri) { vec![0, 5, 16, 37] } else { (0..40).chain([CHUNK + 21]).collect() };
        for len in lengths {
            let fill = |k: usize| (0..len).map(|i| ((i * k + 1) as f32).sin()).collect::<Vec<f32>>();
            let (grad, start) = (fill(3), [fill(5), fill(7), fill(11).iter().map(|v| v * v).collect()]);
            let [mut value, mut m, mut v] = start.clone();
            let squares = adam(&mut value, &mut m, &mut v, &grad, step);
            let wanted: f64 = grad.iter().map(|g| f64::from(*g).powi(2)).sum();
            assert!((squares - wanted).abs() <= 1e-5 * wanted, "{len}: {squares} instead of {wanted}");
            for i in 0..len {
                let [value_0, m_0, v_0] = [0, 1, 2].map(|k: usize| start[k][i]);
                let (m_1, v_1) = (0.9 * m_0 + 0.1 * grad[i], 0.999 * v_0 + 0.001 * grad[i] * grad[i]);
                let value_1 = value_0 * 0.99 - 0.01 * m_1 / ((v_1 * 1000.0).sqrt() + 1e-8);
                assert_eq!((value[i], m[i], v[i]), (value_1, m_1, v_1), "{i} of {len}");
            }
        }
    }
}
