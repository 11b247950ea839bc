//! `morphospace features`

use std::path::PathBuf;

use super::output::{print_json, print_line, unexpected};
use super::session::WorkerClient;
use crate::cli::alignment::DataOptions;
use crate::cli::counts::at_least_one;
use crate::config::{DataSource, ExtractorSource};
use crate::error::Result;
use crate::worker::protocol::{FeatureOrder, FeaturesWritten, Job, JobResult};

#[derive(clap::Args)]
pub struct Options {
    /// Folder, zip archive or arrays of images, or builtin:faces
    data: DataSource,
    #[command(flatten)]
    align: DataOptions,
    /// Feature extractor: embedded, the program's own small network for faces; inception:FILE, the network of
    /// the FID with these weights (.safetensors or .pth); or efficientnet:FILE, an EfficientNet-Lite of ImageNet
    #[arg(long, value_name = "EXTRACTOR", default_value_t)]
    extractor: ExtractorSource,
    /// First make squares of this many pixels a side, as for training; without it each image is seen whole
    #[arg(long, value_parser = at_least_one())]
    image_size: Option<usize>,
    /// File for the features, a row an image sorted by name: .npy, or .npz with the names
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let Options { data, align, extractor, image_size, out } = options;
    let data = align.of(data);
    let written =
        match WorkerClient::start().job(Job::Features(FeatureOrder { data, extractor, image_size, out }))? {
            JobResult::FeaturesWritten(written) => written,
            other => return unexpected(&other),
        };
    if json {
        return print_json(&written);
    }
    let FeaturesWritten { n, dim, features, images_per_second, out } = written;
    print_line(&format!(
        "{n} images × {dim} numbers of {features} in {}, {images_per_second:.1} images/s",
        out.display()
    ))
}
