//! Autoencoder (Hinton & Salakhutdinov 2006): image → code → image through a bottleneck. A sparse one
//! (Ng 2011) and a denoising one (Vincent et al. 2010) are the same network, trained for something else;
//! the sparse one with code units that can be switched off.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::backbone::{Decoder, Encoder};
use super::code::ToCode;
use crate::config::{CodeUnits, ModelConfig};
use crate::nn::Activation;

/// Encoder, code, decoder.
pub struct Autoencoder {
    encoder: Encoder,
    code: ToCode,
    units: CodeUnits,
    decoder: Decoder,
}

impl Autoencoder {
    /// Names its tensors `encoder.*`, `code.*`, `decoder_input.*`, `decoder.*`.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        let activation = match config.code_units {
            CodeUnits::Linear => Activation::None,
            CodeUnits::Relu => Activation::Relu,
            CodeUnits::Sigmoid => Activation::Sigmoid,
        };
        Ok(Self {
            encoder: Encoder::new(config, vb.pp("encoder"))?,
            code: ToCode::new(config, activation, vb.pp("code"))?,
            units: config.code_units,
            decoder: Decoder::new(config, vb)?,
        })
    }

    /// Channels of its pictures.
    pub fn channels(&self) -> usize {
        self.decoder.channels()
    }

    /// (n, size, size, 3) in [0, 1] to (n, latent_dim).
    pub fn encode(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        self.code.forward(&self.encoder.forward(images, train)?)
    }

    /// (n, latent_dim) to (n, size, size, 3) in [0, 1]. Outside of training, numbers that no encoder gives
    /// are moved to the end of their range ([`CodeUnits::clamp`]): the decoder has never seen them.
    pub fn decode(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        match self.units {
            CodeUnits::Relu if !train => self.decoder.forward(&codes.relu()?, train),
            CodeUnits::Sigmoid if !train => self.decoder.forward(&codes.clamp(0f32, 1f32)?, train),
            _ => self.decoder.forward(codes, train),
        }
    }
}
