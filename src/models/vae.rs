//! Variational autoencoder (Kingma & Welling 2014, <https://arxiv.org/abs/1312.6114>).

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::backbone::{Decoder, Encoder};
use super::code::ToCode;
use crate::config::ModelConfig;
use crate::nn::Activation;

/// Encoder with two heads, decoder.
pub struct Vae {
    encoder: Encoder,
    mu: ToCode,
    log_var: ToCode,
    decoder: Decoder,
}

impl Vae {
    /// Names its tensors `encoder.*`, `mu.*`, `log_var.*`, `decoder_input.*`, `decoder.*`.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            encoder: Encoder::new(config, vb.pp("encoder"))?,
            mu: ToCode::new(config, Activation::None, vb.pp("mu"))?,
            log_var: ToCode::new(config, Activation::None, vb.pp("log_var"))?,
            decoder: Decoder::new(config, vb)?,
        })
    }

    /// Channels of its pictures.
    pub fn channels(&self) -> usize {
        self.decoder.channels()
    }

    /// (n, size, size, 3) in [0, 1] to the mean and the logarithm of the variance of q(z|x), each (n, latent_dim).
    pub fn encode(&self, images: &Tensor, train: bool) -> Result<(Tensor, Tensor)> {
        let features = self.encoder.forward(images, train)?;
        Ok((self.mu.forward(&features)?, self.log_var.forward(&features)?))
    }

    /// (n, latent_dim) to (n, size, size, 3) in [0, 1].
    pub fn decode(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        self.decoder.forward(codes, train)
    }
}

/// A draw `z = mu + sigma · eps` through which the gradient flows (Kingma & Welling 2014, section 2.4).
///
/// All (n, latent_dim); `eps` is standard normal.
pub fn reparameterize(mu: &Tensor, log_var: &Tensor, eps: &Tensor) -> Result<Tensor> {
    mu + (log_var * 0.5)?.exp()?.mul(eps)?
}
