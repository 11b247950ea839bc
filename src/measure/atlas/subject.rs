//! The subject of a map: its images, and the model that looks at them.

use super::numbers::{Images, NamedModel};
use super::order::AtlasOrder;
use crate::config::{AtlasSpace, DataSource, Split};
use crate::data::dataset::Dataset;
use crate::device::Compute;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::run::TrainedModel;

/// Side of images without a model.
const IMAGE_SIZE: usize = 64;

/// Images of a map and its model.
pub struct Subject {
    pub model: Option<NamedModel>,
    pub dataset: Dataset,
    /// Of the images in the data set.
    pub indices: Vec<usize>,
    split: Split,
}

impl Subject {
    /// Opens what an order names.
    ///
    /// # Errors
    /// An order that cannot be done; a model or images that cannot be read; [`Error::Cancelled`].
    pub fn open(order: &AtlasOrder, compute: &Compute, observer: &mut dyn Observer) -> Result<Self> {
        let open = |path| NamedModel::new(TrainedModel::open(path, compute.device())?, path);
        let model = order.model.as_deref().map(open).transpose()?;
        check(order, model.as_ref())?;
        let AtlasOrder { data, split, images, .. } = order;
        let (dataset, indices) = open_images(model.as_ref(), data, *split, *images, observer)?;
        Ok(Self { model, dataset, indices, split: *split })
    }

    /// The images.
    pub fn images(&self) -> Images<'_> {
        Images { dataset: &self.dataset, indices: &self.indices, split: self.split }
    }

    /// The model, if it encodes.
    pub fn encoder(&self) -> Option<&NamedModel> {
        self.model.as_ref().filter(|named| named.has_encoder())
    }

    /// Numbers that the map is made of, in words, as in "codes of vae-ffhq-64".
    pub fn space_in_words(&self, space: &AtlasSpace) -> String {
        match (space, &self.model) {
            (AtlasSpace::Codes, Some(named)) => format!("codes of {}", named.name),
            (AtlasSpace::Codes, None) => "codes".into(),
            (AtlasSpace::Pixels, _) => "pixels".into(),
            (AtlasSpace::Features(extractor), _) => format!("features, {extractor}"),
        }
    }
}

/// A data set as a model was trained on it, and the indices of a part of it, at most so many, evenly.
///
/// # Errors
/// Images that cannot be read; none in the part; [`Error::Cancelled`].
pub fn open_images(
    model: Option<&NamedModel>,
    data: &DataSource,
    split: Split,
    most: Option<usize>,
    observer: &mut dyn Observer,
) -> Result<(Dataset, Vec<usize>)> {
    let image_size = model.map_or(IMAGE_SIZE, |named| named.model.image_size());
    let mut dataset = Dataset::open(data, image_size, &mut |progress| observer.progress(progress))?;
    if let Some(NamedModel { model, .. }) = model {
        dataset = dataset.as_trained(model.meta.naming, &model.meta.data_fingerprint)?;
        let caution = model.meta.config.dataset.source.caution_with(data);
        caution.iter().for_each(|caution| observer.warning(caution));
    }
    observer.skipped(dataset.skipped());
    dataset.notes().iter().for_each(|note| observer.warning(note));
    let indices = evenly(dataset.indices(split), most);
    if indices.is_empty() {
        return Err(Error::Invalid(format!("there is no image in the {} part", split.label())));
    }
    Ok((dataset, indices))
}

/// Refuses what cannot be done, before any image is read.
fn check(order: &AtlasOrder, model: Option<&NamedModel>) -> Result<()> {
    let is_codes = order.space == AtlasSpace::Codes;
    match model {
        None if is_codes => Err(Error::Invalid(
            "codes are those of a model; name one, or make the map of pixels or of embedded features".into(),
        )),
        None if order.draws > 0 => {
            Err(Error::Invalid("there is nothing to draw from without a model".into()))
        }
        None if order.errors => Err(Error::Invalid("without a model nothing is reconstructed".into())),
        Some(named) if is_codes && !named.has_encoder() => Err(Error::Invalid(format!(
            "{} has no encoder, so images have no codes in it; make the map of embedded features, where its draws can \
             lie beside them",
            named.model.shape().with_article()
        ))),
        _ => Ok(()),
    }
}

/// At most so many of some indices, evenly.
fn evenly(indices: Vec<usize>, most: Option<usize>) -> Vec<usize> {
    let (n, most) = (indices.len(), most.unwrap_or(usize::MAX));
    match n <= most {
        true => indices,
        false => (0..most).map(|at| indices[at * n / most]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_images_is_spread_over_all() {
        assert_eq!(evenly((0..10).collect(), Some(4)), [0, 2, 5, 7]);
        assert_eq!(evenly((0..3).collect(), Some(4)), [0, 1, 2]);
        assert_eq!(evenly((0..3).collect(), None), [0, 1, 2]);
    }
}
