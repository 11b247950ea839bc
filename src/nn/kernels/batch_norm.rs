//! Batch normalisation over the last dimension (the channels of NHWC), activation fused.
//! Ioffe & Szegedy 2015; the biased variance normalises, as in PyTorch.

use std::ops::Range;

use super::elementwise::CHUNK;
use crate::nn::activation::{Activation, per_activation};
use crate::nn::memory::{build, build_runs};
use crate::nn::simd::simd;

/// Added to the variance.
pub const EPS: f64 = 1e-5;

/// Rows whose sums are kept in f32 before they are added up in f64.
const BLOCK: usize = 512;

/// Mean and biased variance per channel.
#[derive(Clone)]
pub struct ChannelMoments {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

simd! {
/// `sum[c] += Σ_r (v[r, c] − shift[c])`, `square[c] += Σ_r (v[r, c] − shift[c])²`
pub fn add_moments(v: &[f32], shift: &[f32], sum: &mut [f32], square: &mut [f32]) {
    for row in v.chunks_exact(shift.len()) {
        for (((v, shift), sum), square) in row.iter().zip(shift).zip(sum.iter_mut()).zip(square.iter_mut()) {
            let d = v - shift;
            *sum += d;
            *square += d * d;
        }
    }
}
}

simd! {
/// `y[r, c] = activation(scale[c] · (x[r, c] − mean[c]) + beta[c])`. The mean is taken away first:
/// folded into one shift it would cancel digits of channels whose mean is large.
pub fn normalise(x: &[f32], mean: &[f32], scale: &[f32], beta: &[f32], activation: Activation, y: &mut [f32]) {
    let channels = mean.len();
    let (scale, beta) = (&scale[..channels], &beta[..channels]);
    per_activation!(activation, |f| for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
        for c in 0..channels {
            y[c] = f.apply((x[c] - mean[c]) * scale[c] + beta[c]);
        }
    });
}
}

simd! {
/// Adds up, with g = grad · activation', `sum[c] += Σ_r g` and `with_x[c] += Σ_r g · (x − mean[c])`. What the
/// activation gave is computed once more from x, which is less work than to read it from memory.
pub fn add_gradient_sums(
    grad: &[f32], x: &[f32], mean: &[f32], scale: &[f32], beta: &[f32], activation: Activation,
    sum: &mut [f32], with_x: &mut [f32],
) {
    let channels = mean.len();
    let (scale, beta) = (&scale[..channels], &beta[..channels]);
    let (sum, with_x) = (&mut sum[..channels], &mut with_x[..channels]);
    per_activation!(activation, |f| for (grad, x) in grad.chunks_exact(channels).zip(x.chunks_exact(channels)) {
        for c in 0..channels {
            let d = x[c] - mean[c];
            let g = grad[c] * f.derivative(f.apply(d * scale[c] + beta[c]));
            sum[c] += g;
            with_x[c] += g * d;
        }
    });
}
}

simd! {
/// `dx[r, c] = scale[c] · grad · activation' + slope[c] · (x − mean[c]) + offset[c]`
pub fn input_gradient(
    grad: &[f32], x: &[f32], mean: &[f32], scale: &[f32], beta: &[f32], activation: Activation,
    slope: &[f32], offset: &[f32], dx: &mut [f32],
) {
    let channels = mean.len();
    let (scale, beta) = (&scale[..channels], &beta[..channels]);
    let (slope, offset) = (&slope[..channels], &offset[..channels]);
    per_activation!(activation, |f| for ((grad, x), dx) in grad
        .chunks_exact(channels)
        .zip(x.chunks_exact(channels))
        .zip(dx.chunks_exact_mut(channels))
    {
        for c in 0..channels {
            let d = x[c] - mean[c];
            let through = f.derivative(f.apply(d * scale[c] + beta[c]));
            dx[c] = scale[c] * grad[c] * through + slope[c] * d + offset[c];
        }
    });
}
}

/// Two sums per channel over all rows, in f64; `add` sums a range of whole rows into f32.
fn channel_sums(
    len: usize,
    channels: usize,
    add: impl Fn(Range<usize>, &mut [f32], &mut [f32]) + Sync + Send,
) -> Vec<(f64, f64)> {
    let block = BLOCK * channels;
    let start = || vec![(0f64, 0f64); channels];
    let (_, runs) = build_runs(0, 0, len.div_ceil(block), start, |blocks, _, total: &mut Vec<(f64, f64)>| {
        let (mut first, mut second) = (vec![0f32; channels], vec![0f32; channels]);
        for index in blocks {
            first.fill(0.0);
            second.fill(0.0);
            add(index * block..((index + 1) * block).min(len), &mut first, &mut second);
            for ((total, first), second) in total.iter_mut().zip(&first).zip(&second) {
                total.0 += f64::from(*first);
                total.1 += f64::from(*second);
            }
        }
    });
    let mut total = start();
    for run in runs {
        for (total, part) in total.iter_mut().zip(run) {
            total.0 += part.0;
            total.1 += part.1;
        }
    }
    total
}

impl ChannelMoments {
    /// The statistics of these means and variances.
    pub fn rounded(wide: &[[f64; 2]]) -> Self {
        let (mean, variance) = wide.iter().map(|[mean, variance]| (*mean as f32, *variance as f32)).unzip();
        Self { mean, variance }
    }
}

/// Mean and variance of each of `channels` channels over all rows of `x`, which is not empty.
pub fn wide_moments(x: &[f32], channels: usize) -> Vec<[f64; 2]> {
    // Sums are taken about the first row, so that a large mean does not cancel the variance's digits.
    let shift = &x[..channels];
    let sums =
        channel_sums(x.len(), channels, |range, sum, square| add_moments(&x[range], shift, sum, square));
    let rows = (x.len() / channels) as f64;
    let of = |(sum, square): &(f64, f64), shift: &f32| {
        let mean = sum / rows;
        [f64::from(*shift) + mean, (square / rows - mean * mean).max(0.0)]
    };
    sums.iter().zip(shift).map(|(sums, shift)| of(sums, shift)).collect()
}

/// `activation(gamma · (x − mean) / √(variance + eps) + beta)`, computed where it is needed.
#[derive(Clone, Copy)]
pub struct Normalised<'a> {
    pub x: &'a [f32],
    pub affine: &'a Affine,
    pub activation: Activation,
}

/// The map of a channel: `scale · (x − mean) + beta`.
pub struct Affine {
    pub mean: Vec<f32>,
    /// gamma / √(variance + eps)
    pub scale: Vec<f32>,
    pub beta: Vec<f32>,
}

impl Affine {
    /// A normalisation by these moments.
    pub fn new(moments: &ChannelMoments, gamma: &[f32], beta: &[f32]) -> Self {
        let of = |(gamma, variance): (&f32, &f32)| {
            (f64::from(*gamma) / (f64::from(*variance) + EPS).sqrt()) as f32
        };
        let scale = gamma.iter().zip(&moments.variance).map(of).collect();
        Self { mean: moments.mean.clone(), scale, beta: beta.to_vec() }
    }
}

impl Normalised<'_> {
    /// A range that begins and ends with a row.
    pub fn of(&self, range: Range<usize>, y: &mut [f32]) {
        let Affine { mean, scale, beta } = self.affine;
        normalise(&self.x[range], mean, scale, beta, self.activation, y);
    }

    /// All of it.
    pub fn whole(&self) -> Vec<f32> {
        let chunk = CHUNK.next_multiple_of(self.affine.mean.len());
        build(self.x.len(), chunk, |index, y| self.of(index * chunk..index * chunk + y.len(), y))
    }
}

/// A normalisation on its way back: what the gradient of its input is made of.
pub struct NormBackward<'a> {
    norm: Normalised<'a>,
    /// The gradient of its result.
    pub grad: &'a [f32],
    /// Gradients of gamma and beta.
    pub dgamma: Vec<f32>,
    pub dbeta: Vec<f32>,
    /// Per channel, for `input_gradient`.
    slope: Vec<f32>,
    offset: Vec<f32>,
}

impl<'a> NormBackward<'a> {
    /// Sums up what depends on all rows. The gradient goes through the moments when they are the
    /// batch's own, and not when they are `given`. Where the batch has rows elsewhere, `add_up` adds their sums and
    /// their number to those of these; gamma and beta get the gradients of these rows.
    pub fn new(
        norm: Normalised<'a>,
        variance: &[f32],
        grad: &'a [f32],
        given: bool,
        add_up: impl FnOnce(&mut [f64]),
    ) -> Self {
        let Affine { mean, scale, beta } = norm.affine;
        let channels = mean.len();
        assert_eq!(norm.x.len(), grad.len(), "batch normalisation keeps the shape");
        let sums = channel_sums(grad.len(), channels, |range, sum, with_x| {
            let (grad, x) = (&grad[range.clone()], &norm.x[range]);
            add_gradient_sums(grad, x, mean, scale, beta, norm.activation, sum, with_x);
        });
        let mut all: Vec<f64> = sums.iter().flat_map(|(sum, with_x)| [*sum, *with_x]).collect();
        all.push((grad.len() / channels) as f64);
        if !given {
            add_up(&mut all);
        }
        let rows = all[2 * channels];
        let (mut dgamma, mut dbeta) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        let (mut slope, mut offset) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        for (c, (sum, with_x)) in sums.into_iter().enumerate() {
            let inverse = 1.0 / (f64::from(variance[c]) + EPS).sqrt();
            dbeta.push(sum as f32);
            dgamma.push((with_x * inverse) as f32);
            let [sum, with_x] = [all[2 * c], all[2 * c + 1]];
            // dx = γ/σ · (g − mean(g) − (x − µ)/σ² · mean(g · (x − µ)))
            let through = if given { 0.0 } else { -f64::from(scale[c]) / rows };
            slope.push((through * inverse * inverse * with_x) as f32);
            offset.push((through * sum) as f32);
        }
        Self { norm, grad, dgamma, dbeta, slope, offset }
    }

    /// The gradient of a range of x that begins and ends with a row.
    pub fn input(&self, range: Range<usize>, dx: &mut [f32]) {
        let Normalised { x, affine: Affine { mean, scale, beta }, activation } = self.norm;
        let (grad, x) = (&self.grad[range.clone()], &x[range]);
        input_gradient(grad, x, mean, scale, beta, activation, &self.slope, &self.offset, dx);
    }

    /// The gradient of all of x.
    pub fn whole_input(&self) -> Vec<f32> {
        let chunk = CHUNK.next_multiple_of(self.norm.affine.mean.len());
        build(self.grad.len(), chunk, |index, dx| self.input(index * chunk..index * chunk + dx.len(), dx))
    }
}
