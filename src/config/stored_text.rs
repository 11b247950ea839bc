//! Words of a command line as they are stored, which need not be valid text where a path is in them.

use std::ffi::{OsStr, OsString};

use serde::{Deserialize, Serialize};

/// Text as itself; what is none, in serde's way with an [`OsString`], as in `{"Unix":[47,255]}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum StoredText {
    Valid(String),
    Other(OsString),
}

impl From<OsString> for StoredText {
    fn from(words: OsString) -> Self {
        words.into_string().map_or_else(StoredText::Other, StoredText::Valid)
    }
}

impl From<StoredText> for OsString {
    fn from(stored: StoredText) -> OsString {
        match stored {
            StoredText::Valid(text) => text.into(),
            StoredText::Other(words) => words,
        }
    }
}

/// The text behind `prefix`. On Windows only what is valid text is looked at.
pub(super) fn after_prefix<'a>(words: &'a OsStr, prefix: &str) -> Option<&'a OsStr> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        words.as_bytes().strip_prefix(prefix.as_bytes()).map(OsStr::from_bytes)
    }
    #[cfg(not(unix))]
    words.to_str()?.strip_prefix(prefix).map(OsStr::new)
}
