//! Sensitivity of an extractor: the distance from clean faces at which it finds the same faces after something
//! was done
//! to them, and other faces.

use xxhash_rust::xxh3::xxh3_64;

use serde::{Deserialize, Serialize};

use super::distortion::{Distortion, DistortionDraw};
use crate::config::{DataSource, ExtractorSource};
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::metrics::sets::RealSet;
use crate::observer::Observer;
use crate::random::streams;
use crate::report::DistanceRow;

/// Side of the squares that the faces are before anything is done to them.
const SIDE: usize = 64;

/// Faces to measure distorted ones and other images against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceOrder {
    /// The faces.
    pub data: DataSource,
    /// Sets of other images.
    pub others: Vec<DataSource>,
    /// Feature extractor.
    pub extractor: ExtractorSource,
    /// Use only so many of the faces.
    pub count: Option<usize>,
    /// The neighbour that the balls of a manifold reach to.
    pub k: usize,
    /// Of what is drawn.
    pub seed: u64,
}

/// Content of a set.
#[derive(Clone, Copy)]
enum TestSet {
    Clean,
    Distorted(Distortion),
    /// This share of the faces, over and over.
    Repeated(f64),
}

/// Rows of the table in order; within a name the strength rises.
fn ladder() -> Vec<(&'static str, String, TestSet)> {
    let mut rows = vec![("other half of the faces", String::new(), TestSet::Clean)];
    let mut add = |name, steps: Vec<(String, Distortion)>| {
        rows.extend(steps.into_iter().map(|(strength, what)| (name, strength, TestSet::Distorted(what))));
    };
    let with = |values: [f32; 4], unit: fn(f32) -> String, what: fn(f32) -> Distortion| {
        values.map(|value| (unit(value), what(value))).to_vec()
    };
    let percent = |share: f32| format!("{:.0} %", share * 100.0);
    add("blur", with([0.5, 1.0, 2.0, 4.0], |s| format!("σ {s} px"), Distortion::Blur));
    add("noise", with([0.02, 0.05, 0.1, 0.2], |s| format!("σ {s}"), Distortion::Noise));
    add("JPEG", [75, 50, 25, 10, 5].map(|q| (format!("quality {q}"), Distortion::Jpeg(q))).to_vec());
    add("contrast", with([0.8, 0.6, 0.4, 0.2], |f| format!("× {f}"), Distortion::Contrast));
    add("occlusion", with([0.02, 0.05, 0.1, 0.3], percent, Distortion::Occlusion));
    add("warp", with([0.5, 1.0, 2.0, 4.0], |reach| format!("{reach} px"), Distortion::Warp));
    add("blend of two faces", with([0.05, 0.1, 0.25, 0.5], percent, Distortion::Blend));
    add("shift", [1, 2, 4, 8].map(|by| (format!("{by} px"), Distortion::Shift(by))).to_vec());
    let shares = [2, 8, 32, 128].map(|part| (format!("1 / {part} of the faces"), 1.0 / f64::from(part)));
    rows.extend(shares.map(|(strength, share)| ("modes dropped", strength, TestSet::Repeated(share))));
    rows
}

/// Splits the faces into two halves by a hash of their names, and measures the distance from the first half
/// to the second as it is, to the second after each of many distortions, and to other images. Everything at
/// 64 × 64 pixels.
///
/// # Errors
/// Images or an extractor that cannot be read; fewer than twice `k + 1` faces; [`Error::Cancelled`] when
/// `observer` broke.
pub fn measure_distances(order: &DistanceOrder, observer: &mut dyn Observer) -> Result<Vec<DistanceRow>> {
    let DistanceOrder { data, others, extractor, count, k, seed } = order;
    observer.started(&format!("Measuring what {extractor} reacts to"));
    let extractor = Extractor::open(extractor)?;
    let faces = Dataset::open(data, SIDE, &mut |progress| observer.progress(progress))?;
    observer.skipped(faces.skipped());
    let mut shuffled: Vec<usize> = (0..faces.len()).collect();
    shuffled.sort_by_key(|index| (xxh3_64(faces.name(*index).as_bytes()), *index));
    let n = count.unwrap_or(faces.len()).min(faces.len()) / 2;
    let (real, rest) = shuffled.split_at(n);
    let half = &rest[..n];
    if n == 0 {
        return Err(Error::Invalid(format!("{data}: one face cannot be split into two halves; choose more")));
    }

    let real = extractor.of_each(n, |i| faces.image(real[i]), &mut |p| observer.progress(p))?;
    let real = RealSet::new(&real, extractor.name(), *k, &mut |p| observer.progress(p))?;
    let mut rows = Vec::new();
    let mut measure =
        |name: String, strength: String, count, image: &(dyn Fn(usize) -> Result<ImageBuf> + Sync)| {
            let seen = extractor.of_each(count, image, &mut |p| observer.progress(p))?;
            let metrics = real.measure(&seen, &mut |p| observer.progress(p))?;
            rows.push(DistanceRow { name, strength, metrics });
            Ok::<(), Error>(())
        };
    for (name, strength, made) in ladder() {
        let image = |i: usize| match made {
            TestSet::Clean => faces.image(half[i]),
            TestSet::Distorted(distortion) => {
                let (face, other) = (faces.image(half[i])?, faces.image(half[(i + 1) % n])?);
                distortion.apply(&face, &other, DistortionDraw { seed: *seed, stream: streams::distance(i) })
            }
            TestSet::Repeated(share) => faces.image(half[i % ((n as f64 * share).ceil() as usize).max(1)]),
        };
        measure(name.to_owned(), strength, n, &image)?;
    }
    for source in others {
        let other = Dataset::open(source, SIDE, &mut |_| std::ops::ControlFlow::Continue(()))?;
        measure(other_name(source), String::new(), other.len().min(n), &|i| other.image(i))?;
    }
    Ok(rows)
}

/// A folder goes by its own name alone.
fn other_name(source: &DataSource) -> String {
    match source.folder() {
        Some(path) => path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        None => source.to_string(),
    }
}
