//! As much of ONNX as is needed to read an exported model back and to compute it with candle's own operations.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};

/// A field of a message.
enum Field<'a> {
    Integer(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

/// Fields of a message in order, by number.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Integer(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                Field::Bytes(bytes.split_off(..length).unwrap())
            }
            5 => Field::Float(f32::from_le_bytes(*bytes.split_off(..4).unwrap().first_chunk().unwrap())),
            wire => panic!("wire type {wire}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first().unwrap();
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("an integer without an end");
}

fn all(message: &[u8], number: u64) -> Vec<&[u8]> {
    let found = fields(message).into_iter().filter(|(found, _)| *found == number);
    found
        .map(|(_, field)| match field {
            Field::Bytes(bytes) => bytes,
            _ => panic!("field {number} is a number"),
        })
        .collect()
}

fn text(message: &[u8], number: u64) -> String {
    String::from_utf8(all(message, number).concat()).unwrap()
}

fn integers(message: &[u8], number: u64) -> Vec<i64> {
    let found = fields(message).into_iter().filter(|(found, _)| *found == number);
    found
        .map(|(_, field)| match field {
            Field::Integer(value) => value as i64,
            _ => panic!("field {number} is no integer"),
        })
        .collect()
}

/// A model.
pub struct Model {
    pub ir_version: i64,
    pub opset: i64,
    pub doc: String,
    pub facts: HashMap<String, String>,
    pub nodes: Vec<Node>,
    pub weights: HashMap<String, Tensor>,
    /// Names and sides; the batch's is a name.
    pub inputs: Vec<(String, Vec<String>)>,
    pub outputs: Vec<(String, Vec<String>)>,
}

/// A node.
pub struct Node {
    pub operator: String,
    inputs: Vec<String>,
    output: String,
    integers: HashMap<String, Vec<i64>>,
    floats: HashMap<String, f32>,
}

impl Model {
    pub fn read(file: &Path) -> Self {
        let bytes = std::fs::read(file).unwrap();
        let graph = all(&bytes, 7).concat();
        let facts = all(&bytes, 14);
        Self {
            ir_version: integers(&bytes, 1)[0],
            opset: integers(&all(&bytes, 8).concat(), 2)[0],
            doc: text(&bytes, 6),
            facts: facts.into_iter().map(|entry| (text(entry, 1), text(entry, 2))).collect(),
            nodes: all(&graph, 1).into_iter().map(Node::read).collect(),
            weights: all(&graph, 5).into_iter().map(|tensor| (text(tensor, 8), values(tensor))).collect(),
            inputs: all(&graph, 11).into_iter().map(value_info).collect(),
            outputs: all(&graph, 12).into_iter().map(value_info).collect(),
        }
    }

    /// Operators of the nodes in order.
    pub fn operators(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.operator.as_str()).collect()
    }

    /// The outputs by name.
    pub fn run(&self, input: &Tensor) -> HashMap<String, Tensor> {
        let mut values = self.weights.clone();
        values.insert(self.inputs[0].0.clone(), input.clone());
        for node in &self.nodes {
            let inputs: Vec<&Tensor> = node.inputs.iter().map(|name| &values[name]).collect();
            let output = node.run(&inputs);
            assert!(values.insert(node.output.clone(), output).is_none(), "{} is made twice", node.output);
        }
        self.outputs.iter().map(|(name, _)| (name.clone(), values[name].clone())).collect()
    }
}

fn value_info(message: &[u8]) -> (String, Vec<String>) {
    let tensor = all(&all(message, 2).concat(), 1).concat();
    assert_eq!(integers(&tensor, 1), [1], "floats");
    let shape = all(&tensor, 2).concat();
    let side = |dim: &[u8]| match integers(dim, 1)[..] {
        [value] => value.to_string(),
        _ => text(dim, 2),
    };
    (text(message, 1), all(&shape, 1).into_iter().map(side).collect())
}

fn values(tensor: &[u8]) -> Tensor {
    let shape: Vec<usize> = integers(tensor, 1).into_iter().map(|side| side as usize).collect();
    let bytes = all(tensor, 9).concat();
    match integers(tensor, 2)[..] {
        [1] => {
            let values: Vec<f32> =
                bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
        }
        [7] => {
            let values: Vec<i64> =
                bytes.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
            Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
        }
        ref other => panic!("numbers of type {other:?}"),
    }
}

impl Node {
    fn read(message: &[u8]) -> Self {
        let texts = |number| all(message, number).into_iter().map(|t| String::from_utf8(t.to_vec()).unwrap());
        let (mut whole, mut floats) = (HashMap::new(), HashMap::new());
        for attribute in all(message, 5) {
            let name = text(attribute, 1);
            match integers(attribute, 20)[..] {
                [1] => {
                    let value = fields(attribute).into_iter().find_map(|(number, field)| match field {
                        Field::Float(value) if number == 2 => Some(value),
                        _ => None,
                    });
                    floats.insert(name, value.unwrap());
                }
                [2] => drop(whole.insert(name, integers(attribute, 3))),
                [7] => drop(whole.insert(name, integers(attribute, 8))),
                ref other => panic!("attribute of type {other:?}"),
            }
        }
        Self {
            operator: text(message, 4),
            inputs: texts(1).collect(),
            output: text(message, 2),
            integers: whole,
            floats,
        }
    }

    fn run(&self, inputs: &[&Tensor]) -> Tensor {
        let x = inputs[0];
        let first = |name: &str, usual| self.integers.get(name).map_or(usual, |values| values[0] as usize);
        let per_channel = |t: &Tensor| t.reshape((1, (), 1, 1)).unwrap();
        let with_bias = |y: Tensor| match inputs.get(2) {
            Some(bias) => y.broadcast_add(&per_channel(bias)).unwrap(),
            None => y,
        };
        let computed = match self.operator.as_str() {
            "Conv" => {
                return with_bias(x.conv2d(inputs[1], first("pads", 0), first("strides", 1), 1, 1).unwrap());
            }
            "ConvTranspose" => {
                let (pads, strides) = (first("pads", 0), first("strides", 1));
                return with_bias(x.conv_transpose2d(inputs[1], pads, 0, strides, 1).unwrap());
            }
            "BatchNormalization" => {
                let [weight, bias, mean, variance] = [1, 2, 3, 4].map(|at| per_channel(inputs[at]));
                let deviation = (variance + f64::from(self.floats["epsilon"])).unwrap().sqrt().unwrap();
                let normal = x.broadcast_sub(&mean).unwrap().broadcast_div(&deviation).unwrap();
                normal.broadcast_mul(&weight).unwrap().broadcast_add(&bias)
            }
            "Gemm" => {
                assert_eq!(self.integers["transB"], [1]);
                x.matmul(&inputs[1].t().unwrap()).unwrap().broadcast_add(inputs[2])
            }
            "Relu" => x.relu(),
            "LeakyRelu" => x.maximum(&(x * f64::from(self.floats["alpha"])).unwrap()),
            "Sigmoid" => (x.neg().unwrap().exp().unwrap() + 1.0).unwrap().recip(),
            "Tanh" => x.tanh(),
            "Mul" => x.broadcast_mul(inputs[1]),
            "Add" => x.broadcast_add(inputs[1]),
            "Clip" => x.broadcast_maximum(inputs[1]).unwrap().broadcast_minimum(inputs[2]),
            "Flatten" => x.flatten_from(1),
            "Reshape" => {
                let shape = inputs[1].to_vec1::<i64>().unwrap();
                let sides = shape
                    .iter()
                    .zip(x.dims())
                    .map(|(side, own)| if *side == 0 { *own } else { *side as usize });
                let rest = shape.iter().skip(x.rank()).map(|side| *side as usize);
                x.reshape(sides.chain(rest).collect::<Vec<_>>())
            }
            "Transpose" => {
                let order: Vec<usize> = self.integers["perm"].iter().map(|side| *side as usize).collect();
                x.permute(order).unwrap().contiguous()
            }
            other => panic!("operator {other}"),
        };
        computed.unwrap()
    }
}
