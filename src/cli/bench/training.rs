//! A real training run for the benchmarks that need one, in a folder that goes with it.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::config::{DataSource, ModelConfig, TrainConfig, defaults};
use crate::error::{Error, Result};

/// Training options, as on the command line.
#[derive(clap::Args)]
pub struct TrainingOptions {
    #[command(flatten)]
    model: ModelConfig,
    /// Images in a step
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// Images to train on
    #[arg(long, value_name = "DIR", default_value = "builtin:faces")]
    pub data: DataSource,
}

impl TrainingOptions {
    /// A run on it.
    pub fn training(&self) -> Result<Training> {
        let mut training = Training::new(self.data.clone(), Some(self.model.clone()))?;
        training.config.batch_size = self.batch_size;
        Ok(training)
    }
}

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
