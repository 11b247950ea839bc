//! The place of the runtime of ONNX where the program is built without it: no file can be read.

use std::path::Path;

use super::network::{Network, Recognised};
use crate::config::{DecoderConfig, EncoderConfig, ImportedConfig};
use crate::error::{Error, Result};

/// An ONNX file, of which there is none.
pub enum OnnxFile {}

impl OnnxFile {
    /// Refuses a file.
    ///
    /// # Errors
    /// Always.
    pub fn read(path: &Path) -> Result<Self> {
        Err(Error::file(
            path,
            "this program was built without the runtime for ONNX; build it with its feature `onnx`, which is on by \
             default",
        ))
    }

    /// Names of the arrays that it gives.
    pub fn outputs(&self) -> Vec<&str> {
        match *self {}
    }
}

/// Reads a file as its arrays and its last layers say.
pub fn recognise(file: &OnnxFile, _: &Path) -> Result<Recognised> {
    match *file {}
}

/// The encoder of a file.
pub fn encoder(file: &OnnxFile, _: &ImportedConfig, _: &EncoderConfig) -> Result<Box<dyn Network>> {
    match *file {}
}

/// The decoder of a file.
pub fn decoder(file: &OnnxFile, _: &ImportedConfig, _: &DecoderConfig) -> Result<Box<dyn Network>> {
    match *file {}
}

/// Rows of the first linear layer of a decoder.
pub fn first_layer(file: &OnnxFile, _: &DecoderConfig) -> Option<Vec<f32>> {
    match *file {}
}
