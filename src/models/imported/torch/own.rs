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
    let sides = |name: &str| tensors.get(name).map(Tensor::dims);
    let has = |name: &str| tensors.contains_key(name);
    let config = if let Some([latent_dim, _, feature_side, _]) = sides("generator.main.0.weight") {
        let convs = (0..).take_while(|at| has(&format!("generator.main.{}.weight", 3 * at))).count();
        let last = sides(&format!("generator.main.{}.weight", 3 * (convs - 1)))?;
        ModelConfig {
            latent_dim: *latent_dim,
            image_size: feature_side << (convs - 1),
            base_width: *last.first()?,
            channels: *last.get(1)?,
            ..defaults_of(ModelKind::Dcgan).model
        }
    } else {
        let heads = if has("mu.weight") { "mu.weight" } else { "code.weight" };
        let kind = if has("mu.weight") && has("log_var.weight") { ModelKind::Vae } else { ModelKind::Ae };
        let (code, input) = (sides(heads)?, sides("decoder_input.weight")?);
        let first = sides("encoder.0.weight").and_then(|sides| Some((sides.first()?, *sides.get(1)?)));
        match first {
            None => {
                let side = (code.get(1)? / 3).isqrt();
                let usual = defaults_of(ModelKind::Ae).model;
                ModelConfig { latent_dim: *code.first()?, image_size: side, linear: true, ..usual }
            }
            Some((base_width, channels)) => {
                let normalized = has("encoder.1.running_mean");
                let stride = if normalized { 3 } else { 2 };
                let convs = (0..).take_while(|at| has(&format!("encoder.{}.weight", at * stride))).count();
                let deepest = *sides(&format!("encoder.{}.weight", (convs - 1) * stride))?.first()?;
                // A layer at each place of a grid has as many inputs as there are channels.
                let is_grid = input.first() == Some(&deepest);
                let features = (input.first()? / deepest).isqrt();
                let side = if is_grid { USUAL_SIDE >> convs } else { features };
                ModelConfig {
                    kind,
                    image_size: side << convs,
                    latent_dim: if is_grid { code.first()? * side * side } else { *code.first()? },
                    latent_grid: is_grid.then_some(side),
                    base_width: *base_width,
                    channels,
                    normalization: if normalized { Normalization::Batch } else { Normalization::None },
                    ..defaults_of(kind).model
                }
            }
        }
    };
    config.validate().ok()?;
    fitted(&config, tensors).map(|_| config)
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
    /// Of tensors that [`recognise`] has accepted.
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
