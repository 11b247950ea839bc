//! Choice of a feature extractor, as it is written on a command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser, ValueParser, ValueParserFactory};
use serde::{Deserialize, Serialize};

use super::stored_text::{StoredText, after_prefix};

/// A feature extractor by name. As text it is `embedded`, `inception:FILE` or
/// `efficientnet:FILE`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredText", try_from = "StoredText")]
pub enum ExtractorSource {
    /// The small network inside the program, trained on faces: needs no file.
    #[default]
    Embedded,
    /// The Inception-v3 of the FID with the weights in a file: `.safetensors`, or PyTorch's `.pth`.
    Inception(PathBuf),
    /// An EfficientNet-Lite of ImageNet with the weights in a file, likewise.
    EfficientNet(PathBuf),
}

impl TryFrom<OsString> for ExtractorSource {
    type Error = String;

    fn try_from(words: OsString) -> Result<Self, String> {
        let file_after = |prefix| after_prefix(&words, prefix).filter(|file| !file.is_empty());
        if words == "embedded" {
            return Ok(ExtractorSource::Embedded);
        }
        if let Some(file) = file_after("inception:") {
            return Ok(ExtractorSource::Inception(file.into()));
        }
        if let Some(file) = file_after("efficientnet:") {
            return Ok(ExtractorSource::EfficientNet(file.into()));
        }
        Err(format!(
            "there is no feature extractor '{}'; there is embedded, which is inside the program, inception:FILE with \
             the weights of pytorch-fid's network, and efficientnet:FILE with those of an EfficientNet-Lite",
            words.display()
        ))
    }
}

impl TryFrom<StoredText> for ExtractorSource {
    type Error = String;

    fn try_from(stored: StoredText) -> Result<Self, String> {
        OsString::from(stored).try_into()
    }
}

impl From<ExtractorSource> for StoredText {
    fn from(source: ExtractorSource) -> StoredText {
        let named = |prefix: &str, file: PathBuf| {
            let mut words = OsString::from(prefix);
            words.push(file);
            words.into()
        };
        match source {
            ExtractorSource::Embedded => OsString::from("embedded").into(),
            ExtractorSource::Inception(file) => named("inception:", file),
            ExtractorSource::EfficientNet(file) => named("efficientnet:", file),
        }
    }
}

impl ValueParserFactory for ExtractorSource {
    type Parser = ValueParser;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().try_map(ExtractorSource::try_from).into()
    }
}

impl std::fmt::Display for ExtractorSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExtractorSource::Embedded => f.write_str("embedded"),
            ExtractorSource::Inception(file) => write!(f, "inception:{}", file.display()),
            ExtractorSource::EfficientNet(file) => write!(f, "efficientnet:{}", file.display()),
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
            ("efficientnet:lite.pth".to_owned(), ExtractorSource::EfficientNet("lite.pth".into())),
        ] {
            let source = ExtractorSource::try_from(OsString::from(&text)).unwrap();
            assert_eq!(source, expected);
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(json, serde_json::to_string(&text).unwrap());
            assert_eq!(serde_json::from_str::<ExtractorSource>(&json).unwrap(), source);
        }
        for wrong in
            ["inception", "inception:", "efficientnet:", "clip:file", "weights.pth", "embedded:file", ""]
        {
            assert!(ExtractorSource::try_from(OsString::from(wrong)).unwrap_err().contains("inception:FILE"));
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            let words = OsString::from_vec(b"inception:\xFF.pth".to_vec());
            let source = ExtractorSource::try_from(words).unwrap();
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(serde_json::from_str::<ExtractorSource>(&json).unwrap(), source);
        }
    }
}
