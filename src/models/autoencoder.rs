//! Autoencoder (Hinton & Salakhutdinov 2006): image → code → image through a bottleneck.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::backbone::{Decoder, Encoder, feature_len};
use crate::config::ModelConfig;
use crate::nn::{Activation, Linear};

/// Encoder, linear code, decoder.
pub struct Autoencoder {
    encoder: Encoder,
    code: Linear,
    decoder: Decoder,
}

impl Autoencoder {
    /// Names its tensors `encoder.*`, `code.*`, `decoder_input.*`, `decoder.*`.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            encoder: Encoder::new(config, vb.pp("encoder"))?,
            code: Linear::new(feature_len(config), config.latent_dim, Activation::None, vb.pp("code"))?,
            decoder: Decoder::new(config, vb)?,
        })
    }

    /// (n, size, size, 3) in [0, 1] to (n, latent_dim).
    pub fn encode(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        self.code.forward(&self.encoder.forward(images, train)?)
    }

    /// (n, latent_dim) to (n, size, size, 3) in [0, 1].
    pub fn decode(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        self.decoder.forward(codes, train)
    }
}
