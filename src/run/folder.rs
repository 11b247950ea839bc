//! A run on disk: `checkpoint.safetensors`, `config.json`, `history.csv`, `events.csv`, `samples/`.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checkpoint::{FILE_NAME, Meta};
use crate::atomic_file::{FileKind, write_atomically};
use crate::config::TrainConfig;
use crate::data::run_folders::CONFIG;
use crate::error::{Error, Result};
use crate::scratch::ScratchFolder;

const HISTORY: &str = "history.csv";
const EVENTS: &str = "events.csv";
const SAMPLES: &str = "samples";
/// Prefix of the name of a sheet; its step follows.
const SHEET: &str = "step-";
const LOCK: &str = ".lock";

/// Settings in `config.json`.
#[derive(Clone, Serialize, Deserialize)]
struct ConfigFile {
    #[serde(flatten)]
    config: TrainConfig,
    /// The run that this one begins from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forked_from: Option<PathBuf>,
}

impl ConfigFile {
    /// None where there is no such file, or it is something else.
    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(CONFIG)).ok()?).ok()
    }
}

/// The folder of a run, to be read from: another program may be at work in it.
pub struct RunPaths {
    path: PathBuf,
}

impl RunPaths {
    /// The folder of an existing run; its checkpoint may be named instead.
    ///
    /// # Errors
    /// If there is neither a checkpoint in it nor the settings of a run that was ended before its first.
    pub fn of(path: &Path) -> Result<Self> {
        let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if folder.join(FILE_NAME).is_file() {
            return Ok(Self { path: folder.to_owned() });
        }
        match ConfigFile::read(folder) {
            None => {
                let reason = format!("no run to go on with: there is no {FILE_NAME} in it");
                Err(Error::file(folder, reason))
            }
            Some(ConfigFile { forked_from: Some(from), .. }) => Err(Error::file(
                folder,
                format!(
                    "this run was to begin from {} and was ended before it was saved; fork that one again",
                    from.display()
                ),
            )),
            Some(ConfigFile { forked_from: None, .. }) => Ok(Self { path: folder.to_owned() }),
        }
    }

    /// Whether a run has left something in a folder that it could go on from.
    pub fn is_run(folder: &Path) -> bool {
        folder.join(FILE_NAME).is_file() || ConfigFile::read(folder).is_some()
    }

    /// Metadata of the run's checkpoint, or, where it was ended before its first, its settings. The number of
    /// updates is that of the settings: a run that goes on for longer says so there before it is saved.
    ///
    /// # Errors
    /// A checkpoint that cannot be read; settings that make no sense.
    pub fn meta(&self) -> Result<Meta> {
        let written = ConfigFile::read(&self.path).map(|written| written.config);
        let invalid = |reason| Error::file(&self.path.join(CONFIG), reason);
        if self.checkpoint().is_file() {
            let mut meta = Meta::read(&self.checkpoint())?;
            if let Some(config) = written.filter(|config| config.steps >= meta.steps) {
                meta.config.steps = config.steps;
            }
            return Ok(meta);
        }
        let config = written.ok_or_else(|| invalid("these are no settings of a run".to_owned()))?;
        config.validate().map_err(invalid)?;
        Ok(Meta::new(config, 0, String::new()))
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

/// Whether a program is training in a folder. It must not be asked by one that does not want to train there itself:
/// for a moment it keeps others out.
pub fn is_in_use(folder: &Path) -> bool {
    let lock = File::options().write(true).open(folder.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

/// The sheet of sample pictures that the run in a folder wrote after so many updates, if it did.
///
/// # Errors
/// If there is no run in the folder.
pub fn sheet_file(run: &Path, step: usize) -> Result<PathBuf> {
    Ok(RunPaths::of(run)?.sheet(step))
}

/// The folder of one run, locked against other programs while this lives.
pub struct RunFolder {
    place: RunPaths,
    /// Gives the lock back when it is closed, also when the program is killed.
    lock: File,
    written: Option<ConfigFile>,
    /// Removes the folder at the end, where what is in it is nobody's.
    _scratch: Option<ScratchFolder>,
}

/// State of a run's folder since it was looked at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderState {
    /// Nothing.
    Same,
    /// It was gone and has been made again; what else was in it is lost.
    MadeAgain,
    /// It is away, as on a disk that was taken out. Nothing can be written to it for now.
    Away,
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
        // A run that was killed before its first checkpoint leaves these two behind, or its lock and one of them.
        let config = path.join(CONFIG);
        let left_behind = ConfigFile::read(path).is_some() || (!config.exists() && path.join(LOCK).exists());
        if !left_behind && [config, path.join(HISTORY)].iter().any(|file| file.exists()) {
            return Err(Error::file(
                path,
                "there is a config.json or a history.csv of something else in this folder; choose another",
            ));
        }
        Ok(())
    }

    /// Makes the folder of a new run. It is none that can be gone on with before its settings are
    /// [written](RunFolder::write_config).
    ///
    /// # Errors
    /// As [`RunFolder::check_free`]; if the folder cannot be written to.
    pub fn create(path: &Path) -> Result<Self> {
        Self::check_free(path)?;
        std::fs::create_dir_all(path).map_err(Error::io("create the folder", path))?;
        let lock = lock(path)?;
        Ok(Self { place: RunPaths { path: path.to_owned() }, lock, written: None, _scratch: None })
    }

    /// A folder for the few lines of a rank whose run another one writes. It goes away with this.
    ///
    /// # Errors
    /// If the system has no room for temporary files.
    pub fn scratch() -> Result<Self> {
        let folder = ScratchFolder::new()?;
        let own = Self::create(folder.path())?;
        Ok(Self { _scratch: Some(folder), ..own })
    }

    /// Opens the folder of an existing run; its checkpoint may be named instead.
    ///
    /// # Errors
    /// If there is no run in it, or another program is at work in it.
    pub fn open(path: &Path) -> Result<Self> {
        let place = RunPaths::of(path)?;
        Ok(Self { lock: lock(&place.path)?, place, written: None, _scratch: None })
    }

    /// Writes `config.json`, by which the run can be begun again until there is a checkpoint; then what counts stands
    /// there. `forked_from` is the run that it begins from.
    pub fn write_config(&mut self, config: &TrainConfig, forked_from: Option<&Path>) -> Result<()> {
        self.written =
            Some(ConfigFile { config: config.clone(), forked_from: forked_from.map(Path::to_owned) });
        self.write_settings()
    }

    fn write_settings(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.written).map_err(|e| Error::Invalid(e.to_string()))?;
        write_atomically(&self.place.path.join(CONFIG), FileKind::Own, |file| file.write_all(text.as_bytes()))
    }

    /// The file of a sheet of samples, in a folder that is there.
    pub fn samples(&self, step: usize) -> Result<PathBuf> {
        let file = self.place.sheet(step);
        let folder = file.parent().unwrap_or(&self.place.path);
        match std::fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(Error::io("create the folder", folder)(error))
            }
            _ => Ok(file),
        }
    }

    /// Sees whether the folder is still this run's, and makes it again if somebody has removed it. To be called
    /// before anything is written.
    ///
    /// # Errors
    /// If another run has begun in its place; a folder that cannot be made again.
    pub fn keep(&mut self) -> Result<FolderState> {
        let path = &self.place.path;
        match is_of(&self.lock, &path.join(LOCK)) {
            Ok(true) => return Ok(FolderState::Same),
            Ok(false) => {
                return Err(Error::file(
                    path,
                    "this folder was taken away while a run went on in it, and another one has begun there. The one \
                     that went on ends here, so that it does not write over the other",
                ));
            }
            Err(_) => (),
        }
        match std::fs::create_dir(path) {
            Ok(()) => (),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => (),
            Err(_) => return Ok(FolderState::Away),
        }
        self.lock = lock(path)?;
        self.write_settings()?;
        Ok(FolderState::MadeAgain)
    }
}

/// Whether a path leads to an open file.
///
/// # Errors
/// If it leads nowhere.
#[cfg(unix)]
fn is_of(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (file, there) = (file.metadata()?, std::fs::metadata(path)?);
    Ok((file.dev(), file.ino()) == (there.dev(), there.ino()))
}

/// Elsewhere a file that is open stays where it is.
#[cfg(not(unix))]
fn is_of(_: &File, path: &Path) -> std::io::Result<bool> {
    std::fs::metadata(path).map(|_| true)
}

impl std::ops::Deref for RunFolder {
    type Target = RunPaths;

    fn deref(&self) -> &RunPaths {
        &self.place
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(Error::io("write", &path))?;
    match file.try_lock() {
        // Unless somebody has just taken it away.
        Ok(()) if !is_of(&file, &path).unwrap_or_default() => lock(folder),
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::file(folder, "another Morphospace is training in this folder; wait for it or stop it"))
        }
        Err(TryLockError::Error(source)) => Err(Error::io("lock", &path)(source)),
    }
}
