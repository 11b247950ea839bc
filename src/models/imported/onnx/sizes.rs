//! Sizes of the arrays between the layers of a graph, found before any of them is made: a file of a few lines can name
//! layers each of which multiplies what the one before it gives.

use std::collections::{BTreeSet, HashMap};

use tract_onnx::prelude::{DatumType, TVec, Tensor, TractError, TractResult, TypedModel};
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_core::ops::{Cost, TypedOp};
use tract_onnx::tract_hir::infer::{Factoid, InferenceFact, InferenceModel};
use tract_onnx::tract_hir::internal::{OutletId, TDim};

use crate::memory;

/// Bytes of the largest array between two layers.
const MOST_BYTES: u64 = 1 << 30;
/// Bytes of all arrays that follow from weights alone. They are kept while a model is brought into the form that is run.
const MOST_CONSTANT: u64 = 1 << 31;
/// Multiplications for one picture; those of the largest networks of pictures are some 10¹².
const MOST_PRODUCTS: u64 = 1 << 43;
/// The largest number that sides are computed from; no product of one with a side overflows.
const MOST_FACTOR: i64 = 1 << 31;
/// Longest array of numbers that sides may be computed from.
const MOST_FACTORS: usize = 16;
/// Layers that compute sides from their inputs.
const FROM_INPUTS: [&str; 8] =
    ["Tile", "Pad", "Expand", "MultiBroadcastTo", "ConstantOfShape", "OneHot", "Reshape", "Range"];
/// Layers that give at most as many numbers as they are given, and how many is seen only when they are run.
const SELECTING: [&str; 2] = ["NonZero", "Compress"];

/// Finds the sides of all arrays as [`InferenceModelExt::analyse`](tract_onnx::prelude::InferenceModelExt::analyse)
/// does, which computes what follows from weights on its way; here a size that is too large is refused before.
///
/// # Errors
/// Layers that do not fit together, or make more numbers than they may.
pub fn analyse(model: &mut InferenceModel) -> TractResult<()> {
    let mut waiting: BTreeSet<usize> = (0..model.nodes().len()).collect();
    while let Some(node) = waiting.pop_first() {
        for outlet in settle(model, node)? {
            let readers = &model.node(outlet.node).outputs[outlet.slot].successors;
            waiting.extend(readers.iter().map(|inlet| inlet.node).filter(|reader| *reader != node));
            if outlet.node != node {
                waiting.insert(outlet.node);
            }
        }
    }
    check_constants(model)
}

/// Takes what a layer says of the arrays around it, and gives those of which more is known now.
fn settle(model: &mut InferenceModel, node: usize) -> TractResult<Vec<OutletId>> {
    let facts = |facts: TVec<&InferenceFact>| facts.into_iter().cloned().collect::<TVec<InferenceFact>>();
    let (inputs, outputs) = model.node_facts(node)?;
    let (inputs, outputs) = (facts(inputs), facts(outputs));
    let op = &mut model.node_mut(node).op;
    if op.nboutputs()? != outputs.len() {
        return Err(TractError::msg("a layer gives another number of arrays than it should"));
    }
    let name = op.name();
    check_factors(&name, &inputs)?;
    let (_, said, _) = op.infer_facts(inputs.iter().collect(), outputs.iter().collect(), TVec::new())?;
    let follows = !inputs.is_empty() && inputs.iter().all(|fact| fact.value.concretize().is_some());
    for fact in &said {
        match bytes_of(fact)? {
            Some(bytes) if bytes > MOST_BYTES => return Err(too_large(&name)),
            None if follows && !SELECTING.contains(&&*name) => return Err(too_large(&name)),
            _ => (),
        }
    }
    let (inputs, outputs, _) = op.infer(inputs.iter().collect(), outputs.iter().collect(), TVec::new())?;
    let places = model.node(node).inputs.clone().into_iter();
    let places = places.chain((0..outputs.len()).map(|slot| OutletId::new(node, slot)));
    let places: Vec<(OutletId, InferenceFact)> = places.zip(inputs.into_iter().chain(outputs)).collect();
    let mut changed = Vec::new();
    for (place, fact) in places {
        let known = model.outlet_fact(place)?;
        let fact = known.unify(&fact)?;
        if fact != *known {
            model.set_outlet_fact(place, fact)?;
            changed.push(place);
        }
    }
    Ok(changed)
}

/// Refuses numbers that sides cannot be computed from.
fn check_factors(name: &str, inputs: &[InferenceFact]) -> TractResult<()> {
    if !FROM_INPUTS.contains(&name) {
        return Ok(());
    }
    let values: Vec<_> = inputs.iter().filter_map(|fact| fact.value.concretize()).collect();
    for value in
        values.iter().filter(|value| value.volume() <= MOST_FACTORS && !value.datum_type().is_float())
    {
        let factors = numbers::<i64>(value).unwrap_or_default();
        if factors.iter().any(|factor| factor.unsigned_abs() > MOST_FACTOR.unsigned_abs()) {
            return Err(too_large(name));
        }
    }
    // What it says of a step downwards is not what it does.
    if let ("Range", [start, end, step]) = (name, &values[..]) {
        let ends = [start, end, step].map(|value| numbers::<f64>(value)?.first().copied());
        let [Some(start), Some(end), Some(step)] = ends else { return Err(too_large(name)) };
        let count = ((end - start) / step).ceil();
        if count.is_nan() || count > MOST_BYTES as f64 / 8.0 {
            return Err(too_large(name));
        }
    }
    Ok(())
}

fn numbers<T: tract_onnx::prelude::Datum + Copy>(tensor: &Tensor) -> Option<Vec<T>> {
    let tensor = tensor.cast_to::<T>().ok()?;
    Some(tensor.to_plain_array_view::<T>().ok()?.iter().copied().collect())
}

/// Bytes of an array; none as long as not all of its sides are known.
fn bytes_of(fact: &InferenceFact) -> TractResult<Option<u64>> {
    let Some(sides) = fact.shape.concretize() else { return Ok(None) };
    let kind = fact.datum_type.concretize().unwrap_or(DatumType::F32);
    sized(&sides, kind)
}

fn sized(sides: &[TDim], kind: DatumType) -> TractResult<Option<u64>> {
    let mut bytes = kind.size_of() as u64;
    for side in sides {
        let Ok(side) = side.to_i64() else { return Ok(None) };
        let side =
            u64::try_from(side).map_err(|_| TractError::msg("the sides of an array are impossible"))?;
        bytes = bytes.saturating_mul(side);
    }
    Ok(Some(bytes))
}

/// Refuses more than fits of arrays that follow from weights.
fn check_constants(model: &InferenceModel) -> TractResult<()> {
    let mut follows = vec![false; model.nodes().len()];
    let mut sum = 0u64;
    for id in model.eval_order()? {
        let node = model.node(id);
        let is_weight = node.inputs.is_empty();
        follows[id] = match is_weight {
            true => node.op_is::<Const>(),
            false => node.inputs.iter().all(|input| follows[input.node]),
        };
        if follows[id] && !is_weight {
            for fact in model.node_output_facts(id)? {
                sum = sum.saturating_add(bytes_of(fact)?.unwrap_or(0));
            }
        }
    }
    match sum > MOST_CONSTANT {
        true => Err(TractError::msg("its layers make more numbers of its weights than fit into a memory")),
        false => Ok(()),
    }
}

/// Refuses a graph whose arrays do not fit into the memory while it is run, or whose sizes are seen only then, and one
/// that takes hours for a picture.
///
/// # Errors
/// A sentence without the file's name.
pub fn check(model: &TypedModel) -> TractResult<()> {
    let order = model.eval_order()?;
    let mut last: HashMap<usize, usize> = HashMap::new();
    for (step, id) in order.iter().enumerate() {
        last.extend(model.node(*id).inputs.iter().map(|input| (input.node, step)));
    }
    last.extend(model.output_outlets()?.iter().map(|outlet| (outlet.node, usize::MAX)));
    let (mut sizes, mut products): (HashMap<usize, u64>, u64) = (HashMap::new(), 0);
    let (mut here, mut most) = (0u64, 0u64);
    for (step, id) in order.iter().enumerate() {
        let node = model.node(*id);
        let mut bytes = 0u64;
        for output in &node.outputs {
            let size = sized(&output.fact.shape.to_tvec(), output.fact.datum_type)?;
            let size = size.ok_or_else(|| {
                TractError::msg(format!("how much {} gives is seen only when it is run", node.op.name()))
            })?;
            bytes = bytes.saturating_add(size);
        }
        products = products.saturating_add(products_of(node.op.as_ref(), &model.node_input_facts(*id)?));
        if node.op_is::<Const>() {
            continue;
        }
        sizes.insert(*id, bytes);
        here = here.saturating_add(bytes);
        most = most.max(here);
        let read: BTreeSet<usize> = node.inputs.iter().map(|input| input.node).chain([*id]).collect();
        for id in read.into_iter().filter(|id| last.get(id).is_none_or(|last| *last <= step)) {
            here -= sizes.remove(&id).unwrap_or(0);
        }
    }
    if products > MOST_PRODUCTS {
        return Err(TractError::msg("its layers would take hours for a picture"));
    }
    memory::require(most, "running it").map_err(|error| TractError::msg(error.to_string()))
}

/// Multiplications of a layer.
fn products_of(op: &dyn TypedOp, inputs: &[&tract_onnx::prelude::TypedFact]) -> u64 {
    let costs = op.cost(inputs).unwrap_or_default();
    let products = costs.iter().filter(|(cost, _)| matches!(cost, Cost::FMA(_)));
    products.map(|(_, count)| count.to_i64().map_or(0, i64::unsigned_abs)).fold(0, u64::saturating_add)
}

fn too_large(name: &str) -> TractError {
    TractError::msg(format!("its layer {name} makes more numbers than fit into a memory"))
}
