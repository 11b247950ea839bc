//! From files to squares: every image of a source decoded, cropped and made small, on all cores.

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use fast_image_resize::Resizer;
use rayon::ThreadPool;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::align::Aligner;
use crate::config::Alignment;
use crate::crop::Crop;
use crate::data::decode::{StoredImage, decode_image, decode_stored, image_buf};
use crate::data::orientation::{stored_square, upright, upright_size};
use crate::data::pace::ProgressMeter;
use crate::data::source::Source;
use crate::ranks::{Ranks, joined};
use crate::report::Progress;
use crate::resample::{Square, crop_resize, resize_square};
use crate::{Error, Result};

/// Time between two calls of the observer.
const TICK: Duration = Duration::from_millis(33);

/// Raised whenever the same file gives other squares than before, say because a decoder was replaced:
/// what was cached is made anew then. A test of the cache notices.
pub(super) const SQUARES_VERSION: u32 = 2;

/// Raised whenever the same file gives another face than before, because faces are found in another way.
pub(super) const FACES_VERSION: u32 = 1;

/// Reason why a file gave no square.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unread {
    /// A sentence without the file's name.
    pub reason: String,
    /// Whether the system refused the file, which may be otherwise the next time; else its content is
    /// at fault.
    pub refused: bool,
}

/// Numbers by which a file is known again, see [`crate::data::cache`].
pub(super) type Digest = [u64; 2];

/// The takers of what reading gives, on whatever thread, with the image's number.
pub(super) struct Takers<See, Note, Keep> {
    /// Is shown all that is in a file, and says by what it is known again.
    pub see: See,
    /// Takes that.
    pub note: Note,
    /// Takes the square.
    pub keep: Keep,
}

/// Reads the central square of every image of `source`, or the face if that is what it is to be cut to, resizes it to
/// `size` pixels a side and gives it to `keep`. What `keep` returns comes back in the order of the images. One square
/// a thread is in memory at a time; where processes [share](crate::ranks::joined) the reading, each gives its squares
/// to all, some megabytes at a time.
///
/// `observer` is called on this thread about 30 times a second and once at the end.
///
/// # Errors
/// [`Error::Cancelled`] when the observer broke. The inner error is the first one of `keep`. Both end
/// the reading after the images in hand.
pub(super) fn squares<T: Send + Sync>(
    threads: &ThreadPool,
    source: &Source,
    size: usize,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    takers: Takers<
        impl Fn(usize, &[u8]) -> Digest + Sync,
        impl Fn(usize, Digest) + Sync,
        impl Fn(usize, &[u8]) -> std::io::Result<T> + Sync,
    >,
) -> Result<std::io::Result<Vec<Result<T, Unread>>>> {
    let total = source.images().len();
    let mut pace = ProgressMeter::new("Reading images", total, Instant::now());
    let mut progress = |done: usize| observer(pace.progress(done.min(total), Instant::now()));
    let ranks = joined();
    let outcomes = if ranks.is_alone() {
        let Takers { see, note, keep } = &takers;
        let take = |index: usize, square: &[u8]| keep(index, square);
        let see = |index: usize, bytes: &[u8]| note(index, see(index, bytes));
        squares_of(threads, source, 0..total, size, &mut progress, see, take)?
    } else {
        divided(&ranks, threads, source, size, &mut progress, &takers)?
    };
    if outcomes.is_ok() && progress(total).is_break() {
        return Err(Error::Cancelled);
    }
    Ok(outcomes)
}

/// Bytes of squares that processes tell each other at once.
const BLOCK: usize = 64 << 20;

/// [`squares`] by all processes of a job. All go through all images, also after one that cannot be kept.
fn divided<T: Send + Sync>(
    ranks: &Ranks,
    threads: &ThreadPool,
    source: &Source,
    size: usize,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
    takers: &Takers<
        impl Fn(usize, &[u8]) -> Digest + Sync,
        impl Fn(usize, Digest) + Sync,
        impl Fn(usize, &[u8]) -> std::io::Result<T> + Sync,
    >,
) -> Result<std::io::Result<Vec<Result<T, Unread>>>> {
    let (total, bytes) = (source.images().len(), 3 * size * size);
    let block = (BLOCK / bytes).max(ranks.size());
    let mut outcomes = Vec::with_capacity(total);
    let mut failure = None;
    for from in (0..total).step_by(block) {
        let share = ranks.share(block.min(total - from));
        let share = from + share.start..from + share.end;
        let made: Vec<Mutex<(Digest, Vec<u8>)>> = share.clone().map(|_| Mutex::default()).collect();
        let place = |index: usize| made[index - share.start].lock().unwrap_or_else(PoisonError::into_inner);
        let see = |index: usize, bytes: &[u8]| place(index).0 = (takers.see)(index, bytes);
        let take = |index: usize, square: &[u8]| {
            place(index).1 = square.to_vec();
            Ok(())
        };
        let mut of_all = |done: usize| progress(from + done * ranks.size());
        let own = squares_of(threads, source, share.clone(), size, &mut of_all, see, take)?
            .map_err(|error| Error::Invalid(format!("cannot keep the images: {error}")))?;
        let made = made.into_iter().map(|one| one.into_inner().unwrap_or_else(PoisonError::into_inner));
        let (digests, squares): (Vec<Digest>, Vec<Vec<u8>>) = made.unzip();
        let squares = ranks.gather_bytes(squares.concat()).concat();
        let told = ranks.gather_all((own, digests))?;
        let mut squares = squares.chunks_exact(bytes);
        let of_images = told.into_iter().flat_map(|(outcomes, digests)| outcomes.into_iter().zip(digests));
        for (index, (outcome, digest)) in (from..).zip(of_images) {
            (takers.note)(index, digest);
            match outcome.map(|()| (takers.keep)(index, squares.next().unwrap_or_default())) {
                Ok(Ok(kept)) => outcomes.push(Ok(kept)),
                Ok(Err(error)) => failure = failure.or(Some(error)),
                Err(unread) => outcomes.push(Err(unread)),
            }
        }
    }
    Ok(failure.map_or(Ok(outcomes), Err))
}

/// [`squares`] of some of the images, by this process.
fn squares_of<T: Send + Sync>(
    threads: &ThreadPool,
    source: &Source,
    range: Range<usize>,
    size: usize,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
    see: impl Fn(usize, &[u8]) + Sync,
    keep: impl Fn(usize, &[u8]) -> std::io::Result<T> + Sync,
) -> Result<std::io::Result<Vec<Result<T, Unread>>>> {
    let images = &source.images()[range.clone()];
    let aligner = match source.alignment() {
        Alignment::None => None,
        Alignment::Face => Some(Aligner::shipped()?),
    };
    let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failure = OnceLock::new();
    let mut outcomes: Vec<Option<Result<T, Unread>>> = Vec::new();
    outcomes.resize_with(images.len(), || None);
    let mut cancelled = false;
    let (finished, waiting) = crossbeam_channel::bounded::<()>(0);
    threads.in_place_scope(|scope| {
        scope.spawn(|_| {
            let buffers = || (Resizer::new(), vec![0; size * size * 3]);
            let work = images.par_iter().zip(&mut outcomes).enumerate();
            work.for_each_init(buffers, |(resizer, square), (number, (image, outcome))| {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let index = range.start + number;
                let squared = source.read(image).and_then(|bytes| {
                    see(index, &bytes);
                    match aligner {
                        None => square_of(&image.path, bytes, size, resizer, square),
                        Some(aligner) => face_of(aligner, &image.path, bytes, size, square),
                    }
                });
                match squared.map(|()| keep(index, square)) {
                    Ok(Ok(kept)) => *outcome = Some(Ok(kept)),
                    Ok(Err(error)) => {
                        stop.store(true, Ordering::Relaxed);
                        // Only the first one is told.
                        let _ = failure.set(error);
                    }
                    Err(error) => *outcome = Some(Err(unread(error))),
                }
                done.fetch_add(1, Ordering::Relaxed);
            });
            drop(finished);
        });
        while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            if progress(done.load(Ordering::Relaxed)).is_break() {
                cancelled = true;
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
    });
    if cancelled {
        return Err(Error::Cancelled);
    }
    if let Some(error) = failure.into_inner() {
        return Ok(Err(error));
    }
    Ok(Ok(outcomes.into_iter().flatten().collect()))
}

/// [`crop_resize`] of
/// [`read_image`](crate::data::decode::read_image), but turned upright last, when it is small.
fn square_of(path: &Path, bytes: Vec<u8>, size: usize, resizer: &mut Resizer, out: &mut [u8]) -> Result<()> {
    let StoredImage { image, orientation } = decode_stored(path, bytes)?;
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

/// The largest face in an image.
fn face_of(aligner: &Aligner, path: &Path, bytes: Vec<u8>, size: usize, out: &mut [u8]) -> Result<()> {
    let image = decode_image(path, bytes)?;
    let face = aligner.largest(&image)?.ok_or_else(|| Error::file(path, "no face was found in it"))?;
    out.copy_from_slice(crop_resize(&image, face.crop, size).pixels());
    Ok(())
}

fn unread(error: Error) -> Unread {
    Unread { refused: matches!(error, Error::Io { .. }), reason: reason(error) }
}

/// The error without the file's name, which stands beside it.
pub(crate) fn reason(error: Error) -> String {
    match error {
        Error::File { reason, .. } => reason,
        Error::Io { action, source, .. } => format!("cannot {action} it: {source}"),
        other => other.to_string(),
    }
}
