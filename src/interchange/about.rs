//! Sentences about a model for whoever opens it elsewhere.

use crate::config::{ModelConfig, ModelKind};
use crate::run::checkpoint::Meta;

/// Name of a kind of model, as in "VAE".
pub fn label(config: &ModelConfig) -> &'static str {
    if config.linear { "linear AE" } else { config.kind.label() }
}

/// Title of a model, as in "VAE for pictures of 64 × 64 pixels with codes of 128 numbers".
pub fn title(config: &ModelConfig) -> String {
    let (label, size, code) = (label(config), config.image_size, config.code());
    format!("{label} for pictures of {size} × {size} pixels with codes of {code}")
}

/// Shape and range of its pictures.
pub fn images(config: &ModelConfig) -> String {
    let size = config.image_size;
    let colours = if config.channels == 1 { "grey" } else { "RGB" };
    format!("(n, {}, {size}, {size}): {colours} pictures in [0, 1], NCHW", config.channels)
}

/// Shape and order of its codes.
pub fn codes(config: &ModelConfig) -> String {
    let shape = format!("(n, {})", config.latent_dim);
    match config.latent_grid {
        None => shape,
        Some(side) => {
            let channels = config.latent_dim / (side * side);
            format!("{shape}: a grid of {channels} × {side} × {side}, channel by channel, then row by row")
        }
    }
}

/// Name and meaning of each output of its encoder.
pub fn output(config: &ModelConfig, name: &str) -> String {
    let shape = codes(config);
    match name {
        "mu" => format!("Mean of q(z|image), the code of the image, {shape}"),
        "log_var" => format!("Logarithm of the variance of q(z|image), {shape}"),
        _ => format!("Code of the image, {shape}"),
    }
}

/// Distribution of codes to draw, and a prior that stays behind.
pub fn draws(meta: &Meta) -> String {
    let kind = meta.config.model.kind;
    let usual = match kind {
        ModelKind::Vae | ModelKind::VaeGan | ModelKind::Dcgan => {
            "New pictures come of codes drawn from N(0, I)."
        }
        ModelKind::Ae | ModelKind::Sae | ModelKind::Dae => {
            "It was not trained to draw new pictures: codes far from those of images give none."
        }
    };
    match &meta.prior {
        None => usual.into(),
        Some(prior) => format!(
            "The prior that was learned for its codes ({}) is not exported: the decoder takes codes, not the noise \
             that the prior makes them of.",
            prior.kind.label()
        ),
    }
}
