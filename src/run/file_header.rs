//! The beginning of a checkpoint's file, looked at before the rest is read: whatever a person drops on the
//! window, a film or a disk image among them, is refused by its first bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::Metadata;

use crate::error::{Error, Result};
use crate::memory;
use crate::report::readable_size;

/// A file of this layout begins with the length of its JSON header.
const LENGTH_BYTES: u64 = 8;
/// The longest header that the safetensors library takes.
const LONGEST_HEADER: u64 = 100_000_000;
/// The largest model that [`crate::config::ModelConfig::validate`] allows has, with its optimiser's state,
/// 6 GiB.
const LARGEST_FILE: u64 = 16 << 30;

/// The bytes of a safetensors file, which is as long as its header says.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::File`] if it is of another kind, cut short, or has more in
/// it than it says; memory is taken only for what a sound file has.
pub fn read_whole(path: &Path) -> Result<Vec<u8>> {
    read_and_hold(path).map(|(bytes, _)| bytes)
}

/// Header, and the file itself, still open.
///
/// # Errors
/// As [`read_whole`].
pub fn read_and_hold(path: &Path) -> Result<(Vec<u8>, File)> {
    let HeaderFile { mut file, mut bytes, header } = open(path)?;
    let data = header.data_len() as u64;
    let available = memory::available().unwrap_or(u64::MAX);
    check_memory(data, available).map_err(|reason| Error::file(path, reason))?;
    read_up_to(&mut file, data, &mut bytes).map_err(Error::io("read the checkpoint", path))?;
    Ok((bytes, file))
}

/// The header of a safetensors file that is as long as it says.
///
/// # Errors
/// As [`read_whole`].
pub fn read_header(path: &Path) -> Result<Metadata> {
    Ok(open(path)?.header)
}

/// A file of which the header has been read and found to be sound.
struct HeaderFile {
    file: File,
    /// Bytes read so far: the header and its length before it.
    bytes: Vec<u8>,
    header: Metadata,
}

fn open(path: &Path) -> Result<HeaderFile> {
    let io = || Error::io("read the checkpoint", path);
    let refused =
        |why: &str| Err(Error::file(path, format!("not a checkpoint that Morphospace can read: {why}")));
    // Opening a pipe would wait for somebody to write into it.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return refused("it is not a file");
    }
    let mut file = File::open(path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let mut bytes = Vec::new();
    read_up_to(&mut file, LENGTH_BYTES, &mut bytes).map_err(io())?;
    if bytes.is_empty() {
        return refused("the file is empty");
    }
    let header = bytes.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes));
    if header > LONGEST_HEADER {
        return refused("it is another kind of file");
    }
    read_up_to(&mut file, header, &mut bytes).map_err(io())?;
    let Ok(contents) = serde_json::from_slice::<Metadata>(&bytes[LENGTH_BYTES as usize..]) else {
        return refused("it is another kind of file, or damaged");
    };
    let data = contents.data_len() as u64;
    let expected = (LENGTH_BYTES + header).saturating_add(data);
    if expected > LARGEST_FILE {
        return refused("it says that it is larger than any model of this program can be");
    }
    if length < expected {
        return refused("it is cut short; take another copy of it");
    }
    if length > expected {
        return refused("it is damaged: there is more in it than it says");
    }
    Ok(HeaderFile { file, bytes, header: contents })
}

/// Refuses what cannot fit: the content, and its tensors in single precision.
fn check_memory(data: u64, available: u64) -> Result<(), String> {
    let needed = data.saturating_mul(2);
    if needed <= available {
        return Ok(());
    }
    Err(format!(
        "opening it needs at least {} of memory and {} are available; close other programs",
        readable_size(needed),
        readable_size(available)
    ))
}

fn read_up_to(file: &mut File, length: u64, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    file.take(length).read_to_end(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_that_does_not_fit_into_the_memory_is_refused_before_it_is_read() {
        assert_eq!(check_memory(1 << 20, 8 << 20), Ok(()));
        let reason = check_memory(10 << 30, 8 << 30).unwrap_err();
        assert!(reason.contains("21.5 GB") && reason.contains("8.6 GB"), "{reason}");
        assert!(check_memory(u64::MAX, u64::MAX - 1).is_err());
    }
}
