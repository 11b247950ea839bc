//! The tensors in a file of weights from elsewhere.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use candle_core::{Device, Tensor};

use crate::error::{Error, Result, without_backtrace};
use crate::memory;
use crate::models::torch_file;

/// Files of more bytes are refused before they are read: Inception's have 96 MB.
const MOST_BYTES: u64 = 2 << 30;

/// The bytes of a file of weights.
///
/// # Errors
/// If it cannot be read or is too long.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(path).map_err(Error::io("read", path))?;
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Err(Error::file(path, "this is no file of weights; give a .safetensors or .pth file"));
    }
    let mut bytes = memory::with_room(usize::try_from(metadata.len()).unwrap_or(usize::MAX), "this file")
        .map_err(|error| Error::file(path, error.to_string()))?;
    let file = File::open(path).map_err(Error::io("read", path))?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}

/// The tensors in a `.safetensors` or `.pth` file, by name. What it is says the content, not the name.
///
/// # Errors
/// A sentence that names the file, if it is neither or damaged.
pub fn tensors(bytes: &[u8], path: &Path) -> Result<HashMap<String, Tensor>> {
    if torch_file::is_torch_file(bytes) {
        return torch_file::tensors(bytes).map_err(|error| Error::file(path, error.to_string()));
    }
    memory::require(bytes.len() as u64, "this file").map_err(|error| Error::file(path, error.to_string()))?;
    candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(|error| {
        let reason = without_backtrace(&error);
        Error::file(
            path,
            format!("this is neither a .safetensors nor a .pth file of weights, or it is damaged ({reason})"),
        )
    })
}

/// Says that the tensors of a file are not those of Inception.
pub fn not_inception(path: &Path, error: &candle_core::Error) -> Error {
    let reason = without_backtrace(error);
    Error::file(
        path,
        format!(
            "these are not the weights of the FID's Inception-v3: {reason}. The standard ones are \
             pytorch-fid's pt_inception-2015-12-05-6726825d.pth"
        ),
    )
}
