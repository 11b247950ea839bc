//! Reports about an extractor, as plain data.

use serde::{Deserialize, Serialize};

use super::metrics::SetMetrics;

/// Accuracy of one thing that is read off the features of unseen faces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionRow {
    /// The attribute or the distortion.
    pub name: String,
    /// Area under the ROC curve: the probability that of two faces the one that has it is given the larger
    /// number; ½ is chance. Of a distortion: between distorted and clean faces. None for an amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auc: Option<f64>,
    /// Share of the variance explained, 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; of a distortion: of its strength
    /// between faces that have it. None for what is there or not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r2: Option<f64>,
    /// Pictures that it was measured on.
    pub n: usize,
    /// Of these, the ones that have it.
    pub positives: usize,
}

/// Training and assessment of an extractor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtractorReport {
    /// Name of its features.
    pub features: String,
    /// Updates; none if it was not trained now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps: Option<usize>,
    /// Their cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<f64>,
    /// Unseen faces that it was measured on: those of the test split.
    pub n: usize,
    /// A row a thing that it was asked.
    pub rows: Vec<PredictionRow>,
}

/// Distance of a set of images from clean faces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceRow {
    /// Name of the set, as in "blur".
    pub name: String,
    /// Strength, as in "σ 2 px"; empty where there is nothing to say.
    pub strength: String,
    /// The numbers; the generated images are those of this set.
    #[serde(flatten)]
    pub metrics: SetMetrics,
}
