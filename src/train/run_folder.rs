//! A run on disk: `checkpoint.safetensors`, `config.json`, `history.csv`, `samples/`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::checkpoint::FILE_NAME;
use crate::atomic_file::write_atomically;
use crate::config::TrainConfig;
use crate::error::{Error, Result};

/// The folder of one run.
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder of a new run; refuses one in which a run already lives.
    pub fn create(path: &Path, config: &TrainConfig) -> Result<Self> {
        let run = Self { path: path.to_owned() };
        if run.checkpoint().exists() {
            return Err(Error::file(
                path,
                "a run is already in this folder; go on with it by --resume, or choose another folder",
            ));
        }
        let samples = run.path.join("samples");
        std::fs::create_dir_all(&samples).map_err(Error::io("create the folder", &samples))?;
        run.write_config(config)?;
        Ok(run)
    }

    /// Opens the folder of an existing run.
    pub fn open(path: &Path) -> Result<Self> {
        let run = Self { path: path.to_owned() };
        if !run.checkpoint().is_file() {
            return Err(Error::file(path, "no run to go on with: there is no checkpoint.safetensors in it"));
        }
        Ok(run)
    }

    /// Writes `config.json`, for people; what counts stands in the checkpoint.
    pub fn write_config(&self, config: &TrainConfig) -> Result<()> {
        let text = serde_json::to_string_pretty(config).map_err(|e| Error::Invalid(e.to_string()))?;
        write_atomically(&self.path.join("config.json"), |file| file.write_all(text.as_bytes()))
    }

    /// The checkpoint's file.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(FILE_NAME)
    }

    /// The history's file.
    pub fn history(&self) -> PathBuf {
        self.path.join("history.csv")
    }

    /// The file of a sheet of samples.
    pub fn samples(&self, step: usize) -> PathBuf {
        self.path.join("samples").join(format!("step-{step:07}.png"))
    }
}
