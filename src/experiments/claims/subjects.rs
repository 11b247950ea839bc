//! Models that a claim is tested on, and the images for each of their sizes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use crate::config::{ClaimOrder, DataSource, Split};
use crate::data::dataset::Dataset;
use crate::data::partition::Partition;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::run::TrainedModel;

/// Models with an encoder where none are named: one of each kind, and a VAE on a grid with a learned prior.
const OF_PHOTOS: [&str; 6] =
    ["ae-ffhq-64", "sae-ffhq-64", "dae-ffhq-64", "vae-ffhq-64", "vae-gan-ffhq-64", "vae-grid-ffhq-64"];
/// Models with an encoder for a look.
const QUICK_MODELS: [&str; 2] = ["ae-ffhq-64", "vae-ffhq-64"];
const OF_BUILTIN_FACES: [&str; 1] = ["vae-faces-64"];

/// Test images that are looked at with `--quick`.
const QUICK: usize = 64;

/// A model that is tested.
pub struct Subject {
    /// As it was named.
    pub name: String,
    /// The model.
    pub model: TrainedModel,
}

/// Models with an encoder, and images for them.
pub struct Subjects {
    /// At least one.
    pub models: Vec<Subject>,
    /// By size; one split for all, by the rule of the first model, so that the same images are held out.
    datasets: BTreeMap<usize, Dataset>,
    /// Notes for a reader of the numbers, a sentence each.
    pub notes: Vec<String>,
}

impl Subjects {
    /// Opens the models of an order, or those that come with the program and fit its images, and the images.
    ///
    /// # Errors
    /// Models or images that cannot be read; no model with an encoder; [`Error::Cancelled`].
    pub fn open(order: &ClaimOrder, observer: &mut dyn Observer) -> Result<Self> {
        let usual: &[&str] = match (&order.data, order.quick) {
            (DataSource::BuiltinFaces, _) => &OF_BUILTIN_FACES,
            (_, true) => &QUICK_MODELS,
            (_, false) => &OF_PHOTOS,
        };
        let (models, notes) = open_models(order, usual, without_encoder, observer)?;
        let mut datasets = BTreeMap::new();
        let Some(first) = models.first() else {
            return Err(Error::Invalid("no model with an encoder is named; this test needs one".into()));
        };
        for Subject { model, .. } in &models {
            if let Entry::Vacant(place) = datasets.entry(model.image_size()) {
                let dataset = Dataset::open(&order.data, model.image_size(), &mut |progress| {
                    observer.progress(progress)
                })?;
                let dataset =
                    dataset.as_trained(first.model.meta.naming, &first.model.meta.data_fingerprint)?;
                observer.skipped(dataset.skipped());
                dataset.notes().iter().for_each(|note| observer.warning(note));
                place.insert(dataset);
            }
        }
        Ok(Self { models, datasets, notes })
    }

    /// The images at the size of a model.
    ///
    /// # Errors
    /// No model has this size.
    pub fn dataset(&self, size: usize) -> Result<&Dataset> {
        let missing = || Error::Fault(format!("there are no images of {size} pixels; please report this"));
        self.datasets.get(&size).ok_or_else(missing)
    }

    /// Sizes of the images, the smallest first.
    pub fn sizes(&self) -> Vec<usize> {
        self.datasets.keys().copied().collect()
    }

    /// Notes on models that were trained on some of the images that are measured.
    ///
    /// # Errors
    /// Images that are damaged in the cache.
    pub fn note_known(&mut self, indices: &[usize]) -> Result<()> {
        for Subject { name, model } in &self.models {
            let known = model.trained_on_of(self.dataset(model.image_size())?, indices)?;
            if let Some(known) = known.filter(|known| *known > 0) {
                self.notes.push(format!("{name} was trained on {known} of the {} images.", indices.len()));
            }
        }
        Ok(())
    }
}

/// Opens the models of an order, or those of `usual` if it names none. Those of which `unfit` says why are left out with
/// a note, and those of other pictures get one.
///
/// # Errors
/// Models that cannot be read, a device that cannot be used.
pub fn open_models(
    order: &ClaimOrder,
    usual: &[&str],
    unfit: fn(&TrainedModel) -> Option<String>,
    observer: &mut dyn Observer,
) -> Result<(Vec<Subject>, Vec<String>)> {
    let compute = observer.compute()?;
    let paths = match order.models.as_slice() {
        [] => usual.iter().map(PathBuf::from).collect(),
        models => models.to_vec(),
    };
    let (mut models, mut notes) = (Vec::new(), Vec::new());
    for path in &paths {
        let (name, model) = (path.display().to_string(), TrainedModel::open(path, compute.device())?);
        if let Some(why) = unfit(&model).or_else(|| model.shape().unlike_squares_in_colour()) {
            notes.push(format!("{name} is left out: {why}."));
            continue;
        }
        if let Some(own) = model.foreign_to(&order.data) {
            notes.push(format!("{name} was trained on {own}, other pictures than these."));
        }
        models.push(Subject { name, model });
    }
    Ok((models, notes))
}

/// Images to fit to: those of the training split, at most so many, by a hash of their names.
pub fn training_images(dataset: &Dataset, most: usize) -> Vec<usize> {
    let mut train = Partition::new(dataset).train;
    if train.len() > most {
        train.sort_by_key(|index| (xxh3_64(dataset.name(*index).as_bytes()), *index));
        train.truncate(most);
        train.sort_unstable();
    }
    train
}

/// Images of the test split, fewer for a look.
///
/// # Errors
/// None of them is in it.
pub fn test_images(order: &ClaimOrder, dataset: &Dataset) -> Result<Vec<usize>> {
    let mut test = dataset.indices(Split::Test);
    if order.quick {
        test.truncate(QUICK);
    }
    if test.is_empty() {
        return Err(Error::Invalid(format!(
            "{}: no image of it is in the test split, which takes one in twenty; give more images",
            order.data
        )));
    }
    Ok(test)
}

/// The images in a sentence.
pub fn measured_on(order: &ClaimOrder, dataset: &Dataset, images: usize) -> String {
    let size = dataset.image_size();
    let part = if order.quick { "first " } else { "" };
    format!(
        "Measured on the {part}{images} images of the test split of {}, at {size}×{size} pixels.",
        order.data
    )
}

/// Says that a model cannot take pictures, if so.
pub fn without_encoder(model: &TrainedModel) -> Option<String> {
    let kind = model.meta.config.model.kind;
    (!kind.has_encoder()).then(|| format!("{} has no encoder", kind.with_article()))
}
