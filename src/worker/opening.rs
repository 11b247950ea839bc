//! Opening models.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use candle_core::Device;
use xxhash_rust::xxh3::xxh3_64;

use super::protocol::{CHECKPOINT_FILE, ModelInfo, ModelSource};
use super::registry::{Origin, Registry};
use crate::error::{Error, Result};
use crate::models::shipped;
use crate::run::TrainedModel;
use crate::run::checkpoint::{Checkpoint, Source};

/// What a status line calls it.
pub fn label(source: &ModelSource) -> String {
    match source {
        ModelSource::Shipped(name) => shipped::title(name).unwrap_or(name).to_owned(),
        ModelSource::File(path) => short_name(path),
    }
}

/// Loads a model and registers it.
///
/// # Errors
/// A file that cannot be read or is no checkpoint of ours.
pub fn open(source: ModelSource, registry: &Registry) -> Result<ModelInfo> {
    let (origin, model) = ModelOrigin::open(&source)?;
    let title = match &source {
        ModelSource::Shipped(name) => shipped::title(name),
        ModelSource::File(_) => None,
    };
    let config = model.meta.config.model.clone();
    let info = ModelInfo {
        id: 0,
        name: title.map_or_else(|| format!("{} · {}", config.kind.label(), label(&source)), str::to_owned),
        source,
        config,
        latent: model.latent.clone(),
        steps: model.meta.steps,
        train: Some(Box::new(model.meta.config.clone())),
        parameters: model.parameters,
        devices: model.meta.devices.iter().map(|ran| ran.device.clone()).collect(),
        validation: model.meta.validation,
    };
    Ok(ModelInfo { id: registry.add_model(model, origin), ..info })
}

/// The checkpoint that a model was opened from.
pub struct ModelOrigin {
    /// For messages.
    path: PathBuf,
    content: Content,
}

enum Content {
    Shipped(&'static [u8]),
    /// Held open, because the next save of a run puts another file in its place.
    File {
        file: Mutex<File>,
        length: usize,
        hash: u64,
    },
}

impl ModelOrigin {
    fn open(source: &ModelSource) -> Result<(Self, TrainedModel)> {
        match source {
            ModelSource::Shipped(name) => {
                let unknown = || {
                    let known = shipped::names().join(", ");
                    Error::Invalid(format!("there is no model '{name}' in the program; there is {known}"))
                };
                let bytes = shipped::bytes(name).ok_or_else(unknown)?;
                Self::of(name.into(), bytes, Content::Shipped(bytes))
            }
            ModelSource::File(path) => match Checkpoint::source(path)? {
                Source::Shipped(bytes) => Self::of(path.clone(), bytes, Content::Shipped(bytes)),
                Source::File(bytes, file) => {
                    let (length, hash) = (bytes.len(), xxh3_64(&bytes));
                    let content = Content::File { file: Mutex::new(file), length, hash };
                    Self::of(path.clone(), &bytes, content)
                }
            },
        }
    }

    fn of(path: PathBuf, bytes: &[u8], content: Content) -> Result<(Self, TrainedModel)> {
        let model = TrainedModel::from_bytes(bytes, &path, &Device::Cpu)?;
        Ok((ModelOrigin { path, content }, model))
    }
}

impl Origin for ModelOrigin {
    type Item = TrainedModel;

    fn read(&self) -> Result<TrainedModel> {
        let mut bytes = Vec::new();
        let bytes = match &self.content {
            Content::Shipped(bytes) => bytes,
            Content::File { file, length, hash } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let whole = file.seek(SeekFrom::Start(0)).and_then(|_| {
                    let mut file = (&*file).take(*length as u64);
                    file.read_to_end(&mut bytes)
                });
                whole.map_err(Error::io("read the checkpoint", &self.path))?;
                if xxh3_64(&bytes) != *hash {
                    let reason = "the file has been overwritten since it was opened; open it again";
                    return Err(Error::file(&self.path, reason));
                }
                &bytes[..]
            }
        };
        TrainedModel::from_bytes(bytes, &self.path, &Device::Cpu)
    }
}

/// A run's folder gives its checkpoint the name; other files are called by their own.
fn short_name(path: &Path) -> String {
    let is_run = path.file_name().is_some_and(|name| name == CHECKPOINT_FILE);
    let named = if is_run { path.parent().filter(|p| p.file_name().is_some()) } else { None };
    let path = named.unwrap_or(path);
    let name = if path.extension().is_some_and(|e| e == "safetensors") {
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
