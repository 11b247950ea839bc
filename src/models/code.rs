//! The layers between the convolutions and the code. A code is one vector, to which every feature has a weight,
//! or
//! it is laid out on a grid: a feature map with few channels, whose numbers each know their own part of the picture
//! alone (a convolution of kernel 1, as in the first stage of Rombach et al. 2022,
//! <https://arxiv.org/abs/2112.10752>).
//!
//! Outside of this file both are (n, latent_dim); that of a grid is in PyTorch's order: channel, row, column.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::widths::{feature_channels, feature_size};
use crate::config::ModelConfig;
use crate::nn::{Activation, Linear};

/// Features to code.
pub(super) struct ToCode {
    weights: Linear,
    grid: Option<usize>,
}

impl ToCode {
    /// Reads or creates `weight` and `bias`: (latent_dim, features) for one vector, (channels of the code, channels
    /// of the features) for a grid.
    pub fn new(config: &ModelConfig, activation: Activation, vb: VarBuilder) -> Result<Self> {
        let (features, codes) = sides(config);
        Ok(Self { weights: Linear::new(features, codes, activation, vb)?, grid: config.latent_grid })
    }

    /// (n, side, side, channels) to (n, latent_dim).
    pub fn forward(&self, features: &Tensor) -> Result<Tensor> {
        let (n, side, _, channels) = features.dims4()?;
        if self.grid.is_none() {
            let features = features.permute((0, 3, 1, 2))?.flatten_from(1)?.contiguous()?;
            return self.weights.forward(&features);
        }
        let codes = self.weights.forward(&features.reshape((n * side * side, channels))?)?;
        codes.reshape((n, side * side, ()))?.transpose(1, 2)?.flatten_from(1)?.contiguous()
    }
}

/// Code to features.
pub(super) struct FromCode {
    weights: Linear,
    channels: usize,
    side: usize,
    grid: Option<usize>,
}

impl FromCode {
    /// Reads or creates `weight` and `bias`, as [`ToCode`] the other way round.
    pub fn new(config: &ModelConfig, activation: Activation, vb: VarBuilder) -> Result<Self> {
        let (features, codes) = sides(config);
        Ok(Self {
            weights: Linear::new(codes, features, activation, vb)?,
            channels: feature_channels(config),
            side: feature_size(config),
            grid: config.latent_grid,
        })
    }

    /// (n, latent_dim) to (n, side, side, channels).
    pub fn forward(&self, codes: &Tensor) -> Result<Tensor> {
        let (n, side) = (codes.dim(0)?, self.side);
        if self.grid.is_none() {
            let features = self.weights.forward(codes)?.reshape((n, self.channels, side, side))?;
            return features.permute((0, 2, 3, 1))?.contiguous();
        }
        let codes = codes.reshape((n, (), side * side))?.transpose(1, 2)?.contiguous()?;
        let features = self.weights.forward(&codes.flatten_to(1)?)?;
        features.reshape((n, side, side, self.channels))
    }
}

/// Numbers of features and of a code that meet in a matrix.
pub(super) fn sides(config: &ModelConfig) -> (usize, usize) {
    let (channels, side) = (feature_channels(config), feature_size(config));
    match config.latent_grid {
        None => (channels * side * side, config.latent_dim),
        Some(_) => (channels, config.latent_dim / (side * side)),
    }
}
