//! Choice of the network that judges reconstructions while a model is trained, as it is written on a command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser, ValueParser, ValueParserFactory};
use serde::{Deserialize, Serialize};

use super::stored_text::{StoredText, after_prefix};

/// A network in whose features reconstructions are compared with their pictures, besides their pixels. As text it is
/// `none`, `embedded` or `inception:FILE`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredText", try_from = "StoredText")]
pub enum FeatureLoss {
    /// Pixels alone.
    #[default]
    None,
    /// The small network inside the program, trained on faces: needs no file.
    Embedded,
    /// The first layers of the FID's Inception-v3 with the weights in a file: `.safetensors`, or PyTorch's `.pth`.
    Inception(PathBuf),
}

impl FeatureLoss {
    /// Whether there is no such term.
    pub fn is_none(&self) -> bool {
        *self == FeatureLoss::None
    }

    /// This choice with a path that holds wherever the program is started.
    ///
    /// # Errors
    /// If the folder that it is in cannot be found.
    pub fn absolute(&self) -> std::io::Result<Self> {
        match self {
            FeatureLoss::Inception(file) => Ok(FeatureLoss::Inception(std::path::absolute(file)?)),
            other => Ok(other.clone()),
        }
    }
}

impl TryFrom<OsString> for FeatureLoss {
    type Error = String;

    fn try_from(words: OsString) -> Result<Self, String> {
        match after_prefix(&words, "inception:") {
            None if words == "none" => Ok(FeatureLoss::None),
            None if words == "embedded" => Ok(FeatureLoss::Embedded),
            Some(file) if !file.is_empty() => Ok(FeatureLoss::Inception(file.into())),
            _ => Err(format!(
                "there is no feature loss '{}'; there is none, embedded, whose network is inside the program, and \
                 inception:FILE with the weights of pytorch-fid's network",
                words.display()
            )),
        }
    }
}

impl TryFrom<StoredText> for FeatureLoss {
    type Error = String;

    fn try_from(stored: StoredText) -> Result<Self, String> {
        OsString::from(stored).try_into()
    }
}

impl From<FeatureLoss> for StoredText {
    fn from(loss: FeatureLoss) -> StoredText {
        match loss {
            FeatureLoss::None => OsString::from("none").into(),
            FeatureLoss::Embedded => OsString::from("embedded").into(),
            FeatureLoss::Inception(file) => {
                let mut words = OsString::from("inception:");
                words.push(file);
                words.into()
            }
        }
    }
}

impl ValueParserFactory for FeatureLoss {
    type Parser = ValueParser;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().try_map(FeatureLoss::try_from).into()
    }
}

impl std::fmt::Display for FeatureLoss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FeatureLoss::None => f.write_str("none"),
            FeatureLoss::Embedded => f.write_str("embedded"),
            FeatureLoss::Inception(file) => write!(f, "inception:{}", file.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_loss_is_what_it_is_written_as() {
        for (text, expected) in [
            ("none", FeatureLoss::None),
            ("embedded", FeatureLoss::Embedded),
            ("inception:weights.pth", FeatureLoss::Inception("weights.pth".into())),
        ] {
            let loss = FeatureLoss::try_from(OsString::from(text)).unwrap();
            assert_eq!((&loss, loss.to_string().as_str()), (&expected, text));
            let json = serde_json::to_string(&loss).unwrap();
            assert_eq!(json, serde_json::to_string(text).unwrap());
            assert_eq!(serde_json::from_str::<FeatureLoss>(&json).unwrap(), loss);
        }
        for wrong in ["inception", "inception:", "vgg:file", "weights.pth", "None", ""] {
            assert!(FeatureLoss::try_from(OsString::from(wrong)).unwrap_err().contains("inception:FILE"));
        }
    }
}
