//! The code of an autoencoder that is in one piece: the smallest array that everything between its pictures goes
//! through.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::GraphProto;

/// The first of the smallest arrays through which everything goes that leads from `input` to `output`; none where
/// none is smaller than `most` numbers.
///
/// * `sides`: sides of the arrays for one picture, the batch in front
pub fn bottleneck(
    graph: &GraphProto,
    input: &str,
    output: &str,
    sides: &HashMap<String, Vec<usize>>,
    most: usize,
) -> Option<String> {
    let mut leading: HashSet<&str> = [output].into();
    for node in graph.node.iter().rev() {
        if node.output.iter().any(|name| leading.contains(name.as_str())) {
            leading.extend(node.input.iter().map(String::as_str));
        }
    }
    // How often each array that depends on the input is still to be read.
    let mut open: HashMap<&str, usize> = HashMap::new();
    let reads = |name: &str| {
        let nodes = graph.node.iter().filter(|node| node.output.iter().any(|o| leading.contains(o.as_str())));
        // Sides are the same for every picture.
        let nodes = nodes.filter(|node| node.op_type != "Shape");
        nodes.flat_map(|node| &node.input).filter(|read| *read == name).count() + usize::from(name == output)
    };
    open.insert(input, reads(input));
    let mut best: Option<(usize, &str)> = None;
    for node in &graph.node {
        if node.op_type == "Shape" || !node.output.iter().any(|name| leading.contains(name.as_str())) {
            continue;
        }
        let depends = node.input.iter().any(|name| open.contains_key(name.as_str()));
        if !depends {
            continue;
        }
        for name in &node.input {
            if let Some(left) = open.get_mut(name.as_str()) {
                *left -= 1;
            }
        }
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            open.insert(name, reads(name));
        }
        let mut still = open.iter().filter(|(_, left)| **left > 0).map(|(name, _)| *name);
        let (Some(only), None) = (still.next(), still.next()) else { continue };
        let Some(shape) = sides.get(only).filter(|shape| shape.len() >= 2) else { continue };
        let numbers: usize = shape[1..].iter().product();
        if numbers < best.map_or(most, |best| best.0) && only != input && only != output {
            best = Some((numbers, only));
        }
    }
    best.map(|(_, name)| name.to_owned())
}
