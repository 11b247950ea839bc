//! Layout of a cached data set on the disk. All numbers are little-endian.
//!
//! ```text
//! at 0      64 bytes   header: b"MORPHPIX", version u32, image size u32, key of the listing u128,
//!                      rows u64, length of the index u64, XXH3-64 of the index, XXH3-64 of all before
//! at 4096   rows       image size² × 3 bytes each: height × width × RGB; row i is the i-th file of the
//!                      listing. The row of a file that could not be read is a hole.
//! after it  index      JSON, see [`SquaresIndex`]
//! ```
//!
//! Header and index are checked whenever a file is opened, a row against its own checksum whenever it is
//! read: checking all rows at once would page in what may be larger than the memory.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::evidence::Evidence;
use crate::config::Alignment;
use crate::data::ingest::{FACES_VERSION, SQUARES_VERSION, Unread};
use crate::data::positioned::write_all_at;
use crate::data::source::Source;

/// Raised when the layout changes.
const VERSION: u32 = 2;
const MAGIC: &[u8; 8] = b"MORPHPIX";
const HEADER: usize = 64;
/// No square has more pixels on a side.
const MOST_SIDE: u32 = 1 << 14;
/// Behind the image size in the name of a file of faces.
const FACES: &str = "f";
/// Place where the rows begin: at a page of the memory.
pub(super) const ROWS: u64 = 4096;

/// Key of the squares that a file holds. Its name is made of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SquaresKey {
    /// Of the folder's or the archive's path.
    pub source: u64,
    /// Squares that are cut out.
    pub alignment: Alignment,
    /// Pixels on a side.
    pub image_size: u32,
    /// Of the path, every file's name, length and time, the size, and how squares are made.
    pub listing: u128,
}

impl SquaresKey {
    /// The key of the squares that `source` gives at this size.
    pub fn new(source: &Source, image_size: usize) -> Self {
        let path = canonical(source.path());
        let mut hash = Xxh3::new();
        let mut text = |text: &[u8]| {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        text(&[VERSION.to_le_bytes(), SQUARES_VERSION.to_le_bytes()].concat());
        text(&(image_size as u64).to_le_bytes());
        text(path.as_os_str().as_encoded_bytes());
        for image in source.images() {
            text(image.name.as_bytes());
            text(&[image.stamp.bytes.to_le_bytes(), image.stamp.mark.to_le_bytes()].concat());
        }
        // Middle squares have the key that they had before there were others.
        if source.alignment() == Alignment::Face {
            text(&[b"faces".as_slice(), &FACES_VERSION.to_le_bytes()].concat());
        }
        SquaresKey {
            source: source_key(source.path()),
            alignment: source.alignment(),
            image_size: image_size as u32,
            listing: hash.digest128(),
        }
    }

    /// Name of the file, as in `00ff….-64-….pixels`; of faces as in `00ff….-64f-….pixels`.
    pub fn file_name(&self) -> String {
        let faces = if self.alignment == Alignment::Face { FACES } else { "" };
        format!("{:016x}-{}{faces}-{:032x}.pixels", self.source, self.image_size, self.listing)
    }

    /// The key in a file's name; `None` for a file that is none of ours.
    pub fn of_file(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let mut parts = name.strip_suffix(".pixels")?.split('-');
        let (source, size) = (u64::from_str_radix(parts.next()?, 16).ok()?, parts.next()?);
        let (size, alignment) = match size.strip_suffix(FACES) {
            Some(size) => (size, Alignment::Face),
            None => (size, Alignment::None),
        };
        let key = SquaresKey {
            source,
            alignment,
            image_size: size.parse().ok()?,
            listing: u128::from_str_radix(parts.next()?, 16).ok()?,
        };
        (key.file_name() == name).then_some(key)
    }
}

/// Key of the numbers that a file holds. Its name is made of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VectorsKey {
    /// Of the folder's or the archive's path, as in [`SquaresKey::source`].
    pub source: u64,
    /// Of what was computed of which part of the data.
    pub purpose: u64,
    /// Of the state of the data.
    pub content: u128,
}

impl VectorsKey {
    /// Name of the file, as in `00ff….vectors`.
    pub fn file_name(&self) -> String {
        format!("{:016x}-{:016x}-{:032x}.vectors", self.source, self.purpose, self.content)
    }

    /// The key in a file's name; `None` for a file that is none of ours.
    pub fn of_file(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let mut parts = name.strip_suffix(".vectors")?.split('-');
        let key = VectorsKey {
            source: u64::from_str_radix(parts.next()?, 16).ok()?,
            purpose: u64::from_str_radix(parts.next()?, 16).ok()?,
            content: u128::from_str_radix(parts.next()?, 16).ok()?,
        };
        (key.file_name() == name).then_some(key)
    }
}

/// [`SquaresKey::source`] of a folder or an archive.
pub(super) fn source_key(path: &Path) -> u64 {
    xxh3_64(canonical(path).as_os_str().as_encoded_bytes())
}

/// One path for all ways to the same folder, as far as the system knows.
pub(super) fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Index behind the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SquaresIndex {
    /// The folder or the archive, for people to read.
    pub source: String,
    /// [`Dataset::fingerprint`](crate::data::dataset::Dataset::fingerprint).
    pub fingerprint: String,
    /// XXH3-64 of every row; 0 for a hole.
    #[serde(with = "super::digits")]
    pub checksums: Vec<u64>,
    /// The holes, ascending.
    pub holes: Vec<(usize, Unread)>,
    /// Of the files.
    pub evidence: Evidence,
}

/// Header and index of a file that was opened.
pub(super) struct Contents {
    pub key: SquaresKey,
    pub index: SquaresIndex,
}

impl Contents {
    pub fn row_bytes(&self) -> usize {
        row_bytes(self.key.image_size)
    }

    fn rows_end(&self) -> u64 {
        row_offset(self.index.checksums.len(), self.row_bytes())
    }

    /// Writes header and index around the rows.
    pub fn write(&self, file: &File) -> Result<()> {
        let index = serde_json::to_vec(&self.index)?;
        let mut header = Vec::with_capacity(HEADER);
        header.extend(MAGIC);
        header.extend(VERSION.to_le_bytes());
        header.extend(self.key.image_size.to_le_bytes());
        header.extend(self.key.listing.to_le_bytes());
        header.extend((self.index.checksums.len() as u64).to_le_bytes());
        header.extend((index.len() as u64).to_le_bytes());
        header.extend(xxh3_64(&index).to_le_bytes());
        header.extend(xxh3_64(&header).to_le_bytes());
        write_all_at(file, &index, self.rows_end())?;
        file.set_len(self.rows_end() + index.len() as u64)?;
        write_all_at(file, &header, 0)
    }

    /// Reads and checks header and index; no row is looked at.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidData`] with what is wrong, or what the system says.
    pub fn read(mut file: &File, key: SquaresKey) -> Result<Self> {
        let length = file.metadata()?.len();
        let mut header = [0; HEADER];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut header).map_err(|_| invalid("it is cut off"))?;
        let mut rest = &header[..];
        if take(&mut rest) != *MAGIC {
            return Err(invalid("it is no cache of Morphospace"));
        }
        if u32::from_le_bytes(take(&mut rest)) != VERSION {
            return Err(invalid("another version of Morphospace made it"));
        }
        let image_size = u32::from_le_bytes(take(&mut rest));
        let listing = u128::from_le_bytes(take(&mut rest));
        let rows = u64::from_le_bytes(take(&mut rest));
        let index_length = u64::from_le_bytes(take(&mut rest));
        let index_hash = u64::from_le_bytes(take(&mut rest));
        if u64::from_le_bytes(take(&mut rest)) != xxh3_64(&header[..HEADER - 8]) {
            return Err(invalid("its beginning is damaged"));
        }
        if (image_size, listing) != (key.image_size, key.listing) {
            return Err(invalid("it holds other images than its name says"));
        }
        if image_size > MOST_SIDE {
            return Err(invalid("its images are larger than any"));
        }
        let rows_end =
            rows.checked_mul(row_bytes(image_size) as u64).and_then(|bytes| bytes.checked_add(ROWS));
        let end = rows_end.and_then(|at| at.checked_add(index_length));
        let (Some(rows_end), true) = (rows_end, end == Some(length)) else {
            return Err(invalid("it is cut off"));
        };
        // Not more than the file holds.
        let mut bytes = vec![0; index_length as usize];
        file.seek(SeekFrom::Start(rows_end))?;
        file.read_exact(&mut bytes)?;
        if xxh3_64(&bytes) != index_hash {
            return Err(invalid("its index is damaged"));
        }
        let index: SquaresIndex = serde_json::from_slice(&bytes)?;
        let holes = index.holes.iter().map(|(hole, _)| *hole);
        let same_length = index.checksums.len() == index.evidence.len();
        if !same_length || index.checksums.len() as u64 != rows || holes.max() >= Some(index.checksums.len())
        {
            return Err(invalid("its index is of other images"));
        }
        Ok(Contents { key, index })
    }

    /// Reads all rows but the holes one after another, checks them and shows them to `look`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidData`] for a damaged row, or what the system says.
    pub fn read_rows(
        &self,
        file: &File,
        mut look: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let mut reader = BufReader::with_capacity(1 << 20, file);
        reader.seek(SeekFrom::Start(ROWS))?;
        // Of no images a row can be of any length.
        let mut row = vec![0; if self.index.checksums.is_empty() { 0 } else { self.row_bytes() }];
        let mut holes = self.index.holes.iter().map(|(hole, _)| *hole).peekable();
        for (number, checksum) in self.index.checksums.iter().enumerate() {
            if holes.next_if_eq(&number).is_some() {
                reader.seek_relative(row.len() as i64)?;
                continue;
            }
            reader.read_exact(&mut row)?;
            if xxh3_64(&row) != *checksum {
                return Err(invalid("a row of pixels is damaged"));
            }
            if look(&row).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Bytes of a square.
pub(super) fn row_bytes(image_size: u32) -> usize {
    image_size as usize * image_size as usize * 3
}

/// Place where a row begins.
pub(super) fn row_offset(row: usize, row_bytes: usize) -> u64 {
    ROWS + row as u64 * row_bytes as u64
}

pub(super) fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// The first `N` bytes of what is left of the header.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (first, others) = rest.split_first_chunk().expect("the header is as long as what is taken from it");
    *rest = others;
    *first
}
