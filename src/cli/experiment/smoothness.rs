//! `morphospace experiment smoothness`

use std::path::PathBuf;

use crate::cli::alignment::DataOptions;
use crate::cli::counts::at_least_one;
use crate::cli::output::{print_json, print_line, unexpected};
use crate::cli::session::WorkerClient;
use crate::cli::table;
use crate::config::{DataSource, ExtractorSource};
use crate::error::Result;
use crate::report::quantities::SMOOTHNESS;
use crate::table::present;
use crate::worker::protocol::{Job, JobResult, SmoothnessOrder, SmoothnessReport};

/// Models where none are named: of each kind with an encoder one that comes with the program, and a VAE with a learned
/// prior.
const MODELS: [&str; 6] =
    ["ae-ffhq-64", "sae-ffhq-64", "dae-ffhq-64", "vae-ffhq-64", "vae-gan-ffhq-64", "vae-grid-ffhq-64"];
const WALKS: usize = 50;
const DRAWS: usize = 500;
const QUICK: (usize, usize) = (8, 50);

#[derive(clap::Args)]
pub struct Options {
    /// Folder or zip archive of faces, or builtin:faces; its test split is walked between
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// Checkpoints, run folders or names of shipped models; without it six that come with the program
    #[arg(long, value_name = "MODEL", num_args = 1..)]
    models: Vec<PathBuf>,
    /// Feature extractor: embedded, inception:FILE or efficientnet:FILE (without path lengths)
    #[arg(long, value_name = "EXTRACTOR", default_value_t)]
    extractor: ExtractorSource,
    /// Walks between pairs of faces, the same for all models
    #[arg(long, value_name = "N", default_value_t = WALKS, value_parser = at_least_one())]
    walks: usize,
    /// Draws from each model
    #[arg(long, value_name = "N", default_value_t = DRAWS, value_parser = at_least_one())]
    draws: usize,
    /// Few walks and draws, for a look
    #[arg(long, conflicts_with_all = ["walks", "draws"])]
    quick: bool,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// PNG file: a row a model, pictures of the first walk and then draws
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(mut session: WorkerClient, options: Options, json: bool) -> Result<()> {
    let Options { data, align, models, extractor, walks, draws, quick, seed, out: sheet } = options;
    let (walks, draws) = if quick { QUICK } else { (walks, draws) };
    let models = if models.is_empty() { MODELS.map(PathBuf::from).to_vec() } else { models };
    let data = align.of(data);
    let order = SmoothnessOrder { data, models, extractor, walks, draws, seed, sheet };
    let report = match session.job(Job::MeasureSmoothness(order))? {
        JobResult::SmoothnessMeasured(report) => report,
        other => return unexpected(&other),
    };
    if json { print_json(&report) } else { print_line(&in_words(&report)) }
}

/// The table, what it was measured on, the verdict.
fn in_words(report: &SmoothnessReport) -> String {
    let measures = present(SMOOTHNESS, report.rows.iter());
    let rows: Vec<_> = report.rows.iter().map(|row| (vec![row.name.clone()], row)).collect();
    let SmoothnessReport { features, threshold, real, held_out, .. } = report;
    let seen = format!(
        "{features}; unlike any of {real} faces is what is farther than {threshold:.2} from all, as 1 in 100 of {held_out} \
         held-out faces is"
    );
    let sheet = report.sheet.iter().map(|file| file.display().to_string());
    let lines =
        [table::of_reports(&["model"], &measures, &rows), seen].into_iter().chain(report.verdict.clone());
    lines.chain(sheet).collect::<Vec<_>>().join("\n")
}
