//! Networks that judge how alike two pictures look, by what is active in several of their layers (Johnson et al.
//! 2016, <https://arxiv.org/abs/1603.08155>). They see pictures at their own size, and never learn: batch
//! normalisation is folded into the convolutions.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;

use super::backbone::LEAK;
use super::feature_net::STAGES;
use crate::nn::{Activation, Conv2d, ConvConfig, FeatureDistance, Parameters};

/// A network to compare pictures with.
#[derive(Clone)]
pub struct PerceptualNet {
    layers: FeatureDistance,
    scale: f64,
}

/// Factors of a distance for each number of a picture. A face of 64 pixels that is blurred by a Gaussian of 1.5 pixels
/// has a squared error of 0.0041 a number, a distance of 0.13 in Inception's layers and of 0.52 in the embedded ones
/// (a mean over 64 faces of FFHQ), so that either term is 64 beside a squared error of 51.
const INCEPTION_SCALE: f64 = 0.04;
const EMBEDDED_SCALE: f64 = 0.01;

/// A convolution with the batch normalisation after it.
struct FoldedConv<'a> {
    conv: VarBuilder<'a>,
    norm: VarBuilder<'a>,
    channels: [usize; 2],
    window: ConvConfig,
    eps: f64,
    activation: Activation,
}

impl PerceptualNet {
    /// The convolutions of [`FeatureNet`](super::FeatureNet), of whose tensors it takes those that it needs. Pictures
    /// are compared after each but the first: 32, 16, 8 and 4 pixels a side, of pictures of 64. Errors: a tensor that
    /// is missing or has another shape.
    pub fn embedded(vb: &VarBuilder<'_>, device: &Device) -> Result<Self> {
        let (mut layers, mut ins) = (FeatureDistance::default(), 3);
        for (index, stage) in STAGES.iter().enumerate() {
            let vb = vb.pp("stages").pp(index);
            let conv = FoldedConv {
                conv: vb.pp("conv"),
                norm: vb.pp("norm"),
                channels: [ins, stage.channels],
                window: stage.window,
                eps: 1e-5,
                activation: Activation::LeakyRelu(LEAK),
            };
            layers = layers.conv(conv.folded(device)?, index > 0)?;
            ins = stage.channels;
        }
        Ok(Self { layers, scale: EMBEDDED_SCALE })
    }

    /// The first layers of [`Inception`](super::Inception), of whose tensors it takes those that it needs. Pictures are
    /// compared after `Conv2d_1a_3x3`, `Conv2d_2b_3x3` and `Conv2d_4a_3x3`: 31, 29 and 12 pixels a side, of pictures
    /// of 64. Errors: as of [`PerceptualNet::embedded`].
    pub fn inception(vb: &VarBuilder<'_>, device: &Device) -> Result<Self> {
        let window = |kernel, stride, padding| ConvConfig { kernel, stride, padding };
        let conv = |name: &str, channels, window| {
            let vb = vb.pp(name);
            let (conv, norm) = (vb.pp("conv"), vb.pp("bn"));
            FoldedConv { conv, norm, channels, window, eps: 1e-3, activation: Activation::Relu }
                .folded(device)
        };
        let layers = FeatureDistance::default()
            .conv(conv("Conv2d_1a_3x3", [3, 32], window(3, 2, 0))?, true)?
            .conv(conv("Conv2d_2a_3x3", [32, 32], window(3, 1, 0))?, false)?
            .conv(conv("Conv2d_2b_3x3", [32, 64], window(3, 1, 1))?, true)?
            .max_pool()?
            .conv(conv("Conv2d_3b_1x1", [64, 80], window(1, 1, 0))?, false)?
            .conv(conv("Conv2d_4a_3x3", [80, 192], window(3, 1, 0))?, true)?;
        Ok(Self { layers, scale: INCEPTION_SCALE })
    }

    /// Factor of [`PerceptualNet::distance`] for each number of a picture: with it the distance is about as large as the
    /// squared error of a blurred picture, whichever network looks.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Distance of two batches of pictures in what the network sees, as [`FeatureDistance::between`]: 0 for equal ones,
    /// about 2 for those that have nothing in common. A scalar, the mean over the batch; the gradient goes to
    /// `pictures` alone.
    ///
    /// * `pictures`, `target`: (n, height, width, 3) in [0, 1]
    pub fn distance(&self, pictures: &Tensor, target: &Tensor) -> Result<Tensor> {
        let seen = |t: &Tensor| t.affine(2.0, -1.0);
        self.layers.between(&seen(pictures)?, &seen(&target.detach())?)
    }
}

impl FoldedConv<'_> {
    fn folded(self, device: &Device) -> Result<Conv2d> {
        let [ins, outs] = self.channels;
        let kernel = self.window.kernel;
        let wide = |t: Tensor| t.to_dtype(DType::F64);
        let weight = wide(self.conv.get((outs, ins, kernel, kernel), "weight")?)?;
        let norm = |name: &str| wide(self.norm.get(outs, name)?);
        let scale = norm("weight")?.div(&(norm("running_var")? + self.eps)?.sqrt()?)?;
        let bias = (norm("bias")? - norm("running_mean")?.mul(&scale)?)?;
        let weight = weight.broadcast_mul(&scale.reshape((outs, 1, 1, 1))?)?;
        let tensors = [("weight", weight), ("bias", bias)];
        let narrow = |(name, t): (&str, Tensor)| Ok((String::from(name), t.to_dtype(DType::F32)?));
        let tensors = tensors.into_iter().map(narrow).collect::<Result<_>>()?;
        let folded = Parameters::frozen(tensors, device);
        Conv2d::new(ins, outs, self.window, true, self.activation, folded.var_builder())
    }
}
