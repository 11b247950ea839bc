//! The numbers of images that a map is made of.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, TypedValueParser, ValueParser, ValueParserFactory};
use serde::{Deserialize, Serialize};

use super::extractor_source::ExtractorSource;
use super::stored_text::StoredText;

/// Numbers of an image by which a map knows which images are alike. As text it is `codes`, `pixels`, or an
/// [`ExtractorSource`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredText", try_from = "StoredText")]
pub enum AtlasSpace {
    /// Codes of a model: the means of its posteriors.
    #[default]
    Codes,
    /// Features of an extractor.
    Features(ExtractorSource),
    /// The pixels themselves.
    Pixels,
}

impl AtlasSpace {
    /// The word on a command line; with a path in it for an extractor of a file.
    pub fn word(&self) -> OsString {
        StoredText::from(self.clone()).into()
    }
}

impl TryFrom<OsString> for AtlasSpace {
    type Error = String;

    fn try_from(words: OsString) -> Result<Self, String> {
        match words.to_str() {
            Some("codes") => Ok(AtlasSpace::Codes),
            Some("pixels") => Ok(AtlasSpace::Pixels),
            _ => ExtractorSource::try_from(words)
                .map(AtlasSpace::Features)
                .map_err(|error| format!("there is codes, pixels, or an extractor of features: {error}")),
        }
    }
}

impl TryFrom<StoredText> for AtlasSpace {
    type Error = String;

    fn try_from(stored: StoredText) -> Result<Self, String> {
        OsString::from(stored).try_into()
    }
}

impl From<AtlasSpace> for StoredText {
    fn from(space: AtlasSpace) -> StoredText {
        match space {
            AtlasSpace::Codes => OsString::from("codes").into(),
            AtlasSpace::Pixels => OsString::from("pixels").into(),
            AtlasSpace::Features(extractor) => extractor.into(),
        }
    }
}

impl ValueParserFactory for AtlasSpace {
    type Parser = ValueParser;

    fn value_parser() -> ValueParser {
        OsStringValueParser::new().try_map(AtlasSpace::try_from).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_comes_back_from_its_word() {
        let inception = AtlasSpace::Features(ExtractorSource::Inception("weights.pth".into()));
        for space in [AtlasSpace::Codes, AtlasSpace::Pixels, inception] {
            assert_eq!(AtlasSpace::try_from(space.word()), Ok(space));
        }
        assert!(AtlasSpace::try_from(OsString::from("colours")).is_err_and(|e| e.contains("codes, pixels")));
    }
}
