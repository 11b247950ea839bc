//! The numbers that a training run tells about itself, as plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::copies::CopyCheck;
use super::metrics::{PixelMetrics, SetMetrics};
use crate::config::{Change, Corruption, DataSource, ModelKind, PriorKind, Split, TrainConfig};
use crate::image_buf::ImageBuf;

/// Sparsity of codes. The activity that counts as inactive is that of
/// [`CodeUnits::is_inactive`](crate::config::CodeUnits::is_inactive).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SparsityReport {
    /// The penalty before its weight.
    pub penalty: f64,
    /// Activity, mean over images and units.
    pub mean_activity: f64,
    /// Part of the units that are inactive, mean over images; in [0, 1].
    pub inactive_share: f64,
}

/// Losses of the two sides in one update, in nats, each a mean over the batch. At a draw each is ln 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdversarialTerms {
    /// The discriminator on real images: −log D(x); of pairs, which have one loss, that.
    pub real: f64,
    /// The discriminator on generated images: −log(1 − D(G(z))).
    pub fake: f64,
    /// The generator, judged by the discriminator after its update: −log D(G(z)). 0 when the discriminator's
    /// loss was not finite and nothing moved.
    pub generator: f64,
    /// D(x), mean over the real images; of pairs the probability that the real image is taken for the real one.
    pub d_real: f64,
    /// D(G(z)), mean over the generated ones, before the discriminator's update.
    pub d_fake: f64,
    /// The R1 penalty, γ/2 · E‖∇D(x)‖², in the updates that have it.
    pub r1: Option<f64>,
    /// The R2 penalty, the same at generated images.
    pub r2: Option<f64>,
    /// Half the squared distance of reconstructions and pictures in the discriminator's features, summed over
    /// them; for a VAE-GAN.
    pub feature_reconstruction: Option<f64>,
}

/// Numbers of one training step. Loss terms as in [`crate::losses`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Updates done, from 1.
    pub step: usize,
    /// Updates planned.
    pub steps: usize,
    /// Reconstruction term: squared error summed over pixels and channels, mean over the batch; 0 without an
    /// encoder.
    pub reconstruction: f64,
    /// Reconstruction term per pixel and channel.
    pub re: f64,
    /// KL in nats, summed over dimensions, mean over the batch; 0 without a prior.
    pub kl: f64,
    /// The weight the KL had in this step.
    pub kl_weight: f64,
    /// Nats of KL that each dimension had at no cost.
    pub free_bits: f64,
    /// Sparsity of the batch's codes; none where it is no aim.
    pub sparsity: Option<SparsityReport>,
    /// The weight that its penalty had in this step.
    pub sparsity_weight: Option<f64>,
    /// Feature term before its weight, as in [`crate::losses::features`]; none without one.
    #[serde(default)]
    pub feature_reconstruction: Option<f64>,
    /// The weight that it had in this step.
    #[serde(default)]
    pub feature_weight: Option<f64>,
    /// Strength of the noise on what was encoded; none without noise.
    pub noise_strength: Option<f64>,
    /// Both sides of adversarial training; none for other kinds.
    pub adversarial: Option<AdversarialTerms>,
    /// The loss; that of the generator of a DCGAN and of the encoder of a VAE-GAN.
    pub loss: f64,
    /// The learning rate of this step.
    pub learning_rate: f64,
    /// Euclidean length of the gradient over all weights (of an adversarial pair over the generator's); NaN where there
    /// was none, the generator being held.
    pub gradient_norm: f64,
    /// Images a second, lately.
    pub images_per_second: f64,
    /// Seconds left at that rate.
    pub seconds_left: f64,
}

/// Numbers on the validation images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationReport {
    /// After this many updates.
    pub step: usize,
    /// The loss, with the KL weight of that step.
    pub loss: f64,
    /// Reconstruction term.
    pub reconstruction: f64,
    /// KL in nats.
    pub kl: f64,
    /// Sparsity of the codes; none where it is no aim.
    pub sparsity: Option<SparsityReport>,
    /// Feature term before its weight; none without one.
    #[serde(default)]
    pub feature_reconstruction: Option<f64>,
    /// Dimensions that carry information, as in [`CollapseReport::active_units`]; none where there is but one image.
    pub active_units: Option<usize>,
    /// RE when each image is given another's code, as in [`CollapseReport::re_shuffled`]; none where that was
    /// not measured, or there is but one image.
    pub re_shuffled: Option<f64>,
    /// Pixel metrics of the mean reconstructions, against the clean images.
    pub metrics: PixelMetrics,
    /// Pixel metrics of the model's input, if that was noisy: the baseline.
    pub noisy_input: Option<PixelMetrics>,
}

/// The end of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSummary {
    /// Updates done, those before a resume included.
    pub steps: usize,
    /// Updates a second in this session.
    pub steps_per_second: f64,
    /// Images a second in this session.
    pub images_per_second: f64,
    /// Loss of the last step.
    pub train_loss: f64,
    /// Loss on the validation images; none if there are no such images.
    pub validation_loss: Option<f64>,
    /// The file.
    #[serde(serialize_with = "crate::text::path")]
    pub checkpoint: PathBuf,
    /// Exchanges with other processes, where several have trained it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<RanksReport>,
}

/// Exchanges of one of several processes in a session of training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RanksReport {
    /// Number of processes.
    pub processes: usize,
    /// Share of the time in which nothing was computed because another process was waited for.
    pub waiting_share: f64,
    /// Bytes that a process sent in an update.
    pub bytes_per_step: f64,
    /// Exchanges in an update, each of them of all processes.
    pub exchanges_per_step: f64,
}

/// Facts about a run when it begins or goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run's folder.
    pub folder: PathBuf,
    /// Its settings, as it began with them.
    pub config: TrainConfig,
    /// Updates already done.
    pub step: usize,
    /// Changes while it ran, in the order of its steps.
    pub changes: Vec<Change>,
    /// Device, as in "CPU".
    pub device: String,
    /// Weights in the model.
    pub parameters: usize,
    /// Images it is fitted to.
    pub train_images: usize,
    /// Images it is watched on; may be 0.
    pub validation_images: usize,
}

/// The past of a run, read from its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunHistory {
    /// The run's folder.
    pub folder: PathBuf,
    /// Its settings, as it began with them.
    pub config: TrainConfig,
    /// Updates done at its last checkpoint. Below `config.steps` the run can go on.
    pub step: usize,
    /// Changes while it ran.
    pub changes: Vec<Change>,
    /// The run and step that it was forked from.
    pub forked_from: Option<(PathBuf, usize)>,
    /// Names of the columns of `history.csv` beside `step`.
    pub names: Vec<String>,
    /// The step of each line.
    pub steps: Vec<u32>,
    /// A column a name, as long as `steps`; an empty cell is NaN.
    pub columns: Vec<Vec<f32>>,
    /// Steps at which a sheet of sample pictures was written, rising.
    pub sheets: Vec<usize>,
}

/// Information in a latent space, measured on fixed validation images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollapseReport {
    /// After this many updates.
    pub step: usize,
    /// Images it was measured on.
    pub images: usize,
    /// KL of q(z|x) from the prior in nats, mean over the images, one number a dimension; empty for a
    /// deterministic code, which has no prior.
    pub kl_per_dim: Vec<f32>,
    /// Dimensions whose `mu` has a variance above 0.01 over the images (Burda et al. 2016); for sparse codes
    /// see [`LatentInfo::active_rule`](crate::report::LatentInfo::active_rule).
    pub active_units: usize,
    /// Counts of the numbers of a code, drawn from q(z|x) where there is one, in each of equal bins over
    /// `histogram_range`; over all images and dimensions, those beyond in the outermost bins.
    pub histogram: Vec<u32>,
    /// Lower end of the first bin and upper end of the last.
    pub histogram_range: (f32, f32),
    /// RE of reconstructions from the images' own mean codes.
    pub re: f64,
    /// RE of reconstructions when each image is given another's code: equal to `re` when the decoder
    /// ignores its codes.
    pub re_shuffled: f64,
}

/// Findings of a demonstration of posterior collapse: active units (Burda et al. 2016) at the end of each part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollapseSummary {
    /// After training with a moderate KL weight.
    pub active_units_start: usize,
    /// After the weight was raised.
    pub active_units_collapsed: usize,
    /// After it was lowered and annealed.
    pub active_units_recovered: usize,
    /// Numbers in a code.
    pub latent_dim: usize,
    /// Updates in all.
    pub steps: usize,
    /// Seconds in all.
    pub seconds: f64,
}

/// Pictures of a run as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LivePictures {
    /// After this many updates.
    pub step: usize,
    /// Fixed validation images.
    pub originals: Vec<ImageBuf>,
    /// The originals as the model is given them, where noise spoils them first; else empty.
    pub inputs: Vec<ImageBuf>,
    /// Their reconstructions.
    pub reconstructions: Vec<ImageBuf>,
    /// Their reconstructions from one another's codes.
    pub shuffled: Vec<ImageBuf>,
    /// Fixed draws from the prior (for a deterministic code: from the Gaussian that fits it).
    pub samples: Vec<ImageBuf>,
    /// Photos that somebody asked to be watched, each as it goes in and as it comes out.
    pub photos: Vec<(ImageBuf, ImageBuf)>,
    /// Codes that somebody asked to be watched, decoded.
    pub pinned: Vec<ImageBuf>,
}

/// Likelihood of images that are black and white under a VAE, in nats, means over images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageLikelihood {
    /// Negative ELBO.
    pub nelbo: f64,
    /// Importance-weighted bound on the negative log-likelihood.
    pub nll: f64,
    /// Codes drawn for each image.
    pub samples: usize,
}

/// A line of the evaluation table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRow {
    /// The model.
    pub name: String,
    /// Its kind; none for a PCA.
    pub kind: Option<ModelKind>,
    /// The prior that it has learned; none where it draws as it was trained to, if at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorKind>,
    /// The part of the data.
    pub split: Split,
    /// The numbers.
    #[serde(flatten)]
    pub metrics: PixelMetrics,
    /// KL in nats, mean over images; none for a model without a prior.
    pub kl: Option<f64>,
    /// Likelihood of the images in nats; none where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<ImageLikelihood>,
    /// Sparsity of the codes; none where it is no aim.
    pub sparsity: Option<SparsityReport>,
    /// Noise on what the model was given; the numbers are against the clean images.
    pub noise: Option<Corruption>,
    /// The numbers of the noisy images themselves: the baseline.
    pub noisy_input: Option<PixelMetrics>,
    /// Number of the images that the model was trained on; none if that is unknown.
    #[serde(default)]
    pub trained_on: Option<usize>,
    /// The pictures of another kind that the model was trained on instead; none where that is not so.
    #[serde(default)]
    pub foreign: Option<DataSource>,
}

impl EvaluationRow {
    /// Whether the model draws new images.
    pub fn draws(&self) -> bool {
        self.prior.is_some() || self.kind.is_some_and(ModelKind::is_generative)
    }

    /// Sentences that belong beside the numbers.
    pub fn cautions(&self) -> impl Iterator<Item = String> {
        let trained_on = trained_on_words(self.trained_on, self.metrics.n);
        trained_on.into_iter().chain(self.foreign.as_ref().map(foreign_words))
    }
}

/// Note beside numbers of a model that was trained on pictures of another kind.
fn foreign_words(trained_on: &DataSource) -> String {
    format!(
        "trained on {trained_on}, pictures of another kind than these; numbers, a precision near 0 among them, say \
         how far the two kinds lie apart and not how well a model has learned"
    )
}

/// Note beside numbers of `n` images, as in "121 of 202 were training images of this model"; none where
/// nothing is known or none of them was one.
pub fn trained_on_words(trained_on: Option<usize>, n: usize) -> Option<String> {
    match trained_on {
        None | Some(0) => None,
        Some(1) if n == 1 => Some("this was a training image of this model".into()),
        Some(1) => Some(format!("1 of {n} was a training image of this model")),
        Some(known) => Some(format!("{known} of {n} were training images of this model")),
    }
}

/// Comparison of draws from a model with real images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// The model.
    pub name: String,
    /// Its kind.
    pub kind: ModelKind,
    /// The prior that it has learned and is drawn from; none where it draws as it was trained to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorKind>,
    /// The part of the data that the real images are.
    pub split: Split,
    /// The numbers.
    #[serde(flatten)]
    pub metrics: SetMetrics,
    /// Number of the real images that the model was trained on; none if that is unknown.
    #[serde(default)]
    pub trained_on: Option<usize>,
    /// The pictures of another kind that the model was trained on instead; none where that is not so.
    #[serde(default)]
    pub foreign: Option<DataSource>,
    /// Whether the draws are copies of training images, by features and, where there is an encoder, by codes; empty
    /// where that was not asked, or cannot be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopyCheck>,
}

impl SampleRow {
    /// Kind and prior, as in "VAE" or "AE, flow".
    pub fn drawn_by(&self) -> String {
        let prior = self.prior.map(|prior| format!(", {prior}")).unwrap_or_default();
        format!("{}{prior}", self.kind.label())
    }

    /// Sentences that belong beside the numbers.
    pub fn cautions(&self) -> impl Iterator<Item = String> {
        let trained_on = trained_on_words(self.trained_on, self.metrics.n_real.unwrap_or_default());
        let copies = self.copies.iter().filter_map(CopyCheck::caution);
        trained_on.into_iter().chain(self.foreign.as_ref().map(foreign_words)).chain(copies)
    }
}
