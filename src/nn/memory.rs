//! Memory for the kernels: results built piece by piece on the pool, and scratch space that is kept.
//!
//! Page faults and clearing cost a fifth of a training step when done naively. Results are therefore
//! cleared by the task that fills them, a piece at a time, while the piece is in its cache.
//!
//! The unsafe code here, in `matmul.rs` and in the kernels runs under Miri, which finds what no result
//! shows: `.ci/miri`.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

/// Clears memory, which makes it safe to use.
pub fn zeroed(piece: &mut [MaybeUninit<f32>]) -> &mut [f32] {
    piece.fill(MaybeUninit::new(0.0));
    // SAFETY: every element was written just above; `MaybeUninit<f32>` has the layout of `f32`.
    unsafe { &mut *(std::ptr::from_mut(piece) as *mut [f32]) }
}

/// A vector of `len` floats, filled on the pool: `fill` is given each piece of `chunk` elements (the
/// last may be shorter), cleared, with its number.
pub fn build(len: usize, chunk: usize, fill: impl Fn(usize, &mut [f32]) + Sync + Send) -> Vec<f32> {
    let mut vec = Vec::with_capacity(len);
    let memory = &mut vec.spare_capacity_mut()[..len];
    if (1..=chunk).contains(&len) {
        // A single image is not worth the way to another thread.
        fill(0, zeroed(memory));
    } else {
        memory.par_chunks_mut(chunk.max(1)).enumerate().for_each(|(index, piece)| fill(index, zeroed(piece)));
    }
    // SAFETY: the capacity is at least `len`, and the chunks that were cleared cover all of it.
    unsafe { vec.set_len(len) };
    vec
}

/// The memory of a run of chunks, taken from the front.
pub struct Pieces<'a> {
    rest: &'a mut [MaybeUninit<f32>],
}

impl<'a> Pieces<'a> {
    /// The next `len` elements, cleared. Panics when fewer are left.
    pub fn take(&mut self, len: usize) -> &'a mut [f32] {
        let (piece, rest) = std::mem::take(&mut self.rest).split_at_mut(len);
        self.rest = rest;
        zeroed(piece)
    }
}

/// Like [`build`], for work that also sums over all pieces. The `chunks` pieces of `chunk` elements are
/// dealt to the threads as contiguous runs that depend on nothing but the number of threads, so the
/// same sums come out every time. `work` is given the numbers of a run's pieces, the memory to take
/// them from, and the run's own accumulator from `start`. With `chunk` 0 there is nothing to fill.
pub fn build_runs<A: Send>(
    len: usize,
    chunk: usize,
    chunks: usize,
    start: impl Fn() -> A,
    work: impl Fn(Range<usize>, &mut Pieces<'_>, &mut A) + Sync + Send,
) -> (Vec<f32>, Vec<A>) {
    let in_run = chunks.div_ceil(rayon::current_num_threads()).max(1);
    let mut vec = Vec::with_capacity(len);
    let mut rest = &mut vec.spare_capacity_mut()[..len];
    let mut runs = Vec::new();
    for first in (0..chunks).step_by(in_run) {
        let range = first..(first + in_run).min(chunks);
        let (memory, later) = rest.split_at_mut((range.len() * chunk).min(rest.len()));
        rest = later;
        runs.push((range, memory, start()));
    }
    assert!(rest.is_empty(), "the chunks cover the result");
    let sums = runs
        .into_par_iter()
        .with_max_len(1)
        .map(|(range, memory, mut sum)| {
            let mut pieces = Pieces { rest: memory };
            work(range, &mut pieces, &mut sum);
            // Whatever was not taken is cleared too, so that nothing stays uninitialised.
            zeroed(pieces.rest);
            sum
        })
        .collect();
    // SAFETY: the capacity is at least `len`; the runs' memories cover all of it (asserted), and each
    // was cleared wholly, by `Pieces::take` or after `work` returned.
    unsafe { vec.set_len(len) };
    (vec, sums)
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
        let filled = build(10, 4, |index, piece| {
            assert!(piece.iter().all(|v| *v == 0.0));
            piece.fill(index as f32 + 1.0);
        });
        assert_eq!(filled, [1., 1., 1., 1., 2., 2., 2., 2., 3., 3.]);
        assert!(build(0, 4, |_, _| panic!("nothing to fill")).is_empty());
    }

    #[test]
    fn runs_cover_the_result_even_when_the_work_leaves_memory_untaken() {
        let (filled, sums) = build_runs(10, 2, 5, Vec::new, |range, pieces, seen: &mut Vec<usize>| {
            for index in range {
                if index % 2 == 0 {
                    pieces.take(2).fill(1.0);
                }
                seen.push(index);
            }
        });
        assert_eq!(filled.len(), 10);
        assert!(filled.iter().all(|v| *v == 0.0 || *v == 1.0));
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
    #[should_panic]
    fn no_more_than_a_runs_memory_can_be_taken() {
        build_runs(4, 4, 1, || (), |_, pieces, _| pieces.take(5).fill(1.0));
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
