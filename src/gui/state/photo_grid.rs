//! The grid of models on the Reconstruct screen: which stand in it, in which order, and how their pictures are seen.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::State;
use super::reconstruct::{Photo, Reconstruct, ReconstructionResult};
use crate::image_buf::ImageBuf;
use crate::report::PixelMetrics;
use crate::report::quantities::PIXELS;
use crate::table::{Better, Cell, Measure};
use crate::worker::protocol::{ModelId, ModelInfo, ModelSource, PhotoId};

/// How the reconstructions of a photo are seen.
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

/// What is remembered of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GridSettings {
    /// How pictures are seen.
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
        !self.hidden.contains(&key(model))
    }

    /// Shows a model, or hides it.
    pub fn show(&mut self, model: &ModelInfo, shown: bool) {
        match shown {
            true => self.hidden.remove(&key(model)),
            false => self.hidden.insert(key(model)),
        };
    }
}

/// A name of a model that outlives a start.
fn key(model: &ModelInfo) -> String {
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
        let value = |metrics: &PixelMetrics| match read(metrics) {
            Cell::Number(value) => Some(value),
            Cell::Infinite => Some(f64::INFINITY),
            _ => None,
        };
        let Some(best) = all.clone().filter_map(value).reduce(|a, b| better.of(a, b)) else { return false };
        // What reads the same is the same.
        let is_best = |metrics: &PixelMetrics| quantity.brief(read(metrics)) == quantity.brief(best);
        is_best(metrics) && !all.clone().all(is_best)
    })
}

impl State {
    /// The models of the grid in their order.
    pub fn grid_models(&self) -> Vec<&ModelInfo> {
        let grid = &self.settings.grid;
        let mut models: Vec<&ModelInfo> = self.models.iter().filter(|model| grid.is_shown(model)).collect();
        match grid.sort {
            SortBy::Opened => (),
            SortBy::Name => models.sort_by_key(|model| model.name.to_lowercase()),
            SortBy::Metric(at) => {
                if let Some(measure) = PIXELS.get(at) {
                    models.sort_by(|a, b| {
                        let metrics = |model: &ModelInfo| self.reconstruct.grid_metrics(model);
                        by_metric(measure, metrics(a), metrics(b))
                    });
                }
            }
        }
        models
    }
}

impl Reconstruct {
    /// Metrics that a model is sorted by: of the photo, or the means over the contact sheet.
    fn grid_metrics(&self, model: &ModelInfo) -> Option<PixelMetrics> {
        if self.is_sheet {
            return self.sheet_mean(model);
        }
        self.shown(model.id).map(|result| result.metrics)
    }

    /// Pictures of the contact sheet: a row a photo, the input and then what each model made of it.
    pub fn sheet_rows(&self, models: &[&ModelInfo]) -> Vec<Vec<ImageBuf>> {
        let row = |photo: &Photo| {
            let results: Vec<_> =
                models.iter().filter_map(|model| self.sheet.get(&(photo.info.id, model.id))).collect();
            let input = results.first().map(|result| &result.input);
            let outputs = results.iter().map(|result| &result.output);
            input.into_iter().chain(outputs).map(|picture| (*picture.image).clone()).collect()
        };
        self.photos.iter().map(row).filter(|row: &Vec<_>| !row.is_empty()).collect()
    }

    /// Mean metrics of a model over the photos of the contact sheet.
    pub fn sheet_mean(&self, model: &ModelInfo) -> Option<PixelMetrics> {
        let results = self.photos.iter().filter_map(|photo| self.sheet.get(&(photo.info.id, model.id)));
        PixelMetrics::mean(&results.map(|result| result.metrics).collect::<Vec<_>>())
    }
}

/// Results of the contact sheet, by photo and model.
pub type Sheet = BTreeMap<(PhotoId, ModelId), Arc<ReconstructionResult>>;

/// The best first, those without a result last.
fn by_metric(measure: &Measure<PixelMetrics>, a: Option<PixelMetrics>, b: Option<PixelMetrics>) -> Ordering {
    let value = |metrics: &PixelMetrics| match (measure.read)(metrics) {
        Cell::Number(value) => value,
        Cell::Infinite => f64::INFINITY,
        _ => f64::NAN,
    };
    match (a.as_ref().map(value), b.as_ref().map(value)) {
        (Some(a), Some(b)) if measure.quantity.better == Some(Better::Up) => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
