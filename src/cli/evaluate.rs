//! `morphospace evaluate`

use std::path::PathBuf;

use super::session::Session;
use super::{print_json, print_line, table, unexpected};
use crate::config::{DataSource, Split};
use crate::error::Result;
use crate::worker::protocol::{Job, JobResult};

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
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoints, data, split } = options;
    let rows = match Session::start().job(Job::Evaluate { checkpoints, data, split })? {
        JobResult::Evaluated(rows) => rows,
        other => return unexpected(&other),
    };
    if json {
        return match rows.as_slice() {
            [row] => print_json(row),
            rows => print_json(&serde_json::json!({ "rows": rows })),
        };
    }
    let first = ["model".to_owned(), "kind".to_owned(), "split".to_owned()];
    let mut lines: Vec<Vec<String>> =
        vec![first.into_iter().chain(table::metric_headers()).chain(["KL nats".to_owned()]).collect()];
    for row in rows {
        let kl = row.kl.map_or("–".to_owned(), |kl| format!("{kl:.2}"));
        let first = [row.name, row.kind.label().to_owned(), row.split.label().to_owned()];
        lines.push(first.into_iter().chain(table::metric_cells(&row.metrics)).chain([kl]).collect());
    }
    print_line(&table::align(&lines))
}
