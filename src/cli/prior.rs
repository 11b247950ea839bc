//! `morphospace prior`

use std::path::PathBuf;

use clap::ArgAction;
use serde_json::json;

use super::alignment::DataOptions;
use super::counts::at_least_one;
use super::output::{print_json, print_line, unexpected};
use super::session::WorkerClient;
use crate::config::{DataSource, DeviceConfig, PriorKind};
use crate::error::Result;
use crate::worker::protocol::{Job, JobResult, PriorLearned, PriorOrder};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    model: PathBuf,
    /// Folder, zip archive or arrays of images, or builtin:faces; those that the model was trained on if not given
    #[arg(long, value_name = "DIR")]
    data: Option<DataSource>,
    #[command(flatten)]
    align: DataOptions,
    /// Density of the codes: gaussian, gmm:K (a mixture of K Gaussians) or flow; standard takes a learned one away
    #[arg(long)]
    kind: PriorKind,
    /// Updates of a flow, at most: it ends before when it no longer gets better on codes that it is not fitted to
    #[arg(long, default_value_t = PriorOrder::STEPS, value_parser = at_least_one())]
    steps: usize,
    /// Seed of the weights, the noise and the order of the codes
    #[arg(long, default_value_t = 0, action = ArgAction::Set)]
    seed: u64,
    /// Steps of a flow's solver from noise to code
    #[arg(long, default_value_t = PriorOrder::SOLVER_STEPS, value_parser = at_least_one())]
    solver_steps: usize,
    /// Factor on the noise of draws: 1 draws from the density itself, less draws likelier codes that differ less
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    truncation: f64,
    /// File for the model with its prior; the model's own if not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceConfig,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { model, data, align, kind, steps, seed, solver_steps, truncation, out, device } = options;
    let data = data.map(|data| align.of(data));
    let order = PriorOrder { model, data, kind, steps, seed, solver_steps, truncation, out };
    let mut session = WorkerClient::on(device);
    let learned = match session.job(Job::LearnPrior(order))? {
        JobResult::PriorLearned(learned) => *learned,
        other => return unexpected(&other),
    };
    let PriorLearned { info, checkpoint } = &learned;
    if json {
        return print_json(&json!({
            "kind": info.kind,
            "validation_nll": info.nll,
            "standard_nll": info.standard_nll,
            "steps": info.steps,
            "seconds": info.seconds,
            "images": info.images,
            "held_out": info.held_out,
            "checkpoint": checkpoint.to_string_lossy(),
        }));
    }
    if info.kind == PriorKind::Standard {
        return print_line(&format!("{} draws as it was trained to", checkpoint.display()));
    }
    print_line(&format!(
        "{}: {:.3} nats per number of a code on {} held-out images (standard {:.3}), {} in {:.0} s",
        info.kind.label(),
        info.nll,
        info.held_out,
        info.standard_nll,
        match info.kind {
            PriorKind::Flow => format!("{} updates", info.steps),
            PriorKind::Mixture(_) => format!("{} rounds", info.steps),
            PriorKind::Gaussian | PriorKind::Standard => "fitted".into(),
        },
        info.seconds,
    ))?;
    print_line(&checkpoint.display().to_string())
}
