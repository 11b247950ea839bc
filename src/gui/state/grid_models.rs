//! The models of the grid on the Reconstruct screen in their order, and the pictures of the contact sheet.

use std::cmp::Ordering;

use super::State;
use super::photo_grid::SortBy;
use super::reconstruct::{Photo, Reconstruct};
use crate::image_buf::ImageBuf;
use crate::report::PixelMetrics;
use crate::report::quantities::PIXELS;
use crate::table::{Better, Measure};
use crate::worker::protocol::ModelInfo;

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

/// The best first, those without a result last.
fn by_metric(measure: &Measure<PixelMetrics>, a: Option<PixelMetrics>, b: Option<PixelMetrics>) -> Ordering {
    let value = |metrics: Option<PixelMetrics>| (measure.read)(&metrics?).number();
    match (value(a), value(b)) {
        (Some(a), Some(b)) if measure.quantity.better == Some(Better::Up) => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
