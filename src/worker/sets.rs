//! Sets of images as feature vectors: writing these, and comparing two sets.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::config::{DataSource, ExtractorSource};
use crate::data::arrays::are_pictures;
use crate::error::{Error, Result};
use crate::features::set_file::{Content, SetFile, Statistics, is_feature_file, writable};
use crate::features::{Extractor, FeatureSet};
use crate::memory;
use crate::metrics::prdc::check_k;
use crate::metrics::sets::{RealSet, SetData, measure_moments};
use crate::observer::Observer;
use crate::ranks::joined;
use crate::report::{FeaturesWritten, SetMetrics};

/// Feature vectors of images to write to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureOrder {
    /// The images.
    pub data: DataSource,
    /// Feature extractor.
    pub extractor: ExtractorSource,
    /// The side of squares to make of them first, as for training; else each is seen as it is.
    pub image_size: Option<usize>,
    /// The file: `.npy` or `.npz`.
    pub out: PathBuf,
}

/// Two sets of images, or of their features, to compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonOrder {
    /// The real images: a folder, zip archive or arrays, or a `.npy` or `.npz` file of features or of statistics, also
    /// as `FILE.npz:ARRAY`.
    pub a: PathBuf,
    /// The generated ones, likewise.
    pub b: PathBuf,
    /// Feature extractor of images, and of files that do not say theirs; the embedded one if it is not said.
    pub extractor: Option<ExtractorSource>,
    /// The neighbour that the balls of a manifold reach to; [`NEAREST_K`](crate::metrics::sets::NEAREST_K) is
    /// usual.
    pub k: usize,
}

/// Writes the feature vectors of images to a file.
///
/// # Errors
/// An extractor, images or a file that cannot be read or written; [`Error::Cancelled`].
pub fn write_features(order: FeatureOrder, observer: &mut dyn Observer) -> Result<FeaturesWritten> {
    let FeatureOrder { data, extractor, image_size, out } = order;
    // Before minutes of work.
    writable(&out)?;
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
    // Of many processes one writes.
    if joined().is_first() {
        set.write(&out)?;
    }
    let n = set.features.len();
    Ok(FeaturesWritten {
        n,
        dim: set.features.dim(),
        features: extractor.name().to_owned(),
        images_per_second: n as f64 / seconds,
        out,
    })
}

/// The numbers of [`SetMetrics`] between two sets, each a folder or archive of images or a file of features or
/// statistics.
///
/// Refusals by the headers of the files come before anything is computed.
///
/// # Errors
/// A set that cannot be read; features of different extractors or lengths, or of an unknown one beside images;
/// not more than `k` images; [`Error::Cancelled`].
pub fn compare_sets(order: &ComparisonOrder, observer: &mut dyn Observer) -> Result<SetMetrics> {
    let ComparisonOrder { a, b, extractor, k } = order;
    let (extractor, k) = (extractor.as_ref(), *k);
    observer.started(&format!("Comparing {} with {} as sets", b.display(), a.display()));
    let sides = [SetSource::open(a)?, SetSource::open(b)?];
    let are_images = sides.iter().any(|side| matches!(side, SetSource::Images(_)));
    // Not opened where there is nothing to see and nothing to name.
    let network = (are_images || extractor.is_some())
        .then(|| Extractor::open(extractor.unwrap_or(&ExtractorSource::Embedded)))
        .transpose()?;
    let is_said = extractor.is_some();
    let features = name_of_both(&sides, network.as_ref(), is_said, observer)?;
    check_sides(&sides, network.as_ref(), k)?;
    let mut take = |side: SetSource| -> Result<Content> {
        let content = match side {
            SetSource::File(file) => file.read(&mut |progress| observer.progress(progress))?,
            SetSource::Images(path) => {
                let network =
                    network.as_ref().ok_or_else(|| Error::file(&path, "nothing is there to see it"))?;
                let images = DataSource::Folder(path);
                Content::Features(network.of_images(&images, None, &mut |p| observer.progress(p))?)
            }
        };
        if let Content::Features(set) = &content {
            tell(set, observer);
        }
        Ok(content)
    };
    let [real, generated] = sides;
    let (real, generated) = (take(real)?, take(generated)?);
    let mut watch = |progress| observer.progress(progress);
    if let (Content::Features(real), Content::Features(generated)) = (&real, &generated) {
        let real = RealSet::new(&real.features, &features, k, &mut watch)?;
        return real.measure(&generated.features, &mut watch);
    }
    let both = [real, generated].map(|content| match content {
        Content::Features(set) => SetData::Features(set.features),
        Content::Statistics(Statistics { mean, covariance }) => SetData::Moments { mean, covariance },
    });
    measure_moments(both, &features, k, &mut watch)
}

/// One of the two sets before it is read.
enum SetSource {
    File(SetFile),
    Images(PathBuf),
}

impl SetSource {
    fn open(path: &Path) -> Result<Self> {
        match is_feature_file(path) && !are_pictures(path) {
            true => SetFile::open(path).map(SetSource::File),
            false => Ok(SetSource::Images(path.to_owned())),
        }
    }

    fn path(&self) -> &Path {
        match self {
            SetSource::File(file) => file.path(),
            SetSource::Images(path) => path,
        }
    }

    fn dim(&self, network: Option<&Extractor>) -> Option<usize> {
        match self {
            SetSource::File(file) => Some(file.dim),
            SetSource::Images(_) => network.map(Extractor::dim),
        }
    }
}

/// Feature extractor of both sets, as far as the files or the person says it.
fn name_of_both(
    sides: &[SetSource; 2],
    network: Option<&Extractor>,
    is_said: bool,
    observer: &mut dyn Observer,
) -> Result<String> {
    let names = sides.each_ref().map(|side| match side {
        SetSource::File(file) => file.extractor.as_deref(),
        SetSource::Images(_) => network.map(Extractor::name),
    });
    let said = network.map(Extractor::name).filter(|_| is_said);
    let mut known = names.into_iter().chain([said]).flatten();
    let first = known.next();
    if let Some((a, b)) = first.zip(known.find(|other| Some(*other) != first)) {
        return Err(Error::Invalid(format!(
            "features of {a} and of {b} cannot be compared; take both from the same extractor"
        )));
    }
    for (side, name) in sides.iter().zip(names) {
        if let (SetSource::File(file), None, Some(network)) = (side, name, network)
            && !is_said
        {
            return Err(Error::file(
                file.path(),
                format!(
                    "it does not say which network has seen its images, and the other set is to be seen by {}; say \
                     it with --extractor embedded, inception:FILE or efficientnet:FILE",
                    network.name()
                ),
            ));
        }
        if let (None, Some(name)) = (name, first) {
            let file = side.path().display();
            observer
                .warning(&format!("{file} does not say what has seen its images; it is taken to be {name}"));
        }
    }
    Ok(first.map_or_else(
        || format!("{} numbers from files", sides[0].dim(network).unwrap_or_default()),
        str::to_owned,
    ))
}

/// Refuses sets that cannot be compared.
fn check_sides(sides: &[SetSource; 2], network: Option<&Extractor>, k: usize) -> Result<()> {
    let dims = sides.each_ref().map(|side| side.dim(network));
    if let [Some(a), Some(b)] = dims
        && a != b
    {
        let [a_is, b_is] = sides.each_ref().map(|side| side.path().display());
        return Err(Error::Invalid(format!(
            "features of {a} numbers ({a_is}) and of {b} ({b_is}) cannot be compared; take both from the same \
             extractor"
        )));
    }
    if let (Some(network), Some(Some(dim))) = (network, dims.first())
        && *dim != network.dim()
    {
        return Err(Error::Invalid(format!(
            "{} gives {} numbers an image, and {} has {dim}; name the extractor that it is of",
            network.name(),
            network.dim(),
            sides[0].path().display()
        )));
    }
    let is_statistics = |side: &SetSource| matches!(side, SetSource::File(file) if file.images.is_none());
    if sides.iter().any(is_statistics) {
        return Ok(());
    }
    for side in sides {
        if let SetSource::File(file) = side {
            let n = file.images.unwrap_or_default();
            check_k(k, n).map_err(|error| Error::file(file.path(), error.to_string()))?;
        }
    }
    Ok(())
}

fn tell(set: &FeatureSet, observer: &mut dyn Observer) {
    set.notes.iter().for_each(|note| observer.warning(note));
    observer.skipped(&set.skipped);
}
