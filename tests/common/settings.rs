//! Settings of runs that are small enough for a test.

use std::path::Path;

use clap::Parser;
use morphospace::config::TrainConfig;

/// The command line's defaults for the smallest model there is, with `more` options.
pub fn config(data: &Path, more: &[&str]) -> TrainConfig {
    #[derive(Parser)]
    #[command(args_override_self = true)]
    struct Line {
        #[command(flatten)]
        config: TrainConfig,
    }
    let data = data.to_str().unwrap();
    let smallest = [
        "train",
        "--data",
        data,
        "--image-size",
        "32",
        "--latent-dim",
        "8",
        "--base-width",
        "4",
        "--batch-size",
        "8",
    ];
    Line::parse_from(smallest.iter().chain(more)).config
}
