//! Order for a map.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{AtlasSpace, DataSource, LayoutMethod, Split};

/// A map of images to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtlasOrder {
    /// The checkpoint, the run's folder, or the name of a shipped model. Without one there are no codes, no draws, and
    /// nothing is decoded.
    pub model: Option<PathBuf>,
    /// The images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// Numbers that the map is made of.
    pub space: AtlasSpace,
    /// Way from those to the plane.
    pub method: LayoutMethod,
    /// Images at most; evenly taken from all.
    pub images: Option<usize>,
    /// Draws from the model among them.
    pub draws: usize,
    /// Whether to reconstruct every image, to colour by its error.
    pub errors: bool,
    /// A CSV whose first column names files; `attributes.csv` in the folder of the images if there is one, or the true
    /// factors of the built-in faces, if not said.
    pub table: Option<PathBuf>,
    /// Seed of the draws and of the layout.
    pub seed: u64,
}
