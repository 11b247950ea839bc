//! `morphospace sample`

use std::ffi::OsString;
use std::path::PathBuf;

use super::code;
use super::output::{print_json, print_line, usage_error};
use super::session::WorkerClient;
use crate::error::Result;
use crate::worker::protocol::{Export, Query, Slot};

/// Most pictures on one sheet; enough for any look, and it still opens in a viewer.
const MOST: usize = 4096;

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Number of pictures
    #[arg(short = 'n', long, default_value_t = 64)]
    count: usize,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The picture of this code in place of draws: its numbers with commas between them, or a .npy or JSON file of
    /// them; under a learned prior with noise that noise
    #[arg(long, value_name = "NUMBERS|FILE", conflicts_with_all = ["count", "seed"])]
    code: Option<OsString>,
    /// Steps of a learned flow's solver from noise to code; as the model's file says if not given
    #[arg(long, value_name = "N")]
    solver_steps: Option<usize>,
    /// PNG file for the sheet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoint, count, seed, code, solver_steps, out: file } = options;
    if !(1..=MOST).contains(&count) {
        usage_error(format!("{count} pictures do not fit on a sheet; ask for 1 to {MOST}"));
    }
    let mut session = WorkerClient::start();
    let info = session.open_model(&checkpoint)?;
    let model = info.id;
    if let Some(steps) = solver_steps {
        session.solve_in(model, steps)?;
    }
    let query = match &code {
        Some(text) => Query::Decode { model, codes: vec![code::read(&mut session, &info, text)?] },
        None => Query::Sample { model, count, seed },
    };
    let images = session.ask_images(Slot::Samples, query)?;
    let columns = (images.len() as f64).sqrt().ceil() as usize;
    let file = session.export(Export::Grid { images, columns, file })?;
    match json {
        true if code.is_some() => print_json(&serde_json::json!({ "file": file.to_string_lossy() })),
        true => print_json(&serde_json::json!({ "file": file.to_string_lossy(), "n": count, "seed": seed })),
        false => print_line(&file.display().to_string()),
    }
}
