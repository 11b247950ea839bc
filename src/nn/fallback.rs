//! The layers made of candle's own operations, for every device and float type.
//!
//! Convolutions are made of copies and one matrix product, which are fast on every device. (candle's
//! `conv_transpose2d` is a kernel of one thread an output on CUDA, and the input gradient of its
//! `conv2d` calls it.) Blocks of stride × stride pixels become one pixel with all their channels; there a
//! convolution of side k is one of side t = ⌈k / stride⌉ and stride 1, and so is a transposed one.

use candle_core::{D, Result, Tensor};

use super::activation::Activation;
use super::geometry::Geometry;
use super::kernels::batch_norm::EPS;

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

/// The weight (small_channels, channels, k, k) as (small_channels, channels, t, stride, t, stride), zeros
/// where k is no multiple of the stride.
fn blocks(weight: &Tensor, g: &Geometry, taps: usize) -> Result<Tensor> {
    let more = taps * g.stride - g.kernel;
    let shape = [g.small_channels, g.channels, taps, g.stride, taps, g.stride];
    weight.pad_with_zeros(2, 0, more)?.pad_with_zeros(3, 0, more)?.reshape(&shape)
}

/// `x` (n, height, width, in), weight (out, in, k, k).
fn down(x: &Tensor, weight: &Tensor, g: &Geometry) -> Result<Tensor> {
    let (n, stride, taps) = (x.dim(0)?, g.stride, g.kernel.div_ceil(g.stride));
    // To a whole number of blocks: the padding, more zeros or fewer pixels than nobody looks at.
    let fit = |x: &Tensor, dim: usize, blocks: usize| {
        let side = blocks * stride;
        let right = side.saturating_sub(x.dim(dim)? + g.padding);
        x.pad_with_zeros(dim, g.padding, right)?.narrow(dim, 0, side)
    };
    let (rows, cols) = (g.small_height + taps - 1, g.small_width + taps - 1);
    let x = fit(&fit(x, 1, rows)?, 2, cols)?;
    let x = x.reshape(&[n, rows, stride, cols, stride, g.channels])?.permute([0, 1, 3, 2, 4, 5])?;
    let x = patches(&x.reshape((n, rows, cols, stride * stride * g.channels))?, taps, false)?;
    let weight = blocks(weight, g, taps)?.permute([2, 4, 3, 5, 1, 0])?;
    let y = x.matmul(&weight.reshape((x.dim(1)?, g.small_channels))?)?;
    y.reshape((n, g.small_height, g.small_width, g.small_channels))
}

/// `x` (n, height, width, in), weight (in, out, k, k).
fn up(x: &Tensor, weight: &Tensor, g: &Geometry) -> Result<Tensor> {
    let (n, stride, taps) = (x.dim(0)?, g.stride, g.kernel.div_ceil(g.stride));
    let (rows, cols) = (g.small_height + taps - 1, g.small_width + taps - 1);
    let x = x.pad_with_zeros(1, taps - 1, taps - 1)?.pad_with_zeros(2, taps - 1, taps - 1)?;
    let x = patches(&x, taps, true)?;
    let weight = blocks(weight, g, taps)?.permute([2, 4, 0, 3, 5, 1])?;
    let y = x.matmul(&weight.reshape((x.dim(1)?, stride * stride * g.channels))?)?;
    let y = y.reshape(&[n, rows, cols, stride, stride, g.channels])?.permute([0, 1, 3, 2, 4, 5])?;
    let y = y.reshape((n, rows * stride, cols * stride, g.channels))?;
    y.narrow(1, g.padding, g.height)?.narrow(2, g.padding, g.width)
}

pub fn conv(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    g: &Geometry,
    transposed: bool,
    activation: Activation,
) -> Result<Tensor> {
    let y = if transposed { up(x, weight, g) } else { down(x, weight, g) }?;
    let y = match bias {
        Some(bias) => y.broadcast_add(bias)?,
        None => y.contiguous()?,
    };
    activation.apply_tensor(&y)
}

pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    activation.apply_tensor(&x.matmul(&weight.t()?)?.broadcast_add(bias)?)
}

/// The result, and mean and biased variance per channel, detached.
pub fn batch_norm_train(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<(Tensor, Tensor, Tensor)> {
    let rows = x.reshape(((), x.dim(D::Minus1)?))?;
    let mean = rows.mean(0)?;
    let centred = rows.broadcast_sub(&mean)?;
    let variance = centred.sqr()?.mean(0)?;
    let scale = (gamma / (&variance + EPS)?.sqrt()?)?;
    let y = centred.broadcast_mul(&scale)?.broadcast_add(beta)?.reshape(x.shape())?;
    Ok((activation.apply_tensor(&y)?, mean.detach(), variance.detach()))
}

pub fn batch_norm_eval(
    x: &Tensor,
    mean: &Tensor,
    variance: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let scale = (gamma / (variance + EPS)?.sqrt()?)?;
    activation.apply_tensor(&x.broadcast_sub(mean)?.broadcast_mul(&scale)?.broadcast_add(beta)?)
}

pub fn squared_error_sum(x: &Tensor, target: &Tensor) -> Result<Tensor> {
    (x - target)?.sqr()?.sum_all()
}
