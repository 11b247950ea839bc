//! Measuring what models draw against real images.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::copies::CopyChecker;
use crate::config::{DataSource, ExtractorSource, Split};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::memory;
use crate::metrics::prdc::check_k;
use crate::metrics::sets::RealSet;
use crate::observer::Observer;
use crate::report::SampleRow;
use crate::run::TrainedModel;

/// Draws of models to measure against real images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplesOrder {
    /// Checkpoints or run folders. Those of a kind that draws no new images are left out.
    pub checkpoints: Vec<PathBuf>,
    /// The real images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// Feature extractor.
    pub extractor: ExtractorSource,
    /// Number of draws; as many as there are real ones if not said.
    pub samples: Option<usize>,
    /// Of the draws.
    pub seed: u64,
    /// The neighbour that the balls of a manifold reach to; [`NEAREST_K`](crate::metrics::sets::NEAREST_K) is
    /// usual.
    pub k: usize,
    /// Whether to look for copies of training images, for which all images have to be seen.
    #[serde(default)]
    pub copies: bool,
}

/// The numbers of [`SetMetrics`](crate::report::SetMetrics) of draws from the prior, a row a checkpoint,
/// each at its own image size, in 8 bits as they would be saved. Kinds that draw no new images are left
/// out. The same seed gives the same draws.
///
/// # Errors
/// When a checkpoint, the extractor or the images cannot be read, when none of the models draws images,
/// when the split is too small, when `observer` cancels.
pub fn measure_samples(order: &SamplesOrder, observer: &mut dyn Observer) -> Result<Vec<SampleRow>> {
    let SamplesOrder { checkpoints, data, .. } = order;
    observer.started(&format!("Measuring samples against {data}"));
    let compute = observer.compute()?;
    let mut by_size: BTreeMap<usize, Vec<(usize, TrainedModel)>> = BTreeMap::new();
    for (place, path) in checkpoints.iter().enumerate() {
        let model = TrainedModel::open(path, compute.device())?;
        if model.draws() {
            if let Some(caution) = model.meta.config.dataset.source.caution_with(data) {
                observer.warning(&format!("{}: {caution}", path.display()));
            }
            by_size.entry(model.image_size()).or_default().push((place, model));
        }
    }
    if by_size.is_empty() {
        return Err(Error::Invalid(
            "none of these models is trained to draw new images; those of --model vae, dcgan and vae-gan are"
                .into(),
        ));
    }
    let extractor = Extractor::open(&order.extractor)?;
    let mut rows = Vec::new();
    for (size, models) in by_size {
        let mut dataset = Dataset::open(data, size, &mut |progress| observer.progress(progress))?;
        observer.skipped(dataset.skipped());
        // Each model is held against images of the part as it was trained with; nearly always all have the same.
        let mut by_images: BTreeMap<String, Vec<(usize, TrainedModel)>> = BTreeMap::new();
        for (place, model) in models {
            dataset = dataset.as_trained(model.meta.naming, &model.meta.data_fingerprint)?;
            by_images.entry(dataset.fingerprint().to_owned()).or_default().push((place, model));
        }
        for models in by_images.into_values() {
            let Some((_, TrainedModel { meta, .. })) = models.first() else { continue };
            dataset = dataset.as_trained(meta.naming, &meta.data_fingerprint)?;
            rows.extend(measure_against(&dataset, models, order, &extractor, observer)?);
        }
    }
    rows.sort_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The rows of some models, each with its place among the checkpoints.
fn measure_against(
    dataset: &Dataset,
    models: Vec<(usize, TrainedModel)>,
    order: &SamplesOrder,
    extractor: &Extractor,
    observer: &mut dyn Observer,
) -> Result<Vec<(usize, SampleRow)>> {
    let SamplesOrder { checkpoints, data, split, k, .. } = order;
    let indices = dataset.indices(*split);
    if indices.is_empty() {
        let split = split.label();
        return Err(Error::Invalid(format!(
            "{data}: no image of it is in the {split} split; try --split all"
        )));
    }
    check_counts(order, indices.len())?;
    let real = extractor.of_squares(dataset, *split, &mut |progress| observer.progress(progress))?;
    real.notes.iter().for_each(|note| observer.warning(note));
    let real_set =
        RealSet::new(&real.features, extractor.name(), *k, &mut |progress| observer.progress(progress))?;
    let mut rows = Vec::new();
    let mut checker = CopyChecker::new(dataset, extractor);
    for (place, model) in models {
        let count = order.samples.unwrap_or(real.features.len());
        // A code, its features as they come and in double precision.
        let numbers = model.latent_dim() + 3 * extractor.dim();
        memory::check("draws", count as u64, (size_of::<f32>() * numbers + size_of::<Vec<f32>>()) as u64, 0)?;
        let points = model.sample(count, order.seed)?;
        let picture = |index: usize| -> Result<ImageBuf> {
            let mut pictures = model.decode_points(&points[index..=index])?;
            pictures.pop().ok_or_else(|| Error::Invalid("the model gave no picture".into()))
        };
        let drawn = extractor.of_each(count, picture, &mut |progress| observer.progress(progress))?;
        let metrics = real_set.measure(&drawn, &mut |progress| observer.progress(progress))?;
        let name = checkpoints[place].display().to_string();
        let (kind, split) = (model.meta.config.model.kind, *split);
        let prior = model.meta.prior.as_ref().map(|prior| prior.kind);
        let trained_on = model.trained_on_of(dataset, &indices)?;
        let foreign = model.foreign_to(data);
        let copies = match order.copies {
            true => checker.check(&model, &points, &drawn, observer)?,
            false => Vec::new(),
        };
        rows.push((place, SampleRow { name, kind, prior, split, metrics, trained_on, foreign, copies }));
    }
    Ok(rows)
}

/// Refuses fewer images or draws than have a neighbour of that kind, before they are seen.
fn check_counts(order: &SamplesOrder, real: usize) -> Result<()> {
    let SamplesOrder { data, split, samples, k, .. } = order;
    check_k(*k, real).map_err(|error| Error::Invalid(format!("{data}, {} split: {error}", split.label())))?;
    match *samples {
        Some(samples) => check_k(*k, samples)
            .map_err(|error| Error::Invalid(format!("{samples} draws are too few: {error}"))),
        None => Ok(()),
    }
}
