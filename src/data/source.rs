//! Where images come from: a folder with all beneath it, a zip archive, or arrays.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::config::Alignment;
use crate::data::archive::{Archive, is_archive};
use crate::data::arrays::{Arrays, instead_of};
use crate::data::decode::read_bytes;
use crate::data::folder::{ListedImage, Listing, list_images};
use crate::data::format::{foreign_of, has_archive_extension, head_of_file};
use crate::data::threads::threads;
use crate::report::{Foreign, PassedOver, Progress, SkippedFile};
use crate::{Error, Result};

/// A listed folder, an open archive or open arrays.
pub struct Source {
    path: PathBuf,
    listing: Listing,
    container: Container,
    alignment: Alignment,
}

enum Container {
    Folder,
    Archive(Archive),
    Arrays(Arrays),
}

impl Source {
    /// Lists the images of a folder, of a zip archive or of arrays (a file of them, or a folder with such files and no
    /// image file beside them). `observer` is told how far that is, as [`list_images`] says; what is no folder of image
    /// files is listed at once.
    ///
    /// # Errors
    /// If `path` is none of these, cannot be read, or holds no image; [`Error::Cancelled`] when the observer broke.
    pub fn open(path: &Path, observer: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Self> {
        // First, because an `.npz` is a zip archive too.
        let (container, listing) = if let Some((arrays, listing)) = Arrays::open(path)? {
            (Container::Arrays(arrays), listing)
        } else if is_archive(path) {
            let (archive, listing) = Archive::open(path)?;
            (Container::Archive(archive), listing)
        } else if path.is_file() {
            return Err(Error::file(path, no_source(path)));
        } else {
            let listed = list_images(path, &threads()?, observer);
            (Container::Folder, listed.map_err(|error| with_arrays_instead(path, error))?)
        };
        Ok(Source { path: path.to_owned(), listing, container, alignment: Alignment::None })
    }

    /// Its images with other squares cut out of them.
    pub fn aligned(self, alignment: Alignment) -> Self {
        Source { alignment, ..self }
    }

    /// The squares that are to be cut out of its images.
    pub fn alignment(&self) -> Alignment {
        self.alignment
    }

    /// The folder, the archive or the file of arrays.
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
        matches!(self.container, Container::Archive(_))
    }

    /// Whether each image is a file of its own.
    pub(super) fn is_folder_of_images(&self) -> bool {
        matches!(self.container, Container::Folder)
    }

    /// Sentences on how its images are read, for people.
    pub fn notes(&self) -> &[String] {
        match &self.container {
            Container::Arrays(arrays) => arrays.notes(),
            Container::Folder | Container::Archive(_) => &[],
        }
    }

    /// The bytes of an image's file; of an image in an array those of a file with nothing else in it.
    ///
    /// # Errors
    /// A sentence that names the file: [`Error::Io`] if the system refuses it, which may be otherwise
    /// the next time, and [`Error::File`] if what is in it is at fault.
    pub fn read(&self, image: &ListedImage) -> Result<Vec<u8>> {
        match &self.container {
            Container::Archive(archive) => archive.read(image),
            Container::Arrays(arrays) => arrays.read(image),
            Container::Folder => read_bytes(&image.path),
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

/// An error of a folder without images, and what in it can be opened.
fn with_arrays_instead(folder: &Path, error: Error) -> Error {
    match (error, instead_of(folder)) {
        (Error::File { path, reason }, Some(arrays)) if path == folder => {
            let arrays = arrays.strip_prefix(folder).unwrap_or(&arrays).display().to_string();
            Error::file(
                &path,
                format!("{reason}; open {arrays} in it by itself, which holds arrays of pictures"),
            )
        }
        (error, _) => error,
    }
}

/// Why images cannot come from a file that is neither a zip archive nor one of arrays.
fn no_source(path: &Path) -> &'static str {
    match head_of_file(path).map(|head| foreign_of(&head)) {
        Ok(Foreign::Archive) => {
            "this archive is not a zip, the only kind that is read; unpack it (tar -xf does it for .tar and .tar.gz) \
             and choose the folder"
        }
        _ if has_archive_extension(path) => {
            "this is not a zip archive whatever its name says, or it is cut off; copy it again from where it came"
        }
        _ => {
            "this is neither a folder nor a zip archive of images, nor an array of them (.npy, .npz, an IDX file, a batch \
              of CIFAR); choose the folder that it lies in"
        }
    }
}
