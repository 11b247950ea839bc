//! Models as PyTorch modules: a file of Python that needs nothing but torch, and the weights beside it.

mod source;
mod state_dict;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::weights::{self, NamedTensor};
use crate::atomic_file::{FileKind, FilesTogether};
use crate::error::Result;
use crate::models::blueprint::Blueprint;
use crate::run::checkpoint::Checkpoint;

/// Ending of the file with the weights.
const WEIGHTS: &str = "pt";

/// Writes a model as `model.py` with its weights in `model.pt` beside it. Returns both.
///
/// The module has `decode`, `encode` if the model does, and `sample`. Images are (n, channels, size, size) in [0, 1],
/// codes (n, latent_dim).
///
/// * `origin`: the checkpoint, for messages
///
/// # Errors
/// Tensors that do not fit the model; something else in the place of a file; what the system says. Nothing is
/// written unless both can be.
pub fn write_pytorch(checkpoint: &Checkpoint, origin: &Path, file: &Path) -> Result<Vec<PathBuf>> {
    let Checkpoint { meta, weights, latent, .. } = checkpoint;
    let blueprint = Blueprint::of(&meta.config.model);
    let mut tensors = weights::of_layers(blueprint.layers(), weights, origin)?;
    for tensor in &mut tensors {
        tensor.name = source::short(&tensor.name).to_owned();
    }
    for (name, values) in [("center", &latent.center), ("scale", &latent.scale)] {
        tensors.push(NamedTensor { name: name.into(), shape: vec![values.len()], values: values.clone() });
    }
    let beside = file.with_extension(WEIGHTS);
    FileKind::of(file, "such a model is", &[FileKind::Python])?;
    FileKind::of(&beside, "its weights are", &[FileKind::TorchWeights])?;
    let text = source::of(meta, &blueprint);
    let mut files = FilesTogether::default();
    files.add(&beside, FileKind::TorchWeights, |out| state_dict::write(&tensors, out))?;
    files.add(file, FileKind::Python, |out| out.write_all(text.as_bytes()))?;
    files.keep()?;
    Ok(vec![file.to_owned(), beside])
}
