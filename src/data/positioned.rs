//! Reading and writing a file at a given place, from several threads at once.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::sync::Arc;

/// Writes all of `bytes` at `offset`, wherever other threads read or write.
pub(super) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, bytes, offset);
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let written =
                std::os::windows::fs::FileExt::seek_write(file, &bytes[done..], offset + done as u64)?;
            if written == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            done += written;
        }
        Ok(())
    }
}

fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, bytes, offset);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, bytes, offset);
}

/// A reader of a file with a place of its own; clones share the file and nothing else.
#[derive(Clone)]
pub(crate) struct SharedFile {
    file: Arc<File>,
    length: u64,
    at: u64,
}

impl SharedFile {
    pub fn new(file: File) -> Result<Self> {
        let length = file.metadata()?.len();
        Ok(SharedFile { file: Arc::new(file), length, at: 0 })
    }

    /// Fills `bytes` from `offset` on, wherever this reader and others are.
    ///
    /// # Errors
    /// An error of the system; [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) where the file ends before.
    pub(super) fn read_exact_at(&self, mut bytes: &mut [u8], mut offset: u64) -> Result<()> {
        while !bytes.is_empty() {
            match read_at(&self.file, bytes, offset) {
                Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    bytes = &mut bytes[read..];
                    offset += read as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Read for SharedFile {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let read = read_at(&self.file, bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
