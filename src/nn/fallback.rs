//! The layers made of candle's own operations, for every device and float type. Convolutions go through
//! NCHW, which is what candle's take.

use candle_core::{D, Result, Tensor};

use super::activation::Activation;
use super::geometry::ConvConfig;
use super::kernels::batch_norm::EPS;

fn to_nchw(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 3, 1, 2))?.contiguous()
}

fn to_nhwc(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 2, 3, 1))?.contiguous()
}

/// candle's gradient is wrong in shape where the stride leaves rows or columns over, unless it leaves
/// the same of both: cut them off before.
fn conv2d(x: &Tensor, weight: &Tensor, ConvConfig { kernel, stride, padding }: ConvConfig) -> Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    let over = |side: usize| (side + 2 * padding).saturating_sub(kernel) % stride;
    if over(height) == 0 && over(width) == 0 {
        return x.conv2d(weight, padding, stride, 1, 1);
    }
    let x = x.pad_with_zeros(2, padding, padding)?.narrow(2, 0, height + 2 * padding - over(height))?;
    let x = x.pad_with_zeros(3, padding, padding)?.narrow(3, 0, width + 2 * padding - over(width))?;
    x.contiguous()?.conv2d(weight, 0, stride, 1, 1)
}

pub fn conv(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    cfg: ConvConfig,
    transposed: bool,
    activation: Activation,
) -> Result<Tensor> {
    let x = to_nchw(x)?;
    let y = if transposed {
        x.conv_transpose2d(weight, cfg.padding, 0, cfg.stride, 1)?
    } else {
        conv2d(&x, weight, cfg)?
    };
    let y = to_nhwc(&y)?;
    let y = match bias {
        Some(bias) => y.broadcast_add(bias)?,
        None => y,
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
