//! A model that is ready to be asked: plain data in, plain data out.

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::checkpoint::{Checkpoint, Meta, is_training_only};
use super::report::ValidationReport;
use super::validate::{self, Given};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result, without_backtrace};
use crate::image_buf::ImageBuf;
use crate::latent::info::LatentInfo;
use crate::latent::statistics::Encoded;
use crate::models::Model;
use crate::nn::Parameters;

/// Images that go through the network at once.
const BATCH: usize = 64;

/// A model with the weights of a checkpoint.
pub struct TrainedModel {
    /// How it came to be.
    pub meta: Meta,
    /// Its code space.
    pub latent: LatentInfo,
    /// Weights in it.
    pub parameters: usize,
    model: Model,
    device: Device,
}

impl TrainedModel {
    /// Opens a checkpoint file, the one in a run's folder, or the shipped model of that name.
    pub fn open(path: &Path, device: &Device) -> Result<Self> {
        Self::from_checkpoint(Checkpoint::open(path)?, path, device)
    }

    /// Opens the content of a checkpoint file; `origin` is for messages.
    pub fn from_bytes(bytes: &[u8], origin: &Path, device: &Device) -> Result<Self> {
        Self::from_checkpoint(Checkpoint::from_bytes(bytes, origin)?, origin, device)
    }

    fn from_checkpoint(checkpoint: Checkpoint, origin: &Path, device: &Device) -> Result<Self> {
        let unfit = |e: candle_core::Error| {
            let reason = without_backtrace(&e);
            Error::file(origin, format!("its tensors do not fit the model that it names: {reason}"))
        };
        let counts = |name: &str| !name.contains(".running_") && !is_training_only(name);
        let learned = checkpoint.weights.iter().filter(|(name, _)| counts(name));
        let parameters = learned.map(|(_, tensor)| tensor.elem_count()).sum();
        let tensors = Parameters::frozen(checkpoint.weights, device);
        let model = Model::new(&checkpoint.meta.config.model, tensors.var_builder()).map_err(unfit)?;
        Ok(Self {
            parameters,
            meta: checkpoint.meta,
            latent: checkpoint.latent,
            model,
            device: device.clone(),
        })
    }

    /// Side of its images in pixels.
    pub fn image_size(&self) -> usize {
        self.meta.config.model.image_size
    }

    /// Numbers in its codes.
    pub fn latent_dim(&self) -> usize {
        self.meta.config.model.latent_dim
    }

    /// Codes of images, which must be squares of the model's size.
    ///
    /// # Errors
    /// A model without an encoder; pictures of another size.
    pub fn encode(&self, images: &[ImageBuf]) -> Result<Encoded> {
        self.check_encoder()?;
        let size = self.image_size();
        if let Some(image) = images.iter().find(|i| i.width() != size || i.height() != size) {
            return Err(Error::Invalid(format!(
                "this model takes pictures of {size}×{size} pixels, not {}×{}",
                image.width(),
                image.height()
            )));
        }
        let mut encoded = Encoded { mu: Vec::new(), log_var: self.is_variational().then(Vec::new) };
        for images in images.chunks(BATCH) {
            let pixels: Vec<f32> = images.iter().flat_map(ImageBuf::to_unit_floats).collect();
            let batch = Tensor::from_vec(pixels, (images.len(), size, size, 3), &self.device)?;
            extend_encoded(&mut encoded, &self.model, &batch)?;
        }
        Ok(encoded)
    }

    /// Pictures of codes, each `latent_dim` long.
    pub fn decode(&self, codes: &[Vec<f32>]) -> Result<Vec<ImageBuf>> {
        let size = self.image_size();
        let picture = |values: Vec<f32>| {
            ImageBuf::from_unit_floats(size, size, &values)
                .ok_or_else(|| Error::Invalid("the decoder gave a picture of the wrong size".into()))
        };
        decode_floats(&self.model, codes, self.latent_dim(), &self.device)?.into_iter().map(picture).collect()
    }

    /// Loss terms and pixel metrics of the mean reconstructions of some of a data set's images; none if
    /// there are none. `keep_going` is told how many are done and may end it with `false`.
    pub fn measure(
        &self,
        dataset: &Dataset,
        indices: &[usize],
        given: Given,
        keep_going: &mut (dyn FnMut(usize) -> bool + Send),
    ) -> Result<Option<ValidationReport>> {
        self.check_encoder()?;
        validate::measure(&self.model, dataset, indices, given, &self.device, keep_going)
    }

    /// Says in a sentence that it cannot take photos, if so.
    fn check_encoder(&self) -> Result<()> {
        let kind = self.meta.config.model.kind;
        if kind.has_encoder() {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "{} has no encoder: it draws new pictures and cannot take photos",
            kind.with_article()
        )))
    }

    /// Whether its codes are distributions.
    pub fn is_variational(&self) -> bool {
        self.meta.config.model.kind.is_variational()
    }
}

/// Encodes a batch (n, size, size, 3) and appends its codes.
pub(super) fn extend_encoded(encoded: &mut Encoded, model: &Model, batch: &Tensor) -> Result<()> {
    let posterior = model.encode(batch)?;
    encoded.mu.extend(posterior.mu.to_dtype(DType::F32)?.to_vec2::<f32>()?);
    if let (Some(all), Some(log_var)) = (&mut encoded.log_var, &posterior.log_var) {
        all.extend(log_var.to_dtype(DType::F32)?.to_vec2::<f32>()?);
    }
    Ok(())
}

/// Decodes codes to float pictures (height × width × RGB, in [0, 1]), some at a time.
pub(super) fn decode_floats(
    model: &Model,
    codes: &[Vec<f32>],
    latent_dim: usize,
    device: &Device,
) -> Result<Vec<Vec<f32>>> {
    if let Some(code) = codes.iter().find(|c| c.len() != latent_dim) {
        return Err(Error::Invalid(format!(
            "this model's codes have {latent_dim} numbers, not {}",
            code.len()
        )));
    }
    let mut pictures = Vec::with_capacity(codes.len());
    for codes in codes.chunks(BATCH) {
        let batch = Tensor::from_vec(codes.concat(), (codes.len(), latent_dim), device)?;
        pictures.extend(model.decode(&batch)?.flatten_from(1)?.to_vec2::<f32>()?);
    }
    Ok(pictures)
}
