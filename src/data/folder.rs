//! Which files of a folder are images.

use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::data::report::SkippedFile;
use crate::{Error, Result};

/// The endings, in any case, that make a file an image to look at; what it really is, its content says.
pub const EXTENSIONS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The image files, sorted by the bytes of their names.
    pub images: Vec<ListedImage>,
    /// Subfolders that could not be opened and links that lead nowhere.
    pub skipped: Vec<SkippedFile>,
}

/// An image file in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedImage {
    /// Where it is.
    pub path: PathBuf,
    /// Its path from the folder on, with forward slashes on every system. Bytes that are not UTF-8
    /// are written as `\xFF`, so that different files have different names.
    pub name: String,
}

/// Lists the images in `dir` and in all folders beneath it.
///
/// Links are followed, except back into a folder that they lie in. Hidden files and folders (those
/// that begin with a dot) are left out: they are caches, bins and the sidecars of other systems.
///
/// # Errors
/// If `dir` is not a folder that can be read, or holds no image.
pub fn list_images(dir: &Path) -> Result<Listing> {
    let metadata = match std::fs::metadata(dir) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::file(dir, "there is no such folder; check the spelling of the path"));
        }
        Err(error) => return Err(Error::io("open", dir)(error)),
    };
    if !metadata.is_dir() {
        return Err(Error::file(dir, "this is a file, not a folder; choose the folder that it lies in"));
    }
    std::fs::read_dir(dir).map_err(Error::io("open", dir))?;

    let mut listing = Listing::default();
    let visible =
        |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    for entry in WalkDir::new(dir).follow_links(true).into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_file() && has_image_extension(entry.path()) {
                    let name = relative_name(entry.path().strip_prefix(dir).unwrap_or(entry.path()));
                    listing.images.push(ListedImage { path: entry.into_path(), name });
                }
            }
            Err(error) => listing.skipped.extend(skipped(&error)),
        }
    }
    listing.images.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    if listing.images.is_empty() {
        return Err(no_images(dir, &listing.skipped));
    }
    Ok(listing)
}

fn has_image_extension(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

/// `None` for what loses no image: a link back into its own folder, a dead link to something else.
fn skipped(error: &walkdir::Error) -> Option<SkippedFile> {
    let source = error.io_error()?;
    let path = error.path()?.to_owned();
    let dead_link = source.kind() == std::io::ErrorKind::NotFound;
    if dead_link && !has_image_extension(&path) {
        return None;
    }
    let reason = if dead_link {
        "the link leads to a file that does not exist".to_owned()
    } else {
        format!("cannot be opened: {source}")
    };
    Some(SkippedFile { path, reason })
}

fn relative_name(path: &Path) -> String {
    let mut name = String::new();
    for component in path.components() {
        let Component::Normal(part) = component else { continue };
        if !name.is_empty() {
            name.push('/');
        }
        for chunk in part.as_encoded_bytes().utf8_chunks() {
            name.push_str(chunk.valid());
            name.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
        }
    }
    name
}

fn no_images(dir: &Path, skipped: &[SkippedFile]) -> Error {
    let reason = match skipped.first() {
        Some(first) => {
            format!("no image can be reached in this folder; {} {}", first.path.display(), first.reason)
        }
        None => {
            "this folder and those beneath it hold no images (jpg, png, webp, bmp, gif or tif)".to_owned()
        }
    };
    Error::file(dir, reason)
}
