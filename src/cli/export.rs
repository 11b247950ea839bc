//! `morphospace export`

use std::path::{Path, PathBuf};

use super::alignment::DataOptions;
use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::WorkerClient;
use crate::config::{DataSource, Split};
use crate::error::Result;
use crate::worker::protocol::{CodesOrder, CodesWritten, Export, Job, JobResult};

#[derive(clap::Args)]
pub struct Options {
    /// Checkpoint, run folder or the name of a shipped model
    checkpoint: PathBuf,
    /// Format of the model [default: as the ending of the file says]
    #[arg(long, value_enum, conflicts_with = "codes")]
    format: Option<Format>,
    /// Write the codes of these images instead of the model: a folder or zip archive, or builtin:faces
    #[arg(long, value_name = "DATA")]
    codes: Option<DataSource>,
    #[command(flatten)]
    align: DataOptions,
    /// Part of the images [default: all]
    #[arg(long, value_enum, requires = "codes")]
    split: Option<Split>,
    /// File for the model: .safetensors; .onnx, from whose name those of the decoder and the encoder are made; or .py,
    /// beside which the weights lie as .pt. File for codes: .npy, beside which the names lie as .names.txt, or .csv
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Formats of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The program's own, in half precision: what it opens itself
    Safetensors,
    /// Decoder and encoder, a file each, for ONNX Runtime and others
    Onnx,
    /// A module in Python that needs torch alone, and its weights
    Pytorch,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Format::Safetensors => "safetensors",
            Format::Onnx => "onnx",
            Format::Pytorch => "py",
        }
    }
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { checkpoint, format, codes, align, split, out } = options;
    match codes {
        Some(data) => {
            let (data, split) = (align.of(data), split.unwrap_or(Split::All));
            write_codes(CodesOrder { model: checkpoint, data, split, out }, json)
        }
        None => {
            if align.align.is_some() {
                usage_error("--align is about the images of --codes; a model has none");
            }
            check(format, &out);
            write_model(checkpoint, out, json)
        }
    }
}

/// Ends the program where format and ending say different things.
fn check(format: Option<Format>, out: &Path) {
    let Some(ending) = format.map(Format::ending) else { return };
    if !out.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending)) {
        usage_error(format!("this format is written as .{ending}, not to {}", out.display()));
    }
}

fn write_model(checkpoint: PathBuf, file: PathBuf, json: bool) -> Result<()> {
    let files = WorkerClient::start().export_all(Export::Model { checkpoint, file })?;
    if json {
        let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        return print_json(&serde_json::json!({ "file": names.first(), "files": names }));
    }
    files.iter().try_for_each(|file| print_line(&file.display().to_string()))
}

fn write_codes(order: CodesOrder, json: bool) -> Result<()> {
    let CodesWritten { n, dim, files } = match WorkerClient::start().job(Job::Codes(order))? {
        JobResult::CodesWritten(written) => written,
        other => return unexpected(&other),
    };
    let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    match json {
        true => print_json(&serde_json::json!({ "n": n, "dim": dim, "files": names })),
        false => print_line(&format!("{n} codes of {dim} numbers in {}", names.join(", names in "))),
    }
}
