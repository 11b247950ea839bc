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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

use bhtsne::{Neighbor, tSNE};

use super::neighbors::Neighbors;
use super::watch::{LayoutObserver, tell};
use crate::error::{Error, Result};
use crate::random::RandomStream;

/// Part of the work, for who waits.
const PART: &str = "Arranging the points";
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
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (stop, near) = (&stop, &near);
        let fit = move || one_thread()?.install(|| Ok(fit(start, near, perplexity, sender, stop)));
        let thread = std::thread::Builder::new()
            .name("t-sne".into())
            .spawn_scoped(scope, fit)
            .map_err(|error| refused(&error))?;
        let mut told = tell(watch, PART, 0, EPOCHS);
        while told.is_ok()
            && let Ok(epoch) = passed.recv()
        {
            told = tell(watch, PART, epoch, EPOCHS);
        }
        stop.store(told.is_err(), Ordering::Relaxed);
        let found = thread.join();
        told?;
        found.map_err(|fault| fault_of(&*fault))?
    })
}

/// Raised out of the fit to end it: the crate has no other way.
struct Stopped;

fn fit(
    start: Vec<f32>,
    near: &[Vec<Neighbor<f32>>],
    perplexity: f32,
    passed: Sender<usize>,
    stop: &AtomicBool,
) -> Vec<[f32; 2]> {
    // It takes no more of the rows than their number.
    let rows = vec![(); near.len()];
    let mut tsne: tSNE<'_, f32, ()> = tSNE::new(&rows);
    tsne.perplexity(perplexity).epochs(EPOCHS).initial_embedding(start);
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

/// Rows of neighbours with distances of about 1, so that none overflows when it is squared.
fn table(neighbors: &Neighbors, rows: usize) -> Vec<Vec<Neighbor<f32>>> {
    let all = neighbors.distances();
    let mean = all.iter().map(|d| f64::from(*d)).sum::<f64>() / all.len().max(1) as f64;
    let scale = if mean > 0.0 { mean.recip() } else { 1.0 };
    let row = |row: usize| {
        let (indices, distances) = neighbors.of(row);
        let near = |(index, distance): (&u32, &f32)| Neighbor {
            index: *index as usize,
            distance: (f64::from(*distance) * scale) as f32,
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
    if fault.is::<Stopped>() {
        return Error::Cancelled;
    }
    let text = fault.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| fault.downcast_ref::<&str>().copied()).unwrap_or("no word of it");
    Error::Fault(format!("t-SNE failed: {text}"))
}
