//! Models of other programs as models that can be asked, and the readings of their files that a person has approved.
//!
//! A file is known by a hash of its content: it is known again in another folder, and nothing is written beside it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::checkpoint::Meta;
use crate::atomic_file::{FileKind, write_atomically};
use crate::config::{DataSource, ImportedConfig, TrainConfig, defaults_of};
use crate::content::length_and_hash;
use crate::error::{Error, Result, without_backtrace};
use crate::latent::statistics;
use crate::models::Model;
use crate::models::imported::{ImportedModel, Recognised, recognise};
use crate::models::inference::decode_floats;
use crate::own_data;
use crate::report::LatentInfo;

/// No file of ours is longer.
const MOST_BYTES: u64 = 1 << 26;
/// Decoding that the effect of each dimension is measured by at most, each time that a model is opened.
const PATIENCE: Duration = Duration::from_millis(1500);

/// An approved reading of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptImport {
    /// The file that is opened; parts of the model may lie in another.
    pub file: PathBuf,
    /// The reading.
    pub config: ImportedConfig,
    /// Its code space as measured on images, if it was.
    pub latent: Option<LatentInfo>,
    /// Images that it was measured on.
    pub data: Option<DataSource>,
}

/// A model of another program with its code space.
pub struct OpenedImport {
    /// Its shape in the program's terms, beside settings that say nothing of it.
    pub meta: Meta,
    /// The space of its codes.
    pub latent: LatentInfo,
    /// The network.
    pub network: Model,
    /// Weights in it.
    pub parameters: usize,
}

/// Opens a file as it was approved, else as it says itself, together with the partner that lies beside it.
///
/// # Errors
/// A file that cannot be read, or is no model of pictures.
pub fn open(path: &Path) -> Result<OpenedImport> {
    let kept = recall(path)?;
    let config = match &kept {
        Some(kept) => kept.config.clone(),
        None => propose(path)?.config,
    };
    let latent = kept.and_then(|kept| kept.latent);
    open_as(&config, latent)
}

/// Opens a model as this reading says.
///
/// * `latent`: its code space, if that was measured; else it is that of N(0, I)
///
/// # Errors
/// As [`open`].
pub fn open_as(config: &ImportedConfig, latent: Option<LatentInfo>) -> Result<OpenedImport> {
    let network = ImportedModel::open(config)?;
    let model = network.shape();
    let parameters = network.parameters();
    let network = Model::Imported(network);
    let latent_dim = model.latent_dim;
    let latent = match latent.filter(|latent| latent.center.len() == latent_dim) {
        Some(latent) => latent,
        None if config.decoder.is_some() => of_prior(&network, latent_dim).map_err(|e| named(e, config))?,
        None => LatentInfo::unmeasured(latent_dim),
    };
    let config = TrainConfig { model: model.clone(), ..defaults_of(model.kind) };
    Ok(OpenedImport { meta: Meta::new(config, 0, String::new()), latent, network, parameters })
}

/// The error with the file that it is about, where layers do not fit each other.
fn named(error: Error, config: &ImportedConfig) -> Error {
    match (error, config.decoder.as_ref()) {
        (Error::Tensor(error), Some(decoder)) => {
            let reason = format!("its layers do not fit each other: {}", without_backtrace(&error));
            Error::file(&decoder.file, reason)
        }
        (error, _) => error,
    }
}

/// The code space N(0, I), with the effects of its dimensions unless these take too long.
fn of_prior(network: &Model, latent_dim: usize) -> Result<LatentInfo> {
    let mut decode = |codes: &[Vec<f32>]| decode_floats(network, codes, latent_dim, &Device::Cpu);
    let begun = Instant::now();
    decode(&[vec![0.0; latent_dim]])?;
    // Two pictures a dimension.
    match begun.elapsed() * 2 * latent_dim as u32 > PATIENCE {
        true => Ok(LatentInfo::unmeasured(latent_dim)),
        false => statistics::of_prior(latent_dim, &mut decode),
    }
}

/// Reads a file as it says itself, together with a partner beside it: `NAME.encoder.onnx` with `NAME.decoder.onnx`,
/// `encoder.pt` with `decoder.pt`, and so on.
///
/// # Errors
/// As [`open`].
pub fn propose(path: &Path) -> Result<Recognised> {
    let alone = recognise(&[path.to_owned()])?;
    if alone.config.encoder.is_some() && alone.config.decoder.is_some() {
        return Ok(alone);
    }
    // A partner that does not fit is no reason to refuse the file.
    let pair = partner(path).and_then(|other| recognise(&[path.to_owned(), other]).ok());
    Ok(pair.unwrap_or(alone))
}

/// The other half of a model, if its name says so and it is there.
fn partner(path: &Path) -> Option<PathBuf> {
    const HALVES: [[&str; 2]; 4] =
        [["encoder", "decoder"], ["encoder", "generator"], ["Encoder", "Decoder"], ["enc", "dec"]];
    let name = path.file_name()?.to_str()?;
    let others = HALVES.iter().flat_map(|[a, b]| [(a, b), (b, a)]);
    let named = others.filter(|(from, _)| name.contains(**from)).map(|(from, to)| name.replace(from, to));
    named.map(|name| path.with_file_name(name)).find(|other| other != path && other.is_file())
}

/// The reading that was approved for a file, if one was.
///
/// # Errors
/// A file that cannot be read.
pub fn recall(path: &Path) -> Result<Option<KeptImport>> {
    let Some(kept) = own_file(path)? else { return Ok(None) };
    let is_ours = std::fs::metadata(&kept).is_ok_and(|about| about.is_file() && about.len() <= MOST_BYTES);
    let text = if is_ours { std::fs::read(&kept).unwrap_or_default() } else { Vec::new() };
    let kept: Option<KeptImport> = serde_json::from_slice(&text).ok();
    let kept = kept.map(|kept| kept.found_at(path)).filter(|kept| kept.config.validate().is_ok());
    // Without the other half it is read anew.
    Ok(kept.filter(|kept| kept.config.files().iter().all(|file| file.is_file())))
}

/// Remembers a reading for its file.
///
/// # Errors
/// A reading that makes no sense, a file that cannot be read or written.
pub fn remember(kept: &KeptImport) -> Result<()> {
    kept.config.validate().map_err(Error::Invalid)?;
    let nowhere = || Error::Invalid("this system says no place for a person's own data".into());
    let file = own_file(&kept.file)?.ok_or_else(nowhere)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    }
    let text = serde_json::to_vec(kept).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomically(&file, FileKind::Own, |out| out.write_all(&text))
}

/// Hash of the content of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn content_hash(path: &Path) -> Result<u64> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let (_, hash) = length_and_hash(file).map_err(Error::io("read", path))?;
    Ok(hash)
}

fn own_file(path: &Path) -> Result<Option<PathBuf>> {
    let Some(folder) = own_data::folder() else { return Ok(None) };
    Ok(Some(folder.join("imports").join(format!("{:016x}.json", content_hash(path)?))))
}

impl KeptImport {
    /// Places of its files, if the first lies here now; the other is looked for beside it where it is not in its place.
    fn found_at(mut self, path: &Path) -> Self {
        let before = std::mem::replace(&mut self.file, path.to_owned());
        let moved = |file: &mut PathBuf| {
            if *file == before {
                path.clone_into(file);
            } else if let (false, Some(name)) = (file.is_file(), file.file_name()) {
                *file = path.with_file_name(name);
            }
        };
        self.config.encoder.iter_mut().for_each(|encoder| moved(&mut encoder.file));
        self.config.decoder.iter_mut().for_each(|decoder| moved(&mut decoder.file));
        self
    }
}
