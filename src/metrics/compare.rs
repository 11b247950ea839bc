//! Two folders of equally named pictures, say photos and what a model made of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{PairMeasurement, PixelMetricsSum, measure_images};
use crate::data::decode::decode_image;
use crate::data::folder::ListedImage;
use crate::data::identity::{below_common_folder, normalized, told_apart};
use crate::data::ingest::reason;
use crate::data::pace::ProgressMeter;
use crate::data::source::Source;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::report::{LeftOut, PixelMetrics, Progress, SkippedFile};

/// Time between two calls of the observer.
const TICK: Duration = Duration::from_millis(33);

/// Two folders or zip archives of equally named images to compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairsOrder {
    /// The reference.
    pub a: PathBuf,
    /// The other.
    pub b: PathBuf,
}

/// The agreement of two folders.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Over the names that both folders have.
    pub metrics: PixelMetrics,
    /// Files whose name only one of the folders has.
    pub unmatched: usize,
    /// Files that cannot be read; they and their partners are not measured.
    pub skipped: Vec<SkippedFile>,
    /// Pairs of unequal sizes, or smaller than the window of [`ssim`](super::ssim::ssim).
    pub left_out: LeftOut,
}

/// Measures every picture of `b` (a folder or a zip archive) against that of `a` with the same name: its
/// [identity](crate::data::identity) without the extension, so that `x/1.jpg` meets `x/1.png`, and `photos/x/1.png`
/// too.
///
/// `observer` is called about 30 times a second and once at the end; when it breaks, the work stops.
///
/// # Errors
/// A folder that cannot be read or holds no image; no common name; a name that several files of one
/// folder share; no pair that can be measured, naming the first; [`Error::Cancelled`] when the observer broke.
pub fn compare_folders(
    PairsOrder { a, b }: &PairsOrder,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Comparison> {
    let (source_a, source_b) = (Source::open(a, observer)?, Source::open(b, observer)?);
    let mut pairs = Vec::new();
    for [files, partners] in namesakes(source_a.images(), source_b.images()) {
        pairs.push((only_one(files)?, only_one(partners)?));
    }
    if pairs.is_empty() {
        let reason = format!("no image here has the name of one in {}", b.display());
        return Err(Error::file(a, reason));
    }
    let unmatched = source_a.images().len() + source_b.images().len() - 2 * pairs.len();

    let (mut sum, mut left_out) = (PixelMetricsSum::default(), LeftOut::default());
    let mut skipped = [source_a.skipped(), source_b.skipped()].concat();
    let mut pace = ProgressMeter::new("Comparing images", pairs.len(), Instant::now());
    let (mut done, mut told) = (0, Instant::now());
    // A few at a time: the pictures need not all fit into memory, and the work can stop in between.
    for some in pairs.chunks(4 * rayon::current_num_threads()) {
        let outcomes: Vec<_> =
            some.par_iter().map(|(a, b)| measure_files((&source_a, a), (&source_b, b))).collect();
        for outcome in outcomes {
            match outcome {
                Ok(measured) => sum.add_one(measured),
                Err(Unmeasured::Unreadable(file)) => skipped.push(file),
                Err(Unmeasured::Unequal(name)) => left_out.push(name),
            }
        }
        done += some.len();
        let now = Instant::now();
        if now.duration_since(told) >= TICK || done == pairs.len() {
            told = now;
            if observer(pace.progress(done, now)).is_break() {
                return Err(Error::Cancelled);
            }
        }
    }
    let metrics = sum.finish().ok_or_else(|| {
        let unreadable = skipped.first().map(|f| format!("{}: {}", f.path.display(), f.reason));
        let first =
            unreadable.or(left_out.names.first().cloned()).map_or(String::new(), |f| format!("; {f}"));
        Error::file(a, format!("no pair of images with {} can be measured{first}", b.display()))
    })?;
    Ok(Comparison { metrics, unmatched, skipped, left_out })
}

/// The file of a name, and another one that bears it too, if any.
type Named<'a> = (&'a ListedImage, Option<&'a ListedImage>);

/// The files of `a` and of `b` that have the same [identity](crate::data::identity) but for the extension.
/// Whether the folders that all files of a set lie in tell them apart or are above the matter, that the sets do not
/// say: whichever makes more pairs.
fn namesakes<'a>(a: &'a [ListedImage], b: &'a [ListedImage]) -> Vec<[Named<'a>; 2]> {
    let stems = |images: &'a [ListedImage]| -> Vec<Cow<'a, str>> {
        // Names without an extension have none to leave out.
        let stem = |image: &'a ListedImage| {
            let at = image.name.rfind('.').filter(|at| !image.name[*at..].contains('/'));
            normalized(&image.name[..at.unwrap_or(image.name.len())])
        };
        images.iter().map(stem).collect()
    };
    let (stems_a, stems_b) = (stems(a), stems(b));
    let pairs = |ends_a: Vec<&str>, ends_b: Vec<&str>| {
        let [ends_a, ends_b] = told_apart([ends_a.as_slice(), ends_b.as_slice()]);
        let (mut by_name_a, by_name_b) = (by_name(a, &ends_a), by_name(b, &ends_b));
        by_name_a.retain(|name, _| by_name_b.contains_key(name));
        by_name_a.into_iter().map(|(name, named)| [named, by_name_b[name]]).collect::<Vec<_>>()
    };
    let as_they_are =
        pairs(stems_a.iter().map(|stem| &**stem).collect(), stems_b.iter().map(|stem| &**stem).collect());
    let below = pairs(below_common_folder(&stems_a), below_common_folder(&stems_b));
    if below.len() > as_they_are.len() { below } else { as_they_are }
}

fn by_name<'a, 'n>(images: &'a [ListedImage], names: &[&'n str]) -> BTreeMap<&'n str, Named<'a>> {
    let mut named: BTreeMap<&str, Named> = BTreeMap::new();
    for (image, name) in images.iter().zip(names) {
        named.entry(name).and_modify(|(_, other)| *other = Some(image)).or_insert((image, None));
    }
    named
}

fn only_one<'a>((one, other): Named<'a>) -> Result<&'a ListedImage> {
    match other {
        None => Ok(one),
        Some(other) => Err(Error::file(
            &one.path,
            format!("{} has the same name but for the extension; remove one of them", other.path.display()),
        )),
    }
}

/// Why a pair is not in the means.
enum Unmeasured {
    /// One of its files cannot be read.
    Unreadable(SkippedFile),
    /// Its images are no pair for these metrics; the name, and why.
    Unequal(String),
}

fn measure_files(
    (source_a, a): (&Source, &ListedImage),
    (source_b, b): (&Source, &ListedImage),
) -> Result<PairMeasurement, Unmeasured> {
    let image_a = read(source_a, a).map_err(Unmeasured::Unreadable)?;
    let image_b = read(source_b, b).map_err(Unmeasured::Unreadable)?;
    measure_images(&image_a, &image_b).map_err(|error| Unmeasured::Unequal(format!("{}: {error}", b.name)))
}

fn read(source: &Source, file: &ListedImage) -> Result<ImageBuf, SkippedFile> {
    let image = source.read(file).and_then(|bytes| decode_image(&file.path, bytes));
    image.map_err(|error| SkippedFile { path: file.path.clone(), reason: reason(error) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::write_png;
    use crate::metrics::pixel_metrics;

    /// Writes pictures of one shade under the given names.
    fn folder(files: &[(&str, u8)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, shade) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            // Whatever their names say, these are PNGs.
            let png = folder.path().join("new.png");
            write_png(&picture(*shade), &png).unwrap();
            std::fs::rename(png, path).unwrap();
        }
        folder
    }

    fn picture(shade: u8) -> ImageBuf {
        ImageBuf::filled(16, 12, [shade, shade / 2, 7])
    }

    fn order(a: &tempfile::TempDir, b: &tempfile::TempDir) -> PairsOrder {
        PairsOrder { a: a.path().to_owned(), b: b.path().to_owned() }
    }

    fn compare(a: &tempfile::TempDir, b: &tempfile::TempDir) -> Result<Comparison> {
        compare_folders(&order(a, b), &mut |_| ControlFlow::Continue(()))
    }

    #[test]
    fn pictures_are_paired_by_name_without_extension() {
        let a = folder(&[("1.png", 10), ("x/2.png", 20), ("y/2.png", 40), ("only a.png", 0)]);
        // The content says what a file is: these are PNGs too.
        let b = folder(&[("1.jpg", 15), ("x/2.png", 28), ("y/2.bmp", 52), ("y/1.png", 0), ("z.png", 0)]);
        let found = compare(&a, &b).unwrap();
        assert_eq!(found.unmatched, 3);
        assert_eq!(found.skipped, []);
        let pairs = [(10, 15), (20, 28), (40, 52)].map(|(a, b)| (picture(a), picture(b)));
        assert_eq!(found.metrics, pixel_metrics(&pairs).unwrap());
        assert_eq!(found.metrics.n, 3);
    }

    #[test]
    fn neither_a_folder_above_nor_the_normal_form_parts_a_pair() {
        let names = ["é/1.png", "é/2.png", "x/1.png", "1.png"];
        let paired = |a: &[&str], b: &[&str]| {
            let files = |names: &[&str]| folder(&names.iter().map(|name| (*name, 9)).collect::<Vec<_>>());
            compare(&files(a), &files(b)).map(|found| (found.metrics.n, found.unmatched)).unwrap()
        };
        let higher = ["top/é/1.jpg", "top/é/2.jpg", "top/x/1.jpg", "top/1.jpg"];
        assert_eq!(paired(&names, &higher), (4, 0));
        assert_eq!(
            paired(&names, &names.map(|name| name.replace('é', "e\u{301}")).each_ref().map(|s| s.as_str())),
            (4, 0)
        );
        assert_eq!(paired(&names, &["x/1.png", "x/3.png"]), (1, 4));
        assert_eq!(paired(&["00000/00000.png", "01000/01000.png"], &["00000.png", "01000.png"]), (2, 0));
    }

    #[test]
    fn a_folder_against_itself_agrees_wholly() {
        let a = folder(&[("1.png", 10), ("2.png", 20)]);
        let PixelMetrics { re, psnr, ssim, n, identical } = compare(&a, &a).unwrap().metrics;
        assert_eq!((re, psnr, ssim, n, identical), (0.0, f64::INFINITY, 1.0, 2, 2));
    }

    #[test]
    fn a_pair_of_another_kind_does_not_take_the_others_numbers_away() {
        let a = folder(&[("1.png", 10), ("2.png", 20), ("3.png", 30), ("4.png", 40)]);
        let b = folder(&[("1.png", 10), ("2.png", 24)]);
        write_png(&ImageBuf::filled(16, 13, [0; 3]), &b.path().join("3.png")).unwrap();
        write_png(&ImageBuf::filled(8, 8, [0; 3]), &b.path().join("4.png")).unwrap();
        write_png(&ImageBuf::filled(8, 8, [9; 3]), &a.path().join("4.png")).unwrap();
        let Comparison { metrics, left_out, .. } = compare(&a, &b).unwrap();
        let other = pixel_metrics(&[(picture(20), picture(24))]).unwrap();
        assert_eq!((metrics.n, metrics.identical, metrics.psnr), (2, 1, other.psnr));
        assert_eq!((metrics.re, metrics.ssim), (other.re / 2.0, (other.ssim + 1.0) / 2.0));
        assert!(metrics.note().unwrap().starts_with("1 identical pair of 2"), "{:?}", metrics.note());
        let note = left_out.note().unwrap();
        assert!(left_out.count == 2 && note.starts_with("2 pairs") && note.contains("3.png: "), "{note}");
        assert!(note.contains("16×13") && note.contains("4.png") && note.contains("11×11"), "{note}");
        // However many there are, few are named.
        let mut many = LeftOut::default();
        (0..1000).for_each(|i| many.push(format!("{i}.png")));
        assert_eq!((many.count, many.names.len()), (1000, LeftOut::NAMED));
        assert!(many.note().unwrap().ends_with("and 992 more"));
    }

    #[test]
    fn a_damaged_file_costs_its_pair_and_is_listed() {
        let a = folder(&[("1.png", 10), ("2.png", 20)]);
        let b = folder(&[("1.png", 10), ("2.png", 20)]);
        let damaged = b.path().join("2.png");
        std::fs::write(&damaged, "no picture").unwrap();
        let found = compare(&a, &b).unwrap();
        assert_eq!((found.metrics.n, found.unmatched), (1, 0));
        assert_eq!(found.skipped.iter().map(|f| &f.path).collect::<Vec<_>>(), [&damaged]);
        std::fs::write(b.path().join("1.png"), "").unwrap();
        let message = compare(&a, &b).unwrap_err().to_string();
        assert!(message.contains("1.png"), "{message}");
    }

    #[test]
    fn what_cannot_be_paired_is_an_error_that_names_the_file() {
        let a = folder(&[("1.png", 10)]);
        let error = |b: &tempfile::TempDir| compare(&a, b).unwrap_err().to_string();
        let other_name = folder(&[("2.png", 10)]);
        assert!(error(&other_name).contains("no image here has the name"), "{}", error(&other_name));
        let twice = folder(&[("1.png", 10), ("1.jpg", 10)]);
        assert!(error(&twice).contains("1.jpg") && error(&twice).contains("1.png"), "{}", error(&twice));
        let other_size = folder(&[]);
        write_png(&ImageBuf::filled(16, 13, [0; 3]), &other_size.path().join("1.png")).unwrap();
        let message = error(&other_size);
        assert!(message.contains("1.png") && message.contains("16×13"), "{message}");
        let tiny = folder(&[]);
        write_png(&ImageBuf::filled(8, 8, [0; 3]), &tiny.path().join("1.png")).unwrap();
        let message = compare(&tiny, &tiny).unwrap_err().to_string();
        assert!(message.contains("1.png") && message.contains("11×11"), "{message}");
        assert!(error(&folder(&[])).contains("no images"));
    }

    #[test]
    fn the_observer_hears_the_end_and_can_stop_the_work() {
        let a = folder(&[("1.png", 10), ("2.png", 20), ("3.png", 30)]);
        let mut last = None;
        compare_folders(&order(&a, &a), &mut |progress| {
            last = Some((progress.done, progress.total));
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(last, Some((3, 3)));
        let stopped = compare_folders(&order(&a, &a), &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
