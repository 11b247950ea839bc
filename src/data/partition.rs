//! Which images of a data set a model is fitted to, and which it is watched on.

use super::dataset::Dataset;
use crate::config::Split;

/// Most validation images that a measurement during training looks at.
const VALIDATION_IMAGES: usize = 1024;

/// Which images serve what. In a folder so small that its training split is empty, all of them train.
pub struct Images {
    /// What the weights are fitted to.
    pub train: Vec<usize>,
    /// What is watched; may be empty.
    pub validation: Vec<usize>,
}

impl Images {
    /// By the splits of the data set.
    pub fn new(dataset: &Dataset) -> Self {
        let or_all = |indices: Vec<usize>| match indices.is_empty() {
            true => dataset.indices(Split::All),
            false => indices,
        };
        let mut validation = dataset.indices(Split::Validation);
        validation.truncate(VALIDATION_IMAGES);
        Self { train: or_all(dataset.indices(Split::Train)), validation }
    }

    /// What the code space is measured on and the sheets show.
    pub fn shown(&self) -> &[usize] {
        if self.validation.is_empty() { &self.train } else { &self.validation }
    }
}
