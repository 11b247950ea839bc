//! Codes of batches and pictures of codes as plain numbers.

use candle_core::{DType, Device, Tensor};

use super::Model;
use crate::error::{Error, Result};
use crate::latent::statistics::Encoded;

/// Codes that go through the network at once.
const BATCH: usize = 64;

/// Encodes a batch (n, size, size, 3) and appends its codes.
pub fn extend_encoded(encoded: &mut Encoded, model: &Model, batch: &Tensor) -> Result<()> {
    let posterior = model.encode(batch)?;
    encoded.mu.extend(posterior.mu.to_dtype(DType::F32)?.to_vec2::<f32>()?);
    if let (Some(all), Some(log_var)) = (&mut encoded.log_var, &posterior.log_var) {
        all.extend(log_var.to_dtype(DType::F32)?.to_vec2::<f32>()?);
    }
    Ok(())
}

/// Decodes codes to float pictures (height × width × RGB, in [0, 1]), some at a time.
pub fn decode_floats(
    model: &Model,
    codes: &[Vec<f32>],
    latent_dim: usize,
    device: &Device,
) -> Result<Vec<Vec<f32>>> {
    if let Some(code) = codes.iter().find(|c| c.len() != latent_dim) {
        return Err(Error::Invalid(format!(
            "this model's codes have {latent_dim} numbers, not {}",
            code.len()
        )));
    }
    let mut pictures = Vec::with_capacity(codes.len());
    for codes in codes.chunks(BATCH) {
        let batch = Tensor::from_vec(codes.concat(), (codes.len(), latent_dim), device)?;
        pictures.extend(model.decode(&batch)?.flatten_from(1)?.to_vec2::<f32>()?);
    }
    Ok(pictures)
}
