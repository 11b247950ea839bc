//! `morphospace evaluate`

use std::path::PathBuf;

use super::session::Session;
use super::{print_json, print_line, table, unexpected};
use crate::config::{Corruption, DataSource, Noise, Split};
use crate::error::Result;
use crate::worker::protocol::{EvaluationRow, Job, JobResult};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoints, run folders or names of shipped models
    #[arg(required = true)]
    checkpoints: Vec<PathBuf>,
    /// Folder or zip archive of images, or builtin:faces
    #[arg(long, value_name = "DIR")]
    data: DataSource,
    /// Part of the folder, by a hash of the file names
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Noise on what the models are given, against the clean images measured: gaussian:SIGMA, salt-pepper:PART
    /// or mask:PART
    #[arg(long)]
    noise: Option<Corruption>,
    /// Seed of the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoints, data, split, noise, seed } = options;
    let noise = noise.map(|corruption| Noise { corruption, seed });
    let rows = match Session::start().job(Job::Evaluate { checkpoints, data, split, noise })? {
        JobResult::Evaluated(rows) => rows,
        other => return unexpected(&other),
    };
    if json {
        return match rows.as_slice() {
            [row] => print_json(row),
            rows => print_json(&serde_json::json!({ "rows": rows })),
        };
    }
    print_line(&table::align(&lines(&rows)))
}

/// The table: a line a model, before it one for the noisy images themselves wherever they change, and
/// columns for what at least one model has.
fn lines(rows: &[EvaluationRow]) -> Vec<Vec<String>> {
    let has_kl = rows.iter().any(|row| row.kl.is_some());
    let has_sparsity = rows.iter().any(|row| row.sparsity.is_some());
    let extra = |kl: String, activity: String, inactive: String| {
        let kl = has_kl.then_some(kl);
        kl.into_iter().chain(has_sparsity.then_some([activity, inactive]).into_iter().flatten())
    };
    let none = || "–".to_owned();
    let header = ["model", "kind", "split"].map(str::to_owned).into_iter().chain(table::metric_headers());
    let headers = extra("KL nats".into(), "activity".into(), "inactive".into());
    let mut lines: Vec<Vec<String>> = vec![header.chain(headers).collect()];
    let mut baseline = None;
    for row in rows {
        let split = row.split.label().to_owned();
        if let (Some(noise), Some(noisy)) = (row.noise, row.noisy_input)
            && baseline.replace(noisy) != Some(noisy)
        {
            let first = [format!("noisy images, {noise}"), none(), split.clone()];
            let cells = first.into_iter().chain(table::metric_cells(&noisy));
            lines.push(cells.chain(extra(none(), none(), none())).collect());
        }
        let kl = row.kl.map_or_else(none, |kl| format!("{kl:.2}"));
        let activity = row.sparsity.map_or_else(none, |s| format!("{:.3}", s.mean_activity));
        let inactive = row.sparsity.map_or_else(none, |s| format!("{:.1} %", s.inactive_share * 100.0));
        let first = [row.name.clone(), row.kind.label().to_owned(), split];
        let cells = first.into_iter().chain(table::metric_cells(&row.metrics));
        lines.push(cells.chain(extra(kl, activity, inactive)).collect());
    }
    lines
}
