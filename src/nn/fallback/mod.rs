//! The layers for every device and float type but the processor's f32: made of candle's operations, each layer
//! one node in the graph with a gradient of its own (`composed.rs`).
//!
//! The operations are chosen for graphics cards. Forwards and backwards these run, and nothing else:
//!
//! | layer | forward | gradients |
//! |---|---|---|
//! | convolution | copies, one matrix product | of the input a transposed convolution, of the weight one product |
//! | transposed convolution | one matrix product, copies | of the input a convolution, of the weight one product |
//! | linear | one product | two products |
//! | batch norm | sums over rows in two parts, passes over all elements | the same |
//! | squared error | a pass, a sum in two parts | a pass |
//!
//! candle's own `conv2d` and `conv_transpose2d` are not among them: the latter is a kernel of one thread an
//! output on CUDA, and every input gradient of the former calls it. Nor are sums over everything at once
//! (`reduce.rs`), gathering and scattering.
//!
//! Convolutions: blocks of stride × stride pixels become one pixel with all their channels; there a convolution
//! of side k is one of side t = ⌈k / stride⌉ and stride 1, and so is a transposed one. So the usual k 4, s 2,
//! p 1 is a product of patches of 2 × 2 blocks, and its transpose one of 2 × 2 pixels and a pixel shuffle.

use candle_core::{D, Result, Tensor};

use super::activation::Activation;
use super::composed::{of_three, of_two};
use super::geometry::Geometry;
use super::kernels::batch_norm::EPS;
use super::precision::product;
use super::reduce::{sum_rows, total};
use super::shared::{self, Moments};

/// All squares of side `taps` in an image (batch, height, width, channels), beginning with the lower
/// right pixel of each if `turned`: (positions in all images, taps² · channels).
fn patches(x: &Tensor, taps: usize, turned: bool) -> Result<Tensor> {
    let (n, height, width, channels) = x.dims4()?;
    let (rows, cols) = (height + 1 - taps, width + 1 - taps);
    let pixel = |index: usize| {
        let index = if turned { taps * taps - 1 - index } else { index };
        let x = x.narrow(1, index / taps, rows)?.narrow(2, index % taps, cols)?;
        x.reshape((n * rows * cols, channels))
    };
    Tensor::cat(&(0..taps * taps).map(pixel).collect::<Result<Vec<_>>>()?, 1)
}

/// A convolution in blocks.
#[derive(Clone, Copy)]
struct Blocks {
    g: Geometry,
    /// Blocks on a side of the kernel.
    taps: usize,
    /// Blocks on the sides of the image that they cover.
    rows: usize,
    cols: usize,
}

impl Blocks {
    fn new(g: &Geometry) -> Self {
        let mut g = *g;
        // A kernel as large as the image has one position, so that the whole image is one block.
        if (g.small_height, g.small_width, g.padding) == (1, 1, 0) {
            g.stride = g.kernel;
        }
        let taps = g.kernel.div_ceil(g.stride);
        Self { g, taps, rows: g.small_height + taps - 1, cols: g.small_width + taps - 1 }
    }

    /// The weight (small_channels, channels, k, k) as (small_channels, channels, t, stride, t, stride), zeros
    /// where k is no multiple of the stride.
    fn weight(&self, weight: &Tensor) -> Result<Tensor> {
        let Self { g, taps, .. } = *self;
        let more = taps * g.stride - g.kernel;
        let shape = [g.small_channels, g.channels, taps, g.stride, taps, g.stride];
        weight.pad_with_zeros(2, 0, more)?.pad_with_zeros(3, 0, more)?.reshape(&shape)
    }

    /// Patches of `big` (n, height, width, channels) under the kernel at each position:
    /// (n · positions, t² · stride² · channels).
    fn columns(&self, big: &Tensor) -> Result<Tensor> {
        let Self { g, taps, rows, cols } = *self;
        let n = big.dim(0)?;
        // To a whole number of blocks: the padding, more zeros or fewer pixels than nobody looks at.
        let fit = |x: &Tensor, dim: usize, blocks: usize| {
            let side = blocks * g.stride;
            let right = side.saturating_sub(x.dim(dim)? + g.padding);
            x.pad_with_zeros(dim, g.padding, right)?.narrow(dim, 0, side)
        };
        let x = fit(&fit(big, 1, rows)?, 2, cols)?;
        let x = x.reshape(&[n, rows, g.stride, cols, g.stride, g.channels])?.permute([0, 1, 3, 2, 4, 5])?;
        patches(&x.reshape((n, rows, cols, g.stride * g.stride * g.channels))?, taps, false)
    }

    /// `big` (n, height, width, channels) to (n, small_height, small_width, small_channels).
    fn down(&self, big: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let columns = self.columns(big)?;
        let weight = self.weight(weight)?.permute([2, 4, 3, 5, 1, 0])?;
        let y = product(&columns, &weight.reshape((columns.dim(1)?, self.g.small_channels))?)?;
        y.reshape((big.dim(0)?, self.g.small_height, self.g.small_width, self.g.small_channels))
    }

    /// `small` (n, small_height, small_width, small_channels) to (n, height, width, channels).
    fn up(&self, small: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let Self { g, taps, rows, cols } = *self;
        let n = small.dim(0)?;
        let x = small.pad_with_zeros(1, taps - 1, taps - 1)?.pad_with_zeros(2, taps - 1, taps - 1)?;
        let x = patches(&x, taps, true)?;
        let weight = self.weight(weight)?.permute([2, 4, 0, 3, 5, 1])?;
        let y = product(&x, &weight.reshape((x.dim(1)?, g.stride * g.stride * g.channels))?)?;
        let y = y.reshape(&[n, rows, cols, g.stride, g.stride, g.channels])?.permute([0, 1, 3, 2, 4, 5])?;
        let y = y.reshape((n, rows * g.stride, cols * g.stride, g.channels))?;
        // Pixels that no position of the kernel reaches lie at the lower and right end.
        let cut = |y: Tensor, dim: usize, side: usize| {
            let missing = (g.padding + side).saturating_sub(y.dim(dim)?);
            y.pad_with_zeros(dim, 0, missing)?.narrow(dim, g.padding, side)
        };
        cut(cut(y, 1, g.height)?, 2, g.width)?.force_contiguous()
    }

    /// The gradient of the weight, given the tensors on both sides, one of them a gradient.
    fn of_weight(&self, big: &Tensor, small: &Tensor) -> Result<Tensor> {
        let Self { g, taps, .. } = *self;
        let small = small.reshape(((), g.small_channels))?;
        let gradient = product(&self.columns(big)?.t()?, &small)?;
        let shape = [taps, taps, g.stride, g.stride, g.channels, g.small_channels];
        let gradient = gradient.reshape(&shape)?.permute([5, 4, 0, 2, 1, 3])?;
        let side = taps * g.stride;
        let gradient = gradient.reshape((g.small_channels, g.channels, side, side))?;
        gradient.narrow(2, 0, g.kernel)?.narrow(3, 0, g.kernel)?.contiguous()
    }
}

/// A matrix with the last dimension of `x` as columns.
fn rows(x: &Tensor) -> Result<Tensor> {
    x.reshape(((), x.dim(D::Minus1)?))
}

/// The result of `gradient`, for an argument whose gradient somebody asks for.
fn wanted(argument: &Tensor, gradient: impl FnOnce() -> Result<Tensor>) -> Result<Option<Tensor>> {
    argument.track_op().then(gradient).transpose()
}

pub fn conv(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    g: &Geometry,
    transposed: bool,
    activation: Activation,
) -> Result<Tensor> {
    let blocks = Blocks::new(g);
    let linear = {
        let (x, weight) = (x.detach(), weight.detach());
        if transposed { blocks.up(&x, &weight) } else { blocks.down(&x, &weight) }?
    };
    let y = match bias {
        Some(bias) => linear.broadcast_add(&bias.detach())?,
        None => linear,
    };
    let y = activation.apply_tensor(&y)?;
    let of_linear = move |x: &Tensor, weight: &Tensor, grad: &Tensor| -> Result<[Option<Tensor>; 2]> {
        let (input, kernel) = (x.detach(), weight.detach());
        Ok(match transposed {
            true => [
                wanted(x, || blocks.down(grad, &kernel))?,
                wanted(weight, || blocks.of_weight(grad, &input))?,
            ],
            false => {
                [wanted(x, || blocks.up(grad, &kernel))?, wanted(weight, || blocks.of_weight(&input, grad))?]
            }
        })
    };
    let Some(bias) = bias else {
        return of_two([x, weight], y, "convolution of products", move |[x, weight], y, grad| {
            of_linear(x, weight, &activation.back_tensor(y, grad)?)
        });
    };
    of_three([x, weight, bias], y, "convolution of products with bias", move |[x, weight, bias], y, grad| {
        let grad = activation.back_tensor(y, grad)?;
        let [dx, dw] = of_linear(x, weight, &grad)?;
        Ok([dx, dw, wanted(bias, || sum_rows(&rows(&grad)?))?])
    })
}

pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    let y = product(&x.detach().contiguous()?, &weight.detach().contiguous()?.t()?)?;
    let y = y.broadcast_add(&bias.detach())?;
    let y = activation.apply_tensor(&y)?;
    of_three([x, weight, bias], y, "linear of products", move |[x, weight, bias], y, grad| {
        let grad = activation.back_tensor(y, grad)?;
        Ok([
            wanted(x, || product(&grad, &weight.detach().contiguous()?))?,
            wanted(weight, || product(&grad.t()?, &x.detach().contiguous()?))?,
            wanted(bias, || sum_rows(&grad))?,
        ])
    })
}

/// The result, and mean and biased variance per channel over all ranks, detached.
pub fn batch_norm_train(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<(Tensor, Moments)> {
    let values = rows(&x.detach())?.contiguous()?;
    let share = 1.0 / values.dim(0)? as f64;
    let mean = (sum_rows(&values)? * share)?;
    let mut centred = values.broadcast_sub(&mean)?;
    let variance = (sum_rows(&centred.sqr()?)? * share)?;
    let own = Moments { mean, variance, values: values.dim(0)? };
    let moments = shared::of_all_ranks(own)?;
    if moments.values > values.dim(0)? {
        centred = values.broadcast_sub(&moments.mean)?;
    }
    let (mean, variance) = (moments.mean.clone(), moments.variance.clone());
    let norm = Normalisation { mean, variance, activation, is_given: false };
    Ok((norm.apply(x, &centred, gamma, beta)?, moments))
}

pub fn batch_norm_eval(
    x: &Tensor,
    mean: &Tensor,
    variance: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let norm = Normalisation { mean: mean.detach(), variance: variance.detach(), activation, is_given: true };
    let centred = rows(&x.detach())?.broadcast_sub(&norm.mean)?;
    norm.apply(x, &centred, gamma, beta)
}

/// A normalisation by these moments: the batch's own, through which the gradient goes, or `is_given` ones.
struct Normalisation {
    mean: Tensor,
    variance: Tensor,
    activation: Activation,
    is_given: bool,
}

impl Normalisation {
    fn apply(self, x: &Tensor, centred: &Tensor, gamma: &Tensor, beta: &Tensor) -> Result<Tensor> {
        let inverse = ((&self.variance + EPS)?.sqrt()?).recip()?;
        let scale = (gamma.detach() * &inverse)?;
        let y = centred.broadcast_mul(&scale)?.broadcast_add(&beta.detach())?;
        let y = self.activation.apply_tensor(&y)?.reshape(x.shape())?;
        of_three([x, gamma, beta], y, "batch normalisation of passes", move |[x, gamma, beta], y, grad| {
            let grad = rows(&self.activation.back_tensor(y, grad)?)?;
            let centred = rows(&x.detach())?.broadcast_sub(&self.mean)?;
            let (sum, with_x) = (sum_rows(&grad)?, sum_rows(&(&grad * &centred)?)?);
            let dx = wanted(x, || {
                let scale = (gamma.detach() * &inverse)?;
                let dx = grad.broadcast_mul(&scale)?;
                if self.is_given {
                    return dx.reshape(x.shape());
                }
                // γ/σ · (g − mean(g) − (x − µ)/σ² · mean(g · (x − µ)))
                let ([sum, with_x], count) = shared::sums_of_tensors([&sum, &with_x], grad.dim(0)?)?;
                let through = (&scale * (-1.0 / count as f64))?;
                let slope = ((&through * inverse.sqr()?)? * with_x)?;
                let dx = (dx + centred.broadcast_mul(&slope)?)?;
                dx.broadcast_add(&(through * sum)?)?.reshape(x.shape())
            })?;
            Ok([dx, wanted(gamma, || with_x * &inverse)?, wanted(beta, || Ok(sum))?])
        })
    }
}

pub fn squared_error_sum(x: &Tensor, target: &Tensor) -> Result<Tensor> {
    let y = total(&(x.detach() - target.detach())?.sqr()?)?;
    of_two([x, target], y, "squared error of passes", |[x, target], _, grad| {
        let difference = (x.detach() - target.detach())?;
        Ok([Some(difference.broadcast_mul(&(grad * 2.0)?)?), None])
    })
}

#[cfg(test)]
mod tests;
