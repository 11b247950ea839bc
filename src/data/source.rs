//! Where images come from: a folder with all beneath it, or a zip archive.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::config::Alignment;
use crate::data::archive::{Archive, is_archive};
use crate::data::decode::read_bytes;
use crate::data::folder::{ListedImage, Listing, list_images};
use crate::data::format::{foreign_of, has_archive_extension, head_of_file};
use crate::data::threads::threads;
use crate::report::{Foreign, PassedOver, Progress, SkippedFile};
use crate::{Error, Result};

/// A listed folder or an open archive.
pub struct Source {
    path: PathBuf,
    listing: Listing,
    archive: Option<Archive>,
    alignment: Alignment,
}

impl Source {
    /// Lists the images of a folder or of a zip archive. `observer` is told how far that is, as
    /// [`list_images`] says; an archive is listed at once.
    ///
    /// # Errors
    /// If `path` is neither, cannot be read, or holds no image; [`Error::Cancelled`] when the observer broke.
    pub fn open(path: &Path, observer: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Self> {
        let (archive, listing) = if is_archive(path) {
            let (archive, listing) = Archive::open(path)?;
            (Some(archive), listing)
        } else if path.is_file() {
            return Err(Error::file(path, no_source(path)));
        } else {
            (None, list_images(path, &threads()?, observer)?)
        };
        Ok(Source { path: path.to_owned(), listing, archive, alignment: Alignment::None })
    }

    /// Its images with other squares cut out of them.
    pub fn aligned(self, alignment: Alignment) -> Self {
        Source { alignment, ..self }
    }

    /// The squares that are to be cut out of its images.
    pub fn alignment(&self) -> Alignment {
        self.alignment
    }

    /// The folder or the archive.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The images, sorted by their names in Unicode's normal form C; at least one.
    pub fn images(&self) -> &[ListedImage] {
        &self.listing.images
    }

    /// Files that could not be listed.
    pub fn skipped(&self) -> &[SkippedFile] {
        &self.listing.skipped
    }

    /// Whether it is an archive.
    pub(super) fn is_archive(&self) -> bool {
        self.archive.is_some()
    }

    /// The bytes of an image's file.
    ///
    /// # Errors
    /// A sentence that names the file: [`Error::Io`] if the system refuses it, which may be otherwise
    /// the next time, and [`Error::File`] if what is in it is at fault.
    pub fn read(&self, image: &ListedImage) -> Result<Vec<u8>> {
        match &self.archive {
            Some(archive) => archive.read(image),
            None => read_bytes(&image.path),
        }
    }

    /// Files that are not images of a format that is read.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.listing.passed_over
    }

    pub(super) fn into_listing(self) -> Listing {
        self.listing
    }
}

/// Why images cannot come from a file that is no zip archive.
fn no_source(path: &Path) -> &'static str {
    match head_of_file(path).map(|head| foreign_of(&head)) {
        Ok(Foreign::Archive) => {
            "this archive is not a zip, the only kind that is read; unpack it (tar -xf does it for .tar and .tar.gz) \
             and choose the folder"
        }
        _ if has_archive_extension(path) => {
            "this is not a zip archive whatever its name says, or it is cut off; copy it again from where it came"
        }
        _ => "this is neither a folder nor a zip archive; choose the folder that it lies in",
    }
}
