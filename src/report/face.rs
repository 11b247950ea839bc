//! Faces in photos.

use serde::{Deserialize, Serialize};

use crate::crop::Crop;

/// A face that was found in a photo.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundFace {
    /// The square around it as FFHQ's pictures are cut.
    pub crop: Crop,
    /// Probability in [0, 1] that it is a face, as the network has it.
    pub score: f32,
}

/// Sentence about a photo in which no face was found.
pub const NO_FACE: &str = "No face was found in it, so that the middle square is taken";
