//! Header before the numbers of an array of NumPy.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::cmp::Ordering;
use std::io::Read;

use crate::{Error, Result};

/// First bytes of a file of one array.
pub const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// No array has a longer one, of however many fields its records are.
const LONGEST_HEADER: usize = 1 << 20;
/// NumPy makes no array with more sides.
const MOST_SIDES: usize = 64;
/// No kind of numbers or texts has a longer name.
const LONGEST_DESCR: usize = 64;

/// Content and sides of an array, as it says them itself.
pub struct NpyHeader {
    /// Kind of its numbers, as in `<f4`; none for records.
    pub descr: Option<String>,
    /// Its sides.
    pub shape: Vec<usize>,
    /// Whether its first index moves fastest.
    pub is_fortran: bool,
    /// Bytes of the header itself.
    pub length: u64,
}

impl NpyHeader {
    /// Reads it, and leaves `reader` at the first number.
    ///
    /// # Errors
    /// Bytes that do not begin as an array does.
    pub fn read(reader: &mut impl Read) -> Result<Self> {
        let mut start = [0; 8];
        reader.read_exact(&mut start).map_err(cut)?;
        if start[..6] != *MAGIC {
            return Err(Error::Invalid("this is no array of NumPy; give a .npy or .npz file".into()));
        }
        let wide = start[6] != 1;
        let header_length = if wide {
            let mut bytes = [0; 4];
            reader.read_exact(&mut bytes).map_err(cut)?;
            u32::from_le_bytes(bytes) as usize
        } else {
            let mut bytes = [0; 2];
            reader.read_exact(&mut bytes).map_err(cut)?;
            u16::from_le_bytes(bytes).into()
        };
        if header_length > LONGEST_HEADER {
            return Err(Error::Invalid("this array of NumPy is damaged: its header has no end".into()));
        }
        let mut header = vec![0; header_length];
        reader.read_exact(&mut header).map_err(cut)?;
        let header = String::from_utf8_lossy(&header).into_owned();
        let descr = value_of(&header, "descr").ok_or_else(unknown)?;
        let descr = match descr.starts_with('[') {
            true => None,
            false => Some(quoted(descr).filter(|d| d.len() <= LONGEST_DESCR).ok_or_else(unknown)?.to_owned()),
        };
        let is_fortran = value_of(&header, "fortran_order").ok_or_else(unknown)?.starts_with("True");
        let shape = shape_of(value_of(&header, "shape").ok_or_else(unknown)?).ok_or_else(unknown)?;
        if shape.len() > MOST_SIDES {
            return Err(unknown());
        }
        let length = (if wide { 12 } else { 10 }) + header_length as u64;
        Ok(Self { descr, shape, is_fortran, length })
    }

    /// Number of numbers or texts.
    ///
    /// # Errors
    /// More than can be counted.
    pub fn count(&self) -> Result<usize> {
        self.shape.iter().try_fold(1usize, |count, side| count.checked_mul(*side)).ok_or_else(unknown)
    }

    /// Refuses an array of `each` bytes a number that has not as many bytes, header included, as it says.
    ///
    /// # Errors
    /// One that is cut off, and one with more in it than it says.
    pub fn check_length(&self, each: usize, length: u64) -> Result<()> {
        let bytes = self.count()?.checked_mul(each).ok_or_else(unknown)? as u64;
        let shape = described(&self.shape);
        match self.length.saturating_add(bytes).cmp(&length) {
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(Error::Invalid(format!(
                "this array of NumPy is cut off: it should hold {shape} values; write it anew"
            ))),
            Ordering::Less => Err(Error::Invalid(format!(
                "this array of NumPy is damaged, or is several in one file: there is more in it than {shape} \
                 values; write it anew"
            ))),
        }
    }
}

/// Error of a header that cannot be true.
pub fn unknown() -> Error {
    Error::Invalid("this array of NumPy is damaged: its header makes no sense; write it anew".into())
}

/// Error of an array that ends too early, also where an archive finds that what it has unpacked is not what was
/// packed.
pub fn cut(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            Error::Invalid("this array of NumPy is cut off; write or copy it anew".into())
        }
        _ => Error::Invalid(format!("this array of NumPy is damaged ({error}); write or copy it anew")),
    }
}

/// The sides of an array, as in "300 × 64".
pub fn described(shape: &[usize]) -> String {
    match shape {
        [] => "1".into(),
        shape => shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × "),
    }
}

/// Value behind `'key':` in the header's dict.
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let behind = |quote: char| {
        let quoted = format!("{quote}{key}{quote}");
        header.split_once(&quoted).map(|(_, behind)| behind)
    };
    Some(behind('\'').or_else(|| behind('"'))?.trim_start().strip_prefix(':')?.trim_start())
}

/// Text between the quotes that it begins with.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix(['\'', '"'])?.split(['\'', '"']).next()
}

/// Of a tuple as in `(300, 16), …`.
fn shape_of(text: &str) -> Option<Vec<usize>> {
    let inside = text.strip_prefix('(')?.split(')').next()?;
    let sides =
        inside.split(',').map(|side| side.trim().trim_end_matches('L')).filter(|side| !side.is_empty());
    sides.map(|side| side.parse().ok()).collect()
}
