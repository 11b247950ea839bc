//! From files to squares: every image of a source decoded, cropped and made small, on all cores.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

/// Why a file gave no square.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unread {
    /// A sentence without the file's name.
    pub reason: String,
    /// Whether the system refused the file, which may be otherwise the next time; else its content is
    /// at fault.
    pub refused: bool,
}

/// Of every image of `source` the central square, or the face if that is what it is to be cut to, resized to `size`
/// pixels a side, given to `keep` with
/// the image's number, on whatever thread it was made. What `keep` returns comes back in the order of
/// the images. One square a thread is in memory at a time. Before that `see` is shown all that is in the file.
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
    see: impl Fn(usize, &[u8]) + Sync,
    keep: impl Fn(usize, &[u8]) -> std::io::Result<T> + Sync,
) -> Result<std::io::Result<Vec<Result<T, Unread>>>> {
    let images = source.images();
    let aligner = match source.alignment() {
        Alignment::None => None,
        Alignment::Face => Some(Aligner::shipped()?),
    };
    let total = images.len();
    let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failure = OnceLock::new();
    let mut outcomes: Vec<Option<Result<T, Unread>>> = Vec::new();
    outcomes.resize_with(total, || None);
    let mut pace = ProgressMeter::new("Reading images", total, Instant::now());
    let mut cancelled = false;
    let (finished, waiting) = crossbeam_channel::bounded::<()>(0);
    threads.in_place_scope(|scope| {
        scope.spawn(|_| {
            let buffers = || (Resizer::new(), vec![0; size * size * 3]);
            let work = images.par_iter().zip(&mut outcomes).enumerate();
            work.for_each_init(buffers, |(resizer, square), (index, (image, outcome))| {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
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
            let progress = pace.progress(done.load(Ordering::Relaxed), Instant::now());
            if observer(progress).is_break() {
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
    if observer(pace.progress(total, Instant::now())).is_break() {
        return Err(Error::Cancelled);
    }
    Ok(Ok(outcomes.into_iter().flatten().collect()))
}

/// [`crop_resize`](crate::resample::crop_resize) of
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
