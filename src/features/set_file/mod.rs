//! A set of images in a file of NumPy: as features, a row an image, or as statistics, their mean and
//! covariance.
//!
//! A `.npy` is one array, of features. An `.npz` is a zip archive of arrays by name. Ours holds `features`
//! (images × numbers, float32), `names` (of the images) and `extractor` (what they were seen by). One with
//! `mu` and `sigma` is of statistics, as pytorch-fid and clean-fid keep them. Of others the only array of
//! floats is taken for the features; which of several a person means, the path says behind a colon, as in
//! `file.npz:NAME` or `file.npz:MEAN,COVARIANCE`.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Instant;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::npy::{Floats, Header, not_floats, write_floats, write_texts};
use super::npz::{ArrayIndices, ArrayNames, NpzFile};
use crate::atomic_file::{FileKind, FilesTogether};
use crate::data::arrays::npy_header::described;
use crate::data::pace::{ProgressMeter, ProgressObserver};
use crate::error::{Error, Result};
use crate::metrics::features::Features;
use crate::report::SkippedFile;

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

/// Mean and covariance of features.
pub struct Statistics {
    /// As many numbers as a feature vector.
    pub mean: Vec<f64>,
    /// As many rows of as many numbers, one after another.
    pub covariance: Vec<f64>,
}

/// Content of a file.
pub enum Content {
    /// A row an image.
    Features(FeatureSet),
    /// Of images that are not there.
    Statistics(Statistics),
}

/// A file of features or statistics of which no more than what it says of itself has been read.
pub struct SetFile {
    path: PathBuf,
    stored: StoredArrays,
    /// Numbers in a feature vector.
    pub dim: usize,
    /// Number of images; none for statistics, which do not say.
    pub images: Option<usize>,
    /// Their feature extractor, if that is known.
    pub extractor: Option<String>,
}

enum StoredArrays {
    Npy(Header, BufReader<File>),
    Npz(Box<NpzFile>, ArrayIndices),
}

/// Whether a path is that of a file of features or statistics, by its name.
pub fn is_feature_file(path: &Path) -> bool {
    format_of(&split(path).0).is_some()
}

#[derive(Clone, Copy, PartialEq)]
enum FileFormat {
    Npy,
    Npz,
}

fn format_of(path: &Path) -> Option<FileFormat> {
    let extension = path.extension()?;
    let is = |name: &str| extension.eq_ignore_ascii_case(name);
    if is("npy") { Some(FileFormat::Npy) } else { is("npz").then_some(FileFormat::Npz) }
}

/// The file, and what stands behind the colon after it, if anything does.
fn split(path: &Path) -> (PathBuf, Option<String>) {
    const ENDING: &str = ".npz:";
    let text = path.to_str();
    let at = text.and_then(|text| text.to_ascii_lowercase().rfind(ENDING));
    match text.zip(at) {
        // A file can be called so.
        Some((text, at)) if !path.is_file() => {
            let (file, arrays) = text.split_at(at + ENDING.len());
            (file.trim_end_matches(':').into(), Some(arrays.to_owned()))
        }
        _ => (path.to_owned(), None),
    }
}

impl SetFile {
    /// Looks into the file.
    ///
    /// # Errors
    /// A sentence that names the file, if it cannot be read, is damaged, holds neither features nor statistics,
    /// or leaves open which of its arrays they are.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, arrays) = split(path);
        Self::look(&file, arrays.as_deref()).map_err(|error| about(&file, error))
    }

    fn look(path: &Path, arrays: Option<&str>) -> Result<Self> {
        // Opening a pipe would wait for somebody to write into it.
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Error::Invalid("this is no file; give a .npy or .npz file of features".into()));
        }
        let file = File::open(path).map_err(Error::io("read", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        let mut reader = BufReader::with_capacity(1 << 18, file);
        if format_of(path) == Some(FileFormat::Npz) {
            let archive = NpzFile::open(reader, length)?;
            let wanted = archive.choose(ArrayNames::of(arrays)?, path)?;
            let (dim, images) = match wanted {
                ArrayIndices::Features(at) => {
                    sides_of_features(archive.header(at)?).map(|[n, dim]| (dim, Some(n)))?
                }
                ArrayIndices::Statistics { mean, covariance } => {
                    (sides_of_statistics(archive.header(mean)?, archive.header(covariance)?)?, None)
                }
            };
            let extractor = archive.extractor().map(str::to_owned);
            let stored = StoredArrays::Npz(Box::new(archive), wanted);
            return Ok(Self { path: path.to_owned(), stored, dim, images, extractor });
        }
        let header = Header::read(&mut reader)?;
        header.check_length(length)?;
        let [n, dim] = sides_of_features(&header)?;
        let stored = StoredArrays::Npy(header, reader);
        Ok(Self { path: path.to_owned(), stored, dim, images: Some(n), extractor: None })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it. Whatever else is in an archive is gone through too, because damage anywhere in it says that
    /// the file is not what was written.
    ///
    /// # Errors
    /// A sentence that names the file, if it is damaged, does not fit into the memory, or holds numbers that
    /// are not finite; [`Error::Cancelled`] when `observer` broke.
    pub fn read(self, observer: ProgressObserver<'_>) -> Result<Content> {
        let Self { path, stored, dim, images, extractor } = self;
        let what = format!("Reading {}", path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
        let mut pace = ProgressMeter::new(what, dim.saturating_mul(images.unwrap_or(dim)), Instant::now());
        let total = dim.saturating_mul(images.unwrap_or(dim));
        let mut watch = |done: usize| observer(pace.progress(done.min(total), Instant::now()));
        let content = match stored {
            StoredArrays::Npy(header, mut reader) => header
                .read_floats(&mut reader, &mut watch)
                .and_then(|floats| features(floats, dim, false))
                .map(|features| Content::Features(FeatureSet::of_file(features, Vec::new(), None))),
            StoredArrays::Npz(mut archive, ArrayIndices::Features(at)) => {
                archive.read(&[at], &mut watch).and_then(|mut floats| {
                    let (named, names) = (archive.is_named(at), archive.take_names());
                    let features = features(floats.swap_remove(0), dim, named)?;
                    let names = if names.len() == features.len() { names } else { Vec::new() };
                    Ok(Content::Features(FeatureSet::of_file(features, names, extractor)))
                })
            }
            StoredArrays::Npz(mut archive, ArrayIndices::Statistics { mean, covariance }) => {
                archive.read(&[mean, covariance], &mut watch).map(|floats| {
                    let mut floats = floats.into_iter().map(doubled);
                    let mut next = || floats.next().unwrap_or_default();
                    Content::Statistics(Statistics { mean: next(), covariance: next() })
                })
            }
        };
        content.map_err(|error| about(&path, error))
    }
}

impl FeatureSet {
    fn of_file(features: Features, names: Vec<String>, extractor: Option<String>) -> Self {
        Self { features, names, extractor, skipped: Vec::new(), notes: Vec::new() }
    }

    /// Writes the features to a `.npy` or, with names and extractor, an `.npz` file.
    ///
    /// # Errors
    /// Another ending; a file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut one = FilesTogether::default();
        self.add_to(&mut one, path)?;
        one.keep()
    }

    /// [`FeatureSet::write`] with other files that belong to it.
    ///
    /// # Errors
    /// As there.
    pub fn add_to(&self, files: &mut FilesTogether, path: &Path) -> Result<()> {
        let values = self.features.to_f32();
        let shape = [self.features.len(), self.features.dim()];
        match writable(path)? {
            FileKind::Npz => files.add(path, FileKind::Npz, |out| {
                let mut archive = ZipWriter::new(out);
                let stored = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Stored)
                    .large_file(true);
                archive.start_file("features.npy", stored)?;
                write_floats(&mut BufWriter::with_capacity(1 << 18, &mut archive), &values, &shape)?;
                archive.start_file("names.npy", stored)?;
                write_texts(&mut archive, &self.names, &[self.names.len()])?;
                if let Some(extractor) = &self.extractor {
                    archive.start_file("extractor.npy", stored)?;
                    write_texts(&mut archive, std::slice::from_ref(extractor), &[])?;
                }
                archive.finish().map(|_| ()).map_err(Into::into)
            }),
            kind => files.add(path, kind, |out| write_floats(out, &values, &shape)),
        }
    }
}

/// The kind of file of features that the name of `path` says, if one may be written there.
///
/// # Errors
/// Another ending; something else in its place.
pub fn writable(path: &Path) -> Result<FileKind> {
    FileKind::of(path, "features are", &[FileKind::Npy, FileKind::Npz])
}

fn about(path: &Path, error: Error) -> Error {
    match error {
        Error::Invalid(reason) => Error::file(path, reason),
        error => error,
    }
}

fn sides_of_features(header: &Header) -> Result<[usize; 2]> {
    match header.sides() {
        _ if !header.is_floats() => Err(not_floats(&header.kind)),
        &[n, dim] if n > 0 && dim > 0 => Ok([n, dim]),
        [_, _] => Err(Error::Invalid(
            "there are no features in it: they are a row of numbers for each image, of one image at least"
                .into(),
        )),
        sides => Err(Error::Invalid(format!(
            "features are an array of images × numbers; this one is {}",
            described(sides)
        ))),
    }
}

/// Numbers in a feature vector.
fn sides_of_statistics(mean: &Header, covariance: &Header) -> Result<usize> {
    if let Some(other) = [mean, covariance].into_iter().find(|header| !header.is_floats()) {
        return Err(not_floats(&other.kind));
    }
    match (mean.sides(), covariance.sides()) {
        (&[dim], &[rows, columns]) if dim > 0 && rows == dim && columns == dim => Ok(dim),
        (mean, covariance) => Err(Error::Invalid(format!(
            "statistics are a mean of as many numbers as the covariance has rows and columns; here the mean is \
             {} and the covariance {}. Compute them anew",
            described(mean),
            described(covariance)
        ))),
    }
}

fn doubled(floats: Floats) -> Vec<f64> {
    match floats {
        Floats::F32(values) => values.into_iter().map(f64::from).collect(),
        Floats::F64(values) => values,
    }
}

/// Features of an array, which calls itself so or not.
fn features(floats: Floats, dim: usize, is_named: bool) -> Result<Features> {
    let is_covariance = !is_named
        && match &floats {
            Floats::F32(values) => is_symmetric(values, dim),
            Floats::F64(values) => is_symmetric(values, dim),
        };
    if is_covariance {
        return Err(Error::Invalid(
            "this is a symmetric matrix, as a covariance is, and not a row of features an image; statistics are \
             read from an .npz file with their mean as mu and their covariance as sigma"
                .into(),
        ));
    }
    match floats {
        Floats::F32(values) => Features::from_f32(values, dim),
        Floats::F64(values) => Features::from_f64(values, dim),
    }
}

fn is_symmetric<T: PartialEq>(values: &[T], dim: usize) -> bool {
    let is_square = dim > 1 && dim.checked_mul(dim) == Some(values.len());
    is_square
        && (0..dim).all(|row| (0..row).all(|column| values[row * dim + column] == values[column * dim + row]))
}

#[cfg(test)]
mod tests;
