//! Autoencoder of one linear layer each way. With the squared error its best weights span the principal components of
//! the images, and it has no other minimum that is not as good (Baldi & Hornik 1989, "Neural networks and principal
//! component analysis", doi:10.1016/0893-6080(89)90014-2): what training makes of it says how far training is from a
//! PCA, not what such a code could hold.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::channels::{to_channels, to_rgb};
use crate::config::ModelConfig;
use crate::nn::{Activation, Linear};

/// Middle of the range of pixels. Around it weights that begin small begin near the images.
pub(super) const GREY: f64 = 0.5;

/// Encoder and decoder of a layer each.
pub struct LinearAutoencoder {
    code: Linear,
    picture: Linear,
    image_size: usize,
    channels: usize,
}

impl LinearAutoencoder {
    /// Names its tensors `code.*`, (latent_dim, pixels · channels), and `decoder_input.*`, (pixels · channels,
    /// latent_dim), with pixels row by row and their colours together.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        let (numbers, codes) = (config.image_size * config.image_size * config.channels, config.latent_dim);
        Ok(Self {
            code: Linear::new(numbers, codes, Activation::None, vb.pp("code"))?,
            picture: Linear::new(codes, numbers, Activation::None, vb.pp("decoder_input"))?,
            image_size: config.image_size,
            channels: config.channels,
        })
    }

    /// (n, size, size, 3) in [0, 1] to (n, latent_dim).
    pub fn encode(&self, images: &Tensor) -> Result<Tensor> {
        let images = to_channels(images, self.channels)?;
        self.code.forward(&(images.flatten_from(1)?.contiguous()? - GREY)?)
    }

    /// (n, latent_dim) to (n, size, size, 3). Outside of training cut to [0, 1], as are pictures of a PCA.
    pub fn decode(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        let (n, size) = (codes.dim(0)?, self.image_size);
        let pictures = (self.picture.forward(codes)? + GREY)?.reshape((n, size, size, self.channels))?;
        if train { Ok(pictures) } else { to_rgb(&pictures.clamp(0f32, 1f32)?) }
    }

    /// Channels of its pictures.
    pub fn channels(&self) -> usize {
        self.channels
    }
}
