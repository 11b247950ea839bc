//! Batch normalisation that never changes, made part of the convolution before it.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// A weight (out, in, rows, columns) and a bias (out) that do what this weight and the batch normalisation after it
/// do, whose tensors are at `norm`. Errors: a tensor that is missing or has another shape.
pub fn folded(norm: &VarBuilder, weight: &Tensor, eps: f64) -> Result<(Vec<f32>, Vec<f32>)> {
    let floats = |tensor: Tensor| tensor.flatten_all()?.to_vec1::<f32>();
    let outs = weight.dim(0)?;
    let mut weight = floats(weight.clone())?;
    let of = |name| norm.get(outs, name).and_then(floats);
    let (gamma, mut bias) = (of("weight")?, of("bias")?);
    let (mean, variance) = (of("running_mean")?, of("running_var")?);
    let filter = weight.len() / outs;
    for (channel, weight) in weight.chunks_exact_mut(filter).enumerate() {
        let scale = f64::from(gamma[channel]) / (f64::from(variance[channel]) + eps).sqrt();
        weight.iter_mut().for_each(|w| *w = (f64::from(*w) * scale) as f32);
        bias[channel] = (f64::from(bias[channel]) - f64::from(mean[channel]) * scale) as f32;
    }
    Ok((weight, bias))
}
