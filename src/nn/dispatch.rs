//! The one place that chooses: our own operations for f32 on the CPU, candle's for everything else.
//!
//! Half precision takes a way of its own. On the CPU it is computed in f32, since candle multiplies f16
//! slowly there and bf16 not at all; and sums over a batch (moments, the squared error) are taken in f32 on
//! every device, because they soon leave the range of f16.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use candle_core::{D, DType, Result, Tensor, bail};

use super::activation::Activation;
use super::kernels::batch_norm;
use super::shared::Moments;
use super::{fallback, ops};

static AS_ON_A_CARD: AtomicBool = AtomicBool::new(false);

/// Has this process compute on the processor by the operations that it would use on a graphics card, for tests of
/// them where there is none. What was made before this is changed keeps its way.
#[doc(hidden)]
pub fn compute_as_on_a_card(wanted: bool) {
    AS_ON_A_CARD.store(wanted, Ordering::Relaxed);
}

/// Whether the fast operations can take these tensors.
pub fn is_fast(tensors: &[&Tensor]) -> bool {
    !AS_ON_A_CARD.load(Ordering::Relaxed)
        && tensors.iter().all(|t| t.device().is_cpu() && t.dtype() == DType::F32)
}

/// Who computes.
enum Path {
    /// Our own operations.
    Fast,
    /// One of the other two, in f32: the tensors are in half precision.
    Half,
    /// candle's operations.
    Candle,
}

/// Errors: tensors of different types, or of one that is not for computing in.
fn path(tensors: &[&Tensor]) -> Result<Path> {
    let types: Vec<DType> = tensors.iter().map(|t| t.dtype()).collect();
    let path = match types.first() {
        Some(DType::F16 | DType::BF16) => Path::Half,
        _ if is_fast(tensors) => Path::Fast,
        _ => Path::Candle,
    };
    let is_known = |t: &DType| matches!(t, DType::F16 | DType::BF16 | DType::F32 | DType::F64);
    if !types.iter().all(|t| is_known(t) && *t == types[0]) {
        bail!("a layer computes in f16, bf16, f32 or f64, in one of them at a time, not in {types:?}");
    }
    Ok(path)
}

fn to_f32(t: &Tensor) -> Result<Tensor> {
    t.to_dtype(DType::F32)
}

/// (Transposed) convolution of NHWC `x` as `op` says, with bias and activation.
pub fn conv(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, op: &ops::ConvOp) -> Result<Tensor> {
    let operands: Vec<&Tensor> = [x, weight].into_iter().chain(bias).collect();
    match path(&operands)? {
        Path::Fast => {
            let (x, weight) = (x.contiguous()?, weight.contiguous()?);
            match bias {
                Some(bias) => x.apply_op3(&weight, &bias.contiguous()?, op.clone()),
                None => x.apply_op2(&weight, op.clone()),
            }
        }
        Path::Half if x.device().is_cpu() => {
            let bias = bias.map(to_f32).transpose()?;
            conv(&to_f32(x)?, &to_f32(weight)?, bias.as_ref(), op)?.to_dtype(x.dtype())
        }
        Path::Half | Path::Candle => {
            let geometry = op.geometry(x.dims(), weight.dims())?;
            fallback::conv(x, weight, bias, &geometry, op.transposed, op.activation)
        }
    }
}

/// `activation(x · Wᵀ + b)` of `x` (batch, in).
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    match path(&[x, weight, bias])? {
        Path::Fast => {
            x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, ops::LinearOp(activation))
        }
        Path::Half if x.device().is_cpu() => {
            linear(&to_f32(x)?, &to_f32(weight)?, &to_f32(bias)?, activation)?.to_dtype(x.dtype())
        }
        Path::Half | Path::Candle => fallback::linear(x, weight, bias, activation),
    }
}

/// Normalises by the moments of the batch, that of all ranks, over all but the last dimension. Returns the result, and
/// mean and biased variance per channel, these in f32 for half precision, with the number of values that they are of.
pub fn batch_norm_train(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    activation: Activation,
) -> Result<(Tensor, Moments)> {
    let channels = gamma.elem_count();
    check_norm(x.elem_count(), x.dim(D::Minus1)?, channels)?;
    match path(&[x, gamma, beta])? {
        Path::Fast => {}
        Path::Half => {
            let [wide, gamma, beta] = [x, gamma, beta].map(to_f32);
            let (y, moments) = batch_norm_train(&wide?, &gamma?, &beta?, activation)?;
            return Ok((y.to_dtype(x.dtype())?, moments));
        }
        Path::Candle => return fallback::batch_norm_train(x, gamma, beta, activation),
    }
    let moments = Arc::new(OnceLock::new());
    let op = ops::BatchNorm { activation, given: false, moments: moments.clone() };
    let y = x.contiguous()?.apply_op3(&gamma.contiguous()?, &beta.contiguous()?, op)?;
    let Some((batch_norm::ChannelMoments { mean, variance }, values)) = moments.get() else {
        bail!("batch normalisation did not run");
    };
    let tensor = |floats: &[f32]| Tensor::from_slice(floats, channels, x.device());
    Ok((y, Moments { mean: tensor(mean)?, variance: tensor(variance)?, values: *values }))
}

/// Moments need at least two values a channel, of `values` in all.
pub fn check_norm(values: usize, channels: usize, expected: usize) -> Result<()> {
    if channels != expected || values < 2 * channels {
        bail!(
            "batch normalisation of {expected} channels needs at least two values of each, not {values} in {channels}"
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
    let (mean, variance) = (mean.detach().contiguous()?, variance.detach().contiguous()?);
    match path(&[x, &mean, &variance, gamma, beta])? {
        Path::Fast => {}
        Path::Half => {
            let [wide, mean, variance, gamma, beta] = [x, &mean, &variance, gamma, beta].map(to_f32);
            let y = batch_norm_eval(&wide?, &mean?, &variance?, &gamma?, &beta?, activation)?;
            return y.to_dtype(x.dtype());
        }
        Path::Candle => return fallback::batch_norm_eval(x, &mean, &variance, gamma, beta, activation),
    }
    let moments = ops::with_floats([&mean, &variance], |[mean, variance]| {
        Ok(batch_norm::ChannelMoments { mean: mean.to_vec(), variance: variance.to_vec() })
    })?;
    let op = ops::BatchNorm { activation, given: true, moments: Arc::new((moments, 0).into()) };
    x.contiguous()?.apply_op3(&gamma.contiguous()?, &beta.contiguous()?, op)
}

/// Σ (x − target)² over all elements, a scalar; x and target have the same shape. The gradient goes to
/// x only: 2 (x − target). Half precision gives a scalar in f32.
pub fn squared_error_sum(x: &Tensor, target: &Tensor) -> Result<Tensor> {
    if x.shape() != target.shape() {
        bail!("a squared error needs equal shapes, not {:?} and {:?}", x.dims(), target.dims());
    }
    let target = target.detach();
    match path(&[x, &target])? {
        Path::Fast => x.contiguous()?.apply_op2(&target.contiguous()?, ops::SquaredError),
        Path::Half => squared_error_sum(&to_f32(x)?, &to_f32(&target)?),
        Path::Candle => fallback::squared_error_sum(x, &target),
    }
}
