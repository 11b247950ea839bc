//! Features in NumPy's files: `.npy`, one array, and `.npz`, a zip archive of them.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>
//!
//! An `.npz` of ours holds `features` (images × numbers, float32), `names` (of the images) and `extractor`
//! (what they were seen by); of another program's the array `features` is read, or the only one of
//! floats with two dimensions.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::atomic_file::{FileKind, write_atomically};
use crate::error::{Error, Result};
use crate::metrics::features::Features;
use crate::report::SkippedFile;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Longer headers belong to arrays of records.
const LONGEST_HEADER: usize = 1 << 16;
/// Arrays of more bytes are refused: a small compressed file can claim to be enormous.
const MOST_BYTES: u64 = 8 << 30;

/// Features of images, and where they are from.
pub struct FeatureSet {
    /// A row an image.
    pub features: Features,
    /// The images, in order; empty if that is not known.
    pub names: Vec<String>,
    /// Their feature extractor, if that is known.
    pub extractor: Option<String>,
    /// Images that could not be read.
    pub skipped: Vec<SkippedFile>,
    /// Notes on how they were read, a sentence each.
    pub notes: Vec<String>,
}

impl FeatureSet {
    fn of_file(features: Features, names: Vec<String>, extractor: Option<String>) -> Self {
        Self { features, names, extractor, skipped: Vec::new(), notes: Vec::new() }
    }
}

/// Whether a file is called like one of features.
pub fn is_feature_file(path: &Path) -> bool {
    extension(path).is_some()
}

#[derive(Clone, Copy, PartialEq)]
enum NumberType {
    Npy,
    Npz,
}

fn extension(path: &Path) -> Option<NumberType> {
    let extension = path.extension()?;
    let is = |name: &str| extension.eq_ignore_ascii_case(name);
    if is("npy") { Some(NumberType::Npy) } else { is("npz").then_some(NumberType::Npz) }
}

/// Writes features to a `.npy` or, with names and extractor, an `.npz` file.
///
/// # Errors
/// Another ending; a file that cannot be written.
pub fn write(path: &Path, set: &FeatureSet) -> Result<()> {
    let values = set.features.to_f32();
    let shape = [set.features.len(), set.features.dim()];
    let features = |out: &mut dyn Write| {
        header(out, "<f4", &shape)?;
        values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
    };
    if writable(path)? == FileKind::Npy {
        return write_atomically(path, FileKind::Npy, |out| features(out));
    }
    write_atomically(path, FileKind::Npz, |out| {
        let mut archive = ZipWriter::new(out);
        let stored =
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
        archive.start_file("features.npy", stored)?;
        features(&mut BufWriter::with_capacity(1 << 18, &mut archive))?;
        archive.start_file("names.npy", stored)?;
        texts(&mut archive, &set.names, &[set.names.len()])?;
        if let Some(extractor) = &set.extractor {
            archive.start_file("extractor.npy", stored)?;
            texts(&mut archive, std::slice::from_ref(extractor), &[])?;
        }
        archive.finish().map(|_| ()).map_err(Into::into)
    })
}

/// The kind of file of features that the name of `path` says, if one may be written there.
///
/// # Errors
/// Another ending; something else in its place.
pub fn writable(path: &Path) -> Result<FileKind> {
    FileKind::of(path, "features are", &[FileKind::Npy, FileKind::Npz])
}

/// Reads features from a `.npy` or `.npz` file.
///
/// # Errors
/// A sentence that names the file, if it cannot be read, is damaged, or holds no array of finite floats
/// with two dimensions.
pub fn read(path: &Path) -> Result<FeatureSet> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let about = |error: Error| match error {
        Error::Invalid(reason) => Error::file(path, reason),
        error => error,
    };
    if extension(path) != Some(NumberType::Npz) {
        let features = read_array(&mut reader, length).and_then(Array::features).map_err(about)?;
        return Ok(FeatureSet::of_file(features, Vec::new(), None));
    }
    read_archive(reader).map_err(about)
}

fn read_archive(reader: impl Read + Seek) -> Result<FeatureSet> {
    let broken = || Error::Invalid("this is no .npz file, or it is damaged; write it anew".into());
    let mut archive = ZipArchive::new(reader).map_err(|_| broken())?;
    let (mut named, mut others, mut names, mut extractor) = (None, Vec::new(), Vec::new(), None);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| broken())?;
        let name = entry.name().map_err(|_| broken())?.into_owned();
        let size = entry.size();
        let Some(name) = name.strip_suffix(".npy") else { continue };
        match (name, read_array(entry, size)) {
            ("features", array) => named = Some(array?.features()?),
            ("names", Ok(Array { content: Content::Texts(texts), .. })) => names = texts,
            ("extractor", Ok(Array { content: Content::Texts(texts), .. })) => {
                extractor = texts.into_iter().next()
            }
            // Whatever else is in there need not be understood.
            (_, array) => others.extend(array.and_then(Array::features)),
        }
    }
    let features = match (named, others.len()) {
        (Some(features), _) => features,
        (None, 1) => others.swap_remove(0),
        (None, 0) => {
            return Err(Error::Invalid("there is no array of floats with two dimensions in it".into()));
        }
        (None, _) => {
            let reason = "there are several arrays in it; call that of the features 'features'";
            return Err(Error::Invalid(reason.into()));
        }
    };
    if names.len() != features.len() {
        names.clear();
    }
    Ok(FeatureSet::of_file(features, names, extractor))
}

/// An array as it was read.
struct Array {
    shape: Vec<usize>,
    is_fortran: bool,
    content: Content,
}

enum Content {
    F32(Vec<f32>),
    F64(Vec<f64>),
    Texts(Vec<String>),
}

impl Array {
    fn features(self) -> Result<Features> {
        let Array { mut shape, is_fortran, content } = self;
        // A network's last maps may still have their height and width of 1.
        while shape.len() > 2 && shape.last() == Some(&1) {
            shape.pop();
        }
        let &[n, dim] = &shape[..] else {
            return Err(Error::Invalid(format!(
                "features are an array of images × numbers; this one has the shape {shape:?}"
            )));
        };
        match content {
            Content::F32(values) => Features::from_f32(in_rows(values, n, dim, is_fortran), dim),
            Content::F64(values) => Features::from_f64(in_rows(values, n, dim, is_fortran), dim),
            Content::Texts(_) => Err(Error::Invalid("this is an array of texts, not of features".into())),
        }
    }
}

fn in_rows<T: Copy>(values: Vec<T>, n: usize, dim: usize, is_fortran: bool) -> Vec<T> {
    if !is_fortran {
        return values;
    }
    (0..n * dim).map(|index| values[index % dim * n + index / dim]).collect()
}

/// Reads one array; `length` bytes are a promise that may be broken.
fn read_array(reader: impl Read, length: u64) -> Result<Array> {
    let mut reader = reader.take(length.min(MOST_BYTES));
    let cut = |_| Error::Invalid("this array of NumPy is cut off; write it anew".into());
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(cut)?;
    if start[..6] != *MAGIC {
        return Err(Error::Invalid("this is no array of NumPy; give a .npy or .npz file of features".into()));
    }
    let header_length = if start[6] == 1 {
        let mut bytes = [0; 2];
        reader.read_exact(&mut bytes).map_err(cut)?;
        u16::from_le_bytes(bytes).into()
    } else {
        let mut bytes = [0; 4];
        reader.read_exact(&mut bytes).map_err(cut)?;
        u32::from_le_bytes(bytes) as usize
    };
    if header_length > LONGEST_HEADER {
        return Err(Error::Invalid("this array of NumPy is damaged: its header has no end".into()));
    }
    let mut header = vec![0; header_length];
    reader.read_exact(&mut header).map_err(cut)?;
    let header = String::from_utf8_lossy(&header).into_owned();
    let unknown = || Error::Invalid("this array of NumPy is damaged: its header makes no sense".into());
    let descr = value_of(&header, "descr").ok_or_else(unknown)?;
    let kind =
        descr.strip_prefix(['\'', '"']).and_then(|d| d.split(['\'', '"']).next()).ok_or_else(unknown)?;
    let is_fortran = value_of(&header, "fortran_order").ok_or_else(unknown)?.starts_with("True");
    let shape = shape_of(value_of(&header, "shape").ok_or_else(unknown)?).ok_or_else(unknown)?;
    let count = shape.iter().try_fold(1usize, |count, side| count.checked_mul(*side)).ok_or_else(unknown)?;
    let letters = kind.strip_prefix("<U").map(str::parse::<usize>);
    let each = match (kind, &letters) {
        ("<f4", _) => 4,
        ("<f8", _) => 8,
        (_, Some(Ok(letters))) => letters.checked_mul(4).ok_or_else(unknown)?,
        _ => {
            return Err(Error::Invalid(format!(
                "this is an array of '{kind}'; features are floats, say of .astype('float32')"
            )));
        }
    };
    let bytes = count.checked_mul(each).ok_or_else(unknown)?;
    if bytes as u64 > reader.limit() {
        return Err(Error::Invalid(format!(
            "this array of NumPy is cut off, or larger than {} GiB: it should hold {shape:?} numbers",
            MOST_BYTES >> 30
        )));
    }
    // Grows with what is there, not with what was promised.
    let mut data = Vec::new();
    reader.take(bytes as u64).read_to_end(&mut data).map_err(cut)?;
    if data.len() < bytes {
        return Err(Error::Invalid("this array of NumPy is cut off; write it anew".into()));
    }
    let content = match each {
        _ if letters.is_some() => {
            Content::Texts(if each == 0 { Vec::new() } else { data.chunks_exact(each).map(text).collect() })
        }
        4 => Content::F32(data.as_chunks().0.iter().map(|v| f32::from_le_bytes(*v)).collect()),
        _ => Content::F64(data.as_chunks().0.iter().map(|v| f64::from_le_bytes(*v)).collect()),
    };
    Ok(Array { shape, is_fortran, content })
}

/// Value behind `'key':` in the header's dict.
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let behind = |quote: char| {
        let quoted = format!("{quote}{key}{quote}");
        header.split_once(&quoted).map(|(_, behind)| behind)
    };
    Some(behind('\'').or_else(|| behind('"'))?.trim_start().strip_prefix(':')?.trim_start())
}

/// Of a tuple as in `(300, 16), …`.
fn shape_of(text: &str) -> Option<Vec<usize>> {
    let inside = text.strip_prefix('(')?.split(')').next()?;
    let sides =
        inside.split(',').map(|side| side.trim().trim_end_matches('L')).filter(|side| !side.is_empty());
    sides.map(|side| side.parse().ok()).collect()
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

fn texts(out: &mut dyn Write, texts: &[String], shape: &[usize]) -> std::io::Result<()> {
    let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    header(out, &format!("<U{longest}"), shape)?;
    for text in texts {
        let letters = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        let bytes: Vec<u8> = letters.flat_map(u32::to_le_bytes).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(n: usize) -> FeatureSet {
        let values = (0..n * 3).map(|v| v as f32 / 7.0).collect();
        let names = (0..n).map(|index| format!("ä/{index}.png")).collect();
        FeatureSet::of_file(Features::from_f32(values, 3).unwrap(), names, Some("inception:x@12".into()))
    }

    #[test]
    fn features_come_back_from_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let set = named(4);
        for (file, names, extractor) in [("a.npy", 0, None), ("a.npz", 4, set.extractor.clone())] {
            let path = folder.path().join(file);
            assert!(is_feature_file(&path));
            write(&path, &set).unwrap();
            let back = read(&path).unwrap();
            assert_eq!((back.features, back.extractor), (set.features.clone(), extractor));
            assert_eq!(back.names, set.names[..names]);
        }
        assert!(!is_feature_file(folder.path()));
        assert!(write(&folder.path().join("a.csv"), &set).unwrap_err().to_string().contains(".npz"));
    }

    /// A file as `numpy.save` writes it.
    fn saved(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let dict = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}");
        let mut bytes = [&MAGIC[..], &[1, 0], &(118u16).to_le_bytes()].concat();
        bytes.extend(format!("{dict:<117}\n").bytes());
        bytes.extend(data);
        bytes
    }

    fn array(bytes: &[u8]) -> Result<Features> {
        read_array(bytes, bytes.len() as u64).and_then(Array::features)
    }

    fn doubles(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn other_programs_arrays_are_understood() {
        let rows = Features::from_f64(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3).unwrap();
        let plain = saved("'<f8'", "False", "(2, 3)", &doubles(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(array(&plain).unwrap(), rows);
        let turned = saved("'<f8'", "True", "(2, 3)", &doubles(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
        assert_eq!(array(&turned).unwrap(), rows);
        let maps = saved("'<f8'", "False", "(2, 3, 1, 1)", &doubles(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(array(&maps).unwrap(), rows);
    }

    #[test]
    fn an_archive_of_another_program_needs_one_array_that_fits() {
        let archive = |arrays: &[(&str, Vec<u8>)]| {
            let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
            for (name, bytes) in arrays {
                archive.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
                archive.write_all(bytes).unwrap();
            }
            read_archive(archive.finish().unwrap())
        };
        let of = |value: f64| saved("'<f8'", "False", "(1, 1)", &doubles(&[value]));
        let labels = saved("'<i8'", "False", "(2,)", &[0; 16]);
        let value = |set: FeatureSet| set.features.to_f32()[0];
        assert_eq!(archive(&[("arr_0", of(3.0)), ("labels", labels.clone())]).map(value).unwrap(), 3.0);
        assert_eq!(archive(&[("a", of(3.0)), ("features", of(4.0))]).map(value).unwrap(), 4.0);
        for wrong in [&[("a", of(3.0)), ("b", of(4.0))][..], &[("labels", labels)], &[]] {
            assert!(archive(wrong).is_err());
        }
    }

    #[test]
    fn no_header_makes_more_than_an_error() {
        let sound = saved("'<f4'", "False", "(1, 2)", &[0; 8]);
        assert!(array(&sound).is_ok());
        for end in 0..sound.len() {
            assert!(array(&sound[..end]).is_err(), "cut at {end}");
        }
        for at in 0..sound.len() {
            for byte in [0, 1, b'(', b'9', 0x80, 0xff] {
                let mut bytes = sound.clone();
                bytes[at] = byte;
                let _ = array(&bytes);
            }
        }
        for (descr, shape, says) in [
            ("'<f4'", "(9999999999, 9999999999)", "makes no sense"),
            ("'<f4'", "(99999999999, 2)", "cut off"),
            ("'<f4'", "(0, 2)", "not feature vectors"),
            ("'<f4'", "(2,)", "images × numbers"),
            ("'<f4'", "(-1, 2)", "makes no sense"),
            ("'<i4'", "(1, 2)", "'<i4'"),
            ("'<U99999999999999999999'", "(1, 2)", "<U9999"),
            ("'<U2'", "(1, 1)", "texts"),
            ("[('a', '<f4')]", "(1, 2)", "makes no sense"),
        ] {
            let message = array(&saved(descr, "False", shape, &[0; 8])).unwrap_err().to_string();
            assert!(message.contains(says), "{descr} {shape}: {message}");
        }
        let not_finite = saved("'<f4'", "False", "(1, 2)", &[0xff; 8]);
        assert!(array(&not_finite).unwrap_err().to_string().contains("finite"));
    }
}
