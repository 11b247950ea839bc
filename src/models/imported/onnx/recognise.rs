//! Recognition of ONNX files: which of its arrays are pictures and codes, and the ranges of their numbers.

use std::collections::HashMap;
use std::path::Path;

use tract_onnx::pb::GraphProto;

use super::assemble::program;
use super::code::bottleneck;
use super::file::{ArrayInfo, OPEN_SIDE, OnnxFile};
use super::names::{has_word, spread_of};
use super::part::PartInput;
use super::probe;
use super::program::{Program, sides_of_arrays};
use crate::config::{CodeOutput, DecoderConfig, EncoderConfig, ExtraInput, ExtraKind, Spread, ValueRange};
use crate::error::Result;
use crate::models::imported::network::Recognised;
use crate::models::imported::shapes::PictureShape;
use crate::random;

/// Operators that leave the range of numbers as it is.
const KEEPING: [&str; 8] =
    ["Reshape", "Transpose", "Identity", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Resize"];
/// Codes, or pictures of noise, that are drawn to see the range of a decoder's numbers.
const PROBES: usize = 8;

impl PictureShape {
    /// Numbers of a picture.
    fn numbers(&self) -> usize {
        self.width * self.height * self.channels
    }

    /// Whether pictures are of the same size.
    fn is_like(&self, other: &Self) -> bool {
        (self.width, self.height, self.channels) == (other.width, other.height, other.channels)
    }
}

/// Reads a file as its arrays and its last layers say.
///
/// # Errors
/// A file with no array that can be a picture, or no way from it to a code; with its arrays in the sentence.
pub fn recognise(file: &OnnxFile, path: &Path) -> Result<Recognised> {
    let arrays = file.inputs();
    if let Some(array) = arrays.iter().find(|array| array.is_other_float) {
        return Err(file.fault(format!(
            "{} is not in single precision; export the model in it (in PyTorch: model.float())",
            array.name
        )));
    }
    let floats: Vec<&ArrayInfo> =
        arrays.iter().filter(|array| array.is_float && array.shape.len() >= 2).collect();
    let picture = floats.iter().find_map(|array| Some((*array, PictureShape::of(&concrete(array))?)));
    let Some(main) = picture.as_ref().map(|(array, _)| *array).or_else(|| code_input(&floats)) else {
        return Err(file.fault(format!("no picture or code goes into it; {}", listed(file))));
    };
    let extra: Vec<ExtraInput> =
        arrays.iter().filter(|array| array.name != main.name).map(extra_input).collect();
    match picture {
        Some((array, shape)) => from_picture(file, path, array, shape, extra),
        None => from_code(file, path, main, extra),
    }
}

/// A generator or decoder.
fn from_code(file: &OnnxFile, path: &Path, input: &ArrayInfo, extra: Vec<ExtraInput>) -> Result<Recognised> {
    let code_shape: Option<Vec<usize>> = input.shape[1..].iter().copied().collect();
    let code_shape = code_shape.ok_or_else(|| {
        file.fault(format!(
            "it leaves open how many numbers a code has; export it with a fixed size of {}",
            input.name
        ))
    })?;
    let outputs = file.outputs();
    let all = program(file, (&input.name, code_shape.clone()), &extra, &outputs)?;
    let pictures = outputs.iter().zip(all.outputs());
    let pictures = pictures.filter_map(|(name, sides)| Some((*name, PictureShape::of(sides)?)));
    let (output, shape) = pictures.max_by_key(|(_, shape)| shape.numbers()).ok_or_else(|| {
        file.fault(format!("none of the arrays that it gives is a picture; {}", listed(file)))
    })?;
    let mut notes = vec![format!(
        "Takes codes of {} numbers ({}) and gives pictures of {shape} ({output}).",
        code_shape.iter().product::<usize>(),
        input.name
    )];
    let range = match output_range(&file.graph, output, &mut notes) {
        Some(range) => range,
        None => {
            let codes = random::standard_normal(0, 0, PROBES * code_shape.iter().product::<usize>());
            probed(file, &all, &codes, output, &mut notes)?
        }
    };
    describe_extra(&extra, &mut notes);
    let decoder = DecoderConfig {
        file: path.to_owned(),
        input: input.name.clone(),
        code_shape,
        output: output.to_owned(),
        range,
        extra,
    };
    Ok(Recognised { config: shape.config(None, Some(decoder)), notes })
}

/// An encoder, or an autoencoder in one piece.
fn from_picture(
    file: &OnnxFile,
    path: &Path,
    input: &ArrayInfo,
    shape: PictureShape,
    extra: Vec<ExtraInput>,
) -> Result<Recognised> {
    let outputs = file.outputs();
    let all = program(file, (&input.name, concrete(input)), &extra, &outputs)?;
    let sides: Vec<(&str, &Vec<usize>)> = outputs.iter().copied().zip(all.outputs()).collect();
    // A code may be a map that looks like a small picture.
    let enlarges =
        |sides: &Vec<usize>| PictureShape::of(sides).is_some_and(|o| o.numbers() > shape.numbers());
    if sides.iter().any(|(_, sides)| enlarges(sides)) {
        return from_code(file, path, input, extra);
    }
    let is_picture = |sides: &Vec<usize>| PictureShape::of(sides).is_some_and(|other| other.is_like(&shape));
    let reconstruction = sides.iter().find(|(_, sides)| is_picture(sides)).map(|(name, _)| *name);
    let codes: Vec<(&str, usize)> = sides
        .iter()
        .filter(|(_, sides)| !is_picture(sides))
        .map(|(name, sides)| (*name, sides.iter().product()))
        .filter(|(_, numbers)| (1..shape.numbers()).contains(numbers))
        .collect();
    let mut notes = vec![format!("Takes pictures of {shape} ({}).", input.name)];
    let own_code = code_outputs(&codes);
    let mut known = None;
    if let Some(output) = reconstruction {
        let sides = named_sides(file, input, &extra)?;
        let found = own_code
            .as_ref()
            .map(|code| code.names()[0].to_owned())
            .filter(|code| leads_to(file, code, &sides, output, &extra))
            .or_else(|| bottleneck(&file.graph, &input.name, output, &sides, shape.numbers()));
        let code = found.ok_or_else(|| {
            let why = "there is no code in it: no array smaller than the picture has everything go through it, as in a \
                       network with skip connections";
            file.fault(why)
        })?;
        let code_shape = sides.get(&code).map(|sides| sides[1..].to_vec()).unwrap_or_default();
        notes.push(format!(
            "Gives the picture back ({output}); its code is the array {} of {} numbers.",
            crate::text::quote(&code),
            code_shape.iter().product::<usize>()
        ));
        let range = match output_range(&file.graph, output, &mut notes) {
            Some(range) => range,
            None => {
                let pictures = random::uniform(0, 0, PROBES * shape.numbers());
                probed(file, &all, &pictures, output, &mut notes)?
            }
        };
        let decoder = DecoderConfig {
            file: path.to_owned(),
            input: code.clone(),
            code_shape,
            output: output.to_owned(),
            range,
            extra: extra.clone(),
        };
        known = Some((code, decoder));
    }
    let code = match (own_code, &known) {
        (Some(own), None) => own,
        (Some(own), Some((code, _))) if own.names()[0] == code => own,
        (_, Some((code, _))) => CodeOutput::Code(code.clone()),
        (None, None) => {
            return Err(file.fault(format!("none of the arrays that it gives is a code; {}", listed(file))));
        }
    };
    if known.is_none() {
        let numbers =
            codes.iter().find(|(name, _)| *name == code.names()[0]).map_or(0, |(_, numbers)| *numbers);
        let kind = if code.is_gaussian() { "the mean and spread of codes" } else { "codes" };
        notes.push(format!("Gives {kind} of {numbers} numbers ({}).", code.names().join(", ")));
    }
    let decoder = known.map(|(_, decoder)| decoder);
    let range = match decoder.as_ref().map(|decoder| decoder.range) {
        Some(ValueRange::Logits) | None => ValueRange::Unit,
        Some(range) => range,
    };
    describe_extra(&extra, &mut notes);
    let extra = if decoder.is_some() { Vec::new() } else { extra };
    let encoder = EncoderConfig { file: path.to_owned(), input: input.name.clone(), range, code, extra };
    Ok(Recognised { config: shape.config(Some(encoder), decoder), notes })
}

/// Arrays that hold codes, by their names and sizes.
fn code_outputs(codes: &[(&str, usize)]) -> Option<CodeOutput> {
    let spread = |name: &str| spread_of(name);
    if let Some((wide, numbers)) = codes.iter().find(|(name, _)| spread(name).is_some()) {
        let means = || codes.iter().filter(|(name, count)| count == numbers && name != wide);
        let named = means().find(|(name, _)| has_word(name, &["mu", "mean", "loc"]));
        if let (Some((mu, _)), Some(kind)) = (named.or_else(|| means().next()), spread(wide)) {
            return Some(CodeOutput::Gaussian { mu: (*mu).into(), spread: (*wide).into(), kind });
        }
    }
    // Two heads of one size whose names say nothing are mean and logarithm of the variance.
    if let [(first, a), (second, b)] = codes
        && a == b
    {
        let kind = Spread::LogVariance;
        return Some(CodeOutput::Gaussian { mu: (*first).into(), spread: (*second).into(), kind });
    }
    codes.first().map(|(name, _)| CodeOutput::Code((*name).into()))
}

/// Whether the reconstruction can be computed from this array alone.
fn leads_to(
    file: &OnnxFile,
    code: &str,
    sides: &HashMap<String, Vec<usize>>,
    output: &str,
    extra: &[ExtraInput],
) -> bool {
    let Some(shape) = sides.get(code) else { return false };
    program(file, (code, shape[1..].to_vec()), extra, &[output]).is_ok()
}

fn named_sides(
    file: &OnnxFile,
    input: &ArrayInfo,
    extra: &[ExtraInput],
) -> Result<HashMap<String, Vec<usize>>> {
    let arrays = file.inputs();
    let extra = extra.iter().map(|extra| PartInput {
        name: extra.name.clone(),
        shape: extra.shape.clone(),
        is_float: arrays.iter().any(|array| array.name == extra.name && array.is_float),
    });
    let main = PartInput { name: input.name.clone(), shape: concrete(input), is_float: true };
    let batched = [main].into_iter().chain(extra).map(|mut input| {
        input.shape.insert(0, 1);
        input
    });
    let inputs: Vec<PartInput> = batched.collect();
    let sides = sides_of_arrays(file, &inputs)
        .map_err(|why| file.fault(format!("the sizes of its arrays do not follow from its layers: {why}")))?;
    Ok(sides.into_iter().filter(|(_, sides)| sides.first() == Some(&1)).collect())
}

/// The input that is the code: one that is called so, else the longest vector.
fn code_input<'a>(floats: &[&'a ArrayInfo]) -> Option<&'a ArrayInfo> {
    let numbers =
        |array: &ArrayInfo| array.shape[1..].iter().map(|side| side.unwrap_or(1)).product::<usize>();
    let is_class =
        |array: &ArrayInfo| has_word(&array.name, &["class", "label", "labels", "y", "c", "cond", "noise"]);
    let vectors = || floats.iter().copied().filter(|array| !is_class(array));
    vectors()
        .find(|array| has_word(&array.name, &["z", "latent", "latents", "code"]))
        .or_else(|| vectors().max_by_key(|array| numbers(array)))
        .or_else(|| floats.iter().copied().max_by_key(|array| numbers(array)))
}

/// Sides for one picture, with [`OPEN_SIDE`] where they are left open.
fn concrete(array: &ArrayInfo) -> Vec<usize> {
    array.shape.iter().skip(1).map(|side| side.unwrap_or(OPEN_SIDE)).collect()
}

/// Meaning of an input beside code or picture, by its type and size.
fn extra_input(array: &ArrayInfo) -> ExtraInput {
    let shape: Vec<usize> = array.shape.iter().skip(1).map(|side| side.unwrap_or(1)).collect();
    let len: usize = shape.iter().product();
    let kind = match (array.is_float, shape.len()) {
        (false, _) => ExtraKind::Label,
        (true, 1) if len > 1 => ExtraKind::OneHot,
        (true, 2..) if len > 1 => ExtraKind::Noise,
        (true, _) => ExtraKind::Constant,
    };
    let value = if kind == ExtraKind::Constant { 1.0 } else { 0.0 };
    ExtraInput { name: array.name.clone(), shape, kind, value }
}

fn describe_extra(extra: &[ExtraInput], notes: &mut Vec<String>) {
    for ExtraInput { name, kind, .. } in extra {
        notes.push(format!("Is given {} beside it ({}).", crate::text::quote(name), kind.label()));
    }
}

/// The range that the last layer with a bounded output says.
fn output_range(graph: &GraphProto, output: &str, notes: &mut Vec<String>) -> Option<ValueRange> {
    let mut name = output;
    // A damaged file can lead in a circle.
    for _ in 0..graph.node.len() {
        let node = graph.node.iter().find(|node| node.output.iter().any(|made| made == name))?;
        let range = match node.op_type.as_str() {
            "Sigmoid" => ValueRange::Unit,
            "Tanh" => ValueRange::Signed,
            op if KEEPING.contains(&op) => {
                name = node.input.first()?;
                continue;
            }
            _ => return None,
        };
        notes.push(format!("Its pictures are in {}, since it ends in {}.", range.label(), node.op_type));
        return Some(range);
    }
    None
}

/// The range that the pictures have which a program that gives all outputs makes of `inputs`.
fn probed(
    file: &OnnxFile,
    all: &Program,
    inputs: &[f32],
    output: &str,
    notes: &mut Vec<String>,
) -> Result<ValueRange> {
    let values = all.run(inputs).map_err(|why| file.fault(format!("it cannot be run here: {why}")))?;
    let place = file.outputs().iter().position(|name| *name == output);
    Ok(probe::range(place.and_then(|place| values.get(place)).map_or(&[], Vec::as_slice), notes))
}

/// The arrays of a file, for people.
fn listed(file: &OnnxFile) -> String {
    let sides = |shape: &[Option<usize>]| {
        let sides = shape.iter().map(|side| side.map_or("n".to_owned(), |side| side.to_string()));
        sides.collect::<Vec<_>>().join(" × ")
    };
    let inputs: Vec<String> =
        file.inputs().iter().map(|array| format!("{} ({})", array.name, sides(&array.shape))).collect();
    format!("it takes {} and gives {}", inputs.join(", "), file.outputs().join(", "))
}
