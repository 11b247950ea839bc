//! Memory for the kernels: results filled piece by piece on the pool, buffers that go round, and scratch
//! space that is kept.
//!
//! Page faults and clearing cost a fifth of a training step when done naively. What lives from a layer's
//! forward pass to its backward pass is therefore given back when it is done with, and serves the next
//! layer or the next step as it is: nothing here is cleared, whoever takes a buffer writes all of it.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

/// A buffer that was given back.
struct Spare {
    buffer: Vec<f32>,
    /// Backward passes since then.
    idle: usize,
}

/// Buffers that nobody uses.
struct Spares(Vec<Spare>);

/// A buffer that nobody took for this many backward passes is freed. An update of a generator and its
/// discriminator has three, and may have a fourth.
const KEPT_FOR: usize = 8;

impl Spares {
    /// The smallest buffer that is large enough, but not much larger: another layer will want that one.
    fn take(&mut self, len: usize) -> Option<Vec<f32>> {
        let fits = |(_, s): &(usize, &Spare)| (len..=len + len / 4).contains(&s.buffer.capacity());
        let best = self.0.iter().enumerate().filter(fits).min_by_key(|(_, s)| s.buffer.capacity());
        let at = best?.0;
        let mut buffer = self.0.swap_remove(at).buffer;
        buffer.resize(len, 0.0);
        Some(buffer)
    }

    fn give_back(&mut self, buffer: Vec<f32>) {
        if buffer.capacity() > 0 {
            self.0.push(Spare { buffer, idle: 0 });
        }
    }

    fn free_unused(&mut self) {
        self.0.iter_mut().for_each(|s| s.idle += 1);
        self.0.retain(|s| s.idle <= KEPT_FOR);
    }
}

static SPARES: Mutex<Spares> = Mutex::new(Spares(Vec::new()));

fn spare_buffers() -> MutexGuard<'static, Spares> {
    SPARES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `len` floats of no particular content: a buffer that was given back, or a new one.
pub fn take(len: usize) -> Vec<f32> {
    let found = spare_buffers().take(len);
    found.unwrap_or_else(|| vec![0.0; len])
}

/// Gives a buffer back for another [`take`].
pub fn give_back(buffer: Vec<f32>) {
    spare_buffers().give_back(buffer);
}

/// Frees what has been lying about. Called once a backward pass.
pub fn free_unused() {
    spare_buffers().free_unused();
}

/// Frees the buffers that training has left for its next step. For the end of a run.
pub fn free_buffers() {
    spare_buffers().0.clear();
}

/// [`take`]s `len` floats and fills them on the pool: `fill` is given each piece of `chunk` elements (the
/// last may be shorter), to be written wholly, with its number.
pub fn build(len: usize, chunk: usize, fill: impl Fn(usize, &mut [f32]) + Sync + Send) -> Vec<f32> {
    let mut memory = take(len);
    if (1..=chunk).contains(&len) {
        // A single image is not worth the way to another thread.
        fill(0, &mut memory);
    } else {
        memory.par_chunks_mut(chunk.max(1)).enumerate().for_each(|(index, piece)| fill(index, piece));
    }
    memory
}

/// Like [`build`], for work that also sums over all pieces. The `chunks` pieces of `chunk` elements are
/// dealt to the threads as contiguous runs that depend on nothing but the number of threads, so the
/// same sums come out every time. `work` is given the numbers of a run's pieces, the run's memory (of
/// which the last piece may be shorter), and the run's own accumulator from `start`. With `chunk` 0 there
/// is nothing to fill.
pub fn build_runs<A: Send>(
    len: usize,
    chunk: usize,
    chunks: usize,
    start: impl Fn() -> A,
    work: impl Fn(Range<usize>, &mut [f32], &mut A) + Sync + Send,
) -> (Vec<f32>, Vec<A>) {
    let in_run = chunks.div_ceil(rayon::current_num_threads()).max(1);
    let mut memory = take(len);
    let mut rest = &mut memory[..];
    let mut runs = Vec::new();
    for first in (0..chunks).step_by(in_run) {
        let range = first..(first + in_run).min(chunks);
        let (own, later) = rest.split_at_mut((range.len() * chunk).min(rest.len()));
        rest = later;
        runs.push((range, own, start()));
    }
    assert!(rest.is_empty(), "the chunks cover the result");
    let sums = runs
        .into_par_iter()
        .with_max_len(1)
        .map(|(range, own, mut sum)| {
            work(range, own, &mut sum);
            sum
        })
        .collect();
    (memory, sums)
}

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Lends `N` buffers of the given sizes, content unspecified. They stay with the thread and only grow,
/// so that after the first step nothing is allocated. A nested call (the pool may run another task
/// while one waits) simply gets fresh buffers.
pub fn with_scratch<const N: usize, R>(sizes: [usize; N], work: impl FnOnce([&mut [f32]; N]) -> R) -> R {
    let mut kept = SCRATCH.take();
    kept.resize_with(kept.len().max(N), Vec::new);
    for (buffer, size) in kept.iter_mut().zip(sizes) {
        if buffer.len() < size {
            buffer.resize(size, 0.0);
        }
    }
    let mut buffers = kept.iter_mut();
    let lent = sizes.map(|size| match buffers.next() {
        Some(buffer) => &mut buffer[..size],
        None => &mut [],
    });
    let result = work(lent);
    SCRATCH.set(kept);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_filled_once() {
        let filled = build(10, 4, |index, piece| piece.fill(index as f32 + 1.0));
        assert_eq!(filled, [1., 1., 1., 1., 2., 2., 2., 2., 3., 3.]);
        assert!(build(0, 4, |_, _| panic!("nothing to fill")).is_empty());
    }

    #[test]
    fn runs_cover_the_result() {
        let (filled, sums) = build_runs(9, 2, 5, Vec::new, |range, own, seen: &mut Vec<usize>| {
            assert_eq!(range.len(), own.chunks(2).len());
            for (index, piece) in range.zip(own.chunks_mut(2)) {
                piece.fill(index as f32);
                seen.push(index);
            }
        });
        assert_eq!(filled, [0., 0., 1., 1., 2., 2., 3., 3., 4.]);
        assert_eq!(sums.concat(), [0, 1, 2, 3, 4]);
        let (nothing, sums) = build_runs(0, 0, 7, || 0, |range, _, sum| *sum += range.len());
        assert!(nothing.is_empty());
        assert_eq!(sums.iter().sum::<usize>(), 7);
    }

    #[test]
    #[should_panic(expected = "the chunks cover the result")]
    fn runs_that_leave_the_end_of_the_result_open_are_refused() {
        build_runs(10, 3, 3, || (), |_, _, _| ());
    }

    #[test]
    fn buffers_go_round_and_what_nobody_takes_is_freed() {
        let mut spares = Spares(Vec::new());
        let held = |spares: &Spares| spares.0.iter().map(|s| s.buffer.capacity()).collect::<Vec<_>>();
        for size in [100, 60, 40, 0] {
            spares.give_back(vec![1.0; size]);
        }
        assert_eq!(held(&spares), [100, 60, 40]);
        // The smallest that is large enough, cut to size.
        let taken = spares.take(50).unwrap();
        assert_eq!((taken.len(), taken.capacity(), taken[49]), (50, 60, 1.0));
        // 100 is too much.
        assert!(spares.take(45).is_none());
        spares.give_back(taken);
        assert_eq!(spares.take(60).unwrap(), [[1.0; 50].as_slice(), &[0.0; 10]].concat());
        for _ in 0..KEPT_FOR {
            spares.free_unused();
        }
        assert_eq!(held(&spares).len(), 2);
        let used = spares.take(40).unwrap();
        spares.give_back(used);
        spares.free_unused();
        assert_eq!(held(&spares), [40]);
    }

    #[test]
    fn scratch_survives_nesting() {
        let answer = with_scratch([3, 2], |[a, b]| {
            a.fill(1.0);
            b.fill(2.0);
            with_scratch([3], |[c]| c.fill(9.0));
            a.iter().chain(b.iter()).sum::<f32>()
        });
        assert_eq!(answer, 7.0);
    }
}
