//! Opening models.

use std::path::Path;

use super::origin::ModelOrigin;
use super::protocol::{CHECKPOINT_FILE, ModelInfo, ModelSource};
use super::registry::Registry;
use crate::error::Result;
use crate::models::shipped;
use crate::run::file_kind::is_imported;

/// Name in the status line.
pub fn label(source: &ModelSource) -> String {
    match source {
        ModelSource::Shipped(name) => shipped::title(name).unwrap_or(name).to_owned(),
        ModelSource::File(path) => short_name(path),
    }
}

/// Loads a model with its directions and registers it; with a sentence about directions that cannot be read.
///
/// # Errors
/// A file that cannot be read or is no checkpoint of ours.
pub fn open(source: ModelSource, registry: &Registry) -> Result<(ModelInfo, Option<String>)> {
    let (origin, model) = ModelOrigin::open(&source)?;
    let title = match &source {
        ModelSource::Shipped(name) => shipped::title(name),
        ModelSource::File(_) => None,
    };
    let config = model.meta.config.model.clone();
    let (directions, warning) = origin.sidecar().read(config.latent_dim);
    let info = ModelInfo {
        id: 0,
        name: title.map_or_else(|| format!("{} · {}", config.label(), label(&source)), str::to_owned),
        source,
        latent: model.latent.clone(),
        prior: model.meta.prior.clone(),
        steps: model.meta.steps,
        train: config.imported.is_none().then(|| Box::new(model.meta.config.clone())),
        parameters: model.parameters,
        devices: model.meta.devices.iter().map(|ran| ran.device.clone()).collect(),
        validation: model.meta.validation,
        directions,
        config,
    };
    Ok((ModelInfo { id: registry.add_model(model, origin), ..info }, warning))
}

/// A run's folder gives its checkpoint the name; other files are called by their own.
fn short_name(path: &Path) -> String {
    let is_run = path.file_name().is_some_and(|name| name == CHECKPOINT_FILE);
    let named = if is_run { path.parent().filter(|p| p.file_name().is_some()) } else { None };
    let path = named.unwrap_or(path);
    let name = if path.extension().is_some_and(|e| e == "safetensors") || is_imported(path) {
        path.file_stem()
    } else {
        path.file_name()
    };
    name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_called_after_its_run() {
        for (path, name) in [
            ("runs/faces/checkpoint.safetensors", "faces"),
            ("runs/faces.v2", "faces.v2"),
            ("best.safetensors", "best"),
            ("checkpoint.safetensors", "checkpoint"),
            ("/checkpoint.safetensors", "checkpoint"),
            ("..", ".."),
        ] {
            assert_eq!(short_name(Path::new(path)), name, "{path}");
        }
    }
}
