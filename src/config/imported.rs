//! A model of another program: its files, the arrays in them, and the meaning of their numbers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The most pixels on a side of an imported model's pictures.
pub const MOST_SIDE: usize = 2048;

/// Reading of a model of another program. It has an encoder, a decoder or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedConfig {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// 3 for colour, 1 for grey.
    pub channels: usize,
    /// Order of a picture's numbers.
    pub layout: PictureLayout,
    /// From pictures to codes.
    pub encoder: Option<EncoderConfig>,
    /// From codes to pictures.
    pub decoder: Option<DecoderConfig>,
}

/// An encoder in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// The file.
    pub file: PathBuf,
    /// Name of the array that takes pictures.
    pub input: String,
    /// Range of its numbers.
    pub range: ValueRange,
    /// Arrays that give codes.
    pub code: CodeOutput,
    /// Inputs beside the picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<ExtraInput>,
}

/// A decoder or generator in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecoderConfig {
    /// The file.
    pub file: PathBuf,
    /// Name of the array that takes codes.
    pub input: String,
    /// Sides of one code, as in 100 or 100 × 1 × 1.
    pub code_shape: Vec<usize>,
    /// Name of the array that gives pictures.
    pub output: String,
    /// Range of its numbers.
    pub range: ValueRange,
    /// Inputs beside the code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<ExtraInput>,
}

/// Order of the numbers of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PictureLayout {
    /// (n, channels, height, width), as PyTorch has it.
    ChannelsFirst,
    /// (n, height, width, channels), as TensorFlow has it.
    ChannelsLast,
    /// (n, numbers): channel by channel, then row by row.
    Flat,
}

impl PictureLayout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::ChannelsFirst, Self::ChannelsLast, Self::Flat];

    /// Name, as in "NCHW".
    pub fn label(self) -> &'static str {
        match self {
            Self::ChannelsFirst => "NCHW",
            Self::ChannelsLast => "NHWC",
            Self::Flat => "flat",
        }
    }
}

/// Range of the numbers of a picture, from black to white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueRange {
    /// 0 to 1, as a sigmoid ends.
    Unit,
    /// −1 to 1, as tanh ends.
    Signed,
    /// 0 to 255.
    Bytes,
    /// Any number, of which the sigmoid is the picture.
    Logits,
    /// 0 to 1, less ImageNet's mean and divided by its standard deviation, as torchvision's networks are given it.
    ImageNet,
}

impl ValueRange {
    /// Ranges that a decoder may have.
    pub const ALL: [Self; 5] = [Self::Unit, Self::Signed, Self::Bytes, Self::Logits, Self::ImageNet];
    /// Ranges that an encoder may have.
    pub const OF_INPUTS: [Self; 4] = [Self::Unit, Self::Signed, Self::Bytes, Self::ImageNet];

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Signed => "signed",
            Self::Bytes => "bytes",
            Self::Logits => "logits",
            Self::ImageNet => "image-net",
        }
    }

    /// Name, as in "0 … 1".
    pub fn label(self) -> &'static str {
        match self {
            Self::Unit => "0 … 1",
            Self::Signed => "−1 … 1",
            Self::Bytes => "0 … 255",
            Self::Logits => "logits",
            Self::ImageNet => "ImageNet’s",
        }
    }
}

/// Arrays in which an encoder gives codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeOutput {
    /// The code itself.
    Code(String),
    /// Mean and spread of q(z|x).
    Gaussian {
        /// The mean.
        mu: String,
        /// The spread.
        spread: String,
        /// Meaning of its numbers.
        kind: Spread,
    },
    /// One array, in which the mean is followed by the logarithm of the variance.
    Halves(String),
}

impl CodeOutput {
    /// Names of the arrays, that of the code or mean first.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Code(name) | Self::Halves(name) => vec![name],
            Self::Gaussian { mu, spread, .. } => vec![mu, spread],
        }
    }

    /// Whether codes are distributions.
    pub fn is_gaussian(&self) -> bool {
        !matches!(self, Self::Code(_))
    }
}

impl Spread {
    /// Every meaning.
    pub const ALL: [Self; 4] = [Self::LogVariance, Self::Deviation, Self::LogDeviation, Self::Variance];

    /// Name, as in "log σ²".
    pub fn label(self) -> &'static str {
        match self {
            Self::LogVariance => "log σ²",
            Self::Deviation => "σ",
            Self::LogDeviation => "log σ",
            Self::Variance => "σ²",
        }
    }
}

/// Meaning of the numbers that say how wide q(z|x) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// log σ²
    LogVariance,
    /// σ
    Deviation,
    /// log σ
    LogDeviation,
    /// σ²
    Variance,
}

/// An input beside code or picture, which is given the same numbers each time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtraInput {
    /// Name of the array.
    pub name: String,
    /// Its sides for one picture.
    pub shape: Vec<usize>,
    /// Meaning of its numbers.
    pub kind: ExtraKind,
    /// The class, the seed of the noise, or the number itself.
    pub value: f64,
}

/// Meaning of the numbers of an input beside code or picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtraKind {
    /// A vector with a 1 at the class, 0 elsewhere.
    OneHot,
    /// The number of the class.
    Label,
    /// Draws from N(0, 1).
    Noise,
    /// One number everywhere.
    Constant,
}

impl ExtraKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::OneHot, Self::Label, Self::Noise, Self::Constant];

    /// Name, as in "class".
    pub fn label(self) -> &'static str {
        match self {
            Self::OneHot => "class, one-hot",
            Self::Label => "class number",
            Self::Noise => "noise, by its seed",
            Self::Constant => "one number",
        }
    }
}

impl ExtraInput {
    /// Numbers for one picture.
    pub fn numbers(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Whether a file is called as those of ONNX are; other files of models are read as tensors.
pub(crate) fn is_onnx(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

impl ImportedConfig {
    /// Numbers of a code; none for an encoder alone, whose file says it.
    pub fn code_numbers(&self) -> Option<usize> {
        self.decoder.as_ref().map(|decoder| decoder.code_shape.iter().product())
    }

    /// Numbers of a picture.
    pub fn picture_numbers(&self) -> usize {
        self.width * self.height * self.channels
    }

    /// Side of the square around its pictures in pixels.
    pub fn side(&self) -> usize {
        self.width.max(self.height)
    }

    /// Whether gradients go through its decoder: through layers of the program's own, not through the runtime of ONNX.
    pub fn has_gradients(&self) -> bool {
        self.decoder.as_ref().is_some_and(|decoder| !is_onnx(&decoder.file))
    }

    /// Files that it is in, each once.
    pub fn files(&self) -> Vec<&PathBuf> {
        let encoder = self.encoder.iter().map(|encoder| &encoder.file);
        let mut files: Vec<&PathBuf> = encoder.chain(self.decoder.iter().map(|d| &d.file)).collect();
        files.dedup();
        files
    }

    /// Files that it is in, each as often as it is named, to be named anew.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let encoder = self.encoder.iter_mut().map(|encoder| &mut encoder.file);
        encoder.chain(self.decoder.iter_mut().map(|decoder| &mut decoder.file))
    }

    /// Takes codes by another input of the decoder; the one before is given noise.
    pub fn take_codes_by(&mut self, name: &str) {
        let Some(decoder) = &mut self.decoder else { return };
        let Some(at) = decoder.extra.iter().position(|extra| extra.name == name) else { return };
        let chosen = decoder.extra.remove(at);
        let before = ExtraInput {
            name: std::mem::replace(&mut decoder.input, chosen.name),
            shape: std::mem::replace(&mut decoder.code_shape, chosen.shape),
            kind: ExtraKind::Noise,
            value: 0.0,
        };
        decoder.extra.insert(at, before);
    }

    /// Inputs beside codes and pictures.
    pub fn extra(&self) -> impl Iterator<Item = &ExtraInput> {
        let encoder = self.encoder.iter().flat_map(|encoder| &encoder.extra);
        encoder.chain(self.decoder.iter().flat_map(|decoder| &decoder.extra))
    }

    /// [`ImportedConfig::extra`], to be changed.
    pub fn extra_mut(&mut self) -> impl Iterator<Item = &mut ExtraInput> {
        let encoder = self.encoder.iter_mut().flat_map(|encoder| &mut encoder.extra);
        encoder.chain(self.decoder.iter_mut().flat_map(|decoder| &mut decoder.extra))
    }

    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        if self.encoder.is_none() && self.decoder.is_none() {
            return Err("it has neither an encoder nor a decoder".into());
        }
        let (width, height) = (self.width, self.height);
        if !(1..=MOST_SIDE).contains(&width) || !(1..=MOST_SIDE).contains(&height) {
            return Err(format!(
                "pictures of {width}×{height} pixels are not possible; a side has 1 to {MOST_SIDE}"
            ));
        }
        if ![1, 3].contains(&self.channels) {
            return Err(format!("its pictures have {} channels; 1 and 3 can be shown", self.channels));
        }
        for extra in self.extra() {
            let ExtraInput { name, kind, value, .. } = extra;
            let is_index = value.fract() == 0.0 && *value >= 0.0;
            match kind {
                ExtraKind::OneHot if !is_index || *value >= extra.numbers() as f64 => {
                    return Err(format!(
                        "{name} has {} classes, counted from 0; {value} is none",
                        extra.numbers()
                    ));
                }
                ExtraKind::Label | ExtraKind::Noise if !is_index => {
                    return Err(format!("{value} for {name} is no whole number from 0 on"));
                }
                _ if !value.is_finite() => return Err(format!("{value} for {name} is no finite number")),
                _ => (),
            }
        }
        Ok(())
    }
}
