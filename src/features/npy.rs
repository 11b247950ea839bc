//! NumPy's format of one array.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use crate::data::arrays::npy_header::{MAGIC, NpyHeader, cut, unknown};
use crate::error::{Error, Result};
use crate::memory;

/// Bytes read between two looks whether to go on.
const PIECE: usize = 1 << 20;

/// Header before the numbers of an array.
pub(super) struct Header {
    /// Type of its numbers.
    pub kind: NumberType,
    stored: NpyHeader,
}

/// Type of the numbers of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NumberType {
    F32,
    F64,
    /// Texts of at most so many letters, of four bytes each.
    Texts(usize),
    /// As the header says it.
    Other(String),
}

/// The numbers of an array, the last index moving fastest.
pub(super) enum Floats {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Told how many numbers have been read; breaks to stop.
pub(super) type Watch<'a> = &'a mut dyn FnMut(usize) -> ControlFlow<()>;

impl Header {
    /// Reads it, and leaves `reader` at the first number.
    ///
    /// # Errors
    /// Bytes that do not begin as an array does.
    pub fn read(reader: &mut impl Read) -> Result<Self> {
        let stored = NpyHeader::read(reader)?;
        let header = Header { kind: NumberType::of(stored.descr.as_deref()), stored };
        header.bytes()?;
        Ok(header)
    }

    /// Its sides.
    pub fn shape(&self) -> &[usize] {
        &self.stored.shape
    }

    /// Number of numbers or texts.
    pub fn count(&self) -> Result<usize> {
        self.stored.count()
    }

    /// Bytes of a number or text; none where that is not known here.
    fn each(&self) -> Result<Option<usize>> {
        match self.kind {
            NumberType::F32 => Ok(Some(4)),
            NumberType::F64 => Ok(Some(8)),
            NumberType::Texts(letters) => letters.checked_mul(4).map(Some).ok_or_else(unknown),
            NumberType::Other(_) => Ok(None),
        }
    }

    /// Bytes of the array behind the header; none where that is not known here.
    fn bytes(&self) -> Result<Option<u64>> {
        let Some(each) = self.each()? else { return Ok(None) };
        Ok(Some(self.count()?.checked_mul(each).ok_or_else(unknown)? as u64))
    }

    /// Refuses an array that has not as many bytes, header included, as it says.
    ///
    /// # Errors
    /// One that is cut off, and one with more in it than it says.
    pub fn check_length(&self, length: u64) -> Result<()> {
        self.each()?.map_or(Ok(()), |each| self.stored.check_length(each, length))
    }

    /// Whether it is of floats that are read here.
    pub fn is_floats(&self) -> bool {
        matches!(self.kind, NumberType::F32 | NumberType::F64)
    }

    /// The sides without those of 1 behind the second: the last maps of a network may still have their height
    /// and width.
    pub fn sides(&self) -> &[usize] {
        let mut sides = &self.stored.shape[..];
        while let [rest @ .., 1] = sides
            && rest.len() >= 2
        {
            sides = rest;
        }
        sides
    }

    /// Reads the numbers.
    ///
    /// # Errors
    /// An array of something else, one that does not fit into the memory; [`Error::Cancelled`] when `watch`
    /// broke; what the reader meets.
    pub fn read_floats(&self, reader: &mut impl Read, watch: Watch<'_>) -> Result<Floats> {
        match &self.kind {
            NumberType::F32 => self.read_values(reader, f32::from_le_bytes, watch).map(Floats::F32),
            NumberType::F64 => self.read_values(reader, f64::from_le_bytes, watch).map(Floats::F64),
            kind => Err(not_floats(kind)),
        }
    }

    fn read_values<T: Copy + Default, const BYTES: usize>(
        &self,
        reader: &mut impl Read,
        value: fn([u8; BYTES]) -> T,
        watch: Watch<'_>,
    ) -> Result<Vec<T>> {
        let count = self.count()?;
        let mut values = memory::with_room(count, "this array of NumPy")?;
        values.resize(count, T::default());
        // In Fortran's order a column comes after another.
        let columns = match self.sides() {
            [_, columns] if self.stored.is_fortran => Some(*columns),
            _ => None,
        };
        let mut piece = vec![0; PIECE.min(count.saturating_mul(BYTES))];
        let mut done = 0;
        while done < count {
            let some = (count - done).min(PIECE / BYTES);
            let piece = &mut piece[..some * BYTES];
            reader.read_exact(piece).map_err(cut)?;
            let read = piece.as_chunks().0.iter().map(|bytes| value(*bytes));
            match columns {
                None => values[done..].iter_mut().zip(read).for_each(|(place, value)| *place = value),
                Some(columns) => {
                    let rows = count / columns;
                    (done..)
                        .zip(read)
                        .for_each(|(at, value)| values[at % rows * columns + at / rows] = value);
                }
            }
            done += some;
            if watch(done).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(values)
    }

    /// Reads texts.
    ///
    /// # Errors
    /// An array of something else, one that does not fit into the memory; what the reader meets.
    pub fn read_texts(&self, reader: &mut impl Read) -> Result<Vec<String>> {
        let NumberType::Texts(letters) = self.kind else {
            return Err(Error::Invalid(format!("this is an array of {}, not of texts", self.kind)));
        };
        let count = self.count()?;
        memory::require(self.bytes()?.unwrap_or(0), "this array of texts")?;
        // Those of no letters take no room in the file, however many are promised; and none can be of any length.
        let (letters, count) = if letters == 0 || count == 0 { (0, 0) } else { (letters, count) };
        let mut bytes = vec![0; letters * 4];
        let mut texts = Vec::new();
        for _ in 0..count {
            reader.read_exact(&mut bytes).map_err(cut)?;
            texts.push(text(&bytes));
        }
        Ok(texts)
    }
}

impl NumberType {
    fn of(descr: Option<&str>) -> Self {
        let Some(kind) = descr else { return NumberType::Other("records".into()) };
        match (kind, kind.strip_prefix("<U").map(str::parse)) {
            ("<f4", _) => NumberType::F32,
            ("<f8", _) => NumberType::F64,
            (_, Some(Ok(letters))) => NumberType::Texts(letters),
            _ => NumberType::Other(format!("'{}'", kind.escape_debug())),
        }
    }
}

impl std::fmt::Display for NumberType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NumberType::F32 | NumberType::F64 => f.write_str("floats"),
            NumberType::Texts(_) => f.write_str("texts"),
            NumberType::Other(kind) => f.write_str(kind),
        }
    }
}

/// The numbers of an array in a file, whatever its shape; doubles are rounded to single precision.
///
/// # Errors
/// A file that cannot be read, or is no array of floats.
pub fn read_array(path: &Path) -> Result<Vec<f32>> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    let mut reader = BufReader::new(file);
    let read = |reader: &mut BufReader<File>| {
        let header = Header::read(reader)?;
        header.check_length(length)?;
        Ok(match header.read_floats(reader, &mut |_| ControlFlow::Continue(()))? {
            Floats::F32(values) => values,
            Floats::F64(values) => values.into_iter().map(|value| value as f32).collect(),
        })
    };
    read(&mut reader).map_err(|error| match error {
        Error::Invalid(reason) => Error::file(path, reason),
        error => error,
    })
}

/// Error for an array of something else, which holds no features.
pub(super) fn not_floats(kind: &NumberType) -> Error {
    Error::Invalid(format!("this is an array of {kind}; features are floats, say of .astype('float32')"))
}

/// Writes floats, row after row.
pub(super) fn write_floats(out: &mut dyn Write, values: &[f32], shape: &[usize]) -> std::io::Result<()> {
    header(out, "<f4", shape)?;
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

/// Four bytes a letter, filled up with zeros.
fn text(bytes: &[u8]) -> String {
    let letters = bytes.as_chunks().0.iter().map(|letter| u32::from_le_bytes(*letter));
    letters.take_while(|letter| *letter != 0).map(|l| char::from_u32(l).unwrap_or('\u{fffd}')).collect()
}

fn header(out: &mut dyn Write, kind: &str, shape: &[usize]) -> std::io::Result<()> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let mut dict =
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}", sides.trim_end());
    // The numbers begin at a multiple of 64 bytes, and the header ends a line.
    let length = (MAGIC.len() + 4 + dict.len() + 1).next_multiple_of(64) - MAGIC.len() - 4;
    dict = format!("{dict:<width$}\n", width = length - 1);
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    out.write_all(&(length as u16).to_le_bytes())?;
    out.write_all(dict.as_bytes())
}

/// Writes texts.
pub(super) fn write_texts(out: &mut dyn Write, texts: &[String], shape: &[usize]) -> std::io::Result<()> {
    let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    header(out, &format!("<U{longest}"), shape)?;
    for text in texts {
        let letters = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        let bytes: Vec<u8> = letters.flat_map(u32::to_le_bytes).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// A file as `numpy.save` writes it.
#[cfg(test)]
pub(super) fn saved(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let dict = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}");
    let mut bytes = [&MAGIC[..], &[1, 0], &(118u16).to_le_bytes()].concat();
    bytes.extend(format!("{dict:<117}\n").bytes());
    bytes.extend(data);
    bytes
}

#[cfg(test)]
pub(super) fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go_on(_: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The numbers of a file, in double precision.
    fn numbers(mut bytes: &[u8]) -> Result<(Vec<usize>, Vec<f64>)> {
        let length = bytes.len() as u64;
        let header = Header::read(&mut bytes)?;
        header.check_length(length)?;
        let numbers = match header.read_floats(&mut bytes, &mut go_on)? {
            Floats::F32(values) => values.into_iter().map(f64::from).collect(),
            Floats::F64(values) => values,
        };
        Ok((header.sides().to_vec(), numbers))
    }

    #[test]
    fn other_programs_arrays_are_understood() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let turned = [1.0, 4.0, 2.0, 5.0, 3.0, 6.0];
        for (order, shape, data) in
            [("False", "(2, 3)", values), ("True", "(2, 3)", turned), ("False", "(2, 3, 1, 1)", values)]
        {
            let file = saved("'<f8'", order, shape, &doubles(&data));
            assert_eq!(numbers(&file).unwrap(), (vec![2, 3], values.to_vec()), "{order} {shape}");
        }
        let column = saved("'<f8'", "True", "(3, 1)", &doubles(&values[..3]));
        assert_eq!(numbers(&column).unwrap(), (vec![3, 1], values[..3].to_vec()));
    }

    #[test]
    fn no_header_makes_more_than_an_error() {
        let sound = saved("'<f4'", "False", "(1, 2)", &[0; 8]);
        assert!(numbers(&sound).is_ok());
        for end in 0..sound.len() {
            assert!(numbers(&sound[..end]).is_err(), "cut at {end}");
        }
        for at in 0..sound.len() {
            for byte in [0, 1, b'(', b'9', 0x80, 0xff] {
                let mut bytes = sound.clone();
                bytes[at] = byte;
                let _ = numbers(&bytes);
            }
        }
        for (descr, shape, says) in [
            ("'<f4'", "(9999999999, 9999999999)", "makes no sense"),
            ("'<f4'", "(99999999999, 2)", "cut off"),
            ("'<f4'", "(1, 1)", "more in it than 1 × 1"),
            ("'<f4'", "(-1, 2)", "makes no sense"),
            ("'<i4'", "(1, 2)", "'<i4'"),
            ("'<U99999999999999999999'", "(1, 2)", "<U9999"),
            ("'<U2'", "(1, 1)", "texts"),
            ("[('a', '<f4')]", "(1, 2)", "records"),
        ] {
            let message = numbers(&saved(descr, "False", shape, &[0; 8])).unwrap_err().to_string();
            assert!(message.contains(says), "{descr} {shape}: {message}");
        }
    }

    #[test]
    fn memory_is_asked_for_before_it_is_taken_and_reading_can_stop() {
        // As if a file of so many bytes were there.
        let promise = saved("'<f8'", "False", "(1000000000, 1000000)", &[]);
        let mut bytes = &promise[..];
        let header = Header::read(&mut bytes).unwrap();
        assert!(header.check_length(128 + 8_000_000_000_000_000).is_ok());
        let refused = header.read_floats(&mut bytes, &mut go_on).err().unwrap().to_string();
        assert!(refused.contains("of memory"), "{refused}");

        let long = saved("'<f4'", "False", "(1000, 1000)", &vec![0; 4_000_000]);
        let mut bytes = &long[..];
        let header = Header::read(&mut bytes).unwrap();
        let stopped = header.read_floats(&mut bytes, &mut |done| {
            assert!(done < 1_000_000);
            ControlFlow::Break(())
        });
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
