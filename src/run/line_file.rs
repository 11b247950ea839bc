//! A text file of a run that grows by lines while the run goes on, on disks that may be full or away.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The file. It is opened anew for each write: on a disk that was away for a while an open one would be dead.
pub struct LineFile {
    path: PathBuf,
    /// The first line.
    header: String,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Lines that are not in the file yet.
    unwritten: String,
}

impl LineFile {
    /// A file of which the first `length` bytes are to stay; none of it is touched before the next write.
    pub fn new(path: &Path, header: String, length: u64) -> Self {
        let unwritten = if length == 0 { header.clone() } else { String::new() };
        Self { path: path.to_owned(), header, length, unwritten }
    }

    /// Takes a line, which ends in a line feed. It reaches the file with the next flush.
    pub fn push(&mut self, line: &str) {
        self.unwritten += line;
    }

    /// Bytes that are not in the file yet.
    pub fn waiting(&self) -> usize {
        self.unwritten.len()
    }

    /// Hands everything to the operating system. Lines that it does not take are kept for the next time.
    pub fn flush(&mut self) -> Result<()> {
        self.write().map_err(Error::io("write", &self.path))
    }

    fn write(&mut self) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&self.path)?;
        if file.metadata()?.len() < self.length {
            // Somebody has taken the file away.
            self.unwritten.insert_str(0, &self.header);
            self.length = 0;
        }
        // Cuts off what a write that failed midway has left.
        file.set_len(self.length)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(self.unwritten.as_bytes())?;
        self.length += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
    }
}
