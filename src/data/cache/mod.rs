//! Data sets that were read once are kept as files of packed squares, so that the next time they are
//! there at once and the images need not fit into memory.
//!
//! A file is named after what it holds ([`SquaresKey`]: path, names, lengths and times of all files, image
//! size): when an image comes, goes or changes, there is no file of that name yet and a new one is made,
//! which takes the place of those of the folder's earlier states. Whether files of the same names, lengths
//! and times are the same, [`evidence`] tells. It is built under a name of its own
//! and renamed, so that a reader sees a whole file or none, and of two programs that build the same one
//! the last wins with equal bytes; nobody waits for a lock. It is not flushed to the disk: what a power
//! cut leaves undone, the checksums tell. What is damaged is made anew; what cannot be written is kept
//! in memory.

mod digits;
mod evidence;
mod files;
mod format;
pub mod keeper;
mod packed;
pub mod vectors;

use std::fs::File;
use std::io::{Error as IoError, ErrorKind};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::SystemTime;

use rayon::ThreadPool;
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use crate::Result;
use crate::data::fingerprint::Fingerprint;
use crate::data::identity::identities;
use crate::data::ingest::{Takers, Unread, squares};
use crate::data::positioned::write_all_at;
use crate::data::source::Source;
use crate::ranks::{Ranks, joined};
use crate::report::Progress;
use crate::scratch::persist;
use evidence::{Evidence, EvidenceRecorder, Freshness};
pub use files::{FOLDER_VARIABLE, folder};
use files::{make_folder, new_file, remove_superseded};
use format::{Contents, SquaresIndex, SquaresKey, canonical, row_bytes, row_offset};
pub(super) use packed::Packed;

/// A data set's squares, mapped.
pub(super) struct Cached {
    pub packed: Packed,
    /// The files that could not be read, by their place in the listing, ascending.
    pub unread: Vec<(usize, Unread)>,
    pub fingerprint: String,
    /// Trouble when it was built, for people to read.
    pub note: Option<String>,
}

impl Cached {
    fn new(path: &Path, file: &File, contents: Contents, note: Option<String>) -> std::io::Result<Self> {
        let packed = Packed::map(path, file, &contents)?;
        let SquaresIndex { holes, fingerprint, .. } = contents.index;
        Ok(Cached { packed, unread: holes, fingerprint, note })
    }
}

/// The squares of `source` if they are in the cache.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) when the observer broke. The inner error is that of a file that is
/// damaged or cannot be read.
pub(super) fn open(
    folder: &Path,
    source: &Source,
    image_size: usize,
    threads: &ThreadPool,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<std::io::Result<Option<Cached>>> {
    let key = SquaresKey::new(source, image_size);
    let path = folder.join(key.file_name());
    let contents = File::open(&path).and_then(|file| {
        let contents = Contents::read(&file, key)?;
        match contents.index.checksums.len() == source.images().len() {
            true => Ok((file, contents)),
            false => Err(IoError::new(ErrorKind::InvalidData, "it holds another number of images")),
        }
    });
    let (file, mut contents) = match contents {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ok(None)),
        Err(error) => return Ok(Err(error)),
        Ok(contents) => contents,
    };
    match contents.index.evidence.check(source, threads, observer)? {
        Freshness::Holds => {}
        Freshness::HoldsWith(evidence) => {
            contents.index.evidence = evidence;
            // Where that cannot be noted, the files will be compared once more. A reader that comes between the
            // parts of it finds the index damaged and reads the images.
            let _ = File::options().write(true).open(&path).and_then(|file| contents.write(&file));
        }
        Freshness::Stale => return Ok(Ok(None)),
    }
    // What the system refused then it may give now, with no trace of that in a file's time.
    let refused = contents.index.holes.iter().filter(|(_, unread)| unread.refused);
    if refused.map(|(hole, _)| *hole).any(|hole| source.read(&source.images()[hole]).is_ok()) {
        return Ok(Ok(None));
    }
    // Its time says when it was last of use; where that cannot be noted it seems to be older.
    let _ = file.set_modified(SystemTime::now());
    Ok(Cached::new(&path, &file, contents, None).map(Some))
}

/// Reads all images of `source` into a new file of the cache; processes that share a job share the reading, and each
/// makes the file, which is one where they share a disk.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) when the observer broke. The inner error is that of
/// writing the file. Neither leaves anything behind.
pub(super) fn build(
    folder: &Path,
    source: &Source,
    image_size: usize,
    threads: &ThreadPool,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<std::io::Result<Cached>> {
    let file = make_folder(folder).and_then(|()| new_file(folder));
    let ranks = joined();
    // Processes read together if all of them have a place to keep what they read.
    let ranks = if ranks.any(file.is_err()) { Ranks::alone() } else { ranks };
    let file = match file {
        Ok(file) => file,
        Err(error) => return Ok(Err(error)),
    };
    let keep = |number: usize, square: &[u8]| {
        write_all_at(file.as_file(), square, row_offset(number, square.len()))?;
        Ok(xxh3_64(square))
    };
    let recorder = EvidenceRecorder::new(source.images().len(), SquaresKey::new(source, image_size).listing);
    let see = |file: usize, bytes: &[u8]| recorder.digest(file, bytes);
    let note = |file: usize, digest| recorder.note(file, digest);
    let takers = Takers { see, note, keep };
    let outcomes = match ranks.together(|| squares(threads, source, image_size, observer, takers))? {
        Ok(outcomes) => outcomes,
        Err(error) => return Ok(Err(error)),
    };
    Ok(finish(folder, source, image_size, file, outcomes, recorder.evidence(source)))
}

/// Puts header and index around the rows and gives the file its name.
fn finish(
    folder: &Path,
    source: &Source,
    image_size: usize,
    file: NamedTempFile,
    outcomes: Vec<Result<u64, Unread>>,
    evidence: Evidence,
) -> std::io::Result<Cached> {
    let images = source.images().iter().zip(&outcomes);
    let names = images.filter(|(_, outcome)| outcome.is_ok()).map(|(image, _)| image.name.as_str());
    let mut fingerprint = Fingerprint::new(image_size, &identities(names));
    let mut index = SquaresIndex {
        source: canonical(source.path()).display().to_string(),
        fingerprint: String::new(),
        checksums: outcomes.iter().map(|outcome| *outcome.as_ref().unwrap_or(&0)).collect(),
        holes: Vec::new(),
        evidence,
    };
    for (number, outcome) in outcomes.into_iter().enumerate() {
        index.holes.extend(outcome.err().map(|unread| (number, unread)));
    }
    let is_empty = index.holes.len() == index.checksums.len();
    let mut contents = Contents { key: SquaresKey::new(source, image_size), index };
    // The rows must be there to be read back, and the last of them may be holes.
    let rows = contents.index.checksums.len();
    file.as_file().set_len(row_offset(rows, row_bytes(contents.key.image_size)))?;
    // In order, which is not how they were written; and so every row is checked once more.
    let _ = contents.read_rows(file.as_file(), |row| {
        fingerprint.add(row);
        ControlFlow::Continue(())
    })?;
    contents.index.fingerprint = fingerprint.finish();
    contents.write(file.as_file())?;
    let path = folder.join(contents.key.file_name());
    if is_empty {
        return Cached::new(&path, file.as_file(), contents, None);
    }
    let (file, note) = match persist(file, &path) {
        Ok(file) => {
            remove_superseded(folder, contents.key);
            (file, None)
        }
        // All the work is done and the rows can be read; only the next time it has to be done again.
        Err(error) => {
            let note =
                format!("The cache of these images could not be kept as {}: {}", path.display(), error.error);
            (error.file.as_file().try_clone()?, Some(note))
        }
    };
    Cached::new(&path, &file, contents, note)
}

#[cfg(test)]
mod tests;
