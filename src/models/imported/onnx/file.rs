//! ONNX files as they are read, before anything in them is computed.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::dimension;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::Framework;

use crate::error::{Error, Result};
use crate::memory;

/// A protobuf message has at most 2 GiB.
const MOST_BYTES: u64 = 1 << 31;
/// Copies of the weights that are in memory while a model is brought into the form that is run.
const COPIES: u64 = 4;
/// Side of pictures whose file leaves it open.
pub const OPEN_SIDE: usize = 64;
/// Layers of a model; what has more is no model of pictures.
const MOST_NODES: usize = 20_000;
/// Numbers that an operator with a given shape may make of nothing, and those of all inputs together.
pub const MOST_NUMBERS: u64 = 1 << 28;
/// The largest number that a layer is told, but where it says how far to read; [`sizes`](super::sizes) computes with it.
const MOST_TOLD: i64 = 1 << 31;
/// The most steps of a window over a picture, and of what is padded or left out around it.
const MOST_STEPS: i64 = 1 << 16;
/// Places of a window over a picture.
const MOST_PLACES: i64 = 1 << 20;
/// Numbers of layers that say how large windows and outputs are.
const STEPS: [&str; 11] = [
    "kernel_shape",
    "strides",
    "dilations",
    "pads",
    "output_padding",
    "output_shape",
    "blocksize",
    "num_outputs",
    "hidden_size",
    "scales",
    "size",
];
/// Layers that layers within a layer may have: none makes more numbers than it is given.
const INNER: [&str; 14] = [
    "Identity",
    "Constant",
    "Squeeze",
    "Unsqueeze",
    "Reshape",
    "Flatten",
    "Transpose",
    "Cast",
    "Shape",
    "Relu",
    "Sigmoid",
    "Tanh",
    "Neg",
    "Slice",
];
/// Operators that make as many numbers as their constant inputs say.
const MULTIPLYING: [&str; 7] = ["ConstantOfShape", "Expand", "Tile", "Range", "OneHot", "Resize", "Upsample"];

/// An ONNX file.
pub struct OnnxFile {
    /// Its layers and weights.
    pub graph: GraphProto,
    /// The rest: versions of operators and names.
    pub about: ModelProto,
    /// The folder that tensors beside it lie in.
    pub folder: PathBuf,
    path: PathBuf,
}

/// An array that goes into a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayInfo {
    /// Its name.
    pub name: String,
    /// Its sides; none where the file leaves one open.
    pub shape: Vec<Option<usize>>,
    /// Whether its numbers are floats of single precision.
    pub is_float: bool,
    /// Whether its numbers are floats of another precision.
    pub is_other_float: bool,
}

impl OnnxFile {
    /// Reads a file. Nothing in it is run.
    ///
    /// # Errors
    /// A file that cannot be read, is of another kind, cut short or damaged, or too large for the memory.
    pub fn read(path: &Path) -> Result<Self> {
        let about = std::fs::metadata(path).map_err(Error::io("read", path))?;
        let refused =
            |why: &str| Error::file(path, format!("this is no ONNX model that can be opened: {why}"));
        if !about.is_file() {
            return Err(refused("it is not a file"));
        }
        if about.len() > MOST_BYTES {
            return Err(refused("it is larger than ONNX files can be"));
        }
        memory::require(about.len().saturating_mul(COPIES), "it")
            .map_err(|error| refused(&error.to_string()))?;
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(Error::io("read", path))?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
        let mut about = tract_onnx::onnx()
            .proto_model_for_read(&mut &bytes[..])
            .map_err(|_| refused("it is another kind of file, cut short, or damaged"))?;
        let graph = about.graph.take().filter(|graph| !graph.node.is_empty());
        let graph = graph.ok_or_else(|| refused("there are no layers in it"))?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        check(&graph, &folder).map_err(|why| refused(&why))?;
        Ok(Self { graph, about, folder, path: path.to_owned() })
    }

    /// A fault of the file.
    pub fn fault(&self, why: impl std::fmt::Display) -> Error {
        Error::file(&self.path, why.to_string())
    }

    /// Arrays that it is given.
    pub fn inputs(&self) -> Vec<ArrayInfo> {
        let is_weight = |name: &str| self.graph.initializer.iter().any(|tensor| tensor.name == name);
        self.graph.input.iter().filter(|input| !is_weight(&input.name)).filter_map(array).collect()
    }

    /// Names of the arrays that it gives.
    pub fn outputs(&self) -> Vec<&str> {
        self.graph.output.iter().map(|output| output.name.as_str()).collect()
    }
}

fn array(info: &ValueInfoProto) -> Option<ArrayInfo> {
    let type_proto::Value::TensorType(tensor) = info.r#type.as_ref()?.value.as_ref()?;
    let is_float = tensor.elem_type == DataType::Float as i32;
    let side = |value: &Option<dimension::Value>| match value {
        Some(dimension::Value::DimValue(side)) => usize::try_from(*side).ok().filter(|side| *side > 0),
        _ => None,
    };
    let shape = tensor.shape.as_ref()?.dim.iter().map(|dim| side(&dim.value)).collect();
    let others = [DataType::Float16, DataType::Bfloat16, DataType::Double];
    let is_other_float = others.into_iter().any(|kind| tensor.elem_type == kind as i32);
    Some(ArrayInfo { name: info.name.clone(), shape, is_float, is_other_float })
}

/// Says what makes a graph one that is not opened: sizes that its content does not bear out, or that no model of
/// pictures has.
fn check(graph: &GraphProto, folder: &Path) -> Result<(), String> {
    if graph.node.len() > MOST_NODES {
        return Err("it has more layers than any model of pictures".into());
    }
    check_inputs(graph)?;
    graph.node.iter().try_for_each(check_told)?;
    let attributes = graph.node.iter().flat_map(|node| &node.attribute);
    let constants = attributes.clone().filter_map(|attribute| attribute.t.as_ref());
    for tensor in graph.initializer.iter().chain(constants) {
        check_tensor(tensor, folder)?;
    }
    let weights = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor));
    let in_nodes = graph.node.iter().filter_map(|node| {
        let tensor = node.attribute.iter().find_map(|attribute| attribute.t.as_ref())?;
        Some((node.output.first()?.as_str(), tensor))
    });
    let shapes: HashMap<&str, u64> =
        weights.chain(in_nodes).map(|(name, tensor)| (name, product(tensor))).collect();
    for node in graph.node.iter().filter(|node| MULTIPLYING.contains(&node.op_type.as_str())) {
        let largest = node.input.iter().filter_map(|input| shapes.get(input.as_str())).max();
        if largest.is_some_and(|numbers| *numbers > MOST_NUMBERS) {
            return Err(format!("its layer {} makes more numbers than fit into a memory", node.op_type));
        }
    }
    let mut inner = attributes.flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs));
    inner.try_for_each(|graph| match graph.node.iter().find(|node| !INNER.contains(&node.op_type.as_str())) {
        Some(node) => {
            let name = crate::text::quote(&node.op_type);
            Err(format!("a layer of it has layers of its own, and {name} cannot be one of them"))
        }
        None => check(graph, folder),
    })
}

/// Says that the arrays that are given to a graph are too large, if they are.
fn check_inputs(graph: &GraphProto) -> Result<(), String> {
    let mut sum = 0u64;
    for array in graph.input.iter().filter_map(array) {
        let side = |side: &Option<usize>| side.unwrap_or(OPEN_SIDE) as u64;
        sum = sum.saturating_add(array.shape.iter().map(side).fold(1, u64::saturating_mul));
    }
    match sum > MOST_NUMBERS {
        true => Err("what it is to be given does not fit into a memory".into()),
        false => Ok(()),
    }
}

/// Says what numbers of a layer are beyond all pictures.
fn check_told(node: &NodeProto) -> Result<(), String> {
    let beyond = |name: &str| {
        let (name, layer) = (crate::text::quote(name), crate::text::quote(&node.op_type));
        Err(format!("{name} of its layer {layer} is beyond all pictures"))
    };
    for attribute in &node.attribute {
        let is_step = STEPS.contains(&attribute.name.as_str());
        let most = if is_step { MOST_STEPS } else { MOST_TOLD };
        // The end of what is read is often said by the largest number that there is.
        let counts = is_step || !["Slice", "Constant"].contains(&node.op_type.as_str());
        let mut told = attribute.ints.iter().chain([&attribute.i]);
        if counts && told.any(|number| number.unsigned_abs() > most.unsigned_abs()) {
            return beyond(&attribute.name);
        }
        let places = attribute.ints.iter().fold(1i64, |places, side| places.saturating_mul(*side));
        if attribute.name == "kernel_shape" && places > MOST_PLACES {
            return beyond(&attribute.name);
        }
    }
    Ok(())
}

/// Product of the numbers in a small tensor; 0 for a large one, which is no shape.
fn product(tensor: &TensorProto) -> u64 {
    /// More axes than any array has.
    const MOST_AXES: usize = 8;
    let long = |bytes: &[u8]| bytes.try_into().map_or(0.0, |bytes| i64::from_le_bytes(bytes) as f64);
    let float = |bytes: &[u8]| bytes.try_into().map_or(0.0, |bytes| f64::from(f32::from_le_bytes(bytes)));
    let is_long = tensor.data_type == DataType::Int64 as i32;
    let numbers: Vec<f64> = match (tensor.raw_data.is_empty(), is_long) {
        (false, true) => tensor.raw_data.chunks_exact(8).map(long).collect(),
        (false, false) => tensor.raw_data.chunks_exact(4).map(float).collect(),
        (true, true) => tensor.int64_data.iter().map(|&v| v as f64).collect(),
        (true, false) => tensor.float_data.iter().map(|&v| f64::from(v)).collect(),
    };
    match numbers.len() {
        1..=MOST_AXES => numbers.iter().map(|number| number.max(1.0)).product::<f64>() as u64,
        _ => 0,
    }
}

/// Says what is wrong with a tensor whose sides ask for other numbers than there are.
fn check_tensor(tensor: &TensorProto, folder: &Path) -> Result<(), String> {
    let name = crate::text::quote(&tensor.name);
    let sides = tensor.dims.iter().map(|side| u64::try_from(*side).ok());
    let numbers = sides.into_iter().try_fold(1u64, |product, side| product.checked_mul(side?));
    let numbers = numbers.ok_or_else(|| format!("the sides of its tensor {name} are impossible"))?;
    if tensor.data_location == Some(DataLocation::External as i32) {
        let file = tensor.external_data.iter().find(|entry| entry.key == "location");
        let file = file.map(|entry| entry.value.as_str());
        let file = file.ok_or_else(|| format!("it does not say where its tensor {name} lies"))?;
        if Path::new(file).file_name().is_none_or(|plain| plain != file) {
            return Err(format!(
                "its tensor {name} is said to lie outside of its folder, which is not looked at"
            ));
        }
        let about = std::fs::metadata(folder.join(file)).ok().filter(std::fs::Metadata::is_file);
        let length = about.map(|about| about.len()).ok_or_else(|| {
            format!("its weights lie in a file of their own, {file}, which is missing; put it into the same folder")
        })?;
        return match numbers.saturating_mul(width(tensor.data_type)) > length {
            true => Err(format!("the file of its weights, {file}, is cut short")),
            false => Ok(()),
        };
    }
    let typed = [
        tensor.float_data.len(),
        tensor.int32_data.len(),
        tensor.int64_data.len(),
        tensor.double_data.len(),
        tensor.uint64_data.len(),
        tensor.string_data.len(),
    ];
    let there = match tensor.raw_data.len() as u64 {
        0 => typed.into_iter().max().unwrap_or(0) as u64,
        bytes => bytes / width(tensor.data_type),
    };
    match there == numbers {
        true => Ok(()),
        false => Err(format!("its tensor {name} should have {numbers} numbers and has {there}")),
    }
}

/// Bytes of a number.
fn width(kind: i32) -> u64 {
    match DataType::try_from(kind) {
        Ok(DataType::Double | DataType::Int64 | DataType::Uint64 | DataType::Complex64) => 8,
        Ok(DataType::Float | DataType::Int32 | DataType::Uint32) => 4,
        Ok(DataType::Float16 | DataType::Int16 | DataType::Uint16 | DataType::Bfloat16) => 2,
        _ => 1,
    }
}
