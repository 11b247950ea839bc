//! The numbers of `reference/nn_ops.py`, and the layers that they are of.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::VarBuilder;
use morphospace::nn::{
    self, Activation, BatchNorm2d, Conv2d, ConvConfig, ConvTranspose2d, Linear, Parameters,
};
use morphospace::random;

pub type Tensors = HashMap<String, Tensor>;

pub const KINDS: [&str; 4] = ["conv", "transposed", "linear", "norm"];

pub fn reference() -> Tensors {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/nn_ops.safetensors");
    candle_core::safetensors::load(file, &Device::Cpu).unwrap()
}

/// The tensors of one case, without its name, in `dtype`.
pub fn case(all: &Tensors, name: &str, dtype: DType) -> Tensors {
    let strip = |(key, t): (&String, &Tensor)| {
        let (case, key) = key.split_once('/')?;
        (case == name).then(|| (key.to_string(), t.to_dtype(dtype).unwrap()))
    };
    all.iter().filter_map(strip).collect()
}

/// The cases of a kind of layer.
pub fn names(all: &Tensors, kind: &str) -> BTreeSet<String> {
    let names: BTreeSet<_> = all
        .keys()
        .filter_map(|key| Some(key.split_once('/')?.0.to_string()))
        .filter(|n| n.split('-').next() == Some(kind))
        .collect();
    assert!(!names.is_empty(), "the reference has no case of {kind}");
    names
}

/// The cases of all layers.
pub fn every_name(all: &Tensors) -> Vec<String> {
    KINDS.iter().flat_map(|kind| names(all, kind)).collect()
}

/// The parts of a case's name: kind, kernel, stride, padding and activation.
pub fn settings(name: &str) -> (&str, ConvConfig, Activation) {
    let parts: Vec<&str> = name.split('-').collect();
    let number = |part: &str| part[1..].parse().unwrap();
    let activation = match parts[5] {
        "none" => Activation::None,
        "relu" => Activation::Relu,
        "leaky" => Activation::LeakyRelu(0.2),
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        other => panic!("{other}"),
    };
    let cfg = ConvConfig { kernel: number(parts[2]), stride: number(parts[3]), padding: number(parts[4]) };
    (parts[0], cfg, activation)
}

/// The layer of a case.
pub enum Layer {
    Conv(Conv2d),
    Transposed(ConvTranspose2d),
    Linear(Linear),
    Norm(BatchNorm2d),
}

impl Layer {
    /// `tensors` says the shapes, `vb` gives the weights.
    pub fn new(name: &str, tensors: &Tensors, vb: VarBuilder<'_>) -> Self {
        let (kind, cfg, act) = settings(name);
        let (bias, dims) = (tensors.contains_key("bias"), tensors["weight"].dims());
        match kind {
            "conv" => Layer::Conv(Conv2d::new(dims[1], dims[0], cfg, bias, act, vb).unwrap()),
            "transposed" => {
                Layer::Transposed(ConvTranspose2d::new(dims[0], dims[1], cfg, bias, act, vb).unwrap())
            }
            "linear" => Layer::Linear(Linear::new(dims[1], dims[0], act, vb).unwrap()),
            _ => Layer::Norm(BatchNorm2d::new(dims[0], act, vb).unwrap()),
        }
    }

    /// In training.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Layer::Norm(layer) => layer.forward(x, true),
            _ => self.forward_eval(x),
        }
    }

    /// In use.
    pub fn forward_eval(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Layer::Conv(layer) => layer.forward(x),
            Layer::Transposed(layer) => layer.forward(x),
            Layer::Linear(layer) => layer.forward(x),
            Layer::Norm(layer) => layer.forward(x, false),
        }
    }
}

/// A case's layer, its variables, and the input as a variable.
pub fn build(name: &str, tensors: &Tensors) -> (Layer, Parameters, Var) {
    let parameters = Parameters::from_tensors(tensors.clone(), &Device::Cpu);
    let vb = parameters.var_builder().to_dtype(tensors["x"].dtype());
    (Layer::new(name, tensors, vb), parameters, Var::from_tensor(&tensors["x"]).unwrap())
}

/// Gradients when that of `y` is `grad`.
pub fn backward(y: &Tensor, grad: &Tensor) -> GradStore {
    nn::backward(&(y * grad).unwrap().sum_all().unwrap()).unwrap()
}

pub fn wide(t: &Tensor) -> Tensor {
    t.to_dtype(DType::F64).unwrap()
}

pub fn scalar(t: &Tensor) -> f64 {
    wide(t).to_scalar().unwrap()
}

/// Draws from N(0, 1).
pub fn normal(stream: u64, shape: &[usize], dtype: DType) -> Tensor {
    let values = random::standard_normal(8, stream, shape.iter().product());
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
}

/// Largest difference, relative to the largest element of the reference.
pub fn error(found: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(found.dims(), expected.dims());
    let largest = |t: &Tensor| scalar(&t.abs().unwrap().flatten_all().unwrap().max(0).unwrap());
    let (found, expected) = (wide(found), wide(expected));
    assert!(scalar(&found.sum_all().unwrap()).is_finite(), "not all values are numbers");
    largest(&(found - &expected).unwrap()) / largest(&expected).max(1e-6)
}

pub fn assert_close(what: &str, found: &Tensor, expected: &Tensor, tolerance: f64) {
    let error = error(found, expected);
    assert!(error < tolerance, "{what} is off by {error:.1e}");
}
