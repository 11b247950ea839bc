//! A data set: all images of a folder as small squares.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use rayon::ThreadPool;
use xxhash_rust::xxh3::xxh3_64;

use crate::config::{Alignment, DataSource, Split};
use crate::data::cache::{self, Cached, FOLDER_VARIABLE, Packed};
use crate::data::fingerprint::Fingerprint;
use crate::data::identity::{Naming, by_path, identities};
use crate::data::ingest::{FACES_VERSION, SQUARES_VERSION, Takers, Unread, squares};
use crate::data::pace::ProgressMeter;
use crate::data::source::Source;
use crate::data::split::split_of;
use crate::data::threads::threads;
use crate::faces::set::{self, FaceSet};
use crate::image_buf::ImageBuf;
use crate::ranks::{Ranks, joined};
use crate::report::{Progress, SkippedFile, passed_over_words};
use crate::{Error, Result};

/// The largest side that makes sense for the models here.
const MAX_SIDE: usize = 4096;

/// Images of one size, sorted by name.
pub struct Dataset {
    path: Option<PathBuf>,
    alignment: Alignment,
    names: Vec<String>,
    naming: Naming,
    /// Of each image, by `naming`.
    identities: Vec<String>,
    /// Where in `pixels` each image is.
    rows: Vec<usize>,
    pixels: Pixels,
    image_size: usize,
    skipped: Vec<SkippedFile>,
    notes: Vec<String>,
    fingerprint: String,
}

/// Rows of image size² × 3 bytes: height × width × RGB. Not every row need be an image.
enum Pixels {
    Memory(Vec<u8>),
    Cached(Packed),
    Faces(FaceSet),
}

/// Result of reading a source: the squares, and the files that gave none.
struct Loaded {
    pixels: Pixels,
    unread: Vec<(usize, Unread)>,
    fingerprint: String,
}

/// The order and the names of the images of a data set under another rule of naming.
struct Renaming {
    /// The numbers that the images had, in their new order.
    order: Vec<usize>,
    identities: Vec<String>,
    fingerprint: String,
}

impl Dataset {
    /// The data set that `source` stands for; see [`Dataset::load`] and [`Dataset::builtin_faces`].
    ///
    /// # Errors
    /// Those of [`Dataset::load`] and [`Dataset::builtin_faces`].
    pub fn open(
        source: &DataSource,
        image_size: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        match source {
            DataSource::Folder(path) => Self::load(path, image_size, observer),
            DataSource::AlignedFolder(path) => {
                Self::load_aligned(cache::folder().as_deref(), path, Alignment::Face, image_size, observer)
            }
            DataSource::BuiltinFaces => Self::builtin_faces(image_size),
        }
    }

    /// The [built-in faces](crate::faces::set), rendered when they are first looked at.
    ///
    /// # Errors
    /// If the size is not possible.
    pub fn builtin_faces(image_size: usize) -> Result<Self> {
        check_image_size(image_size)?;
        let faces = FaceSet::new(image_size);
        let names: Vec<String> = (0..set::LEN).map(set::name).collect();
        Ok(Dataset {
            path: None,
            alignment: Alignment::None,
            naming: Naming::Identity,
            // They lie in no folder.
            identities: names.clone(),
            names,
            rows: (0..set::LEN).collect(),
            fingerprint: faces.fingerprint(),
            pixels: Pixels::Faces(faces),
            image_size,
            skipped: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// All images of the folder, zip archive or arrays `path`, with the folders beneath it: of each the central
    /// square, resized to `image_size` pixels a side (see [`crop_resize`](crate::resample::crop_resize)). They come out of the
    /// [`cache`] or, the first time, go into it; then only what is looked at is in memory. Works on as
    /// many threads as there are cores; the result does not depend on their number, nor on where the
    /// squares come from.
    ///
    /// A file that cannot be read is left out and listed in [`Dataset::skipped`]. `observer` is called
    /// on this thread about 30 times a second and once at the end; when it breaks, the reading stops
    /// after the images in hand.
    ///
    /// # Errors
    /// If the folder cannot be read, holds no image, or none that is intact; if the images can neither be
    /// cached nor fit into memory; [`Error::Cancelled`] when the observer broke.
    pub fn load(
        path: &Path,
        image_size: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        Self::load_with(cache::folder().as_deref(), path, image_size, observer)
    }

    /// [`Dataset::load`] with the cache in a given folder, or with none and all in memory.
    ///
    /// # Errors
    /// As [`Dataset::load`].
    pub fn load_with(
        cache_folder: Option<&Path>,
        path: &Path,
        image_size: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        Self::load_aligned(cache_folder, path, Alignment::None, image_size, observer)
    }

    /// [`Dataset::load_with`] with other squares than those in the middle: an image in which no face is found is left
    /// out as one that cannot be read is.
    ///
    /// # Errors
    /// As [`Dataset::load`].
    pub fn load_aligned(
        cache_folder: Option<&Path>,
        path: &Path,
        alignment: Alignment,
        image_size: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        check_image_size(image_size)?;
        let threads = threads()?;
        let source = Source::open(path, observer)?.aligned(alignment);
        let mut notes = source.notes().to_vec();
        notes.extend(passed_over_words(source.passed_over()));
        let cached = match cache_folder {
            Some(folder) => through_cache(folder, &source, image_size, &threads, &mut notes, observer)?,
            None => None,
        };
        let loaded = match cached {
            Some(Cached { packed, unread, fingerprint, note }) => {
                notes.extend(note);
                Loaded { pixels: Pixels::Cached(packed), unread, fingerprint }
            }
            None => into_memory(&source, image_size, &threads, observer)?,
        };

        let total = source.images().len();
        let listing = source.into_listing();
        let mut skipped = listing.skipped;
        let (mut names, mut rows) = (Vec::with_capacity(total), Vec::with_capacity(total));
        let mut unread = loaded.unread.into_iter().peekable();
        for (row, image) in listing.images.into_iter().enumerate() {
            match unread.next_if(|(number, _)| *number == row) {
                Some((_, Unread { reason, .. })) => skipped.push(SkippedFile { path: image.path, reason }),
                None => {
                    names.push(image.name);
                    rows.push(row);
                }
            }
        }
        if names.is_empty() {
            return Err(Error::file(path, all_unreadable(total, &skipped)));
        }
        let (pixels, fingerprint) = (loaded.pixels, loaded.fingerprint);
        Ok(Dataset {
            path: Some(path.to_owned()),
            alignment,
            identities: identities(names.iter().map(String::as_str)),
            names,
            naming: Naming::Identity,
            rows,
            pixels,
            image_size,
            skipped,
            notes,
            fingerprint,
        })
    }

    /// Number of images; never 0.
    #[expect(clippy::len_without_is_empty, reason = "a data set is never empty")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Pixels on a side.
    pub fn image_size(&self) -> usize {
        self.image_size
    }

    /// The folder or archive, if it came from one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The squares that were cut out of its images.
    pub fn alignment(&self) -> Alignment {
        self.alignment
    }

    /// Image `index` as plain data.
    ///
    /// # Errors
    /// As [`Dataset::pixels`].
    ///
    /// # Panics
    /// If there are fewer images.
    pub fn image(&self, index: usize) -> Result<ImageBuf> {
        let pixels = self.pixels(index)?.into_owned();
        Ok(ImageBuf::new(self.image_size, self.image_size, pixels).expect("every image has this size"))
    }

    /// The bytes of image `index`: height × width × RGB.
    ///
    /// # Errors
    /// If it comes from the cache and is damaged there.
    ///
    /// # Panics
    /// If there are fewer images.
    pub fn pixels(&self, index: usize) -> Result<Cow<'_, [u8]>> {
        let row = self.rows[index];
        match &self.pixels {
            Pixels::Memory(pixels) => {
                let image_bytes = self.image_size * self.image_size * 3;
                Ok(Cow::Borrowed(&pixels[row * image_bytes..(row + 1) * image_bytes]))
            }
            Pixels::Cached(packed) => packed.row(row).map(Cow::Borrowed),
            Pixels::Faces(faces) => Ok(faces.pixels(row)),
        }
    }

    /// XXH3-64 of image `index`: of its pixels, or of its number among the built-in faces, which are drawn only when
    /// they are looked at.
    ///
    /// # Errors
    /// As [`Dataset::pixels`].
    pub(super) fn content(&self, index: usize) -> Result<u64> {
        let row = self.rows[index];
        match &self.pixels {
            Pixels::Memory(_) => Ok(xxh3_64(&self.pixels(index)?)),
            Pixels::Cached(packed) => Ok(packed.checksum(row)),
            Pixels::Faces(_) => Ok(xxh3_64(&(row as u64).to_le_bytes())),
        }
    }

    /// Kind of [`Dataset::content`]: equal images have equal contents only where this is equal too.
    pub(super) fn kind_of_content(&self) -> String {
        match &self.pixels {
            Pixels::Memory(_) | Pixels::Cached(_) => Self::kind_of_squares(self.image_size, self.alignment),
            Pixels::Faces(faces) => format!("built-in faces {}", faces.fingerprint()),
        }
    }

    /// [`Dataset::kind_of_content`] of squares of `image_size` pixels a side.
    pub(super) fn kind_of_squares(image_size: usize, alignment: Alignment) -> String {
        match alignment {
            Alignment::None => format!("squares {image_size} {SQUARES_VERSION}"),
            Alignment::Face => format!("faces {image_size} {SQUARES_VERSION} {FACES_VERSION}"),
        }
    }

    /// Whether the pixels lie in a file of the cache instead of in memory.
    pub fn is_cached(&self) -> bool {
        matches!(self.pixels, Pixels::Cached(_))
    }

    /// The path of image `index` within the folder, with forward slashes.
    ///
    /// # Panics
    /// If there are fewer images.
    pub fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    /// The images of a part (see [`split_of`]), ascending. Can be empty in a small data set.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        let is_in = |&index: &usize| split == Split::All || split_of(&self.identities[index]) == split;
        (0..self.len()).filter(is_in).collect()
    }

    /// The rule that order, parts and fingerprint follow; [`Naming::Identity`] unless [`Dataset::as_trained`]
    /// gave another.
    pub fn naming(&self) -> Naming {
        self.naming
    }

    /// These images in the order and the parts that a run has them in which follows `naming` and began with
    /// those of this [`fingerprint`](Dataset::fingerprint). A run of the old rule goes on by it, and is measured
    /// by it, unless the rules agree on its images; if these are others, the folders that all of them lie in do
    /// not count.
    ///
    /// # Errors
    /// As [`Dataset::pixels`], which are read where the rules disagree.
    pub fn as_trained(self, naming: Naming, fingerprint: &str) -> Result<Self> {
        let today = self.named_by(Naming::Identity)?;
        if naming == Naming::Identity || today.fingerprint == fingerprint {
            return Ok(today);
        }
        let old = today.named_by(Naming::Path)?;
        if old.fingerprint == fingerprint { Ok(old) } else { old.named_by(Naming::PathBelowCommon) }
    }

    /// Whether these are the images that a run began with which follows `naming`.
    ///
    /// # Errors
    /// As [`Dataset::as_trained`].
    pub fn is_of(&self, naming: Naming, fingerprint: &str) -> Result<bool> {
        if self.fingerprint == fingerprint || naming == Naming::Identity {
            return Ok(self.fingerprint == fingerprint);
        }
        Ok(self.renamed(naming)?.is_some_and(|renamed| renamed.fingerprint == fingerprint))
    }

    fn named_by(mut self, naming: Naming) -> Result<Self> {
        if naming != self.naming {
            if let Some(Renaming { order, identities, fingerprint }) = self.renamed(naming)? {
                self.names = order.iter().map(|&index| std::mem::take(&mut self.names[index])).collect();
                self.rows = order.iter().map(|&index| self.rows[index]).collect();
                (self.identities, self.fingerprint) = (identities, fingerprint);
            }
            self.naming = naming;
        }
        Ok(self)
    }

    /// Order and parts of the images by another rule; none if nothing else than this one does.
    fn renamed(&self, naming: Naming) -> Result<Option<Renaming>> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        match naming {
            Naming::Identity => order.sort_by(|&a, &b| by_path(self.name(a), self.name(b))),
            Naming::Path | Naming::PathBelowCommon => order.sort_by_key(|&index| self.name(index)),
        }
        let identities = naming.identities(order.iter().map(|&index| self.name(index)));
        if order.is_sorted() && identities == self.identities {
            return Ok(None);
        }
        let mut fingerprint = Fingerprint::new(self.image_size, &identities);
        for &index in &order {
            fingerprint.add(&self.pixels(index)?);
        }
        Ok(Some(Renaming { order, identities, fingerprint: fingerprint.finish() }))
    }

    /// 32 hexadecimal digits that change with any identity, pixel, the order or the size: XXH3 (128 bit).
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The files that were left out, with the reason for each.
    pub fn skipped(&self) -> &[SkippedFile] {
        &self.skipped
    }

    /// Notes on how it was read, a sentence each: that the cache was damaged, say.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// The squares out of the cache, or through it; `None` if they have to be kept in memory.
fn through_cache(
    folder: &Path,
    source: &Source,
    image_size: usize,
    threads: &ThreadPool,
    notes: &mut Vec<String>,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Cached>> {
    let found = cache::open(folder, source, image_size, threads, observer)?;
    let ranks = joined();
    let missing_on_all = !ranks.any(matches!(found, Ok(Some(_))));
    match found {
        Ok(Some(cached)) => {
            let total = source.images().len();
            let progress =
                ProgressMeter::new("Reading images", total, Instant::now()).progress(total, Instant::now());
            return if observer(progress).is_break() { Err(Error::Cancelled) } else { Ok(Some(cached)) };
        }
        Ok(None) => {}
        Err(error) => {
            let path = source.path().display();
            notes.push(format!("The cache of {path} cannot be used and was made anew: {error}"));
        }
    }
    // Processes that share a job read together what none of them has.
    let readers = if missing_on_all { ranks } else { Ranks::alone() };
    match readers.together(|| cache::build(folder, source, image_size, threads, observer))? {
        Ok(cached) => Ok(Some(cached)),
        Err(error) => {
            notes.push(format!(
                "The images are kept in memory and will be read again the next time, because the cache in {} \
                 cannot be written: {error}. Make room there, or name another folder in {FOLDER_VARIABLE}",
                folder.display()
            ));
            Ok(None)
        }
    }
}

fn into_memory(
    source: &Source,
    image_size: usize,
    threads: &ThreadPool,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Loaded> {
    let image_bytes = image_size * image_size * 3;
    let mut pixels = zeroed_pixels(source.images().len(), image_size)?;
    // Each row is locked once, by whoever makes its image.
    let rows: Vec<Mutex<&mut [u8]>> = pixels.chunks_exact_mut(image_bytes).map(Mutex::new).collect();
    let keep = |number: usize, square: &[u8]| {
        let mut row = rows[number].lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        row.copy_from_slice(square);
        Ok(())
    };
    let takers = Takers { see: |_, _: &[u8]| [0; 2], note: |_, _| (), keep };
    // Each process by itself: another one may have a cache.
    let read = || squares(threads, source, image_size, observer, takers);
    let outcomes = Ranks::alone()
        .together(read)?
        .map_err(|error| Error::Invalid(format!("cannot keep the images: {error}")))?;
    drop(rows);

    let read = || outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_ok()).map(|(row, _)| row);
    let names = read().map(|row| source.images()[row].name.as_str());
    let mut fingerprint = Fingerprint::new(image_size, &identities(names));
    for row in read() {
        fingerprint.add(&pixels[row * image_bytes..(row + 1) * image_bytes]);
    }
    let unread = outcomes.into_iter().enumerate().filter_map(|(row, outcome)| Some((row, outcome.err()?)));
    Ok(Loaded { unread: unread.collect(), pixels: Pixels::Memory(pixels), fingerprint: fingerprint.finish() })
}

fn check_image_size(image_size: usize) -> Result<()> {
    if (1..=MAX_SIDE).contains(&image_size) {
        return Ok(());
    }
    Err(Error::Invalid(format!("an image size of {image_size} is not possible; it must be 1 to {MAX_SIDE}")))
}

fn zeroed_pixels(images: usize, image_size: usize) -> Result<Vec<u8>> {
    let bytes = images.saturating_mul(image_size * image_size * 3);
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(bytes).map_err(|_| {
        Error::Invalid(format!(
            "{images} images of {image_size} × {image_size} pixels need {:.1} GiB of memory, more than there is; \
             choose a smaller image size or fewer images",
            bytes as f64 / (1u64 << 30) as f64
        ))
    })?;
    pixels.resize(bytes, 0);
    Ok(pixels)
}

fn all_unreadable(total: usize, skipped: &[SkippedFile]) -> String {
    let example = skipped.last().map(|file| format!("; {}: {}", file.path.display(), file.reason));
    let count = if total == 1 { "the only image".into() } else { format!("none of the {total} images") };
    let verb = if total == 1 { "cannot be read" } else { "can be read" };
    format!("{count} in it {verb}{}", example.unwrap_or_default())
}

#[cfg(test)]
mod tests;
