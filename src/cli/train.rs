//! `morphospace train`

use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::session::Session;
use super::{print_json, print_line, usage_error};
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
    /// Go on with the run in this folder; of the other options only --steps may be given with it
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    resume: Option<PathBuf>,
}

pub fn run(options: Options, matches: &ArgMatches, json: bool) -> Result<()> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let work = match (options.resume, options.out) {
        (Some(run), _) => {
            let may_be_given = ["resume", "steps", "json"];
            let other = matches.ids().map(|id| id.as_str()).find(|id| {
                // Groups have the name of their struct, which no option has.
                !may_be_given.contains(id) && !id.starts_with(char::is_uppercase) && given(id)
            });
            if let Some(other) = other {
                let option = other.replace('_', "-");
                usage_error(format!("--{option} cannot be changed with --resume; only --steps can"));
            }
            Job::Resume { run, steps: given("steps").then_some(options.config.steps) }
        }
        (None, Some(out)) => {
            if options.config.dataset.path.as_os_str().is_empty() {
                usage_error("--data DIR is missing: the folder of images to train on");
            }
            if let Err(message) = options.config.validate() {
                usage_error(message);
            }
            Job::Train { config: Box::new(options.config), out }
        }
        (None, None) => usage_error("--out RUN is missing: the folder for the run"),
    };
    let JobResult::Trained(summary) = Session::start().job(work)? else { return Ok(()) };
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
