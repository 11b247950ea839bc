//! Parts of a graph: from some arrays to others, whatever else is in the file.

use std::collections::HashSet;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{GraphProto, NodeProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto};

/// An input of a part, whose sides are all known.
#[derive(Clone, Debug, PartialEq)]
pub struct PartInput {
    /// The array, which may lie between two layers of the whole.
    pub name: String,
    /// Its sides.
    pub shape: Vec<usize>,
    /// Whether its numbers are floats; the others are whole numbers.
    pub is_float: bool,
}

/// The layers that lead from `inputs` to `outputs`, with their weights.
///
/// # Errors
/// Names that the graph does not have; an output that needs an array which is not given.
pub fn part(graph: &GraphProto, inputs: &[PartInput], outputs: &[&str]) -> Result<GraphProto, String> {
    let given: HashSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let weights: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut wanted: HashSet<&str> = outputs.iter().copied().collect();
    let mut nodes: Vec<&NodeProto> = Vec::new();
    for node in graph.node.iter().rev() {
        let is_wanted = |name: &String| wanted.contains(name.as_str()) && !given.contains(name.as_str());
        if node.output.iter().any(is_wanted) {
            wanted.extend(inputs_of(node));
            nodes.push(node);
        }
    }
    let made: HashSet<&str> = nodes.iter().flat_map(|node| &node.output).map(String::as_str).collect();
    let known = |name: &&str| given.contains(name) || weights.contains(name) || made.contains(name);
    if let Some(missing) = wanted.iter().copied().find(|name| !name.is_empty() && !known(name)) {
        return Err(format!("it cannot be computed without the array {}", crate::text::quote(missing)));
    }
    let initializer = graph.initializer.iter();
    let initializer = initializer
        .filter(|tensor| wanted.contains(tensor.name.as_str()) && !given.contains(tensor.name.as_str()));
    Ok(GraphProto {
        node: nodes.into_iter().rev().cloned().collect(),
        name: graph.name.clone(),
        initializer: initializer.cloned().collect(),
        input: inputs.iter().map(value_info).collect(),
        output: outputs
            .iter()
            .map(|name| ValueInfoProto { name: (*name).into(), ..Default::default() })
            .collect(),
        ..Default::default()
    })
}

/// Arrays that a node reads, those of graphs inside it included.
fn inputs_of(node: &NodeProto) -> Vec<&str> {
    let mut names: Vec<&str> = node.input.iter().map(String::as_str).collect();
    for graph in node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs)) {
        let own: HashSet<&str> =
            graph.node.iter().flat_map(|node| &node.output).map(String::as_str).collect();
        let own_weights: HashSet<&str> =
            graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let outer = graph.node.iter().flat_map(inputs_of);
        names.extend(outer.filter(|name| !own.contains(name) && !own_weights.contains(name)));
    }
    names
}

fn value_info(input: &PartInput) -> ValueInfoProto {
    let dim = input.shape.iter().map(|&side| Dimension {
        value: Some(dimension::Value::DimValue(side as i64)),
        ..Default::default()
    });
    let elem_type = if input.is_float { DataType::Float } else { DataType::Int64 } as i32;
    let shape = Some(TensorShapeProto { dim: dim.collect() });
    let value = Some(type_proto::Value::TensorType(type_proto::Tensor { elem_type, shape }));
    ValueInfoProto {
        name: input.name.clone(),
        r#type: Some(TypeProto { value, ..Default::default() }),
        ..Default::default()
    }
}
