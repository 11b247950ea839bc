//! What is in the cache folder, and taking it out again. Only files with names of ours are ever touched.

use std::fs::{DirEntry, File};
use std::io::{Error as IoError, ErrorKind};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::BUILDING;
use super::format::{Contents, Key, source_key};
use super::vectors::{self, VectorsKey};
use crate::data::pace::Pace;
use crate::report::{CacheReport, CachedSet, Progress, SkippedFile};
use crate::{Error, Result};

const DAY: u64 = 24 * 60 * 60;

/// Which data sets to remove; all if nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// Only what was not used for so many days.
    pub older_than_days: Option<u64>,
    /// Only what came from this folder or archive.
    pub source: Option<&'a Path>,
}

/// What the cache holds, the last used first. A folder that is not there yet holds nothing.
///
/// # Errors
/// If the folder cannot be read.
pub fn list(folder: Option<&Path>) -> Result<CacheReport> {
    let mut report = CacheReport { folder: folder.map(Path::to_owned), ..CacheReport::default() };
    for file in files(folder)? {
        let Some(key) = file.key else { continue };
        report.bytes += file.bytes;
        report.sets.push(describe(&file, key));
    }
    report.sets.sort_by_key(|set| set.days_unused);
    Ok(report)
}

fn describe(file: &OurFile, key: FileKey) -> CachedSet {
    let mut set = CachedSet {
        file: file.path.clone(),
        source: None,
        computed: None,
        image_size: 0,
        images: 0,
        bytes: file.bytes,
        days_unused: file.unused.as_secs() / DAY,
        problem: None,
    };
    let open = File::open(&file.path);
    let described = match key {
        FileKey::Squares(key) => {
            set.image_size = key.image_size as usize;
            open.and_then(|open| Contents::read(&open, key)).map(|Contents { index, .. }| {
                set.images = index.checksums.len() - index.holes.len();
                set.source = Some(index.source);
            })
        }
        FileKey::Vectors(key) => open.and_then(|open| vectors::read_index(&open, key)).map(|index| {
            set.images = index.images();
            (set.source, set.computed) = (Some(index.source), Some(index.what));
        }),
    };
    set.problem = described.err().map(|error| error.to_string());
    set
}

/// Removes data sets, and what programs that were killed have left. A program that reads one goes on
/// reading it. Tells what was removed and what is there afterwards.
///
/// # Errors
/// If the folder cannot be read. A file that cannot be removed is listed in the report.
pub fn clear(folder: Option<&Path>, choice: Choice) -> Result<CacheReport> {
    let source = choice.source.map(source_key);
    let at_least = Duration::from_secs(choice.older_than_days.unwrap_or(0).saturating_mul(DAY));
    let (mut removed, mut freed, mut failed) = (0, 0, Vec::new());
    for file in files(folder)? {
        let meant = source.is_none_or(|source| file.key.is_some_and(|key| key.source() == source));
        if !meant || file.unused < at_least {
            continue;
        }
        match std::fs::remove_file(&file.path) {
            Ok(()) => (removed, freed) = (removed + 1, freed + file.bytes),
            // Another program was faster.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let reason =
                    format!("it cannot be removed ({error}); close the program that uses it and try again");
                failed.push(SkippedFile { path: file.path, reason });
            }
        }
    }
    Ok(CacheReport { removed, freed, failed, ..list(folder)? })
}

/// Reads every row of every data set and removes those that are damaged; they are told with their
/// problem among those that are left. `observer` is called about once in 16 MB.
///
/// # Errors
/// If the folder cannot be read; [`Error::Cancelled`] when the observer broke.
pub fn verify(
    folder: Option<&Path>,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<CacheReport> {
    const REPORT: usize = 16 << 20;
    let mut report = list(folder)?;
    let total = report.sets.iter().map(|set| set.images).sum();
    let mut pace = Pace::new("Checking cached images", total, Instant::now());
    let (mut done, mut bytes) = (0, 0);
    for set in &mut report.sets {
        let checked = match (&set.problem, FileKey::of_file(&set.file)) {
            (None, Some(key)) => check(&set.file, key, &mut |row| {
                (done, bytes) = (done + 1, bytes + row.len());
                if bytes < REPORT {
                    return ControlFlow::Continue(());
                }
                bytes = 0;
                observer(pace.progress(done.min(total), Instant::now()))
            }),
            _ => Ok(ControlFlow::Continue(())),
        };
        match checked {
            Ok(ControlFlow::Break(())) => return Err(Error::Cancelled),
            Ok(ControlFlow::Continue(())) => {}
            Err(error) => set.problem = Some(error.to_string()),
        }
        if set.problem.is_some() {
            match std::fs::remove_file(&set.file) {
                Ok(()) => {
                    report.removed += 1;
                    report.freed += set.bytes;
                    report.bytes -= set.bytes;
                }
                Err(error) => report.failed.push(SkippedFile {
                    path: set.file.clone(),
                    reason: format!("it is damaged and cannot be removed ({error}); remove it by hand"),
                }),
            }
        }
    }
    if observer(pace.progress(total, Instant::now())).is_break() {
        return Err(Error::Cancelled);
    }
    Ok(report)
}

fn check(
    file: &Path,
    key: FileKey,
    look: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, IoError> {
    let file = File::open(file)?;
    match key {
        FileKey::Squares(key) => Contents::read(&file, key)?.read_rows(&file, look),
        FileKey::Vectors(key) => {
            let (index, _) = vectors::read(&file, key)?;
            Ok((0..index.images()).try_for_each(|_| look(&[])))
        }
    }
}

/// Removes the data sets of the same folder and size in its earlier states: nobody will ask for them.
/// What cannot be removed stays until it is asked for by name.
pub(super) fn remove_superseded(folder: &Path, newest: Key) {
    for file in files(Some(folder)).unwrap_or_default() {
        if let Some(FileKey::Squares(key)) = file.key
            && key != newest
            && (key.source, key.image_size) == (newest.source, newest.image_size)
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

/// Removes what programs that were killed have left unfinished.
pub(super) fn remove_abandoned(folder: &Path, age: Duration) {
    for file in files(Some(folder)).unwrap_or_default() {
        if file.key.is_none() && file.unused >= age {
            let _ = std::fs::remove_file(&file.path);
        }
    }
}

/// What a file holds, by its name.
#[derive(Clone, Copy)]
enum FileKey {
    Squares(Key),
    Vectors(VectorsKey),
}

impl FileKey {
    fn of_file(path: &Path) -> Option<Self> {
        Key::of_file(path).map(FileKey::Squares).or_else(|| VectorsKey::of_file(path).map(FileKey::Vectors))
    }

    fn source(self) -> u64 {
        match self {
            FileKey::Squares(key) => key.source,
            FileKey::Vectors(key) => key.source,
        }
    }
}

/// A file of ours in the cache folder.
struct OurFile {
    path: PathBuf,
    /// Of what is in it; `None` while it is built.
    key: Option<FileKey>,
    bytes: u64,
    /// How long ago it was read or written.
    unused: Duration,
}

fn files(folder: Option<&Path>) -> Result<Vec<OurFile>> {
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
    let building = name.starts_with(BUILDING) && name.ends_with(".tmp");
    let metadata = entry.metadata().ok()?;
    if !metadata.is_file() || (key.is_none() && !building) {
        return None;
    }
    let modified = metadata.modified().ok()?;
    let unused = SystemTime::now().duration_since(modified).unwrap_or_default();
    Some(OurFile { key, bytes: metadata.len(), unused, path })
}
