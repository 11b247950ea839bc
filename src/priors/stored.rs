//! The tensors of a prior by name, as a file holds them.

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor, bail};

/// Tensors by name, without the prefix that they have in a file.
#[derive(Clone, Default)]
pub struct Stored(HashMap<String, Tensor>);

impl Stored {
    /// Adds a tensor.
    pub fn put(&mut self, name: &str, tensor: Tensor) {
        self.0.insert(name.to_owned(), tensor);
    }

    /// A tensor in f32.
    ///
    /// # Errors
    /// One that is missing or has another shape.
    pub fn get(&self, name: &str, shape: &[usize], device: &Device) -> Result<Tensor> {
        let Some(tensor) = self.0.get(name) else { bail!("prior.{name} is missing") };
        if tensor.dims() != shape {
            bail!("prior.{name} has the shape {:?} instead of {shape:?}", tensor.dims());
        }
        tensor.to_device(device)?.to_dtype(DType::F32)?.contiguous()
    }

    /// Tensors whose names begin with this, without it.
    pub fn under(&self, prefix: &str) -> HashMap<String, Tensor> {
        let named = |(name, tensor): (&String, &Tensor)| {
            Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone()))
        };
        self.0.iter().filter_map(named).collect()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Tensor)> {
        self.0.iter()
    }
}

impl FromIterator<(String, Tensor)> for Stored {
    fn from_iter<T: IntoIterator<Item = (String, Tensor)>>(tensors: T) -> Self {
        Self(tensors.into_iter().collect())
    }
}
