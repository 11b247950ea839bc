//! Reports about the smoothness of code spaces, as plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{ModelKind, PriorKind};

/// Continuity and completeness of a model's code space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmoothnessRow {
    /// The checkpoint.
    pub name: String,
    /// Its kind.
    pub kind: ModelKind,
    /// The prior that was learned for its codes, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorKind>,
    /// Whether it is made to draw: by its kind, or by a prior.
    pub draws: bool,
    /// Perceptual path length, (distance in features / ε)², mean over places of the walks; none where the extractor
    /// sees no floats.
    pub path_length: Option<f64>,
    /// Mean squared difference from each picture of a walk to the next.
    pub change: f64,
    /// Standard deviation over mean of the distances in features from picture to picture, mean over walks.
    pub variation: f64,
    /// The largest of these distances over their mean, mean over walks.
    pub largest: f64,
    /// Share of the draws that are farther from every real face than 99 in 100 held-out faces are.
    pub unlike: f64,
    /// Median distance of a draw to the nearest real face.
    pub nearest: f64,
    /// Walks.
    pub walks: usize,
    /// Draws.
    pub n: usize,
}

/// Smoothness of the code spaces of several models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmoothnessReport {
    /// Name of the features.
    pub features: String,
    /// A row a model.
    pub rows: Vec<SmoothnessRow>,
    /// The distance beyond which a draw counts as unlike any face.
    pub threshold: f64,
    /// Real faces that distances are to: those of the training split.
    pub real: usize,
    /// Held-out faces, which say how far from these a face can be: those of the test split.
    pub held_out: usize,
    /// Sentences about what came out.
    pub verdict: Vec<String>,
    /// The walks and draws as a picture, if one was asked for.
    #[serde(serialize_with = "crate::text::optional_path", skip_serializing_if = "Option::is_none", default)]
    pub sheet: Option<PathBuf>,
}
