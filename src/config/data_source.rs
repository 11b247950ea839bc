//! Where the pictures of a data set come from, and which squares of them, as it is written on a command line and in a
//! checkpoint.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::{PathBufValueParser, TypedValueParser, ValueParser, ValueParserFactory};
use serde::{Deserialize, Serialize};

use super::stored_text::StoredText;

/// A data set by name. As text it is a path, or [`BUILTIN_FACES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredText", try_from = "StoredText")]
pub enum DataSource {
    /// A folder of images with all its subfolders, a zip archive of them, or a file or folder of arrays of them.
    Folder(PathBuf),
    /// Such a folder or archive, of each image its largest face in place of the middle square, cut as FFHQ's pictures
    /// are; images in which no face is found are left out. As text it is the path after [`ALIGNED`].
    AlignedFolder(PathBuf),
    /// The faces that the program renders itself.
    BuiltinFaces,
}

/// Squares that are cut out of photos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Alignment {
    /// The square in the middle.
    #[default]
    None,
    /// The largest face, turned upright and as large in its square as FFHQ's are.
    Face,
}

/// Name of the built-in faces where a folder could stand.
pub const BUILTIN_FACES: &str = "builtin:faces";
/// Beginning of the name of a folder of photos whose faces are meant.
pub const ALIGNED: &str = "aligned:";

impl DataSource {
    /// The folder, archive or file of arrays, if it is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            DataSource::Folder(path) | DataSource::AlignedFolder(path) => Some(path),
            DataSource::BuiltinFaces => None,
        }
    }

    /// Name for people to read.
    pub fn in_words(&self) -> String {
        match self {
            DataSource::Folder(path) => path.display().to_string(),
            DataSource::AlignedFolder(path) => format!("faces in {}", path.display()),
            DataSource::BuiltinFaces => "Built-in faces".into(),
        }
    }

    /// The squares that are cut out of its images.
    pub fn alignment(&self) -> Alignment {
        match self {
            DataSource::AlignedFolder(_) => Alignment::Face,
            DataSource::Folder(_) | DataSource::BuiltinFaces => Alignment::None,
        }
    }

    /// Its images with these squares cut out of them. The built-in faces are what they are.
    pub fn aligned(self, alignment: Alignment) -> Self {
        match (self, alignment) {
            (DataSource::Folder(path) | DataSource::AlignedFolder(path), Alignment::Face) => {
                DataSource::AlignedFolder(path)
            }
            (DataSource::Folder(path) | DataSource::AlignedFolder(path), Alignment::None) => {
                DataSource::Folder(path)
            }
            (DataSource::BuiltinFaces, _) => DataSource::BuiltinFaces,
        }
    }

    /// Its like with another folder or archive, if it is one.
    pub fn map_folder<E>(self, map: impl FnOnce(PathBuf) -> Result<PathBuf, E>) -> Result<Self, E> {
        Ok(match self {
            DataSource::Folder(path) => DataSource::Folder(map(path)?),
            DataSource::AlignedFolder(path) => DataSource::AlignedFolder(map(path)?),
            DataSource::BuiltinFaces => DataSource::BuiltinFaces,
        })
    }

    /// Caution where a model was trained on this, faces cut out of photos, and is given middle squares of `other`, in
    /// which faces therefore lie otherwise unless the pictures are aligned already.
    pub fn caution_with(&self, other: &DataSource) -> Option<&'static str> {
        let is_cut_otherwise = self.alignment() == Alignment::Face && matches!(other, DataSource::Folder(_));
        is_cut_otherwise.then_some(
            "it was trained on faces cut out of photos, and these are middle squares; unless they are aligned already, \
             --align face cuts them as it is used to",
        )
    }

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
            _ => Ok(match after(ALIGNED, &path) {
                Some(path) => DataSource::AlignedFolder(path),
                None => DataSource::Folder(path),
            }),
        }
    }
}

/// The path behind a prefix, if it has this.
#[cfg(unix)]
fn after(prefix: &str, path: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let rest = path.as_os_str().as_bytes().strip_prefix(prefix.as_bytes())?;
    Some(std::ffi::OsStr::from_bytes(rest).into())
}

/// The path behind a prefix, if it has this and is Unicode.
#[cfg(not(unix))]
fn after(prefix: &str, path: &Path) -> Option<PathBuf> {
    Some(path.to_str()?.strip_prefix(prefix)?.into())
}

impl From<DataSource> for PathBuf {
    fn from(source: DataSource) -> PathBuf {
        match source {
            DataSource::Folder(path) => path,
            DataSource::AlignedFolder(path) => {
                let mut text = OsString::from(ALIGNED);
                text.push(path);
                text.into()
            }
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
            DataSource::AlignedFolder(path) => write!(f, "{ALIGNED}{}", path.display()),
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
        let album = parsed("aligned:photos/mine").unwrap();
        assert_eq!(album, DataSource::AlignedFolder("photos/mine".into()));
        assert_eq!((album.to_string(), album.alignment()), ("aligned:photos/mine".into(), Alignment::Face));
        assert_eq!(album.clone().aligned(Alignment::None), DataSource::Folder("photos/mine".into()));
        assert_eq!(album.clone().aligned(Alignment::None).aligned(Alignment::Face), album);
        assert_eq!(parsed("./aligned:x").unwrap().alignment(), Alignment::None);
        assert_eq!(DataSource::BuiltinFaces.aligned(Alignment::Face).folder(), None);
        let middle = album.clone().aligned(Alignment::None);
        assert!(album.caution_with(&middle).is_some() && middle.caution_with(&album).is_none());
        assert!(album.caution_with(&album).is_none());
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
        for text in ["photos/of mine", "builtin:faces", "aligned:photos"] {
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
        for source in [source.clone(), source.aligned(Alignment::Face)] {
            let json = serde_json::to_string(&source).unwrap();
            assert_eq!(serde_json::from_str::<DataSource>(&json).unwrap(), source);
        }
    }
}
