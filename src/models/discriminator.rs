//! The discriminator of a DCGAN (see [`super::dcgan`] for the source) and of a VAE-GAN.

use candle_core::{Result, Tensor, bail};
use candle_nn::{Init, VarBuilder};

use super::backbone::{HALVING, LEAK};
use super::dcgan::{DcganConfig, NORM_WEIGHT, WEIGHT};
use crate::config::DiscriminatorNorm;
use crate::nn::{Activation, BatchNorm2d, Conv2d, Stack, Trace};

/// Image to the logit of its being real. Pictures are in [0, 1]; inside it works with `2x − 1`.
pub struct Discriminator {
    layers: Vec<DiscriminatorLayer>,
}

struct DiscriminatorLayer {
    conv: Conv2d,
    norm: Option<BatchNorm2d>,
}

/// The output of a discriminator for n images.
pub struct DiscriminatorOutput {
    /// (n), each the logit of the image being real.
    pub logits: Tensor,
    /// (n, 8, 8, channels) for images of 32 pixels and more: the layer in which a VAE-GAN compares pictures,
    /// as deep as in Larsen et al. 2016, activation included.
    pub features: Tensor,
}

impl Discriminator {
    /// Names its tensors `main.{i}.weight` and so on under `vb`, as PyTorch's tutorial. What has no batch norm
    /// has biases; with spectral norm the names are `main.{i}.weight_orig`, `main.{i}.weight_u` and so on, as
    /// PyTorch's.
    pub fn new(config: DcganConfig, norm: DiscriminatorNorm, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("main");
        let leaky = Activation::LeakyRelu(LEAK);
        let outputs: Vec<usize> = config.widths().into_iter().chain([1]).collect();
        let last = outputs.len() - 1;
        let (mut from, mut at) = (config.channels, 0);
        let mut layers = Vec::with_capacity(outputs.len());
        for (level, to) in outputs.into_iter().enumerate() {
            let normalized = norm == DiscriminatorNorm::Batch && level != 0 && level != last;
            let shape = if level == last { config.whole() } else { HALVING };
            let activation = if level == last || normalized { Activation::None } else { leaky };
            let under = vb.pp(at);
            let conv = match norm {
                DiscriminatorNorm::Batch => Conv2d::without_bias(from, to, shape, activation, WEIGHT, under)?,
                DiscriminatorNorm::Spectral => Conv2d::spectral(from, to, shape, activation, WEIGHT, under)?,
                DiscriminatorNorm::None => {
                    let weight = keeping_scale(from * shape.kernel * shape.kernel, activation);
                    Conv2d::with_bias_at_0(from, to, shape, activation, weight, under)?
                }
            };
            let norm = normalized
                .then(|| BatchNorm2d::with_weight(to, leaky, NORM_WEIGHT, vb.pp(at + 1)))
                .transpose()?;
            layers.push(DiscriminatorLayer { conv, norm });
            from = to;
            // The activation counts as well.
            at += if normalized { 3 } else { 2 };
        }
        Ok(Self { layers })
    }

    /// (n, size, size, channels) in [0, 1] to (n) logits. With `train` batch norm uses the batch's own moments, and
    /// spectral norms are followed.
    pub fn forward(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.evaluate(images, train)?.logits)
    }

    /// Judges images as [`Discriminator::forward`] does, and gives the features too.
    pub fn evaluate(&self, images: &Tensor, train: bool) -> Result<DiscriminatorOutput> {
        // A halving and the last layer come after what is compared.
        let Some((before, after)) = self.layers.split_at_checked((self.layers.len() + 1).saturating_sub(3))
        else {
            bail!("this discriminator has too few layers");
        };
        let stack = |layers: &[DiscriminatorLayer]| -> Result<Stack> {
            layers
                .iter()
                .map(|DiscriminatorLayer { conv, norm }| Ok((conv.normalized(train)?, norm.clone())))
                .collect()
        };
        let features = stack(before)?.forward(&images.affine(2.0, -1.0)?, train)?;
        let logits = stack(after)?.forward(&features, train)?.flatten_all()?;
        Ok(DiscriminatorOutput { logits, features })
    }

    /// This network on the same memory with weights that take no gradient: the judge of a generator's
    /// step, in which it is not the judge who learns. Running moments still follow the batches.
    pub fn detached(&self) -> Self {
        let detach = |DiscriminatorLayer { conv, norm }: &DiscriminatorLayer| DiscriminatorLayer {
            conv: conv.detached(),
            norm: norm.as_ref().map(BatchNorm2d::detached),
        };
        Self { layers: self.layers.iter().map(detach).collect() }
    }

    /// The way of images through the layers, with what the gradients of a penalty on the logits' slopes need; its
    /// results are the logits. Slopes are those for pictures in [−1, 1].
    ///
    /// * `images`: (n, size, size, channels) in [0, 1]
    /// * `train`: as in [`Discriminator::forward`]
    ///
    /// # Errors
    /// Batch norm, in which the logit of an image depends on the others.
    pub fn trace(&self, images: &Tensor, train: bool) -> Result<Trace> {
        if self.layers.iter().any(|layer| layer.norm.is_some()) {
            bail!("a penalty on the gradient needs a discriminator without batch norm");
        }
        let layers = self.layers.iter().map(|layer| layer.conv.normalized(train));
        Trace::new(layers.collect::<Result<Vec<_>>>()?, &images.affine(2.0, -1.0)?)
    }
}

/// First weights that keep the scale of what comes through, since nothing else does (He et al. 2015,
/// <https://arxiv.org/abs/1502.01852>, equation 15).
fn keeping_scale(fan_in: usize, activation: Activation) -> Init {
    let gain = match activation {
        Activation::LeakyRelu(leak) => 2.0 / (1.0 + f64::from(leak).powi(2)),
        _ => 1.0,
    };
    Init::Randn { mean: 0.0, stdev: (gain / fan_in as f64).sqrt() }
}
