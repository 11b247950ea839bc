//! `morphospace interpolate`

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::WorkerClient;
use crate::config::WalkPath;
use crate::error::Result;
use crate::worker::protocol::{Answer, Export, ModelId, Query, Slot};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Where to start: an image file, or seed:N for the first draw with that seed
    a: OsString,
    /// Where to go: an image file, or seed:N
    b: OsString,
    /// Pictures from end to end
    #[arg(long, default_value_t = 16)]
    frames: usize,
    /// Straight line or great circle
    #[arg(long, value_enum, default_value = "slerp")]
    path: WalkPath,
    /// GIF (there and back) or PNG (a strip)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoint, a, b, frames, path, out: file } = options;
    let mut session = WorkerClient::start();
    let model = session.open_model(&checkpoint)?.id;
    let from = code_of(&mut session, model, &a)?;
    let to = code_of(&mut session, model, &b)?;
    let file = session.export(Export::Walk { model, from, to, path, frames, file })?;
    match json {
        true => print_json(&serde_json::json!({ "file": file.to_string_lossy(), "frames": frames })),
        false => print_line(&file.display().to_string()),
    }
}

/// The code that an end of a walk means.
fn code_of(session: &mut WorkerClient, model: ModelId, end: &OsStr) -> Result<Vec<f32>> {
    let Some(seed) = end.to_str().and_then(|end| end.strip_prefix("seed:")) else {
        return Ok(session.reconstruct(model, end.as_ref(), None)?.code);
    };
    let seed =
        seed.parse().unwrap_or_else(|_| usage_error(format!("'seed:{seed}' has no number after seed:")));
    match session.ask(Slot::Samples, Query::Sample { model, count: 1, seed })? {
        Answer::Samples { codes, .. } if codes.len() == 1 => Ok(codes.concat()),
        other => unexpected(&other),
    }
}
