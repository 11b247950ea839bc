//! Order for directions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::DataSource;
use crate::report::DirectionMethod;

/// Directions to find in the code space of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionsOrder {
    /// The checkpoint, the run's folder, or the name of a shipped model.
    pub model: PathBuf,
    /// Way to find them. Attributes need faces with a table; principal components need faces for a model with an
    /// encoder; SeFa needs the weights alone.
    pub method: DirectionMethod,
    /// The faces; those that the model was trained on if not said. SeFa, and principal components of a model without an
    /// encoder, look at them only if said, to say how far their directions go.
    pub data: Option<DataSource>,
    /// A CSV whose first column names files and whose others say something of them; `attributes.csv` in the folder of
    /// the faces, or the true factors of the built-in ones, if not said.
    pub table: Option<PathBuf>,
    /// Columns to make directions of; all if none is said. The others are held all the same.
    pub only: Vec<String>,
    /// Whether to lead from each category of a column to each other as well.
    pub pairs: bool,
    /// Number of directions by principal components or SeFa.
    pub count: Option<usize>,
    /// Faces to fit to, at most.
    pub images: usize,
    /// Seed of draws and of random projections.
    pub seed: u64,
}

impl DirectionsOrder {
    /// Directions by principal components or SeFa if nobody says.
    pub const COUNT: usize = 10;
    /// Faces to fit to if nobody says.
    pub const IMAGES: usize = 6000;
}
