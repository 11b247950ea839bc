//! A run on disk: `checkpoint.safetensors`, `config.json`, `history.csv`, `events.csv`, `samples/`.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::checkpoint::FILE_NAME;
use crate::atomic_file::write_atomically;
use crate::config::TrainConfig;
use crate::error::{Error, Result};

const CONFIG: &str = "config.json";
const HISTORY: &str = "history.csv";
const EVENTS: &str = "events.csv";
const SAMPLES: &str = "samples";
/// What the name of a sheet begins with; its step follows.
const SHEET: &str = "step-";

/// The folder of a run, to be read from: another program may be at work in it.
pub struct Place {
    path: PathBuf,
}

impl Place {
    /// The folder of an existing run; its checkpoint may be named instead.
    ///
    /// # Errors
    /// If there is no checkpoint in it.
    pub fn of(path: &Path) -> Result<Self> {
        let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        if !folder.join(FILE_NAME).is_file() {
            let reason = format!("no run to go on with: there is no {FILE_NAME} in it");
            return Err(Error::file(folder, reason));
        }
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Ok(Self { path: folder.to_owned() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint's file.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(FILE_NAME)
    }

    /// The history's file.
    pub fn history(&self) -> PathBuf {
        self.path.join(HISTORY)
    }

    /// The file of the changes made to settings.
    pub fn events(&self) -> PathBuf {
        self.path.join(EVENTS)
    }

    /// The file of the sheet of samples that was written after so many updates.
    pub fn sheet(&self, step: usize) -> PathBuf {
        self.path.join(SAMPLES).join(format!("{SHEET}{step:07}.png"))
    }

    /// The updates after which sheets of samples were written, rising.
    pub fn sheets(&self) -> Vec<usize> {
        let files = std::fs::read_dir(self.path.join(SAMPLES)).into_iter().flatten().flatten();
        let step = |name: &str| name.strip_prefix(SHEET)?.strip_suffix(".png")?.parse().ok();
        let mut steps: Vec<usize> =
            files.filter_map(|file| step(&file.file_name().to_string_lossy())).collect();
        steps.sort_unstable();
        steps
    }
}

/// The sheet of sample pictures that the run in a folder wrote after so many updates, if it did.
///
/// # Errors
/// If there is no run in the folder.
pub fn sheet_file(run: &Path, step: usize) -> Result<PathBuf> {
    Ok(Place::of(run)?.sheet(step))
}

/// The folder of one run, locked against other programs while this lives.
pub struct RunFolder {
    place: Place,
    /// Gives the lock back when it is closed, also when the program is killed.
    _lock: File,
}

impl RunFolder {
    /// Whether a new run may live here: there is no run yet, and nothing of somebody else's would be
    /// overwritten.
    pub fn check_free(path: &Path) -> Result<()> {
        if path.join(FILE_NAME).exists() {
            return Err(Error::file(
                path,
                "a run is already in this folder; go on with it by --resume, or choose another folder",
            ));
        }
        // A run that was killed before its first checkpoint leaves these two behind.
        let config = path.join(CONFIG);
        let ours = |text: String| serde_json::from_str::<TrainConfig>(&text).is_ok();
        let left_behind = std::fs::read_to_string(&config).is_ok_and(ours);
        if !left_behind && [config, path.join(HISTORY)].iter().any(|file| file.exists()) {
            return Err(Error::file(
                path,
                "there is a config.json or a history.csv of something else in this folder; choose another",
            ));
        }
        Ok(())
    }

    /// Makes the folder of a new run.
    ///
    /// # Errors
    /// As [`RunFolder::check_free`]; if the folder cannot be written to.
    pub fn create(path: &Path, config: &TrainConfig) -> Result<Self> {
        Self::check_free(path)?;
        std::fs::create_dir_all(path).map_err(Error::io("create the folder", path))?;
        let run = Self { place: Place { path: path.to_owned() }, _lock: lock(path)? };
        run.write_config(config)?;
        Ok(run)
    }

    /// Opens the folder of an existing run; its checkpoint may be named instead.
    ///
    /// # Errors
    /// If there is no checkpoint in it, or another program is at work in it.
    pub fn open(path: &Path) -> Result<Self> {
        let place = Place::of(path)?;
        Ok(Self { _lock: lock(&place.path)?, place })
    }

    /// Writes `config.json`, for people; what counts stands in the checkpoint.
    pub fn write_config(&self, config: &TrainConfig) -> Result<()> {
        let text = serde_json::to_string_pretty(config).map_err(|e| Error::Invalid(e.to_string()))?;
        write_atomically(&self.place.path.join(CONFIG), |file| file.write_all(text.as_bytes()))
    }

    /// The file of a sheet of samples, in a folder that is there.
    pub fn samples(&self, step: usize) -> Result<PathBuf> {
        let file = self.place.sheet(step);
        let folder = file.parent().unwrap_or(&self.place.path);
        std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
        Ok(file)
    }
}

impl std::ops::Deref for RunFolder {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(Error::io("write", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::file(folder, "another Morphospace is training in this folder; wait for it or stop it"))
        }
        Err(TryLockError::Error(source)) => Err(Error::io("lock", &path)(source)),
    }
}
