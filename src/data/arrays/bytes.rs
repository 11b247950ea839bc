//! Bytes of an array: in its file, or unpacked in memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::part::{Packing, Series};
use crate::data::decode::read_limited;
use crate::data::positioned::SharedFile;
use crate::{Error, Result, memory};

/// An array that can be read at any place, from several threads at once.
pub(super) enum Bytes {
    File(SharedFile),
    Memory(Vec<u8>),
}

impl Bytes {
    /// Opens those that a series lies in. All that is packed is unpacked, which also tells whether it is sound.
    ///
    /// # Errors
    /// A sentence that names the file, if it cannot be read, is damaged, or does not fit into the memory unpacked.
    pub fn of(series: &Series) -> Result<Self> {
        let path = &series.file;
        let file = open(path)?;
        match series.packing {
            Packing::Plain => SharedFile::new(file).map(Bytes::File).map_err(Error::io("open", path)),
            Packing::Gzip(length) => {
                // Nothing may follow, and the checksum stands behind the last byte.
                unpacked(path, MultiGzDecoder::new(std::io::BufReader::new(file)), length)
            }
            Packing::Entry(number, length) => {
                let shared = SharedFile::new(file).map_err(Error::io("open", path))?;
                let mut zip = ZipArchive::new(std::io::BufReader::with_capacity(1 << 18, shared))
                    .map_err(|error| damaged(path, &error))?;
                let entry = zip.by_index(number).map_err(|error| damaged(path, &error))?;
                unpacked(path, entry, length)
            }
        }
    }

    /// Reads so many bytes from a place on.
    ///
    /// # Errors
    /// An error of the system; [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) where there are fewer.
    pub fn read(&self, at: u64, length: usize) -> std::io::Result<Vec<u8>> {
        match self {
            Bytes::File(file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, at)?;
                Ok(bytes)
            }
            Bytes::Memory(bytes) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX);
                let found = bytes.get(from..from.saturating_add(length));
                found.map(<[u8]>::to_vec).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

/// Opens a file; a pipe, which would wait for somebody to write into it, is none.
pub(super) fn open(path: &Path) -> Result<File> {
    let is_file = std::fs::metadata(path).map_err(Error::io("read", path))?.is_file();
    if !is_file {
        return Err(Error::file(path, "this is no file; choose a file of arrays, or a folder"));
    }
    File::open(path).map_err(Error::io("read", path))
}

/// Reads all that was packed, if it is as long as it should be.
fn unpacked(path: &Path, reader: impl Read, length: u64) -> Result<Bytes> {
    memory::require(length, "what is packed in it").map_err(|error| about(path, error))?;
    let bytes = match read_limited(reader, length, length) {
        Ok(bytes) => bytes
            .ok_or_else(|| Error::file(path, "there is more packed in it than it says; write it anew"))?,
        Err(error) if error.raw_os_error().is_some() => return Err(Error::io("read", path)(error)),
        Err(error) => return Err(damaged(path, &error)),
    };
    match bytes.len() as u64 == length {
        true => Ok(Bytes::Memory(bytes)),
        false => {
            Err(Error::file(path, "it is cut off: there is less packed in it than it says; copy it again"))
        }
    }
}

/// Refuses what claims to be packed into fewer bytes than is possible.
///
/// # Errors
/// A sentence without the file's name.
pub(super) fn check_packing(unpacked: u64, packed: u64) -> Result<()> {
    if unpacked <= packed.saturating_mul(memory::MOST_PACKED) {
        return Ok(());
    }
    Err(Error::Invalid(
        "it claims to hold more than can be packed into it, or is cut off; copy it again".to_owned(),
    ))
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::file(path, format!("it is damaged or cut off ({error}); copy it again from where it came"))
}

/// The error with the file that it is about.
pub(super) fn about(path: &Path, error: Error) -> Error {
    match error {
        Error::Invalid(reason) => Error::file(path, reason),
        error => error,
    }
}
