//! Whether files are still those that a cache was made of, where names, lengths and times say so. These
//! can agree between different pictures: `cp -p` and `unzip -o` give a file the time of another one, and
//! programs that edit what is said of a photo put its time back.
//!
//! * The system's own record of a change, which nobody can set: a file whose number or time of change (`ctime`) is
//!   not what it was is read as a whole and its content compared. Most often nothing but its rights or its place
//!   among the links has changed; then what the system says now is noted, and the file is not read again.
//! * A few bytes at [`SPOTS`] places of a file, drawn by the cache's key: looked at in
//!   [`SAMPLE`] files drawn anew each time, because not every file system keeps such a record; in [`BLIND_SAMPLE`]
//!   where the system has none, and in all files when they lie on another device, as a drive may that was plugged
//!   in again.
//!
//! In an archive the length and the CRC-32 of every file's content stand in the table of contents and are part of
//! a cache's name; there is nothing more to look at. A picture in an array has the record of the array's file, and
//! the places that are looked at are those of the picture.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rayon::ThreadPool;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_64_with_seed};

use crate::data::folder::ListedImage;
use crate::data::ingest::Digest;
use crate::data::pace::ProgressMeter;
use crate::data::source::Source;
use crate::report::Progress;
use crate::{Error, Result};

/// Files looked at each time. Where one file in twenty was replaced behind the system's back, they show it in 96
/// of 100 cases, and all of them take about a millisecond.
const SAMPLE: usize = 64;
/// Number of files looked at where the system keeps no record of changes: one in 200 in 99 of 100 cases.
const BLIND_SAMPLE: usize = 1024;
/// Places in a file.
const SPOTS: u64 = 4;
/// Bytes at each of them.
const SPOT: usize = 16;
/// Files between two calls of an observer.
const STRETCH: usize = 64;

/// Evidence of the files that something was made of, in the order of their listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// Of the places that are looked at.
    seed: u64,
    /// XXH3-64 of the devices that the files lie on.
    devices: u64,
    /// [`Stamp::record`](crate::data::folder::Stamp::record) of each.
    #[serde(with = "super::digits")]
    records: Vec<u64>,
    /// XXH3-64 of the content of each; 0 for what could not be read.
    #[serde(with = "super::digits")]
    contents: Vec<u64>,
    /// XXH3-64 of a few bytes of each.
    #[serde(with = "super::digits")]
    spots: Vec<u64>,
}

/// Whether what was made of the files still holds.
pub(super) enum Freshness {
    /// It holds.
    Holds,
    /// It holds, and this is what to know of the files from now on.
    HoldsWith(Evidence),
    /// They are other files.
    Stale,
}

/// Records the evidence while files are read, on several threads.
pub(super) struct EvidenceRecorder {
    seed: u64,
    seen: Mutex<Vec<(u64, u64)>>,
}

impl EvidenceRecorder {
    /// A recorder for so many files, whose cache has this key.
    pub fn new(files: usize, key: u128) -> Self {
        EvidenceRecorder { seed: key as u64, seen: Mutex::new(vec![(0, 0); files]) }
    }

    /// Is shown all bytes of a file.
    pub fn see(&self, file: usize, bytes: &[u8]) {
        self.note(file, self.digest(file, bytes));
    }

    /// Numbers by which a file is known again, from all its bytes.
    pub fn digest(&self, file: usize, bytes: &[u8]) -> Digest {
        [xxh3_64(bytes), spots_in(self.seed, file, bytes)]
    }

    /// Takes the [digest](EvidenceRecorder::digest) of a file.
    pub fn note(&self, file: usize, digest: Digest) {
        self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner())[file] = digest.into();
    }

    /// Evidence of the files of `source`.
    pub fn evidence(&self, source: &Source) -> Evidence {
        let seen = self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (contents, spots) = seen.iter().copied().unzip();
        Evidence { seed: self.seed, contents, spots, devices: devices(source), records: records(source) }
    }
}

impl Evidence {
    /// Number of files it is of.
    pub fn len(&self) -> usize {
        [&self.records, &self.contents, &self.spots].map(Vec::len).into_iter().min().unwrap_or(0)
    }

    /// Looks at the files of `source`, which have the names, lengths and times of those that it is of.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer broke.
    pub fn check(
        &self,
        source: &Source,
        threads: &ThreadPool,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Freshness> {
        if source.is_archive() {
            return Ok(Freshness::Holds);
        }
        let images = source.images();
        let changed = |&index: &usize| self.records[index] != images[index].stamp.record;
        let (in_doubt, others): (Vec<usize>, Vec<usize>) = (0..images.len()).partition(changed);
        let elsewhere = self.devices != devices(source);
        let blind = images.iter().all(|image| image.stamp.record == 0);
        let sample = if blind { BLIND_SAMPLE } else { SAMPLE };
        let probed: Vec<usize> = if elsewhere || others.len() <= sample {
            others
        } else {
            let seed = by_chance();
            let draw = |number: usize| {
                others[xxh3_64_with_seed(&number.to_le_bytes(), seed) as usize % others.len()]
            };
            (0..sample).map(draw).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let is_unread = |index: usize| self.contents[index] == 0;
        let spots_of = |index: usize| match source.is_folder_of_images() {
            true => spots_in_file(self.seed, index, &images[index]),
            false => Some(spots_in(self.seed, index, &source.read(&images[index]).ok()?)),
        };
        let same_spots = |index: usize| is_unread(index) || spots_of(index) == Some(self.spots[index]);
        if !threads.install(|| probed.par_iter().all(|&index| same_spots(index)))
            || !self.same_contents(&in_doubt, source, threads, observer)?
        {
            return Ok(Freshness::Stale);
        }
        if in_doubt.is_empty() && !elsewhere {
            return Ok(Freshness::Holds);
        }
        Ok(Freshness::HoldsWith(self.clone().recorded_as(source)))
    }

    /// This evidence with what the system says of the files now.
    pub fn recorded_as(self, source: &Source) -> Self {
        Evidence { devices: devices(source), records: records(source), ..self }
    }

    /// Whether every file of `source` has the content that it had, all of it.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer broke.
    pub fn is_of(
        &self,
        source: &Source,
        threads: &ThreadPool,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<bool> {
        let all: Vec<usize> = (0..source.images().len()).collect();
        self.same_contents(&all, source, threads, observer)
    }

    fn same_contents(
        &self,
        files: &[usize],
        source: &Source,
        threads: &ThreadPool,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<bool> {
        let mut pace = ProgressMeter::new("Comparing files with the cache", files.len(), Instant::now());
        let stale = AtomicBool::new(false);
        for (stretch, files) in files.chunks(STRETCH).enumerate() {
            let compare = |&index: &usize| {
                let content = self.contents[index];
                // What the system refuses now it did not refuse then.
                let same =
                    || source.read(&source.images()[index]).is_ok_and(|bytes| xxh3_64(&bytes) == content);
                if content != 0 && !stale.load(Ordering::Relaxed) && !same() {
                    stale.store(true, Ordering::Relaxed);
                }
            };
            threads.install(|| files.par_iter().for_each(compare));
            if stale.load(Ordering::Relaxed) {
                return Ok(false);
            }
            if observer(pace.progress(stretch * STRETCH + files.len(), Instant::now())).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(true)
    }
}

fn records(source: &Source) -> Vec<u64> {
    source.images().iter().map(|image| image.stamp.record).collect()
}

fn devices(source: &Source) -> u64 {
    let mut hash = Xxh3::new();
    source.images().iter().for_each(|image| hash.update(&image.stamp.device.to_le_bytes()));
    hash.digest()
}

/// Where the bytes begin that are looked at; none in a file that is shorter than these.
fn spots(seed: u64, file: usize, length: u64) -> impl Iterator<Item = u64> {
    let places = (length + 1).saturating_sub(SPOT as u64);
    let spot = move |number: u64| {
        let which = [(file as u64).to_le_bytes(), number.to_le_bytes()].concat();
        xxh3_64_with_seed(&which, seed) % places
    };
    (0..if places == 0 { 0 } else { SPOTS }).map(spot)
}

/// XXH3-64 of a few of the bytes of a file.
fn spots_in(seed: u64, file: usize, bytes: &[u8]) -> u64 {
    let places = spots(seed, file, bytes.len() as u64);
    xxh3_64(&places.flat_map(|at| &bytes[at as usize..][..SPOT]).copied().collect::<Vec<u8>>())
}

/// [`spots_in`] without reading the rest; `None` if the file cannot be read.
fn spots_in_file(seed: u64, file: usize, image: &ListedImage) -> Option<u64> {
    let mut open = File::open(&image.path).ok()?;
    let mut bytes = Vec::with_capacity(SPOTS as usize * SPOT);
    for at in spots(seed, file, image.stamp.bytes) {
        open.seek(SeekFrom::Start(at)).ok()?;
        let mut spot = [0; SPOT];
        open.read_exact(&mut spot).ok()?;
        bytes.extend(spot);
    }
    Some(xxh3_64(&bytes))
}

/// Something else each time; nothing that is computed depends on it.
fn by_chance() -> u64 {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    xxh3_64_with_seed(&nanoseconds.to_le_bytes(), std::process::id().into())
}
