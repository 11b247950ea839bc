//! `morphospace compare`

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::output::{print_error, print_json, print_line, unexpected};
use super::session::WorkerClient;
use super::table;
use crate::cli::counts::at_least_one;
use crate::config::ExtractorSource;
use crate::error::{Error, Result};
use crate::worker::protocol::{
    ComparisonOrder, Job, JobResult, LeftOut, NEAREST_K, PairsOrder, PixelMetrics, SetMetrics, are_pictures,
    is_feature_file,
};

#[derive(clap::Args)]
pub struct Options {
    /// Folder, zip archive or arrays of reference images, or a .npy or .npz file of their features, or an .npz file of
    /// statistics, with mu and sigma; FILE.npz:NAME, or FILE.npz:MEAN,COVARIANCE, names the arrays
    a: PathBuf,
    /// Folder, zip archive or arrays of images to compare with them, or a file of features or statistics
    b: PathBuf,
    /// Feature extractor of images that are compared as sets, and of files that do not say theirs: embedded, the
    /// program's own small network for faces, unless something else is said; inception:FILE or efficientnet:FILE
    #[arg(long, value_name = "EXTRACTOR")]
    extractor: Option<ExtractorSource>,
    /// For precision, recall, density and coverage: the neighbour that the balls of a manifold reach to
    #[arg(long, value_name = "K", default_value_t = NEAREST_K, value_parser = at_least_one())]
    nearest_k: usize,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { a, b, extractor, nearest_k: k } = options;
    let mut session = WorkerClient::start();
    let asked = extractor.is_some();
    let are_images = [&a, &b].iter().all(|path| !is_feature_file(path) || are_pictures(path));
    let sets = match as_sets(
        &mut session,
        Job::CompareSets(ComparisonOrder { a: a.clone(), b: b.clone(), extractor, k }),
    ) {
        // Pairs need no neighbours, and are measured whatever becomes of the sets.
        Err(Error::Invalid(message)) if are_images => Err(message),
        other => Ok(other?),
    };
    let pairs = match are_images.then(|| in_pairs(&mut session, a, b)) {
        // Sets need no equal names.
        Some(Err(Error::Invalid(message))) if sets.is_ok() => {
            print_error(&format!("not compared in pairs: {message}"));
            None
        }
        other => other.transpose()?,
    };
    // Whoever asked for sets is told last, and by the exit code too.
    let mut missing = None;
    let sets = match sets {
        Ok(metrics) => Some(metrics),
        Err(message) if asked => {
            missing = Some(Error::Invalid(format!("not compared as sets: {message}")));
            None
        }
        Err(message) => {
            print_error(&format!("not compared as sets: {message}"));
            None
        }
    };
    if json {
        print_json(&object(pairs.as_ref(), sets.as_ref())?)?;
        return missing.map_or(Ok(()), Err);
    }
    if let Some((metrics, _)) = &pairs {
        let measures = table::of_pairs(std::iter::once(metrics));
        print_line(&table::of_reports(&[], &measures, &[(Vec::new(), metrics)]))?;
    }
    if let Some(metrics) = &sets {
        let measures = table::of_sets(std::iter::once(metrics));
        print_line(&table::of_reports(&[], &measures, &[(Vec::new(), metrics)]))?;
    }
    missing.map_or(Ok(()), Err)
}

fn as_sets(session: &mut WorkerClient, job: Job) -> Result<SetMetrics> {
    match session.job(job)? {
        JobResult::SetsCompared(metrics) => {
            metrics.not_available.iter().chain(&metrics.warning()).for_each(|note| print_error(note));
            Ok(metrics)
        }
        other => unexpected(&other),
    }
}

fn in_pairs(session: &mut WorkerClient, a: PathBuf, b: PathBuf) -> Result<(PixelMetrics, LeftOut)> {
    match session.job(Job::Compare(PairsOrder { a, b }))? {
        JobResult::Compared { metrics, unmatched, left_out } => {
            let notes = [metrics.note(), left_out.note()];
            notes.iter().flatten().for_each(|note| print_error(note));
            if unmatched > 0 {
                print_error(&format!("{unmatched} files have no partner of the same name and were left out"));
            }
            Ok((metrics, left_out))
        }
        other => unexpected(&other),
    }
}

/// All numbers in one object; `n` counts pairs, or the images of the smaller set.
fn object(pairs: Option<&(PixelMetrics, LeftOut)>, sets: Option<&SetMetrics>) -> Result<Map<String, Value>> {
    let invalid = |error: serde_json::Error| Error::Invalid(error.to_string());
    let mut object = Map::new();
    if let Some(sets) = sets {
        object.insert("n".into(), json!(sets.fewest()));
    }
    if let Some((_, left_out)) = pairs {
        object.insert("left_out".into(), json!(left_out));
    }
    let values = [pairs.map(|(metrics, _)| serde_json::to_value(metrics)), sets.map(serde_json::to_value)];
    for value in values.into_iter().flatten() {
        if let Value::Object(more) = value.map_err(invalid)? {
            object.extend(more);
        }
    }
    Ok(object)
}
