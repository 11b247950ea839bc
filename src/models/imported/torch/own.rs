//! State dicts of the modules that this program exports, whose names are those of its checkpoints.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

use crate::config::{ModelConfig, ModelKind, Normalization, defaults_of};
use crate::models::Model;
use crate::models::blueprint::{Blueprint, LayerTensor};
use crate::models::imported::network::Network;
use crate::nn::Parameters;

/// Side of pictures that does not follow from the shapes of tensors, as with a code on a grid.
const USUAL_SIDE: usize = 64;

/// The shape of a model of the program with these tensors; none if they are of something else.
pub fn recognise(tensors: &HashMap<String, Tensor>) -> Option<ModelConfig> {
    let has = |name: &str| tensors.contains_key(name);
    let config = match () {
        () if has("generator.main.0.weight") => generator(tensors)?,
        () if has("encoder.0.weight") => convolutional(tensors)?,
        () => linear(tensors)?,
    };
    config.validate().ok()?;
    fitted(&config, tensors).map(|_| config)
}

/// One of the sides of a tensor.
fn side(tensors: &HashMap<String, Tensor>, name: &str, at: usize) -> Option<usize> {
    tensors.get(name)?.dims().get(at).copied()
}

/// A side after so many doublings.
fn doubled(side: usize, times: usize) -> Option<usize> {
    1usize.checked_shl(times.try_into().ok()?)?.checked_mul(side)
}

fn generator(tensors: &HashMap<String, Tensor>) -> Option<ModelConfig> {
    let name = |at: usize| format!("generator.main.{}.weight", 3 * at);
    let last = (0..).take_while(|at| tensors.contains_key(&name(*at))).last()?;
    Some(ModelConfig {
        latent_dim: side(tensors, &name(0), 0)?,
        image_size: doubled(side(tensors, &name(0), 2)?, last)?,
        base_width: side(tensors, &name(last), 0)?,
        channels: side(tensors, &name(last), 1)?,
        ..defaults_of(ModelKind::Dcgan).model
    })
}

fn convolutional(tensors: &HashMap<String, Tensor>) -> Option<ModelConfig> {
    let has = |name: &str| tensors.contains_key(name);
    let head = if has("mu.weight") { "mu.weight" } else { "code.weight" };
    let kind = if has("mu.weight") && has("log_var.weight") { ModelKind::Vae } else { ModelKind::Ae };
    let normalized = has("encoder.1.running_mean");
    let stride = if normalized { 3 } else { 2 };
    let name = |at: usize| format!("encoder.{}.weight", at * stride);
    let last = (0..).take_while(|at| has(&name(*at))).last()?;
    let halvings = last + 1;
    let deepest = side(tensors, &name(last), 0)?;
    let (codes, features) = (side(tensors, head, 0)?, side(tensors, "decoder_input.weight", 0)?);
    // A layer at each place of a grid has as many inputs as there are channels.
    let is_grid = features == deepest;
    let map = match is_grid {
        true => USUAL_SIDE.checked_shr(halvings.try_into().ok()?)?,
        false => features.checked_div(deepest)?.isqrt(),
    };
    Some(ModelConfig {
        kind,
        image_size: doubled(map, halvings)?,
        latent_dim: if is_grid { codes.checked_mul(map * map)? } else { codes },
        latent_grid: is_grid.then_some(map),
        base_width: side(tensors, &name(0), 0)?,
        channels: side(tensors, &name(0), 1)?,
        normalization: if normalized { Normalization::Batch } else { Normalization::None },
        ..defaults_of(kind).model
    })
}

fn linear(tensors: &HashMap<String, Tensor>) -> Option<ModelConfig> {
    let [latent_dim, numbers] = [0, 1].map(|at| side(tensors, "code.weight", at));
    let (latent_dim, numbers) = (latent_dim?, numbers?);
    let squares = [3, 1].map(|channels| (channels, (numbers / channels).isqrt()));
    let (channels, image_size) =
        squares.into_iter().find(|(channels, side)| side.pow(2) * channels == numbers)?;
    Some(ModelConfig { latent_dim, image_size, channels, linear: true, ..defaults_of(ModelKind::Ae).model })
}

/// The tensors as a checkpoint has them; none where one is missing or of another size.
fn fitted(config: &ModelConfig, tensors: &HashMap<String, Tensor>) -> Option<HashMap<String, Tensor>> {
    let mut fitted = HashMap::new();
    for layer in Blueprint::of(config).layers() {
        for LayerTensor { part, stored, .. } in layer.tensors() {
            let name = format!("{}.{part}", layer.name()?);
            fitted.insert(name.clone(), tensors.get(&name)?.reshape(stored).ok()?);
        }
    }
    Some(fitted)
}

/// Name of the layer that a code meets first.
pub fn first_layer(config: &ModelConfig) -> &'static str {
    if config.kind == ModelKind::Dcgan { "generator.main.0" } else { "decoder_input" }
}

/// A model of the program as networks on NCHW.
pub struct OwnModel {
    model: Model,
    parameters: usize,
}

impl OwnModel {
    /// A model of tensors that [`recognise`] has accepted.
    ///
    /// # Errors
    /// Tensors that do not fit.
    pub fn new(config: &ModelConfig, tensors: &HashMap<String, Tensor>) -> Result<Self> {
        let tensors = fitted(config, tensors).unwrap_or_default();
        let learned = tensors.iter().filter(|(name, _)| !name.contains(".running_"));
        let parameters = learned.map(|(_, tensor)| tensor.elem_count()).sum();
        let frozen = Parameters::frozen(tensors, &Device::Cpu);
        Ok(Self { model: Model::new(config, frozen.var_builder())?, parameters })
    }

    /// Pictures to codes.
    pub fn encoder(self: &Arc<Self>) -> Box<dyn Network> {
        Box::new(Encoder(Arc::clone(self)))
    }

    /// Codes to pictures.
    pub fn decoder(self: &Arc<Self>) -> Box<dyn Network> {
        Box::new(Decoder(Arc::clone(self)))
    }
}

struct Encoder(Arc<OwnModel>);
struct Decoder(Arc<OwnModel>);

impl Network for Encoder {
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>> {
        let posterior = self.0.model.encode(&input.permute((0, 2, 3, 1))?.contiguous()?)?;
        Ok([Some(posterior.mu), posterior.log_var].into_iter().flatten().collect())
    }

    fn parameters(&self) -> usize {
        0
    }
}

impl Network for Decoder {
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>> {
        Ok(vec![self.0.model.decode(input)?.permute((0, 3, 1, 2))?.contiguous()?])
    }

    /// Numbers of the whole model.
    fn parameters(&self) -> usize {
        self.0.parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_layers_say_whether_their_pictures_are_grey() {
        for channels in [1, 3] {
            let usual = defaults_of(ModelKind::Ae).model;
            let config = ModelConfig { latent_dim: 5, image_size: 28, channels, linear: true, ..usual };
            let drawn = Parameters::seeded(3, &Device::Cpu);
            Model::new(&config, drawn.var_builder()).unwrap();
            let tensors =
                drawn.all().into_iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
            assert_eq!(recognise(&tensors), Some(config));
        }
    }
}
