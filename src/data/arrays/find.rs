//! Arrays of pictures in a file or a folder, found by names and headers.

use std::path::{Path, PathBuf};

use super::part::{Found, Part, prefix_of};
use super::sides::Sides;
use super::{cifar, idx, numpy};
use crate::data::folder::readable;
use crate::data::format::has_image_extension;
use crate::report::SkippedFile;
use crate::{Error, Result};

/// Usual endings of files of arrays, without the dot; those of MNIST have none as they are handed out.
pub const ARRAY_ENDINGS: [&str; 6] = ["npy", "npz", "gz", "idx3-ubyte", "bin", "idx"];

/// The arrays of a file, or of the files directly in a folder that holds no image file; none where there are none.
///
/// # Errors
/// A sentence that names the file, if it is one of arrays and damaged, or holds no pictures; of a folder only where
/// none of its files is sound.
pub(super) fn find(path: &Path) -> Result<Option<Found>> {
    // Whatever else it is or is not, others say.
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(None) };
    if metadata.is_dir() {
        return in_folder(path);
    }
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut skipped = Vec::new();
    let parts = match numpy_ending(path) {
        Some("npy") => vec![numpy::of_npy(path)?],
        Some(_) => numpy::of_npz(path)?,
        None => match cifar::part(path, String::new())? {
            Some(part) => vec![part],
            None => idx::part(path, String::new(), &mut skipped)?.into_iter().collect(),
        },
    };
    Ok((!parts.is_empty()).then_some(Found { parts, skipped }))
}

/// `npy` or `npz` for a file that is called so.
fn numpy_ending(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?;
    ["npy", "npz"].into_iter().find(|known| ending.eq_ignore_ascii_case(known))
}

fn in_folder(path: &Path) -> Result<Option<Found>> {
    // A folder that cannot be opened is told by those who list images.
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(None) };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in entries.flatten() {
        let file = entry.path();
        if has_image_extension(&file) && file.is_file() {
            return Ok(None);
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if (idx::is_named_so(&name) || name.ends_with(".bin")) && file.is_file() {
            files.push(file);
        }
    }
    // A file before the same one packed.
    files.sort();
    let mut found = Found { parts: Vec::new(), skipped: Vec::new() };
    let mut first_error = None;
    for file in files {
        match in_file_of_folder(&file, &mut found) {
            Ok(Some(part)) => found.parts.push(part),
            Ok(None) => (),
            Err(Error::File { path, reason }) => {
                found.skipped.push(SkippedFile { path: path.clone(), reason: reason.clone() });
                first_error.get_or_insert(Error::File { path, reason });
            }
            Err(error) => return Err(error),
        }
    }
    match (found.parts.is_empty(), first_error) {
        (true, Some(error)) => Err(error),
        (is_empty, _) => Ok((!is_empty).then_some(found)),
    }
}

/// The pictures of a file beside others, which therefore begin with its name.
fn in_file_of_folder(file: &Path, found: &mut Found) -> Result<Option<Part>> {
    let name = readable(file.file_name().unwrap_or_default().as_encoded_bytes());
    let is_cifar = name.ends_with(".bin");
    let prefix = prefix_of(if is_cifar { name.trim_end_matches(".bin") } else { idx::stem(&name) });
    let part = match is_cifar {
        true => cifar::part(file, prefix)?,
        false => idx::part(file, prefix, &mut found.skipped)?,
    };
    let Some(part) = part else { return Ok(None) };
    if let Some(other) = found.parts.iter().find(|other| other.prefix == part.prefix) {
        let other = other.pictures.file.file_name().unwrap_or_default().display();
        let reason =
            format!("{other} beside it has the same name but for the ending, and is read in its place");
        return Err(Error::file(file, reason));
    }
    Ok(Some(part))
}

/// Whether a file is one of arrays of pictures, rather than of features, an archive or anything else; it need not be
/// sound. Its headers are read.
pub fn are_pictures(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let is_shape = |shape: &[usize]| Sides::of_shape(shape).is_some();
    match numpy_ending(path) {
        Some("npy") => numpy::npy_header(path).is_ok_and(|header| is_shape(&header.shape)),
        Some(_) => numpy::arrays(path).is_ok_and(|arrays| {
            let is_named = |name: &str| arrays.iter().any(|array| array.name == name);
            let is_float = |descr: Option<&str>| matches!(descr, Some("<f4" | "<f8"));
            let floats = arrays.iter().filter(|array| is_float(array.header.descr.as_deref()));
            let floats: Vec<bool> = floats.map(|array| is_shape(&array.header.shape)).collect();
            let are_features =
                is_named("features") || is_named("mu") || is_named("sigma") || floats == [false];
            !are_features && arrays.iter().any(|array| is_shape(&array.header.shape))
        }),
        None => !matches!(find(path), Ok(None)),
    }
}

/// A file or folder in a folder without images that can be opened instead: arrays of NumPy are many kinds of things,
/// and are read where they are named.
pub fn instead_of(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.into_iter().find(|path| match path.is_dir() {
        true => matches!(find(path), Ok(Some(_))),
        false => numpy_ending(path).is_some() && are_pictures(path),
    })
}
