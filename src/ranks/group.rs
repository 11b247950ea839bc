//! [`Ranks`]: the ranks of a job, and what they tell each other.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::link::Link;
use super::pending::{Pending, Sender};
use crate::error::{Error, Result};

/// All ranks of a job, seen from one of them. Clones are the same.
///
/// Every rank has to call the same operations in the same order; each waits for the others.
#[derive(Clone)]
pub struct Ranks {
    rank: usize,
    size: usize,
    /// None for a process by itself.
    lines: Option<Arc<Lines>>,
}

/// Two ways to the others, so that a large sum does not keep a small one waiting.
struct Lines {
    /// For whoever waits for an answer.
    near: Box<dyn Link>,
    /// For sums that are waited for later.
    far: Sender,
    traffic: Traffic,
}

#[derive(Default)]
struct Traffic {
    waited: AtomicU64,
    bytes: AtomicU64,
    exchanges: AtomicU64,
}

/// Exchanges of a rank up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// Time in which nothing was computed because something was waited for.
    pub waited: Duration,
    /// Bytes sent to other ranks.
    pub bytes: u64,
    /// Number of exchanges.
    pub exchanges: u64,
}

thread_local! {
    static HERE: RefCell<Option<Ranks>> = const { RefCell::new(None) };
}

/// The ranks that share the work of this thread by [`Ranks::together`]; this one alone where nobody has said so.
pub fn here() -> Ranks {
    set_here().unwrap_or_else(Ranks::alone)
}

/// The ranks of [`Ranks::together`] on this thread, if somebody has said so.
pub(super) fn set_here() -> Option<Ranks> {
    HERE.with_borrow(Clone::clone)
}

impl Ranks {
    /// A process by itself.
    pub fn alone() -> Self {
        Self { rank: 0, size: 1, lines: None }
    }

    /// One of `size` ranks, with two ways to the others.
    pub(super) fn linked(
        rank: usize,
        size: usize,
        near: Box<dyn Link>,
        far: Box<dyn Link>,
        overlaps: bool,
    ) -> Self {
        let far = Sender::new(far, overlaps);
        Self { rank, size, lines: Some(Arc::new(Lines { near, far, traffic: Traffic::default() })) }
    }

    /// One of so many that cannot reach each other.
    #[cfg(test)]
    pub(super) fn unlinked(rank: usize, size: usize) -> Self {
        Self { rank, size, lines: None }
    }

    /// The number of this rank, from 0.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Number of ranks.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether there is no other.
    pub fn is_alone(&self) -> bool {
        self.size == 1
    }

    /// Whether this is rank 0, which writes and talks for all.
    pub fn is_first(&self) -> bool {
        self.rank == 0
    }

    /// Shares the work of this thread among these while `work` goes on.
    pub fn together<R>(&self, work: impl FnOnce() -> R) -> R {
        /// Puts those before back, also after a panic.
        struct Before(Option<Ranks>);
        impl Drop for Before {
            fn drop(&mut self) {
                HERE.set(self.0.take());
            }
        }
        let _before = Before(HERE.replace(Some(self.clone())));
        work()
    }

    /// The part of `total` things in a row that is this rank's; shares differ by at most one thing.
    pub fn share(&self, total: usize) -> Range<usize> {
        let bound = |rank: usize| (total as u128 * rank as u128 / self.size as u128) as usize;
        bound(self.rank)..bound(self.rank + 1)
    }

    /// Adds up the same places of all ranks.
    pub fn sum(&self, values: &mut [f64]) {
        let Some(lines) = &self.lines else { return };
        let all = lines.wait(8 * values.len() * (self.size - 1), || lines.near.gather_f64(values));
        values.fill(0.0);
        for of_rank in all.chunks_exact(values.len().max(1)) {
            values.iter_mut().zip(of_rank).for_each(|(sum, value)| *sum += value);
        }
    }

    /// Makes each value a mean over what the ranks have `count` things of. Returns this rank's part of all things.
    pub fn weigh(&self, count: usize, values: &mut [f64]) -> f64 {
        if self.is_alone() {
            return 1.0;
        }
        let own = count as f64;
        let mut sums: Vec<f64> = values.iter().map(|value| value * own).chain([own]).collect();
        self.sum(&mut sums);
        let total = sums.pop().unwrap_or(own);
        values.iter_mut().zip(sums).for_each(|(value, sum)| *value = sum / total);
        own / total
    }

    /// Whether it is so on at least one rank.
    pub fn any(&self, is_so: bool) -> bool {
        let mut count = [f64::from(u8::from(is_so))];
        self.sum(&mut count);
        count[0] > 0.0
    }

    /// Begins to add up the same places of all ranks while something else is computed. The sums of a rank are added
    /// up in the order in which they were begun.
    pub fn sum_later(&self, values: Vec<f32>) -> Pending {
        match &self.lines {
            None => Pending::done(values),
            Some(lines) => {
                // Each part goes to the rank that adds it up, and the sum of one's own part to all.
                lines.count(2 * 4 * values.len() * (self.size - 1) / self.size);
                lines.far.begin(values, self.size)
            }
        }
    }

    /// Waits for sums that were begun.
    pub fn wait_for(&self, sums: Vec<Pending>) -> Vec<Vec<f32>> {
        let wait = || sums.into_iter().map(Pending::wait).collect();
        match &self.lines {
            None => wait(),
            Some(lines) => lines.wait(0, wait),
        }
    }

    /// The values of every rank, in the order of ranks; there need not be equally many.
    pub fn gather(&self, own: Vec<f32>) -> Vec<Vec<f32>> {
        self.gather_padded(own, |link, own| link.gather_f32(own))
    }

    /// The bytes of every rank, in the order of ranks; there need not be equally many.
    pub fn gather_bytes(&self, own: Vec<u8>) -> Vec<Vec<u8>> {
        self.gather_padded(own, |link, own| link.gather_u8(own))
    }

    /// Values of every rank, in the order of ranks.
    ///
    /// # Errors
    /// Something that cannot be written as JSON and read again.
    pub fn gather_all<T: Serialize + DeserializeOwned>(&self, own: T) -> Result<Vec<T>> {
        if self.is_alone() {
            return Ok(vec![own]);
        }
        let own = serde_json::to_vec(&own).map_err(unfit)?;
        self.gather_bytes(own).iter().map(|bytes| serde_json::from_slice(bytes).map_err(unfit)).collect()
    }

    fn gather_padded<T: Copy + Default>(
        &self,
        own: Vec<T>,
        gather: impl FnOnce(&dyn Link, &[T]) -> Vec<T>,
    ) -> Vec<Vec<T>> {
        let Some(lines) = &self.lines else { return vec![own] };
        let lengths = lines.wait(8 * (self.size - 1), || lines.near.gather_f64(&[own.len() as f64]));
        let longest = lengths.iter().fold(0.0, |a: f64, b| a.max(*b)) as usize;
        if longest == 0 {
            return vec![Vec::new(); self.size];
        }
        let mut padded = own;
        padded.resize(longest, T::default());
        let bytes = size_of::<T>() * longest * (self.size - 1);
        let all = lines.wait(bytes, || gather(&*lines.near, &padded));
        all.chunks_exact(longest)
            .zip(lengths)
            .map(|(part, length)| part[..length as usize].to_vec())
            .collect()
    }

    /// The bytes of rank 0 on every rank.
    pub fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        match &self.lines {
            None => bytes,
            Some(lines) => lines.wait(0, || lines.near.broadcast(bytes)),
        }
    }

    /// The value of rank 0, on every rank.
    ///
    /// # Errors
    /// Something that cannot be written as JSON and read again.
    pub fn first_says<T: Serialize + DeserializeOwned>(&self, own: T) -> Result<T> {
        if self.is_alone() {
            return Ok(own);
        }
        let bytes = match self.is_first() {
            true => serde_json::to_vec(&own).map_err(unfit)?,
            false => Vec::new(),
        };
        serde_json::from_slice(&self.broadcast(bytes)).map_err(unfit)
    }

    /// Waits until all are here.
    pub fn barrier(&self) {
        self.any(false);
    }

    /// Ends the processes of all ranks with an exit code.
    pub fn abort(&self, code: u8) -> ! {
        match &self.lines {
            None => std::process::exit(i32::from(code)),
            Some(lines) => lines.near.abort(code),
        }
    }

    /// Exchanges of this rank up to now.
    pub fn exchanged(&self) -> Exchanged {
        self.lines.as_ref().map_or_else(Exchanged::default, |lines| Exchanged {
            waited: Duration::from_nanos(lines.traffic.waited.load(Ordering::Relaxed)),
            bytes: lines.traffic.bytes.load(Ordering::Relaxed),
            exchanges: lines.traffic.exchanges.load(Ordering::Relaxed),
        })
    }
}

impl Lines {
    fn wait<R>(&self, bytes: usize, exchange: impl FnOnce() -> R) -> R {
        self.count(bytes);
        let began = Instant::now();
        let result = exchange();
        self.traffic.waited.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
        result
    }

    fn count(&self, bytes: usize) {
        self.traffic.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.traffic.exchanges.fetch_add(u64::from(bytes > 0), Ordering::Relaxed);
    }
}

fn unfit(error: serde_json::Error) -> Error {
    Error::Fault(format!("the ranks cannot tell each other what they have: {error}"))
}
