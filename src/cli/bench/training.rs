//! A real training run for the benchmarks that need one, in a folder that goes with it.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::config::{DataSource, ModelConfig, TrainConfig, defaults};
use crate::error::{Error, Result};

/// The settings of a run, and where it lives. Dropping it removes the folder.
pub struct Training {
    /// The command line's defaults, on this data.
    pub config: TrainConfig,
    /// The run's folder, which does not exist yet.
    pub out: PathBuf,
    _folder: TempDir,
}

impl Training {
    /// `model` is the default one if not given.
    pub fn new(data: DataSource, model: Option<ModelConfig>) -> Result<Self> {
        let mut config = defaults();
        config.model = model.unwrap_or(config.model);
        config.dataset.source = data;
        let folder = tempfile::tempdir().map_err(|e| Error::Invalid(format!("no temporary folder: {e}")))?;
        Ok(Self { config, out: folder.path().join("run"), _folder: folder })
    }
}
