//! Numbers that were computed of the images of a data set, say their features, kept beside the squares.
//! All are little-endian.
//!
//! ```text
//! at 0      b"MORPHVEC", version u32, length of the index u64, XXH3-64 of the index
//! at 28     index      JSON, see [`VectorsIndex`]
//! after it  values     float32, a row an image
//! ```
//!
//! A file is named after the data, after what was computed of which part of them, and after their state.
//! It is built under another name and renamed, and checked as a whole when it is read.

use std::fs::File;
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Result, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::evidence::{Evidence, EvidenceRecorder, Freshness};
use super::files::{folder, make_folder, new_file, remove_superseded_vectors};
use super::format::{SquaresKey, VectorsKey, canonical, invalid, source_key};
use crate::config::Alignment;
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressObserver;
use crate::data::source::Source;
use crate::data::threads::threads;
use crate::ranks::{Ranks, joined};
use crate::report::{Progress, SkippedFile};
use crate::scratch::persist;

/// Raised when the layout changes.
const VERSION: u32 = 2;
const MAGIC: &[u8; 8] = b"MORPHVEC";
const HEADER: usize = 28;

/// Rows of numbers, an image each.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    /// Numbers in a row.
    pub dim: usize,
    /// Row after row.
    pub values: Vec<f32>,
    /// Of the images that have a row, in order.
    pub names: Vec<String>,
    /// Images that could not be read and have none.
    pub skipped: Vec<SkippedFile>,
}

/// Index before the values.
#[derive(Serialize, Deserialize)]
pub(super) struct VectorsIndex {
    /// The folder or the archive, for people to read.
    pub source: String,
    /// Name of what was computed, for people to read.
    pub what: String,
    content: u128,
    dim: usize,
    names: Vec<String>,
    skipped: Vec<SkippedFile>,
    /// Of the files, where they were read for this.
    pub evidence: Option<Evidence>,
    /// XXH3-64 of the values.
    checksum: u64,
}

impl VectorsIndex {
    /// Images that have a row.
    pub fn images(&self) -> usize {
        self.names.len()
    }
}

/// File in which the numbers of some images are kept, if they are.
pub struct VectorsFile<'a> {
    folder: PathBuf,
    key: VectorsKey,
    source: String,
    what: String,
    /// The files, if they are read for this, and what was seen of them.
    files: Option<(&'a Source, EvidenceRecorder)>,
}

impl<'a> VectorsFile<'a> {
    /// The file for `what` is computed of the files of `source` as they are. `None` if nothing is to be cached.
    pub fn of_files(source: &'a Source, what: &str) -> Option<Self> {
        Self::in_folder(folder()?, source, what)
    }

    fn in_folder(folder: PathBuf, source: &'a Source, what: &str) -> Option<Self> {
        // No square has a side of 0: the state of all files, whatever is made of them.
        let content = SquaresKey::new(source, 0).listing;
        let key = VectorsKey { source: source_key(source.path()), purpose: purpose(what, "files"), content };
        Some(Self {
            folder,
            key,
            source: canonical(source.path()).display().to_string(),
            what: what.to_owned(),
            files: Some((source, EvidenceRecorder::new(source.images().len(), content))),
        })
    }

    /// The file for `what` is computed of a `part` of the squares of `dataset`. `None` if nothing is to be cached.
    pub fn of_squares(dataset: &Dataset, part: &str, what: &str) -> Option<Self> {
        let faces = if dataset.alignment() == Alignment::Face { " faces" } else { "" };
        let part = format!("{part} {}{faces}", dataset.image_size());
        let content = u128::from_str_radix(dataset.fingerprint(), 16).ok()?;
        let (source, name) = match dataset.path() {
            Some(path) => (source_key(path), canonical(path).display().to_string()),
            None => (0, "built-in".to_owned()),
        };
        let key = VectorsKey { source, purpose: purpose(what, &part), content };
        Some(Self { folder: folder()?, key, source: name, what: what.to_owned(), files: None })
    }

    fn path(&self) -> PathBuf {
        self.folder.join(self.key.file_name())
    }

    /// Is shown all that is in a file of [`VectorsFile::of_files`] when it is read.
    pub fn see(&self, file: usize, bytes: &[u8]) {
        if let Some((_, recorder)) = &self.files {
            recorder.see(file, bytes);
        }
    }

    /// The numbers, if they are there and the files are still those that they were computed of.
    ///
    /// # Errors
    /// [`Cancelled`](crate::Error::Cancelled) when the observer broke. The inner error is that of a file that is
    /// damaged or cannot be read.
    pub fn take(
        &self,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> crate::Result<Result<Option<Vectors>>> {
        let read = File::open(self.path()).and_then(|file| Ok((read(&file, self.key)?, file)));
        let ((index, values), file) = match read {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error)),
            Ok(read) => read,
        };
        let VectorsIndex { dim, names, skipped, evidence, .. } = index;
        let vectors = Vectors { dim, values, names, skipped };
        if let Some((source, _)) = self.files {
            let known = evidence.filter(|evidence| evidence.len() == source.images().len());
            let Some(known) = known else { return Ok(Ok(None)) };
            match known.check(source, &threads()?, observer)? {
                Freshness::Holds => {}
                // Where that cannot be noted, the files will be compared once more.
                Freshness::HoldsWith(evidence) => drop(self.write(&vectors, Some(evidence))),
                Freshness::Stale => return Ok(Ok(None)),
            }
        }
        // Its time says when it was last of use; where that cannot be noted it seems to be older.
        let _ = file.set_modified(SystemTime::now());
        Ok(Ok(Some(vectors)))
    }

    /// Keeps the numbers, in place of those of earlier states of the same data.
    ///
    /// # Errors
    /// The system's error; nothing is left behind then.
    pub fn put(&self, vectors: &Vectors) -> Result<()> {
        self.write(vectors, self.files.as_ref().map(|(source, recorder)| recorder.evidence(source)))
    }

    fn write(&self, vectors: &Vectors, evidence: Option<Evidence>) -> Result<()> {
        make_folder(&self.folder)?;
        let file = new_file(&self.folder)?;
        let bytes = || vectors.values.iter().map(|value| value.to_le_bytes());
        let mut checksum = Box::new(Xxh3::new());
        bytes().for_each(|value| checksum.update(&value));
        let index = serde_json::to_vec(&VectorsIndex {
            source: self.source.clone(),
            what: self.what.clone(),
            content: self.key.content,
            dim: vectors.dim,
            names: vectors.names.clone(),
            skipped: vectors.skipped.clone(),
            evidence,
            checksum: checksum.digest(),
        })?;
        let mut out = BufWriter::with_capacity(1 << 18, file.as_file());
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&(index.len() as u64).to_le_bytes())?;
        out.write_all(&xxh3_64(&index).to_le_bytes())?;
        out.write_all(&index)?;
        for value in bytes() {
            out.write_all(&value)?;
        }
        out.flush()?;
        drop(out);
        persist(file, &self.path()).map_err(|error| error.error)?;
        remove_superseded_vectors(&self.folder, self.key);
        Ok(())
    }
}

/// The numbers of a file, computed and kept there if they are not in it, and what a person should know about that.
///
/// # Errors
/// An error of `compute`; [`Cancelled`](crate::Error::Cancelled) when the observer broke.
pub fn kept_or(
    file: Option<&VectorsFile<'_>>,
    observer: ProgressObserver<'_>,
    compute: impl FnOnce(ProgressObserver<'_>) -> crate::Result<Vectors>,
) -> crate::Result<(Vectors, Vec<String>)> {
    let (kept, mut notes) = kept(file, observer)?;
    let ranks = joined();
    // Many processes compute together, so that all of them do or none does.
    let is_kept = ranks.first_says(kept.is_some())?;
    if let (true, Some(vectors)) = (is_kept, kept) {
        return Ok((vectors, notes));
    }
    let vectors = if is_kept { Ranks::alone().together(|| compute(observer))? } else { compute(observer)? };
    if ranks.is_first() {
        notes.extend(keep(file, &vectors));
    }
    Ok((vectors, notes))
}

/// The numbers of a file, if it is there and holds, and what a person should know about that.
///
/// # Errors
/// [`Cancelled`](crate::Error::Cancelled) when the observer broke.
pub fn kept(
    file: Option<&VectorsFile<'_>>,
    observer: ProgressObserver<'_>,
) -> crate::Result<(Option<Vectors>, Vec<String>)> {
    let Some(file) = file else { return Ok((None, Vec::new())) };
    Ok(match file.take(observer)? {
        Ok(vectors) => (vectors, Vec::new()),
        Err(error) => {
            let note = format!("{} in the cache cannot be used and are computed anew: {error}", file.what);
            (None, vec![note])
        }
    })
}

/// Keeps numbers for the next time; a sentence where that did not work. A file that the system refused may be there the
/// next time, with no trace of that in its time: then nothing is kept.
pub fn keep(file: Option<&VectorsFile<'_>>, vectors: &Vectors) -> Option<String> {
    let file = file.filter(|_| vectors.skipped.is_empty())?;
    let error = file.put(vectors).err()?;
    Some(format!("{} could not be kept for the next time: {error}", file.what))
}

fn purpose(what: &str, part: &str) -> u64 {
    xxh3_64(format!("{VERSION} {part} {what}").as_bytes())
}

/// Reads and checks the index alone, leaving `file` at the first value.
pub(super) fn read_index(mut file: &File, key: VectorsKey) -> Result<VectorsIndex> {
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(|_| invalid("it is cut off"))?;
    let (start, rest) = header.split_at(12);
    if start[..8] != *MAGIC {
        return Err(invalid("it is no cache of Morphospace"));
    }
    if start[8..] != VERSION.to_le_bytes() {
        return Err(invalid("another version of Morphospace made it"));
    }
    let numbers = rest.as_chunks().0;
    let (index_length, hash) = (u64::from_le_bytes(numbers[0]), u64::from_le_bytes(numbers[1]));
    if index_length > length {
        return Err(invalid("it is cut off"));
    }
    // Not more than the file holds.
    let mut bytes = vec![0; index_length as usize];
    file.read_exact(&mut bytes).map_err(|_| invalid("it is cut off"))?;
    if xxh3_64(&bytes) != hash {
        return Err(invalid("its index is damaged"));
    }
    let index: VectorsIndex = serde_json::from_slice(&bytes)?;
    let values = (index.names.len() as u64).checked_mul(index.dim as u64).and_then(|n| n.checked_mul(4));
    let end = values.and_then(|bytes| bytes.checked_add(HEADER as u64 + index_length));
    if end != Some(length) {
        return Err(invalid("it is cut off"));
    }
    if index.content != key.content {
        return Err(invalid("it holds other numbers than its name says"));
    }
    Ok(index)
}

/// Reads and checks all of a file.
pub(super) fn read(file: &File, key: VectorsKey) -> Result<(VectorsIndex, Vec<f32>)> {
    let index = read_index(file, key)?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut checksum = Box::new(Xxh3::new());
    let mut values = Vec::with_capacity(index.names.len() * index.dim);
    // What is said of rows of which there are none is borne out by nothing.
    let mut row = vec![0; if index.names.is_empty() { 0 } else { index.dim * 4 }];
    for _ in 0..index.names.len() {
        reader.read_exact(&mut row)?;
        checksum.update(&row);
        values.extend(row.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)));
    }
    if checksum.digest() != index.checksum {
        return Err(Error::new(ErrorKind::InvalidData, "its numbers are damaged"));
    }
    Ok((index, values))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::path::Path;

    use super::*;
    use crate::data::cache::keeper;
    use crate::export::write_png;
    use crate::image_buf::ImageBuf;

    fn some(values: Vec<f32>) -> Vectors {
        let skipped = vec![SkippedFile { path: "c.png".into(), reason: "no picture".into() }];
        Vectors { dim: 3, values, names: vec!["a.png".into(), "b.png".into()], skipped }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn source_of(folder: &Path) -> &'static Source {
        Box::leak(Box::new(Source::open(folder, &mut |_| ControlFlow::Continue(())).unwrap()))
    }

    fn taken(vectors_file: &VectorsFile) -> Result<Option<Vectors>> {
        vectors_file.take(&mut |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn numbers_come_back_until_the_data_change() {
        let (cache, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let image =
            |name: &str| write_png(&ImageBuf::filled(4, 4, [1, 2, 3]), &data.path().join(name)).unwrap();
        image("a.png");
        let vectors_file =
            |what| VectorsFile::in_folder(cache.path().to_owned(), source_of(data.path()), what).unwrap();
        assert_eq!(taken(&vectors_file("eyes")).unwrap(), None);
        let (eyes, ears) = (some((0..6).map(|v| v as f32).collect()), some(vec![0.5; 6]));
        vectors_file("eyes").put(&eyes).unwrap();
        vectors_file("ears").put(&ears).unwrap();
        assert_eq!(taken(&vectors_file("eyes")).unwrap(), Some(eyes.clone()));
        assert_eq!(taken(&vectors_file("ears")).unwrap(), Some(ears));
        image("b.png");
        assert_eq!(taken(&vectors_file("eyes")).unwrap(), None);
        assert_eq!(files(cache.path()).len(), 2);
        vectors_file("eyes").put(&eyes).unwrap();
        assert_eq!(files(cache.path()).len(), 2, "the new state takes the place of the old one");
        assert_eq!(taken(&vectors_file("eyes")).unwrap(), Some(eyes));
    }

    #[cfg(unix)]
    #[test]
    fn numbers_of_pictures_that_were_replaced_are_not_taken() {
        let (cache, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = data.path().join("a.png");
        std::fs::write(&path, b"one picture").unwrap();
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        let vectors_file =
            || VectorsFile::in_folder(cache.path().to_owned(), source_of(data.path()), "eyes").unwrap();
        let seen = vectors_file();
        seen.see(0, b"one picture");
        seen.put(&some(vec![1.0; 6])).unwrap();
        let verified =
            || keeper::verify(Some(cache.path()), &mut |_| ControlFlow::Continue(())).unwrap().removed;
        assert!(taken(&vectors_file()).unwrap().is_some() && verified() == 0);
        std::fs::write(&path, b"two picture").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(taken(&vectors_file()).unwrap(), None);
        assert_eq!(verified(), 1);
    }

    #[test]
    fn the_keeper_lists_checks_and_clears_them() {
        let (cache, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_png(&ImageBuf::filled(4, 4, [1, 2, 3]), &data.path().join("a.png")).unwrap();
        let source = source_of(data.path());
        let vectors_file = |what| VectorsFile::in_folder(cache.path().to_owned(), source, what).unwrap();
        vectors_file("eyes").put(&some(vec![1.0; 6])).unwrap();
        let listed = keeper::list(Some(cache.path())).unwrap();
        let set = &listed.sets[0];
        assert_eq!((set.computed.as_deref(), set.images, &set.problem), (Some("eyes"), 2, &None));
        assert!(set.source.as_ref().is_some_and(|source| Path::new(source) == canonical(data.path())));

        let mut bytes = std::fs::read(vectors_file("eyes").path()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(vectors_file("ears").path(), &bytes).unwrap();
        let mut told = (0, 0);
        let checked = keeper::verify(Some(cache.path()), &mut |progress| {
            told = (progress.done, progress.total);
            ControlFlow::Continue(())
        });
        assert_eq!((checked.unwrap().removed, told.0), (1, told.1));
        assert!(
            taken(&vectors_file("eyes")).unwrap().is_some()
                && taken(&vectors_file("ears")).unwrap().is_none()
        );

        let elsewhere = keeper::CacheFilter { source: Some(cache.path()), ..keeper::CacheFilter::default() };
        assert_eq!(keeper::clear(Some(cache.path()), elsewhere).unwrap().removed, 0);
        let ours = keeper::CacheFilter { source: Some(data.path()), ..keeper::CacheFilter::default() };
        assert_eq!(keeper::clear(Some(cache.path()), ours).unwrap().removed, 1);
        assert_eq!(taken(&vectors_file("eyes")).unwrap(), None);
    }

    #[test]
    fn of_no_images_a_row_may_be_of_any_length() {
        let (cache, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_png(&ImageBuf::filled(4, 4, [1, 2, 3]), &data.path().join("a.png")).unwrap();
        let vectors_file =
            VectorsFile::in_folder(cache.path().to_owned(), source_of(data.path()), "eyes").unwrap();
        let none = Vectors { dim: usize::MAX, values: Vec::new(), names: Vec::new(), skipped: Vec::new() };
        vectors_file.put(&none).unwrap();
        assert_eq!(taken(&vectors_file).unwrap(), Some(none));
    }

    #[test]
    fn damage_anywhere_is_noticed() {
        let (cache, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_png(&ImageBuf::filled(4, 4, [1, 2, 3]), &data.path().join("a.png")).unwrap();
        let source = source_of(data.path());
        let vectors_file = VectorsFile::in_folder(cache.path().to_owned(), source, "eyes").unwrap();
        vectors_file.put(&some(vec![1.0; 6])).unwrap();
        let sound = std::fs::read(vectors_file.path()).unwrap();
        for at in 0..sound.len() {
            let mut bytes = sound.clone();
            bytes[at] ^= 1;
            std::fs::write(vectors_file.path(), &bytes).unwrap();
            assert!(taken(&vectors_file).is_err(), "byte {at}");
            std::fs::write(vectors_file.path(), &sound[..at]).unwrap();
            assert!(taken(&vectors_file).is_err(), "cut at {at}");
        }
        std::fs::write(vectors_file.path(), [&sound[..], b"more"].concat()).unwrap();
        assert!(taken(&vectors_file).is_err());
        std::fs::write(vectors_file.path(), &sound).unwrap();
        assert!(taken(&vectors_file).unwrap().is_some());
    }
}
