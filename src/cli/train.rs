//! `morphospace train`

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};

use super::session::Session;
use super::{print_json, print_line, unexpected, usage_error};
use crate::config::TrainConfig;
use crate::error::Result;
use crate::worker::protocol::{Job, JobResult};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    config: TrainConfig,
    /// Folder for the run: checkpoint, history, sample pictures
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder; of the other options only --steps and --data may be given with it
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    resume: Option<PathBuf>,
}

pub fn run(options: Options, matches: &ArgMatches, json: bool) -> Result<()> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let work = match (options.resume, options.out) {
        (Some(run), _) => {
            let changeable = ["resume", "steps", "source", "json"];
            let train = super::Line::command();
            let train = train.find_subcommand("train").into_iter().flat_map(|c| c.get_arguments());
            for argument in train.filter(|a| !changeable.contains(&a.get_id().as_str())) {
                if given(argument.get_id().as_str()) {
                    let name = argument.get_long().unwrap_or_default();
                    usage_error(format!("--{name} cannot be changed with --resume; --steps and --data can"));
                }
            }
            let TrainConfig { steps, dataset, .. } = options.config;
            Job::Resume {
                run,
                steps: given("steps").then_some(steps),
                data: given("source").then_some(dataset.source),
            }
        }
        (None, Some(out)) => {
            // No default folder: training on whatever lies around is nobody's wish.
            if !given("source") {
                usage_error("--data DIR is missing: the folder of images to train on, or builtin:faces");
            }
            if let Err(message) = options.config.validate() {
                usage_error(message);
            }
            Job::Train { config: Box::new(options.config), out }
        }
        (None, None) => usage_error("--out RUN is missing: the folder for the run"),
    };
    let summary = match Session::start().job(work)? {
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
