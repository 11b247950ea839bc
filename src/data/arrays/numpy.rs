//! Pictures in the files of NumPy: `.npy`, one array, and `.npz`, a zip archive of arrays by name.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use super::bytes::{about, check_packing, open};
use super::npy_header::{NpyHeader, described};
use super::numbers::Numbers;
use super::part::{Labels, Packing, Part, Series, prefix_of};
use super::refusal::pictures_of;
use super::sides::Sides;
use crate::data::positioned::SharedFile;
use crate::{Error, Result};

/// With more arrays, an archive is none of pictures.
const MOST_ARRAYS: usize = 4096;
/// Arrays that a sentence lists.
const MOST_LISTED: usize = 8;

/// An array in an `.npz`.
pub(super) struct Array {
    /// Without `.npy`.
    pub name: String,
    pub header: NpyHeader,
    packing: Packing,
    /// Where its numbers begin.
    first: u64,
}

/// The header of a `.npy` as long as it says; its numbers are not read.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn npy_header(path: &Path) -> Result<NpyHeader> {
    let file = open(path)?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    let header = NpyHeader::read(&mut BufReader::new(file)).map_err(|error| about(path, error))?;
    check_length(&header, length).map_err(|error| about(path, error))?;
    Ok(header)
}

/// Numbers of an unknown kind have an unknown length.
fn check_length(header: &NpyHeader, length: u64) -> Result<()> {
    let numbers = header.descr.as_deref().and_then(Numbers::of_descr);
    numbers.map_or(Ok(()), |numbers| header.check_length(numbers.size, length))
}

/// The pictures of a `.npy`.
///
/// # Errors
/// A sentence that names the file, if it is damaged or holds something else.
pub(super) fn of_npy(path: &Path) -> Result<Part> {
    let header = npy_header(path)?;
    let (numbers, count, sides) = pictures_of(&header).map_err(|reason| Error::file(path, reason))?;
    let pictures = series(path, Packing::Plain, header.length, (numbers, count, sides.numbers()));
    Ok(Part { prefix: String::new(), pictures, sides, labels: Vec::new() })
}

fn series(
    path: &Path,
    packing: Packing,
    first: u64,
    (numbers, count, each): (Numbers, usize, usize),
) -> Series {
    Series { file: path.to_owned(), packing, first, step: (each * numbers.size) as u64, count, numbers }
}

/// The arrays of an `.npz` by what they say of themselves.
///
/// # Errors
/// A sentence that names the file, if it is no archive or a damaged one, or claims more than can be packed into it.
pub(super) fn arrays(path: &Path) -> Result<Vec<Array>> {
    let file = open(path)?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    arrays_in(file, length).map_err(|error| about(path, error))
}

fn arrays_in(file: File, length: u64) -> Result<Vec<Array>> {
    let file = SharedFile::new(file).map_err(|error| damaged(&error))?;
    let reader = BufReader::with_capacity(1 << 16, file);
    let mut zip = ZipArchive::new(reader).map_err(|error| damaged(&error))?;
    if zip.len() > MOST_ARRAYS {
        return Err(Error::Invalid(format!("there are more than {MOST_ARRAYS} arrays in it")));
    }
    let (mut arrays, mut unpacked) = (Vec::<Array>::new(), 0u64);
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
        let size = entry.size();
        unpacked = unpacked.saturating_add(size);
        check_packing(unpacked, length)?;
        let within = |error: Error| match error {
            Error::Invalid(reason) => Error::Invalid(format!("'{}' in it: {reason}", name.escape_debug())),
            error => error,
        };
        let header = NpyHeader::read(&mut entry).map_err(within)?;
        check_length(&header, size).map_err(within)?;
        let start = entry.data_start().filter(|_| entry.compression() == CompressionMethod::Stored);
        let (packing, first) = match start {
            Some(start) => (Packing::Plain, start.saturating_add(header.length)),
            None => (Packing::Entry(number, size), header.length),
        };
        if arrays.iter().any(|array| array.name == name) {
            return Err(damaged(&format!("'{}' is twice in it", name.escape_debug())));
        }
        arrays.push(Array { name, header, packing, first });
    }
    Ok(arrays)
}

/// The pictures of an `.npz`: all of its arrays that have their shape, in the order of their names, and the labels of
/// each.
///
/// # Errors
/// As [`arrays`]; no array of pictures.
pub(super) fn of_npz(path: &Path) -> Result<Vec<Part>> {
    let mut arrays = arrays(path)?;
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    let pictures: Vec<(&Array, (Numbers, usize, Sides))> =
        arrays.iter().filter_map(|array| Some((array, pictures_of(&array.header).ok()?))).collect();
    if pictures.is_empty() {
        return Err(Error::file(path, no_pictures(&arrays)));
    }
    let is_alone = pictures.len() == 1;
    let part = |(array, (numbers, count, sides)): &(&Array, (Numbers, usize, Sides))| Part {
        prefix: if is_alone { String::new() } else { prefix_of(&array.name) },
        pictures: series(path, array.packing, array.first, (*numbers, *count, sides.numbers())),
        sides: *sides,
        labels: labels_of(array, *count, &arrays, path).into_iter().collect(),
    };
    Ok(pictures.iter().map(part).collect())
}

/// The whole numbers in the archive, one for each picture: those of the name that goes with that of the pictures, or
/// the only ones that are as many.
fn labels_of(pictures: &Array, count: usize, arrays: &[Array], path: &Path) -> Option<Labels> {
    let is_label = |array: &&Array| {
        let is_column = matches!(array.header.shape[..], [n] | [n, 1] if n == count);
        is_column && array.header.descr.as_deref().and_then(Numbers::of_descr).is_some_and(Numbers::are_whole)
    };
    let possible: Vec<&Array> = arrays.iter().filter(is_label).collect();
    let name = pictures.name.to_lowercase();
    let goes_with = |(from, to): (&str, &str)| {
        possible.iter().find(|array| array.name.to_lowercase() == name.replacen(from, to, 1)).copied()
    };
    let pairs =
        [("x", "y"), ("images", "labels"), ("image", "label"), ("imgs", "labels"), ("data", "labels")];
    let named = pairs.into_iter().chain([("data", "target")]).filter(|(from, _)| name.contains(from));
    let only = || match possible[..] {
        [only] => Some(only),
        _ => None,
    };
    let array = named.into_iter().find_map(goes_with).or_else(only)?;
    let numbers = Numbers::of_descr(array.header.descr.as_deref()?)?;
    let series = series(path, array.packing, array.first, (numbers, count, 1));
    Some(Labels { column: "label", series, classes: Vec::new() })
}

fn no_pictures(arrays: &[Array]) -> String {
    if let [only] = arrays {
        return format!(
            "'{}' in it: {}",
            only.name.escape_debug(),
            pictures_of(&only.header).err().unwrap_or_default()
        );
    }
    let each =
        |array: &Array| format!("'{}' ({})", array.name.escape_debug(), described(&array.header.shape));
    let mut list: Vec<String> = arrays.iter().take(MOST_LISTED).map(each).collect();
    if arrays.len() > MOST_LISTED {
        list.push(format!("{} more", arrays.len() - MOST_LISTED));
    }
    match list.is_empty() {
        true => "there is no array in it; an .npz with pictures is written by numpy.savez".into(),
        false => format!(
            "none of its arrays is one of pictures, which are {}; there is {}",
            super::refusal::SHAPES,
            list.join(", ")
        ),
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Error {
    Error::Invalid(format!("the .npz file is damaged or cut off ({error}); write or copy it anew"))
}
