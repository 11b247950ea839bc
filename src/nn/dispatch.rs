//! The one place that chooses: our own operations for f32 on the CPU, candle's for everything else.

use std::sync::{Arc, OnceLock};

use candle_core::{D, DType, Result, Tensor, bail};

use super::activation::Activation;
use super::kernels::batch_norm;
use super::{fallback, ops};

/// Whether the fast operations can take these tensors.
pub fn is_fast(tensors: &[&Tensor]) -> bool {
    tensors.iter().all(|t| t.device().is_cpu() && t.dtype() == DType::F32)
}

/// (Transposed) convolution of NHWC `x` as `op` says, with bias and activation.
pub fn conv(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, op: &ops::Conv) -> Result<Tensor> {
    if !is_fast(&[x, weight]) {
        return fallback::conv(x, weight, bias, op.cfg, op.transposed, op.activation);
    }
    let x = x.contiguous()?;
    match bias {
        Some(bias) => x.apply_op3(weight, bias, op.clone()),
        None => x.apply_op2(weight, op.clone()),
    }
}

/// `activation(x · Wᵀ + b)` of `x` (batch, in).
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    if !is_fast(&[x, weight, bias]) {
        return fallback::linear(x, weight, bias, activation);
    }
    x.contiguous()?.apply_op3(weight, bias, ops::Linear(activation))
}

/// Normalises by the batch's own moments over all but the last dimension. Returns the result, and mean
/// and biased variance per channel.
pub fn batch_norm_train(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<(Tensor, Tensor, Tensor)> {
    let (channels, last) = (gamma.elem_count(), x.dim(D::Minus1)?);
    if channels != last || x.elem_count() < 2 * channels {
        bail!(
            "batch normalisation of {channels} channels needs at least two values of each, not {:?}",
            x.dims()
        );
    }
    if !is_fast(&[x, gamma, beta]) {
        return fallback::batch_norm_train(x, gamma, beta, activation);
    }
    let moments = Arc::new(OnceLock::new());
    let op = ops::BatchNorm { activation, moments: moments.clone() };
    let y = x.contiguous()?.apply_op3(gamma, beta, op)?;
    let Some(batch_norm::Moments { mean, variance }) = moments.get() else {
        bail!("batch normalisation did not run");
    };
    let device = x.device();
    Ok((y, Tensor::from_slice(mean, channels, device)?, Tensor::from_slice(variance, channels, device)?))
}

/// Normalises by given moments, which are constants.
pub fn batch_norm_eval(
    x: &Tensor,
    mean: &Tensor,
    variance: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    if gamma.elem_count() != x.dim(D::Minus1)? {
        bail!("batch normalisation of {} channels cannot take {:?}", gamma.elem_count(), x.dims());
    }
    // The fused pass has no gradient; where one is wanted, candle's operations give it.
    if x.track_op() || !is_fast(&[x, mean, variance, gamma, beta]) {
        return fallback::batch_norm_eval(x, &mean.detach(), &variance.detach(), gamma, beta, activation);
    }
    let x = x.contiguous()?;
    let y = ops::with_floats([&x, mean, variance, gamma, beta], |[x, mean, variance, gamma, beta]| {
        let moments = batch_norm::Moments { mean: mean.to_vec(), variance: variance.to_vec() };
        Ok(batch_norm::apply(x, &moments, gamma, beta, activation))
    })?;
    Tensor::from_vec(y, x.shape(), x.device())
}

/// Σ (x − target)² over all elements, a scalar; x and target have the same shape. The gradient goes to
/// x only: 2 (x − target).
pub fn squared_error_sum(x: &Tensor, target: &Tensor) -> Result<Tensor> {
    if x.shape() != target.shape() {
        bail!("a squared error needs equal shapes, not {:?} and {:?}", x.dims(), target.dims());
    }
    let target = target.detach();
    if is_fast(&[x, &target]) {
        x.contiguous()?.apply_op2(&target.contiguous()?, ops::SquaredError)
    } else {
        fallback::squared_error_sum(x, &target)
    }
}
