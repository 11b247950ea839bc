//! The weights that a code meets first.

use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};
use tract_onnx::tensor::load_tensor;

use super::file::OnnxFile;

/// Operators that leave the numbers of a code as they are.
const PASSING: [&str; 6] = ["Reshape", "Flatten", "Unsqueeze", "Squeeze", "Identity", "Cast"];

/// Rows of the first linear layer of a decoder, each as long as the code (`numbers`); none where it begins otherwise.
pub fn first_layer(file: &OnnxFile, input: &str, numbers: usize) -> Option<Vec<f32>> {
    let graph = &file.graph;
    let mut name = input;
    let reader = |name: &str| -> Option<&NodeProto> {
        let reads = |node: &&NodeProto| node.op_type != "Shape" && node.input.iter().any(|read| read == name);
        let mut nodes = graph.node.iter().filter(reads);
        nodes.next().filter(|_| nodes.next().is_none())
    };
    let mut node = reader(name)?;
    // A damaged file can lead in a circle.
    let mut left = graph.node.len();
    while PASSING.contains(&node.op_type.as_str()) {
        left = left.checked_sub(1)?;
        name = node.output.first()?;
        node = reader(name)?;
    }
    let weight = node.input.get(1)?;
    let (shape, values) = floats(file, weight)?;
    let transposed = match node.op_type.as_str() {
        // (outputs, inputs) with transB, else (inputs, outputs).
        "Gemm" => !is_set(node, "transB"),
        "MatMul" => true,
        // (inputs, outputs, rows, columns)
        "ConvTranspose" => true,
        _ => return None,
    };
    let (first, rest) = shape.split_first()?;
    let rest: usize = rest.iter().product();
    match transposed {
        true if *first == numbers => Some(
            (0..rest)
                .flat_map(|row| (0..numbers).map(move |at| (at, row)))
                .map(|(at, row)| values[at * rest + row])
                .collect(),
        ),
        false if rest == numbers => Some(values),
        _ => None,
    }
}

fn is_set(node: &NodeProto, name: &str) -> bool {
    node.attribute.iter().any(|attribute| attribute.name == name && attribute.i != 0)
}

fn floats(file: &OnnxFile, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
    let tensor = constant(&file.graph, name)?;
    let provider = tract_onnx::data_resolver::FopenDataResolver;
    let loaded = load_tensor(&provider, tensor, file.folder.to_str()).ok()?;
    let floats = loaded.cast_to::<f32>().ok()?;
    let values = floats.to_plain_array_view::<f32>().ok()?.iter().copied().collect();
    Some((loaded.shape().to_vec(), values))
}

fn constant<'a>(graph: &'a GraphProto, name: &'a str) -> Option<&'a TensorProto> {
    let mut name = name;
    for _ in 0..=graph.node.len() {
        if let Some(weight) = graph.initializer.iter().find(|tensor| tensor.name == name) {
            return Some(weight);
        }
        let node = graph.node.iter().find(|node| node.output.iter().any(|made| made == name))?;
        match node.op_type.as_str() {
            "Constant" => return node.attribute.iter().find_map(|attribute| attribute.t.as_ref()),
            "Identity" => name = node.input.first()?,
            _ => return None,
        }
    }
    None
}
