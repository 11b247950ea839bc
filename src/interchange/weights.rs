//! Weights of the layers of a model.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;

use crate::error::{Error, Result};
use crate::models::blueprint::{Layer, LayerTensor};

/// A tensor for another program.
pub struct NamedTensor {
    /// As in `encoder.0.weight`.
    pub name: String,
    /// Its sides.
    pub shape: Vec<usize>,
    /// As many numbers, the last index moving fastest.
    pub values: Vec<f32>,
}

/// Tensors of layers out of a checkpoint.
///
/// * `origin`: the checkpoint, for messages
///
/// # Errors
/// A tensor that is missing or has another shape.
pub fn of_layers<'a>(
    layers: impl IntoIterator<Item = &'a Layer>,
    weights: &HashMap<String, Tensor>,
    origin: &Path,
) -> Result<Vec<NamedTensor>> {
    let mut found = Vec::new();
    for layer in layers {
        let Some(layer_name) = layer.name() else { continue };
        for LayerTensor { part, stored, shape } in layer.tensors() {
            let name = format!("{layer_name}.{part}");
            let unfit = |reason: String| {
                Error::file(origin, format!("its tensors do not fit the model that it names: {reason}"))
            };
            let tensor = weights.get(&name).ok_or_else(|| unfit(format!("{name} is missing")))?;
            if tensor.dims() != stored {
                return Err(unfit(format!("{name} is {:?} instead of {stored:?}", tensor.dims())));
            }
            found.push(NamedTensor { name, shape, values: tensor.flatten_all()?.to_vec1()? });
        }
    }
    Ok(found)
}
