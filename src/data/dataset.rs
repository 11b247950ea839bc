//! A data set: all images of a folder as small squares in memory.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use fast_image_resize::Resizer;
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::config::{DataSource, Split};
use crate::data::crop::Crop;
use crate::data::decode::{StoredImage, image_buf, read_stored};
use crate::data::faces::set::{self, FaceSet};
use crate::data::folder::list_images;
use crate::data::orientation::{stored_square, upright, upright_size};
use crate::data::pace::Pace;
use crate::data::report::{Progress, SkippedFile};
use crate::data::resize::{Square, crop_resize, resize_square};
use crate::data::split::split_of;
use crate::image_buf::ImageBuf;
use crate::{Error, Result};

/// Time between two calls of the observer.
const TICK: Duration = Duration::from_millis(33);
/// The largest side that makes sense for the models here.
const MAX_SIDE: usize = 4096;

/// Images of one size, packed one after another, sorted by name.
pub struct Dataset {
    folder: Option<PathBuf>,
    names: Vec<String>,
    pixels: Pixels,
    image_size: usize,
    skipped: Vec<SkippedFile>,
    fingerprint: String,
}

/// u8, images × height × width × RGB.
enum Pixels {
    Memory(Vec<u8>),
    Faces(FaceSet),
}

impl Dataset {
    /// The data set that `source` stands for; see [`Dataset::load`] and [`Dataset::builtin_faces`].
    ///
    /// # Errors
    /// As these.
    pub fn open(
        source: &DataSource,
        image_size: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        match source {
            DataSource::Folder(dir) => Self::load(dir, image_size, observer),
            DataSource::BuiltinFaces => Self::builtin_faces(image_size),
        }
    }

    /// The [built-in faces](crate::data::faces::set), rendered when they are first looked at.
    ///
    /// # Errors
    /// If the size is not possible.
    pub fn builtin_faces(image_size: usize) -> Result<Self> {
        check_image_size(image_size)?;
        let faces = FaceSet::new(image_size);
        Ok(Dataset {
            folder: None,
            names: (0..set::LEN).map(set::name).collect(),
            fingerprint: faces.fingerprint(),
            pixels: Pixels::Faces(faces),
            image_size,
            skipped: Vec::new(),
        })
    }

    /// Reads all images of `dir` and the folders beneath it: of each the central square, resized to
    /// `image_size` pixels a side (see [`crop_resize`]). Only the squares stay in memory. Works on as
    /// many threads as there are cores; the result does not depend on their number.
    ///
    /// A file that cannot be read is left out and listed in [`Dataset::skipped`]. `observer` is called
    /// on this thread about 30 times a second and once at the end; when it breaks, the reading stops
    /// after the images in hand.
    ///
    /// # Errors
    /// If the folder cannot be read, holds no image, or none that is intact; if the images do not fit
    /// into memory; [`Error::Cancelled`] when the observer broke.
    pub fn load(
        dir: &Path,
        image_size: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        check_image_size(image_size)?;
        let listing = list_images(dir)?;
        let total = listing.images.len();
        let image_bytes = image_size * image_size * 3;
        let mut pixels = zeroed_pixels(total, image_size)?;
        let mut outcomes: Vec<Option<String>> = vec![None; total];
        // A pool of its own, so that reading neither waits for a training step in the global pool nor,
        // when called from inside that pool, for itself.
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(|index| format!("ingest-{index}"))
            .build()
            .map_err(|error| Error::Invalid(format!("cannot start threads to read images: {error}")))?;

        let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut pace = Pace::new("Reading images", total, Instant::now());
        let (finished, waiting) = crossbeam_channel::bounded::<()>(0);
        pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                let work = listing.images.par_iter().zip(pixels.par_chunks_exact_mut(image_bytes));
                work.zip(&mut outcomes).for_each_init(Resizer::new, |resizer, ((image, out), outcome)| {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    *outcome = read_square(&image.path, image_size, resizer, out).err().map(reason);
                    done.fetch_add(1, Ordering::Relaxed);
                });
                drop(finished);
            });
            while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let progress = pace.progress(done.load(Ordering::Relaxed), Instant::now());
                if observer(progress).is_break() {
                    stop.store(true, Ordering::Relaxed);
                    break;
                }
            }
        });
        if stop.into_inner() || observer(pace.progress(total, Instant::now())).is_break() {
            return Err(Error::Cancelled);
        }

        let mut skipped = listing.skipped;
        let mut names = Vec::with_capacity(total);
        for (index, (image, outcome)) in listing.images.into_iter().zip(outcomes).enumerate() {
            match outcome {
                None => {
                    let from = index * image_bytes;
                    pixels.copy_within(from..from + image_bytes, names.len() * image_bytes);
                    names.push(image.name);
                }
                Some(reason) => skipped.push(SkippedFile { path: image.path, reason }),
            }
        }
        if names.is_empty() {
            return Err(Error::file(dir, all_unreadable(total, &skipped)));
        }
        pixels.truncate(names.len() * image_bytes);
        let fingerprint = fingerprint(&names, image_size, &pixels);
        let pixels = Pixels::Memory(pixels);
        Ok(Dataset { folder: Some(dir.to_owned()), names, pixels, image_size, skipped, fingerprint })
    }

    /// A data set of images already in memory, in the order given: of each the central square, resized
    /// to `image_size` pixels a side.
    ///
    /// # Errors
    /// If there is no image, or not a name for each.
    pub fn from_images(names: Vec<String>, images: &[ImageBuf], image_size: usize) -> Result<Self> {
        check_image_size(image_size)?;
        if images.is_empty() || names.len() != images.len() {
            return Err(Error::Invalid(format!(
                "a data set needs images and a name for each; these are {} images and {} names",
                images.len(),
                names.len()
            )));
        }
        let mut pixels = zeroed_pixels(images.len(), image_size)?;
        for (image, out) in images.iter().zip(pixels.chunks_exact_mut(image_size * image_size * 3)) {
            out.copy_from_slice(crop_resize(image, Crop::default(), image_size).pixels());
        }
        let fingerprint = fingerprint(&names, image_size, &pixels);
        let pixels = Pixels::Memory(pixels);
        Ok(Dataset { folder: None, names, pixels, image_size, skipped: Vec::new(), fingerprint })
    }

    /// How many images; never 0.
    #[expect(clippy::len_without_is_empty, reason = "a data set is never empty")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Pixels on a side.
    pub fn image_size(&self) -> usize {
        self.image_size
    }

    /// The folder, if it came from one.
    pub fn path(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Image `index` as plain data.
    ///
    /// # Panics
    /// If there are fewer images.
    pub fn image(&self, index: usize) -> ImageBuf {
        ImageBuf::new(self.image_size, self.image_size, self.pixels(index).into_owned())
            .expect("every image has this size")
    }

    /// The bytes of image `index`: height × width × RGB.
    ///
    /// # Panics
    /// If there are fewer images.
    pub fn pixels(&self, index: usize) -> Cow<'_, [u8]> {
        let image_bytes = self.image_size * self.image_size * 3;
        match &self.pixels {
            Pixels::Memory(pixels) => Cow::Borrowed(&pixels[index * image_bytes..(index + 1) * image_bytes]),
            Pixels::Faces(faces) => faces.pixels(index),
        }
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
        (0..self.len()).filter(|&index| split == Split::All || split_of(self.name(index)) == split).collect()
    }

    /// 32 hexadecimal digits that change with any name, pixel, the order or the size: XXH3 (128 bit).
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The files that were left out, with the reason for each.
    pub fn skipped(&self) -> &[SkippedFile] {
        &self.skipped
    }
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

/// What [`crop_resize`] makes of [`read_image`](crate::data::decode::read_image), but turned upright
/// last, when it is small.
fn read_square(path: &Path, size: usize, resizer: &mut Resizer, out: &mut [u8]) -> Result<()> {
    let StoredImage { image, orientation } = read_stored(path)?;
    let image = image_buf(path, image)?;
    let (stored_width, stored_height) = (image.width(), image.height());
    let (width, height) = upright_size(orientation, stored_width, stored_height);
    let (left, top, side) = Crop::default().to_pixels(width, height);
    let square = stored_square(orientation, Square { left, top, side }, stored_width, stored_height);
    resize_square(resizer, &image, square, size, out);
    if orientation != image::metadata::Orientation::NoTransforms
        && let Some(small) = image::RgbImage::from_raw(size as u32, size as u32, out.to_vec())
    {
        out.copy_from_slice(&upright(small, orientation));
    }
    Ok(())
}

/// The error without the file's name, which stands beside it.
pub(crate) fn reason(error: Error) -> String {
    match error {
        Error::File { reason, .. } => reason,
        Error::Io { action, source, .. } => format!("cannot {action} it: {source}"),
        other => other.to_string(),
    }
}

fn all_unreadable(total: usize, skipped: &[SkippedFile]) -> String {
    let example = skipped.last().map(|file| format!("; {}: {}", file.path.display(), file.reason));
    let count = if total == 1 { "the only image".into() } else { format!("none of the {total} images") };
    let verb = if total == 1 { "cannot be read" } else { "can be read" };
    format!("{count} in this folder {verb}{}", example.unwrap_or_default())
}

fn fingerprint(names: &[String], image_size: usize, pixels: &[u8]) -> String {
    let mut hash = Xxh3::new();
    hash.update(&(image_size as u64).to_le_bytes());
    for name in names {
        hash.update(&(name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
    }
    hash.update(pixels);
    format!("{:032x}", hash.digest128())
}

#[cfg(test)]
mod tests;
