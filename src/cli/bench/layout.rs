//! `morphospace bench layout`: codes in a file to a map.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::figures::{at_least_one, median};
use crate::cli::output::{print_json, print_line};
use crate::config::LayoutMethod;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::features::FeatureSet;
use crate::features::set_file::{Content, SetFile};
use crate::layout::lay_out;
use crate::metrics::features::Features;
use crate::metrics::trustworthiness::agreement;

#[derive(clap::Args)]
pub struct Options {
    /// The codes, a row each: .npy or .npz
    #[arg(long, value_name = "FILE")]
    codes: PathBuf,
    /// pca, umap, umap:NEIGHBORS,MIN_DIST, tsne, tsne:PERPLEXITY
    #[arg(long, default_value_t = LayoutMethod::UMAP)]
    method: LayoutMethod,
    /// Seed of the layout; each repetition has the next
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Neighbours that are compared
    #[arg(long, default_value_t = 15, value_parser = at_least_one())]
    neighbors: usize,
    /// Measured repetitions; the median counts
    #[arg(long, default_value_t = 1, value_parser = at_least_one())]
    repeat: usize,
    /// File for the last map, a place a row: .npy
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct LayoutFigures {
    milliseconds: f64,
    /// Of the last repetition.
    trustworthiness: f64,
    continuity: f64,
    n: usize,
    dim: usize,
    method: String,
    repeat: usize,
}

pub fn run(options: &Options, json: bool) -> Result<()> {
    let Options { codes, method, seed, neighbors, repeat, out } = options;
    let mut watch = |_| ControlFlow::Continue(());
    let Content::Features(set) = SetFile::open(codes)?.read(&mut watch)? else {
        return Err(Error::file(codes, "it holds statistics and no codes"));
    };
    let (features, mut times, mut points) = (set.features, Vec::new(), Vec::new());
    for round in 0..*repeat as u64 {
        let began = Instant::now();
        let mut watch = |_: &str, _: usize, _: usize| ControlFlow::Continue(());
        points = in_pool(|| lay_out(&features, *method, seed + round, &mut watch))?.points;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let map = Features::from_f32(points.concat(), 2)?;
    let mut watch = |_| ControlFlow::Continue(());
    let agreement = in_pool(|| agreement(&features, &map, *neighbors, *seed, &mut watch))?;
    if let Some(out) = out {
        let (features, names) = (map.clone(), Vec::new());
        FeatureSet { features, names, extractor: None, skipped: Vec::new(), notes: Vec::new() }.write(out)?;
    }
    let figures = LayoutFigures {
        milliseconds: median(times),
        trustworthiness: agreement.trustworthiness,
        continuity: agreement.continuity,
        n: features.len(),
        dim: features.dim(),
        method: method.to_string(),
        repeat: *repeat,
    };
    if json {
        return print_json(&figures);
    }
    print_line(&format!(
        "{} of {} codes of {} numbers: {:.1} s (median of {repeat}), trustworthiness {:.4}, continuity {:.4}",
        method.label(),
        figures.n,
        figures.dim,
        figures.milliseconds / 1e3,
        figures.trustworthiness,
        figures.continuity
    ))
}
