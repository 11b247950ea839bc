//! The numbers that a training run tells about itself, as plain data.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::{Corruption, ModelKind, Split};
use crate::metrics::PixelMetrics;

/// How sparse codes are. Which activity counts as inactive says
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

/// Numbers of one training step. Loss terms as in [`crate::losses`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Updates done, from 1.
    pub step: usize,
    /// Updates planned.
    pub steps: usize,
    /// Reconstruction term: squared error summed over pixels and channels, mean over the batch.
    pub reconstruction: f64,
    /// KL in nats, summed over dimensions, mean over the batch; 0 without a prior.
    pub kl: f64,
    /// The weight the KL had in this step.
    pub kl_weight: f64,
    /// Sparsity of the batch's codes; none where it is no aim.
    pub sparsity: Option<SparsityReport>,
    /// What was minimised.
    pub loss: f64,
    /// The learning rate of this step.
    pub learning_rate: f64,
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
    /// What is minimised, with the KL weight of that step.
    pub loss: f64,
    /// Reconstruction term.
    pub reconstruction: f64,
    /// KL in nats.
    pub kl: f64,
    /// Sparsity of the codes; none where it is no aim.
    pub sparsity: Option<SparsityReport>,
    /// Pixel metrics of the mean reconstructions, against the clean images.
    pub metrics: PixelMetrics,
    /// The same of what the model was given, if that was noisy: the baseline.
    pub noisy_input: Option<PixelMetrics>,
}

/// How a training run ended.
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
    #[serde(serialize_with = "as_text")]
    pub checkpoint: PathBuf,
}

/// A line of the evaluation table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRow {
    /// The model.
    pub name: String,
    /// Its kind.
    pub kind: ModelKind,
    /// The part of the data.
    pub split: Split,
    /// The numbers.
    #[serde(flatten)]
    pub metrics: PixelMetrics,
    /// KL in nats, mean over images; none for a model without a prior.
    pub kl: Option<f64>,
    /// Sparsity of the codes; none where it is no aim.
    pub sparsity: Option<SparsityReport>,
    /// Noise on what the model was given; the numbers are against the clean images.
    pub noise: Option<Corruption>,
    /// The numbers of the noisy images themselves: the baseline.
    pub noisy_input: Option<PixelMetrics>,
}

/// Names that are not valid text lose what is not, rather than the whole report.
fn as_text<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}
