//! A run as it stands, to be looked at: what the model makes of pictures and codes at this moment. Batch
//! norm uses its running statistics, and nothing here changes the run.

use candle_core::{Device, Tensor};

use crate::config::{Likelihood, ModelConfig, Noise};
use crate::data::corruption::{corrupt_measured, corrupted};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::latent::statistics::Encoded;
use crate::measure::validate::{BATCH, seen};
use crate::models::Model;
use crate::models::inference::{decode_floats, extend_encoded};

/// Snapshot of a run that is looked at.
pub(super) struct Snapshot<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its shape.
    pub config: &'a ModelConfig,
    /// Where the images are.
    pub dataset: &'a Dataset,
    /// The images that are looked at, always the same.
    pub shown: &'a [usize],
    /// Reconstruction term of its loss.
    pub likelihood: Likelihood,
    /// Noise on what the model is given; a picture's depends on its number alone.
    pub noise: Option<Noise>,
    /// Of fixed draws.
    pub seed: u64,
    /// Updates done.
    pub step: usize,
    /// Where the model is.
    pub device: &'a Device,
}

impl Snapshot<'_> {
    /// Images of the data set as plain data.
    pub fn images(&self, indices: &[usize]) -> Result<Vec<ImageBuf>> {
        indices.iter().map(|&index| self.dataset.image(index)).collect()
    }

    /// Pictures as the model is given them; `first` is the number of the first one.
    pub fn given(&self, pictures: &[ImageBuf], first: usize) -> Result<Vec<ImageBuf>> {
        let given = |(number, picture): (usize, &ImageBuf)| match self.noise {
            None => Ok(picture.clone()),
            Some(noise) => corrupted(picture, noise, number),
        };
        (first..).zip(pictures).map(given).collect()
    }

    /// Codes of pictures as they were [given](Self::given): `mu` for a variational model.
    pub fn codes(&self, given: &[ImageBuf]) -> Result<Vec<Vec<f32>>> {
        let size = self.config.image_size;
        let mut encoded = Encoded { mu: Vec::new(), log_var: None };
        for pictures in given.chunks(BATCH) {
            let pixels: Vec<f32> = pictures.iter().flat_map(ImageBuf::to_unit_floats).collect();
            let batch = Tensor::from_vec(pixels, (pictures.len(), size, size, 3), self.device)?;
            extend_encoded(&mut encoded, self.model, &batch)?;
        }
        Ok(encoded.mu)
    }

    /// Codes of images of the data set, which are numbered from 0.
    pub fn encoded(&self, indices: &[usize]) -> Result<Encoded> {
        let log_var = self.config.kind.is_variational().then(Vec::new);
        let mut encoded = Encoded { mu: Vec::new(), log_var };
        for (batch, indices) in indices.chunks(BATCH).enumerate() {
            let first = batch * BATCH;
            let mut images = seen(self.model, self.dataset, indices, (self.likelihood, first), self.device)?;
            if let Some(noise) = self.noise {
                let mut pixels = images.flatten_all()?.to_vec1::<f32>()?;
                corrupt_measured(&mut pixels, self.config.image_size.pow(2) * 3, noise, first);
                images = Tensor::from_vec(pixels, images.shape(), self.device)?;
            }
            extend_encoded(&mut encoded, self.model, &images)?;
        }
        Ok(encoded)
    }

    /// Pictures of codes.
    pub fn pictures(&self, codes: &[Vec<f32>]) -> Result<Vec<ImageBuf>> {
        let size = self.config.image_size;
        let picture = |values: Vec<f32>| {
            ImageBuf::from_unit_floats(size, size, &values)
                .ok_or_else(|| Error::Invalid("the decoder gave a picture of the wrong size".into()))
        };
        let pictures = decode_floats(self.model, codes, self.config.latent_dim, self.device)?;
        pictures.into_iter().map(picture).collect()
    }
}
