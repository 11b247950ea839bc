//! `morphospace sweep`

mod children;
mod plan;
mod slurm;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::output::{print_error, print_json, print_line, unexpected};
use super::session::WorkerClient;
use super::table;
use crate::cli::counts::at_least_one;
use crate::config::{DeviceConfig, Sweep};
use crate::error::{Error, Result};
use crate::table::{Cell, TableFormat};
use crate::worker::protocol::{Export, Job, JobResult, RunRecord, RunSet};
use children::Outcome;
use plan::{Planned, RunState};

#[derive(clap::Args)]
pub struct Options {
    /// The file of the sweep; or a folder of runs, whose table is shown
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Runs at a time, each a process of its own with its part of the processor's threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one())]
    parallel: usize,
    /// Print a script for sbatch, a job array with a task for each run that is not done, and run nothing
    #[arg(long, conflicts_with_all = ["parallel", "dry_run"])]
    slurm: bool,
    /// Say what would be run and what is done, and run nothing
    #[arg(long, conflicts_with = "parallel")]
    dry_run: bool,
    #[command(flatten)]
    device: DeviceConfig,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { file, parallel, slurm, dry_run, device } = options;
    let mut session = WorkerClient::start();
    if file.is_dir() && (slurm || dry_run) {
        let reason =
            "this is a folder, whose runs are shown; --slurm and --dry-run go with the file of a sweep";
        return Err(Error::file(&file, reason));
    }
    if file.is_dir() {
        let set = session.open_runs(&file)?;
        if set.runs.is_empty() {
            return Err(Error::file(&file, "there is no run in this folder; give the file of a sweep"));
        }
        return show(
            &set,
            &file,
            &set.runs.iter().map(|record| of(record, &set)).collect::<Vec<_>>(),
            &[],
            json,
        );
    }
    let sweep = read(&file, &mut session)?;
    let there = there(&sweep, &mut session)?;
    let planned = plan::plan(&sweep, &there, &file)?;
    if dry_run {
        return tell(&planned, json);
    }
    if slurm {
        let script = slurm::script(&planned, &file, device)?;
        return if json { print_json(&json!({ "script": script })) } else { print_line(script.trim_end()) };
    }
    let outcomes = children::train(&planned, parallel, device)?;
    if outcomes.contains(&Outcome::Stopped) {
        print_error(&"what is done is kept; the same command goes on from there");
        return Err(Error::Cancelled);
    }
    let set = of_plan(&planned, self::there(&sweep, &mut session)?);
    let is_done =
        |run: &Planned<'_>| set.runs.iter().any(|record| record.folder == run.folder && record.is_done());
    // One that a killed sweep has left behind may have ended by itself while it was waited for.
    let ended = |(run, outcome): (&Planned<'_>, Outcome)| if is_done(run) { Outcome::Done } else { outcome };
    let outcomes: Vec<Outcome> = planned.iter().zip(outcomes).map(ended).collect();
    let files = write(&set, &sweep.out, &file, &mut session)?;
    let rows: Vec<Value> =
        planned.iter().zip(&outcomes).map(|(run, outcome)| row(run, outcome, &set)).collect();
    show(&set, &file, &rows, &files, json)?;
    let failed: Vec<&str> = planned
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
        .map(|(run, _)| run.name.as_str())
        .collect();
    match failed.len() {
        0 => Ok(()),
        n => Err(Error::Invalid(format!(
            "{n} of {} runs failed: {}; the same command tries them again",
            planned.len(),
            failed.join(", ")
        ))),
    }
}

/// Reads the file of a sweep and checks it, the images of its runs included.
fn read(file: &Path, session: &mut WorkerClient) -> Result<Sweep> {
    let text = std::fs::read_to_string(file).map_err(Error::io("read", file))?;
    let absolute = std::path::absolute(file).map_err(Error::io("find", file))?;
    let base = absolute.parent().unwrap_or(&absolute);
    let mut sweep = Sweep::read(&text, base).map_err(|reason| Error::file(file, reason))?;
    let sources: Vec<_> = sweep.sources().into_iter().cloned().collect();
    for source in sources {
        let survey = match session.job(Job::Survey { source: source.clone() }) {
            Ok(JobResult::Surveyed(survey)) => survey,
            Ok(other) => return unexpected(&other),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => return Err(Error::file(file, format!("data: {error}"))),
        };
        sweep.settle_epochs(&source, survey.train).map_err(|reason| Error::file(file, reason))?;
    }
    Ok(sweep)
}

/// The runs that are in the folder of a sweep.
fn there(sweep: &Sweep, session: &mut WorkerClient) -> Result<RunSet> {
    if sweep.out.exists() { session.open_runs(&sweep.out) } else { Ok(RunSet::default()) }
}

/// Planned runs among those of a folder, in the order of the plan.
fn of_plan(planned: &[Planned<'_>], there: RunSet) -> RunSet {
    let record = |run: &Planned<'_>| there.runs.iter().find(|record| record.folder == run.folder).cloned();
    let runs = planned.iter().filter_map(record).collect();
    RunSet { folder: there.folder, runs, unreadable: Vec::new() }
}

/// Says what would be run.
fn tell(planned: &[Planned<'_>], json: bool) -> Result<()> {
    if json {
        let row = |run: &Planned<'_>| {
            let RunState { step, .. } = run.state;
            let steps = run.run.config.steps;
            let folder = run.folder.to_string_lossy();
            json!({ "name": run.name, "state": run.state.word(), "folder": folder, "step": step, "steps": steps })
        };
        return print_json(&json!({ "rows": planned.iter().map(row).collect::<Vec<_>>() }));
    }
    let heads = ["run", "state", "step", "of"].map(str::to_owned).to_vec();
    let line = |run: &Planned<'_>| {
        let steps = run.run.config.steps.to_string();
        vec![run.name.clone(), run.state.word().into(), run.state.step.to_string(), steps]
    };
    print_line(&table::align(&std::iter::once(heads).chain(planned.iter().map(line)).collect::<Vec<_>>()))?;
    let open = planned.iter().filter(|run| !run.state.is_done).count();
    print_line(&format!("{open} of {} would be run", planned.len()))
}

/// Writes the table into the folder of the runs.
fn write(set: &RunSet, out: &Path, file: &Path, session: &mut WorkerClient) -> Result<Vec<PathBuf>> {
    if set.runs.is_empty() {
        return Ok(Vec::new());
    }
    let table = set.table(&title(file));
    let one = |format: TableFormat| {
        let file = out.join(format!("sweep.{}", format.ending()));
        session.export(Export::Results { tables: vec![table.clone()], file })
    };
    TableFormat::ALL.into_iter().map(one).collect()
}

fn title(file: &Path) -> String {
    format!("Runs of {}", file.file_name().unwrap_or(file.as_os_str()).to_string_lossy())
}

/// Prints the table of runs.
fn show(set: &RunSet, file: &Path, rows: &[Value], files: &[PathBuf], json: bool) -> Result<()> {
    let table = set.table(&title(file));
    if json {
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        return print_json(&json!({ "rows": rows, "notes": table.notes, "files": files }));
    }
    if !table.rows.is_empty() {
        print_line(&table::of_results(&table))?;
        table.notes.iter().try_for_each(|note| print_line(note))?;
    }
    files.iter().try_for_each(|file| print_line(&file.display().to_string()))
}

/// A run that was to be done as a row of the JSON.
fn row(planned: &Planned<'_>, outcome: &Outcome, set: &RunSet) -> Value {
    let record = set.runs.iter().find(|record| record.folder == planned.folder);
    let mut row = record.map_or_else(|| json!({ "name": planned.name, "settings": {} }), |r| of(r, set));
    if let Outcome::Failed(reason) = outcome {
        row["state"] = "failed".into();
        row["error"] = reason.as_str().into();
    }
    row
}

/// A run with the settings in which it differs from the others of a set, and its quantities.
fn of(record: &RunRecord, set: &RunSet) -> Value {
    let value = |cell: Cell| match cell {
        Cell::Empty => None,
        Cell::Text(text) => Some(Value::from(text)),
        Cell::Number(number) => Some(Value::from(number)),
        Cell::Infinite => Some(Value::Null),
    };
    let settings = set
        .varying()
        .into_iter()
        .filter_map(|setting| Some((setting.option().to_owned(), value(record.setting(setting))?)));
    let mut row = Map::new();
    row.insert("name".into(), record.name.as_str().into());
    row.insert("folder".into(), record.folder.to_string_lossy().into());
    row.insert("state".into(), if record.is_done() { "done" } else { "begun" }.into());
    row.insert("step".into(), record.step.into());
    row.insert("steps".into(), record.config.steps.into());
    row.insert("settings".into(), Value::Object(settings.collect()));
    for quantity in set.measured() {
        if let Some(value) = value(record.value(quantity)) {
            row.insert(quantity.about().column.into(), value);
        }
    }
    Value::Object(row)
}
