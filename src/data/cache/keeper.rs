//! Listing, checking and clearing what is in the cache folder.

use std::fs::File;
use std::io::{Error as IoError, ErrorKind};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use super::files::{FileKey, OurFile, files};
use super::format::{Contents, SquaresKey, source_key};
use super::vectors;
use crate::config::{ALIGNED, Alignment};
use crate::data::pace::ProgressMeter;
use crate::data::source::Source;
use crate::data::threads::threads;
use crate::report::{CacheReport, CachedSet, Progress, SkippedFile};
use crate::{Error, Result};

const DAY: u64 = 24 * 60 * 60;

/// The data sets to remove; all if nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct CacheFilter<'a> {
    /// Only what was not used for so many days.
    pub older_than_days: Option<u64>,
    /// Only what came from this folder or archive.
    pub source: Option<&'a Path>,
}

/// Content of the cache, the last used first. A folder that is not there yet holds nothing.
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
                set.source = Some(match key.alignment {
                    Alignment::None => index.source,
                    Alignment::Face => format!("{ALIGNED}{}", index.source),
                });
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
pub fn clear(folder: Option<&Path>, choice: CacheFilter) -> Result<CacheReport> {
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

/// Reads every row of every data set, compares it with all that is in its folder if that is there, and removes
/// those that are damaged or of other files than lie there now; they are told with their problem among those that
/// are left. `observer` is called about once in 16 MB.
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
    let mut pace = ProgressMeter::new("Checking cached images", total, Instant::now());
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
            Ok(ControlFlow::Continue(())) => set.problem = outdated(&set.file, observer)?,
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
                    reason: format!("it is of no use and cannot be removed ({error}); remove it by hand"),
                }),
            }
        }
    }
    if observer(pace.progress(total, Instant::now())).is_break() {
        return Err(Error::Cancelled);
    }
    Ok(report)
}

/// Change of the files that a sound data set was made of, if they are there and not the same.
fn outdated(file: &Path, observer: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Option<String>> {
    let known = File::open(file).ok().zip(FileKey::of_file(file)).and_then(|(open, key)| match key {
        FileKey::Squares(key) => {
            Contents::read(&open, key).ok().map(|c| (c.index.source, Some(c.index.evidence)))
        }
        FileKey::Vectors(key) => {
            vectors::read_index(&open, key).ok().map(|index| (index.source, index.evidence))
        }
    });
    let Some((path, Some(evidence))) = known else { return Ok(None) };
    let mut source = match Source::open(Path::new(&path), observer) {
        Ok(source) => source,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        // Away for a while, perhaps.
        Err(_) => return Ok(None),
    };
    let is_listed_so = match FileKey::of_file(file) {
        Some(FileKey::Squares(key)) => {
            source = source.aligned(key.alignment);
            SquaresKey::new(&source, key.image_size as usize) == key
        }
        Some(FileKey::Vectors(key)) => SquaresKey::new(&source, 0).listing == key.content,
        None => true,
    };
    if !is_listed_so {
        return Ok(Some(format!("{path} has changed since; it is read anew when it is needed")));
    }
    Ok(match evidence.is_of(&source, &threads()?, observer)? {
        true => None,
        false => Some(format!("pictures in {path} were replaced by others of the same name, size and time")),
    })
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
