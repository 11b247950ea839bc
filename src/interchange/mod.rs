//! Models for other programs: ONNX, and PyTorch modules with their weights.

mod about;
mod onnx;
mod pytorch;
mod weights;

use std::path::{Path, PathBuf};

pub use onnx::write_onnx;
pub use pytorch::write_pytorch;

/// `model.onnx` with `decoder` is `model.decoder.onnx`.
fn with_part(file: &Path, part: &str, ending: &str) -> PathBuf {
    // Of bytes rather than text: names of files may be no valid text.
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    for piece in [".", part, ".", ending] {
        name.push(piece);
    }
    file.with_file_name(name)
}
