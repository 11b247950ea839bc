//! Layers of PyTorch one after another, on the program's own kernels.

use std::collections::HashMap;

use candle_core::{Device, Result, Tensor, bail};
use candle_nn::VarBuilder;

use crate::memory;
use crate::models::imported::network::Network;
use crate::nn::{Activation, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Linear, Parameters};

/// Numbers of the largest map of features of a picture.
const MOST_NUMBERS: usize = 1 << 28;

/// Layers of one way through a network.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerPlan {
    /// `Conv2d` with the tensors under this name.
    Conv(String, ConvConfig),
    /// `ConvTranspose2d`, with its output padding.
    ConvTranspose(String, ConvConfig, usize),
    /// `BatchNorm2d`.
    Norm(String),
    /// `Linear`.
    Linear(String),
    /// Activation.
    Activation(Activation),
    /// (n, channels, height, width) to (n, numbers).
    Flatten,
    /// (n, numbers) to (n, channels, height, width).
    Unflatten([usize; 3]),
}

/// A network: layers that all outputs share, and those of each.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPlan {
    /// Shared layers.
    pub trunk: Vec<LayerPlan>,
    /// Layers of each output; one without layers of its own is the trunk's.
    pub heads: Vec<Vec<LayerPlan>>,
}

/// A network with its weights.
pub struct Sequence {
    trunk: Vec<Layer>,
    heads: Vec<Vec<Layer>>,
    parameters: usize,
}

enum Layer {
    Conv(Conv2d, Made),
    /// Rows and columns that are cut off at the front, and at the end.
    ConvTranspose(ConvTranspose2d, Made, [usize; 2]),
    Norm(BatchNorm2d),
    Linear(Linear),
    Activation(Activation),
    Flatten,
    Unflatten([usize; 3]),
}

/// Size of what a convolution makes.
struct Made {
    channels: usize,
    window: ConvConfig,
    is_transposed: bool,
}

impl Made {
    /// Refuses maps that are larger than any network's, or than the memory: a few weights can ask for terabytes.
    fn check(&self, x: &Tensor) -> Result<()> {
        let (n, height, width, _) = x.dims4()?;
        let ConvConfig { kernel, stride, padding } = self.window;
        let side = |side: usize| match self.is_transposed {
            true => side.saturating_sub(1) * stride + kernel,
            false => (side + 2 * padding).saturating_sub(kernel) / stride.max(1) + 1,
        };
        let each = side(height).saturating_mul(side(width)).saturating_mul(self.channels);
        if each > MOST_NUMBERS {
            bail!(
                "one of its layers makes {each} numbers of a picture, which is more than fits into a memory"
            );
        }
        let bytes = (each.saturating_mul(n) as u64).saturating_mul(size_of::<f32>() as u64);
        memory::require(bytes, "one of its layers").map_err(candle_core::Error::msg)
    }
}

impl NetworkPlan {
    /// One output.
    pub fn one(layers: Vec<LayerPlan>) -> Self {
        Self { trunk: layers, heads: vec![Vec::new()] }
    }
}

impl Sequence {
    /// Takes the weights of a plan from a state dict.
    ///
    /// # Errors
    /// Tensors that are missing, or of other sides than the layer has.
    pub fn new(plan: &NetworkPlan, tensors: &HashMap<String, Tensor>) -> Result<Self> {
        let frozen = Parameters::frozen(tensors.clone(), &Device::Cpu);
        let vb = frozen.var_builder();
        let layers = |plans: &[LayerPlan]| -> Result<Vec<Layer>> {
            plans.iter().map(|plan| layer(plan, tensors, &vb)).collect()
        };
        let heads = plan.heads.iter().map(|head| layers(head)).collect::<Result<_>>()?;
        let names = plan.trunk.iter().chain(plan.heads.iter().flatten()).filter_map(LayerPlan::name);
        let learned = |name: &str| {
            let parts = ["weight", "bias"].map(|part| tensors.get(&format!("{name}.{part}")));
            parts.into_iter().flatten().map(Tensor::elem_count).sum::<usize>()
        };
        let parameters = names.map(learned).sum();
        Ok(Self { trunk: layers(&plan.trunk)?, heads, parameters })
    }
}

impl LayerPlan {
    /// Name of its tensors.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Conv(name, _) | Self::ConvTranspose(name, ..) | Self::Norm(name) | Self::Linear(name) => {
                Some(name)
            }
            _ => None,
        }
    }
}

/// Sides of a tensor in a state dict.
pub fn sides<'a>(tensors: &'a HashMap<String, Tensor>, name: &str) -> Result<&'a [usize]> {
    match tensors.get(name) {
        Some(tensor) => Ok(tensor.dims()),
        None => bail!("the tensor {name} is missing"),
    }
}

/// One of the sides of a tensor in a state dict.
pub fn side(tensors: &HashMap<String, Tensor>, name: &str, at: usize) -> Result<usize> {
    match sides(tensors, name)?.get(at) {
        Some(side) => Ok(*side),
        None => bail!("the tensor {name} has no more than {at} sides"),
    }
}

fn layer(plan: &LayerPlan, tensors: &HashMap<String, Tensor>, vb: &VarBuilder<'_>) -> Result<Layer> {
    let weight = |name: &str| sides(tensors, &format!("{name}.weight"));
    let has_bias = |name: &str| tensors.contains_key(&format!("{name}.bias"));
    let none = Activation::None;
    Ok(match plan {
        LayerPlan::Conv(name, window) => {
            let &[to, from, ..] = weight(name)? else { bail!("{name} is no convolution") };
            let made = Made { channels: to, window: *window, is_transposed: false };
            Layer::Conv(Conv2d::new(from, to, *window, has_bias(name), none, vb.pp(name))?, made)
        }
        LayerPlan::ConvTranspose(name, window, output_padding) => {
            let &[from, to, ..] = weight(name)? else { bail!("{name} is no convolution") };
            // Output padding is what is not cut off at the end.
            let (window, cut) = match *output_padding {
                0 => (*window, [0, 0]),
                more if more <= window.padding => {
                    (ConvConfig { padding: 0, ..*window }, [window.padding, window.padding - more])
                }
                _ => bail!("{name} has more output padding than padding"),
            };
            let conv = ConvTranspose2d::new(from, to, window, has_bias(name), none, vb.pp(name))?;
            Layer::ConvTranspose(conv, Made { channels: to, window, is_transposed: true }, cut)
        }
        LayerPlan::Norm(name) => {
            let &[channels] = weight(name)? else { bail!("{name} is no batch norm") };
            Layer::Norm(BatchNorm2d::new(channels, none, vb.pp(name))?)
        }
        LayerPlan::Linear(name) => {
            let &[to, from] = weight(name)? else { bail!("{name} is no linear layer") };
            Layer::Linear(Linear::new(from, to, none, vb.pp(name))?)
        }
        LayerPlan::Activation(activation) => Layer::Activation(*activation),
        LayerPlan::Flatten => Layer::Flatten,
        LayerPlan::Unflatten(shape) => Layer::Unflatten(*shape),
    })
}

/// A layer on NHWC.
fn apply(layer: &Layer, x: &Tensor) -> Result<Tensor> {
    match layer {
        Layer::Conv(conv, made) => {
            made.check(x)?;
            conv.forward(x)
        }
        Layer::ConvTranspose(conv, made, [front, end]) => {
            made.check(x)?;
            let y = conv.forward(x)?;
            if *front + *end == 0 {
                return Ok(y);
            }
            let (_, height, width, _) = y.dims4()?;
            y.narrow(1, *front, height - front - end)?.narrow(2, *front, width - front - end)?.contiguous()
        }
        Layer::Norm(norm) => norm.forward(x, false),
        Layer::Linear(linear) => linear.forward(x),
        Layer::Activation(activation) => match activation {
            Activation::None => Ok(x.clone()),
            Activation::Relu => x.relu(),
            Activation::LeakyRelu(slope) => candle_nn::ops::leaky_relu(x, f64::from(*slope)),
            Activation::Sigmoid => candle_nn::ops::sigmoid(x),
            Activation::Tanh => x.tanh(),
        },
        Layer::Flatten => x.permute((0, 3, 1, 2))?.contiguous()?.flatten_from(1),
        Layer::Unflatten([channels, height, width]) => {
            x.reshape((x.dim(0)?, *channels, *height, *width))?.permute((0, 2, 3, 1))?.contiguous()
        }
    }
}

impl Network for Sequence {
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>> {
        let mut x = match input.rank() {
            4 => input.permute((0, 2, 3, 1))?.contiguous()?,
            _ => input.clone(),
        };
        for layer in &self.trunk {
            x = apply(layer, &x)?;
        }
        let head = |layers: &Vec<Layer>| {
            let y = layers.iter().try_fold(x.clone(), |x, layer| apply(layer, &x))?;
            if y.rank() == 4 { y.permute((0, 3, 1, 2))?.contiguous() } else { Ok(y) }
        };
        self.heads.iter().map(head).collect()
    }

    fn parameters(&self) -> usize {
        self.parameters
    }
}
