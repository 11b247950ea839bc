//! `morphospace info`

use std::path::PathBuf;

use super::output::{print_json, print_line, unexpected};
use super::session::WorkerClient;
use super::table;
use crate::config::DataSource;
use crate::error::{Error, Result};
use crate::worker::protocol::{
    CHECKPOINT_FILE, Job, JobResult, ModelInfo, ModelSource, RunHistory, are_pictures, has_archive_extension,
    passed_over_words,
};

#[derive(clap::Args)]
pub struct Options {
    /// A checkpoint, a run's folder, the name of a shipped model, a folder, zip archive or array of images, or
    /// builtin:faces
    path: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let path = options.path;
    let mut session = WorkerClient::start();
    let source = DataSource::try_from(path.clone()).map_err(Error::Invalid)?;
    let is_folder = path.is_dir() && !path.join(CHECKPOINT_FILE).is_file();
    // A run that was ended before its first checkpoint has its settings alone.
    if is_folder && let Ok(run) = session.open_run(&path) {
        let (kind, RunHistory { step, config, .. }) = (run.config.model.kind, &run);
        if json {
            return print_json(&serde_json::json!({ "kind": kind, "steps": step, "train": config }));
        }
        return print_line(&format!(
            "{}, {step} of {} steps: the run was ended before it was saved. morphospace train --resume {} begins it \
             again",
            kind.label(),
            config.steps,
            path.display()
        ));
    }
    let are_images = has_archive_extension(&path) || are_pictures(&path);
    if source == DataSource::BuiltinFaces || is_folder || are_images {
        let survey = match session.job(Job::Survey { source })? {
            JobResult::Surveyed(survey) => survey,
            other => return unexpected(&other),
        };
        if json {
            return print_json(&survey);
        }
        print_line(&format!(
            "{} images: {} to train, {} to validate, {} to test",
            survey.images, survey.train, survey.validation, survey.test
        ))?;
        return passed_over_words(&survey.passed_over).iter().try_for_each(|words| print_line(words));
    }
    let mut info = session.open_model(&path)?;
    if let ModelSource::File(path) = &mut info.source {
        *path = path.to_string_lossy().into_owned().into();
    }
    if json { print_json(&info) } else { print_line(&describe(&info)) }
}

/// As in " on CPU, then NVIDIA H100 80GB HBM3".
fn on(devices: &[String]) -> String {
    if devices.is_empty() { String::new() } else { format!(" on {}", devices.join(", then ")) }
}

fn describe(info: &ModelInfo) -> String {
    let config = &info.config;
    let active = info.latent.active_units().map(|n| format!(", {n} active")).unwrap_or_default();
    let mut rows = vec![
        ("model", format!("{}, {} weights", config.label(), info.parameters)),
        ("images", {
            let (width, height) = config.picture_size();
            format!("{width}×{height} pixels")
        }),
        ("code", config.code() + &active),
        (
            "trained",
            match &config.imported {
                Some(_) => "by another program".to_owned(),
                None => format!("{} steps{}", info.steps, on(&info.devices)),
            },
        ),
    ];
    if let Some(train) = &info.train {
        rows.push(("data", train.dataset.source.to_string()));
        let aim = train.aim().map(|aim| format!(", {aim}")).unwrap_or_default();
        rows.push(("settings", format!("batch {}, lr {}{aim}", train.batch_size, train.learning_rate)));
    }
    if let Some(prior) = &info.prior {
        rows.push((
            "prior",
            format!(
                "{}, {:.3} nats per number on {} held-out images (standard {:.3})",
                prior.kind.label(),
                prior.nll,
                prior.held_out,
                prior.standard_nll
            ),
        ));
    }
    if let Some((activity, inactive)) = info.latent.sparsity() {
        let share = inactive * 100.0;
        rows.push((
            "activity",
            format!("mean {activity:.3}, {share:.1} % of the units inactive on an image"),
        ));
    }
    if let Some(metrics) = &info.validation {
        let measures = table::of_pairs(std::iter::once(metrics));
        let cells = table::heads(&measures).into_iter().zip(table::cells(&measures, metrics));
        let text: Vec<String> = cells.map(|(header, cell)| format!("{header} {cell}")).collect();
        rows.push(("validation", text.join(" · ")));
    }
    if !info.latent.kl.is_empty() {
        rows.push(("KL", format!("{:.1} nats", info.latent.kl.iter().sum::<f32>())));
    }
    table::list(&rows)
}
