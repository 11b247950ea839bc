//! Files on their way over the line, in parts: the same on both ends.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3Default;

use crate::atomic_file;
use crate::content::length_and_hash;
use crate::error::{Error, Result};

/// Bytes of a part.
pub const PART: usize = 256 << 10;

/// A file from its beginning, with its length and XXH3-64.
///
/// # Errors
/// A file that cannot be read; a folder, or anything else that is no file.
pub fn open_to_send(path: &Path) -> Result<(File, u64, u64)> {
    let found = std::fs::metadata(path).map_err(Error::io("read", path))?;
    if !found.is_file() {
        return Err(Error::file(path, "it is no file"));
    }
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let (length, hash) = length_and_hash(&file).map_err(Error::io("read", path))?;
    file.rewind().map_err(Error::io("read", path))?;
    Ok((file, length, hash))
}

/// A file that comes in parts. It has its name once it is whole, and is what was said.
pub struct IncomingFile {
    /// The file as its sender calls it.
    source: PathBuf,
    target: PathBuf,
    file: NamedTempFile,
    left: u64,
    hash: u64,
    hasher: Xxh3Default,
}

impl IncomingFile {
    /// A file of this length and XXH3-64 that is to lie at `target`, whose folder is there. Errors about what comes
    /// name `source`.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn new(source: &Path, target: PathBuf, length: u64, hash: u64) -> Result<Self> {
        let folder = target.parent().unwrap_or(Path::new("."));
        let file = atomic_file::begin_beside(folder).map_err(Error::io("write into", folder))?;
        let hasher = Xxh3Default::new();
        Ok(IncomingFile { source: source.to_owned(), target, file, left: length, hash, hasher })
    }

    /// Takes the next part. Returns whether it was the last one.
    ///
    /// # Errors
    /// More bytes than were said; a file that cannot be written.
    pub fn take(&mut self, part: &[u8]) -> Result<bool> {
        let Some(left) = self.left.checked_sub(part.len() as u64) else { return Err(changed(&self.source)) };
        self.left = left;
        self.hasher.update(part);
        self.file.write_all(part).map_err(Error::io("write", &self.target))?;
        Ok(left == 0)
    }

    /// Gives the file its name, in place of what was there.
    ///
    /// # Errors
    /// Fewer or other bytes than were said; a file that cannot be written.
    pub fn keep(self) -> Result<PathBuf> {
        if self.left > 0 || self.hasher.digest() != self.hash {
            return Err(changed(&self.source));
        }
        atomic_file::finish(self.file, &self.target).map_err(Error::io("write", &self.target))?;
        Ok(self.target)
    }
}

/// Error of a file that is not what was said of it.
pub fn changed(source: &Path) -> Error {
    Error::file(source, "it changed while it was sent; try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_said_takes_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.png");
        let hash = xxhash_rust::xxh3::xxh3_64(b"hello");
        let begin = || IncomingFile::new("there.png".as_ref(), target.clone(), 5, hash).unwrap();
        let mut incoming = begin();
        assert!(!incoming.take(b"he").unwrap());
        assert!(!target.exists(), "half of it has come");
        assert!(incoming.take(b"llo").unwrap());
        assert_eq!(std::fs::read(incoming.keep().unwrap()).unwrap(), b"hello");
        let error = begin().take(b"more than was said").unwrap_err().to_string();
        assert!(error.contains("there.png"), "{error}");
        let mut other = begin();
        other.take(b"HELLO").unwrap();
        assert!(other.keep().is_err(), "other bytes");
        let mut less = begin();
        less.take(b"hell").unwrap();
        assert!(less.keep().is_err(), "one is missing");
        assert_eq!(std::fs::read(target).unwrap(), b"hello", "and what was there stays");
    }

    #[test]
    fn a_file_is_sent_from_its_beginning_and_a_folder_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"hello").unwrap();
        let (mut file, length, hash) = open_to_send(&path).unwrap();
        assert_eq!((length, hash), (5, xxhash_rust::xxh3::xxh3_64(b"hello")));
        let mut content = String::new();
        std::io::Read::read_to_string(&mut file, &mut content).unwrap();
        assert_eq!(content, "hello");
        assert!(open_to_send(folder.path()).unwrap_err().to_string().contains("no file"));
    }
}
