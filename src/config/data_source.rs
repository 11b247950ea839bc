//! Where the pictures of a data set come from, as it is written on a command line and in a checkpoint.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser, ValueParser, ValueParserFactory};
use serde::{Deserialize, Serialize};

use super::stored_text::StoredText;

/// A data set by name. As text it is a path, or [`BUILTIN_FACES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredText", try_from = "StoredText")]
pub enum DataSource {
    /// A folder of images with all its subfolders.
    Folder(PathBuf),
    /// The faces that the program renders itself.
    BuiltinFaces,
}

/// Name of the built-in faces where a folder could stand.
pub const BUILTIN_FACES: &str = "builtin:faces";

impl DataSource {
    /// Whether it and `other` are certainly of different kinds of pictures: rendered faces here, files there. Two
    /// folders may hold the same pictures under other names.
    pub fn is_foreign_to(&self, other: &DataSource) -> bool {
        (self == &DataSource::BuiltinFaces) != (other == &DataSource::BuiltinFaces)
    }
}

impl TryFrom<PathBuf> for DataSource {
    type Error = String;

    fn try_from(path: PathBuf) -> Result<Self, String> {
        match path.to_str() {
            Some(BUILTIN_FACES) => Ok(DataSource::BuiltinFaces),
            Some(name) if name.starts_with("builtin:") => {
                Err(format!("there is no built-in data set '{name}'; there is {BUILTIN_FACES}"))
            }
            _ => Ok(DataSource::Folder(path)),
        }
    }
}

impl From<DataSource> for PathBuf {
    fn from(source: DataSource) -> PathBuf {
        match source {
            DataSource::Folder(path) => path,
            DataSource::BuiltinFaces => BUILTIN_FACES.into(),
        }
    }
}

impl TryFrom<StoredText> for DataSource {
    type Error = String;

    fn try_from(stored: StoredText) -> Result<Self, String> {
        PathBuf::from(OsString::from(stored)).try_into()
    }
}

impl From<DataSource> for StoredText {
    fn from(source: DataSource) -> StoredText {
        PathBuf::from(source).into_os_string().into()
    }
}

impl std::fmt::Display for DataSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DataSource::Folder(path) => path.display().fmt(f),
            DataSource::BuiltinFaces => f.write_str(BUILTIN_FACES),
        }
    }
}

impl ValueParserFactory for DataSource {
    type Parser = ValueParser;

    fn value_parser() -> Self::Parser {
        PathBufValueParser::new().try_map(DataSource::try_from).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<DataSource, String> {
        DataSource::try_from(PathBuf::from(text))
    }

    #[test]
    fn a_name_is_a_folder_or_what_is_built_in() {
        assert_eq!(parsed("builtin:faces"), Ok(DataSource::BuiltinFaces));
        for folder in ["photos", "./builtin:faces", "C:\\photos", "a/builtin:"] {
            assert_eq!(parsed(folder), Ok(DataSource::Folder(folder.into())));
            assert_eq!(parsed(folder).unwrap().to_string(), folder);
        }
        let refused = parsed("builtin:cats").unwrap_err();
        assert_eq!(refused, "there is no built-in data set 'builtin:cats'; there is builtin:faces");
    }

    #[test]
    fn a_model_of_other_pictures_is_told_apart() {
        let [ffhq, other, faces] = ["ffhq", "photos", "builtin:faces"].map(|text| parsed(text).unwrap());
        assert!(ffhq.is_foreign_to(&faces) && faces.is_foreign_to(&ffhq));
        assert!(!ffhq.is_foreign_to(&other) && !faces.is_foreign_to(&faces));
    }

    #[test]
    fn stored_as_the_text_that_it_is_written_as() {
        for text in ["photos/of mine", "builtin:faces"] {
            let json = serde_json::to_string(&parsed(text).unwrap()).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<DataSource>(&json).unwrap(), parsed(text).unwrap());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_valid_text_is_stored_whole() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(OsString::from_vec(b"photos/\xFF".to_vec()));
        let source = DataSource::try_from(path).unwrap();
        let json = serde_json::to_string(&source).unwrap();
        assert_eq!(serde_json::from_str::<DataSource>(&json).unwrap(), source);
    }
}
