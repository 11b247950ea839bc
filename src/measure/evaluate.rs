//! Measuring finished models on a folder of images.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::likelihood::measure_likelihood;
use super::pca;
use super::validate::{self, MeasurementSettings};
use crate::config::{DataSource, Noise, Split};
use crate::data::dataset::Dataset;
use crate::data::identity::Naming;
use crate::data::pace::ProgressMeter;
use crate::data::partition;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::losses::objective::Objective;
use crate::observer::Observer;
use crate::ranks::joined;
use crate::report::{EvaluationRow, ImageLikelihood};
use crate::run::TrainedModel;
use crate::run::checkpoint::Meta;

/// Models to measure on a folder or zip archive of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationOrder {
    /// Checkpoints or run folders.
    pub checkpoints: Vec<PathBuf>,
    /// The images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// Noise on what the models are given; they are measured against the clean images.
    pub noise: Option<Noise>,
    /// Whether to measure a PCA with codes of the size of each model's too.
    #[serde(default)]
    pub pca: bool,
    /// Codes drawn for each image to measure its likelihood by, which is left out if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood_samples: Option<usize>,
}

/// RE, PSNR and SSIM of the mean reconstructions, a row a checkpoint, each at its own image size; and, if that is
/// wanted, of a PCA fitted to the training split, a row a size. With noise the models are given noisy images, all
/// the same ones, and measured against the clean ones.
///
/// # Errors
/// When a checkpoint or the folder cannot be read, when the split is empty, when `observer` cancels.
pub fn evaluate(order: &EvaluationOrder, observer: &mut dyn Observer) -> Result<Vec<EvaluationRow>> {
    let data = &order.data;
    if let Some(noise) = order.noise {
        noise.corruption.validate().map_err(Error::Invalid)?;
    }
    observer.started(&format!("Measuring on {data}"));
    let compute = observer.compute()?;
    let models = order
        .checkpoints
        .iter()
        .map(|path| TrainedModel::open(path, compute.device()))
        .collect::<Result<Vec<TrainedModel>>>()?;
    let mut images = EvaluationImages { data, split: order.split, dataset: None };
    let mut rows = Vec::new();
    let mut sizes = BTreeSet::new();
    for (model, path) in models.iter().zip(&order.checkpoints) {
        let shape = model.shape();
        if !shape.kind.has_encoder() {
            let (path, kind) = (path.display(), shape.with_article());
            observer
                .warning(&format!("{path} is not in the table of reconstructions: {kind} has no encoder"));
            continue;
        }
        if let Some(row) = of_model(order, model, path, &mut images, observer)? {
            sizes.insert((shape.image_size, shape.latent_dim));
            rows.push(row);
        }
    }
    let many_sizes = sizes.first().map(|first| first.0) != sizes.last().map(|last| last.0);
    for (size, k) in sizes.into_iter().filter(|_| order.pca) {
        let Some(row) = of_pca(order, size, k, &mut images, observer)? else { continue };
        let at = if many_sizes { format!(" of {size} px") } else { String::new() };
        // The noise of equal sizes is the same.
        let noisy_input = rows.iter().find_map(|row| row.noisy_input).filter(|_| !many_sizes);
        rows.push(EvaluationRow { name: row.name + &at, noisy_input, ..row });
    }
    Ok(rows)
}

/// Measures a model with an encoder; none where there is nothing to measure.
fn of_model(
    order: &EvaluationOrder,
    model: &TrainedModel,
    path: &Path,
    images: &mut EvaluationImages<'_>,
    observer: &mut dyn Observer,
) -> Result<Option<EvaluationRow>> {
    let config = &model.meta.config;
    if let Some(caution) = config.dataset.source.caution_with(&order.data) {
        observer.warning(&format!("{}: {caution}", path.display()));
    }
    let (dataset, indices) = images.at(model.image_size(), Some(&model.meta), observer)?;
    let settings = MeasurementSettings {
        objective: Objective::full(config),
        likelihood: config.likelihood,
        noise: order.noise,
        units: config.model.code_units,
        shuffled: false,
        features: None,
    };
    let report = with_progress(format!("Measuring {}", path.display()), indices.len(), observer, |go_on| {
        validate::measure(model.network(), dataset, &indices, settings, model.device(), go_on)
    })?;
    let likelihood = likelihood_of(order, model, path, (dataset, &indices), observer)?;
    let Some(report) = report else { return Ok(None) };
    Ok(Some(EvaluationRow {
        name: path.display().to_string(),
        kind: Some(config.model.kind),
        prior: model.meta.prior.as_ref().map(|prior| prior.kind),
        split: order.split,
        metrics: report.metrics,
        kl: model.is_variational().then_some(report.kl),
        likelihood,
        sparsity: report.sparsity,
        noise: order.noise.map(|noise| noise.corruption),
        noisy_input: report.noisy_input,
        trained_on: model.trained_on_of(dataset, &indices)?,
        foreign: model.foreign_to(&order.data),
    }))
}

/// Likelihoods of images under a model; none if they are not asked for, or, with a warning, where it has none.
fn likelihood_of(
    order: &EvaluationOrder,
    model: &TrainedModel,
    path: &Path,
    images: (&Dataset, &[usize]),
    observer: &mut dyn Observer,
) -> Result<Option<ImageLikelihood>> {
    let Some(samples) = order.likelihood_samples else { return Ok(None) };
    let what = format!("Likelihoods of {}", path.display());
    let measured = with_progress(what, images.1.len(), observer, |go_on| {
        measure_likelihood(model.network(), &model.meta.config, images, samples, model.device(), go_on)
    });
    match measured {
        Ok(likelihood) => Ok(Some(likelihood)),
        Err(Error::Invalid(why)) => {
            observer.warning(&format!("{}: {why}", path.display()));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Measures a PCA with `k` components; none, with a warning, where there are too few training images for it.
fn of_pca(
    order: &EvaluationOrder,
    size: usize,
    k: usize,
    images: &mut EvaluationImages<'_>,
    observer: &mut dyn Observer,
) -> Result<Option<EvaluationRow>> {
    let (dataset, indices) = images.at(size, None, observer)?;
    let most = pca::most_components(dataset);
    if k > most {
        observer.warning(&format!(
            "there is no PCA with {k} components: no more than {most} can be fitted to the training images"
        ));
        return Ok(None);
    }
    let metrics = pca::measure(dataset, &indices, k, order.noise, FIT_SEED, observer)?;
    // What it is fitted to.
    let train: HashSet<usize> = partition::Partition::new(dataset).train.into_iter().collect();
    Ok(Some(EvaluationRow {
        name: pca::name(k),
        kind: None,
        prior: None,
        split: order.split,
        metrics,
        kl: None,
        likelihood: None,
        sparsity: None,
        noise: order.noise.map(|noise| noise.corruption),
        noisy_input: None,
        trained_on: Some(indices.iter().filter(|index| train.contains(index)).count()),
        foreign: None,
    }))
}

/// Measures `total` images in the pool of long jobs, shared over the ranks; `measure` asks how many are done whether to
/// go on.
fn with_progress<T>(
    what: String,
    total: usize,
    observer: &mut dyn Observer,
    measure: impl FnOnce(&mut dyn FnMut(usize) -> bool) -> Result<T> + Send,
) -> Result<T>
where
    T: Send,
{
    let mut pace = ProgressMeter::new(what, total, Instant::now());
    let mut go_on =
        |done: usize| observer.progress(pace.progress(done, Instant::now())) == ControlFlow::Continue(());
    let ranks = joined();
    in_pool(|| ranks.together(|| measure(&mut go_on)))
}

/// Of the random projections that a PCA is fitted by.
const FIT_SEED: u64 = 0;

/// The images at one size after another.
struct EvaluationImages<'a> {
    data: &'a DataSource,
    split: Split,
    dataset: Option<Dataset>,
}

impl EvaluationImages<'_> {
    /// The images at this size, and which of them are measured: those of the part as the model of `meta` was
    /// trained with, if there is one.
    fn at(
        &mut self,
        size: usize,
        meta: Option<&Meta>,
        observer: &mut dyn Observer,
    ) -> Result<(&Dataset, Vec<usize>)> {
        let dataset = match self.dataset.take_if(|dataset| dataset.image_size() == size) {
            Some(known) => known,
            None => {
                let read = Dataset::open(self.data, size, &mut |p| observer.progress(p))?;
                observer.skipped(read.skipped());
                read.notes().iter().for_each(|note| observer.warning(note));
                read
            }
        };
        let (naming, trained_on) =
            meta.map_or((Naming::Identity, ""), |meta| (meta.naming, meta.data_fingerprint.as_str()));
        let dataset = self.dataset.insert(dataset.as_trained(naming, trained_on)?);
        let indices = dataset.indices(self.split);
        if indices.is_empty() {
            let (data, split) = (self.data, self.split.label());
            return Err(Error::Invalid(format!(
                "{data}: no image of it is in the {split} split; try --split all"
            )));
        }
        Ok((dataset, indices))
    }
}
