//! Measuring finished models on a folder of images.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
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
use crate::report::EvaluationRow;
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
    let EvaluationOrder { checkpoints, data, .. } = order;
    let (split, noise) = (order.split, order.noise);
    if let Some(noise) = noise {
        noise.corruption.validate().map_err(Error::Invalid)?;
    }
    observer.started(&format!("Measuring on {data}"));
    let (compute, ranks) = (observer.compute()?, joined());
    let models = checkpoints
        .iter()
        .map(|path| TrainedModel::open(path, compute.device()))
        .collect::<Result<Vec<TrainedModel>>>()?;
    let mut images = EvaluationImages { data, split, dataset: None };
    let mut rows = Vec::new();
    let mut sizes = BTreeSet::new();
    for (model, path) in models.iter().zip(checkpoints) {
        let config = &model.meta.config;
        let kind = config.model.kind;
        if !kind.has_encoder() {
            let path = path.display();
            observer.warning(&format!(
                "{path} is not in the table of reconstructions: {} has no encoder",
                config.model.with_article()
            ));
            continue;
        }
        if let Some(caution) = config.dataset.source.caution_with(data) {
            observer.warning(&format!("{}: {caution}", path.display()));
        }
        let (dataset, indices) = images.at(model.image_size(), Some(&model.meta), observer)?;
        let units = config.model.code_units;
        let settings = MeasurementSettings {
            objective: Objective::full(config),
            likelihood: config.likelihood,
            noise,
            units,
            shuffled: false,
            features: None,
        };
        let mut pace =
            ProgressMeter::new(format!("Measuring {}", path.display()), indices.len(), Instant::now());
        let mut keep_going =
            |done: usize| observer.progress(pace.progress(done, Instant::now())) == ControlFlow::Continue(());
        let report = in_pool(|| {
            ranks.together(|| {
                let (network, device) = (model.network(), model.device());
                validate::measure(network, dataset, &indices, settings, device, &mut keep_going)
            })
        })?;
        let likelihood = match order.likelihood_samples {
            None => None,
            Some(samples) => {
                let what = format!("Likelihoods of {}", path.display());
                let mut pace = ProgressMeter::new(what, indices.len(), Instant::now());
                let mut keep_going = |done: usize| {
                    observer.progress(pace.progress(done, Instant::now())) == ControlFlow::Continue(())
                };
                let images = (dataset, indices.as_slice());
                let measured = in_pool(|| {
                    ranks.together(|| {
                        let (network, device) = (model.network(), model.device());
                        measure_likelihood(network, config, images, samples, device, &mut keep_going)
                    })
                });
                match measured {
                    Ok(likelihood) => Some(likelihood),
                    Err(Error::Invalid(why)) => {
                        observer.warning(&format!("{}: {why}", path.display()));
                        None
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        if let Some(report) = report {
            sizes.insert((config.model.image_size, config.model.latent_dim));
            rows.push(EvaluationRow {
                name: path.display().to_string(),
                kind: Some(kind),
                prior: model.meta.prior.as_ref().map(|prior| prior.kind),
                split,
                metrics: report.metrics,
                kl: model.is_variational().then_some(report.kl),
                likelihood,
                sparsity: report.sparsity,
                noise: noise.map(|noise| noise.corruption),
                noisy_input: report.noisy_input,
                trained_on: model.trained_on_of(dataset, &indices)?,
                foreign: model.foreign_to(data),
            });
        }
    }
    let many_sizes = sizes.first().map(|first| first.0) != sizes.last().map(|last| last.0);
    for (size, k) in sizes.into_iter().filter(|_| order.pca) {
        let (dataset, indices) = images.at(size, None, observer)?;
        let most = pca::most_components(dataset);
        if k > most {
            observer.warning(&format!(
                "there is no PCA with {k} components: no more than {most} can be fitted to the training images"
            ));
            continue;
        }
        let at = if many_sizes { format!(" of {size} px") } else { String::new() };
        let metrics = pca::measure(dataset, &indices, k, noise, FIT_SEED, observer)?;
        let noise = noise.map(|noise| noise.corruption);
        let noisy_input = rows.iter().find_map(|row| row.noisy_input).filter(|_| !many_sizes);
        let (name, kind) = (pca::name(k) + &at, None);
        // What it is fitted to.
        let train: HashSet<usize> = partition::Partition::new(dataset).train.into_iter().collect();
        let trained_on = Some(indices.iter().filter(|index| train.contains(index)).count());
        rows.push(EvaluationRow {
            name,
            kind,
            prior: None,
            split,
            metrics,
            kl: None,
            likelihood: None,
            sparsity: None,
            noise,
            noisy_input,
            trained_on,
            foreign: None,
        });
    }
    Ok(rows)
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
