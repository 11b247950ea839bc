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
    let channels = gamma.elem_count();
    check_norm(x, channels)?;
    if !is_fast(&[x, gamma, beta]) {
        return fallback::batch_norm_train(x, gamma, beta, activation);
    }
    let moments = Arc::new(OnceLock::new());
    let op = ops::BatchNorm { activation, given: false, moments: moments.clone() };
    let y = x.contiguous()?.apply_op3(gamma, beta, op)?;
    let Some(batch_norm::Moments { mean, variance }) = moments.get() else {
        bail!("batch normalisation did not run");
    };
    let device = x.device();
    Ok((y, Tensor::from_slice(mean, channels, device)?, Tensor::from_slice(variance, channels, device)?))
}

/// [`conv`] without bias and activation, then [`batch_norm_train`] with its activation. Returns what
/// the latter returns.
pub fn conv_norm_train(
    x: &Tensor,
    weight: &Tensor,
    op: &ops::Conv,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<(Tensor, Tensor, Tensor)> {
    let channels = weight.dim(if op.transposed { 1 } else { 0 })?;
    if gamma.elem_count() != channels || !is_fast(&[x, weight, gamma, beta]) {
        return batch_norm_train(&conv(x, weight, None, op)?, gamma, beta, activation);
    }
    let kept = Arc::new(OnceLock::new());
    let fused = ops::ConvNorm { conv: op.clone(), activation, kept: kept.clone() };
    let y = x.contiguous()?.apply_op3(weight, &Tensor::cat(&[gamma, beta], 0)?, fused)?;
    let Some(ops::Normalised { moments, .. }) = kept.get() else {
        bail!("batch normalisation did not run");
    };
    check_norm(&y, channels)?;
    let mean = Tensor::from_slice(&moments.mean, channels, x.device())?;
    Ok((y, mean, Tensor::from_slice(&moments.variance, channels, x.device())?))
}

/// Moments need at least two values a channel.
fn check_norm(x: &Tensor, channels: usize) -> Result<()> {
    if channels != x.dim(D::Minus1)? || x.elem_count() < 2 * channels {
        bail!(
            "batch normalisation of {channels} channels needs at least two values of each, not {:?}",
            x.dims()
        );
    }
    Ok(())
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
    let (mean, variance) = (mean.detach(), variance.detach());
    if !is_fast(&[x, &mean, &variance, gamma, beta]) {
        return fallback::batch_norm_eval(x, &mean, &variance, gamma, beta, activation);
    }
    let moments = ops::with_floats([&mean, &variance], |[mean, variance]| {
        Ok(batch_norm::Moments { mean: mean.to_vec(), variance: variance.to_vec() })
    })?;
    let op = ops::BatchNorm { activation, given: true, moments: Arc::new(moments.into()) };
    x.contiguous()?.apply_op3(gamma, beta, op)
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
