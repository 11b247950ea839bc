//! `morphospace train`

use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::Value;

use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::Session;
use crate::config::{Adjustment, DeviceConfig, Plan, TrainConfig};
use crate::error::{Error, Result};
use crate::worker::protocol::{Changes, Job, JobResult, RunHistory};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    config: TrainConfig,
    /// Folder for the run: checkpoint, history, sample pictures
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder; of the other options --steps, --data, --device, --precision and what can change
    /// while a run goes on (--lr, --kl-weight, --free-bits, --sparsity, --noise) may be given with it
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "fork"])]
    resume: Option<PathBuf>,
    /// Begin the run in --out from where the run in this folder stands, with its settings but for those given
    #[arg(long, value_name = "RUN")]
    fork: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceConfig,
}

/// Names of options that say nothing of the settings of a run.
const BESIDE: [&str; 6] = ["resume", "steps", "source", "json", "device", "precision"];
/// Names of the options that may be given with `--resume`, as [`TrainConfig`] has them.
const CHANGEABLE: [&str; 5] = ["learning_rate", "kl_weight", "free_bits", "sparsity", "noise"];

pub fn run(options: Options, matches: &ArgMatches, json: bool) -> Result<()> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let mut session = Session::on(options.device);
    let work = match (options.resume, options.fork, options.out) {
        (Some(run), ..) => {
            check_changeable(&given);
            let changed = CHANGEABLE.iter().any(|id| given(id));
            let TrainConfig { steps, dataset, .. } = &options.config;
            let steps = given("steps").then_some(*steps);
            let adjustments = match changed {
                true => adjustments(&session.open_run(&run)?, &options.config, steps, &given)?,
                false => Vec::new(),
            };
            let data = given("source").then(|| dataset.source.clone());
            Job::Resume { run, changes: Changes { steps, data, adjustments } }
        }
        (None, Some(from), Some(out)) => {
            let config = merged(session.open_run(&from)?.config, options.config, matches)?;
            if let Err(message) = config.validate() {
                usage_error(message);
            }
            Job::Fork { from, config: Box::new(config), out }
        }
        (None, None, Some(out)) => {
            // No default folder: training on whatever lies around is nobody's wish.
            if !given("source") {
                usage_error("--data DIR is missing: the folder of images to train on, or builtin:faces");
            }
            if let Err(message) = options.config.validate() {
                usage_error(message);
            }
            Job::Train { config: Box::new(options.config), out }
        }
        (None, _, None) => usage_error("--out RUN is missing: the folder for the run"),
    };
    let summary = match session.job(work)? {
        JobResult::Trained(summary) => summary,
        other => return unexpected(&other),
    };
    if json {
        return print_json(&summary);
    }
    let validation = summary.validation_loss.map(|v| format!(", validation loss {v:.2}")).unwrap_or_default();
    print_line(&format!(
        "{} steps at {:.0} images/s, train loss {:.2}{validation}\n{}",
        summary.steps,
        summary.images_per_second,
        summary.train_loss,
        summary.checkpoint.display()
    ))
}

/// Ends the process if an option was given that cannot go with `--resume`.
fn check_changeable(given: &dyn Fn(&str) -> bool) {
    let train = <Options as clap::Args>::augment_args(clap::Command::new("train"));
    for argument in train.get_arguments() {
        let id = argument.get_id().as_str();
        if given(id) && !CHANGEABLE.contains(&id) && !BESIDE.contains(&id) {
            let name = argument.get_long().unwrap_or_default();
            usage_error(format!(
                "--{name} cannot be changed with --resume; --steps, --data, --lr, --kl-weight, --free-bits, \
                 --sparsity and --noise can. --fork begins a new run that can have more changed"
            ));
        }
    }
}

/// What has to be adjusted in a run for the options that were given.
fn adjustments(
    run: &RunHistory,
    options: &TrainConfig,
    steps: Option<usize>,
    given: &dyn Fn(&str) -> bool,
) -> Result<Vec<Adjustment>> {
    let mut adjustments = Vec::new();
    if given("learning_rate") {
        // The option is the highest rate of the schedule, wherever in it the run stands.
        let steps = steps.unwrap_or(run.config.steps);
        let planned = TrainConfig { learning_rate: options.learning_rate, steps, ..run.config.clone() };
        adjustments.push(Adjustment::LearningRate(Plan::new(&planned, &[]).learning_rate(run.step)));
    }
    if given("kl_weight") {
        adjustments.push(Adjustment::KlWeight(options.kl_weight));
    }
    if given("free_bits") {
        adjustments.push(Adjustment::FreeBits(options.free_bits));
    }
    let other_kind = |name: &str, is: String| -> Error {
        Error::Invalid(format!(
            "{}: of --{name} only the strength can change while a run goes on; it has {is}",
            run.folder.display()
        ))
    };
    if given("sparsity")
        && let Some(wanted) = options.sparsity
    {
        match run.config.sparsity {
            Some(is) if is.with_weight(wanted.weight()) != wanted => {
                return Err(other_kind("sparsity", is.to_string()));
            }
            _ => adjustments.push(Adjustment::SparsityWeight(wanted.weight())),
        }
    }
    if given("noise")
        && let Some(wanted) = options.noise
    {
        match run.config.noise {
            Some(is) if is.with_strength(wanted.strength()) != wanted => {
                return Err(other_kind("noise", is.to_string()));
            }
            _ => adjustments.push(Adjustment::NoiseStrength(wanted.strength())),
        }
    }
    Ok(adjustments)
}

/// The settings that a recipe of adversarial training fills in.
const EXTRAS: [&str; 6] =
    ["ema", "diff_augment", "label_smoothing", "spectral_norm", "r1", "reconstruction_weight"];

/// The settings of a run with those options in their place that were given. Both are the same structure of
/// named values, by which they are put together.
fn merged(run: TrainConfig, options: TrainConfig, matches: &ArgMatches) -> Result<TrainConfig> {
    let invalid = |e: serde_json::Error| Error::Invalid(e.to_string());
    let mut settings = serde_json::to_value(&run).map_err(invalid)?;
    let wanted = serde_json::to_value(&options).map_err(invalid)?;
    if let (Value::Object(settings), Value::Object(wanted)) = (&mut settings, wanted) {
        let given = |id: &str| {
            matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        if given("recipe") {
            // What follows from a recipe follows from the new one.
            EXTRAS.iter().for_each(|name| drop(settings.remove(*name)));
        }
        for (name, value) in wanted {
            // The one setting whose option has another name.
            let id = if name == "path" { "source" } else { &name };
            if given(id) {
                settings.insert(name, value);
            }
        }
    }
    let settings: TrainConfig = serde_json::from_value(settings).map_err(invalid)?;
    Ok(TrainConfig { epochs: options.epochs, ..settings })
}
