//! `morphospace experiment`

mod claim;
mod extractor;
mod smoothness;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::session::WorkerClient;
use crate::cli::alignment::DataOptions;
use crate::cli::output::{print_error, print_json, print_line, unexpected};
use crate::cli::table;
use crate::config::{
    AnomaliesConfig, ClaimConfig, DataSource, DenoiseConfig, DeviceConfig, DimensionsConfig, LectureConfig,
    ProbesConfig, SharpnessConfig,
};
use crate::error::{Error, Result};
use crate::scratch::ScratchFolder;
use crate::worker::protocol::{CollapseOrder, CollapseSummary, Job, JobResult, LectureReport};

#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    experiment: Experiment,
    #[command(flatten)]
    device: DeviceConfig,
}

#[derive(clap::Subcommand)]
enum Experiment {
    /// Let a small VAE's posterior collapse under a KL weight that rises, and bring it back
    Collapse(CollapseOptions),
    /// Train models of every kind alike and measure them as the lecture did, beside its numbers; stopped, it
    /// goes on where it was
    Lecture(LectureOptions),
    /// Train the network behind the embedded features, or without --out measure the one in the program: what
    /// it knows of faces that it was not trained on
    Extractor(extractor::Options),
    /// Show what a feature extractor reacts to: how far from clean faces it finds the same faces blurred, noisy
    /// and so on, and other images
    Distances(extractor::DistanceOptions),
    /// Measure whether code spaces are continuous and complete: the same walks and the same draws through models
    Smoothness(smoothness::Options),
    /// Reconstruction error over the size of the code: autoencoders beside the PCA of the same size
    Dimensions(claim::Options<DimensionsConfig>),
    /// Rank images by how foreign they are to a model, and measure how well that finds those that are
    Anomalies(claim::Options<AnomaliesConfig>),
    /// Remove noise by models and by filters, over its strength
    Denoise(claim::Options<DenoiseConfig>),
    /// Tell attributes from codes by linear models, beside pixels, PCA and features
    Probes(claim::Options<ProbesConfig>),
    /// Measure how sharp draws and reconstructions are, and how much of the real images they cover
    Sharpness(claim::Options<SharpnessConfig>),
}

#[derive(clap::Args)]
struct LectureOptions {
    #[command(flatten)]
    config: LectureConfig,
    #[command(flatten)]
    align: DataOptions,
}

#[derive(clap::Args)]
struct CollapseOptions {
    /// Folder, zip archive or arrays of images, or builtin:faces
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// A smaller model and fewer steps
    #[arg(long)]
    quick: bool,
    /// Folder for the run, which can be opened like any other; without it the run is not kept
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    /// Seed of the weights, the batches and the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let session = WorkerClient::on(options.device);
    match options.experiment {
        Experiment::Collapse(options) => collapse(session, options, json),
        Experiment::Lecture(options) => lecture(session, options, json),
        Experiment::Extractor(options) => extractor::run(session, options, json),
        Experiment::Distances(options) => extractor::distances(session, options, json),
        Experiment::Smoothness(options) => smoothness::run(session, options, json),
        Experiment::Dimensions(options) => claim::run(session, options, ClaimConfig::Dimensions, json),
        Experiment::Anomalies(options) => claim::run(session, options, ClaimConfig::Anomalies, json),
        Experiment::Denoise(options) => claim::run(session, options, ClaimConfig::Denoise, json),
        Experiment::Probes(options) => claim::run(session, options, ClaimConfig::Probes, json),
        Experiment::Sharpness(options) => claim::run(session, options, ClaimConfig::Sharpness, json),
    }
}

fn lecture(mut session: WorkerClient, options: LectureOptions, json: bool) -> Result<()> {
    let LectureOptions { mut config, align } = options;
    config.data = align.of(config.data);
    let report = match session.job(Job::RepeatLecture(Box::new(config))) {
        Ok(JobResult::LectureRepeated(report)) => report,
        Ok(other) => return unexpected(&other),
        Err(Error::Cancelled) => {
            print_error(&"what is done is kept; the same command goes on from there");
            return Err(Error::Cancelled);
        }
        Err(error) => return Err(error),
    };
    if json {
        return print_json(&lecture_object(&report)?);
    }
    for table in &report.tables {
        print_line(&format!("{}\n{}\n", table.title, table::of_results(table)))?;
        table.notes.iter().try_for_each(|note| print_line(&format!("{note}\n")))?;
    }
    report.files.iter().try_for_each(|file| print_line(&file.display().to_string()))
}

/// The rows of both tables, each with the name of its model.
fn lecture_object(report: &LectureReport) -> Result<Value> {
    let value = |value: serde_json::Result<Value>| value.map_err(|error| Error::Invalid(error.to_string()));
    let reconstruction = report.reconstruction.iter().map(|row| value(serde_json::to_value(row)));
    let draws = report.draws.iter().map(|row| value(serde_json::to_value(row)));
    let rows = reconstruction.chain(draws).collect::<Result<Vec<Value>>>()?;
    let files: Vec<String> = report.files.iter().map(|file| file.display().to_string()).collect();
    let notes: Vec<&String> = report.tables.iter().flat_map(|table| &table.notes).collect();
    Ok(json!({ "rows": rows, "notes": notes, "files": files }))
}

fn collapse(mut session: WorkerClient, options: CollapseOptions, json: bool) -> Result<()> {
    let CollapseOptions { data, align, quick, out, seed } = options;
    let data = align.of(data);
    // Removed when it goes out of scope, the run with it.
    let passing;
    let out = match out {
        Some(out) => out,
        None => {
            passing = ScratchFolder::new()?;
            passing.path().join("run")
        }
    };
    let summary = match session.job(Job::DemonstrateCollapse(CollapseOrder { data, quick, seed, out }))? {
        JobResult::CollapseShown(summary) => summary,
        other => return unexpected(&other),
    };
    if json { print_json(&summary) } else { print_line(&in_words(&summary)) }
}

/// A line a part of the experiment, and what they say together.
fn in_words(summary: &CollapseSummary) -> String {
    let CollapseSummary { active_units_start, active_units_collapsed, active_units_recovered, .. } = *summary;
    let line =
        |name: &str, active: usize| vec![name.to_owned(), format!("{active} of {}", summary.latent_dim)];
    let rows = [
        vec!["KL weight".to_owned(), "active units ↑".to_owned()],
        line("moderate", active_units_start),
        line("raised", active_units_collapsed),
        line("lowered, then annealed", active_units_recovered),
    ];
    let sentence = if active_units_collapsed * 4 >= active_units_start.max(1) {
        "The raised KL weight did not make the posterior collapse on these images."
    } else if active_units_recovered * 2 < active_units_start {
        "The raised KL weight made the posterior collapse, and it has not recovered."
    } else {
        "The raised KL weight made the posterior collapse; lowered and annealed, it brought the code back."
    };
    format!("{}\n{sentence} {} steps in {:.0} s.", table::align(&rows), summary.steps, summary.seconds)
}
