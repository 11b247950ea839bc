//! What turns images into feature vectors, as it is written on a command line.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A feature extractor by name. As text it is `inception:FILE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ExtractorSource {
    /// The Inception-v3 of the FID with the weights in a file: `.safetensors`, or PyTorch's `.pth`.
    Inception(PathBuf),
}

impl FromStr for ExtractorSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("inception", file)) if !file.is_empty() => Ok(ExtractorSource::Inception(file.into())),
            _ => Err(format!(
                "there is no feature extractor '{text}'; there is inception:FILE with the weights of pytorch-fid's \
                 network"
            )),
        }
    }
}

impl TryFrom<String> for ExtractorSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ExtractorSource> for String {
    fn from(source: ExtractorSource) -> String {
        source.to_string()
    }
}

impl std::fmt::Display for ExtractorSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExtractorSource::Inception(file) => write!(f, "inception:{}", file.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extractor_is_what_it_is_written_as() {
        for file in ["weights.pth", "C:\\fid\\weights.safetensors"] {
            let text = format!("inception:{file}");
            let source: ExtractorSource = text.parse().unwrap();
            assert_eq!(source, ExtractorSource::Inception(file.into()));
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(json, serde_json::to_string(&text).unwrap());
            assert_eq!(serde_json::from_str::<ExtractorSource>(&json).unwrap(), source);
        }
        for wrong in ["inception", "inception:", "clip:file", "weights.pth"] {
            assert!(wrong.parse::<ExtractorSource>().unwrap_err().contains("inception:FILE"));
        }
    }
}
