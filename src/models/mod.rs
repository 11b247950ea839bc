//! One file an architecture, and the enum over them.

mod autoencoder;
mod backbone;
mod blazeface;
pub mod blueprint;
mod channels;
mod code;
mod dcgan;
mod discriminator;
mod efficientnet;
mod feature_net;
mod folding;
pub mod imported;
mod inception;
pub(crate) mod inference;
mod linear;
mod perceptual;
pub mod shipped;
mod size;
pub(crate) mod torch_file;
mod vae;
mod widths;

use candle_core::{Result, Tensor, bail};
use candle_nn::VarBuilder;

use crate::config::{ModelConfig, ModelKind};

pub use autoencoder::Autoencoder;
pub use blazeface::{BlazeFace, FaceBox};
pub use dcgan::{DcganConfig, Generator};
pub use discriminator::{Discriminator, DiscriminatorOutput};
pub use efficientnet::EfficientNet;
pub use feature_net::{FeatureHeads, FeatureNet};
pub use imported::ImportedModel;
pub use inception::Inception;
pub use linear::LinearAutoencoder;
pub use perceptual::PerceptualNet;
pub use size::Size;
pub use vae::{Vae, reparameterize};

/// A model of any kind.
pub enum Model {
    /// Autoencoder, sparse and denoising ones included.
    Ae(Autoencoder),
    /// Autoencoder of linear layers alone.
    Linear(LinearAutoencoder),
    /// Variational autoencoder; also what a VAE-GAN is once it is trained.
    Vae(Vae),
    /// Generator of a DCGAN.
    Dcgan(Generator),
    /// Model of another program.
    Imported(ImportedModel),
}

/// The output of an encoder for images.
pub struct Posterior {
    /// The code, or the mean of q(z|x): (n, latent_dim).
    pub mu: Tensor,
    /// Logarithm of the variance of q(z|x): (n, latent_dim); none for a deterministic code.
    pub log_var: Option<Tensor>,
}

/// The results of a forward pass that a training step needs.
pub struct TrainForward {
    /// (n, size, size, channels) in [0, 1].
    pub reconstruction: Tensor,
    /// Of the batch.
    pub posterior: Posterior,
}

impl Model {
    /// Takes its tensors from `vb`; their names are PyTorch's, see each kind.
    pub fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        Ok(match config.kind {
            ModelKind::Ae if config.linear => Model::Linear(LinearAutoencoder::new(config, vb)?),
            ModelKind::Ae | ModelKind::Sae | ModelKind::Dae => Model::Ae(Autoencoder::new(config, vb)?),
            ModelKind::Vae | ModelKind::VaeGan => Model::Vae(Vae::new(config, vb)?),
            ModelKind::Dcgan => Model::Dcgan(Generator::new(config.into(), vb.pp("generator"))?),
        })
    }

    /// (n, size, size, 3), or 1 for a model of grey pictures, in [0, 1] to codes; batch norm uses its running
    /// statistics.
    ///
    /// # Errors
    /// A kind without an encoder, see [`ModelKind::has_encoder`].
    pub fn encode(&self, images: &Tensor) -> Result<Posterior> {
        self.posterior(images, false)
    }

    /// (n, latent_dim) to (n, size, size, 3) in [0, 1]; batch norm uses its running statistics.
    pub fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.decode_with(codes, false)
    }

    /// Encode, draw, decode, with the batch's own statistics in batch norm. Pictures have as many channels as the model.
    ///
    /// `eps`: standard normal, (n, latent_dim); a deterministic kind does not look at it.
    pub fn forward_train(&self, images: &Tensor, eps: &Tensor) -> Result<TrainForward> {
        let posterior = self.posterior(images, true)?;
        let codes = match &posterior.log_var {
            Some(log_var) => reparameterize(&posterior.mu, log_var, eps)?,
            None => posterior.mu.clone(),
        };
        Ok(TrainForward { reconstruction: self.decode_with(&codes, true)?, posterior })
    }

    fn posterior(&self, images: &Tensor, train: bool) -> Result<Posterior> {
        Ok(match self {
            Model::Ae(model) => Posterior { mu: model.encode(images, train)?, log_var: None },
            Model::Linear(model) => Posterior { mu: model.encode(images)?, log_var: None },
            Model::Vae(model) => {
                let (mu, log_var) = model.encode(images, train)?;
                Posterior { mu, log_var: Some(log_var) }
            }
            Model::Dcgan(_) => bail!("a DCGAN has no encoder"),
            Model::Imported(model) => model.encode(images)?,
        })
    }

    fn decode_with(&self, codes: &Tensor, train: bool) -> Result<Tensor> {
        match self {
            Model::Ae(model) => model.decode(codes, train),
            Model::Linear(model) => model.decode(codes, train),
            Model::Vae(model) => model.decode(codes, train),
            Model::Dcgan(model) => model.forward(codes, train),
            Model::Imported(model) => model.decode(codes),
        }
    }

    /// Images as it sees them: of a model whose pictures are no squares or have no colours, what is left of these.
    ///
    /// (n, side, side, 3) in [0, 1] to (n, height, width, 3).
    pub fn frame(&self, images: &Tensor) -> Result<Tensor> {
        match (self, self.channels()) {
            (Model::Imported(model), _) => model.frame(images),
            (_, 1) => channels::to_rgb(&channels::to_channels(images, 1)?),
            _ => Ok(images.clone()),
        }
    }

    /// Channels of its pictures: 3, or 1 where they are grey.
    pub fn channels(&self) -> usize {
        match self {
            Model::Ae(model) => model.channels(),
            Model::Linear(model) => model.channels(),
            Model::Vae(model) => model.channels(),
            Model::Dcgan(model) => model.channels(),
            Model::Imported(model) => model.channels(),
        }
    }
}
