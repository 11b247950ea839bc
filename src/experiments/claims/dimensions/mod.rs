//! Reconstruction error over the size of the code: the lecture's claim that autoencoders reduce dimensions better than
//! PCA in most cases.
//!
//! Autoencoders of three kinds are trained at each size, as ordinary runs in a folder; the same command goes on with
//! what is there. A linear one has no better weights than those of a PCA (Baldi & Hornik 1989), so that its distance
//! from that says how far training comes.

mod outcome;
mod trainings;

use std::path::PathBuf;

use outcome::{DimensionsRow, Way};
use trainings::{Scale, trainings};

use super::subjects::{measured_on, test_images};
use super::words::short;
use crate::config::{ClaimOrder, DimensionsConfig, Split};
use crate::data::dataset::Dataset;
use crate::data::partition::Partition;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::experiments::queue::{Training, train_all};
use crate::experiments::quiet::QuietObserver;
use crate::image_buf::ImageBuf;
use crate::latent::pca::Pca;
use crate::measure::{EvaluationOrder, evaluate, pca};
use crate::metrics::PixelMetricsSum;
use crate::observer::Observer;
use crate::own_data;
use crate::report::{Chapter, ClaimReport, JobEvent, PictureTable};
use crate::run::TrainedModel;

/// Images reconstructed at once.
const BATCH: usize = 64;

/// Tests the claim.
///
/// # Errors
/// As [`super::test_claim`]; a run in the folder that was begun with other settings or other images, and what training
/// meets.
pub fn test(
    order: &ClaimOrder,
    config: &DimensionsConfig,
    observer: &mut dyn Observer,
) -> Result<ClaimReport> {
    config.validate().map_err(Error::Invalid)?;
    observer.started("Measuring what codes of each size keep");
    let mut quiet = QuietObserver::new(observer);
    let observer: &mut dyn Observer = &mut quiet;
    let scale = Scale::of(order.quick);
    let dataset = Dataset::open(&order.data, scale.image_size, &mut |p| observer.progress(p))?;
    observer.skipped(dataset.skipped());
    // Before hours are spent on training.
    let test = test_images(&ClaimOrder { quick: false, ..order.clone() }, &dataset)?;
    let mut sizes = config.sizes.clone();
    if order.quick && sizes == DimensionsConfig::default().sizes {
        sizes = trainings::QUICK_SIZES.to_vec();
    }
    sizes.sort_unstable();
    sizes.dedup();
    let runs = match &config.runs {
        Some(runs) => runs.clone(),
        None => usual_folder(&dataset)?,
    };
    let trained = trainings(order, config, &sizes, &runs);
    let queue: Vec<_> = trained.iter().map(|(_, training)| training.clone()).collect();
    train_all(&queue, "--runs", observer)?;
    observer.tell(JobEvent::Chapter(Chapter {
        number: queue.len(),
        of: queue.len() + 1,
        title: "Measuring".into(),
        text:
            "Every model is given images that it was not trained on, beside the PCA with codes of its size."
                .into(),
    }));
    let ours = trained.iter().map(|(way, training)| (*way, training.folder.clone()));
    let given = order.models.iter().map(|path| (Way::Given, path.clone()));
    let mut bench = Bench { order, dataset: &dataset, test: &test, rows: Vec::new(), notes: Vec::new() };
    bench.models(&ours.chain(given).collect::<Vec<_>>(), observer)?;
    let pca = bench.pca(observer)?;
    let shown = bench.pictures(&trained, &pca, &sizes, observer)?;
    let Bench { mut rows, notes, .. } = bench;
    outcome::sort(&mut rows);
    let training = trainings::words(order.quick, &queue);
    Ok(ClaimReport {
        verdict: outcome::verdict(&rows),
        measured_on: measured_on(&ClaimOrder { quick: false, ..order.clone() }, &dataset, test.len()),
        tables: outcome::tables(&rows, training.into_iter().chain(notes).collect()),
        plots: outcome::plots(&rows),
        pictures: vec![shown],
        seconds: 0.0,
    })
}

/// Where trainings on these images are kept if nothing is said: among the person's own data, beside the runs.
fn usual_folder(dataset: &Dataset) -> Result<PathBuf> {
    let nowhere = || Error::Invalid("the system has no place for trainings; name a folder by --runs".into());
    let of: String = dataset.fingerprint().chars().take(8).collect();
    Ok(own_data::folder().ok_or_else(nowhere)?.join("dimensions").join(of))
}

/// The test images and what is measured on them.
struct Bench<'a> {
    order: &'a ClaimOrder,
    dataset: &'a Dataset,
    test: &'a [usize],
    rows: Vec<DimensionsRow>,
    notes: Vec<String>,
}

impl Bench<'_> {
    /// Measures models; those that are given and have no encoder or another image size are left out with a note.
    fn models(&mut self, models: &[(Way, PathBuf)], observer: &mut dyn Observer) -> Result<()> {
        let compute = observer.compute()?;
        for (way, path) in models {
            let model = TrainedModel::open(path, compute.device())?;
            let name = path.display().to_string();
            let (kind, size) = (model.meta.config.model.kind, model.image_size());
            if !kind.has_encoder() || size != self.dataset.image_size() {
                let own = self.dataset.image_size();
                let why = match kind.has_encoder() {
                    true => format!("its pictures are {size}×{size}, those of this test {own}×{own}"),
                    false => format!("{} has no encoder", kind.with_article()),
                };
                self.notes.push(format!("{name} is left out: {why}."));
                continue;
            }
            let evaluation = EvaluationOrder {
                checkpoints: vec![path.clone()],
                data: self.order.data.clone(),
                split: Split::Test,
                noise: None,
                pca: false,
                likelihood_samples: None,
            };
            for row in evaluate(&evaluation, observer)? {
                if *way == Way::Given {
                    self.notes.extend(row.cautions().map(|note| format!("{name}: {note}.")));
                }
                self.rows.push(DimensionsRow {
                    way: *way,
                    name: if *way == Way::Given { name.clone() } else { way.label().to_owned() },
                    code: model.meta.config.model.clone(),
                    weights: model.parameters,
                    steps: Some(model.meta.steps),
                    metrics: row.metrics,
                    over_pca: None,
                });
            }
        }
        Ok(())
    }

    /// A PCA of each size, from one fit; and every row beside that of its size.
    fn pca(&mut self, observer: &mut dyn Observer) -> Result<Option<Pca>> {
        let (size, most) = (self.dataset.image_size(), pca::most_components(self.dataset));
        let mut wanted: Vec<usize> = self.rows.iter().map(|row| row.code.latent_dim).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let possible: Vec<usize> = wanted.iter().copied().filter(|k| *k <= most).collect();
        if possible.len() < wanted.len() {
            self.notes.push(format!(
                "There is no PCA beyond {most} components, as to these training images no more can be fitted."
            ));
        }
        let Some(largest) = possible.last() else { return Ok(None) };
        let train = Partition::new(self.dataset).train;
        let seed = self.order.seed;
        let fitted = in_pool(|| pca::fit(self.dataset, &train, *largest, seed, observer))?;
        for k in possible {
            let (first, mut sum) = (fitted.first(k), PixelMetricsSum::default());
            for indices in self.test.chunks(BATCH) {
                let images = floats(self.dataset, indices)?;
                in_pool(|| sum.add(&images, &pca::reconstructions(&first, &images)?, size, size))?;
            }
            let metrics =
                sum.finish().ok_or_else(|| Error::Invalid("there are no images to measure".into()))?;
            self.rows.push(DimensionsRow::pca(size, k, metrics));
            for row in self.rows.iter_mut().filter(|row| row.code.latent_dim == k) {
                row.over_pca = Some(row.metrics.re / metrics.re);
            }
        }
        Ok(Some(fitted))
    }

    /// The first test image as each kind gives it back at each size.
    fn pictures(
        &self,
        trained: &[(Way, Training)],
        pca: &Option<Pca>,
        sizes: &[usize],
        observer: &mut dyn Observer,
    ) -> Result<PictureTable> {
        let compute = observer.compute()?;
        let (side, index) = (self.dataset.image_size(), self.test[0]);
        let image = self.dataset.image(index)?;
        let mut rows = vec![("original".to_owned(), vec![image.clone(); sizes.len()])];
        if let Some(pca) = pca {
            let of_size = |k: &usize| {
                let back = pca::reconstructions(&pca.first(*k), &image.to_unit_floats())?;
                ImageBuf::from_unit_floats(side, side, &back).ok_or_else(|| {
                    Error::Fault("a PCA gave a picture of another size; please report this".into())
                })
            };
            let possible = sizes.iter().filter(|k| **k <= pca.code_size());
            rows.push((Way::Pca.label().into(), possible.map(of_size).collect::<Result<_>>()?));
        }
        for way in [Way::Linear, Way::Vector, Way::Grid] {
            let mut pictures = Vec::new();
            for size in sizes {
                let of_size = trained
                    .iter()
                    .find(|(other, training)| *other == way && training.config.model.latent_dim == *size);
                // Where there is none of this size its place stays empty.
                let grey = || ImageBuf::filled(side, side, [255; 3]);
                pictures.push(match of_size {
                    Some((_, training)) => {
                        let model = TrainedModel::open(&training.folder, compute.device())?;
                        let back = model.decode(&model.encode(std::slice::from_ref(&image))?.mu)?;
                        back.into_iter().next().unwrap_or_else(grey)
                    }
                    None => grey(),
                });
            }
            rows.push((way.label().into(), pictures));
        }
        let title = format!("{} through codes of each size", short(self.dataset.name(index)));
        Ok(PictureTable { title, columns: sizes.iter().map(usize::to_string).collect(), rows })
    }
}

/// Images one after another, values in [0, 1].
fn floats(dataset: &Dataset, indices: &[usize]) -> Result<Vec<f32>> {
    let mut all = Vec::new();
    for index in indices {
        all.extend(dataset.pixels(*index)?.iter().map(|value| f32::from(*value) / 255.0));
    }
    Ok(all)
}
