//! `morphospace evaluate`

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::output::{print_error, print_json, print_line, unexpected};
use super::session::WorkerClient;
use super::table;
use crate::cli::alignment::DataOptions;
use crate::cli::counts::at_least_one;
use crate::config::{Corruption, DataSource, DeviceConfig, ExtractorSource, ModelKind, Noise, Split};
use crate::error::{Error, Result};
use crate::report::quantities::{CODES, COPIES};
use crate::table::present;
use crate::worker::protocol::{
    EvaluationOrder, EvaluationRow, Job, JobResult, NEAREST_K, SampleRow, SamplesOrder,
};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoints, run folders or names of shipped models
    #[arg(required = true)]
    checkpoints: Vec<PathBuf>,
    /// Folder, zip archive or arrays of images, or builtin:faces
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// Part of the folder, by a hash of the file names
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Noise on what the models are given, against the clean images measured: gaussian:SIGMA, salt-pepper:PART
    /// or mask:PART
    #[arg(long)]
    noise: Option<Corruption>,
    /// Also the negative ELBO and the importance-weighted negative log-likelihood in nats, by so many codes drawn for
    /// each image; of VAEs trained with --likelihood bernoulli
    #[arg(long, value_name = "K", value_parser = at_least_one())]
    likelihood: Option<usize>,
    /// One more row for a PCA with codes of the size of each model's, fitted to the training split
    #[arg(long)]
    pca: bool,
    /// Seed of the noise and of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Feature extractor where drawn images are compared with the real ones as sets: embedded,
    /// the program's own small network for faces, unless something else is said; inception:FILE or efficientnet:FILE
    #[arg(long, value_name = "EXTRACTOR")]
    extractor: Option<ExtractorSource>,
    /// Images to draw from each model; as many as there are real ones if not given
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// For precision, recall, density and coverage: the neighbour that the balls of a manifold reach to
    #[arg(long, value_name = "K", default_value_t = NEAREST_K, value_parser = at_least_one())]
    nearest_k: usize,
    /// Do not look for copies of training images among the draws, for which all images of DATA have to be seen
    #[arg(long)]
    no_copy_check: bool,
    #[command(flatten)]
    device: DeviceConfig,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoints, data, align, split, noise, pca, seed, extractor, samples, .. } = options;
    let Options { nearest_k: k, no_copy_check, device, likelihood, .. } = options;
    let (data, copies) = (align.of(data), !no_copy_check);
    let noise = noise.map(|corruption| Noise { corruption, seed });
    let mut session = WorkerClient::on(device);
    let evaluate = Job::Evaluate(EvaluationOrder {
        checkpoints: checkpoints.clone(),
        data: data.clone(),
        split,
        noise,
        pca,
        likelihood_samples: likelihood,
    });
    let rows = match session.job(evaluate)? {
        JobResult::Evaluated(rows) => rows,
        other => return unexpected(&other),
    };
    let (mut drawn, mut missing) = (Vec::new(), None);
    // Draws are compared wherever there are any; whoever asks for it is told where there are none. What has no
    // encoder, and so no row yet, draws.
    let has_row = |path: &PathBuf| rows.iter().any(|row| row.name == path.display().to_string());
    let draws = rows.iter().any(EvaluationRow::draws);
    let asked = extractor.is_some() || samples.is_some() || rows.is_empty();
    if asked || draws || !checkpoints.iter().all(has_row) {
        let extractor = extractor.unwrap_or_default();
        let measure = Job::MeasureSamples(SamplesOrder {
            checkpoints,
            data,
            split,
            extractor,
            samples,
            seed,
            k,
            copies,
        });
        drawn = match session.job(measure) {
            Ok(JobResult::SamplesMeasured(rows)) => rows,
            Ok(other) => return unexpected(&other),
            Err(Error::Invalid(message)) if !asked => {
                print_error(&format!("draws are not compared with the images as sets: {message}"));
                Vec::new()
            }
            // What was measured is told before what could not be.
            Err(error) if !rows.is_empty() => {
                missing = Some(error);
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        // It is the same for models of the same size, and enough to read once.
        drawn.iter().find_map(|row| row.metrics.warning()).iter().for_each(|warning| print_error(warning));
    }
    let noted = |row: &EvaluationRow| Some(format!("{}: {}", row.name, row.metrics.note()?));
    rows.iter().filter_map(noted).for_each(|note| print_error(&note));
    if json {
        let without_row = |drawn: &&SampleRow| rows.iter().all(|row| row.name != drawn.name);
        let others = drawn.iter().filter(without_row).map(value_of);
        let rows = rows.iter().map(|row| object(row, &drawn)).chain(others).collect::<Result<Vec<_>>>()?;
        match rows.as_slice() {
            [row] => print_json(row)?,
            rows => print_json(&serde_json::json!({ "rows": rows }))?,
        }
        return missing.map_or(Ok(()), Err);
    }
    if !rows.is_empty() {
        print_line(&table::align(&lines(&rows)))?;
        rows.iter().try_for_each(|row| tell_cautions(&row.name, row.cautions()))?;
    }
    if !drawn.is_empty() {
        print_line(&drawn_table(&drawn))?;
        if drawn.iter().any(|row| !row.copies.is_empty()) {
            print_line(&copies_table(&drawn))?;
        }
        drawn.iter().try_for_each(|row| tell_cautions(&row.name, row.cautions()))?;
    }
    missing.map_or(Ok(()), Err)
}

/// Says beneath a table what belongs beside the numbers of a model.
fn tell_cautions(name: &str, mut cautions: impl Iterator<Item = String>) -> Result<()> {
    cautions.try_for_each(|caution| print_line(&format!("{name}: {caution}")))
}

/// Measurements of a model, its draws included.
fn object(row: &EvaluationRow, drawn: &[SampleRow]) -> Result<Value> {
    let mut object = value_of(row)?;
    if let Some(drawn) = drawn.iter().find(|drawn| drawn.name == row.name)
        && let (Value::Object(object), Value::Object(more)) = (&mut object, value_of(&drawn.metrics)?)
    {
        object.extend(more);
        if !drawn.copies.is_empty() {
            object.insert("copies".into(), value_of(&drawn.copies)?);
        }
    }
    Ok(object)
}

fn value_of(measured: &impl Serialize) -> Result<Value> {
    serde_json::to_value(measured).map_err(|error| Error::Invalid(error.to_string()))
}

/// The table of draws.
fn drawn_table(rows: &[SampleRow]) -> String {
    let first = |row: &SampleRow| vec![row.name.clone(), row.drawn_by(), row.split.label().to_owned()];
    let measures = table::of_sets(rows.iter().map(|row| &row.metrics));
    let lines: Vec<_> = rows.iter().map(|row| (first(row), &row.metrics)).collect();
    table::of_reports(&["draws of", "kind", "split"], &measures, &lines)
}

/// The table of how near draws lie to training images.
fn copies_table(rows: &[SampleRow]) -> String {
    let mut lines = Vec::new();
    for row in rows {
        for check in &row.copies {
            lines.push((vec![row.name.clone(), check.space.label().to_owned()], check));
        }
    }
    let measures: Vec<_> = COPIES.iter().collect();
    table::of_reports(&["copies among draws of", "by"], &measures, &lines)
}

/// The table: a line a model, before it one for the noisy images themselves wherever they change, and
/// columns for what at least one model has.
fn lines(rows: &[EvaluationRow]) -> Vec<Vec<String>> {
    let pairs = table::of_pairs(rows.iter().map(|row| &row.metrics));
    let codes = present(CODES, rows.iter());
    let first = |name: &str, kind: Option<ModelKind>, row: &EvaluationRow| {
        let kind = kind.map_or("–", ModelKind::label);
        [name, kind, row.split.label()].map(str::to_owned).to_vec()
    };
    let about = ["model", "kind", "split"].map(str::to_owned).to_vec();
    let mut lines = vec![[about, table::heads(&pairs), table::heads(&codes)].concat()];
    let mut baseline = None;
    for row in rows {
        if let (Some(noise), Some(noisy)) = (row.noise, row.noisy_input)
            && baseline.replace(noisy) != Some(noisy)
        {
            let (name, none) = (format!("noisy images, {noise}"), vec!["–".to_owned(); codes.len()]);
            lines.push([first(&name, None, row), table::cells(&pairs, &noisy), none].concat());
        }
        let numbers = [table::cells(&pairs, &row.metrics), table::cells(&codes, row)].concat();
        lines.push([first(&row.name, row.kind, row), numbers].concat());
    }
    lines
}
