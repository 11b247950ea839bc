//! The rows of a cached data set, as the system pages them in.

use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::{Mmap, MmapOptions};
use xxhash_rust::xxh3::xxh3_64;

use super::format::{Contents, ROWS};
use crate::{Error, Result};

/// Squares in a file that is mapped into the address space. Only pages that are looked at are in memory,
/// and the system takes them back when it needs the room.
pub(in crate::data) struct Packed {
    path: PathBuf,
    /// Held open, to see whether it is still as long as the map.
    file: File,
    map: Mmap,
    row_bytes: usize,
    checksums: Vec<u64>,
}

impl Packed {
    /// Maps the rows of a file whose header and index were checked.
    ///
    /// # Errors
    /// If the system cannot map it.
    pub(super) fn map(path: &Path, file: &File, contents: &Contents) -> std::io::Result<Self> {
        let row_bytes = contents.row_bytes();
        let length = contents.index.checksums.len() * row_bytes;
        // SAFETY: a map must not change or shrink beneath its reader. Nothing here ever writes to the rows of a
        // cache file after it has its name or cuts into them: files are built under another name, replaced
        // by renaming and removed by unlinking, which leaves the pages of whoever has the old one mapped.
        // It lies in a folder of the user's own caches, readable by the user alone, and the length was
        // just checked. A foreign program that shortens it all the same is noticed before each row is
        // looked at, and only in the instant after that would it end this one with SIGBUS; bytes that it
        // changes are caught by the checksum of the row.
        let map = unsafe { MmapOptions::new().offset(ROWS).len(length).map(file)? };
        let checksums = contents.index.checksums.clone();
        Ok(Packed { path: path.to_owned(), file: file.try_clone()?, map, row_bytes, checksums })
    }

    /// XXH3-64 of a row.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn checksum(&self, row: usize) -> u64 {
        self.checksums[row]
    }

    /// A row, checked.
    ///
    /// # Errors
    /// If it is damaged. The file is removed then, so that the next start makes it anew.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn row(&self, row: usize) -> Result<&[u8]> {
        let mapped = ROWS + self.map.len() as u64;
        if self.file.metadata().is_ok_and(|metadata| metadata.len() >= mapped) {
            let bytes = &self.map[row * self.row_bytes..(row + 1) * self.row_bytes];
            if xxh3_64(bytes) == self.checksums[row] {
                return Ok(bytes);
            }
        }
        let reason = match std::fs::remove_file(&self.path) {
            Ok(()) => "this cache of images is damaged and was removed; start again, and it is made anew",
            Err(_) => "this cache of images is damaged; remove the file and start again",
        };
        Err(Error::file(&self.path, reason))
    }
}
