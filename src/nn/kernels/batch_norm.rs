//! Batch normalisation over the last dimension (the channels of NHWC), activation fused.
//! Ioffe & Szegedy 2015; the biased variance normalises, as in PyTorch.

use super::elementwise::CHUNK;
use crate::nn::activation::{Activation, per_activation};
use crate::nn::memory::{build, build_runs};
use crate::nn::simd::simd;

/// Added to the variance.
pub const EPS: f64 = 1e-5;

/// Rows whose sums are kept in f32 before they are added up in f64.
const BLOCK: usize = 512;

/// Mean and biased variance per channel.
pub struct Moments {
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
/// With g = grad · activation': `sum[c] += Σ_r g`, `with_x[c] += Σ_r g · (x − mean[c])`
pub fn add_gradient_sums(
    grad: &[f32], y: &[f32], x: &[f32], mean: &[f32], activation: Activation, sum: &mut [f32], with_x: &mut [f32],
) {
    let channels = mean.len();
    let (sum, with_x) = (&mut sum[..channels], &mut with_x[..channels]);
    per_activation!(activation, |f| for ((grad, y), x) in
        grad.chunks_exact(channels).zip(y.chunks_exact(channels)).zip(x.chunks_exact(channels))
    {
        for c in 0..channels {
            let g = grad[c] * f.derivative(y[c]);
            sum[c] += g;
            with_x[c] += g * (x[c] - mean[c]);
        }
    });
}
}

simd! {
/// `dx[r, c] = a[c] · grad · activation' + b[c] · (x − mean[c]) + d[c]`
pub fn input_gradient(
    grad: &[f32], y: &[f32], x: &[f32], mean: &[f32], activation: Activation, a: &[f32], b: &[f32], d: &[f32], dx: &mut [f32],
) {
    let channels = mean.len();
    let (a, b, d) = (&a[..channels], &b[..channels], &d[..channels]);
    per_activation!(activation, |f| for (((grad, y), x), dx) in grad
        .chunks_exact(channels)
        .zip(y.chunks_exact(channels))
        .zip(x.chunks_exact(channels))
        .zip(dx.chunks_exact_mut(channels))
    {
        for c in 0..channels {
            dx[c] = a[c] * grad[c] * f.derivative(y[c]) + b[c] * (x[c] - mean[c]) + d[c];
        }
    });
}
}

/// Two sums per channel over all rows, in f64; `add` sums a range of whole rows into f32.
fn channel_sums(
    len: usize,
    channels: usize,
    add: impl Fn(std::ops::Range<usize>, &mut [f32], &mut [f32]) + Sync + Send,
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

/// Mean and variance of each of `channels` channels over all rows of `x`, which is not empty.
pub fn moments(x: &[f32], channels: usize) -> Moments {
    // Sums are taken about the first row, so that a large mean does not cancel the variance's digits.
    let shift = &x[..channels];
    let sums =
        channel_sums(x.len(), channels, |range, sum, square| add_moments(&x[range], shift, sum, square));
    let rows = (x.len() / channels) as f64;
    let of = |(sum, square): &(f64, f64), shift: &f32| {
        let mean = sum / rows;
        ((f64::from(*shift) + mean) as f32, (square / rows - mean * mean).max(0.0) as f32)
    };
    let (mean, variance) = sums.iter().zip(shift).map(|(sums, shift)| of(sums, shift)).unzip();
    Moments { mean, variance }
}

/// `activation(gamma · (x − mean) / √(variance + eps) + beta)`
pub fn apply(x: &[f32], moments: &Moments, gamma: &[f32], beta: &[f32], activation: Activation) -> Vec<f32> {
    let scale: Vec<f32> = gamma
        .iter()
        .zip(&moments.variance)
        .map(|(gamma, variance)| (f64::from(*gamma) / (f64::from(*variance) + EPS).sqrt()) as f32)
        .collect();
    let chunk = CHUNK.next_multiple_of(gamma.len());
    build(x.len(), chunk, |index, y| {
        normalise(&x[index * chunk..][..y.len()], &moments.mean, &scale, beta, activation, y)
    })
}

/// A normalisation on its way back: what the gradient of its input is made of.
pub struct NormBackward<'a> {
    /// Its input.
    pub x: &'a [f32],
    /// Its result, activation included, and the gradient of that.
    pub y: &'a [f32],
    pub grad: &'a [f32],
    pub activation: Activation,
    /// Gradients of gamma and beta.
    pub dgamma: Vec<f32>,
    pub dbeta: Vec<f32>,
    mean: &'a [f32],
    /// Per channel, for `input_gradient`.
    factor: Vec<f32>,
    slope: Vec<f32>,
    offset: Vec<f32>,
}

impl<'a> NormBackward<'a> {
    /// Sums up what depends on all rows. The gradient goes through the moments when they are the
    /// batch's own, and not when they are `given`.
    pub fn new(
        x: &'a [f32],
        moments: &'a Moments,
        gamma: &[f32],
        activation: Activation,
        y: &'a [f32],
        grad: &'a [f32],
        given: bool,
    ) -> Self {
        let channels = gamma.len();
        assert!(x.len() == y.len() && x.len() == grad.len(), "batch normalisation keeps the shape");
        let mean = &moments.mean[..];
        let sums = channel_sums(x.len(), channels, |range, sum, with_x| {
            let (grad, y, x) = (&grad[range.clone()], &y[range.clone()], &x[range]);
            add_gradient_sums(grad, y, x, mean, activation, sum, with_x);
        });
        let rows = (x.len() / channels) as f64;
        let (mut dgamma, mut dbeta) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        let (mut factor, mut slope, mut offset) = (Vec::new(), Vec::new(), Vec::new());
        for (c, (sum, with_x)) in sums.into_iter().enumerate() {
            let inverse = 1.0 / (f64::from(moments.variance[c]) + EPS).sqrt();
            dbeta.push(sum as f32);
            dgamma.push((with_x * inverse) as f32);
            // dx = γ/σ · (g − mean(g) − (x − µ)/σ² · mean(g · (x − µ)))
            let scale = f64::from(gamma[c]) * inverse;
            factor.push(scale as f32);
            let through = if given { 0.0 } else { -scale / rows };
            slope.push((through * inverse * inverse * with_x) as f32);
            offset.push((through * sum) as f32);
        }
        Self { x, y, grad, activation, dgamma, dbeta, mean, factor, slope, offset }
    }

    /// The gradient of a range of x that begins and ends with a row.
    pub fn input(&self, range: std::ops::Range<usize>, dx: &mut [f32]) {
        let (grad, y, x) = (&self.grad[range.clone()], &self.y[range.clone()], &self.x[range]);
        input_gradient(grad, y, x, self.mean, self.activation, &self.factor, &self.slope, &self.offset, dx);
    }

    /// The gradient of all of x.
    pub fn whole_input(&self) -> Vec<f32> {
        let chunk = CHUNK.next_multiple_of(self.mean.len());
        build(self.x.len(), chunk, |index, dx| self.input(index * chunk..index * chunk + dx.len(), dx))
    }
}
