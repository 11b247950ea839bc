//! Layers as a graph of ONNX operators. <https://onnx.ai/onnx/operators/>

use super::protobuf::Message;
use crate::interchange::weights::NamedTensor;
use crate::models::blueprint::{BATCH_NORM_EPSILON, Layer};
use crate::nn::Activation;

/// Name of a side that is free.
pub const BATCH: &str = "n";

/// Numbers of `TensorProto.DataType`.
const FLOAT: i64 = 1;
const INT64: i64 = 7;

/// An input or output of a graph: a batch of floats.
pub struct Value<'a> {
    pub name: &'a str,
    /// All but the batch's.
    pub sides: Vec<usize>,
    pub about: String,
}

/// A `GraphProto` that is being put together. Nodes and weights have the names of the layers.
pub struct Graph {
    nodes: Vec<Message>,
    initializers: Vec<Message>,
}

/// Value of an attribute of a node.
enum Attribute {
    Integer(i64),
    Integers(Vec<i64>),
    Float(f32),
}

impl Graph {
    /// A graph with the weights of all layers to come.
    pub fn new(weights: Vec<NamedTensor>) -> Self {
        let tensor = |NamedTensor { name, shape, values }: NamedTensor| {
            tensor(&name, FLOAT, &shape).floats_as_bytes(RAW_DATA, values)
        };
        Self { nodes: Vec::new(), initializers: weights.into_iter().map(tensor).collect() }
    }

    /// Adds layers after each other, from a value to another one.
    pub fn chain(&mut self, layers: &[Layer], input: &str, output: &str) {
        let mut from = input.to_owned();
        for (at, layer) in layers.iter().enumerate() {
            let is_last = at + 1 == layers.len();
            let name = match layer.name() {
                Some(name) => name.to_owned(),
                None => format!("{output}.{at}"),
            };
            let to = if is_last { output.to_owned() } else { format!("{name}.out") };
            self.layer(layer, &name, &from, &to);
            from = to;
        }
    }

    /// The `GraphProto`.
    pub fn finish(self, name: &str, inputs: &[Value<'_>], outputs: &[Value<'_>]) -> Message {
        Message::default()
            .messages(1, self.nodes)
            .text(2, name)
            .messages(5, self.initializers)
            .messages(11, inputs.iter().map(value_info))
            .messages(12, outputs.iter().map(value_info))
    }

    fn layer(&mut self, layer: &Layer, name: &str, from: &str, to: &str) {
        use Attribute::{Float, Integer, Integers};
        let part = |part: &str| format!("{name}.{part}");
        match layer {
            Layer::Conv { window, transposed, bias, .. } => {
                let operator = if *transposed { "ConvTranspose" } else { "Conv" };
                let (weight, bias) = (part("weight"), bias.then(|| part("bias")));
                let inputs: Vec<&str> = [from, &weight].into_iter().chain(bias.as_deref()).collect();
                let both = |value: usize, sides| Integers(vec![value as i64; sides]);
                let attributes = [
                    ("kernel_shape", both(window.kernel, 2)),
                    ("strides", both(window.stride, 2)),
                    ("pads", both(window.padding, 4)),
                ];
                self.node(operator, name, &inputs, to, attributes);
            }
            Layer::Pointwise { .. } => {
                let attributes = [("kernel_shape", Integers(vec![1, 1]))];
                self.node("Conv", name, &[from, &part("weight"), &part("bias")], to, attributes);
            }
            Layer::Linear { .. } => {
                let inputs = [from, &part("weight"), &part("bias")];
                self.node("Gemm", name, &inputs, to, [("transB", Integer(1))]);
            }
            Layer::BatchNorm { .. } => {
                let [weight, bias] = ["weight", "bias"].map(part);
                let [mean, variance] = ["running_mean", "running_var"].map(part);
                let inputs = [from, &weight, &bias, &mean, &variance];
                let attributes = [("epsilon", Float(BATCH_NORM_EPSILON))];
                self.node("BatchNormalization", name, &inputs, to, attributes);
            }
            Layer::Activation(activation) => match activation {
                Activation::None => self.node("Identity", name, &[from], to, []),
                Activation::Relu => self.node("Relu", name, &[from], to, []),
                Activation::LeakyRelu(slope) => {
                    self.node("LeakyRelu", name, &[from], to, [("alpha", Float(*slope))]);
                }
                Activation::Sigmoid => self.node("Sigmoid", name, &[from], to, []),
                Activation::Tanh => self.node("Tanh", name, &[from], to, []),
            },
            Layer::Affine { scale, shift } => {
                let mut scaled = from.to_owned();
                if *scale != 1.0 {
                    let factor = self.scalar(part("scale"), *scale);
                    scaled = part("scaled");
                    self.node("Mul", &scaled, &[from, &factor], &scaled, []);
                }
                let shift = self.scalar(part("shift"), *shift);
                self.node("Add", name, &[&scaled, &shift], to, []);
            }
            Layer::Clamp => {
                let (low, high) = (self.scalar(part("low"), 0.0), self.scalar(part("high"), 1.0));
                self.node("Clip", name, &[from, &low, &high], to, []);
            }
            Layer::Flatten => self.node("Flatten", name, &[from], to, [("axis", Integer(1))]),
            Layer::Unflatten(sides) => {
                // A side of 0 is that of the input.
                let shape: Vec<i64> = [0].into_iter().chain(sides.iter().map(|side| *side as i64)).collect();
                let shape = self.integers(part("shape"), &shape);
                self.node("Reshape", name, &[from, &shape], to, []);
            }
            Layer::ChannelsLast => {
                self.node("Transpose", name, &[from], to, [("perm", Integers(vec![0, 2, 3, 1]))]);
            }
            Layer::ChannelsFirst => {
                self.node("Transpose", name, &[from], to, [("perm", Integers(vec![0, 3, 1, 2]))]);
            }
        }
    }

    /// Adds a `NodeProto`.
    fn node<const N: usize>(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        output: &str,
        attributes: [(&str, Attribute); N],
    ) {
        let node = Message::default()
            .texts(1, inputs.iter().copied())
            .text(2, output)
            .text(3, name)
            .text(4, operator)
            .messages(5, attributes.into_iter().map(|(name, value)| attribute(name, value)));
        self.nodes.push(node);
    }

    fn scalar(&mut self, name: String, value: f32) -> String {
        self.initializers.push(tensor(&name, FLOAT, &[]).floats_as_bytes(RAW_DATA, vec![value]));
        name
    }

    fn integers(&mut self, name: String, values: &[i64]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.initializers.push(tensor(&name, INT64, &[values.len()]).bytes(RAW_DATA, &bytes));
        name
    }
}

/// Field of a `TensorProto` with its numbers, little-endian.
const RAW_DATA: u32 = 9;

/// `TensorProto` without its numbers.
fn tensor(name: &str, data_type: i64, shape: &[usize]) -> Message {
    Message::default().integers(1, shape.iter().map(|side| *side as i64)).integer(2, data_type).text(8, name)
}

/// `AttributeProto`, with its type.
fn attribute(name: &str, value: Attribute) -> Message {
    let named = Message::default().text(1, name);
    match value {
        Attribute::Float(value) => named.float(2, value).integer(20, 1),
        Attribute::Integer(value) => named.integer(3, value).integer(20, 2),
        Attribute::Integers(values) => named.integers(8, values).integer(20, 7),
    }
}

/// `ValueInfoProto` of a batch of floats.
fn value_info(value: &Value<'_>) -> Message {
    // `TensorShapeProto.Dimension`: a name or a number.
    let batch = Message::default().text(2, BATCH);
    let sides = value.sides.iter().map(|side| Message::default().integer(1, *side as i64));
    let shape = Message::default().messages(1, [batch].into_iter().chain(sides));
    let tensor_type = Message::default().integer(1, FLOAT).message(2, shape);
    let value_type = Message::default().message(1, tensor_type);
    Message::default().text(1, value.name).message(2, value_type).text(3, &value.about)
}
