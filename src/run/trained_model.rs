//! A model that is ready to be asked: plain data in, plain data out.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Device, Tensor};

use super::checkpoint::{Checkpoint, Meta, StoredPrior, is_training_only};
use super::file_kind::is_imported;
use super::imported::{self, OpenedImport};
use crate::config::{DataSource, MOST_SOLVER_STEPS, ModelConfig};
use crate::crop::Crop;
use crate::data::dataset::Dataset;
use crate::data::trained_on::TrainedOn;
use crate::error::{Error, Result, without_backtrace};
use crate::image_buf::ImageBuf;
use crate::latent::sampling;
use crate::latent::statistics::Encoded;
use crate::models::Model;
use crate::models::inference::{decode_floats, extend_encoded};
use crate::nn::Parameters;
use crate::priors::Prior;
use crate::report::LatentInfo;
use crate::resample::crop_resize;

/// Images that go through the network at once.
const BATCH: usize = 64;

/// A model with the weights of a checkpoint.
///
/// Whoever draws, slides and walks moves *points*: its codes, or, where a [prior](Prior) that has noise was learned for
/// them, that noise.
pub struct TrainedModel {
    /// Its checkpoint's metadata: how it came to be.
    pub meta: Meta,
    /// The space of its points.
    pub latent: LatentInfo,
    /// Weights in it.
    pub parameters: usize,
    /// The images it was trained on; none if it does not remember them.
    pub trained_on: Option<Arc<TrainedOn>>,
    network: Model,
    /// The space of its codes.
    code_space: LatentInfo,
    prior: Option<Prior>,
    /// Of a flow's solver.
    solver_steps: AtomicUsize,
    last_point: Mutex<Option<SolvedPoint>>,
    device: Device,
}

/// The point whose code was asked for last.
struct SolvedPoint {
    point: Vec<f32>,
    /// Steps of the solver.
    steps: usize,
    code: Vec<f32>,
}

impl TrainedModel {
    /// Opens a checkpoint file, the one in a run's folder, the shipped model of that name, or a
    /// [model of another program](is_imported).
    pub fn open(path: &Path, device: &Device) -> Result<Self> {
        match is_imported(path) {
            true => imported::open(path).map(Self::from_import),
            false => Self::from_checkpoint(Checkpoint::open(path)?, path, device),
        }
    }

    /// A model of another program, which runs on the processor.
    pub fn from_import(opened: OpenedImport) -> Self {
        let OpenedImport { meta, latent, network, parameters } = opened;
        Self {
            parameters,
            meta,
            code_space: latent.clone(),
            latent,
            trained_on: None,
            network,
            prior: None,
            solver_steps: AtomicUsize::new(1),
            last_point: Mutex::new(None),
            device: Device::Cpu,
        }
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
        let network = Model::new(&checkpoint.meta.config.model, tensors.var_builder()).map_err(unfit)?;
        let Checkpoint { meta, latent, prior, trained_on, .. } = checkpoint;
        let mut model = Self {
            parameters,
            meta,
            code_space: latent.clone(),
            latent,
            trained_on,
            network,
            prior: None,
            solver_steps: AtomicUsize::new(1),
            last_point: Mutex::new(None),
            device: device.clone(),
        };
        if let (Some(info), Some(StoredPrior { tensors, latent })) = (&model.meta.prior, prior) {
            let dim = model.latent_dim();
            model.prior = Some(Prior::load(&tensors, info, dim, device).map_err(unfit)?);
            model.solver_steps = AtomicUsize::new(info.solver_steps.clamp(1, MOST_SOLVER_STEPS));
            model.latent = latent;
        }
        Ok(model)
    }

    /// Solves a flow in so many steps from now on.
    pub fn solve_in(&self, steps: usize) {
        self.solver_steps.store(steps, Ordering::Relaxed);
    }

    /// `count` points drawn from its prior; point `i` depends on the seed and `i` alone.
    pub fn sample(&self, count: usize, seed: u64) -> Result<Vec<Vec<f32>>> {
        match &self.prior {
            Some(prior) => {
                let spread = self.meta.prior.as_ref().map(|info| info.spread(self.latent_dim()));
                prior.sample(&spread.unwrap_or_default(), count, seed)
            }
            None => Ok(sampling::sample(&self.latent, count, seed)),
        }
    }

    /// The points of codes.
    pub fn points_of(&self, codes: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        match &self.prior {
            Some(prior) => prior.noise_of(&codes, self.solver_steps.load(Ordering::Relaxed)),
            None => Ok(codes),
        }
    }

    /// The codes of points.
    pub fn codes_of(&self, points: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        match &self.prior {
            Some(prior) => prior.codes_of(points, self.solver_steps.load(Ordering::Relaxed)),
            None => Ok(points.to_vec()),
        }
    }

    /// A code with each of some offsets added, kept in the range of the units.
    ///
    /// # Errors
    /// Codes or offsets of another length.
    pub fn edited(&self, code: &[f32], offsets: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        offsets.iter().map(Vec::as_slice).chain([code]).try_for_each(|row| self.check_length(row))?;
        let units = self.code_space.units;
        let moved = |offset: &Vec<f32>| code.iter().zip(offset).map(|(z, by)| units.clamp(z + by)).collect();
        Ok(offsets.iter().map(moved).collect())
    }

    /// Pictures of points, with this added to the code of each; nothing, if it is empty.
    ///
    /// # Errors
    /// As of [`TrainedModel::edited`].
    pub fn decode_shifted(&self, points: &[Vec<f32>], shift: &[f32]) -> Result<Vec<ImageBuf>> {
        if shift.is_empty() {
            return self.decode_points(points);
        }
        let units = self.code_space.units;
        self.check_length(shift)?;
        let mut codes = self.codes_of(points)?;
        for code in &mut codes {
            code.iter_mut().zip(shift).for_each(|(z, by)| *z = units.clamp(*z + by));
        }
        self.decode(&codes)
    }

    fn check_length(&self, row: &[f32]) -> Result<()> {
        if row.len() == self.latent_dim() {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "this model's codes have {} numbers; {} cannot be one, nor be added to one",
            self.latent_dim(),
            row.len()
        )))
    }

    /// The code of a point. While directions move the point stays: its code is found once.
    ///
    /// # Errors
    /// A prior that fails.
    pub fn code_of_point(&self, point: &[f32]) -> Result<Vec<f32>> {
        if self.prior.is_none() {
            return Ok(point.to_vec());
        }
        let steps = self.solver_steps.load(Ordering::Relaxed);
        let mut last = self.last_point.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*last
            && (known.point.as_slice(), known.steps) == (point, steps)
        {
            return Ok(known.code.clone());
        }
        let code = self.codes_of(&[point.to_vec()])?.concat();
        *last = Some(SolvedPoint { point: point.to_vec(), steps, code: code.clone() });
        Ok(code)
    }

    /// The space of its codes: where a prior without noise was learned for them or none at all, that of its points.
    pub fn code_space(&self) -> &LatentInfo {
        &self.code_space
    }

    /// Pictures of points.
    pub fn decode_points(&self, points: &[Vec<f32>]) -> Result<Vec<ImageBuf>> {
        self.decode(&self.codes_of(points)?)
    }

    /// Number of some images of a data set that it was trained on; none if that cannot be told.
    ///
    /// # Errors
    /// If one is damaged in the cache.
    pub fn trained_on_of(&self, dataset: &Dataset, indices: &[usize]) -> Result<Option<usize>> {
        self.trained_on.as_ref().map_or(Ok(None), |known| known.count(dataset, indices))
    }

    /// The pictures that it was trained on, if those of `data` are of another kind.
    pub fn foreign_to(&self, data: &DataSource) -> Option<DataSource> {
        let own = &self.meta.config.dataset.source;
        // Of a model of another program nobody knows.
        (self.shape().imported.is_none() && own.is_foreign_to(data)).then(|| own.clone())
    }

    /// The network.
    pub fn network(&self) -> &Model {
        &self.network
    }

    /// Device that its weights are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Its shape.
    pub fn shape(&self) -> &ModelConfig {
        &self.meta.config.model
    }

    /// Side of its images in pixels, or of the square around them.
    pub fn image_size(&self) -> usize {
        self.shape().image_size
    }

    /// Numbers in its codes, and in its points.
    pub fn latent_dim(&self) -> usize {
        self.shape().latent_dim
    }

    /// The part of a photo as the model sees it: a square of its size, or what a model without colours or of another
    /// shape has left of that.
    pub fn seen(&self, photo: &ImageBuf, crop: Crop) -> Result<ImageBuf> {
        let square = crop_resize(photo, crop, self.image_size());
        if self.shape().imported.is_none() && self.shape().channels == 3 {
            return Ok(square);
        }
        let size = self.image_size();
        let square = Tensor::from_vec(square.to_unit_floats(), (1, size, size, 3), &self.device)?;
        self.picture(self.network.frame(&square)?.flatten_all()?.to_vec1()?)
    }

    /// Codes of images, which must be squares of the model's size or pictures as it [sees](TrainedModel::seen) them.
    ///
    /// # Errors
    /// A model without an encoder; pictures of another size.
    pub fn encode(&self, images: &[ImageBuf]) -> Result<Encoded> {
        self.check_encoder()?;
        let size = self.image_size();
        let (width, height) = self.shape().picture_size();
        let fits =
            |image: &ImageBuf| [(size, size), (width, height)].contains(&(image.width(), image.height()));
        if let Some(image) = images.iter().find(|image| !fits(image)) {
            return Err(Error::Invalid(format!(
                "this model takes pictures of {width}×{height} pixels, not {}×{}",
                image.width(),
                image.height()
            )));
        }
        let mut encoded = Encoded { mu: Vec::new(), log_var: self.is_variational().then(Vec::new) };
        let sides = |image: &ImageBuf| (image.width(), image.height());
        for images in images.chunk_by(|a, b| sides(a) == sides(b)).flat_map(|same| same.chunks(BATCH)) {
            let pixels: Vec<f32> = images.iter().flat_map(ImageBuf::to_unit_floats).collect();
            let (width, height) = sides(&images[0]);
            let batch = Tensor::from_vec(pixels, (images.len(), height, width, 3), &self.device)?;
            extend_encoded(&mut encoded, &self.network, &batch)?;
        }
        Ok(encoded)
    }

    /// Pictures of codes, each `latent_dim` long.
    pub fn decode(&self, codes: &[Vec<f32>]) -> Result<Vec<ImageBuf>> {
        self.check_decoder()?;
        decode_floats(&self.network, codes, self.latent_dim(), &self.device)?
            .into_iter()
            .map(|values| self.picture(values))
            .collect()
    }

    fn picture(&self, values: Vec<f32>) -> Result<ImageBuf> {
        let (width, height) = self.shape().picture_size();
        ImageBuf::from_unit_floats(width, height, &values)
            .ok_or_else(|| Error::Invalid("the decoder gave a picture of the wrong size".into()))
    }

    /// Says in a sentence that it cannot take photos, if so.
    fn check_encoder(&self) -> Result<()> {
        if self.shape().kind.has_encoder() {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "{} has no encoder: it draws new pictures and cannot take photos",
            self.shape().with_article()
        )))
    }

    /// Says in a sentence that it cannot give pictures, if so.
    fn check_decoder(&self) -> Result<()> {
        if self.shape().has_decoder() {
            return Ok(());
        }
        Err(Error::Invalid(
            "this encoder came without a decoder: its codes can be mapped and written, not turned into pictures; open \
             both files together"
                .into(),
        ))
    }

    /// Whether it draws new images: its kind is trained to, or it has learned a prior.
    pub fn draws(&self) -> bool {
        self.prior.is_some() || (self.shape().kind.is_generative() && self.shape().has_decoder())
    }

    /// Whether its codes are distributions.
    pub fn is_variational(&self) -> bool {
        self.meta.config.model.kind.is_variational()
    }
}
