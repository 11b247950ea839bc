//! `morphospace export`

use std::path::PathBuf;

use super::output::{print_json, print_line};
use super::session::WorkerClient;
use crate::error::Result;
use crate::worker::protocol::Export;

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint or run folder
    checkpoint: PathBuf,
    /// File for the model
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoint, out: file } = options;
    let file = WorkerClient::start().export(Export::Model { checkpoint, file })?;
    match json {
        true => print_json(&serde_json::json!({ "file": file.to_string_lossy() })),
        false => print_line(&file.display().to_string()),
    }
}
