//! Files of the program's own models, and of others'.

use std::path::Path;

use super::file_header::read_header;
use crate::models::imported::has_model_ending;

/// Name of the text that a checkpoint of this program carries.
pub const METADATA_KEY: &str = "morphospace";

/// Whether a file is a model of another program: it is called so, or it holds tensors and nothing of ours.
pub fn is_imported(path: &Path) -> bool {
    let is_safetensors = || path.extension().is_some_and(|ending| ending == "safetensors") && path.is_file();
    (has_model_ending(path) && !path.is_dir())
        || (is_safetensors() && read_header(path).is_ok_and(|header| !is_ours(&header)))
}

/// Whether a file with this header is a checkpoint of this program.
pub fn is_ours(header: &safetensors::tensor::Metadata) -> bool {
    header.metadata().as_ref().is_some_and(|texts| texts.contains_key(METADATA_KEY))
}
