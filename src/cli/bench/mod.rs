//! `morphospace bench`: how fast the parts are, on this machine, in this build. Unlike the other
//! subcommands these look at the rooms beneath the worker, because that is what they time.

mod adversarial;
mod align;
mod decode;
mod faces;
mod features;
mod figures;
mod flow;
mod ingest;
mod latency;
mod layout;
#[cfg(feature = "gui")]
mod map;
mod memory;
mod open;
#[cfg(feature = "gui")]
mod plot;
mod precision;
mod rss;
mod start;
mod step;
mod training;
mod work;

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::output::{print_json, print_line};
use crate::config::{DeviceConfig, ExtractorSource, FeatureLoss, ModelConfig, ModelKind, Recipe};
use crate::error::Result;
use figures::{Times, at_least_one, open};

#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// A training step: forward, backward, optimiser
    Step {
        #[command(flatten)]
        model: ModelConfig,
        /// Images in a step
        #[arg(long, default_value_t = 64, value_parser = at_least_one())]
        batch_size: usize,
        /// With a feature loss: none, embedded or inception:FILE
        #[arg(long, default_value_t = FeatureLoss::None, value_name = "NETWORK")]
        feature_loss: FeatureLoss,
        #[command(flatten)]
        device: DeviceConfig,
        #[command(flatten)]
        times: Times,
    },
    /// Codes to pictures
    Decode {
        /// The model in this file, one of another program too, in place of a new one of this shape
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        model: ModelConfig,
        /// Codes at once
        #[arg(long, default_value_t = 1, value_parser = at_least_one())]
        batch_size: usize,
        #[command(flatten)]
        device: DeviceConfig,
        #[command(flatten)]
        times: Times,
    },
    /// An update of a DCGAN or VAE-GAN: of its discriminator, then of what draws
    Adversarial {
        /// dcgan or vae-gan
        #[arg(long, value_enum, default_value = "dcgan")]
        model: ModelKind,
        /// Side of the square images in pixels
        #[arg(long, default_value = "64", value_parser = PossibleValuesParser::new(["32", "64", "128", "256"]).try_map(|size| size.parse::<usize>()))]
        image_size: usize,
        /// Channels next to the image: 64 for a DCGAN and 32 for a VAE-GAN if not given
        #[arg(long, value_parser = at_least_one())]
        base_width: Option<usize>,
        /// Images in an update
        #[arg(long, default_value_t = 64, value_parser = at_least_one())]
        batch_size: usize,
        /// The extras that it has; the running mean of the weights is not timed
        #[arg(long, value_enum, default_value = "paper")]
        recipe: Recipe,
        #[command(flatten)]
        device: DeviceConfig,
        #[command(flatten)]
        times: Times,
    },
    /// An update of a flow for a prior, or draws by it
    Flow {
        /// Codes at once; 256 for an update and 1 for draws if not given
        #[arg(long, value_parser = at_least_one())]
        batch_size: Option<usize>,
        /// Draws in eight steps in place of an update
        #[arg(long)]
        sample: bool,
        #[command(flatten)]
        device: DeviceConfig,
        #[command(flatten)]
        times: Times,
    },
    /// Moving a slider until its picture is there, at rest and beside a training run
    Latency(latency::Options),
    /// Memory that a long training run holds as it goes on
    Memory(memory::Options),
    /// Loss of a run by the coarser products of a graphics card
    Precision(precision::Options),
    /// A folder of photos to cached squares, the first time
    Ingest {
        /// Folder or zip archive of images
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Side of the squares
        #[arg(long, default_value_t = 64)]
        image_size: usize,
        /// Measured repetitions; the median counts
        #[arg(long, default_value_t = 20)]
        repeat: usize,
    },
    /// A data set that is in the cache, in a fresh process each time
    Open {
        /// Folder or zip archive of images to open once, here, with the cache as it is; without it a folder
        /// is made up
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Images to make up
        #[arg(long, default_value_t = 52_000, conflicts_with = "data")]
        count: usize,
        /// Side of the squares
        #[arg(long, default_value_t = 64)]
        image_size: usize,
        /// Measured repetitions; the median counts
        #[arg(long, default_value_t = 20)]
        repeat: usize,
    },
    /// Built-in faces, on all cores
    Faces {
        /// Faces in a repetition
        #[arg(long, default_value_t = 1000)]
        count: usize,
        /// Side of the pictures
        #[arg(long, default_value_t = 64)]
        image_size: usize,
        #[command(flatten)]
        times: Times,
    },
    /// A frame of the plots of two long training runs
    #[cfg(feature = "gui")]
    Plot(plot::Options),
    /// A frame of a map of very many points
    #[cfg(feature = "gui")]
    Map(map::Options),
    /// Codes in a file to a map by PCA, UMAP or t-SNE
    Layout(layout::Options),
    /// Images to feature vectors, on all cores
    Features {
        /// Feature extractor: embedded, inception:FILE or efficientnet:FILE
        #[arg(long, value_name = "EXTRACTOR", default_value_t)]
        extractor: ExtractorSource,
        /// Images in a repetition
        #[arg(long, default_value_t = 32, value_parser = at_least_one())]
        count: usize,
        /// Side of the images
        #[arg(long, default_value_t = 64, value_parser = at_least_one())]
        image_size: usize,
        #[command(flatten)]
        times: Times,
    },
    /// Finding faces in photos whose right squares are known, and cutting them
    Align(align::Options),
    /// From the start of the process to the first face in the window
    Start {
        /// Measured repetitions; the median counts
        #[arg(long, default_value_t = 20)]
        repeat: usize,
    },
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let figures = match options.part {
        Part::Step { model, batch_size, feature_loss, device, times } => {
            step::work(model, batch_size, &feature_loss, open(device)?)?.figures(times)?
        }
        Part::Decode { file: Some(file), batch_size, times, .. } => {
            decode::of_file(file, batch_size)?.figures(times)?
        }
        Part::Decode { file: None, model, batch_size, device, times } => {
            decode::work(model, batch_size, open(device)?)?.figures(times)?
        }
        Part::Adversarial { model: kind, image_size, base_width, batch_size, recipe, device, times } => {
            let case = adversarial::AdversarialCase { kind, image_size, base_width, batch_size, recipe };
            adversarial::work(&case, open(device)?)?.figures(times)?
        }
        Part::Flow { batch_size, sample, device, times } => {
            let batch_size = batch_size.unwrap_or(if sample { 1 } else { 256 });
            flow::work(batch_size, sample, open(device)?)?.figures(times)?
        }
        Part::Latency(options) => return latency::run(options, json),
        Part::Memory(options) => return memory::run(options, json),
        Part::Precision(options) => return precision::run(&options, json),
        #[cfg(feature = "gui")]
        Part::Plot(options) => return plot::run(options, json),
        #[cfg(feature = "gui")]
        Part::Map(options) => return map::run(&options, json),
        Part::Ingest { data, image_size, repeat } => {
            return ingest::run(&data, image_size, repeat.max(1), json);
        }
        Part::Open { data: Some(data), image_size, .. } => return open::once(&data, image_size, json),
        Part::Open { data: None, count, image_size, repeat } => {
            return open::run(count, image_size, repeat.max(1), json);
        }
        Part::Faces { count, image_size, times } => faces::work(count, image_size)?.figures(times)?,
        Part::Features { extractor, count, image_size, times } => {
            features::work(extractor, count, image_size)?.figures(times)?
        }
        Part::Layout(options) => return layout::run(&options, json),
        Part::Align(options) => return align::run(&options, json),
        Part::Start { repeat } => Some(start::run(repeat.max(1))?),
    };
    let Some(figures) = figures else { return Ok(()) };
    if json {
        return print_json(&figures);
    }
    let mut line = format!("{:.2} ms (median of {})", figures.milliseconds, figures.repeat);
    if let Some(rate) = figures.images_per_second {
        line += &format!(", {rate:.0} images/s");
    }
    if let Some(device) = figures.device.filter(|device| device != "CPU") {
        line += &format!(", {device}");
    }
    if let (Some(peak), Some(growth)) = (figures.peak_rss_mib, figures.peak_growth_mib) {
        line += &format!(", peak memory {peak:.0} MiB, {growth:.0} of them for this");
    }
    print_line(&line)
}
