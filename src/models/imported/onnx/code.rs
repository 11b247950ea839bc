//! The code of an autoencoder that is in one piece: the smallest array that everything between its pictures goes
//! through.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use tract_onnx::pb::{GraphProto, NodeProto};

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
    // Sides are the same for every picture.
    let counts = |node: &&NodeProto| {
        node.op_type != "Shape" && node.output.iter().any(|name| leading.contains(name.as_str()))
    };
    let mut reads: HashMap<&str, usize> = [(output, 1)].into();
    for name in graph.node.iter().filter(counts).flat_map(|node| &node.input) {
        *reads.entry(name).or_default() += 1;
    }
    // Arrays that depend on the input and are still to be read, and how often.
    let mut depending: HashSet<&str> = [input].into();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    open.extend(reads.get_key_value(input));
    let mut best: Option<(usize, &str)> = None;
    for node in graph.node.iter().filter(counts) {
        if !node.input.iter().any(|name| depending.contains(name.as_str())) {
            continue;
        }
        for name in &node.input {
            if let Entry::Occupied(mut left) = open.entry(name.as_str()) {
                *left.get_mut() -= 1;
                if *left.get() == 0 {
                    left.remove();
                }
            }
        }
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            depending.insert(name);
            open.extend(reads.get_key_value(name.as_str()));
        }
        let mut still = open.keys().copied();
        let (Some(only), None) = (still.next(), still.next()) else { continue };
        let Some(shape) = sides.get(only).filter(|shape| shape.len() >= 2) else { continue };
        let numbers: usize = shape[1..].iter().product();
        if numbers < best.map_or(most, |best| best.0) && only != input && only != output {
            best = Some((numbers, only));
        }
    }
    best.map(|(_, name)| name.to_owned())
}
