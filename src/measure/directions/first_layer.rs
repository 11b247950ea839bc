//! First layer of a decoder: the weights that a code meets first.

use candle_core::{Device, Tensor};

use crate::config::ModelKind;
use crate::error::{Error, Result};
use crate::models::Model;
use crate::run::TrainedModel;
use crate::run::checkpoint::Checkpoint;

/// Weights of the first layer of a decoder or generator, without its bias.
pub struct FirstLayer {
    /// (outputs, inputs)
    weights: Tensor,
    /// Places of the grid on which the same weights meet the channels of a code; 1 without a grid.
    pub places: usize,
}

impl FirstLayer {
    /// The first layer of a model of another program.
    ///
    /// # Errors
    /// One whose decoder begins with anything but a linear layer or a transposed convolution of the whole code.
    pub fn of_imported(model: &TrainedModel) -> Result<Self> {
        let Model::Imported(network) = model.network() else {
            return Err(Error::Fault("this is no model of another program; please report this".into()));
        };
        let rows = network.first_layer()?.ok_or_else(|| {
            Error::Invalid(
                "SeFa needs the weights that a code meets first, and this model does not begin with a linear layer; \
                 principal components (--method pca) need none"
                    .into(),
            )
        })?;
        let inputs = model.latent_dim();
        Ok(Self {
            weights: Tensor::from_vec(rows.clone(), (rows.len() / inputs, inputs), &Device::Cpu)?,
            places: 1,
        })
    }

    /// The identity in place of a layer that is not known: each number by itself.
    ///
    /// # Errors
    /// Never, but for a memory that is full.
    pub fn identity(model: &TrainedModel) -> Result<Self> {
        Ok(Self {
            weights: Tensor::eye(model.latent_dim(), candle_core::DType::F32, &Device::Cpu)?,
            places: 1,
        })
    }

    /// The first layer of a checkpoint's decoder.
    ///
    /// # Errors
    /// A checkpoint without it.
    pub fn of(checkpoint: &Checkpoint) -> Result<Self> {
        let config = &checkpoint.meta.config.model;
        let is_generator = config.kind == ModelKind::Dcgan;
        let name = if is_generator { "generator.main.0.weight" } else { "decoder_input.weight" };
        let missing = || Error::Invalid(format!("this model has no weights called {name}"));
        let weights = checkpoint.weights.get(name).ok_or_else(missing)?;
        let weights = match is_generator {
            // Of a transposed convolution: (inputs, channels, rows, columns).
            true => weights.flatten_from(1)?.t()?.contiguous()?,
            false => weights.clone(),
        };
        Ok(Self { weights, places: config.latent_grid.map_or(1, |side| side * side) })
    }

    /// Numbers of a code that one row of weights meets.
    pub fn inputs(&self) -> Result<usize> {
        Ok(self.weights.dim(1)?)
    }

    /// The weights, a row an output.
    pub fn rows(&self) -> Result<Vec<f32>> {
        Ok(self.weights.flatten_all()?.to_vec1()?)
    }

    /// Results of the layer for codes, a row each; of a model without a grid.
    pub fn activations(&self, codes: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        let codes = Tensor::from_vec(codes.concat(), (codes.len(), self.inputs()?), self.weights.device())?;
        Ok(codes.matmul(&self.weights.t()?.contiguous()?)?.to_vec2()?)
    }
}
