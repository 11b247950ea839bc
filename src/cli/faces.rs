//! `morphospace faces`

use std::path::PathBuf;

use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::WorkerClient;
use crate::error::Result;
use crate::worker::protocol::{FaceOrder, Job, JobResult};

/// Most faces in one folder, and the largest side of one.
const MOST: usize = 1_000_000;
const LARGEST: usize = 1024;

#[derive(clap::Args)]
pub struct Options {
    /// Number of faces
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Seed of the row of faces; the same one gives the same faces
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// New or empty folder for a PNG each and factors.csv
    #[arg(long, value_name = "DIR", required_unless_present = "sheet")]
    out: Option<PathBuf>,
    /// PNG file for a sheet of the first hundred
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 256)]
    image_size: usize,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { count, seed, out, sheet, image_size } = options;
    if !(1..=MOST).contains(&count) {
        usage_error(format!("{count} faces are not possible; ask for 1 to {MOST}"));
    }
    if !(8..=LARGEST).contains(&image_size) {
        usage_error(format!("an image size of {image_size} is not possible; it must be 8 to {LARGEST}"));
    }
    let order = FaceOrder { count, seed, image_size, out, sheet };
    let written = match WorkerClient::start().job(Job::Faces(order))? {
        JobResult::FacesWritten(written) => written,
        other => return unexpected(&other),
    };
    if json {
        return print_json(&written);
    }
    let files: Vec<_> = [&written.out, &written.sheet].into_iter().flatten().collect();
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    print_line(&format!(
        "{} faces at {:.0} images/s\n{}",
        written.n,
        written.images_per_second,
        files.join("\n")
    ))
}
