//! One pass of Adam over a parameter.

use rayon::prelude::*;

use crate::nn::simd::simd;

/// Elements that one task of the pool handles.
const CHUNK: usize = 1 << 15;

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

simd! {
/// Updates parameters and both moments in place.
pub fn adam_piece(value: &mut [f32], exp_avg: &mut [f32], exp_avg_sq: &mut [f32], grad: &[f32], s: AdamStep) {
    for (((value, m), v), grad) in value.iter_mut().zip(exp_avg).zip(exp_avg_sq).zip(grad) {
        *m = s.beta1 * *m + s.rest1 * grad;
        *v = s.beta2 * *v + s.rest2 * grad * grad;
        *value = *value * s.decay - s.step_size * *m / ((*v * s.square_correction).sqrt() + s.eps);
    }
}
}

/// [`adam_piece`] over the pool.
pub fn adam(value: &mut [f32], exp_avg: &mut [f32], exp_avg_sq: &mut [f32], grad: &[f32], step: AdamStep) {
    let len = value.len();
    assert!(exp_avg.len() == len && exp_avg_sq.len() == len && grad.len() == len, "one gradient a parameter");
    value
        .par_chunks_mut(CHUNK)
        .zip(exp_avg.par_chunks_mut(CHUNK))
        .zip(exp_avg_sq.par_chunks_mut(CHUNK))
        .zip(grad.par_chunks(CHUNK))
        .for_each(|(((value, m), v), grad)| adam_piece(value, m, v, grad, step));
}
