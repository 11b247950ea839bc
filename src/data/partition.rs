//! Partition of a data set: the images that a model is fitted to, and those that it is watched on.

use super::dataset::Dataset;
use crate::config::Split;

/// Most validation images that a measurement during training looks at.
const VALIDATION_IMAGES: usize = 1024;

/// Images for training and for validation. In a folder so small that its training split is empty, all of them
/// train.
pub struct Partition {
    /// Images that the weights are fitted to.
    pub train: Vec<usize>,
    /// Images for validation; may be empty.
    pub validation: Vec<usize>,
}

impl Partition {
    /// The partition by the splits of the data set.
    pub fn new(dataset: &Dataset) -> Self {
        let or_all = |indices: Vec<usize>| match indices.is_empty() {
            true => dataset.indices(Split::All),
            false => indices,
        };
        let mut validation = dataset.indices(Split::Validation);
        validation.truncate(VALIDATION_IMAGES);
        Self { train: or_all(dataset.indices(Split::Train)), validation }
    }

    /// Images that the code space is measured on and the sheets show: the validation images, unless there are too
    /// few of
    /// them for anything to vary over them.
    pub fn shown(&self) -> &[usize] {
        if self.validation.len() >= self.train.len().min(2) { &self.validation } else { &self.train }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_space_is_not_measured_on_a_single_image_where_there_are_more() {
        let shown = |train: &[usize], validation: &[usize]| {
            Partition { train: train.into(), validation: validation.into() }.shown().to_vec()
        };
        assert_eq!(shown(&[0, 1, 2], &[]), [0, 1, 2]);
        assert_eq!(shown(&[0, 1, 2], &[3]), [0, 1, 2], "nothing varies over one image");
        assert_eq!(shown(&[0, 1, 2], &[3, 4]), [3, 4]);
        assert_eq!((shown(&[0], &[1]), shown(&[0], &[])), (vec![1], vec![0]));
    }
}
