//! Passes over all elements: bias, activation, squared error.

use rayon::prelude::*;

use crate::nn::activation::{Activation, per_activation};
use crate::nn::memory::build;
use crate::nn::simd::simd;

/// Elements that one task of the pool handles: 64 KiB, a good part of L1 and L2.
pub const CHUNK: usize = 1 << 14;

/// Short rows are handled sixteen at a time, so that the inner loop is long enough to vectorise.
const SHORT: usize = 4;
const LANES: usize = 16;

simd! {
/// `v[r, c] = activation(v[r, c] + bias[c])`
pub fn add_bias_activate(v: &mut [f32], bias: &[f32], activation: Activation) {
    let channels = bias.len();
    let mut repeated = [0f32; SHORT * LANES];
    let bias = if channels <= SHORT && v.len().is_multiple_of(channels * LANES) {
        let repeated = &mut repeated[..channels * LANES];
        for (index, slot) in repeated.iter_mut().enumerate() {
            *slot = bias[index % channels];
        }
        &*repeated
    } else {
        bias
    };
    per_activation!(activation, |f| for row in v.chunks_exact_mut(bias.len()) {
        for (v, b) in row.iter_mut().zip(bias) {
            *v = f.apply(*v + b);
        }
    });
}
}

simd! {
/// `v = activation(v)`
pub fn activate(v: &mut [f32], activation: Activation) {
    per_activation!(activation, |f| for v in v.iter_mut() {
        *v = f.apply(*v);
    });
}
}

simd! {
/// `out = grad · activation'`, the derivative taken from the activation's result `y`.
pub fn activation_backward(grad: &[f32], y: &[f32], out: &mut [f32], activation: Activation) {
    per_activation!(activation, |f| for ((out, grad), y) in out.iter_mut().zip(grad).zip(y) {
        *out = grad * f.derivative(*y);
    });
}
}

simd! {
/// `sums[c] += Σ_r v[r, c]`
pub fn add_column_sums(v: &[f32], sums: &mut [f32]) {
    let channels = sums.len();
    if channels <= SHORT && v.len().is_multiple_of(channels * LANES) {
        let mut partial = [0f32; SHORT * LANES];
        let partial = &mut partial[..channels * LANES];
        for rows in v.chunks_exact(channels * LANES) {
            for (sum, v) in partial.iter_mut().zip(rows) {
                *sum += v;
            }
        }
        for (index, v) in partial.iter().enumerate() {
            sums[index % channels] += v;
        }
    } else {
        for row in v.chunks_exact(channels) {
            for (sum, v) in sums.iter_mut().zip(row) {
                *sum += v;
            }
        }
    }
}
}

simd! {
/// `target += source`
pub fn add_to(target: &mut [f32], source: &[f32]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t += s;
    }
}
}

simd! {
/// `out = by_a · a + by_b · b`
pub fn weighed_sum(a: &[f32], by_a: f32, b: &[f32], by_b: f32, out: &mut [f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = by_a * a + by_b * b;
    }
}
}

simd! {
/// `out = factor · (x − target)`
pub fn scaled_difference(x: &[f32], target: &[f32], factor: f32, out: &mut [f32]) {
    for ((out, x), target) in out.iter_mut().zip(x).zip(target) {
        *out = factor * (x - target);
    }
}
}

simd! {
/// `sum = Σ (x − target)²`
pub fn squared_error_piece(x: &[f32], target: &[f32], sum: &mut f32) {
    let mut partial = [0f32; LANES];
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (target, target_rest) = target.as_chunks::<LANES>();
    for (x, target) in x.iter().zip(target) {
        for ((sum, x), target) in partial.iter_mut().zip(x).zip(target) {
            *sum += (x - target) * (x - target);
        }
    }
    let rest: f32 = x_rest.iter().zip(target_rest).map(|(x, t)| (x - t) * (x - t)).sum();
    *sum = partial.iter().sum::<f32>() + rest;
}
}

/// Σ (x − target)², the chunks summed in f64.
pub fn squared_error(x: &[f32], target: &[f32]) -> f64 {
    assert_eq!(x.len(), target.len(), "both sides of a squared error are equally long");
    let pieces: Vec<f64> = x
        .par_chunks(CHUNK)
        .zip(target.par_chunks(CHUNK))
        .map(|(x, target)| {
            let mut sum = 0.0;
            squared_error_piece(x, target, &mut sum);
            f64::from(sum)
        })
        .collect();
    pieces.iter().sum()
}

/// The gradient of `factor / 2 · Σ (x − target)²` with respect to x.
pub fn squared_error_backward(x: &[f32], target: &[f32], factor: f32) -> Vec<f32> {
    assert_eq!(x.len(), target.len(), "both sides of a squared error are equally long");
    build(x.len(), CHUNK, |index, out| {
        let from = index * CHUNK;
        scaled_difference(&x[from..], &target[from..], factor, out);
    })
}
