//! `morphospace experiment extractor` and `morphospace experiment distances`

use std::path::PathBuf;

use serde_json::json;

use crate::cli::alignment::DataOptions;
use crate::cli::counts::at_least_one;
use crate::cli::output::{print_error, print_json, print_line, unexpected};
use crate::cli::session::WorkerClient;
use crate::cli::table;
use crate::config::{DataSource, ExtractorSource};
use crate::error::Result;
use crate::worker::protocol::{DistanceOrder, ExtractorOrder, ExtractorReport, Job, JobResult, NEAREST_K};

#[derive(clap::Args)]
pub struct Options {
    /// Folder of faces with attributes.csv, as FFHQ has it
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// File for the weights of a newly trained network, .safetensors
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Updates of 64 pictures each
    #[arg(long, value_name = "N", default_value_t = STEPS, requires = "out")]
    steps: usize,
    /// A training too short for anything but a look
    #[arg(long, conflicts_with = "steps", requires = "out")]
    quick: bool,
    /// Seed of the weights, the batches and the distortions
    #[arg(long, default_value_t = 0, requires = "out")]
    seed: u64,
}

const STEPS: usize = 5000;
const QUICK_STEPS: usize = 200;

pub fn run(mut session: WorkerClient, options: Options, json: bool) -> Result<()> {
    let Options { data, align, out, steps, quick, seed } = options;
    let data = align.of(data);
    let steps = if quick { QUICK_STEPS } else { steps };
    let job = match out {
        Some(out) => Job::TrainExtractor(ExtractorOrder { data, out, steps, seed }),
        None => Job::AssessExtractor { data },
    };
    let report = match session.job(job)? {
        JobResult::ExtractorMeasured(report) => report,
        other => return unexpected(&other),
    };
    if json { print_json(&report) } else { print_line(&in_words(&report)) }
}

/// The table, and beneath it what it was measured on.
fn in_words(report: &ExtractorReport) -> String {
    let ExtractorReport { features, steps, seconds, n, rows } = report;
    let header = ["asked", "AUC ↑", "R² ↑", "pictures", "have it"].map(str::to_owned);
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    let mut lines = vec![header.to_vec()];
    lines.extend(rows.iter().map(|row| {
        let counts = [row.n.to_string(), row.positives.to_string()];
        [row.name.clone(), number(row.auc), number(row.r2)].into_iter().chain(counts).collect()
    }));
    let trained = match (steps, seconds) {
        (Some(steps), Some(seconds)) => format!(", trained for {steps} steps in {seconds:.0} s"),
        _ => String::new(),
    };
    format!("{}\n{features}{trained}; measured on the {n} faces of the test split", table::align(&lines))
}

#[derive(clap::Args)]
pub struct DistanceOptions {
    /// Folder or zip archive of faces
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// Other images to measure, beside the built-in faces; can be given again
    #[arg(long, value_name = "DIR")]
    other: Vec<DataSource>,
    /// Feature extractor: embedded, inception:FILE or efficientnet:FILE
    #[arg(long, value_name = "EXTRACTOR", default_value_t)]
    extractor: ExtractorSource,
    /// Use only so many of the faces
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// For precision, recall, density and coverage: the neighbour that the balls of a manifold reach to
    #[arg(long, value_name = "K", default_value_t = NEAREST_K, value_parser = at_least_one())]
    nearest_k: usize,
    /// Seed of what is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn distances(mut session: WorkerClient, options: DistanceOptions, json: bool) -> Result<()> {
    let DistanceOptions { data, align, other, extractor, count, nearest_k: k, seed } = options;
    let data = align.of(data);
    let others = std::iter::once(DataSource::BuiltinFaces).chain(other).collect();
    let job = Job::MeasureDistances(DistanceOrder { data, others, extractor, count, k, seed });
    let rows = match session.job(job)? {
        JobResult::DistancesMeasured(rows) => rows,
        other => return unexpected(&other),
    };
    rows.first().and_then(|row| row.metrics.warning()).iter().for_each(|warning| print_error(warning));
    if json {
        return print_json(&json!({ "rows": rows }));
    }
    let measures = table::of_sets(rows.iter().map(|row| &row.metrics));
    let lines = rows.iter().map(|row| (vec![row.name.clone(), row.strength.clone()], &row.metrics));
    print_line(&table::of_reports(&["set", "strength"], &measures, &lines.collect::<Vec<_>>()))
}
