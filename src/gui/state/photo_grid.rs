//! The grid of models on the Reconstruct screen: which stand in it, in which order, and how their pictures are seen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::report::PixelMetrics;
use crate::report::quantities::PIXELS;
use crate::table::Measure;
use crate::worker::protocol::{ModelInfo, ModelSource};

/// Views of the reconstructions of a photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// As they are.
    #[default]
    Reconstruction,
    /// Laid over the input, with a divider.
    Wipe,
    /// Their difference to the input.
    Difference,
}

/// The order of the models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortBy {
    /// As they were opened.
    #[default]
    Opened,
    /// By their names.
    Name,
    /// The best first, by RE, PSNR or SSIM: the position among the pixel metrics.
    Metric(usize),
}

/// Settings of the grid, which are remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GridSettings {
    /// View of the pictures.
    pub look: Look,
    /// The order of the models.
    pub sort: SortBy,
    /// Models that are not shown, by their file or their name inside the program.
    pub hidden: BTreeSet<String>,
    /// Whether filters stand beside the models where there is noise.
    pub filters: bool,
}

impl Default for GridSettings {
    fn default() -> Self {
        let (look, sort) = (Look::default(), SortBy::default());
        GridSettings { look, sort, hidden: BTreeSet::new(), filters: true }
    }
}

impl GridSettings {
    /// Whether a model is shown.
    pub fn is_shown(&self, model: &ModelInfo) -> bool {
        !self.hidden.contains(&key(model)) && model.config.has_decoder()
    }

    /// Shows a model, or hides it, by its [`key`].
    pub fn show(&mut self, key: String, shown: bool) {
        match shown {
            true => self.hidden.remove(&key),
            false => self.hidden.insert(key),
        };
    }
}

/// A name of a model that outlives a start.
pub fn key(model: &ModelInfo) -> String {
    match &model.source {
        ModelSource::Shipped(name) => name.clone(),
        ModelSource::File(path) => path.display().to_string(),
    }
}

/// The metrics at which a model is the best of those shown, or reads the same as the best; nothing if all read the
/// same.
pub fn best<'a>(
    metrics: &PixelMetrics,
    all: impl Iterator<Item = &'a PixelMetrics> + Clone,
) -> [bool; PIXELS.len()] {
    std::array::from_fn(|at| {
        let Measure { quantity, read } = &PIXELS[at];
        let Some(better) = quantity.better else { return false };
        let best = better.best_reading(all.clone().filter_map(|metrics| read(metrics).number()), |value| {
            quantity.brief(value)
        });
        best.is_some_and(|best| quantity.brief(read(metrics)) == best)
    })
}
