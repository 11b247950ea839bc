//! Numbers of images that probes look at: codes, and what they are held against.

use std::time::Instant;

use crate::config::{ExtractorSource, Split};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::experiments::claims::subjects::{Subject, Subjects, training_images};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::measure::pca;
use crate::metrics::features::Features;
use crate::observer::Observer;

/// Images that go through a model at once.
const BATCH: usize = 64;
/// Images that a PCA is fitted to, at most.
const TRAINING: usize = 4000;
/// Images of which the pixels are taken as they are, at most; of more, as many principal components.
const RAW: usize = 1024;

/// Numbers of each image.
pub struct NumberSet {
    /// The model, or as in "PCA, 512 components".
    pub name: String,
    /// As in "VAE" or "PCA".
    pub kind: String,
    /// Whether they are the codes of a model.
    pub is_code: bool,
    /// The PCA of the same size, where there is one.
    pub equal: Option<String>,
    /// A row an image.
    pub rows: Vec<Vec<f32>>,
}

/// Codes of all models, pixels, a PCA for each size of codes, embedded features.
///
/// # Errors
/// As for [`crate::run::TrainedModel::encode`] and [`Extractor::of_each`]; [`Error::Cancelled`].
pub fn gather(
    subjects: &Subjects,
    indices: &[usize],
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<Vec<NumberSet>> {
    let mut sets = Vec::new();
    let mut sizes: Vec<(usize, usize)> = Vec::new();
    let many_sizes = subjects.sizes().len() > 1;
    for subject in &subjects.models {
        let size = subject.model.image_size();
        let dataset = subjects.dataset(size)?;
        let k = subject.model.latent_dim().min(training_images(dataset, TRAINING).len().saturating_sub(1));
        sizes.push((size, k));
        sets.push(NumberSet {
            name: subject.name.clone(),
            kind: subject.model.meta.config.model.kind.label().into(),
            is_code: true,
            equal: Some(name_of_pca(k, size, many_sizes)),
            rows: codes(subject, dataset, indices, observer)?,
        });
    }
    sizes.sort_unstable();
    sizes.dedup();
    let other = |name: String, kind: &str, rows| NumberSet {
        name,
        kind: kind.into(),
        is_code: false,
        equal: None,
        rows,
    };
    for (size, k) in sizes {
        let rows = components(subjects.dataset(size)?, indices, (k, seed), observer)?;
        sets.push(other(name_of_pca(k, size, many_sizes), "PCA", rows));
    }
    let Some(&smallest) = subjects.sizes().first() else { return Ok(sets) };
    let dataset = subjects.dataset(smallest)?;
    if indices.len() <= RAW {
        let rows =
            indices.iter().map(|index| Ok(dataset.image(*index)?.to_unit_floats())).collect::<Result<_>>()?;
        sets.push(other("pixels".into(), "pixels", rows));
    } else {
        let k = RAW.min(training_images(dataset, TRAINING).len().saturating_sub(1));
        let rows = components(dataset, indices, (k, seed), observer)?;
        sets.push(other(format!("pixels, {k} components"), "pixels", rows));
    }
    let extractor = Extractor::open(&ExtractorSource::Embedded)?;
    let features = of_indices(&extractor, dataset, indices, observer)?;
    let rows = features.to_f32().chunks_exact(features.dim()).map(<[f32]>::to_vec).collect();
    sets.push(other(extractor.name().to_owned(), "features", rows));
    Ok(sets)
}

fn name_of_pca(k: usize, size: usize, many_sizes: bool) -> String {
    pca::name(k) + &if many_sizes { format!(" of {size} px") } else { String::new() }
}

fn codes(
    subject: &Subject,
    dataset: &Dataset,
    indices: &[usize],
    observer: &mut dyn Observer,
) -> Result<Vec<Vec<f32>>> {
    let mut pace =
        ProgressMeter::new(format!("Encoding with {}", subject.name), indices.len(), Instant::now());
    in_pool(|| {
        let mut codes = Vec::with_capacity(indices.len());
        for some in indices.chunks(BATCH) {
            if observer.progress(pace.progress(codes.len(), Instant::now())).is_break() {
                return Err(Error::Cancelled);
            }
            let images = some.iter().map(|index| dataset.image(*index)).collect::<Result<Vec<ImageBuf>>>()?;
            codes.extend(subject.model.encode(&images)?.mu);
        }
        Ok(codes)
    })
}

/// Codes of a PCA of the training split.
fn components(
    dataset: &Dataset,
    indices: &[usize],
    (k, seed): (usize, u64),
    observer: &mut dyn Observer,
) -> Result<Vec<Vec<f32>>> {
    in_pool(|| {
        let pca = pca::fit(dataset, &training_images(dataset, TRAINING), k, seed, observer)?;
        let mut rows = Vec::with_capacity(indices.len());
        for some in indices.chunks(BATCH) {
            let images = some.iter().map(|index| Ok(dataset.image(*index)?.to_unit_floats()));
            let codes = pca.encode(&images.collect::<Result<Vec<_>>>()?.concat())?;
            rows.extend(codes.chunks_exact(k).map(<[f32]>::to_vec));
        }
        Ok(rows)
    })
}

fn of_indices(
    extractor: &Extractor,
    dataset: &Dataset,
    indices: &[usize],
    observer: &mut dyn Observer,
) -> Result<Features> {
    // Those of a whole data set are kept for the next time.
    if indices.len() == dataset.len() {
        return Ok(extractor.of_squares(dataset, Split::All, &mut |p| observer.progress(p))?.features);
    }
    extractor.of_each(indices.len(), |at| dataset.image(indices[at]), &mut |p| observer.progress(p))
}
