//! Features of whole sets of images, computed once and then kept in the cache.

use std::path::PathBuf;

use super::extractor::Extracted;
use super::{Extractor, FeatureSet};
use crate::config::{DataSource, Split};
use crate::data::cache::vectors::{Vectors, VectorsFile, kept_or};
use crate::data::dataset::Dataset;
use crate::data::decode::decode_image;
use crate::data::ingest::reason;
use crate::data::pace::ProgressObserver;
use crate::data::source::Source;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::metrics::features::Features;
use crate::report::{SkippedFile, passed_over_words};

/// Side of the built-in faces where nothing is said.
const FACES_SIZE: usize = 64;

impl Extractor {
    /// Features of the images of a folder or archive, sorted by name, each image as a whole and at its own
    /// size, as `pytorch-fid` takes them; or, with `image_size`, of the squares of that size that a model
    /// of it is trained on. Images that cannot be read are left out and listed.
    ///
    /// # Errors
    /// If the images cannot be listed or none can be read; [`Error::Cancelled`] when `observer` broke.
    pub fn of_images(
        &self,
        data: &DataSource,
        image_size: Option<usize>,
        observer: ProgressObserver<'_>,
    ) -> Result<FeatureSet> {
        let path = match (data, image_size) {
            (DataSource::Folder(path), None) => path,
            (data, size) => {
                let size = size.unwrap_or(FACES_SIZE);
                let dataset = Dataset::open(data, size, observer)?;
                return self.of_squares(&dataset, Split::All, observer);
            }
        };
        let source = Source::open(path, observer)?;
        let file = VectorsFile::of_files(&source, self.name());
        let (vectors, mut notes) = kept_or(file.as_ref(), observer, |observer| {
            let images = source.images();
            let read = |index: usize| -> Result<ImageBuf> {
                let bytes = source.read(&images[index])?;
                file.iter().for_each(|file| file.see(index, &bytes));
                decode_image(&images[index].path, bytes)
            };
            let seen = self.extract(images.len(), read, observer)?;
            let names = images.iter().map(|image| (image.name.clone(), image.path.clone()));
            Ok(self.gather(names, seen, source.skipped().to_vec()))
        })?;
        notes.extend_from_slice(source.notes());
        notes.extend(passed_over_words(source.passed_over()));
        self.set(vectors, notes).map_err(|error| match error {
            Error::Invalid(reason) => Error::file(path, reason),
            error => error,
        })
    }

    /// Features of a part of a data set.
    ///
    /// # Errors
    /// If there is no image in that part or one is damaged in the cache; [`Error::Cancelled`] when
    /// `observer` broke.
    pub fn of_squares(
        &self,
        dataset: &Dataset,
        split: Split,
        observer: ProgressObserver<'_>,
    ) -> Result<FeatureSet> {
        let file = VectorsFile::of_squares(dataset, split.label(), self.name());
        let (vectors, notes) = kept_or(file.as_ref(), observer, |observer| {
            let indices = dataset.indices(split);
            let read = |index: usize| dataset.image(indices[index]);
            let seen = all(self.extract(indices.len(), read, observer)?)?;
            let names = indices.iter().map(|index| (dataset.name(*index).to_owned(), PathBuf::new()));
            Ok(self.gather(names, seen, dataset.skipped().to_vec()))
        })?;
        let mut notes = notes;
        notes.extend_from_slice(dataset.notes());
        self.set(vectors, notes)
    }

    /// Features of images at hand, one for each.
    ///
    /// # Errors
    /// If there is no image; what `image` met; [`Error::Cancelled`] when `observer` broke.
    pub fn of_each(
        &self,
        count: usize,
        image: impl Fn(usize) -> Result<ImageBuf> + Sync,
        observer: ProgressObserver<'_>,
    ) -> Result<Features> {
        Features::from_f32(all(self.extract(count, image, observer)?)?.values, self.dim())
    }

    fn gather(
        &self,
        images: impl Iterator<Item = (String, PathBuf)>,
        seen: Extracted,
        mut skipped: Vec<SkippedFile>,
    ) -> Vectors {
        let mut names = Vec::new();
        let mut failed = seen.failed.into_iter().peekable();
        for (index, (name, path)) in images.enumerate() {
            match failed.next_if(|(number, _)| *number == index) {
                Some((_, error)) => skipped.push(SkippedFile { path, reason: reason(error) }),
                None => names.push(name),
            }
        }
        Vectors { dim: self.dim(), values: seen.values, names, skipped }
    }

    fn set(&self, vectors: Vectors, notes: Vec<String>) -> Result<FeatureSet> {
        let Vectors { dim, values, names, skipped } = vectors;
        if names.is_empty() {
            let first = skipped.first().map(|f| format!("; {}: {}", f.path.display(), f.reason));
            return Err(Error::Invalid(format!(
                "there is no image in it that can be read{}",
                first.unwrap_or_default()
            )));
        }
        let extractor = Some(self.name().to_owned());
        Ok(FeatureSet { features: Features::from_f32(values, dim)?, names, extractor, skipped, notes })
    }
}

/// Errors: the first of those that kept an image from being seen.
fn all(mut seen: Extracted) -> Result<Extracted> {
    if seen.failed.is_empty() { Ok(seen) } else { Err(seen.failed.swap_remove(0).1) }
}
