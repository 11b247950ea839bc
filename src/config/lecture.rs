//! The settings of the experiment that repeats the lecture's tables.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{Augmentation, Corruption, DataSource, ExtractorSource};

/// Models in the lecture's tables, and how they are measured. What is not said follows from
/// `quick`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
pub struct LectureConfig {
    /// Folder, zip archive or arrays of images, or builtin:faces
    #[arg(long, value_name = "DIR")]
    pub data: DataSource,
    /// Folder for the runs, the measurements and the tables; what is done in it is not done again
    #[arg(long, value_name = "FOLDER", default_value = "lecture")]
    pub out: PathBuf,
    /// Smaller models, fewer steps, and draws against the test images alone: minutes rather than hours
    #[arg(long)]
    pub quick: bool,
    /// Updates of the weights of each model, the adversarial ones included
    #[arg(long)]
    pub steps: Option<usize>,
    /// Side of the square images in pixels: 32, 64, 128 or 256
    #[arg(long)]
    pub image_size: Option<usize>,
    /// Numbers in the code of every model; of DCGAN and VAE-GAN what they usually have if not given
    #[arg(long)]
    pub latent_dim: Option<usize>,
    /// Numbers in the code of one more DAE, on a grid and large enough to keep what the others leave out; 0 for none
    #[arg(long, value_name = "N")]
    pub wide_latent_dim: Option<usize>,
    /// Channels after the first convolution of every model
    #[arg(long)]
    pub base_width: Option<usize>,
    /// Vary the pictures that the autoencoders are trained on: none, or a list as for train
    #[arg(long, value_name = "LIST")]
    pub augment: Option<Augmentation>,
    /// Weight of the VAE's KL term
    #[arg(long)]
    pub kl_weight: Option<f64>,
    /// Noise that the DAEs learn to remove: gaussian:SIGMA, salt-pepper:PART or mask:PART
    #[arg(long)]
    pub noise: Option<Corruption>,
    /// Seed of the weights, the batches, the noise and the draws
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Feature extractor for the second table: embedded, the program's own small network for faces,
    /// unless something else is said; inception:FILE or efficientnet:FILE
    #[arg(long, value_name = "EXTRACTOR")]
    pub extractor: Option<ExtractorSource>,
    /// Checkpoints, run folders or names of shipped models to measure; nothing is trained then
    #[arg(
        long,
        value_name = "CHECKPOINT",
        num_args = 1..,
        conflicts_with_all = ["steps", "image_size", "latent_dim", "wide_latent_dim", "base_width", "augment", "kl_weight", "noise"]
    )]
    pub models: Vec<PathBuf>,
}
