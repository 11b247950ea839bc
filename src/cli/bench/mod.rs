//! `morphospace bench`: how fast the parts are, on this machine, in this build. Unlike the other
//! subcommands these look at the rooms beneath the worker, because that is what they time.

mod decode;
mod faces;
mod ingest;
mod memory;
mod start;
mod step;

use std::path::PathBuf;
use std::time::Instant;

use clap::Subcommand;
use serde::Serialize;

use super::{print_json, print_line};
use crate::config::ModelConfig;
use crate::error::Result;

#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    part: Part,
    /// Measured repetitions; the median counts
    #[arg(long, default_value_t = 20, global = true)]
    repeat: usize,
}

#[derive(Subcommand)]
enum Part {
    /// A training step: forward, backward, optimiser
    Step {
        #[command(flatten)]
        model: ModelConfig,
        /// Images in a step
        #[arg(long, default_value_t = 64)]
        batch_size: usize,
    },
    /// Codes to pictures
    Decode {
        #[command(flatten)]
        model: ModelConfig,
        /// Codes at once
        #[arg(long, default_value_t = 1)]
        batch_size: usize,
    },
    /// A folder of photos to squares in memory
    Ingest {
        /// Folder of images
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Side of the squares
        #[arg(long, default_value_t = 64)]
        image_size: usize,
    },
    /// Built-in faces, on all cores
    Faces {
        /// Faces in a repetition
        #[arg(long, default_value_t = 1000)]
        count: usize,
        /// Side of the pictures
        #[arg(long, default_value_t = 64)]
        image_size: usize,
    },
    /// From the start of the process to the first face in the window
    Start,
}

/// The figures of one part.
#[derive(Serialize)]
struct Figures {
    /// Median of the repetitions.
    milliseconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    images_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_rss_mib: Option<f64>,
    /// Repetitions.
    repeat: usize,
    /// Threads of the pool.
    threads: usize,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let repeat = options.repeat.max(1);
    let figures = match options.part {
        Part::Step { model, batch_size } => step::run(&model, batch_size, repeat)?,
        Part::Decode { model, batch_size } => decode::run(&model, batch_size, repeat)?,
        Part::Ingest { data, image_size } => return ingest::run(&data, image_size, repeat, json),
        Part::Faces { count, image_size } => faces::run(count, image_size, repeat)?,
        Part::Start => start::run(repeat)?,
    };
    if json {
        return print_json(&figures);
    }
    let mut line = format!("{:.2} ms (median of {})", figures.milliseconds, figures.repeat);
    if let Some(rate) = figures.images_per_second {
        line += &format!(", {rate:.0} images/s");
    }
    if let Some(peak) = figures.peak_rss_mib {
        line += &format!(", peak memory {peak:.0} MiB");
    }
    print_line(&line)
}

/// Seconds of each of `repeat` calls, after `warmup` that are not counted.
fn time(warmup: usize, repeat: usize, mut work: impl FnMut() -> Result<()>) -> Result<Vec<f64>> {
    let mut seconds = Vec::with_capacity(repeat);
    for round in 0..warmup + repeat {
        let began = Instant::now();
        work()?;
        if round >= warmup {
            seconds.push(began.elapsed().as_secs_f64());
        }
    }
    Ok(seconds)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n => (values[(n - 1) / 2] + values[n / 2]) / 2.0,
    }
}

/// The figures of calls that handle `images` each.
fn figures(seconds: Vec<f64>, images: usize) -> Figures {
    let repeat = seconds.len();
    let median = median(seconds);
    Figures {
        milliseconds: median * 1e3,
        images_per_second: Some(images as f64 / median),
        peak_rss_mib: memory::peak_rss_mib(),
        repeat,
        threads: rayon::current_num_threads(),
    }
}
