//! IDX files, as those of MNIST (<http://yann.lecun.com/exdb/mnist/>), plain or packed by gzip.
//!
//! ```text
//! at 0   0, 0, kind of the numbers, number of sides
//! at 4   the sides, u32 each
//! then   the numbers, the last index moving fastest; all is big-endian
//! ```

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::bytes::{about, check_packing, open};
use super::npy_header::described;
use super::numbers::Numbers;
use super::part::{Labels, Packing, Part, Series};
use super::refusal::check_size;
use super::sides::Sides;
use crate::report::SkippedFile;
use crate::{Error, Result};

const GZIP: &[u8] = b"\x1F\x8B";
/// An IDX file with more sides is none of pictures.
const MOST_SIDES: u8 = 4;

/// Content and sides of an IDX file.
struct Header {
    numbers: Numbers,
    shape: Vec<usize>,
    /// Length of the file in bytes, unpacked, by what it says.
    length: u64,
    is_packed: bool,
}

impl Header {
    /// Reads it; none where a file begins otherwise.
    fn of_file(path: &Path) -> Result<Option<Self>> {
        let file = open(path)?;
        let bytes = file.metadata().map_err(Error::io("read", path))?.len();
        let mut begin = Vec::new();
        (&file).take(2).read_to_end(&mut begin).map_err(Error::io("read", path))?;
        let is_packed = begin == GZIP;
        let rest: Box<dyn Read> = match is_packed {
            // Read anew: the decoder wants these two bytes.
            true => Box::new(GzDecoder::new(open(path)?)),
            false => Box::new(begin.as_slice().chain(&file)),
        };
        let mut start = Vec::new();
        // A damaged packing shows itself when all of it is read.
        if rest.take(4 + 4 * u64::from(MOST_SIDES)).read_to_end(&mut start).is_err() && start.is_empty() {
            return Ok(None);
        }
        let Some(header) = Self::of_start(&start, is_packed) else { return Ok(None) };
        let header = header.map_err(|reason| Error::file(path, reason))?;
        let is_whole = match is_packed {
            true => check_packing(header.length, bytes).map_err(|error| about(path, error)).map(|()| true)?,
            false => header.length == bytes,
        };
        match is_whole {
            true => Ok(Some(header)),
            false => Err(Error::file(
                path,
                format!(
                    "this IDX file is cut off or damaged: with {} values it has {} bytes, and here are {bytes}; \
                     copy it again from where it came",
                    described(&header.shape),
                    header.length
                ),
            )),
        }
    }

    fn of_start(start: &[u8], is_packed: bool) -> Option<Result<Self, String>> {
        let (&[0, 0, kind, sides @ 1..=MOST_SIDES], rest) = start.split_first_chunk::<4>()? else {
            return None;
        };
        let numbers = Numbers::of_idx(kind)?;
        let shape: Vec<usize> = rest
            .as_chunks()
            .0
            .iter()
            .take(sides.into())
            .map(|side| u32::from_be_bytes(*side) as usize)
            .collect();
        if shape.len() < sides.into() {
            return Some(Err("this IDX file is cut off in its header; copy it again".into()));
        }
        let values =
            shape.iter().try_fold(numbers.size as u64, |bytes, side| bytes.checked_mul(*side as u64));
        let length = values.and_then(|values| values.checked_add(4 + 4 * u64::from(sides)));
        Some(length.map(|length| Header { numbers, shape, length, is_packed }).ok_or_else(|| {
            format!("this IDX file is damaged: it cannot hold {} values", rest_of(rest, sides))
        }))
    }

    fn series(&self, path: &Path, step: u64, count: usize) -> Series {
        let packing = if self.is_packed { Packing::Gzip(self.length) } else { Packing::Plain };
        let first = 4 + 4 * self.shape.len() as u64;
        Series { file: path.to_owned(), packing, first, step, count, numbers: self.numbers }
    }
}

fn rest_of(rest: &[u8], sides: u8) -> String {
    let sides = rest.as_chunks().0.iter().take(sides.into()).map(|side| u32::from_be_bytes(*side) as usize);
    described(&sides.collect::<Vec<_>>())
}

/// The pictures of an IDX file; none for a file that is no such file. Labels that belong to it and cannot be read
/// are told in `skipped`.
///
/// # Errors
/// A sentence that names the file, if it is damaged or holds no pictures.
pub(super) fn part(path: &Path, prefix: String, skipped: &mut Vec<SkippedFile>) -> Result<Option<Part>> {
    let Some(header) = Header::of_file(path)? else { return Ok(None) };
    let Some((count, sides)) = Sides::of_shape(&header.shape) else {
        let shape = described(&header.shape);
        let reason = match header.shape.len() {
            1 | 2 => "this IDX file holds labels and no pictures; choose the file of images beside it".into(),
            _ => format!("this IDX file is of {shape} values, and pictures are N × height × width"),
        };
        return Err(Error::file(path, reason));
    };
    check_size(count, &sides, header.numbers).map_err(|reason| Error::file(path, reason))?;
    let step = (sides.numbers() * header.numbers.size) as u64;
    let pictures = header.series(path, step, count);
    let labels = match labels_beside(path, count) {
        None => Vec::new(),
        Some(Ok(labels)) => vec![labels],
        Some(Err((path, reason))) => {
            skipped.push(SkippedFile { path, reason });
            Vec::new()
        }
    };
    Ok(Some(Part { prefix, pictures, sides, labels }))
}

/// The labels of a file of images, by its name; an error with the file that should hold them.
fn labels_beside(path: &Path, count: usize) -> Option<Result<Labels, (PathBuf, String)>> {
    let beside = label_file(path)?;
    let labels: Result<Labels, String> = match Header::of_file(&beside) {
        Ok(Some(header)) if header.shape == [count] && header.numbers.are_whole() => {
            let series = header.series(&beside, header.numbers.size as u64, count);
            Ok(Labels { column: "label", series, classes: Vec::new() })
        }
        Ok(Some(header)) => Err(format!(
            "its {} values are no labels of the {count} pictures in {}",
            described(&header.shape),
            path.display()
        )),
        Ok(None) => Err("these are no labels: it is no IDX file".into()),
        Err(Error::File { reason, .. }) => Err(reason),
        Err(error) => Err(error.to_string()),
    };
    Some(labels.map_err(|reason| (beside, reason)))
}

/// `train-labels-idx1-ubyte` for `train-images-idx3-ubyte`, packed or not, if it is there.
fn label_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let plain = strip_gz(name).replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
    let names = [plain.clone(), format!("{plain}.gz")];
    let files = names.iter().filter(|beside| *beside != name).map(|name| path.with_file_name(name));
    files.into_iter().find(|file| file.is_file())
}

/// Whether a file is called as one of images is.
pub(super) fn is_named_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.starts_with('.') && (name.contains("idx3") || name.contains("idx4"))
}

/// `train-images` for `train-images-idx3-ubyte.gz`.
pub(super) fn stem(name: &str) -> &str {
    let at = name.to_ascii_lowercase().find("idx").unwrap_or(name.len());
    match name[..at].trim_end_matches(['-', '.', '_']) {
        "" => strip_gz(name),
        stem => stem,
    }
}

fn strip_gz(name: &str) -> &str {
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".GZ")).unwrap_or(name)
}
