//! The discriminator of a DCGAN (see [`super::dcgan`] for the source) and of a VAE-GAN.

use candle_core::{Result, Tensor, Var, bail};
use candle_nn::VarBuilder;

use super::backbone::{HALVING, LEAK};
use super::dcgan::{DcganConfig, NORM_WEIGHT, WEIGHT, WHOLE};
use crate::nn::{Activation, BatchNorm2d, Conv2d, Stack};

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
    /// Names its tensors `main.{i}.weight` and so on under `vb`, as PyTorch's tutorial.
    pub fn new(config: DcganConfig, vb: VarBuilder) -> Result<Self> {
        Self::build(config, false, vb)
    }

    /// With spectral normalisation and biases in place of batch norm (Miyato et al. 2018, section 4). Names
    /// its tensors `main.{i}.weight_orig`, `main.{i}.weight_u` and so on, as PyTorch.
    pub fn spectral(config: DcganConfig, vb: VarBuilder) -> Result<Self> {
        Self::build(config, true, vb)
    }

    fn build(config: DcganConfig, spectral: bool, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("main");
        let leaky = Activation::LeakyRelu(LEAK);
        let outputs: Vec<usize> = config.widths().into_iter().chain([1]).collect();
        let last = outputs.len() - 1;
        let (mut from, mut at) = (3, 0);
        let mut layers = Vec::with_capacity(outputs.len());
        for (level, to) in outputs.into_iter().enumerate() {
            let normalized = !spectral && level != 0 && level != last;
            let shape = if level == last { WHOLE } else { HALVING };
            let activation = if level == last || normalized { Activation::None } else { leaky };
            let conv = match spectral {
                true => Conv2d::spectral(from, to, shape, activation, WEIGHT, vb.pp(at))?,
                false => Conv2d::without_bias(from, to, shape, activation, WEIGHT, vb.pp(at))?,
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

    /// (n, size, size, 3) in [0, 1] to (n) logits. With `train` batch norm uses the batch's own moments, and
    /// spectral norms are followed.
    pub fn forward(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.evaluate(images, train)?.logits)
    }

    /// As [`Discriminator::forward`], with the features.
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

    /// The gradient of each image's logit with respect to the image, for pictures in [−1, 1]: (n, size, size, 3),
    /// a constant.
    ///
    /// # Errors
    /// Batch norm, in which the logit of an image depends on the others.
    pub fn slope(&self, images: &Tensor) -> Result<Tensor> {
        self.check_separate()?;
        let images = Var::from_tensor(&images.detach())?;
        let sum = self.detached().forward(&images, false)?.sum_all()?;
        match sum.backward()?.get(&images) {
            // Pictures in [0, 1] are half as far apart.
            Some(gradient) => gradient.affine(0.5, 0.0).map(|t| t.detach()),
            None => bail!("the logits do not depend on the images"),
        }
    }

    /// Σ over the images of the derivative of the logit along `direction`, a scalar whose gradient goes to the
    /// weights. With the [slope](Discriminator::slope) as direction it is the sum of the squared slopes, and
    /// its gradient is that of half that sum, without going backwards through a backward pass: between its
    /// kinks the network is linear in the image.
    ///
    /// * `images`: (n, size, size, 3) in [0, 1]
    /// * `direction`: the same shape, in units of pictures in [−1, 1]
    ///
    /// # Errors
    /// As [`Discriminator::slope`].
    pub fn derivative(&self, images: &Tensor, direction: &Tensor) -> Result<Tensor> {
        self.check_separate()?;
        let mut x = images.detach().affine(2.0, -1.0)?;
        let mut along = direction.detach();
        let last = self.layers.len() - 1;
        for (level, DiscriminatorLayer { conv, .. }) in self.layers.iter().enumerate() {
            let conv = conv.normalized(false)?;
            along = conv.linear_part().forward(&along)?;
            if level != last {
                x = conv.detached().forward(&x)?;
                // 1 where the activation let its input through, the leak elsewhere.
                let through = x.ge(0.0)?.to_dtype(x.dtype())?;
                let factor = through.affine(1.0 - f64::from(LEAK), f64::from(LEAK))?;
                along = (along * factor)?;
            }
        }
        along.sum_all()
    }

    fn check_separate(&self) -> Result<()> {
        if self.layers.iter().any(|layer| layer.norm.is_some()) {
            bail!("the R1 penalty needs a discriminator without batch norm");
        }
        Ok(())
    }
}
