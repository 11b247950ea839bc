//! Numbers that a model is made of, before any of them is allocated.

use super::code::sides;
use super::widths::{feature_side, feature_size, widths};
use crate::config::{ModelConfig, ModelKind};

/// Numbers in a model and in what trains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Weights, those of a discriminator included; biases and normalisation, which are few, left out.
    pub weights: u64,
    /// Outputs of the layers for one image of an update.
    pub activations: u64,
}

impl Size {
    /// The size of a model of this shape.
    pub fn of(config: &ModelConfig) -> Self {
        /// Weights of a convolution from one channel to one.
        const KERNEL: u64 = 16;
        let kind = config.kind;
        let channels = config.channels as u64;
        let image = channels * (config.image_size as u64).pow(2);
        if config.linear {
            return Size { weights: 2 * image * config.latent_dim as u64, activations: image };
        }
        let of_widths = |feature_size: usize| -> (u64, u64, u64) {
            let widths = widths(config.image_size, feature_size, config.base_width);
            let (mut from, mut side) = (channels, config.image_size as u64);
            let (mut weights, mut activations) = (0, 0);
            for width in widths {
                let to = width as u64;
                side /= 2;
                weights += KERNEL * from * to;
                activations += side * side * to;
                from = to;
            }
            (weights, activations, from)
        };
        let (convolutions, activations, deepest) = of_widths(feature_size(config));
        // What goes up has the layers of what goes down, and ends in an image.
        let decoded = activations + image;
        let (features, codes) = sides(config);
        let matrix = features as u64 * codes as u64;
        // Weights between one vector and the smallest feature map.
        let whole = (feature_side(config.image_size) as u64).pow(2);
        let discriminator = || {
            let (weights, activations, deepest) = of_widths(feature_side(config.image_size));
            (weights + whole * deepest, activations)
        };
        let matrices = 1 + u64::from(kind.has_encoder()) + u64::from(kind.is_variational());
        let coded =
            Size { weights: 2 * convolutions + matrices * matrix, activations: activations + decoded };
        match kind {
            ModelKind::Ae | ModelKind::Sae | ModelKind::Dae | ModelKind::Vae => coded,
            ModelKind::Dcgan => {
                let (weights, judged) = discriminator();
                let from_code = whole * config.latent_dim as u64 * deepest;
                // Real images and drawn ones are judged.
                Size { weights: convolutions + from_code + weights, activations: decoded + 2 * judged }
            }
            ModelKind::VaeGan => {
                let (weights, judged) = discriminator();
                // Real images, reconstructions and draws.
                Size {
                    weights: coded.weights + weights,
                    activations: coded.activations + decoded + 3 * judged,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::config::{DiscriminatorNorm, defaults};
    use crate::models::{Discriminator, Model};
    use crate::nn::Parameters;

    #[test]
    fn as_many_weights_are_counted_as_are_made() {
        for kind in ModelKind::ALL {
            for (latent_dim, latent_grid) in [(24, None), (128, Some(8))] {
                let latent_grid = latent_grid.filter(|_| kind != ModelKind::Dcgan);
                let (image_size, base_width) = (64, 8);
                let config =
                    ModelConfig { kind, image_size, latent_dim, latent_grid, base_width, ..defaults().model };
                let parameters = Parameters::seeded(0, &Device::Cpu);
                Model::new(&config, parameters.var_builder()).unwrap();
                if kind.is_adversarial() {
                    let vb = parameters.var_builder().pp("d");
                    Discriminator::new((&config).into(), DiscriminatorNorm::Batch, vb).unwrap();
                }
                let matrices = parameters.all().into_iter().filter(|(_, var)| var.rank() >= 2);
                let made: usize = matrices.map(|(_, var)| var.elem_count()).sum();
                assert_eq!(Size::of(&config).weights, made as u64, "{kind:?} {latent_grid:?}");
            }
        }
        let linear = ModelConfig { kind: ModelKind::Ae, linear: true, image_size: 32, ..defaults().model };
        assert_eq!(Size::of(&linear).weights, 2 * 32 * 32 * 3 * linear.latent_dim as u64);
    }
}
