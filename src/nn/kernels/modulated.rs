//! Rows that are normalised, then shifted and scaled by a modulation, and what is added to a residual stream through
//! its gate. A modulation is `3 · width` numbers a row: shift, gain, gate. Where it has one row, that is for all.

use rayon::prelude::*;

use crate::nn::activation::{Activation, exp};
use crate::nn::simd::simd;

/// Added to the variance of a row.
pub const EPSILON: f32 = 1e-5;
/// Rows that one task of the pool handles.
const ROWS: usize = 16;
/// Elements that one task handles where there are no rows.
const CHUNK: usize = 1 << 13;

/// The modulation of a row.
fn modulation_of(modulation: &[f32], width: usize, row: usize) -> &[f32] {
    let parts = 3 * width;
    let row = if modulation.len() == parts { 0 } else { row };
    &modulation[row * parts..][..parts]
}

/// Mean of a row and the reciprocal of its deviation.
#[inline(always)]
fn moments(row: &[f32]) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = sum(row.iter().copied(), row.len()) / n;
    let variance = sum(row.iter().map(|v| (v - mean) * (v - mean)), row.len()) / n;
    (mean, 1.0 / (variance + EPSILON).sqrt())
}

/// A sum in sixteen lanes, so that it is vectorised and its rounding stays small.
#[inline(always)]
fn sum(values: impl Iterator<Item = f32>, len: usize) -> f32 {
    let mut lanes = [0f32; 16];
    let whole = len / 16 * 16;
    for (index, value) in values.enumerate() {
        lanes[if index < whole { index % 16 } else { 0 }] += value;
    }
    lanes.iter().sum()
}

simd! {
/// `out = normal(row) · (1 + gain) + shift`
pub fn modulate_row(row: &[f32], modulation: &[f32], out: &mut [f32]) {
    let width = row.len();
    let (shift, gain) = (&modulation[..width], &modulation[width..2 * width]);
    let (mean, scale) = moments(row);
    for (((out, v), shift), gain) in out.iter_mut().zip(row).zip(shift).zip(gain) {
        *out = (v - mean) * scale * (1.0 + gain) + shift;
    }
}
}

simd! {
/// Gradients of a row and of its modulation's shift and gain, given that of [`modulate_row`]'s result.
pub fn modulate_row_backward(row: &[f32], modulation: &[f32], grad: &[f32], dx: &mut [f32], dm: &mut [f32]) {
    let width = row.len();
    let gain = &modulation[width..2 * width];
    let (mean, scale) = moments(row);
    let (dshift, rest) = dm.split_at_mut(width);
    let dgain = &mut rest[..width];
    for ((((dshift, dgain), grad), v), (dx, gain)) in
        dshift.iter_mut().zip(dgain).zip(grad).zip(row).zip(dx.iter_mut().zip(gain))
    {
        let normal = (v - mean) * scale;
        *dshift = *grad;
        *dgain = grad * normal;
        *dx = grad * (1.0 + gain);
    }
    // Through the normalisation (Ba et al. 2016): what changes mean or deviation of the row alone is taken out.
    let n = width as f32;
    let of_mean = sum(dx.iter().copied(), width) / n;
    let of_scale = sum(dx.iter().zip(row).map(|(dx, v)| dx * (v - mean) * scale), width) / n;
    for (dx, v) in dx.iter_mut().zip(row) {
        *dx = scale * (*dx - of_mean - (v - mean) * scale * of_scale);
    }
}
}

simd! {
/// `v · σ(v)`
pub fn silu_slice(x: &[f32], out: &mut [f32]) {
    for (out, v) in out.iter_mut().zip(x) {
        *out = v / (1.0 + exp(-v));
    }
}
}

simd! {
/// Gradient before [`silu_slice`].
pub fn silu_slice_backward(x: &[f32], grad: &[f32], out: &mut [f32]) {
    for ((out, v), grad) in out.iter_mut().zip(x).zip(grad) {
        let sigmoid = Activation::Sigmoid.apply(*v);
        *out = grad * sigmoid * (1.0 + v * (1.0 - sigmoid));
    }
}
}

/// [`modulate_row`] for rows of `width`.
pub fn modulate(x: &[f32], modulation: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let rows = x.par_chunks(ROWS * width).zip(out.par_chunks_mut(ROWS * width)).enumerate();
    rows.for_each(|(block, (x, out))| {
        for (index, (row, out)) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).enumerate() {
            modulate_row(row, modulation_of(modulation, width, block * ROWS + index), out);
        }
    });
    out
}

/// Gradients of [`modulate`]'s rows and of a modulation with a row for each.
pub fn modulate_backward(x: &[f32], modulation: &[f32], grad: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut dx, mut dm) = (vec![0.0; x.len()], vec![0.0; 3 * x.len()]);
    let rows = dx.par_chunks_mut(width).zip(dm.par_chunks_mut(3 * width)).enumerate().with_min_len(ROWS);
    rows.for_each(|(row, (dx, dm))| {
        let at = row * width..(row + 1) * width;
        modulate_row_backward(&x[at.clone()], modulation_of(modulation, width, row), &grad[at], dx, dm);
    });
    (dx, dm)
}

/// `stream + update · gate`
pub fn add_gated(stream: &[f32], update: &[f32], modulation: &[f32], width: usize) -> Vec<f32> {
    let mut out = stream.to_vec();
    let rows = out.par_chunks_mut(width).zip(update.par_chunks(width)).enumerate().with_min_len(ROWS);
    rows.for_each(|(row, (out, update))| {
        let gate = &modulation_of(modulation, width, row)[2 * width..];
        for ((out, update), gate) in out.iter_mut().zip(update).zip(gate) {
            *out += update * gate;
        }
    });
    out
}

/// Gradients of [`add_gated`]'s update and of a modulation with a row for each; that of the stream is `grad`.
pub fn add_gated_backward(
    update: &[f32],
    modulation: &[f32],
    grad: &[f32],
    width: usize,
) -> (Vec<f32>, Vec<f32>) {
    let (mut du, mut dm) = (vec![0.0; update.len()], vec![0.0; 3 * update.len()]);
    let rows = du.par_chunks_mut(width).zip(dm.par_chunks_mut(3 * width)).enumerate().with_min_len(ROWS);
    rows.for_each(|(row, (du, dm))| {
        let gate = &modulation_of(modulation, width, row)[2 * width..];
        let (update, grad) = (&update[row * width..][..width], &grad[row * width..][..width]);
        for ((((du, dgate), update), grad), gate) in
            du.iter_mut().zip(&mut dm[2 * width..]).zip(update).zip(grad).zip(gate)
        {
            *du = grad * gate;
            *dgate = grad * update;
        }
    });
    (du, dm)
}

/// `v · σ(v)` (Elfwing et al. 2018; Ramachandran et al. 2017).
pub fn silu(x: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(out, x)| silu_slice(x, out));
    out
}

/// Gradient before [`silu`].
pub fn silu_backward(x: &[f32], grad: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let parts = out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).zip(grad.par_chunks(CHUNK));
    parts.for_each(|((out, x), grad)| silu_slice_backward(x, grad, out));
    out
}
