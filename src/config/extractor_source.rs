//! What turns images into feature vectors, as it is written on a command line.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A feature extractor by name. As text it is `embedded` or `inception:FILE`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ExtractorSource {
    /// The small network inside the program, trained on faces: needs no file.
    #[default]
    Embedded,
    /// The Inception-v3 of the FID with the weights in a file: `.safetensors`, or PyTorch's `.pth`.
    Inception(PathBuf),
}

impl ExtractorSource {
    /// What to call it in the window.
    pub fn label(&self) -> &'static str {
        match self {
            ExtractorSource::Embedded => "Embedded",
            ExtractorSource::Inception(_) => "Inception",
        }
    }
}

impl FromStr for ExtractorSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "embedded" => Ok(ExtractorSource::Embedded),
            Some(("inception", file)) if !file.is_empty() => Ok(ExtractorSource::Inception(file.into())),
            _ => Err(format!(
                "there is no feature extractor '{text}'; there is embedded, which is inside the program, and \
                 inception:FILE with the weights of pytorch-fid's network"
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
            ExtractorSource::Embedded => f.write_str("embedded"),
            ExtractorSource::Inception(file) => write!(f, "inception:{}", file.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extractor_is_what_it_is_written_as() {
        let inception = |file: &str| (format!("inception:{file}"), ExtractorSource::Inception(file.into()));
        for (text, expected) in [
            ("embedded".to_owned(), ExtractorSource::default()),
            inception("weights.pth"),
            inception("C:\\fid\\weights.safetensors"),
        ] {
            let source: ExtractorSource = text.parse().unwrap();
            assert_eq!(source, expected);
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(json, serde_json::to_string(&text).unwrap());
            assert_eq!(serde_json::from_str::<ExtractorSource>(&json).unwrap(), source);
        }
        for wrong in ["inception", "inception:", "clip:file", "weights.pth", "embedded:file", ""] {
            assert!(wrong.parse::<ExtractorSource>().unwrap_err().contains("inception:FILE"));
        }
    }
}
