//! The part of the contract that is about whole walks.

use serde::{Deserialize, Serialize};

use crate::image_buf::ImageBuf;

/// A whole walk through a model, picture by picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkFilm {
    /// The pictures, at equal distances in time.
    pub images: Vec<ImageBuf>,
    /// Mean squared difference between each picture and the next per pixel and channel, in [0, 1]; in a loop also
    /// between the last and the first.
    pub change: Vec<f64>,
    /// Distances in features, if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<FeatureChange>,
}

/// Change from picture to picture as a network sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureChange {
    /// Name of the features, as in every table.
    pub extractor: String,
    /// Euclidean distance between the features of each picture and the next, as many as of [`WalkFilm::change`].
    pub change: Vec<f64>,
}
