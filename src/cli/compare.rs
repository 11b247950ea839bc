//! `morphospace compare`

use std::path::PathBuf;

use super::session::Session;
use super::{print_error, print_json, print_line, table, unexpected};
use crate::error::Result;
use crate::worker::protocol::{Job, JobResult};

#[derive(clap::Args)]
pub struct Options {
    /// Folder or zip archive of reference images
    a: PathBuf,
    /// Folder or zip archive of images with the same names
    b: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { a, b } = options;
    let (metrics, unmatched) = match Session::start().job(Job::Compare { a, b })? {
        JobResult::Compared { metrics, unmatched } => (metrics, unmatched),
        other => return unexpected(&other),
    };
    if unmatched > 0 {
        print_error(&format!("{unmatched} files have no partner of the same name and were left out"));
    }
    if json {
        return print_json(&metrics);
    }
    print_line(&table::align(&[table::metric_headers().to_vec(), table::metric_cells(&metrics).to_vec()]))
}
