//! The network of the embedded features: small strided convolutions whose maps are averaged at three
//! depths, so that a vector holds what is fine (noise, sharpness, blocks) and what is large (a face, its
//! pose, its age). How it learns says `experiments::extractor`.
//!
//! Tensor names are `stages.{i}.conv`, `stages.{i}.norm` and `norm`, layouts are PyTorch's. Activations
//! are NHWC.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::backbone::{HALVING, LEAK};
use crate::nn::{Activation, BatchNorm2d, Conv2d, ConvConfig, Linear, Stack};

/// Keeps the size.
const AROUND: ConvConfig = ConvConfig { kernel: 3, stride: 1, padding: 1 };

/// A convolution, and whether the means of its maps are features.
pub(super) struct FeatureStage {
    pub channels: usize,
    pub window: ConvConfig,
    pooled: bool,
}

/// The stages, from 64 × 64 pixels to maps of 64, 32, 16, 8 and 4 pixels a side.
pub(super) const STAGES: [FeatureStage; 5] = [
    FeatureStage { channels: 16, window: AROUND, pooled: false },
    FeatureStage { channels: 32, window: HALVING, pooled: true },
    FeatureStage { channels: 64, window: HALVING, pooled: true },
    FeatureStage { channels: 128, window: HALVING, pooled: false },
    FeatureStage { channels: 160, window: HALVING, pooled: true },
];

/// The network.
pub struct FeatureNet {
    /// Each ends with a stage whose maps are averaged.
    stages: Vec<Stack>,
    norm: BatchNorm2d,
}

impl FeatureNet {
    /// Pixels on a side of the images that it sees.
    pub const SIDE: usize = 64;
    /// Numbers it gives for an image: 32 of the second stage, 64 of the third, 160 of the fifth.
    pub const FEATURE_DIM: usize = 256;

    /// Takes its tensors from `vb`. Errors: a tensor that is missing or has another shape.
    pub fn new(vb: VarBuilder) -> Result<Self> {
        let mut ins = 3;
        let (mut stages, mut layers) = (Vec::new(), Vec::new());
        for (index, FeatureStage { channels, window, pooled }) in STAGES.into_iter().enumerate() {
            let vb = vb.pp("stages").pp(index);
            let conv = Conv2d::new(ins, channels, window, false, Activation::None, vb.pp("conv"))?;
            let norm = BatchNorm2d::new(channels, Activation::LeakyRelu(LEAK), vb.pp("norm"))?;
            layers.push((conv, Some(norm)));
            if pooled {
                stages.push(layers.drain(..).collect());
            }
            ins = channels;
        }
        let norm = BatchNorm2d::new(Self::FEATURE_DIM, Activation::None, vb.pp("norm"))?;
        Ok(Self { stages, norm })
    }

    /// (n, 64, 64, 3) in [0, 1] to (n, [`FeatureNet::FEATURE_DIM`]). The last step is a batch
    /// normalisation, so that each number varies about as much as any other over images like those of
    /// training, clean and distorted. With `train` batches are normalised by their own moments.
    pub fn forward(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = images.affine(2.0, -1.0)?;
        let mut pooled = Vec::new();
        for stage in &self.stages {
            x = stage.forward(&x, train)?;
            pooled.push(x.mean((1, 2))?);
        }
        self.norm.forward(&Tensor::cat(&pooled, 1)?.contiguous()?, train)
    }
}

/// Linear readouts of the features while the network learns, one for each number: attributes of the
/// face and what was done to the picture. Tensor names `attributes` and `distortions`.
pub struct FeatureHeads {
    attributes: Linear,
    distortions: Linear,
}

impl FeatureHeads {
    /// Heads with so many numbers each. Errors: a tensor that is missing or has another shape.
    pub fn new(attributes: usize, distortions: usize, vb: VarBuilder) -> Result<Self> {
        let linear =
            |outs, name: &str| Linear::new(FeatureNet::FEATURE_DIM, outs, Activation::None, vb.pp(name));
        Ok(Self {
            attributes: linear(attributes, "attributes")?,
            distortions: linear(distortions, "distortions")?,
        })
    }

    /// (n, [`FeatureNet::FEATURE_DIM`]) to (n, attributes) and (n, distortions).
    pub fn forward(&self, features: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((self.attributes.forward(features)?, self.distortions.forward(features)?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;
    use crate::nn::Parameters;

    #[test]
    fn stages_halve_the_image_and_their_pooled_channels_are_the_features() {
        let pooled: usize = STAGES.iter().filter(|s| s.pooled).map(|s| s.channels).sum();
        assert_eq!(pooled, FeatureNet::FEATURE_DIM);
        let parameters = Parameters::seeded(1, &Device::Cpu);
        let net = FeatureNet::new(parameters.var_builder()).unwrap();
        let heads = FeatureHeads::new(5, 3, parameters.var_builder()).unwrap();
        let side = FeatureNet::SIDE;
        let images = Tensor::rand(0f32, 1.0, (3, side, side, 3), &Device::Cpu).unwrap();
        for train in [true, false] {
            let features = net.forward(&images, train).unwrap();
            assert_eq!(features.dims(), [3, FeatureNet::FEATURE_DIM]);
            let (attributes, distortions) = heads.forward(&features).unwrap();
            assert_eq!((attributes.dims(), distortions.dims()), (&[3, 5][..], &[3, 3][..]));
        }
        // One image's features do not depend on the others' when it is only used.
        let alone = net.forward(&images.narrow(0, 1, 1).unwrap(), false).unwrap();
        let among = net.forward(&images, false).unwrap().narrow(0, 1, 1).unwrap();
        let off = (alone - among).unwrap().abs().unwrap().max_all().unwrap().to_dtype(DType::F64).unwrap();
        assert!(off.to_scalar::<f64>().unwrap() < 1e-5);
    }

    #[test]
    fn every_weight_has_a_gradient() {
        let parameters = Parameters::seeded(1, &Device::Cpu);
        let net = FeatureNet::new(parameters.var_builder()).unwrap();
        let side = FeatureNet::SIDE;
        let images = Tensor::rand(0f32, 1.0, (4, side, side, 3), &Device::Cpu).unwrap();
        let features = net.forward(&images, true).unwrap();
        // Of a sum of squares after a normalisation nothing would come back: it is always the same.
        let loss = (features.sqr().unwrap() * features).unwrap().sum_all().unwrap();
        let grads = crate::nn::backward(&loss).unwrap();
        for (name, var) in parameters.trainable() {
            let grad = grads.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
            let size = grad.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(size > 0.0, "the gradient of {name} is 0");
        }
    }
}
