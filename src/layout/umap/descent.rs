//! The stochastic descent of UMAP: section 3.2 of the paper, with `optimize_layout_euclidean` of umap-learn.

use super::curve::Forces;
use super::graph::Edge;
use crate::error::Result;
use crate::layout::watch::{LayoutObserver, tell};

/// Part of the work, for who waits.
const PART: &str = "Arranging the points";
/// Random points that a point is pushed away from for each that it is drawn to.
const PUSHES: f32 = 5.0;
/// Furthest that a point moves at once along an axis, at the full rate.
const FURTHEST: f32 = 4.0;

/// An edge and its next turns, in passes.
struct Turns {
    edge: Edge,
    pull: f32,
    push: f32,
}

/// Moves the points along all edges in `epochs` passes, in one thread, so that `seed` decides everything.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled) when `watch` breaks.
pub(super) fn descend(
    points: &mut [[f32; 2]],
    edges: Vec<Edge>,
    forces: &Forces,
    epochs: usize,
    seed: u64,
    watch: LayoutObserver<'_>,
) -> Result<()> {
    let mut random = SplitMix(seed);
    let first = |edge: Edge| Turns { edge, pull: edge.period, push: edge.period / PUSHES };
    let mut turns: Vec<Turns> = edges.into_iter().map(first).collect();
    for epoch in 0..epochs {
        tell(watch, PART, epoch, epochs)?;
        let rate = 1.0 - epoch as f32 / epochs as f32;
        let now = epoch as f32;
        for turn in turns.iter_mut().filter(|turn| turn.pull <= now) {
            let (head, tail) = (turn.edge.head as usize, turn.edge.tail as usize);
            let mut place = points[head];
            let (gap, square) = difference(place, points[tail]);
            if square > 0.0 {
                let step = moved(forces.at(square)[0], gap, rate);
                place = [place[0] + step[0], place[1] + step[1]];
                let other = &mut points[tail];
                *other = [other[0] - step[0], other[1] - step[1]];
            }
            turn.pull += turn.edge.period;
            let between = turn.edge.period / PUSHES;
            let pushes = ((now - turn.push) / between) as usize;
            for _ in 0..pushes {
                let other = random.below(points.len());
                let (gap, square) = difference(place, points[other]);
                if square > 0.0 && other != head {
                    let step = moved(forces.at(square)[1], gap, rate);
                    place = [place[0] + step[0], place[1] + step[1]];
                }
            }
            turn.push += pushes as f32 * between;
            points[head] = place;
        }
    }
    tell(watch, PART, epochs, epochs)
}

#[inline]
fn difference(a: [f32; 2], b: [f32; 2]) -> ([f32; 2], f32) {
    let gap = [a[0] - b[0], a[1] - b[1]];
    (gap, gap[0] * gap[0] + gap[1] * gap[1])
}

#[inline]
fn moved(force: f32, gap: [f32; 2], rate: f32) -> [f32; 2] {
    gap.map(|gap| (force * gap).clamp(-FURTHEST, FURTHEST) * rate)
}

/// SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"): a few operations a draw,
/// where ChaCha would take longer than a step.
struct SplitMix(u64);

impl SplitMix {
    /// Uniform over the numbers below `n`, as far as 32 bits go.
    #[inline]
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (((mixed >> 32) * n as u64) >> 32) as usize
    }
}
