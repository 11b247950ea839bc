//! Models of one image size, and the images that they are measured on.

use super::subjects::{Subject, measured_on, open_models, test_images};
use super::words::shorts;
use crate::config::ClaimOrder;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::report::trained_on_words;
use crate::run::TrainedModel;

/// Models of one image size with the images of that size.
pub struct SameSize {
    /// At least one.
    pub models: Vec<Subject>,
    /// The images, split by the rule of the first model.
    pub dataset: Dataset,
    /// Images of the test split that are measured.
    pub test: Vec<usize>,
    /// Whatever a reader of the numbers has to know about models and images, a sentence each.
    pub notes: Vec<String>,
}

impl SameSize {
    /// Opens the models of an order, or those of `usual` if it names none, and its images at the size of the first.
    /// Models of which `unfit` says why, and those of another size, are left out with a note.
    ///
    /// # Errors
    /// Models or images that cannot be read; no model that is left; no image in the test split;
    /// [`Error::Cancelled`] when `observer` broke.
    pub fn open(
        order: &ClaimOrder,
        usual: &[&str],
        unfit: fn(&TrainedModel) -> Option<String>,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let (mut models, mut notes) = open_models(order, usual, unfit, observer)?;
        let size = models.first().map_or(0, |first| first.model.image_size());
        models.retain(|Subject { name, model }| {
            let own = model.image_size();
            if own != size {
                notes.push(format!(
                    "{name} is left out: its pictures are {own}×{own}, those of the first {size}×{size}."
                ));
            }
            own == size
        });
        let Some(first) = models.first().map(|first| &first.model) else {
            let why = notes.first().cloned().unwrap_or_default();
            return Err(Error::Invalid(format!("none of these models can be tested. {why}")));
        };
        let dataset = Dataset::open(&order.data, size, &mut |p| observer.progress(p))?;
        observer.skipped(dataset.skipped());
        // One split for all, by the rule of the first: the same images are held out.
        let dataset = dataset.as_trained(first.meta.naming, &first.meta.data_fingerprint)?;
        let test = test_images(order, &dataset)?;
        for Subject { name, model } in &models {
            let known = model.trained_on_of(&dataset, &test)?;
            notes.extend(trained_on_words(known, test.len()).map(|words| format!("{name}: {words}.")));
        }
        Ok(SameSize { models, dataset, test, notes })
    }

    /// Names of the models that are as short as tells them apart.
    pub fn shorts(&self) -> Vec<String> {
        shorts(self.models.iter().map(|subject| subject.name.as_str()))
    }

    /// The images in a sentence.
    pub fn measured_on(&self, order: &ClaimOrder) -> String {
        measured_on(order, &self.dataset, self.test.len())
    }
}
