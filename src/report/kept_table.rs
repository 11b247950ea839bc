//! Tables that are kept from one start to the next, as plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A table of the Compare screen that is kept, the newest of its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptTable {
    /// Its kind.
    pub kind: TableKind,
    /// The measurement and what came of it, in a form that the window alone knows.
    pub content: String,
    /// The models.
    pub models: Vec<PathBuf>,
    /// A hash of each model's content.
    pub hashes: Vec<u64>,
    /// Seconds since 1970.
    pub when: u64,
    /// The models that are others than then.
    #[serde(default)]
    pub changed: Vec<PathBuf>,
}

/// A kind of table that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// Reconstructions of images.
    Reconstructions,
    /// Likeness of draws to real images.
    Draws,
    /// Smoothness of code spaces.
    Smoothness,
}

impl TableKind {
    /// All of them.
    pub const ALL: [TableKind; 3] = [TableKind::Reconstructions, TableKind::Draws, TableKind::Smoothness];

    /// Its name in names of files.
    pub fn key(self) -> &'static str {
        match self {
            TableKind::Reconstructions => "reconstructions",
            TableKind::Draws => "draws",
            TableKind::Smoothness => "smoothness",
        }
    }
}
