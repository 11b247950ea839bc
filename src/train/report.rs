//! The numbers that a training run tells about itself, as plain data.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::{ModelKind, Split};
use crate::metrics::PixelMetrics;

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
    /// Pixel metrics of the mean reconstructions.
    pub metrics: PixelMetrics,
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
}

/// Names that are not valid text lose what is not, rather than the whole report.
fn as_text<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}
