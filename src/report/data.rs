//! Reports of reading a data set while it goes on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::text;

/// Progress of a piece of work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// As in "Reading images".
    pub what: String,
    /// Units done.
    pub done: usize,
    /// Units in all; 0 while that is not known.
    pub total: usize,
    /// Units a second, lately.
    pub rate: f64,
    /// Seconds left at that rate.
    pub seconds_left: f64,
}

/// A file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// The file.
    #[serde(serialize_with = "text::path")]
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Kind of a file that is no image of a format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// A photo of a telephone.
    Heic,
    /// A picture as AV1.
    Avif,
    /// Raw data of a camera's sensor.
    CameraRaw,
    /// A picture of another format.
    OtherImage,
    /// An archive inside a folder or another archive.
    Archive,
    /// Something that the system does not let be read.
    Unreadable,
    /// No image.
    Other,
}

impl Foreign {
    /// Text behind the number of such files, with what to do.
    fn words(self, files: usize) -> &'static str {
        match self {
            Foreign::Heic => "HEIC (convert to JPEG)",
            Foreign::Avif => "AVIF (convert to JPEG or PNG)",
            Foreign::CameraRaw => "camera raw (develop to JPEG or TIFF)",
            Foreign::OtherImage => "of other image formats (save as JPEG or PNG)",
            Foreign::Archive if files == 1 => "archive (open a zip by itself, unpack another)",
            Foreign::Archive => "archives (open a zip by itself, unpack others)",
            Foreign::Unreadable => "that cannot be opened (see to the permissions)",
            Foreign::Other if files == 1 => "not an image",
            Foreign::Other => "not images",
        }
    }
}

/// Files of one kind that a folder or an archive holds beside its images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Their kind.
    pub what: Foreign,
    /// Number of them.
    pub files: usize,
    /// The name of one.
    pub example: String,
}

/// Words for files that were passed over, as in "12 files were passed over: 7 HEIC (convert to JPEG), 5 not images";
/// none where there are none.
pub fn passed_over_words(passed_over: &[PassedOver]) -> Option<String> {
    let files = match passed_over.iter().map(|kind| kind.files).sum() {
        0usize => return None,
        1 => "1 file was".to_owned(),
        files => format!("{files} files were"),
    };
    let kinds = passed_over.iter().map(|kind| format!("{} {}", kind.files, kind.what.words(kind.files)));
    Some(format!("{files} passed over: {}", kinds.collect::<Vec<_>>().join(", ")))
}

/// Content of a folder, by file names, and by how those files begin whose names do not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Files that look like images.
    pub images: usize,
    /// Files that do not.
    #[serde(default)]
    pub passed_over: Vec<PassedOver>,
    /// Of these, to train on.
    pub train: usize,
    /// To validate with.
    pub validation: usize,
    /// To test with.
    pub test: usize,
}

/// Content of the cache of data sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheReport {
    /// Where it lies; none if nothing is cached.
    #[serde(serialize_with = "text::optional_path")]
    pub folder: Option<PathBuf>,
    /// The data sets, the last used first.
    pub sets: Vec<CachedSet>,
    /// Of all of them on the disk.
    pub bytes: u64,
    /// Files that have just been removed.
    pub removed: usize,
    /// Bytes of those.
    pub freed: u64,
    /// Files that were to be removed and could not be.
    pub failed: Vec<SkippedFile>,
}

/// Bytes for people, as in "1.2 GB" of 10⁹ bytes.
pub fn readable_size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A data set in the cache, or what was computed of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedSet {
    /// Its file.
    #[serde(serialize_with = "text::path")]
    pub file: PathBuf,
    /// The folder or archive that it came from, if the file tells.
    pub source: Option<String>,
    /// Name of what was computed of the images, where the file holds that instead of the images themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// Pixels on a side; 0 for what was computed.
    pub image_size: usize,
    /// Images in it.
    pub images: usize,
    /// On the disk.
    pub bytes: u64,
    /// Whole days since it was last used.
    pub days_unused: u64,
    /// Its fault, if it has one.
    pub problem: Option<String>,
}
