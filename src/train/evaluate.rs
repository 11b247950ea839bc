//! Measuring finished models on a folder of images.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use super::Observer;
use super::objective::Objective;
use super::report::EvaluationRow;
use super::start::in_pool;
use super::trained_model::TrainedModel;
use super::validate::Given;
use crate::config::{DataSource, Noise, Split};
use crate::data::dataset::Dataset;
use crate::data::pace::Pace;
use crate::error::{Error, Result};

/// RE, PSNR and SSIM of the mean reconstructions, a row a checkpoint, each at its own image size. With
/// `noise` the models are given noisy images, all the same ones, and measured against the clean ones.
///
/// # Errors
/// When a checkpoint or the folder cannot be read, when the only model has no encoder, when the split is empty, when `observer` cancels.
pub fn evaluate(
    checkpoints: &[PathBuf],
    data: &DataSource,
    split: Split,
    noise: Option<Noise>,
    observer: &mut dyn Observer,
) -> Result<Vec<EvaluationRow>> {
    if let Some(noise) = noise {
        noise.corruption.validate().map_err(Error::Invalid)?;
    }
    observer.started(&format!("Measuring on {data}"));
    let compute = observer.compute()?;
    let models = checkpoints
        .iter()
        .map(|path| TrainedModel::open(path, compute.device()))
        .collect::<Result<Vec<TrainedModel>>>()?;
    let mut rows = Vec::new();
    let mut dataset: Option<Dataset> = None;
    if let [model] = &models[..] {
        model.check_encoder()?;
    }
    for (model, path) in models.iter().zip(checkpoints) {
        let kind = model.meta.config.model.kind;
        if !kind.has_encoder() {
            let path = path.display();
            observer.warning(&format!(
                "{path} is not in the table of reconstructions: {} has no encoder",
                kind.with_article()
            ));
            continue;
        }
        let size = model.image_size();
        let dataset = match dataset.take_if(|d| d.image_size() == size) {
            Some(known) => dataset.insert(known),
            None => {
                let read = Dataset::open(data, size, &mut |p| observer.progress(p))?;
                observer.skipped(read.skipped());
                read.notes().iter().for_each(|note| observer.warning(note));
                dataset.insert(read)
            }
        };
        let indices = dataset.indices(split);
        if indices.is_empty() {
            let split = split.label();
            return Err(Error::Invalid(format!(
                "{data}: no image of it is in the {split} split; try --split all"
            )));
        }
        let config = &model.meta.config;
        let units = config.model.code_units;
        let given = Given { objective: Objective::full(config), noise, units, shuffled: false };
        let mut pace = Pace::new(format!("Measuring {}", path.display()), indices.len(), Instant::now());
        let mut keep_going =
            |done: usize| observer.progress(pace.progress(done, Instant::now())) == ControlFlow::Continue(());
        let report = in_pool(|| model.measure(dataset, &indices, given, &mut keep_going))?;
        if let Some(report) = report {
            rows.push(EvaluationRow {
                name: path.display().to_string(),
                kind: model.meta.config.model.kind,
                split,
                metrics: report.metrics,
                kl: model.is_variational().then_some(report.kl),
                sparsity: report.sparsity,
                noise: noise.map(|noise| noise.corruption),
                noisy_input: report.noisy_input,
            });
        }
    }
    Ok(rows)
}
