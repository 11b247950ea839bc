//! Images in a zip archive. Nothing is ever unpacked to the disk: a name in an archive is only a name.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use crate::data::decode::{MAX_FILE_BYTES, read_limited, too_long};
use crate::data::folder::{ListedImage, Listing, Stamp, no_images, readable, sort};
use crate::data::format::{Tally, foreign, has_image_extension, head};
use crate::data::positioned::SharedFile;
use crate::data::run_folders;
use crate::report::SkippedFile;
use crate::{Error, Result};

/// Beginnings of a zip archive: with a file in it, or without any.
const BEGINNINGS: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// An open archive. It can be read from several threads at once.
pub(super) struct Archive {
    zip: ZipArchive<SharedFile>,
}

/// Whether a file begins as an archive does; its name does not count. `false` for what cannot be read.
pub(super) fn is_archive(path: &Path) -> bool {
    let mut beginning = [0; 4];
    // Opening a pipe would wait for somebody to write into it.
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok()
        && BEGINNINGS.contains(&&beginning)
}

impl Archive {
    /// Opens an archive and lists the images in it, as
    /// [`list_images`](crate::data::folder::list_images) does with a folder: hidden files and folders
    /// are left out, and so are runs and links. Of files with one name the last counts, as it does when the
    /// archive is unpacked.
    ///
    /// # Errors
    /// If the archive cannot be read, is cut off, or holds no image.
    pub fn open(path: &Path) -> Result<(Self, Listing)> {
        let file = File::open(path).and_then(SharedFile::new).map_err(Error::io("open", path))?;
        let zip = ZipArchive::new(file).map_err(|error| damaged(path, &error))?;
        let mut listing = Listing::default();
        let (mut tally, mut heads) = (Tally::default(), zip.clone());
        let mut by_name: HashMap<String, ListedImage> = HashMap::with_capacity(zip.len());
        let names: Vec<String> = zip.file_names().flatten().map(Cow::into_owned).collect();
        let runs = run_folders::runs_among(names.iter().map(String::as_str));
        // With the number of the pictures in each. The run that a name lies in comes last before it, as none lies in
        // another.
        let mut runs: BTreeMap<String, usize> = runs.into_iter().map(|run| (run, 0)).collect();
        for index in 0..zip.len() {
            let entry = zip.by_index_data(index).map_err(|error| damaged(path, &error))?;
            let name = normal_name(entry.name_raw(), entry.name().ok().as_deref());
            let hidden = name.split('/').any(|part| part.starts_with('.'));
            if !entry.is_file() || hidden {
                continue;
            }
            let is_image = has_image_extension(Path::new(&name));
            let before = runs.range_mut(..=name.clone()).next_back();
            if let Some((_, pictures)) = before.filter(|(run, _)| name.starts_with(run.as_str())) {
                *pictures += usize::from(is_image);
                continue;
            }
            let stamp = Stamp { bytes: entry.size(), mark: u64::from(entry.crc32()), ..Stamp::default() };
            if !is_image && let Some(what) = foreign(Path::new(&name), || head(heads.by_index(index)?)) {
                tally.add(what, &name);
                continue;
            }
            let image = ListedImage { path: path.join(&name), name: name.clone(), stamp, entry: index };
            if let Some(earlier) = by_name.insert(name, image) {
                let reason = "a later file in the archive has the same name; rename one of them";
                listing.skipped.push(SkippedFile { path: earlier.path, reason: reason.into() });
            }
        }
        for (run, pictures) in runs.into_iter().filter(|(_, pictures)| *pictures > 0) {
            listing.skipped.push(SkippedFile { path: path.join(run), reason: run_folders::reason(pictures) });
        }
        listing.images = by_name.into_values().collect();
        sort(&mut listing.images);
        listing.passed_over = tally.into_list();
        if listing.images.is_empty() {
            return Err(Error::file(path, no_images("archive", &listing)));
        }
        Ok((Archive { zip }, listing))
    }

    /// The unpacked bytes of an image.
    ///
    /// # Errors
    /// A sentence that names the image, if it is encrypted, damaged, too long or packed in a way that
    /// is not known here; [`Error::Io`] if the system does not let the archive be read.
    pub fn read(&self, image: &ListedImage) -> Result<Vec<u8>> {
        // A clone shares the table of contents and has a place of its own in the file.
        let mut zip = self.zip.clone();
        let entry = zip.by_index(image.entry).map_err(|error| unreadable(image, error))?;
        let expected = ZipFile::size(&entry);
        read_limited(entry, expected, MAX_FILE_BYTES)
            .map_err(|error| unreadable(image, error.into()))?
            .ok_or_else(|| Error::file(&image.path, too_long()))
    }
}

/// A name in an archive as a path from the archive on: without `/` before it, without `.` and `..`, with
/// forward slashes (some programs on Windows write others). Names are UTF-8 or, as `decoded`, in the old
/// code page of DOS.
fn normal_name(raw: &[u8], decoded: Option<&str>) -> String {
    let name = match (std::str::from_utf8(raw), decoded) {
        (Ok(name), _) | (Err(_), Some(name)) => name.replace('\\', "/"),
        (Err(_), None) => readable(raw),
    };
    let parts = name.split('/').filter(|part| !["", ".", ".."].contains(part));
    parts.collect::<Vec<_>>().join("/")
}

fn damaged(path: &Path, error: &ZipError) -> Error {
    let reason = format!("the zip archive is damaged or cut off ({error}); copy it again from where it came");
    Error::file(path, reason)
}

fn unsupported(error: &dyn std::fmt::Display) -> String {
    format!("it is packed in a way that cannot be read ({error}); unpack the archive into a folder")
}

fn unreadable(image: &ListedImage, error: ZipError) -> Error {
    let reason = match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            "it is encrypted; unpack the archive with its password and choose the folder".to_owned()
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => unsupported(&error),
        // Some methods are found to be unknown only at the first byte.
        ZipError::Io(source) if source.kind() == ErrorKind::Unsupported => unsupported(&source),
        ZipError::Io(source) if source.raw_os_error().is_some() => {
            return Error::io("read", &image.path)(source);
        }
        error => format!("it is damaged in the archive ({error}); copy the archive again"),
    };
    Error::file(&image.path, reason)
}

#[cfg(test)]
mod tests;
