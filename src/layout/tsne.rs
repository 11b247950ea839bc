//! t-SNE (van der Maaten & Hinton 2008, <https://jmlr.org/papers/v9/vandermaaten08a.html>), with the forces between far
//! points from an interpolation by Fourier transforms (Linderman, Rachh, Hoskins, Steinerberger, Kluger 2019,
//! "Fast interpolation-based t-SNE", <https://arxiv.org/abs/1712.09005>) or, of few points, from a tree (van der Maaten
//! 2014, <https://jmlr.org/papers/v15/vandermaaten14a.html>), by the crate `bhtsne`. Rates, exaggeration and passes are
//! scikit-learn's.
//!
//! The crate adds up floats as its threads come to an end, so that on more than one of them no two maps are the same;
//! here it gets one.

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use bhtsne::{Neighbor, tSNE};

use super::neighbors::Neighbors;
use super::watch::{LayoutObserver, tell};
use crate::error::{Error, Result};
use crate::random::RandomStream;

/// Part of the work, for who waits.
const PART: &str = "Arranging the points";
/// Factor on the attraction in the first quarter of the passes, and the least rate. The crate leaves the factor 4 of the
/// gradient out, so that its rate is four times scikit-learn's.
const EXAGGERATION: f32 = 12.0;
const LEAST_RATE: f32 = 200.0;
/// Passes.
const EPOCHS: usize = 1000;
/// Points below which the forces come from a tree: the grid of the interpolation covers the whole map, and one of few
/// points flies apart before it comes together. And the accuracy of the tree.
const FEW: usize = 1000;
const THETA: f32 = 0.5;
/// Neighbours for each unit of perplexity.
const REACH: f32 = 3.0;
/// Standard deviation of the first map along its first axis, and of the noise on it that parts equal points.
const FIRST: f64 = 1e-4;
const NOISE: f64 = 1e-6;

/// Longest time between two looks whether to go on.
const TICK: Duration = Duration::from_millis(33);

/// Neighbours that t-SNE of this perplexity looks at.
pub(super) fn neighbors_for(perplexity: f32) -> usize {
    (REACH * perplexity).ceil() as usize
}

/// Moves `points`, which PCA gave, by their neighbours. With fewer neighbours than the perplexity asks for, it is as
/// large as they allow.
///
/// # Errors
/// [`Error::Cancelled`] when `watch` breaks; a thread that the system refuses.
pub(super) fn tsne(
    points: &[[f32; 2]],
    neighbors: &Neighbors,
    perplexity: f32,
    seed: u64,
    watch: LayoutObserver<'_>,
) -> Result<Vec<[f32; 2]>> {
    let perplexity = perplexity.min(neighbors.k() as f32 / REACH);
    let start = first_points(points, seed);
    let near = table(neighbors, points.len());
    let (sender, passed) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let work = move || one_thread()?.install(|| Ok(fit(start, &near, perplexity, sender, stopped)));
    let thread = Builder::new().name("t-sne".into()).spawn(work).map_err(|error| refused(&error))?;
    let mut epoch = 0;
    loop {
        if let Err(cancelled) = tell(watch, PART, epoch, EPOCHS) {
            // It ends by itself after its next pass.
            stop.store(true, Ordering::Relaxed);
            return Err(cancelled);
        }
        match passed.recv_timeout(TICK) {
            Ok(passed) => epoch = passed,
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    thread.join().map_err(|fault| fault_of(&*fault))?
}

/// Raised out of the fit to end it and its thread, which nobody waits for any more: the crate has no other way.
struct Stopped;

fn fit(
    start: Vec<f32>,
    near: &[Vec<Neighbor<f32>>],
    perplexity: f32,
    passed: Sender<usize>,
    stop: Arc<AtomicBool>,
) -> Vec<[f32; 2]> {
    // It takes no more of the rows than their number.
    let rows = vec![(); near.len()];
    let mut tsne: tSNE<'_, f32, ()> = tSNE::new(&rows);
    let rate = (near.len() as f32 / EXAGGERATION).max(LEAST_RATE);
    tsne.perplexity(perplexity).epochs(EPOCHS).initial_embedding(start);
    tsne.early_exaggeration(EXAGGERATION).learning_rate(rate);
    tsne.epoch_callback(move |epoch, _| {
        if stop.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Stopped));
        }
        // Nobody may wait any more.
        let _ = passed.send(epoch + 1);
    });
    if near.len() < FEW {
        tsne.barnes_hut_with_neighbors(THETA, near);
    } else {
        tsne.fit_sne_with_neighbors(near);
    }
    tsne.embedding().chunks_exact(2).map(|point| [point[0], point[1]]).collect()
}

/// Rows of neighbours with the squared distance of the nearest taken off all of a row's, and what is left scaled to a
/// mean of 1. Neither changes the row's similarities, exp(−β·d²) over their sum at the β of the perplexity, but among
/// codes of many numbers, which are all about equally far from each other, each of them would be nothing in single
/// precision.
fn table(neighbors: &Neighbors, rows: usize) -> Vec<Vec<Neighbor<f32>>> {
    let row = |row: usize| {
        let (indices, distances) = neighbors.of(row);
        let nearest = distances.first().map_or(0.0, |d| f64::from(*d));
        let beyond = |d: &f32| (f64::from(*d) - nearest) * (f64::from(*d) + nearest);
        let mean = distances.iter().map(beyond).sum::<f64>() / distances.len().max(1) as f64;
        let scale = if mean > 0.0 { mean.recip() } else { 1.0 };
        let near = |(index, distance): (&u32, &f32)| Neighbor {
            index: *index as usize,
            distance: (beyond(distance) * scale).sqrt() as f32,
        };
        indices.iter().zip(distances).map(near).collect()
    };
    (0..rows).map(row).collect()
}

fn first_points(points: &[[f32; 2]], seed: u64) -> Vec<f32> {
    let squares = points.iter().map(|point| f64::from(point[0]).powi(2)).sum::<f64>();
    let spread = (squares / points.len().max(1) as f64).sqrt();
    let scale = if spread > 0.0 { FIRST / spread } else { 0.0 };
    let mut random = RandomStream::new(seed);
    points.iter().flatten().map(|v| (f64::from(*v) * scale + NOISE * random.normal::<f64>()) as f32).collect()
}

fn one_thread() -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|_| "t-sne-pool".into())
        .build()
        .map_err(|error| refused(&error))
}

fn refused(error: &dyn std::fmt::Display) -> Error {
    Error::Invalid(format!("the system refuses another thread ({error}); close other programs and try again"))
}

fn fault_of(fault: &(dyn Any + Send)) -> Error {
    let text = fault.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| fault.downcast_ref::<&str>().copied()).unwrap_or("no word of it");
    Error::Fault(format!("t-SNE failed: {text}"))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::metrics::features::Features;
    use crate::random::standard_normal;

    fn normal(n: usize, dim: usize) -> (Features, Neighbors) {
        let features = Features::from_f32(standard_normal(1, 0, n * dim), dim).unwrap();
        let near = Neighbors::within(&features, 30, &mut |_, _, _| ControlFlow::Continue(())).unwrap();
        (features, near)
    }

    #[test]
    fn similarities_of_neighbours_do_not_vanish_where_all_are_about_equally_far() {
        let (_, near) = normal(200, 2000);
        for row in table(&near, 200) {
            let squares: Vec<f32> = row.iter().map(|near| near.distance.powi(2)).collect();
            assert!(squares[0] == 0.0 && squares.is_sorted());
            assert!((squares.iter().sum::<f32>() / 30.0 - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn few_points_and_many_have_maps_of_the_usual_size() {
        for n in [FEW - 1, FEW] {
            let (features, near) = normal(n, 300);
            let start: Vec<[f32; 2]> =
                features.to_f32().chunks_exact(300).map(|row| [row[0], row[1]]).collect();
            let points = tsne(&start, &near, 10.0, 0, &mut |_, _, _| ControlFlow::Continue(())).unwrap();
            let largest = points.iter().flatten().fold(0.0f32, |most, v| most.max(v.abs()));
            assert!((3.0..100.0).contains(&largest), "{n}: {largest}");
        }
    }
}
