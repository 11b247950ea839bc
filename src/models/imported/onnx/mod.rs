//! Models in ONNX files, run by tract.

mod code;
mod file;
mod part;
mod program;
mod recognise;
mod weights;

use candle_core::{Device, Tensor};

pub use file::OnnxFile;
pub use recognise::recognise;

use self::part::PartInput;
use self::program::{FixedInput, Program};
use super::Network;
use crate::config::{DecoderConfig, EncoderConfig, ExtraInput, ExtraKind, ImportedConfig, PictureLayout};
use crate::error::{Error, Result};
use crate::random;

impl Network for Program {
    fn run(&self, input: &Tensor) -> candle_core::Result<Vec<Tensor>> {
        let rows: Vec<f32> = input.flatten_all()?.to_vec1()?;
        let n = input.dim(0)?;
        let outputs = Program::run(self, &rows).map_err(candle_core::Error::msg)?;
        let tensor = |(values, shape): (Vec<f32>, &Vec<usize>)| {
            let sides: Vec<usize> = [n].into_iter().chain(shape.iter().copied()).collect();
            Tensor::from_vec(values, sides, &Device::Cpu)
        };
        outputs.into_iter().zip(self.outputs()).map(tensor).collect()
    }

    fn parameters(&self) -> usize {
        self.weights()
    }
}

/// The encoder of a file; its outputs are those of [`CodeOutput::names`](crate::config::CodeOutput::names).
///
/// # Errors
/// A file that does not have it, or cannot be run.
pub fn encoder(
    file: &OnnxFile,
    config: &ImportedConfig,
    encoder: &EncoderConfig,
) -> Result<Box<dyn Network>> {
    let names = encoder.code.names();
    let shape = picture_shape(config);
    Ok(Box::new(program(file, (&encoder.input, shape), &encoder.extra, &names)?))
}

/// The decoder of a file, whose one output is pictures.
///
/// # Errors
/// As [`encoder`].
pub fn decoder(
    file: &OnnxFile,
    config: &ImportedConfig,
    decoder: &DecoderConfig,
) -> Result<Box<dyn Network>> {
    let shape = decoder.code_shape.clone();
    let program = program(file, (&decoder.input, shape), &decoder.extra, &[&decoder.output])?;
    let numbers: usize = program.outputs().iter().flatten().product();
    if numbers != config.picture_numbers() {
        return Err(file.fault(format!(
            "{} gives {numbers} numbers a picture; {}×{} pixels of {} channels have {}",
            decoder.output,
            config.width,
            config.height,
            config.channels,
            config.picture_numbers()
        )));
    }
    Ok(Box::new(program))
}

/// Rows of the first linear layer of a decoder, each as long as its codes; none where it begins otherwise.
pub fn first_layer(file: &OnnxFile, decoder: &DecoderConfig) -> Option<Vec<f32>> {
    weights::first_layer(file, &decoder.input, decoder.code_shape.iter().product())
}

/// Sides of one picture in the order of its layout.
fn picture_shape(config: &ImportedConfig) -> Vec<usize> {
    let ImportedConfig { width, height, channels, .. } = *config;
    match config.layout {
        PictureLayout::ChannelsFirst => vec![channels, height, width],
        PictureLayout::ChannelsLast => vec![height, width, channels],
        PictureLayout::Flat => vec![channels * height * width],
    }
}

/// The part from an array of these sides, and the others as they are set, to the outputs.
fn program(
    file: &OnnxFile,
    main: (&str, Vec<usize>),
    extra: &[ExtraInput],
    outputs: &[&str],
) -> Result<Program> {
    let arrays = file.inputs();
    let known = |name: &str| arrays.iter().find(|array| array.name == name);
    let (name, shape) = main;
    let mut inputs = vec![PartInput { name: name.to_owned(), shape, is_float: true }];
    let mut fixed = Vec::new();
    for extra in extra {
        let is_float = known(&extra.name).is_none_or(|array| array.is_float);
        inputs.push(PartInput { name: extra.name.clone(), shape: extra.shape.clone(), is_float });
        let values = extra_values(extra);
        fixed.push(match is_float {
            true => FixedInput::Floats(values),
            false => FixedInput::Integers(values.into_iter().map(|value| value as i64).collect()),
        });
    }
    let batch = known(name).and_then(|array| array.shape.first().copied().flatten());
    Program::new(file, &inputs, &fixed, outputs, batch)
}

/// Numbers of an input beside code or picture.
fn extra_values(extra: &ExtraInput) -> Vec<f32> {
    let len = extra.len();
    match extra.kind {
        ExtraKind::OneHot => (0..len).map(|at| if at == extra.value as usize { 1.0 } else { 0.0 }).collect(),
        ExtraKind::Noise => random::standard_normal(extra.value as u64, 0, len),
        ExtraKind::Label | ExtraKind::Constant => vec![extra.value as f32; len],
    }
}

/// [`Error`] for a layer or array that a part needs.
fn lacking(file: &OnnxFile, why: String) -> Error {
    file.fault(why)
}
