//! Programs of the parts of a file that a reading names.

use candle_core::{Device, Tensor};

use super::file::OnnxFile;
use super::part::PartInput;
use super::program::{FixedInput, Program};
use crate::config::{ExtraInput, ExtraKind, ImportedConfig, PictureLayout};
use crate::error::Result;
use crate::models::imported::network::Network;
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

/// Sides of one picture in the order of its layout.
pub fn picture_shape(config: &ImportedConfig) -> Vec<usize> {
    let ImportedConfig { width, height, channels, .. } = *config;
    match config.layout {
        PictureLayout::ChannelsFirst => vec![channels, height, width],
        PictureLayout::ChannelsLast => vec![height, width, channels],
        PictureLayout::Flat => vec![channels * height * width],
    }
}

/// The part from an array of these sides, and the others as they are set, to the outputs.
pub fn program(
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
    let len = extra.numbers();
    match extra.kind {
        ExtraKind::OneHot => (0..len).map(|at| if at == extra.value as usize { 1.0 } else { 0.0 }).collect(),
        ExtraKind::Noise => random::standard_normal(extra.value as u64, 0, len),
        ExtraKind::Label | ExtraKind::Constant => vec![extra.value as f32; len],
    }
}
