//! Numbers that maps are made of, and those that go beside them.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::config::Split;
use crate::data::cache::vectors::{Vectors, VectorsFile, keep, kept};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::memory;
use crate::metrics::re::mse;
use crate::observer::Observer;
use crate::run::TrainedModel;
use crate::run::checkpoint::Checkpoint;
use crate::run::file_kind::is_imported;
use crate::run::imported::content_hash;

/// Images that go through a model at once.
const BATCH: usize = 64;

/// Images of a data set, and how the cache names what is computed of them.
pub struct Images<'a> {
    pub dataset: &'a Dataset,
    pub indices: &'a [usize],
    pub split: Split,
}

impl Images<'_> {
    /// Part of the data set for the name of a file in the cache.
    pub fn part(&self) -> String {
        match self.indices.len() {
            n if n == self.dataset.indices(self.split).len() => self.split.label().to_owned(),
            n => format!("{} {n}", self.split.label()),
        }
    }

    /// The rows that `compute` makes of some images at a time, out of the cache if they are there.
    fn rows(
        &self,
        what: &str,
        title: &str,
        dim: usize,
        observer: &mut dyn Observer,
        compute: impl Fn(&[ImageBuf]) -> Result<Vec<f32>> + Sync,
    ) -> Result<Vec<f32>> {
        let file = VectorsFile::of_squares(self.dataset, &self.part(), what);
        let (kept, notes) = kept(file.as_ref(), &mut |progress| observer.progress(progress))?;
        notes.iter().for_each(|note| observer.warning(note));
        if let Some(vectors) = kept {
            return Ok(vectors.values);
        }
        let mut pace = ProgressMeter::new(title, self.indices.len(), Instant::now());
        let values = in_pool(|| {
            let mut values = Vec::with_capacity(self.indices.len() * dim);
            for indices in self.indices.chunks(BATCH) {
                if observer.progress(pace.progress(values.len() / dim, Instant::now())).is_break() {
                    return Err(Error::Cancelled);
                }
                let images = indices.iter().map(|index| self.dataset.image(*index));
                values.extend(compute(&images.collect::<Result<Vec<_>>>()?)?);
            }
            Ok(values)
        })?;
        let names = self.indices.iter().map(|index| self.dataset.name(*index).to_owned()).collect();
        let vectors = Vectors { dim, values, names, skipped: Vec::new() };
        keep(file.as_ref(), &vectors).iter().for_each(|note| observer.warning(note));
        Ok(vectors.values)
    }

    /// Pixels of the images, a row each.
    ///
    /// # Errors
    /// More than fit into memory; images that are damaged in the cache.
    pub fn pixels(&self) -> Result<Vec<f32>> {
        let bytes = 8 * 3 * self.dataset.image_size().pow(2) as u64;
        memory::check("images", self.indices.len() as u64, bytes, 0)?;
        let rows: Result<Vec<Vec<f32>>> = self
            .indices
            .par_iter()
            .map(|index| Ok(self.dataset.pixels(*index)?.iter().map(|v| f32::from(*v) / 255.0).collect()))
            .collect();
        Ok(rows?.concat())
    }

    /// Features of the images, a row each.
    pub fn features(&self, extractor: &Extractor, observer: &mut dyn Observer) -> Result<Vec<f32>> {
        let mut watch = |progress| observer.progress(progress);
        // Those of a whole part are kept for the next time.
        if self.part() == self.split.label() {
            return Ok(extractor
                .of_squares(self.dataset, self.split, &mut watch)?
                .features
                .to_f32()
                .into_owned());
        }
        let image = |at: usize| self.dataset.image(self.indices[at]);
        Ok(extractor.of_each(self.indices.len(), image, &mut watch)?.to_f32().into_owned())
    }
}

/// Codes of images, and how far the posterior of each is from the prior.
pub struct Codes {
    /// A row each.
    pub mu: Vec<f32>,
    /// KL to the prior in nats; of variational models.
    pub kl: Option<Vec<f32>>,
}

/// A model with the name of its content in the cache.
pub struct NamedModel {
    pub model: TrainedModel,
    /// For people.
    pub name: String,
    content: u64,
}

impl NamedModel {
    /// A model that was opened from `path`.
    ///
    /// # Errors
    /// A file that is gone.
    pub fn new(model: TrainedModel, path: &Path) -> Result<Self> {
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        let name = name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let content = match is_imported(path) {
            // The same file may be read in several ways.
            true => {
                let reading = serde_json::to_vec(&model.shape().imported).unwrap_or_default();
                content_hash(path)? ^ xxh3_64(&reading)
            }
            false => xxh3_64(&Checkpoint::content(path)?),
        };
        Ok(Self { model, name, content })
    }

    /// Whether it encodes images.
    pub fn has_encoder(&self) -> bool {
        self.model.meta.config.model.kind.has_encoder()
    }

    /// Name of what it computes in the cache.
    pub fn key(&self, what: &str) -> String {
        format!("{what} of {} {:016x}", self.name, self.content)
    }

    /// Codes of images.
    ///
    /// # Errors
    /// As for [`TrainedModel::encode`]; [`Error::Cancelled`].
    pub fn codes(&self, images: &Images<'_>, observer: &mut dyn Observer) -> Result<Codes> {
        let (dim, is_variational) = (self.model.latent_dim(), self.model.is_variational());
        let row = dim + usize::from(is_variational);
        let encode = |images: &[ImageBuf]| {
            let encoded = self.model.encode(images)?;
            let mut rows = Vec::with_capacity(images.len() * row);
            for (at, mu) in encoded.mu.iter().enumerate() {
                rows.extend_from_slice(mu);
                rows.extend(encoded.log_var.as_ref().map(|log_var| kl(mu, &log_var[at])));
            }
            Ok(rows)
        };
        let values = images.rows(&self.key("codes"), "Encoding images", row, observer, encode)?;
        if !is_variational {
            return Ok(Codes { mu: values, kl: None });
        }
        let rows = || values.chunks_exact(row);
        Ok(Codes {
            mu: rows().flat_map(|row| &row[..dim]).copied().collect(),
            kl: Some(rows().map(|row| row[dim]).collect()),
        })
    }

    /// Reconstruction error of images.
    ///
    /// # Errors
    /// As for [`NamedModel::codes`].
    pub fn errors(&self, images: &Images<'_>, observer: &mut dyn Observer) -> Result<Vec<f32>> {
        let measure = |images: &[ImageBuf]| {
            let decoded = self.model.decode(&self.model.encode(images)?.mu)?;
            Ok(images.iter().zip(&decoded).map(|(a, b)| pixel_error(a, b) as f32).collect())
        };
        images.rows(&self.key("reconstruction errors"), "Reconstructing images", 1, observer, measure)
    }
}

/// Mean squared difference of the pixels of two pictures of one size.
pub fn pixel_error(a: &ImageBuf, b: &ImageBuf) -> f64 {
    mse(&a.to_unit_floats(), &b.to_unit_floats())
}

/// KL of a Gaussian to the standard normal one in nats, summed over its numbers.
fn kl(mu: &[f32], log_var: &[f32]) -> f32 {
    let term = |(mu, log_var): (&f32, &f32)| 0.5 * (mu * mu + log_var.exp() - log_var - 1.0);
    mu.iter().zip(log_var).map(term).sum()
}
