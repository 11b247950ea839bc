//! Sets of images as feature vectors: writing these, and comparing two sets.

use std::path::Path;
use std::time::Instant;

use super::protocol::{ComparisonOrder, FeatureOrder, FeaturesWritten};
use crate::config::DataSource;
use crate::error::{Error, Result};
use crate::features::{Extractor, FeatureSet, npy};
use crate::memory;
use crate::metrics::sets::RealSet;
use crate::observer::Observer;
use crate::report::SetMetrics;

/// Writes the feature vectors of images to a file.
///
/// # Errors
/// An extractor, images or a file that cannot be read or written; [`Error::Cancelled`].
pub fn write_features(order: FeatureOrder, observer: &mut dyn Observer) -> Result<FeaturesWritten> {
    let FeatureOrder { data, extractor, image_size, out } = order;
    // Before minutes of work.
    npy::writable(&out)?;
    if let Some(size) = image_size {
        // As bytes and as numbers, on each thread.
        let each = 3 * 5 * rayon::current_num_threads() as u64;
        memory::check("pixels of an image", (size as u64).saturating_pow(2), each, 0)?;
    }
    observer.started(&format!("Extracting features of {data}"));
    let extractor = Extractor::open(&extractor)?;
    let began = Instant::now();
    let set = extractor.of_images(&data, image_size, &mut |progress| observer.progress(progress))?;
    let seconds = began.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    tell(&set, observer);
    npy::write(&out, &set)?;
    let n = set.features.len();
    Ok(FeaturesWritten {
        n,
        dim: set.features.dim(),
        features: extractor.name().to_owned(),
        images_per_second: n as f64 / seconds,
        out,
    })
}

/// Fréchet distance, precision, recall, density and coverage between two sets.
///
/// # Errors
/// A set that cannot be read; features of different extractors or lengths; [`Error::Cancelled`].
pub fn compare_sets(order: &ComparisonOrder, observer: &mut dyn Observer) -> Result<SetMetrics> {
    let ComparisonOrder { a, b, extractor, k } = order;
    observer.started(&format!("Comparing {} with {} as sets", b.display(), a.display()));
    // Not opened where there is nothing to see.
    let mut opened = None;
    let mut take = |path: &Path| -> Result<FeatureSet> {
        let set = if npy::is_feature_file(path) {
            npy::read(path)?
        } else {
            let extractor = match opened.take() {
                Some(extractor) => extractor,
                None => Extractor::open(extractor)?,
            };
            let images = DataSource::Folder(path.to_owned());
            let extractor: &Extractor = opened.insert(extractor);
            extractor.of_images(&images, None, &mut |progress| observer.progress(progress))?
        };
        tell(&set, observer);
        Ok(set)
    };
    let (real, generated) = (take(a)?, take(b)?);
    let name = match (&real.extractor, &generated.extractor) {
        (Some(a), Some(b)) if a != b => {
            return Err(Error::Invalid(format!(
                "features of {a} and of {b} cannot be compared; take both from the same extractor"
            )));
        }
        (Some(name), _) | (_, Some(name)) => name.clone(),
        (None, None) => format!("{} numbers from files", real.features.dim()),
    };
    let real = RealSet::new(&real.features, &name, *k, &mut |progress| observer.progress(progress))?;
    real.measure(&generated.features, &mut |progress| observer.progress(progress))
}

fn tell(set: &FeatureSet, observer: &mut dyn Observer) {
    set.notes.iter().for_each(|note| observer.warning(note));
    observer.skipped(&set.skipped);
}
