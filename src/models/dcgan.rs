//! Deep convolutional GAN (Radford, Metz & Chintala 2016, <https://arxiv.org/abs/1511.06434>), with the
//! details that the paper leaves open as in PyTorch's tutorial: no biases, kernels of 4, batch norm
//! everywhere but at the generator's output and the discriminator's input and output.
//!
//! Tensor names are those of the tutorial's `main = Sequential(…)`, so its weights fit. Like every
//! image here those of a generator are in [0, 1]; inside, the networks work with the paper's [−1, 1]:
//! the generator ends in tanh, of which `(1 + y) / 2` is returned, and the discriminator begins with
//! `2x − 1`.

use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};

use super::backbone::{FEATURE_SIZE, HALVING, LEAK, widths};
use crate::nn::{Activation, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d};

/// Between one vector and a feature map of [`FEATURE_SIZE`] squared.
const WHOLE: ConvConfig = ConvConfig { kernel: FEATURE_SIZE, stride: 1, padding: 0 };
/// "All weights were initialized from a zero-centered Normal distribution with standard deviation 0.02."
const WEIGHT: Init = Init::Randn { mean: 0.0, stdev: 0.02 };
const NORM_WEIGHT: Init = Init::Randn { mean: 1.0, stdev: 0.02 };

/// The shape of both networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DcganConfig {
    /// Side of the square images: 32, 64, 128 or 256.
    pub image_size: usize,
    /// Numbers in a code.
    pub latent_dim: usize,
    /// Channels next to the image; each level inwards doubles them, up to eight times this.
    pub base_width: usize,
}

impl Default for DcganConfig {
    /// The paper's numbers for faces of 64×64.
    fn default() -> Self {
        Self { image_size: 64, latent_dim: 100, base_width: 64 }
    }
}

impl DcganConfig {
    fn widths(self) -> Vec<usize> {
        widths(self.image_size, self.base_width)
    }
}

/// Code to image.
pub struct Generator {
    layers: Vec<(ConvTranspose2d, Option<BatchNorm2d>)>,
}

impl Generator {
    /// Names its tensors `main.{i}.weight` and so on under `vb`.
    pub fn new(config: DcganConfig, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("main");
        let outputs: Vec<usize> = config.widths().into_iter().rev().chain([3]).collect();
        let last = outputs.len() - 1;
        let mut from = config.latent_dim;
        let mut layers = Vec::with_capacity(outputs.len());
        for (level, to) in outputs.into_iter().enumerate() {
            let shape = if level == 0 { WHOLE } else { HALVING };
            let activation = if level == last { Activation::Tanh } else { Activation::None };
            let (conv, norm) = (vb.pp(3 * level), vb.pp(3 * level + 1));
            let conv = ConvTranspose2d::without_bias(from, to, shape, activation, WEIGHT, conv)?;
            let norm = (level != last)
                .then(|| BatchNorm2d::with_weight(to, Activation::Relu, NORM_WEIGHT, norm))
                .transpose()?;
            layers.push((conv, norm));
            from = to;
        }
        Ok(Self { layers })
    }

    /// (n, latent_dim), standard normal, to (n, size, size, 3) in [0, 1]. With `train` batch norm uses
    /// the batch's own moments.
    pub fn forward(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        let (n, latent_dim) = codes.dims2()?;
        let mut x = codes.reshape((n, 1, 1, latent_dim))?;
        for (conv, norm) in &self.layers {
            x = match norm {
                Some(norm) => conv.forward_norm(&x, norm, train)?,
                None => conv.forward(&x)?,
            };
        }
        x.affine(0.5, 0.5)
    }
}

/// Image to the logit of its being real.
pub struct Discriminator {
    layers: Vec<(Conv2d, Option<BatchNorm2d>)>,
}

impl Discriminator {
    /// Names its tensors `main.{i}.weight` and so on under `vb`.
    pub fn new(config: DcganConfig, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("main");
        let leaky = Activation::LeakyRelu(LEAK);
        let outputs: Vec<usize> = config.widths().into_iter().chain([1]).collect();
        let last = outputs.len() - 1;
        let (mut from, mut at) = (3, 0);
        let mut layers = Vec::with_capacity(outputs.len());
        for (level, to) in outputs.into_iter().enumerate() {
            let normalized = level != 0 && level != last;
            let shape = if level == last { WHOLE } else { HALVING };
            let activation = if level == 0 { leaky } else { Activation::None };
            let conv = Conv2d::without_bias(from, to, shape, activation, WEIGHT, vb.pp(at))?;
            let norm = normalized
                .then(|| BatchNorm2d::with_weight(to, leaky, NORM_WEIGHT, vb.pp(at + 1)))
                .transpose()?;
            layers.push((conv, norm));
            from = to;
            // The activation counts as well.
            at += if normalized { 3 } else { 2 };
        }
        Ok(Self { layers })
    }

    /// (n, size, size, 3) in [0, 1] to (n) logits. With `train` batch norm uses the batch's own moments.
    pub fn forward(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = images.affine(2.0, -1.0)?;
        for (conv, norm) in &self.layers {
            x = match norm {
                Some(norm) => conv.forward_norm(&x, norm, train)?,
                None => conv.forward(&x)?,
            };
        }
        x.flatten_all()
    }

    /// The same network on the same memory, whose weights take no gradient: the judge of a generator's
    /// step, in which it is not the judge who learns. Running moments still follow the batches.
    pub fn detached(&self) -> Self {
        let detach = |(conv, norm): &(Conv2d, Option<BatchNorm2d>)| {
            (conv.detached(), norm.as_ref().map(BatchNorm2d::detached))
        };
        Self { layers: self.layers.iter().map(detach).collect() }
    }
}
