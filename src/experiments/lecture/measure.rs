//! Measuring the models, each number once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::runs::TrainedEntry;
use super::stored::kept_or;
use crate::config::{Corruption, LectureConfig, Noise, Split};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::measure::generative::{SamplesOrder, measure_samples};
use crate::measure::{EvaluationOrder, evaluate, pca};
use crate::metrics::sets::NEAREST_K;
use crate::observer::Observer;
use crate::report::{DrawsRow, LectureDraws, LectureReconstruction, ReconstructionRow};

/// All numbers, and what has to be known about how they came to be.
pub struct LectureMeasurements {
    pub reconstruction: Vec<ReconstructionRow>,
    pub draws: Vec<DrawsRow>,
    /// Images in the training split.
    pub train_images: usize,
    /// Images in the test split.
    pub test_images: usize,
    /// The models that were trained on other images than these, by name.
    pub trained_on_others: Vec<String>,
    /// Measurements that were not possible, a sentence each.
    pub left_out: Vec<String>,
}

pub struct Measurer<'a> {
    lecture: &'a LectureConfig,
    observer: &'a mut dyn Observer,
    /// By image size.
    datasets: BTreeMap<usize, Dataset>,
    left_out: Vec<String>,
}

impl<'a> Measurer<'a> {
    pub fn new(lecture: &'a LectureConfig, observer: &'a mut dyn Observer) -> Self {
        Self { lecture, observer, datasets: BTreeMap::new(), left_out: Vec::new() }
    }

    /// Measures what has not been measured yet.
    ///
    /// # Errors
    /// As [`super::repeat_lecture`].
    pub fn measure(&mut self, entries: &[TrainedEntry]) -> Result<LectureMeasurements> {
        for entry in entries {
            self.open(entry.meta.config.model.image_size)?;
        }
        let Some(dataset) = self.datasets.values().next() else {
            return Err(Error::Invalid("there is no model to measure".into()));
        };
        let count = |split| dataset.indices(split).len();
        let (train_images, test_images) = (count(Split::Train), count(Split::Test));
        if test_images == 0 {
            return Err(Error::Invalid(format!(
                "{}: no image of it is in the test split, which takes one in twenty; give more images",
                self.lecture.data
            )));
        }
        let mut trained_on_others = Vec::new();
        for TrainedEntry { meta, name, .. } in entries {
            let dataset = self.datasets.get(&meta.config.model.image_size);
            let is_of = |dataset: &Dataset| dataset.is_of(meta.naming, &meta.data_fingerprint);
            if !dataset.map_or(Ok(false), is_of)? {
                trained_on_others.push(name.clone());
            }
        }
        let reconstruction = self.reconstructions(entries)?;
        let draws = self.all_draws(entries)?;
        let left_out = std::mem::take(&mut self.left_out);
        Ok(LectureMeasurements {
            reconstruction,
            draws,
            train_images,
            test_images,
            trained_on_others,
            left_out,
        })
    }

    fn open(&mut self, size: usize) -> Result<()> {
        if !self.datasets.contains_key(&size) {
            let observer = &mut *self.observer;
            let dataset = Dataset::open(&self.lecture.data, size, &mut |p| observer.progress(p))?;
            self.datasets.insert(size, dataset);
        }
        Ok(())
    }

    fn fingerprint(&self, size: usize) -> &str {
        self.datasets.get(&size).map_or("", Dataset::fingerprint)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.lecture.out.join("measured").join(format!("{name}.json"))
    }

    /// A row a model of the first table, two for one that removes noise, and one for a PCA of each size.
    fn reconstructions(&mut self, entries: &[TrainedEntry]) -> Result<Vec<ReconstructionRow>> {
        let mut rows = Vec::new();
        let mut sizes = Vec::new();
        for entry in entries {
            let config = &entry.meta.config;
            if LectureReconstruction::of(config.model.kind).is_none() {
                continue;
            }
            rows.push(self.reconstruction(entry, None)?);
            if let Some(noise) = config.noise {
                rows.push(self.reconstruction(entry, Some(noise))?);
            }
            sizes.push((config.model.image_size, config.model.latent_dim));
        }
        sizes.sort_unstable();
        sizes.dedup();
        for (size, k) in sizes {
            rows.extend(self.pca(size, k)?);
        }
        Ok(rows)
    }

    fn reconstruction(
        &mut self,
        entry: &TrainedEntry,
        noise: Option<Corruption>,
    ) -> Result<ReconstructionRow> {
        let config = &entry.meta.config;
        let size = config.model.image_size;
        let seed = self.lecture.seed;
        let of = json!({
            "checkpoint": entry.hash,
            "data": self.fingerprint(size),
            "split": Split::Test,
            "noise": noise.map(|corruption| Noise { corruption, seed }),
        });
        let what = if noise.is_some() { "reconstruction-noisy" } else { "reconstruction" };
        let file = self.file(&format!("{}-{what}", entry.slug));
        let row = kept_or(&file, of, || {
            let noise = noise.map(|corruption| Noise { corruption, seed });
            let order = EvaluationOrder {
                checkpoints: vec![entry.path.clone()],
                data: self.lecture.data.clone(),
                split: Split::Test,
                noise,
                pca: false,
                likelihood_samples: None,
            };
            let mut rows = evaluate(&order, self.observer)?;
            let row = rows.pop().ok_or_else(|| Error::Invalid("nothing was measured".into()))?;
            Ok(ReconstructionRow {
                name: String::new(),
                kind: row.kind,
                image_size: size,
                latent_dim: config.model.latent_dim,
                weights: entry.weights,
                steps: Some(entry.meta.steps),
                split: row.split,
                metrics: row.metrics,
                noise: row.noise,
                noisy_input: row.noisy_input,
                trained_on: row.trained_on,
                lecture: row.kind.and_then(LectureReconstruction::of),
            })
        })?;
        Ok(ReconstructionRow { name: entry.name.clone(), ..row })
    }

    fn pca(&mut self, size: usize, k: usize) -> Result<Option<ReconstructionRow>> {
        let file = self.file(&format!("pca-{size}-{k}"));
        let Some(dataset) = self.datasets.get(&size) else { return Ok(None) };
        let most = pca::most_components(dataset);
        if k > most {
            self.left_out.push(format!(
                "There is no PCA with {k} components, as to these training images no more than {most} can be fitted."
            ));
            return Ok(None);
        }
        let seed = self.lecture.seed;
        let of =
            json!({ "data": dataset.fingerprint(), "split": Split::Test, "components": k, "seed": seed });
        let indices = dataset.indices(Split::Test);
        let row = kept_or(&file, of, || {
            Ok(ReconstructionRow {
                name: pca::name(k),
                kind: None,
                image_size: size,
                latent_dim: k,
                weights: pca::weights(size, k),
                steps: None,
                split: Split::Test,
                metrics: pca::measure(dataset, &indices, k, None, seed, self.observer)?,
                noise: None,
                noisy_input: None,
                trained_on: Some(0),
                lecture: None,
            })
        });
        row.map(Some)
    }

    /// The second table: against images never trained on, and against the many that were.
    fn all_draws(&mut self, entries: &[TrainedEntry]) -> Result<Vec<DrawsRow>> {
        let is_generative = |entry: &&TrainedEntry| {
            entry.meta.prior.is_some() || entry.meta.config.model.kind.is_generative()
        };
        let entries: Vec<&TrainedEntry> = entries.iter().filter(is_generative).collect();
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let source = self.lecture.extractor.clone().unwrap_or_default();
        let extractor = Extractor::open(&source)?.name().to_owned();
        let splits: &[Split] = if self.lecture.quick { &[Split::Test] } else { &[Split::Test, Split::Train] };
        let mut rows = Vec::new();
        for split in splits {
            for entry in &entries {
                let size = entry.meta.config.model.image_size;
                let images = self.datasets.get(&size).map_or(0, |dataset| dataset.indices(*split).len());
                if images <= NEAREST_K {
                    let split = split.label();
                    self.left_out.push(format!(
                        "The draws of {} are not measured against the {split} split: it has {images} images, and \
                         precision and recall need more than {NEAREST_K}.",
                        entry.name
                    ));
                    continue;
                }
                let order = SamplesOrder {
                    checkpoints: vec![entry.path.clone()],
                    data: self.lecture.data.clone(),
                    split: *split,
                    extractor: source.clone(),
                    samples: None,
                    seed: self.lecture.seed,
                    k: NEAREST_K,
                    copies: false,
                };
                rows.push(self.draws(entry, &order, &extractor)?);
            }
        }
        Ok(rows)
    }

    fn draws(&mut self, entry: &TrainedEntry, order: &SamplesOrder, extractor: &str) -> Result<DrawsRow> {
        let SamplesOrder { split, seed, k, .. } = *order;
        let size = entry.meta.config.model.image_size;
        let of = json!({
            "checkpoint": entry.hash,
            "data": self.fingerprint(size),
            "split": split,
            "extractor": extractor,
            "seed": seed,
            "k": k,
        });
        let file = self.file(&format!("{}-draws-{}", entry.slug, split.label()));
        let row = kept_or(&file, of, || {
            let mut rows = measure_samples(order, self.observer)?;
            let row = rows.pop().ok_or_else(|| Error::Invalid("nothing was measured".into()))?;
            Ok(DrawsRow {
                name: String::new(),
                kind: row.kind,
                image_size: size,
                split,
                n: row.metrics.fewest().unwrap_or_default(),
                metrics: row.metrics,
                trained_on: row.trained_on,
                lecture: LectureDraws::of(row.kind),
            })
        })?;
        Ok(DrawsRow { name: entry.name.clone(), ..row })
    }
}
