//! Graphs that can be run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto};
use tract_onnx::prelude::{
    Datum, InferenceModelExt, IntoRunnable, TValue, TVec, Tensor, TractResult, TypedModel, TypedRunnableModel,
};
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::DimLike;

use super::file::{MOST_NUMBERS, OnnxFile};
use super::part::{PartInput, part};
use super::sizes;
use crate::error::Result;

/// A part of an ONNX graph, ready to be run on the processor. Batches go through it picture by picture, several at a
/// time where the thread's pool has several threads.
pub struct Program {
    plan: Arc<TypedRunnableModel>,
    /// The batch that it was written for.
    batch: usize,
    /// Inputs beside the first, for one batch.
    fixed: Vec<TValue>,
    /// Numbers of the first input for one picture.
    numbers: usize,
    /// Sides of the first input, the batch in front.
    shape: Vec<usize>,
    /// Sides of each output for one picture.
    outputs: Vec<Vec<usize>>,
    weights: usize,
}

/// Numbers of an input beside the first, for one picture.
#[derive(Clone, Debug)]
pub enum FixedInput {
    /// Floats.
    Floats(Vec<f32>),
    /// Whole numbers.
    Integers(Vec<i64>),
}

impl Program {
    /// Brings the part between `inputs` and `outputs` into the form that is run. The sides of inputs are those for one
    /// picture; their batch is put in front of them: 1, or `batch` where the graph bears no other.
    ///
    /// # Errors
    /// A sentence about the file: operators that are not known, sides that do not fit.
    pub fn new(
        file: &OnnxFile,
        inputs: &[PartInput],
        fixed: &[FixedInput],
        outputs: &[&str],
        batch: Option<usize>,
    ) -> Result<Self> {
        let batches = [1].into_iter().chain(batch.filter(|batch| *batch > 1));
        let mut refusal = String::new();
        for batch in batches {
            match guarded(|| Self::of_batch(file, inputs, fixed, outputs, batch)) {
                Ok(program) => return Ok(program),
                Err(why) if refusal.is_empty() => refusal = why,
                Err(_) => (),
            }
        }
        Err(file.fault(format!("it cannot be run here: {refusal}")))
    }

    fn of_batch(
        file: &OnnxFile,
        inputs: &[PartInput],
        fixed: &[FixedInput],
        outputs: &[&str],
        batch: usize,
    ) -> Result<Self, String> {
        let batched = |input: &PartInput| {
            let shape = [batch].into_iter().chain(input.shape.iter().copied()).collect();
            PartInput { shape, ..input.clone() }
        };
        let inputs: Vec<PartInput> = inputs.iter().map(batched).collect();
        let each = inputs.iter().map(|input| input.shape.iter().map(|side| *side as u64));
        let given = each.map(|sides| sides.fold(1, u64::saturating_mul)).fold(0, u64::saturating_add);
        if given > MOST_NUMBERS {
            return Err("what it is to be given does not fit into a memory".into());
        }
        let graph = part(&file.graph, &inputs, outputs)?;
        let numbers = |tensor: &TensorProto| tensor.dims.iter().map(|side| *side as usize).product::<usize>();
        let weights = graph.initializer.iter().map(numbers).sum();
        let typed = typed(file, graph).map_err(|error| short(&error))?;
        let sides = |outlet: usize| -> TractResult<Vec<usize>> {
            let fact = typed.output_fact(outlet)?;
            Ok(fact.shape.as_concrete().map(<[usize]>::to_vec).unwrap_or_default())
        };
        let mut shapes = Vec::new();
        for outlet in 0..outputs.len() {
            let shape = sides(outlet).map_err(|error| short(&error))?;
            if shape.first() != Some(&batch) {
                return Err(format!("its output has the sides {shape:?} for a batch of {batch}"));
            }
            shapes.push(shape[1..].to_vec());
        }
        let fixed = inputs[1..].iter().zip(fixed).map(|(input, values)| {
            let tensor = match values {
                FixedInput::Floats(values) => Tensor::from_shape(&input.shape, &values.repeat(batch)),
                FixedInput::Integers(values) => Tensor::from_shape(&input.shape, &values.repeat(batch)),
            };
            tensor.map(TValue::from)
        });
        let fixed = fixed.collect::<TractResult<_>>().map_err(|error| short(&error))?;
        let plan =
            typed.into_optimized().and_then(|model| model.into_runnable()).map_err(|error| short(&error))?;
        let Some(first) = inputs.first() else { return Err("nothing goes into it".into()) };
        let (numbers, shape) = (first.shape[1..].iter().product(), first.shape.clone());
        Ok(Self { plan, batch, fixed, numbers, shape, outputs: shapes, weights })
    }

    /// Sides of each output for one picture.
    pub fn outputs(&self) -> &[Vec<usize>] {
        &self.outputs
    }

    /// Numbers that its layers have learned.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// The outputs for some rows of the first input, each as the rows one after another.
    ///
    /// # Errors
    /// A sentence without the file's name; numbers that are no whole rows.
    pub fn run(&self, rows: &[f32]) -> Result<Vec<Vec<f32>>, String> {
        let count = rows.len() / self.numbers.max(1);
        let batches: Vec<&[f32]> = rows.chunks(self.numbers.max(1) * self.batch).collect();
        let results: Vec<Vec<Vec<f32>>> = batches
            .into_par_iter()
            .map(|batch| guarded(|| self.run_batch(batch)))
            .collect::<Result<_, String>>()?;
        let mut outputs: Vec<Vec<f32>> = vec![Vec::new(); self.outputs.len()];
        for result in results {
            outputs.iter_mut().zip(result).for_each(|(all, some)| all.extend(some));
        }
        for (output, shape) in outputs.iter_mut().zip(&self.outputs) {
            output.truncate(count * shape.iter().product::<usize>());
        }
        Ok(outputs)
    }

    fn run_batch(&self, rows: &[f32]) -> Result<Vec<Vec<f32>>, String> {
        let mut padded;
        let whole = self.numbers * self.batch;
        let rows = match rows.len() == whole {
            true => rows,
            false => {
                padded = rows.to_vec();
                padded.resize(whole, 0.0);
                &padded
            }
        };
        let first = Tensor::from_shape(&self.shape, rows).map_err(|error| short(&error))?;
        let mut inputs: TVec<TValue> = [TValue::from(first)].into_iter().collect();
        inputs.extend(self.fixed.iter().cloned());
        let outputs = self.plan.run(inputs).map_err(|error| short(&error))?;
        let floats = |value: TValue| -> TractResult<Vec<f32>> {
            let floats = value.cast_to::<f32>()?;
            Ok(floats.to_plain_array_view::<f32>()?.iter().copied().collect())
        };
        outputs.into_iter().map(|value| floats(value).map_err(|error| short(&error))).collect()
    }
}

/// Sides of the arrays of a graph for inputs of these sides; an array whose sides do not follow from these is left out.
///
/// # Errors
/// A sentence without the file's name.
pub fn sides_of_arrays(file: &OnnxFile, inputs: &[PartInput]) -> Result<Vec<(String, Vec<usize>)>, String> {
    guarded(|| {
        let graph = part(&file.graph, inputs, &file.outputs())?;
        let parsed = parsed(file, graph).map_err(|error| short(&error))?;
        let mut model = parsed.model;
        sizes::analyse(&mut model).map_err(|error| short(&error))?;
        let mut known = Vec::new();
        for (name, outlet) in parsed.outlets_by_name {
            let Ok(fact) = model.outlet_fact(outlet) else { continue };
            let Some(shape) = fact.shape.concretize() else { continue };
            let sides: Option<Vec<usize>> = shape.iter().map(|side| side.to_usize().ok()).collect();
            let is_float = fact.datum_type.concretize() == Some(f32::datum_type());
            known.extend(sides.filter(|_| is_float).map(|sides| (name, sides)));
        }
        Ok(known)
    })
}

fn parsed(file: &OnnxFile, graph: GraphProto) -> TractResult<tract_onnx::model::ParseResult> {
    let proto = ModelProto { graph: Some(graph), ..file.about.clone() };
    tract_onnx::onnx().parse(&proto, file.folder.to_str())
}

fn typed(file: &OnnxFile, graph: GraphProto) -> TractResult<TypedModel> {
    let mut model = parsed(file, graph)?.model;
    sizes::analyse(&mut model)?;
    let model = model.into_typed()?;
    sizes::check(&model)?;
    Ok(model)
}

/// The first and the last of what tract says, which are the layer and its fault.
fn short(error: &tract_onnx::prelude::TractError) -> String {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    match (chain.first(), chain.last()) {
        (Some(first), Some(last)) if chain.len() > 1 => format!("{first}: {last}"),
        (Some(only), _) => only.clone(),
        _ => "no reason is given".into(),
    }
}

/// The runtime's own faults are those of the file.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the runtime gave up on it".into()))
}
