//! Models in ONNX files, run by tract.

mod assemble;
mod code;
mod file;
mod names;
mod part;
mod probe;
mod program;
mod recognise;
mod sizes;
mod weights;

pub use file::OnnxFile;
pub use recognise::recognise;

use self::assemble::{picture_shape, program};
use super::network::Network;
use crate::config::{DecoderConfig, EncoderConfig, ImportedConfig};
use crate::error::Result;

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
    // A model in one piece is told its class and the like once.
    let extra = match &config.decoder {
        Some(decoder) if decoder.file == encoder.file => &decoder.extra,
        _ => &encoder.extra,
    };
    Ok(Box::new(program(file, (&encoder.input, shape), extra, &names)?))
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
