//! Sharpness and coverage of what models draw and give back: the lecture's claim that GANs draw sharper pictures and
//! VAEs blurrier ones that leave less out.

mod measured;
mod outcome;
mod row;
mod verdict;

use std::ops::ControlFlow;
use std::time::Instant;

use measured::Sharpness;
use row::{Family, SharpnessRow, Source};

use super::same_size::SameSize;
use super::subjects::Subject;
use crate::config::{ClaimOrder, SharpnessConfig, Split};
use crate::data::pace::ProgressMeter;
use crate::error::{Error, Result};
use crate::features::Extractor;
use crate::image_buf::ImageBuf;
use crate::metrics::sets::{NEAREST_K, RealSet};
use crate::metrics::sharpness::Spectra;
use crate::observer::Observer;
use crate::report::{ClaimReport, PictureTable};
use crate::run::TrainedModel;

/// Models that are tested if none is named.
const USUAL: [&str; 4] = ["vae-ffhq-64", "vae-grid-ffhq-64", "vae-gan-ffhq-64", "dcgan-ffhq-64"];
/// Pictures that go through a model at once.
const BATCH: usize = 32;
/// Pictures of each model that are shown.
const SHOWN: usize = 8;

/// Tests the claim.
///
/// # Errors
/// As [`super::test_claim`].
pub fn test(
    order: &ClaimOrder,
    config: &SharpnessConfig,
    observer: &mut dyn Observer,
) -> Result<ClaimReport> {
    observer.started("Measuring how sharp draws and reconstructions are");
    let subjects = SameSize::open(order, &USUAL, |_| None, observer)?;
    let extractor = Extractor::open(&config.extractor.clone().unwrap_or_default())?;
    let dataset = &subjects.dataset;
    let images = |indices: &[usize]| indices.iter().map(|at| dataset.image(*at)).collect::<Result<Vec<_>>>();
    let real = images(&subjects.test)?;
    let seen = |images: &[ImageBuf], observer: &mut dyn Observer| {
        extractor.of_each(images.len(), |at| Ok(images[at].clone()), &mut |p| observer.progress(p))
    };
    let features = seen(&real, observer)?;
    let set = RealSet::new(&features, extractor.name(), NEAREST_K, &mut |p| observer.progress(p))?;
    let spectra = Spectra::new(dataset.image_size())?;
    let measured = Sharpness::of(&real, &spectra)?;
    let mut rows = vec![SharpnessRow::new("real images", Source::Real, None, &measured, &measured)];
    let mut spectra_of = vec![("real".to_owned(), Source::Real, measured.spectrum.clone())];
    // Real images that nothing was compared with: what even a perfect model would have.
    let mut others = dataset.indices(Split::Validation);
    others.truncate(real.len());
    if others.len() > NEAREST_K {
        let others = images(&others)?;
        let row = SharpnessRow::new(
            "other real images",
            Source::Other,
            None,
            &Sharpness::of(&others, &spectra)?,
            &measured,
        );
        let seen = seen(&others, observer)?;
        rows.push(SharpnessRow { sets: Some(set.measure(&seen, &mut |p| observer.progress(p))?), ..row });
    }
    let (mut draws, mut backs) = (vec![shown("real", &real)], vec![shown("real", &real)]);
    let count = config.draws.unwrap_or(real.len());
    for (Subject { name, model }, short) in subjects.models.iter().zip(subjects.shorts()) {
        let family = Family::of(model.meta.config.model.kind);
        if model.draws() {
            let drawn = through(&format!("Drawing from {name}"), count, observer, |batch| {
                // A point depends on the seed and its number alone.
                model.decode_points(&model.sample(batch.end, order.seed)?[batch])
            })?;
            let sharpness = Sharpness::of(&drawn, &spectra)?;
            let row = SharpnessRow::new(name, Source::Draws, Some(family), &sharpness, &measured);
            let seen = seen(&drawn, observer)?;
            rows.push(SharpnessRow { sets: Some(set.measure(&seen, &mut |p| observer.progress(p))?), ..row });
            spectra_of.push((short.clone(), Source::Draws, sharpness.spectrum));
            draws.push(shown(&short, &drawn));
        }
        if model.meta.config.model.kind.has_encoder() {
            let back = through(&format!("Reconstructing by {name}"), real.len(), observer, |batch| {
                reconstructed(model, &real[batch])
            })?;
            let sharpness = Sharpness::of(&back, &spectra)?;
            rows.push(SharpnessRow::new(name, Source::Reconstructions, Some(family), &sharpness, &measured));
            spectra_of.push((short.clone(), Source::Reconstructions, sharpness.spectrum));
            backs.push(shown(&short, &back));
        }
    }
    let table = |title: &str, rows: Vec<(String, Vec<ImageBuf>)>| {
        (rows.len() > 1).then(|| PictureTable { title: title.into(), columns: Vec::new(), rows })
    };
    let (draws, backs) = (table("Draws", draws), table("Reconstructions", backs));
    Ok(ClaimReport {
        verdict: verdict::verdict(&rows),
        measured_on: format!(
            "{} Coverage and recall are of features by {}, k = {NEAREST_K}.",
            subjects.measured_on(order),
            extractor.name()
        ),
        plots: outcome::plots(&rows, &spectra_of),
        tables: outcome::tables(&rows, &subjects.notes),
        pictures: draws.into_iter().chain(backs).collect(),
        seconds: 0.0,
    })
}

fn reconstructed(model: &TrainedModel, images: &[ImageBuf]) -> Result<Vec<ImageBuf>> {
    model.decode(&model.encode(images)?.mu)
}

fn shown(name: &str, images: &[ImageBuf]) -> (String, Vec<ImageBuf>) {
    (name.to_owned(), images.iter().take(SHOWN).cloned().collect())
}

/// Pictures that come out of a model, some at a time.
fn through(
    what: &str,
    count: usize,
    observer: &mut dyn Observer,
    pictures: impl Fn(std::ops::Range<usize>) -> Result<Vec<ImageBuf>>,
) -> Result<Vec<ImageBuf>> {
    let mut pace = ProgressMeter::new(what, count, Instant::now());
    let mut all = Vec::with_capacity(count);
    for first in (0..count).step_by(BATCH) {
        all.extend(pictures(first..count.min(first + BATCH))?);
        if observer.progress(pace.progress(all.len(), Instant::now())) == ControlFlow::Break(()) {
            return Err(Error::Cancelled);
        }
    }
    Ok(all)
}
