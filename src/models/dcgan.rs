//! Deep convolutional GAN (Radford, Metz & Chintala 2016, <https://arxiv.org/abs/1511.06434>), with the
//! details that the paper leaves open as in PyTorch's tutorial: no biases, kernels of 4, batch norm
//! everywhere but at the generator's output and the discriminator's input and output.
//!
//! Tensor names are those of the tutorial's `main = Sequential(…)`, so its weights fit. Like every
//! image here those of a generator are in [0, 1]; inside, the networks work with the paper's [−1, 1]:
//! the generator ends in tanh, of which `(1 + y) / 2` is returned. The other side is
//! [`Discriminator`](super::Discriminator).

use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};

use super::backbone::HALVING;
use super::channels::to_rgb;
use super::widths::{feature_side, widths};
use crate::config::ModelConfig;
use crate::nn::{Activation, BatchNorm2d, ConvConfig, ConvTranspose2d, Stack};

/// "All weights were initialized from a zero-centered Normal distribution with standard deviation 0.02."
pub(super) const WEIGHT: Init = Init::Randn { mean: 0.0, stdev: 0.02 };
pub(super) const NORM_WEIGHT: Init = Init::Randn { mean: 1.0, stdev: 0.02 };

/// The shape of both networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DcganConfig {
    /// Side of the square images: 28, 32, 64, 128 or 256.
    pub image_size: usize,
    /// Numbers in a code.
    pub latent_dim: usize,
    /// Channels next to the image; each level inwards doubles them, up to eight times this.
    pub base_width: usize,
    /// Channels of the images: 3, or 1 for grey ones.
    pub channels: usize,
}

impl Default for DcganConfig {
    /// The paper's numbers for faces of 64×64.
    fn default() -> Self {
        Self { image_size: 64, latent_dim: 100, base_width: 64, channels: 3 }
    }
}

impl From<&ModelConfig> for DcganConfig {
    fn from(config: &ModelConfig) -> Self {
        let ModelConfig { image_size, latent_dim, base_width, channels, .. } = *config;
        Self { image_size, latent_dim, base_width, channels }
    }
}

impl DcganConfig {
    pub(super) fn widths(self) -> Vec<usize> {
        widths(self.image_size, feature_side(self.image_size), self.base_width)
    }

    /// Between one vector and the smallest feature map.
    pub(super) fn whole(self) -> ConvConfig {
        ConvConfig { kernel: feature_side(self.image_size), stride: 1, padding: 0 }
    }
}

/// Code to image.
pub struct Generator {
    stack: Stack,
    channels: usize,
}

impl Generator {
    /// Names its tensors `main.{i}.weight` and so on under `vb`.
    pub fn new(config: DcganConfig, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("main");
        let outputs: Vec<usize> = config.widths().into_iter().rev().chain([config.channels]).collect();
        let last = outputs.len() - 1;
        let mut from = config.latent_dim;
        let mut layers = Vec::with_capacity(outputs.len());
        for (level, to) in outputs.into_iter().enumerate() {
            let shape = if level == 0 { config.whole() } else { HALVING };
            let activation = if level == last { Activation::Tanh } else { Activation::None };
            let (conv, norm) = (vb.pp(3 * level), vb.pp(3 * level + 1));
            let conv = ConvTranspose2d::without_bias(from, to, shape, activation, WEIGHT, conv)?;
            let norm = (level != last)
                .then(|| BatchNorm2d::with_weight(to, Activation::Relu, NORM_WEIGHT, norm))
                .transpose()?;
            layers.push((conv, norm));
            from = to;
        }
        Ok(Self { stack: layers.into_iter().collect(), channels: config.channels })
    }

    /// (n, latent_dim), standard normal, to (n, size, size, 3) in [0, 1]. With `train` batch norm uses
    /// the batch's own moments, and pictures have the model's channels.
    pub fn forward(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        let (n, latent_dim) = codes.dims2()?;
        let pictures = self.stack.forward(&codes.reshape((n, 1, 1, latent_dim))?, train)?.affine(0.5, 0.5)?;
        if train { Ok(pictures) } else { to_rgb(&pictures) }
    }

    /// Channels of its pictures.
    pub fn channels(&self) -> usize {
        self.channels
    }
}
