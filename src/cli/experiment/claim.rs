//! `morphospace experiment denoise`, `dimensions`, `anomalies`, `probes` and `sharpness`

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::cli::alignment::DataOptions;
use crate::cli::output::{print_json, print_line, unexpected};
use crate::cli::session::WorkerClient;
use crate::cli::table;
use crate::config::{ClaimConfig, ClaimOrder, DataSource};
use crate::error::{Error, Result};
use crate::table::Table;
use crate::worker::protocol::{ClaimReport, Export, Job, JobResult};

/// Options of a test of a claim: what all have, and its own.
#[derive(clap::Args)]
pub struct Options<Own: clap::Args> {
    /// Folder, zip archive or arrays of images, or builtin:faces
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// Checkpoints, run folders or names of shipped models; without it those that come with the program and fit
    #[arg(long, value_name = "MODEL", num_args = 1..)]
    models: Vec<PathBuf>,
    /// Fewer images and smaller models: a look instead of a measurement
    #[arg(long)]
    quick: bool,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the tables (Markdown, CSV, LaTeX), plots and pictures (PNG)
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    own: Own,
}

/// Runs a test and prints what came out.
pub fn run<Own: clap::Args>(
    mut session: WorkerClient,
    options: Options<Own>,
    claim: impl FnOnce(Own) -> ClaimConfig,
    json: bool,
) -> Result<()> {
    let Options { data, align, models, quick, seed, out, own } = options;
    let order = ClaimOrder { data: align.of(data), models, quick, seed, claim: claim(own) };
    let name = order.claim.claim();
    let report = match session.job(Job::TestClaim { order: Box::new(order), keep: false })? {
        JobResult::ClaimTested(report) => report,
        other => return unexpected(&other),
    };
    if json {
        print_json(&object(&report)?)?;
    } else {
        print_line(&in_words(&report))?;
    }
    let Some(folder) = out else { return Ok(()) };
    let folder = session.export(Export::Claim { claim: name, report, folder })?;
    if json { Ok(()) } else { print_line(&folder.display().to_string()) }
}

/// Rows of a long table that are printed.
const BEGINNING: usize = 10;

/// Tables, of long ones the beginning; what they were measured on, the verdict.
fn in_words(report: &ClaimReport) -> String {
    let title = |title: &str| if report.tables.len() > 1 { format!("{title}\n") } else { String::new() };
    let tables = report.tables.iter().map(|t| {
        let notes = t.notes.iter().map(|note| format!("\n{note}")).collect::<String>();
        if !t.is_long() {
            return format!("{}{}{notes}\n", title(&t.title), table::of_results(t));
        }
        let first = Table { rows: t.rows[..BEGINNING].to_vec(), ..t.clone() };
        let more = format!("\n… and {} more, which --out and --json give", t.rows.len() - BEGINNING);
        format!("{}{}{more}{notes}\n", title(&t.title), table::of_results(&first))
    });
    let measured_on = Some(report.measured_on.clone()).filter(|sentence| !sentence.is_empty());
    tables.chain(measured_on).chain(report.verdict.clone()).collect::<Vec<_>>().join("\n")
}

/// The rows of the first table, the others beside it, the verdict.
fn object(report: &ClaimReport) -> Result<Map<String, Value>> {
    let value = |value: serde_json::Result<Value>| value.map_err(|error| Error::Invalid(error.to_string()));
    let mut object = Map::new();
    object.insert(
        "rows".into(),
        value(serde_json::to_value(report.tables.first().map(|t| t.objects()).unwrap_or_default()))?,
    );
    let others = report.tables.iter().skip(1).map(|table| (table.title.clone(), table.objects()));
    object.insert(
        "tables".into(),
        value(serde_json::to_value(others.collect::<std::collections::BTreeMap<_, _>>()))?,
    );
    object.insert("verdict".into(), report.verdict.clone().into());
    object.insert("measured_on".into(), report.measured_on.clone().into());
    object.insert("seconds".into(), report.seconds.into());
    Ok(object)
}
