//! The folder of the cache and the files in it. Only files with names of ours are ever touched.

use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy;
use tempfile::NamedTempFile;

use super::format::{SquaresKey, VectorsKey};
use crate::scratch::Names;
use crate::{Error, Result};

/// Environment variable that names another folder for the cache; if it is empty, nothing is cached.
pub const FOLDER_VARIABLE: &str = "MORPHOSPACE_CACHE_DIR";
/// Names of files that are being built.
const BUILDING: Names = Names { prefix: "building-", suffix: ".tmp" };

/// The folder for caches: what [`FOLDER_VARIABLE`] says, else `morphospace` where the system keeps the
/// caches of the user's programs. `None` if nothing is to be cached.
///
/// Unit tests cache only where they say so.
pub fn folder() -> Option<PathBuf> {
    match std::env::var_os(FOLDER_VARIABLE) {
        Some(folder) if folder.is_empty() => None,
        Some(folder) => Some(folder.into()),
        None if cfg!(test) => None,
        None => {
            let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
            Some(strategy.cache_dir().join("morphospace"))
        }
    }
}

/// Makes the folder, for its owner alone: the pictures may be private.
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A file to build in; it is gone when it is dropped before it gets its name. What programs that were killed have left
/// unfinished is cleared away: it may be gigabytes.
pub(super) fn new_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    BUILDING.clear(folder);
    BUILDING.new_file(folder, true)
}

/// Removes the data sets of the same folder and size in its earlier states: nobody will ask for them.
/// Files that cannot be removed stay until they are asked for by name.
pub(super) fn remove_superseded(folder: &Path, newest: SquaresKey) {
    for file in files(Some(folder)).unwrap_or_default() {
        if let Some(FileKey::Squares(key)) = file.key
            && key != newest
            && (key.source, key.image_size, key.alignment)
                == (newest.source, newest.image_size, newest.alignment)
        {
            let _ = std::fs::remove_file(&file.path);
        }
    }
}

/// Removes what was computed for the same purpose of the same folder in its earlier states.
pub(super) fn remove_superseded_vectors(folder: &Path, newest: VectorsKey) {
    for file in files(Some(folder)).unwrap_or_default() {
        if let Some(FileKey::Vectors(key)) = file.key
            && key != newest
            && (key.source, key.purpose) == (newest.source, newest.purpose)
        {
            let _ = std::fs::remove_file(&file.path);
        }
    }
}

/// Content of a file, by its name.
#[derive(Clone, Copy)]
pub(super) enum FileKey {
    Squares(SquaresKey),
    Vectors(VectorsKey),
}

impl FileKey {
    /// The key in a file's name; `None` for a file that is none of ours.
    pub fn of_file(path: &Path) -> Option<Self> {
        SquaresKey::of_file(path)
            .map(FileKey::Squares)
            .or_else(|| VectorsKey::of_file(path).map(FileKey::Vectors))
    }

    /// Hash of the folder's or the archive's path.
    pub fn source(self) -> u64 {
        match self {
            FileKey::Squares(key) => key.source,
            FileKey::Vectors(key) => key.source,
        }
    }
}

/// A file of ours in the cache folder.
pub(super) struct OurFile {
    /// Where it is.
    pub path: PathBuf,
    /// Of what is in it; `None` while it is built.
    pub key: Option<FileKey>,
    /// On the disk.
    pub bytes: u64,
    /// Time since it was read or written.
    pub unused: Duration,
}

/// All of them; none if there is no folder.
pub(super) fn files(folder: Option<&Path>) -> Result<Vec<OurFile>> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("open", folder))?,
    };
    Ok(entries.filter_map(|entry| our_file(&entry.ok()?)).collect())
}

/// `None` for a file that is none of ours or has just gone.
fn our_file(entry: &DirEntry) -> Option<OurFile> {
    let path = entry.path();
    let key = FileKey::of_file(&path);
    let name = path.file_name()?.to_str()?;
    let building = BUILDING.has(name);
    let metadata = entry.metadata().ok()?;
    if !metadata.is_file() || (key.is_none() && !building) {
        return None;
    }
    let modified = metadata.modified().ok()?;
    let unused = SystemTime::now().duration_since(modified).unwrap_or_default();
    Some(OurFile { key, bytes: metadata.len(), unused, path })
}
