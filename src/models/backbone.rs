//! The convolutional encoder and decoder that every model kind shares, so that comparisons between
//! kinds are about the kind. Strided convolutions and transposed convolutions as in DCGAN
//! (Radford et al. 2016, <https://arxiv.org/abs/1511.06434>), LeakyReLU down, ReLU up, sigmoid out.
//!
//! Tensor names are those of `torch.nn.Sequential(Conv2d, BatchNorm2d, LeakyReLU, …)` (without
//! normalisation `Sequential(Conv2d, LeakyReLU, …)`), layouts are PyTorch's. Activations are NHWC.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::channels::{to_channels, to_rgb};
use super::code::FromCode;
use super::widths::widths_of;
use crate::config::{ModelConfig, Normalization};
use crate::nn::{Activation, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Stack};

pub(super) const HALVING: ConvConfig = ConvConfig { kernel: 4, stride: 2, padding: 1 };
pub(super) const LEAK: f32 = 0.2;

/// Image to features.
pub struct Encoder {
    stack: Stack,
    channels: usize,
}

impl Encoder {
    /// Names its tensors `{i}.weight` and so on under `vb`.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        let normalized = config.normalization == Normalization::Batch;
        let activation = Activation::LeakyRelu(LEAK);
        let (before_norm, stride) = if normalized { (Activation::None, 3) } else { (activation, 2) };
        let mut channels = config.channels;
        let mut layers = Vec::new();
        for (level, width) in widths_of(config).into_iter().enumerate() {
            let at = level * stride;
            let conv = Conv2d::new(channels, width, HALVING, !normalized, before_norm, vb.pp(at))?;
            let norm = normalized.then(|| BatchNorm2d::new(width, activation, vb.pp(at + 1))).transpose()?;
            layers.push((conv, norm));
            channels = width;
        }
        Ok(Self { stack: layers.into_iter().collect(), channels: config.channels })
    }

    /// (n, size, size, 3 or the model's channels) in [0, 1] to (n, feature size, feature size, feature channels).
    pub fn forward(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        self.stack.forward(&to_channels(images, self.channels)?, train)
    }
}

/// Code to image.
pub struct Decoder {
    input: FromCode,
    stack: Stack,
    channels: usize,
}

impl Decoder {
    /// Names its tensors `decoder_input.weight` and `decoder.{i}.weight` and so on under `vb`.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        let normalized = config.normalization == Normalization::Batch;
        let stride = if normalized { 3 } else { 2 };
        let input = FromCode::new(config, Activation::Relu, vb.pp("decoder_input"))?;
        let vb = vb.pp("decoder");
        let widths = widths_of(config);
        let mut channels = widths.last().copied().unwrap_or(config.base_width);
        let outputs: Vec<usize> = widths.into_iter().rev().skip(1).chain([config.channels]).collect();
        let count = outputs.len();
        let stack = outputs
            .into_iter()
            .enumerate()
            .map(|(level, to)| {
                let from = std::mem::replace(&mut channels, to);
                let (at, is_last) = (level * stride, level + 1 == count);
                let norm = normalized && !is_last;
                let activation = match (is_last, norm) {
                    (true, _) => Activation::Sigmoid,
                    (false, true) => Activation::None,
                    (false, false) => Activation::Relu,
                };
                let conv = ConvTranspose2d::new(from, to, HALVING, !norm, activation, vb.pp(at))?;
                let norm = norm.then(|| BatchNorm2d::new(to, Activation::Relu, vb.pp(at + 1))).transpose()?;
                Ok((conv, norm))
            })
            .collect::<Result<_>>()?;
        Ok(Self { input, stack, channels: config.channels })
    }

    /// Channels of its pictures.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// (n, latent_dim) to (n, size, size, 3) in [0, 1]; in training the model's channels.
    pub fn forward(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        let pictures = self.stack.forward(&self.input.forward(codes)?, train)?;
        if train { Ok(pictures) } else { to_rgb(&pictures) }
    }
}
