//! `morphospace train`

use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::alignment::DataOptions;
use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::WorkerClient;
use crate::config::{Adjustment, AdversarialConfig, Course, DeviceConfig, Setting, TrainConfig};
use crate::error::{Error, Result};
use crate::signals;
use crate::worker::protocol::{Changes, ForkOrder, Job, JobResult, ResumeOrder, RunHistory, TrainOrder};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    config: TrainConfig,
    /// Folder for the run: checkpoint, history, sample pictures
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "fork"], help = resume_help())]
    resume: Option<PathBuf>,
    /// Begin the run in --out from where the run in this folder stands, with its settings but for those given; with
    /// --model vae-gan a VAE's encoder and decoder go on against a new discriminator
    #[arg(long, value_name = "RUN")]
    fork: Option<PathBuf>,
    #[command(flatten)]
    align: DataOptions,
    #[command(flatten)]
    device: DeviceConfig,
    /// Save and end when the standard input ends: with the program that has started this one
    #[arg(long, hide = true)]
    end_with_input: bool,
}

/// Settings that may be given with `--resume` besides those that can change while a run goes on.
const BESIDE: [Setting; 2] = [Setting::Steps, Setting::Data];

/// As in "--lr, --kl-weight and --noise".
fn changeable() -> String {
    let flags: Vec<&str> = Setting::changeable().map(Setting::flag).collect();
    let (last, others) = flags.split_last().expect("some settings can change");
    format!("{} and {last}", others.join(", "))
}

fn resume_help() -> String {
    format!(
        "Go on with the run in this folder; of the other options --steps, --data, --device, --precision and what can \
         change while a run goes on ({}) may be given with it",
        changeable()
    )
}

pub fn run(options: Options, matches: &ArgMatches, json: bool) -> Result<()> {
    let given = |setting: Setting| matches.value_source(setting.name()) == Some(ValueSource::CommandLine);
    let mut options = options;
    if options.align.align.is_some() && !given(Setting::Data) {
        usage_error("--align goes with --data: it says how the images of that folder are cut");
    }
    options.config.dataset.source = options.align.of(options.config.dataset.source);
    let mut session = WorkerClient::on(options.device);
    if options.end_with_input {
        signals::end_with(std::io::stdin()).map_err(|error| Error::Invalid(error.to_string()))?;
    }
    let work = match (options.resume, options.fork, options.out) {
        (Some(run), ..) => {
            check_changeable(&given);
            let TrainConfig { steps, dataset, .. } = &options.config;
            let steps = given(Setting::Steps).then_some(*steps);
            let adjustments = match Setting::changeable().any(given) {
                true => adjustments(&session.open_run(&run)?, &options.config, steps, &given)?,
                false => Vec::new(),
            };
            let data = given(Setting::Data).then(|| dataset.source.clone());
            Job::Resume(ResumeOrder { run, changes: Changes { steps, data, adjustments } })
        }
        (None, Some(from), Some(out)) => {
            let config = merged(session.open_run(&from)?.config, &options.config, &given);
            check(&config, &given);
            Job::Fork(ForkOrder { from, config: Box::new(config), out })
        }
        (None, None, Some(out)) => {
            // No default folder: training on whatever lies around is nobody's wish.
            if !given(Setting::Data) {
                usage_error("--data DIR is missing: the folder of images to train on, or builtin:faces");
            }
            check(&options.config, &given);
            Job::Train(TrainOrder { config: Box::new(options.config), out })
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

/// Ends the process if a setting was given that the kind of model does not have, or if the settings make no sense.
fn check(config: &TrainConfig, given: &dyn Fn(Setting) -> bool) {
    if let Err(message) = config.check_given(given) {
        usage_error(message);
    }
}

/// Ends the process if a setting was given that cannot go with `--resume`.
fn check_changeable(given: &dyn Fn(Setting) -> bool) {
    let fixed = |setting: &&Setting| setting.live().is_none() && !BESIDE.contains(setting);
    if let Some(setting) = Setting::ALL.iter().filter(fixed).find(|setting| given(**setting)) {
        usage_error(format!(
            "{} cannot be changed with --resume; --steps, --data, {} can. --fork begins a new run that can have more \
             changed",
            setting.flag(),
            changeable()
        ));
    }
}

/// Adjustments of a run for the options that were given.
fn adjustments(
    run: &RunHistory,
    options: &TrainConfig,
    steps: Option<usize>,
    given: &dyn Fn(Setting) -> bool,
) -> Result<Vec<Adjustment>> {
    let mut adjustments = Vec::new();
    // The weight alone says nothing of the network.
    let options = &TrainConfig { feature_loss: run.config.feature_loss.clone(), ..options.clone() };
    for setting in Setting::changeable().filter(|setting| given(*setting)) {
        let Some(value) = setting.value(options) else {
            let (run, label) = (run.folder.display(), setting.label());
            return Err(Error::Invalid(format!(
                "{run}: this run has no {label}, which {} is for",
                setting.flag()
            )));
        };
        let steps = steps.unwrap_or(run.config.steps);
        let mut wanted = TrainConfig { steps, ..run.config.clone() };
        setting.set(&mut wanted, value);
        if setting.belongs_to(run.config.model.kind) && setting.text(&wanted) != setting.text(options) {
            return Err(Error::Invalid(format!(
                "{}: of {} only the strength can change while a run goes on; it has {}",
                run.folder.display(),
                setting.flag(),
                setting.text(&run.config).unwrap_or_default()
            )));
        }
        adjustments.push(match setting.live().map(|live| live.course) {
            // The option is the highest number of the schedule, wherever in it the run stands.
            Some(Course::InProportion) => Adjustment::to(setting, setting.planned(&wanted, run.step)),
            _ => Adjustment::to(setting, value),
        });
    }
    Ok(adjustments)
}

/// The settings of a run with those options in their place that were given.
fn merged(mut run: TrainConfig, options: &TrainConfig, given: &dyn Fn(Setting) -> bool) -> TrainConfig {
    if given(Setting::Kind) && options.model.kind != run.model.kind {
        run = run.of_kind(options.model.kind);
    }
    if given(Setting::Recipe) {
        // What follows from a recipe follows from the new one.
        run.adversarial = AdversarialConfig::default();
    }
    Setting::ALL
        .iter()
        .filter(|setting| given(**setting))
        .for_each(|setting| setting.copy(&mut run, options));
    run
}
