//! Models as plain lists of layers, in the terms that other programs share: on NCHW, with the names of their tensors.
//! They say what a finished model computes; batch norm uses its running statistics.

use super::backbone::{HALVING, LEAK};
use super::code::sides;
use super::dcgan::DcganConfig;
use super::linear::GREY;
use super::widths::{feature_channels, feature_size, widths_of};
use crate::config::{CodeUnits, ModelConfig, ModelKind, Normalization};
use crate::nn::{Activation, ConvConfig};

/// Layers of a model.
pub struct Blueprint {
    /// From (n, channels, size, size) in [0, 1] to codes; none for a kind without an encoder.
    pub encoder: Option<EncoderBlueprint>,
    /// From (n, latent_dim) to (n, channels, size, size) in [0, 1].
    pub decoder: Vec<Layer>,
}

/// Layers of an encoder.
pub struct EncoderBlueprint {
    /// Layers that all outputs share.
    pub features: Vec<Layer>,
    /// Outputs, each (n, latent_dim): `mu` and `log_var` of a variational model, `z` of another.
    pub heads: Vec<(&'static str, Vec<Layer>)>,
}

/// A layer. One with weights knows their name: `{name}.weight` and so on.
pub enum Layer {
    /// `Conv2d`, or `ConvTranspose2d` without output padding.
    Conv {
        /// Name of its tensors.
        name: String,
        /// In and out.
        channels: [usize; 2],
        /// Kernel, stride and padding.
        window: ConvConfig,
        /// Whether it goes from the small side to the large one.
        transposed: bool,
        /// Whether it has a bias.
        bias: bool,
    },
    /// Linear layer at each place of a map: `Conv2d` of kernel 1 with a bias, whose weight a checkpoint holds as
    /// a matrix.
    Pointwise {
        /// Name of its tensors.
        name: String,
        /// In and out.
        channels: [usize; 2],
    },
    /// `Linear` with a bias.
    Linear {
        /// Name of its tensors.
        name: String,
        /// In and out.
        numbers: [usize; 2],
    },
    /// `BatchNorm2d` with [`BATCH_NORM_EPSILON`].
    BatchNorm {
        /// Name of its tensors.
        name: String,
        /// Channels.
        channels: usize,
    },
    /// Activation.
    Activation(Activation),
    /// Each number times `scale`, plus `shift`.
    Affine {
        /// Factor.
        scale: f32,
        /// Summand.
        shift: f32,
    },
    /// Numbers cut to [0, 1].
    Clamp,
    /// (n, …) to (n, numbers).
    Flatten,
    /// (n, numbers) to (n, …).
    Unflatten([usize; 3]),
    /// (n, channels, height, width) to (n, height, width, channels).
    ChannelsLast,
    /// (n, height, width, channels) to (n, channels, height, width).
    ChannelsFirst,
}

/// Summand under the root of batch norm: PyTorch's default.
pub const BATCH_NORM_EPSILON: f32 = 1e-5;

/// A tensor of a layer.
pub struct LayerTensor {
    /// Name behind that of the layer, as in `weight`.
    pub part: &'static str,
    /// Sides in a checkpoint.
    pub stored: Vec<usize>,
    /// Sides as PyTorch's layer has them; as many numbers in the same order.
    pub shape: Vec<usize>,
}

impl Layer {
    /// The name of its tensors, if it has some.
    pub fn name(&self) -> Option<&str> {
        match self {
            Layer::Conv { name, .. }
            | Layer::Pointwise { name, .. }
            | Layer::Linear { name, .. }
            | Layer::BatchNorm { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Its tensors.
    pub fn tensors(&self) -> Vec<LayerTensor> {
        let tensor = |part, shape: &[usize]| LayerTensor { part, stored: shape.into(), shape: shape.into() };
        match self {
            Layer::Conv { channels: [from, to], window, transposed, bias, .. } => {
                let kernel = window.kernel;
                let [first, second] = if *transposed { [*from, *to] } else { [*to, *from] };
                let bias = bias.then(|| tensor("bias", &[*to]));
                [tensor("weight", &[first, second, kernel, kernel])].into_iter().chain(bias).collect()
            }
            Layer::Pointwise { channels: [from, to], .. } => {
                let weight =
                    LayerTensor { part: "weight", stored: vec![*to, *from], shape: vec![*to, *from, 1, 1] };
                vec![weight, tensor("bias", &[*to])]
            }
            Layer::Linear { numbers: [from, to], .. } => {
                vec![tensor("weight", &[*to, *from]), tensor("bias", &[*to])]
            }
            Layer::BatchNorm { channels, .. } => ["weight", "bias", "running_mean", "running_var"]
                .map(|part| tensor(part, &[*channels]))
                .into(),
            _ => Vec::new(),
        }
    }
}

impl Blueprint {
    /// The blueprint of a model of this shape.
    pub fn of(config: &ModelConfig) -> Self {
        match config.kind {
            ModelKind::Ae if config.linear => linear(config),
            ModelKind::Dcgan => Self { encoder: None, decoder: generator(config) },
            ModelKind::Ae | ModelKind::Sae | ModelKind::Dae => {
                let (activation, range) = match config.code_units {
                    CodeUnits::Linear => (None, None),
                    CodeUnits::Relu => (Some(Activation::Relu), Some(Layer::Activation(Activation::Relu))),
                    CodeUnits::Sigmoid => (Some(Activation::Sigmoid), Some(Layer::Clamp)),
                };
                let mut code = to_code(config, "code");
                // Before a map of codes is flattened or after it is the same.
                code.extend(activation.map(Layer::Activation));
                let decoder = range.into_iter().chain(decoder(config)).collect();
                let heads = vec![("z", code)];
                Self { encoder: Some(EncoderBlueprint { features: encoder(config), heads }), decoder }
            }
            ModelKind::Vae | ModelKind::VaeGan => {
                let heads = ["mu", "log_var"].map(|name| (name, to_code(config, name))).into();
                let encoder = Some(EncoderBlueprint { features: encoder(config), heads });
                Self { encoder, decoder: decoder(config) }
            }
        }
    }

    /// All layers, those of the encoder first.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        let encoder = self.encoder.iter();
        let encoder =
            encoder.flat_map(|e| e.features.iter().chain(e.heads.iter().flat_map(|(_, head)| head)));
        encoder.chain(&self.decoder)
    }
}

/// As [`Encoder`](super::backbone::Encoder), flattened if the code is one vector.
fn encoder(config: &ModelConfig) -> Vec<Layer> {
    let normalized = config.normalization == Normalization::Batch;
    let stride = if normalized { 3 } else { 2 };
    let mut layers = Vec::new();
    let mut from = config.channels;
    for (level, to) in widths_of(config).into_iter().enumerate() {
        let at = level * stride;
        let window = HALVING;
        let name = format!("encoder.{at}");
        layers.push(Layer::Conv { name, channels: [from, to], window, transposed: false, bias: !normalized });
        if normalized {
            layers.push(Layer::BatchNorm { name: format!("encoder.{}", at + 1), channels: to });
        }
        layers.push(Layer::Activation(Activation::LeakyRelu(LEAK)));
        from = to;
    }
    if config.latent_grid.is_none() {
        layers.push(Layer::Flatten);
    }
    layers
}

/// As [`ToCode`](super::code::ToCode), of flattened features for one vector.
fn to_code(config: &ModelConfig, name: &str) -> Vec<Layer> {
    let (features, codes) = sides(config);
    let name = name.to_owned();
    match config.latent_grid {
        None => vec![Layer::Linear { name, numbers: [features, codes] }],
        Some(_) => vec![Layer::Pointwise { name, channels: [features, codes] }, Layer::Flatten],
    }
}

/// As [`Decoder`](super::backbone::Decoder).
fn decoder(config: &ModelConfig) -> Vec<Layer> {
    let normalized = config.normalization == Normalization::Batch;
    let stride = if normalized { 3 } else { 2 };
    let (features, codes) = sides(config);
    let (channels, side) = (feature_channels(config), feature_size(config));
    let name = "decoder_input".to_owned();
    let relu = || Layer::Activation(Activation::Relu);
    let mut layers = match config.latent_grid {
        None => {
            vec![
                Layer::Linear { name, numbers: [codes, features] },
                relu(),
                Layer::Unflatten([channels, side, side]),
            ]
        }
        Some(_) => vec![
            Layer::Unflatten([codes, side, side]),
            Layer::Pointwise { name, channels: [codes, features] },
            relu(),
        ],
    };
    let outputs: Vec<usize> = widths_of(config).into_iter().rev().skip(1).chain([config.channels]).collect();
    let last = outputs.len() - 1;
    let mut from = channels;
    for (level, to) in outputs.into_iter().enumerate() {
        let at = level * stride;
        let norm = normalized && level != last;
        let name = format!("decoder.{at}");
        layers.push(Layer::Conv {
            name,
            channels: [from, to],
            window: HALVING,
            transposed: true,
            bias: !norm,
        });
        if norm {
            layers.push(Layer::BatchNorm { name: format!("decoder.{}", at + 1), channels: to });
        }
        layers.push(Layer::Activation(if level == last { Activation::Sigmoid } else { Activation::Relu }));
        from = to;
    }
    layers
}

/// As [`Generator`](super::Generator).
fn generator(config: &ModelConfig) -> Vec<Layer> {
    let outputs: Vec<usize> = widths_of(config).into_iter().rev().chain([config.channels]).collect();
    let last = outputs.len() - 1;
    let mut from = config.latent_dim;
    let mut layers = vec![Layer::Unflatten([from, 1, 1])];
    for (level, to) in outputs.into_iter().enumerate() {
        let window = if level == 0 { DcganConfig::from(config).whole() } else { HALVING };
        let name = format!("generator.main.{}", 3 * level);
        layers.push(Layer::Conv { name, channels: [from, to], window, transposed: true, bias: false });
        if level == last {
            layers.push(Layer::Activation(Activation::Tanh));
        } else {
            let name = format!("generator.main.{}", 3 * level + 1);
            layers.extend([Layer::BatchNorm { name, channels: to }, Layer::Activation(Activation::Relu)]);
        }
        from = to;
    }
    layers.push(Layer::Affine { scale: 0.5, shift: 0.5 });
    layers
}

/// As [`LinearAutoencoder`](super::LinearAutoencoder), whose pixels have their colours together.
fn linear(config: &ModelConfig) -> Blueprint {
    let (size, codes) = (config.image_size, config.latent_dim);
    let numbers = size * size * config.channels;
    let grey = GREY as f32;
    let features = vec![Layer::ChannelsLast, Layer::Flatten, Layer::Affine { scale: 1.0, shift: -grey }];
    let code = vec![Layer::Linear { name: "code".into(), numbers: [numbers, codes] }];
    let decoder = vec![
        Layer::Linear { name: "decoder_input".into(), numbers: [codes, numbers] },
        Layer::Affine { scale: 1.0, shift: grey },
        Layer::Unflatten([size, size, config.channels]),
        Layer::ChannelsFirst,
        Layer::Clamp,
    ];
    Blueprint { encoder: Some(EncoderBlueprint { features, heads: vec![("z", code)] }), decoder }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use candle_core::Device;

    use super::*;
    use crate::config::defaults;
    use crate::models::Model;
    use crate::nn::Parameters;

    #[test]
    fn every_tensor_of_a_model_is_one_of_its_blueprint() {
        for kind in ModelKind::ALL {
            for (latent_grid, normalization, linear) in [
                (None, Normalization::Batch, false),
                (Some(8), Normalization::None, false),
                (Some(4), Normalization::Batch, false),
                (None, Normalization::None, kind == ModelKind::Ae),
            ] {
                let latent_grid = latent_grid.filter(|_| kind != ModelKind::Dcgan);
                let config = ModelConfig {
                    kind,
                    image_size: 32,
                    latent_dim: 64,
                    latent_grid,
                    normalization,
                    linear,
                    base_width: 4,
                    ..defaults().model
                };
                let parameters = Parameters::seeded(0, &Device::Cpu);
                Model::new(&config, parameters.var_builder()).unwrap();
                let made: BTreeMap<String, Vec<usize>> =
                    parameters.all().into_iter().map(|(name, var)| (name, var.dims().to_vec())).collect();
                let blueprint = Blueprint::of(&config);
                let named = blueprint.layers().flat_map(|layer| {
                    let name = layer.name().unwrap_or_default();
                    let named = move |t: LayerTensor| (format!("{name}.{}", t.part), t.stored);
                    layer.tensors().into_iter().map(named)
                });
                assert_eq!(named.collect::<BTreeMap<_, _>>(), made, "{kind:?} {latent_grid:?} {linear}");
            }
        }
    }
}
