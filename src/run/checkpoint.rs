//! A checkpoint: one safetensors file with the weights under PyTorch's names, the optimiser's state
//! under `optimizer.*`, what was measured about the code space under `latent.*`, a prior that was learned for the codes
//! under `prior.*` (and what was measured about its noise under `prior.latent.*`), what is remembered of the training
//! images under `data.trained_on`, and everything else as JSON in the file's metadata. Noise and batches depend on
//! seed and step alone, so these are all that a run needs to go on exactly as if it had never stopped, on the same
//! device. On another it goes on from the same numbers, and rounds its sums otherwise.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};

use super::file_header::{read_and_hold, read_header, read_whole};
use super::file_kind::{METADATA_KEY, is_imported};
use crate::atomic_file::{FileKind, write_atomically};
use crate::config::{Change, CodeUnits, FeatureLoss, TrainConfig, check_step};
use crate::data::identity::Naming;
use crate::data::run_folders;
use crate::data::trained_on::{PRINT, TrainedOn};
use crate::error::{Error, Result};
use crate::models::shipped;
use crate::priors::Stored;
use crate::report::{LatentInfo, PixelMetrics, PriorInfo};

/// Before the names of the discriminator's weights.
pub const DISCRIMINATOR: &str = "discriminator";
/// Name of the checkpoint in a run's folder.
pub const FILE_NAME: &str = run_folders::CHECKPOINT;

const FORMAT: u32 = 1;
const OPTIMIZER: &str = "optimizer.";
const LATENT: &str = "latent.";
const PRIOR: &str = "prior.";
const TRAINED_ON: &str = "data.trained_on";

/// Metadata of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of this layout.
    pub format: u32,
    /// The run.
    pub config: TrainConfig,
    /// Updates done.
    pub steps: usize,
    /// [`crate::data::dataset::Dataset::fingerprint`] of the images it was trained on.
    pub data_fingerprint: String,
    /// Naming by which its images were split and put in order.
    #[serde(default)]
    pub naming: Naming,
    /// [`TrainedOn::kind`]; none in files of older versions, which do not remember their training images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<String>,
    /// Images that the code space was measured on.
    pub latent_images: usize,
    /// On the validation images, when they were last looked at.
    pub validation: Option<PixelMetrics>,
    /// Changes up to here while the run went on, in the order of its steps.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// The run that this one was forked from, and after how many of its updates.
    #[serde(default)]
    pub forked_from: Option<(PathBuf, usize)>,
    /// Updates of either network of an adversarial pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<Moves>,
    /// The prior that was learned for its codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorInfo>,
    /// On what it was trained, in the order of the steps; empty in files of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<RanOn>,
}

/// A device that trained a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RanOn {
    /// Updates done before.
    pub step: usize,
    /// As in "CPU".
    pub device: String,
}

/// Updates of either network of an adversarial pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// Of the generator, or of encoder and decoder.
    pub generator: usize,
    /// Of the discriminator.
    pub discriminator: usize,
}

impl Moves {
    /// `steps` updates of both.
    pub fn both(steps: usize) -> Self {
        Self { generator: steps, discriminator: steps }
    }
}

/// A checkpoint's content, and where it lies.
pub enum CheckpointSource {
    /// Inside the program.
    Shipped(&'static [u8]),
    /// In a file, which is still open.
    File(Vec<u8>, File),
}

/// A prior in a checkpoint.
pub struct StoredPrior {
    /// Its tensors.
    pub tensors: Stored,
    /// The space that sliders and draws move in: the noise's, or that of the codes for a prior without noise.
    pub latent: LatentInfo,
}

/// A checkpoint in memory.
pub struct Checkpoint {
    /// Everything else that it says.
    pub meta: Meta,
    /// Weights and running statistics by PyTorch name, as f32.
    pub weights: HashMap<String, Tensor>,
    /// The optimiser's state by its names; empty in a shipped model.
    pub optimizer: HashMap<String, Tensor>,
    /// The code space.
    pub latent: LatentInfo,
    /// The tensors of the prior, and its noise as measured; described by [`Meta::prior`].
    pub prior: Option<StoredPrior>,
    /// The images it was trained on; none if it does not remember them.
    pub trained_on: Option<Arc<TrainedOn>>,
}

impl Meta {
    /// The record of a run that stands at `steps`.
    pub fn new(config: TrainConfig, steps: usize, data_fingerprint: String) -> Self {
        Self {
            format: FORMAT,
            config,
            steps,
            data_fingerprint,
            naming: Naming::Identity,
            trained_on: None,
            latent_images: 0,
            validation: None,
            changes: Vec::new(),
            forked_from: None,
            moves: None,
            prior: None,
            devices: Vec::new(),
        }
    }
}

impl Meta {
    /// Reads it alone, whatever the size of the file.
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_header(&read_header(path)?, path)
    }

    /// From a file's header; `origin` is for messages.
    fn from_header(header: &Metadata, origin: &Path) -> Result<Self> {
        let foreign = |why: String| foreign(origin, &why);
        let json = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get(METADATA_KEY))
            .ok_or_else(|| foreign("it was written by another program".into()))?;
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let Version { format } = serde_json::from_str(json).map_err(|e| foreign(e.to_string()))?;
        if format != FORMAT {
            return Err(foreign(format!(
                "it has format {format}, and this version reads format {FORMAT}; use the version that wrote it"
            )));
        }
        let meta: Meta = serde_json::from_str(json).map_err(|e| foreign(e.to_string()))?;
        let meta = Meta { config: meta.config.without_ignored(), ..meta };
        meta.config.validate().and_then(|()| check_step(meta.steps)).map_err(foreign)?;
        for (change, number) in meta.changes.iter().zip(1..) {
            let named = |reason| foreign(format!("change {number} of its settings: {reason}"));
            change.validate(&meta.config).map_err(named)?;
        }
        Ok(meta)
    }
}

fn foreign(origin: &Path, why: &str) -> Error {
    Error::file(origin, format!("not a checkpoint that Morphospace can read: {why}"))
}

/// In half precision, unless it is small, or has numbers beyond the range of f16, as a running variance can.
fn halved(tensor: &Tensor) -> candle_core::Result<Tensor> {
    let half = tensor.to_dtype(DType::F16)?;
    match tensor.rank() >= 2 && is_finite(&half.to_dtype(DType::F32)?)? {
        true => Ok(half),
        false => Ok(tensor.clone()),
    }
}

impl Checkpoint {
    /// Writes the file of a run, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut tensors: Vec<(String, Tensor)> =
            self.weights.iter().map(|(name, t)| (name.clone(), t.clone())).collect();
        tensors.extend(self.optimizer.iter().map(|(name, t)| (format!("{OPTIMIZER}{name}"), t.clone())));
        self.write_tensors(path, FileKind::Own, tensors, &self.meta)
    }

    /// Writes a model to share: weights as f16 where that holds them, no state of the run nor a discriminator, which
    /// only training needs, and of the data folder and other files their names alone.
    pub fn write_model(&self, path: &Path) -> Result<()> {
        let mut tensors = Vec::with_capacity(self.weights.len());
        for (name, tensor) in self.weights.iter().filter(|(name, _)| !is_training_only(name)) {
            tensors.push((name.clone(), halved(tensor)?));
        }
        let mut meta = Meta { forked_from: None, ..self.meta.clone() };
        let source = meta.config.dataset.source.clone();
        let name = |path: PathBuf| Ok::<_, Error>(path.file_name().unwrap_or_default().into());
        meta.config.dataset.source = source.map_folder(name)?;
        if let FeatureLoss::Inception(path) = &mut meta.config.feature_loss {
            *path = path.file_name().unwrap_or_default().into();
        }
        self.write_tensors(path, FileKind::Model, tensors, &meta)
    }

    /// Adds what both have in common, and writes.
    fn write_tensors(
        &self,
        path: &Path,
        kind: FileKind,
        mut tensors: Vec<(String, Tensor)>,
        meta: &Meta,
    ) -> Result<()> {
        for (name, values) in latent_vectors(&self.latent) {
            if !values.is_empty() {
                tensors.push((format!("{LATENT}{name}"), Tensor::new(values.as_slice(), &Device::Cpu)?));
            }
        }
        if let Some(StoredPrior { tensors: of_prior, latent }) = &self.prior {
            for (name, tensor) in of_prior.iter() {
                // Halved in a model to share, as its weights are.
                let tensor = if kind == FileKind::Model { halved(tensor)? } else { tensor.clone() };
                tensors.push((format!("{PRIOR}{name}"), tensor));
            }
            for (name, values) in latent_vectors(latent) {
                if !values.is_empty() {
                    let tensor = Tensor::new(values.as_slice(), &Device::Cpu)?;
                    tensors.push((format!("{PRIOR}{LATENT}{name}"), tensor));
                }
            }
        }
        if let Some(trained_on) = &self.trained_on {
            let bytes = trained_on.bytes();
            let shape = (bytes.len() / PRINT, PRINT);
            tensors.push((TRAINED_ON.to_owned(), Tensor::from_slice(bytes, shape, &Device::Cpu)?));
        }
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        let known = self.trained_on.as_ref().map(|trained_on| trained_on.kind().to_owned());
        let meta = Meta { latent_images: self.latent.images, trained_on: known, ..meta.clone() };
        let json = serde_json::to_string(&meta).map_err(|e| Error::Invalid(e.to_string()))?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), json)]);
        let bytes = safetensors::serialize(tensors, Some(metadata))
            .map_err(|e| Error::file(path, format!("the checkpoint cannot be put together: {e}")))?;
        write_atomically(path, kind, |file| file.write_all(&bytes))
    }

    /// Reads what a person means by a path: a checkpoint file, the one in a run's folder, or, where there is
    /// neither, the shipped model of that name.
    pub fn open(path: &Path) -> Result<Self> {
        refuse_imported(path)?;
        match shipped_of(path) {
            Some(bytes) => Self::from_bytes(bytes, path),
            None => Self::read(&checkpoint_in(path)?),
        }
    }

    /// The content of the file that [`Checkpoint::open`] would read.
    pub fn content(path: &Path) -> Result<Cow<'static, [u8]>> {
        Ok(match Self::source(path)? {
            CheckpointSource::Shipped(bytes) => bytes.into(),
            CheckpointSource::File(bytes, _) => bytes.into(),
        })
    }

    /// Content that [`Checkpoint::open`] would read, with the file itself.
    pub fn source(path: &Path) -> Result<CheckpointSource> {
        refuse_imported(path)?;
        match shipped_of(path) {
            Some(bytes) => Ok(CheckpointSource::Shipped(bytes)),
            None => {
                read_and_hold(&checkpoint_in(path)?).map(|(bytes, file)| CheckpointSource::File(bytes, file))
            }
        }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_bytes(&read_whole(path)?, path)
    }

    /// Reads the content of a file; `origin` is for messages.
    pub fn from_bytes(bytes: &[u8], origin: &Path) -> Result<Self> {
        let foreign = |why: String| foreign(origin, &why);
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| foreign(e.to_string()))?;
        let meta = Meta::from_header(&header, origin)?;
        let mut weights = HashMap::new();
        let mut optimizer = HashMap::new();
        let (mut latent, mut prior_latent) = (HashMap::new(), HashMap::new());
        let mut prior = Vec::new();
        let mut trained_on = None;
        let tensors =
            candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(|e| foreign(e.to_string()))?;
        for (name, tensor) in tensors {
            if name == TRAINED_ON {
                let bytes = tensor.to_dtype(DType::U8)?.flatten_all()?.to_vec1::<u8>()?;
                let damaged = || foreign(format!("it is damaged: {name} is no list of images"));
                let known = |kind| TrainedOn::from_bytes(kind, &bytes).map(Arc::new).ok_or_else(damaged);
                trained_on = meta.trained_on.clone().map(known).transpose()?;
                continue;
            }
            let tensor = tensor.to_dtype(DType::F32)?;
            if !is_finite(&tensor)? {
                return Err(foreign(format!("it is damaged: {name} holds values that are not numbers")));
            }
            if let Some(name) = name.strip_prefix(OPTIMIZER) {
                optimizer.insert(name.to_owned(), tensor);
            } else if let Some(name) = name.strip_prefix(LATENT) {
                latent.insert(name.to_owned(), tensor.flatten_all()?.to_vec1::<f32>()?);
            } else if let Some(name) = name.strip_prefix(PRIOR) {
                match name.strip_prefix(LATENT) {
                    Some(name) => {
                        prior_latent.insert(name.to_owned(), tensor.flatten_all()?.to_vec1::<f32>()?);
                    }
                    None => prior.push((name.to_owned(), tensor)),
                }
            } else {
                weights.insert(name, tensor);
            }
        }
        let latent = latent_info(latent, &meta).map_err(foreign)?;
        let prior = match &meta.prior {
            None => None,
            Some(info) => {
                let mut latent = latent_info(prior_latent, &meta).map_err(foreign)?;
                if info.has_noise() {
                    latent.units = CodeUnits::Linear;
                }
                latent.images = info.held_out;
                Some(StoredPrior { tensors: prior.into_iter().collect(), latent })
            }
        };
        Ok(Self { meta, weights, optimizer, latent, prior, trained_on })
    }
}

/// Whether a weight is needed only as long as the model is trained.
pub fn is_training_only(name: &str) -> bool {
    name.strip_prefix(DISCRIMINATOR).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether every value of an f32 tensor is a number.
pub fn is_finite(tensor: &Tensor) -> candle_core::Result<bool> {
    // A sum is finite or not as its terms are, but for sums that overflow, which sound weights never do.
    Ok(tensor.abs()?.sum_all()?.to_scalar::<f32>()?.is_finite())
}

fn latent_vectors(info: &LatentInfo) -> [(&'static str, &Vec<f32>); 6] {
    [
        ("center", &info.center),
        ("scale", &info.scale),
        ("effect", &info.effect),
        ("kl", &info.kl),
        ("variance", &info.variance),
        ("inactive", &info.inactive),
    ]
}

/// The code space from the file's vectors; a vector that is absent takes its default.
fn latent_info(mut vectors: HashMap<String, Vec<f32>>, meta: &Meta) -> Result<LatentInfo, String> {
    let latent_dim = meta.config.model.latent_dim;
    if let Some((name, values)) = vectors.iter().find(|(_, v)| v.len() != latent_dim) {
        return Err(format!("latent.{name} has {} numbers instead of {latent_dim}", values.len()));
    }
    let default = LatentInfo::unmeasured(latent_dim);
    let mut take = |name: &str, default: Vec<f32>| vectors.remove(name).unwrap_or(default);
    Ok(LatentInfo {
        center: take("center", default.center),
        scale: take("scale", default.scale),
        effect: take("effect", default.effect),
        kl: take("kl", default.kl),
        variance: take("variance", default.variance),
        inactive: take("inactive", default.inactive),
        units: meta.config.model.code_units,
        images: meta.latent_images,
    })
}

/// Models of other programs are explored, not trained on nor written again.
fn refuse_imported(path: &Path) -> Result<()> {
    if is_imported(path) {
        return Err(Error::file(
            path,
            "a model of another program can be explored and measured; it cannot be trained, given a prior or exported",
        ));
    }
    Ok(())
}

/// The shipped model that a path names, if nothing lies there.
fn shipped_of(path: &Path) -> Option<&'static [u8]> {
    path.to_str().and_then(shipped::bytes).filter(|_| !path.exists())
}

/// The checkpoint that a person means by a path: the file itself, or the one in a run's folder.
///
/// # Errors
/// If nothing lies there and the path is a plain name, which then was meant for a shipped model.
fn checkpoint_in(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        return Ok(path.join(FILE_NAME));
    }
    let is_name =
        path.extension().is_none_or(|ending| ending != "safetensors") && path.components().count() == 1;
    if is_name && !path.exists() {
        return Err(Error::file(
            path,
            format!("there is no such file, nor a {}", shipped::unknown(&path.to_string_lossy())),
        ));
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_half_precision_stay_as_they_are() {
        let matrix = |value: f32| Tensor::from_vec(vec![1.0, value], (1, 2), &Device::Cpu).unwrap();
        assert_eq!(halved(&matrix(0.5)).unwrap().dtype(), DType::F16);
        let far = halved(&matrix(1e5)).unwrap();
        assert_eq!((far.dtype(), far.to_vec2::<f32>().unwrap()), (DType::F32, vec![vec![1.0, 1e5]]));
        let running_var = Tensor::new(&[3f32, 1e6], &Device::Cpu).unwrap();
        assert_eq!(halved(&running_var).unwrap().to_vec1::<f32>().unwrap(), [3.0, 1e6]);
    }
}
