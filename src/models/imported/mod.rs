//! Models of other programs: an encoder, a decoder or both, in files of ONNX or PyTorch.
//!
//! [`recognise`] says what a file is, an [`ImportedConfig`] how it is read (a person may correct it), and
//! [`ImportedModel::open`] opens it as that. Nothing in a file is executed but its layers.

mod network;
#[cfg_attr(not(feature = "onnx"), path = "without_onnx.rs")]
mod onnx;
mod pictures;
mod shapes;
mod torch;

use std::path::{Path, PathBuf};

use candle_core::{Result as TensorResult, Tensor, bail};

pub use network::Recognised;

use network::Network;

use super::Posterior;
use crate::config::{
    CodeOutput, DecoderConfig, EncoderConfig, ImportedConfig, ModelConfig, ModelKind, Spread, ValueRange,
    defaults, is_onnx,
};
use crate::error::{Error, Result};

/// A model of another program.
pub struct ImportedModel {
    config: ImportedConfig,
    latent_dim: usize,
    encoder: Option<Box<dyn Network>>,
    decoder: Option<Box<dyn Network>>,
}

/// Endings of files of other programs' models.
pub const MODEL_ENDINGS: [&str; 4] = ["onnx", "pth", "pt", "ckpt"];

/// Whether a file is called as models of other programs are.
pub fn has_model_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    MODEL_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Reads a model, or a pair of a decoder and an encoder, as the files themselves say.
///
/// # Errors
/// Files that cannot be read or are no models of pictures; two that do not belong together.
pub fn recognise(files: &[PathBuf]) -> Result<Recognised> {
    let mut found = Vec::new();
    for file in files {
        found.push((file, recognise_one(file)?));
    }
    let mut found = found.into_iter();
    let (Some((path, first)), second) = (found.next(), found.next()) else {
        return Err(Error::Invalid("no file of a model is given".into()));
    };
    match second {
        None => Ok(first),
        Some((other, second)) => {
            let no_pair =
                |why| Error::file(path, format!("it makes no pair with {}: {why}", other.display()));
            joined(first, second).map(halved).map_err(no_pair)
        }
    }
}

fn recognise_one(file: &Path) -> Result<Recognised> {
    match Source::read(file)? {
        Source::Torch(source) => Ok(source.recognised(file)),
        Source::Onnx(source) => onnx::recognise(&source, file),
    }
}

/// A file that was read.
enum Source {
    Onnx(Box<onnx::OnnxFile>),
    Torch(torch::TorchFile),
}

impl Source {
    fn read(file: &Path) -> Result<Self> {
        match is_onnx(file) {
            true => onnx::OnnxFile::read(file).map(|file| Self::Onnx(Box::new(file))),
            false => torch::TorchFile::read(file).map(Self::Torch),
        }
    }

    /// The halves of a model that lie in this file.
    fn networks(
        &self,
        config: &ImportedConfig,
        encoder: Option<&EncoderConfig>,
        decoder: Option<&DecoderConfig>,
    ) -> Result<[Option<Box<dyn Network>>; 2]> {
        match self {
            Self::Onnx(file) => Ok([
                encoder.map(|encoder| onnx::encoder(file, config, encoder)).transpose()?,
                decoder.map(|decoder| onnx::decoder(file, config, decoder)).transpose()?,
            ]),
            Self::Torch(file) => {
                let [first, second] = file.networks()?;
                let missing =
                    |path: &Path, what: &str| Error::file(path, format!("there is no {what} in it"));
                let encoder = encoder.map(|encoder| first.ok_or_else(|| missing(&encoder.file, "encoder")));
                let decoder = decoder.map(|decoder| second.ok_or_else(|| missing(&decoder.file, "decoder")));
                Ok([encoder.transpose()?, decoder.transpose()?])
            }
        }
    }
}

/// A decoder and an encoder as one model.
fn joined(first: Recognised, second: Recognised) -> Result<Recognised, String> {
    let (a, b) = (&first.config, &second.config);
    if (a.width, a.height, a.channels) != (b.width, b.height, b.channels) {
        return Err(format!(
            "one is for pictures of {}×{} pixels with {} channels, the other of {}×{} with {}",
            a.width, a.height, a.channels, b.width, b.height, b.channels
        ));
    }
    let encoder = match (&a.encoder, &b.encoder) {
        (Some(_), Some(_)) => return Err("both are encoders".into()),
        (encoder, None) | (None, encoder) => encoder.clone(),
    };
    let decoder = match (&a.decoder, &b.decoder) {
        (Some(_), Some(_)) => return Err("both are decoders".into()),
        (decoder, None) | (None, decoder) => decoder.clone(),
    };
    let mut config = ImportedConfig { encoder, decoder, ..first.config.clone() };
    // What a pair was trained on has one range.
    if let (Some(encoder), Some(decoder)) = (&mut config.encoder, &config.decoder) {
        encoder.range = match decoder.range {
            ValueRange::Logits => ValueRange::Unit,
            range => range,
        };
    }
    Ok(Recognised { config, notes: first.notes.into_iter().chain(second.notes).collect() })
}

/// A pair whose encoder gives twice as many numbers as the decoder takes: means, and logarithms of variances after them.
fn halved(pair: Recognised) -> Recognised {
    let Some(CodeOutput::Code(name)) = pair.config.encoder.as_ref().map(|encoder| encoder.code.clone())
    else {
        return pair;
    };
    let mut other = pair.clone();
    if let Some(encoder) = &mut other.config.encoder {
        encoder.code = CodeOutput::Halves(name);
    }
    match ImportedModel::open(&pair.config).is_err() && ImportedModel::open(&other.config).is_ok() {
        true => {
            let note = "The encoder gives twice as many numbers as the decoder takes: means and log σ² one after the other.";
            other.notes.push(note.into());
            other
        }
        false => pair,
    }
}

/// Names of the arrays that the files of the encoder and of the decoder give; none of a state dict, which has no choice.
///
/// # Errors
/// Files that cannot be read.
pub fn outputs(config: &ImportedConfig) -> Result<[Vec<String>; 2]> {
    let encoder = config.encoder.as_ref().map(|encoder| &encoder.file);
    let decoder = config.decoder.as_ref().map(|decoder| &decoder.file);
    let mut outputs = [Vec::new(), Vec::new()];
    for (names, file) in outputs.iter_mut().zip([encoder, decoder]) {
        if let Some(file) = file.filter(|file| is_onnx(file)) {
            *names = onnx::OnnxFile::read(file)?.outputs().into_iter().map(str::to_owned).collect();
        }
    }
    Ok(outputs)
}

impl ImportedModel {
    /// Opens the files as `config` says.
    ///
    /// # Errors
    /// A reading that makes no sense; files that cannot be read or run, or do not fit it.
    pub fn open(config: &ImportedConfig) -> Result<Self> {
        config.validate().map_err(Error::Invalid)?;
        let mut model = Self { config: config.clone(), latent_dim: 0, encoder: None, decoder: None };
        for file in config.files() {
            let encoder = config.encoder.as_ref().filter(|encoder| encoder.file == *file);
            let decoder = config.decoder.as_ref().filter(|decoder| decoder.file == *file);
            let [encoder, decoder] = Source::read(file)?.networks(config, encoder, decoder)?;
            model.encoder = model.encoder.or(encoder);
            model.decoder = model.decoder.or(decoder);
        }
        model.latent_dim = match config.code_numbers() {
            Some(numbers) => numbers,
            None => model.encoded_numbers()?,
        };
        if model.encoder.is_some() && config.decoder.is_some() {
            let numbers = model.encoded_numbers()?;
            if numbers != model.latent_dim {
                let file = config.files()[0];
                return Err(Error::file(
                    file,
                    format!(
                        "its encoder gives codes of {numbers} numbers, its decoder takes codes of {}",
                        model.latent_dim
                    ),
                ));
            }
        }
        Ok(model)
    }

    /// Its shape in the terms of the program's own models.
    pub fn shape(&self) -> ModelConfig {
        let is_gaussian = self.config.encoder.as_ref().is_some_and(|encoder| encoder.code.is_gaussian());
        let kind = match (self.config.encoder.is_some(), is_gaussian) {
            (false, _) => ModelKind::Dcgan,
            (true, true) => ModelKind::Vae,
            (true, false) => ModelKind::Ae,
        };
        ModelConfig {
            kind,
            image_size: self.config.side(),
            latent_dim: self.latent_dim,
            channels: self.config.channels,
            imported: Some(Box::new(self.config.clone())),
            ..defaults().model
        }
    }

    /// Numbers that it has learned.
    pub fn parameters(&self) -> usize {
        self.encoder.iter().chain(&self.decoder).map(|network| network.parameters()).sum()
    }

    /// Channels of its pictures.
    pub fn channels(&self) -> usize {
        self.config.channels
    }

    /// Images as it sees them, see [`pictures::frame`].
    pub fn frame(&self, images: &Tensor) -> TensorResult<Tensor> {
        pictures::frame(images, &self.config)
    }

    /// (n, side, side, 3) or (n, height, width, 3) in [0, 1] to codes.
    pub fn encode(&self, images: &Tensor) -> TensorResult<Posterior> {
        let (Some(network), Some(encoder)) = (&self.encoder, &self.config.encoder) else {
            bail!("this model has no encoder");
        };
        let array = pictures::to_array(&self.frame(images)?, &self.config, encoder.range)?;
        let mut outputs = network.run(&array)?.into_iter().map(|output| output.flatten_from(1));
        let mut next =
            || outputs.next().unwrap_or_else(|| bail!("the encoder gives fewer arrays than it should"));
        Ok(match &encoder.code {
            CodeOutput::Code(_) => Posterior { mu: next()?, log_var: None },
            CodeOutput::Gaussian { kind, .. } => {
                let (mu, spread) = (next()?, next()?);
                Posterior { mu, log_var: Some(log_var(&spread, *kind)?) }
            }
            CodeOutput::Halves(_) => {
                let both = next()?;
                let half = both.dim(1)? / 2;
                let part = |at: usize| both.narrow(1, at, half)?.contiguous();
                Posterior { mu: part(0)?, log_var: Some(part(half)?) }
            }
        })
    }

    /// (n, latent_dim) to (n, height, width, 3) in [0, 1].
    pub fn decode(&self, codes: &Tensor) -> TensorResult<Tensor> {
        let (Some(network), Some(decoder)) = (&self.decoder, &self.config.decoder) else {
            bail!("this model has no decoder: its codes cannot be turned into pictures");
        };
        let sides: Vec<usize> =
            [codes.dim(0)?].into_iter().chain(decoder.code_shape.iter().copied()).collect();
        let outputs = network.run(&codes.reshape(sides)?)?;
        match outputs.first() {
            Some(array) => pictures::from_array(array, &self.config, decoder.range),
            None => bail!("the decoder gives no array"),
        }
    }

    /// Rows of the decoder's first linear layer, each as long as its codes; none where it begins otherwise.
    ///
    /// # Errors
    /// A file that cannot be read again.
    pub fn first_layer(&self) -> Result<Option<Vec<f32>>> {
        let Some(decoder) = &self.config.decoder else { return Ok(None) };
        match Source::read(&decoder.file)? {
            Source::Torch(file) => file.first_layer(),
            Source::Onnx(file) => Ok(onnx::first_layer(&file, decoder)),
        }
    }

    /// Numbers of the codes that the encoder gives for a grey picture.
    fn encoded_numbers(&self) -> Result<usize> {
        let sides = (1, self.config.height, self.config.width, 3);
        let grey = Tensor::full(0.5f32, sides, &candle_core::Device::Cpu)?;
        Ok(self.encode(&grey)?.mu.dim(1)?)
    }
}

/// Natural logarithm of the variance.
fn log_var(spread: &Tensor, kind: Spread) -> TensorResult<Tensor> {
    /// Below it a variance is no number of single precision.
    const LEAST: f32 = 1e-30;
    match kind {
        Spread::LogVariance => Ok(spread.clone()),
        Spread::LogDeviation => spread.affine(2.0, 0.0),
        Spread::Variance => spread.clamp(LEAST, f32::MAX)?.log(),
        Spread::Deviation => spread.sqr()?.clamp(LEAST, f32::MAX)?.log(),
    }
}
