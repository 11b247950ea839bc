//! Settings of a run, as plain data: the same structs are command-line options, the JSON in a checkpoint
//! and the controls of the window. Their doc comments are the help text.

mod adjustment;
mod adversarial;
mod atlas;
mod augmentation;
mod claims;
mod corruption;
mod data_source;
mod device;
mod extractor_source;
mod family;
mod feature_loss;
mod given;
mod help;
mod imported;
mod layout;
mod lecture;
mod likelihood;
mod objective;
mod plan;
mod prior;
mod schedule;
mod settings;
mod stored_text;
mod sweep;
mod walk;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

pub use adjustment::{Adjustment, Change, Record, Target, check_step};
pub use adversarial::{Adversarial, AdversarialConfig, DiscriminatorNorm, Recipe, Side};
pub use atlas::AtlasSpace;
pub use augmentation::Augmentation;
pub use claims::{
    AnomaliesConfig, AnomalyScore, Claim, ClaimConfig, ClaimOrder, ClaimSetting, DenoiseConfig,
    DimensionsConfig, ProbesConfig, SharpnessConfig,
};
pub use corruption::{Corruption, Noise, NoiseKind};
pub use data_source::{ALIGNED, Alignment, BUILTIN_FACES, DataSource};
pub use device::{DeviceChoice, DeviceConfig, Precision};
pub use extractor_source::ExtractorSource;
pub use feature_loss::FeatureLoss;
pub use help::{all_help, defaults, defaults_of, flag, help, learning_rate_of, usual};
pub(crate) use imported::is_onnx;
pub use imported::{
    CodeOutput, DecoderConfig, EncoderConfig, ExtraInput, ExtraKind, ImportedConfig, MOST_SIDE,
    PictureLayout, Spread, ValueRange,
};
pub use layout::LayoutMethod;
pub use lecture::LectureConfig;
pub use likelihood::Likelihood;
pub use objective::{CodeUnits, KlSchedule, Sparsity};
pub use plan::Plan;
pub use prior::{FlowShape, MOST_SOLVER_STEPS, PriorKind, SOLVER_STEPS};
pub use settings::{Course, Group, LiveChange, NumberRange, NumberScale, NumberSetting, Setting};
pub use sweep::{SWEEP_FORMAT, Sweep, SweepRun};
pub use walk::{
    Easing, KeyFace, KeySource, Timeline, WALK_ENDING, WalkPath, WalkPlan, check_frames, check_seconds,
    even_times,
};

/// Environment variable that makes the window print a line when a face is on screen, and close; see
/// `morphospace bench start`.
pub const EXIT_AT_FIRST_FACE: &str = "MORPHOSPACE_EXIT_AT_FIRST_FACE";

/// The kinds of model. All that encode share one convolutional backbone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// Autoencoder: encoder, code, decoder; trained on the squared error alone.
    Ae,
    /// Sparse autoencoder (Ng 2011): an autoencoder whose code has few active units, by a penalty.
    Sae,
    /// Denoising autoencoder (Vincent et al. 2010): sees noisy pictures, is trained to give the clean ones.
    Dae,
    /// Variational autoencoder (Kingma & Welling 2014): the encoder gives a Gaussian, the KL pulls it to N(0, I).
    Vae,
    /// Deep convolutional GAN (Radford et al. 2016): a generator against a discriminator, without an encoder.
    Dcgan,
    /// VAE-GAN (Larsen et al. 2016): a VAE that reconstructs what a discriminator sees, and has to fool it.
    VaeGan,
}

impl ModelKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [ModelKind; 6] =
        [ModelKind::Ae, ModelKind::Sae, ModelKind::Dae, ModelKind::Vae, ModelKind::Dcgan, ModelKind::VaeGan];

    /// The short name that people use, as in "VAE".
    pub fn label(self) -> &'static str {
        match self {
            ModelKind::Ae => "AE",
            ModelKind::Sae => "SAE",
            ModelKind::Dae => "DAE",
            ModelKind::Vae => "VAE",
            ModelKind::Dcgan => "DCGAN",
            ModelKind::VaeGan => "VAE-GAN",
        }
    }

    /// Name with its article, as in "an AE".
    pub fn with_article(self) -> &'static str {
        match self {
            ModelKind::Ae => "an AE",
            ModelKind::Sae => "a sparse AE",
            ModelKind::Dae => "a denoising AE",
            ModelKind::Vae => "a VAE",
            ModelKind::Dcgan => "a DCGAN",
            ModelKind::VaeGan => "a VAE-GAN",
        }
    }

    /// Whether codes are drawn from a learned Gaussian whose prior is N(0, I).
    pub fn is_variational(self) -> bool {
        matches!(self, ModelKind::Vae | ModelKind::VaeGan)
    }

    /// Whether it turns pictures into codes.
    pub fn has_encoder(self) -> bool {
        self != ModelKind::Dcgan
    }

    /// Whether a discriminator judges it while it is trained.
    pub fn is_adversarial(self) -> bool {
        matches!(self, ModelKind::Dcgan | ModelKind::VaeGan)
    }

    /// Whether it is trained to draw new images from a prior.
    pub fn is_generative(self) -> bool {
        match self {
            ModelKind::Vae | ModelKind::Dcgan | ModelKind::VaeGan => true,
            ModelKind::Ae | ModelKind::Sae | ModelKind::Dae => false,
        }
    }
}

/// Normalisation between a convolution and its activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// Batch normalisation (Ioffe & Szegedy 2015).
    Batch,
    /// None; the convolutions carry a bias.
    None,
}

/// The shape of a model: everything that its weights' shapes and its passes depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
pub struct ModelConfig {
    /// Kind of model
    #[arg(long = "model", value_enum, default_value = "vae")]
    pub kind: ModelKind,
    /// Side of the square images in pixels: 28 (MNIST's), 32, 64, 128 or 256
    #[arg(long, default_value_t = 64)]
    pub image_size: usize,
    /// Channels of the images: 3 for colour, 1 for grey; images of the other sort are turned into these
    #[arg(long, default_value_t = 3)]
    #[serde(default = "colour", skip_serializing_if = "is_colour")]
    pub channels: usize,
    /// Numbers in a code; 100 for a DCGAN if not given
    #[arg(long, default_value_t = 128, default_value_ifs([("kind", "dcgan", Some("100"))]))]
    pub latent_dim: usize,
    /// Lay the code out on a grid of this side (4, 8, 16 and so on, at most half the image's), where each number knows
    /// its own part of the picture alone; one vector if not given
    #[arg(long, value_name = "SIDE")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent_grid: Option<usize>,
    /// One linear layer from the picture to the code and one back, without convolutions (AE); PCA is the best that
    /// such a model can become
    #[arg(long, default_value_t = false, action = clap::ArgAction::Set, value_name = "BOOL")]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linear: bool,
    /// Channels after the first convolution; each further one doubles them, up to eight times this
    #[arg(long, default_value_t = 32)]
    pub base_width: usize,
    /// Normalisation between convolution and activation
    #[arg(long, value_enum, default_value = "batch")]
    pub normalization: Normalization,
    /// Range of the numbers in a code; follows from the sparsity, see [`TrainConfig::completed`]
    #[arg(skip)]
    #[serde(default)]
    pub code_units: CodeUnits,
    /// Reading of a model of another program; the numbers above are as far as they are known of one
    #[arg(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Box<ImportedConfig>>,
}

/// Channels of models that do not say.
fn colour() -> usize {
    3
}

fn is_colour(channels: &usize) -> bool {
    *channels == colour()
}

impl ModelConfig {
    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        if ![28, 32, 64, 128, 256].contains(&self.image_size) {
            return Err(format!("image size {} is not one of 28, 32, 64, 128 and 256", self.image_size));
        }
        if ![1, 3].contains(&self.channels) {
            return Err(format!(
                "images have 3 channels, or 1 if they are grey; {} is neither",
                self.channels
            ));
        }
        Setting::LatentDim.check(self.latent_dim as f64)?;
        Setting::BaseWidth.check(self.base_width as f64)?;
        if self.linear && (self.kind != ModelKind::Ae || self.latent_grid.is_some()) {
            return Err("linear layers alone make an AE with a code of one vector; leave --linear out".into());
        }
        self.latent_grid.map_or(Ok(()), |side| self.validate_grid(side))
    }

    /// The short name that people use, as in "VAE".
    pub fn label(&self) -> &'static str {
        match (&self.imported, self.kind) {
            (None, kind) => kind.label(),
            (Some(imported), _) if imported.decoder.is_none() => "Encoder",
            (Some(_), ModelKind::Dcgan) => "Generator",
            (Some(_), kind) => kind.label(),
        }
    }

    /// Name with its article, as in "an AE".
    pub fn with_article(&self) -> &'static str {
        match (&self.imported, self.kind) {
            (None, kind) => kind.with_article(),
            (Some(imported), _) if imported.decoder.is_none() => "an encoder",
            (Some(_), ModelKind::Dcgan) => "a generator",
            (Some(_), kind) => kind.with_article(),
        }
    }

    /// Whether it turns codes into pictures; all do but encoders of other programs.
    pub fn has_decoder(&self) -> bool {
        self.imported.as_ref().is_none_or(|imported| imported.decoder.is_some())
    }

    /// Whether the code of a picture can be sought along gradients through its decoder.
    pub fn has_gradients(&self) -> bool {
        self.imported.as_ref().is_none_or(|imported| imported.has_gradients())
    }

    /// Says in a sentence that its pictures are no squares in colour, if so.
    pub fn unlike_squares_in_colour(&self) -> Option<String> {
        let (width, height) = self.picture_size();
        match (width == height, self.channels, self.has_decoder()) {
            (true, 3, true) => None,
            (_, _, false) => Some("it has no decoder, and pictures are what is measured here".into()),
            (false, ..) => {
                Some(format!("its pictures are {width}×{height}, and squares are what is measured here"))
            }
            (true, ..) => {
                Some("its pictures are grey, and pictures in colour are what is measured here".into())
            }
        }
    }

    /// Size of its pictures, as in "64 px" or "40×24 px".
    pub fn size_in_words(&self) -> String {
        match self.picture_size() {
            (width, height) if width == height => format!("{width} px"),
            (width, height) => format!("{width}×{height} px"),
        }
    }

    /// Width and height of its pictures in pixels.
    pub fn picture_size(&self) -> (usize, usize) {
        match &self.imported {
            Some(imported) => (imported.width, imported.height),
            None => (self.image_size, self.image_size),
        }
    }

    /// Its code in words, as in "2048 numbers on a grid of 8 × 8".
    pub fn code(&self) -> String {
        let grid = self.latent_grid.map(|side| format!(" on a grid of {side} × {side}")).unwrap_or_default();
        format!("{} numbers{grid}", self.latent_dim)
    }

    fn validate_grid(&self, side: usize) -> Result<(), String> {
        // Files of a model alone hold none of the settings that say so for a run.
        if self.kind == ModelKind::Dcgan {
            return Err("a DCGAN's code is one vector; leave --latent-grid out".into());
        }
        if self.image_size == 28 {
            return Err("images of 28 pixels have no grid that halves to 4; leave --latent-grid out".into());
        }
        if !side.is_power_of_two() || !(4..=self.image_size / 2).contains(&side) {
            let (size, most) = (self.image_size, self.image_size / 2);
            return Err(format!(
                "a grid of {side} × {side} is not possible for images of {size} pixels; choose a power of two from 4 \
                 to {most}"
            ));
        }
        let places = side * side;
        if !self.latent_dim.is_multiple_of(places) {
            return Err(format!(
                "a code of {} numbers does not fill a grid of {side} × {side}; choose a multiple of {places}",
                self.latent_dim
            ));
        }
        Ok(())
    }
}

/// Source of the pictures and their size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
pub struct DatasetConfig {
    /// Folder of images, searched with all its subfolders, a zip archive of images, arrays of images (.npy, .npz, IDX
    /// files as those of MNIST, plain or .gz, or a folder of these or of CIFAR's binary batches), or builtin:faces;
    /// aligned:DIR is the same as DIR with --align face
    #[arg(long = "data", value_name = "DIR", default_value = ".", hide_default_value = true)]
    #[serde(rename = "path")]
    pub source: DataSource,
    /// Show every picture also mirrored, chosen at random each time
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    pub flip: bool,
    /// Vary every picture each time: none, or a list of shift:PIXELS, color:SIGMA and mix:PART
    #[arg(long, value_name = "LIST", default_value_t = Augmentation::NONE)]
    #[serde(default)]
    pub augment: Augmentation,
}

/// Schedule of the learning rate over the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LrSchedule {
    /// A value that is the same at every step.
    Constant,
    /// A short linear warm-up, then half a cosine down to a hundredth (Loshchilov & Hutter 2017).
    Cosine,
}

/// Optimiser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[value(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// AdamW (Kingma & Ba 2015, Loshchilov & Hutter 2019) for all weights.
    #[default]
    Adamw,
    /// Muon (Jordan et al. 2024) for the matrices between hidden layers, AdamW for the rest: many times fewer
    /// updates to the same fine detail, each of which costs more the larger the code.
    Muon,
}

impl OptimizerKind {
    /// Its name in the literature.
    pub fn label(self) -> &'static str {
        match self {
            OptimizerKind::Adamw => "AdamW",
            OptimizerKind::Muon => "Muon",
        }
    }
}

/// Settings of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
pub struct TrainConfig {
    #[command(flatten)]
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub model: ModelConfig,
    #[command(flatten)]
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub dataset: DatasetConfig,
    /// Updates of the weights
    #[arg(long, default_value_t = 20_000, conflicts_with = "epochs")]
    pub steps: usize,
    /// Passes over the training images, instead of --steps
    #[arg(long)]
    #[serde(skip)]
    pub epochs: Option<usize>,
    /// Images in an update
    #[arg(long, default_value_t = 64)]
    pub batch_size: usize,
    /// Highest learning rate; 2e-4 for DCGAN and VAE-GAN, 5e-3 with Muon if not given
    #[arg(
        long = "lr",
        default_value_t = 1e-3,
        default_value_ifs([
            ("kind", "dcgan", Some("0.0002")),
            ("kind", "vae-gan", Some("0.0002")),
            ("optimizer", "muon", Some("0.005")),
        ])
    )]
    pub learning_rate: f64,
    /// Schedule of the learning rate; constant for DCGAN and VAE-GAN if not given
    #[arg(
        long,
        value_enum,
        default_value = "cosine",
        default_value_ifs([("kind", "dcgan", Some("constant")), ("kind", "vae-gan", Some("constant"))])
    )]
    pub lr_schedule: LrSchedule,
    /// Optimiser
    #[arg(long, value_enum, default_value = "adamw")]
    #[serde(default)]
    pub optimizer: OptimizerKind,
    /// Decoupled weight decay
    #[arg(long, default_value_t = 0.0)]
    pub weight_decay: f64,
    /// Seed of the weights, the batches and the noise
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Weight of the KL term (VAE, VAE-GAN)
    #[arg(long, default_value_t = 1.0)]
    pub kl_weight: f64,
    /// Schedule of the KL weight: constant, warmup:STEPS or cyclical:CYCLES,RAMP
    #[arg(long, default_value_t = KlSchedule::Constant)]
    pub kl_schedule: KlSchedule,
    /// Nats of KL that each latent dimension may have at no cost (VAE, VAE-GAN)
    #[arg(long, default_value_t = 0.0, value_name = "NATS")]
    #[serde(default)]
    pub free_bits: f64,
    /// Penalty on the code of a sparse AE: kl:TARGET,WEIGHT or l1:WEIGHT; kl:0.05,10 if not given
    #[arg(long)]
    #[serde(default)]
    pub sparsity: Option<Sparsity>,
    /// Noise that a denoising AE learns to remove: gaussian:SIGMA, salt-pepper:PART or mask:PART; gaussian:0.2 if
    /// not given
    #[arg(long)]
    #[serde(default)]
    pub noise: Option<Corruption>,
    /// Distribution of pictures around what the decoder gives: gaussian, which is the squared error, or bernoulli, for
    /// pixels that are black or white (AE, SAE, VAE with --channels 1)
    #[arg(long, value_enum, default_value = "gaussian")]
    #[serde(default, skip_serializing_if = "Likelihood::is_gaussian")]
    pub likelihood: Likelihood,
    /// Compare pictures also in the features of a network: none, embedded, which is inside the program, or
    /// inception:FILE (AE, SAE, DAE, VAE)
    #[arg(long, default_value_t = FeatureLoss::None, value_name = "NETWORK")]
    #[serde(default)]
    pub feature_loss: FeatureLoss,
    /// Weight of the feature loss beside the squared error
    #[arg(long, default_value_t = 1.0, value_name = "WEIGHT")]
    #[serde(default = "usual_feature_weight")]
    pub feature_weight: f64,
    #[command(flatten)]
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub adversarial: AdversarialConfig,
    /// Steps between two measurements on the validation images
    #[arg(long, default_value_t = 500)]
    pub validate_every: usize,
    /// Steps between two checkpoints (one is also written once a minute, at the end and on Ctrl-C)
    #[arg(long, default_value_t = 1000)]
    pub save_every: usize,
    /// Steps between two sheets of sample pictures
    #[arg(long, default_value_t = 1000)]
    pub sample_every: usize,
}

/// In runs of older versions, which have no feature loss.
fn usual_feature_weight() -> f64 {
    1.0
}

/// Most updates of a run, and most images in one: beyond any use, and no product of them overflows.
const MOST_STEPS: usize = 1_000_000_000;
const MOST_IMAGES: usize = 65_536;

impl TrainConfig {
    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        self.check_settings()?;
        self.model.validate()?;
        if self.batch_size < 2 && self.model.normalization == Normalization::Batch {
            return Err("batch normalisation needs at least 2 images in a batch".into());
        }
        if self.model.channels == 1 && !self.feature_loss.is_none() {
            return Err("a feature loss sees colours; leave it out, or train with --channels 3".into());
        }
        if self.likelihood == Likelihood::Bernoulli && (self.model.channels != 1 || self.model.linear) {
            return Err(
                "a Bernoulli likelihood is of pixels that are black or white; add --channels 1, and leave \
                        --linear out"
                    .into(),
            );
        }
        self.kl_schedule.validate(self.steps)?;
        self.sparsity.map_or(Ok(()), Sparsity::validate)?;
        self.adversarial.validate(self.model.kind)?;
        self.dataset.augment.validate()
    }
}

/// Part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Images that the weights are fitted to.
    Train,
    /// Images watched during training.
    Validation,
    /// Never looked at before the final numbers.
    Test,
    /// Everything.
    All,
}

impl Split {
    /// The word for it in tables and messages.
    pub fn label(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
            Split::All => "all",
        }
    }
}
