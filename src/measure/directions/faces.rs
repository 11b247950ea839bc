//! The faces that directions are fitted to and measured on, and their codes.

use std::time::Instant;

use super::order::DirectionsOrder;
use crate::config::{DataSource, Split};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::metrics::features::Features;
use crate::observer::Observer;
use crate::run::TrainedModel;

/// Images encoded at once.
const BATCH: usize = 64;
/// Most faces that anything is measured on.
const MOST_HELD_OUT: usize = 1000;
/// Fewest faces of the test split; where it has fewer, some of the others are held out.
const FEWEST_HELD_OUT: usize = 16;
/// Part of the training images that is held out then.
const HELD_OUT: usize = 5;

/// Real faces as an extractor sees them.
pub struct Faces {
    pub data: DataSource,
    pub dataset: Dataset,
    /// In the data set: those to fit to, then those to measure on.
    pub indices: Vec<usize>,
    /// Number of those to fit to.
    pub train: usize,
}

/// Codes to fit to, and codes to measure on.
pub struct Codes {
    pub train: Vec<Vec<f32>>,
    pub held_out: Vec<Vec<f32>>,
}

impl Faces {
    /// Opens the data of an order, or those that the model was trained on. Measured is on the test split.
    ///
    /// # Errors
    /// Images that cannot be read or are too few; [`Error::Cancelled`].
    pub fn open(order: &DirectionsOrder, model: &TrainedModel, observer: &mut dyn Observer) -> Result<Self> {
        let data = order.data.as_ref().unwrap_or(&model.meta.config.dataset.source).clone();
        let dataset = Dataset::open(&data, model.image_size(), &mut |progress| observer.progress(progress))?;
        let dataset = dataset.as_trained(model.meta.naming, &model.meta.data_fingerprint)?;
        observer.skipped(dataset.skipped());
        dataset.notes().iter().for_each(|note| observer.warning(note));
        model
            .meta
            .config
            .dataset
            .source
            .caution_with(&data)
            .iter()
            .for_each(|caution| observer.warning(caution));
        let within = |mut indices: Vec<usize>, most: usize| {
            indices.truncate(most);
            indices
        };
        let mut train = within(dataset.indices(Split::Train), order.images);
        let mut held_out = within(dataset.indices(Split::Test), MOST_HELD_OUT.min(order.images.div_ceil(4)));
        if held_out.len() < FEWEST_HELD_OUT.min(train.len() / HELD_OUT) {
            held_out = train.split_off(train.len() - train.len() / HELD_OUT);
        }
        if train.len() < 2 || held_out.len() < 2 {
            return Err(Error::Invalid(format!(
                "directions need faces to be fitted to and others to be measured on; {} images are too few",
                dataset.len()
            )));
        }
        let train_count = train.len();
        train.extend(held_out);
        Ok(Self { data, dataset, indices: train, train: train_count })
    }

    /// Features of all of them, in their order.
    pub fn features(&self, extractor: &Extractor, observer: &mut dyn Observer) -> Result<Features> {
        let mut watch = |progress| observer.progress(progress);
        // Those of a whole data set are kept for the next model.
        if 2 * self.indices.len() > self.dataset.len() {
            let all = extractor.of_squares(&self.dataset, Split::All, &mut watch)?;
            return Ok(all.features.rows(&self.indices));
        }
        let image = |at: usize| self.dataset.image(self.indices[at]);
        extractor.of_each(self.indices.len(), image, &mut watch)
    }

    /// The codes that a model with an encoder has for them (the means of its posteriors).
    pub fn codes(&self, model: &TrainedModel, observer: &mut dyn Observer) -> Result<Codes> {
        let mut pace = ProgressMeter::new("Encoding images", self.indices.len(), Instant::now());
        let mut train = in_pool(|| {
            let mut codes = Vec::with_capacity(self.indices.len());
            for indices in self.indices.chunks(BATCH) {
                if observer.progress(pace.progress(codes.len(), Instant::now())).is_break() {
                    return Err(Error::Cancelled);
                }
                let images: Result<Vec<_>> = indices.iter().map(|index| self.dataset.image(*index)).collect();
                codes.extend(model.encode(&images?)?.mu);
            }
            Ok(codes)
        })?;
        let held_out = train.split_off(self.train);
        Ok(Codes { train, held_out })
    }
}

impl Codes {
    /// Draws of a model without an encoder, a fifth of them to measure on.
    pub fn drawn(model: &TrainedModel, count: usize, seed: u64) -> Result<Self> {
        let mut train = model.codes_of(&model.sample(count, seed)?)?;
        let held_out = train.split_off(count - count / HELD_OUT);
        Ok(Self { train, held_out })
    }
}

/// Rows of features as plain vectors.
pub fn rows(features: &Features) -> Vec<Vec<f32>> {
    features.to_f32().chunks_exact(features.dim()).map(<[f32]>::to_vec).collect()
}
