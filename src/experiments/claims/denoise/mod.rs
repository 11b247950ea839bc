//! Noise removed by models and by filters that have learned nothing: the lecture's claim that autoencoders remove noise.
//!
//! All are given the same noisy pictures, and held against the clean ones. A filter has for each strength the settings
//! that do best, by mean PSNR, on noisy pictures of the validation split; a model is what it is.

mod methods;
mod outcome;

use std::ops::ControlFlow;
use std::time::Instant;

use methods::{Method, Pictures, tuned};
use outcome::DenoiseRow;

use super::same_size::SameSize;
use super::subjects::{Subject, without_encoder};
use super::words::upper_first;
use crate::config::{ClaimOrder, DenoiseConfig, Noise, Split};
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::filters::FilterKind;
use crate::metrics::PixelMetricsSum;
use crate::observer::Observer;
use crate::report::{ClaimReport, PictureTable};

/// Models that are tested if none is named: those that were trained to remove noise first.
const USUAL: [&str; 4] = ["dae-ffhq-64", "dae-grid-ffhq-64", "ae-ffhq-64", "vae-grid-ffhq-64"];
/// Validation images that filters are set by.
const TUNING: usize = 64;
const QUICK_TUNING: usize = 24;
/// Images in memory at once.
const BATCH: usize = 64;
/// Pictures that are shown.
const SHOWN: usize = 3;

/// Tests the claim.
///
/// # Errors
/// As [`super::test_claim`].
pub fn test(order: &ClaimOrder, config: &DenoiseConfig, observer: &mut dyn Observer) -> Result<ClaimReport> {
    config.validate().map_err(Error::Invalid)?;
    observer.started("Testing how well noise is removed");
    let subjects = SameSize::open(order, &USUAL, without_encoder, observer)?;
    let mut strengths = config.strengths.clone();
    strengths.sort_by(f64::total_cmp);
    strengths.dedup();
    let mut tuning = subjects.dataset.indices(Split::Validation);
    tuning.truncate(if order.quick { QUICK_TUNING } else { TUNING });
    if tuning.is_empty() {
        return Err(Error::Invalid(format!(
            "{}: no image of it is in the validation split, by which filters are set; give more images",
            order.data
        )));
    }
    let mut bench = Bench { order, config, subjects: &subjects, tuning, done: 0, pace: None };
    let middle = strengths[strengths.len() / 2];
    let (mut rows, mut pictures) = (Vec::new(), None);
    for strength in &strengths {
        let methods = bench.methods(*strength, strengths.len(), observer)?;
        rows.extend(bench.measure(*strength, &methods, strengths.len(), observer)?);
        if *strength == middle {
            pictures = Some(bench.pictures(middle, &methods)?);
        }
    }
    let tables = outcome::tables(&rows, config.noise, &subjects.notes, bench.tuning.len());
    Ok(ClaimReport {
        verdict: outcome::verdict(&rows, config.noise),
        measured_on: subjects.measured_on(order),
        tables,
        plots: outcome::plots(&rows, config.noise),
        pictures: pictures.into_iter().collect(),
        seconds: 0.0,
    })
}

/// The images and what goes through them.
struct Bench<'a> {
    order: &'a ClaimOrder,
    config: &'a DenoiseConfig,
    subjects: &'a SameSize,
    /// Validation images.
    tuning: Vec<usize>,
    /// Units of work so far: a filter set, or a batch gone through.
    done: usize,
    pace: Option<ProgressMeter>,
}

impl<'a> Bench<'a> {
    fn noise(&self, strength: f64) -> Noise {
        Noise { corruption: self.config.noise.of(strength), seed: self.order.seed }
    }

    /// Tells how far it is at so many strengths.
    fn advance(&mut self, strengths: usize, observer: &mut dyn Observer) -> Result<()> {
        let batches = self.subjects.test.len().div_ceil(BATCH);
        let total = strengths * (FilterKind::ALL.len() + batches);
        let now = Instant::now();
        let pace = self.pace.get_or_insert_with(|| ProgressMeter::new("Removing noise", total, now));
        self.done += 1;
        match observer.progress(pace.progress(self.done, now)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }

    /// The methods for noise of a strength, the filters set for it.
    fn methods(
        &mut self,
        strength: f64,
        strengths: usize,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Method<'a>>> {
        let subjects = self.subjects;
        // Other draws than those on the test images, which come first.
        let first = subjects.test.len();
        let pictures = Pictures::new(&subjects.dataset, &self.tuning, self.noise(strength), first)?;
        let mut methods = vec![Method::Nothing];
        for kind in FilterKind::ALL {
            methods.push(Method::Filter(in_pool(|| tuned(kind, &pictures, self.config.noise, strength))?));
            self.advance(strengths, observer)?;
        }
        let models = subjects.models.iter().zip(subjects.shorts());
        methods.extend(models.map(|(Subject { name, model }, short)| Method::Model(name, short, model)));
        Ok(methods)
    }

    fn measure(
        &mut self,
        strength: f64,
        methods: &[Method],
        strengths: usize,
        observer: &mut dyn Observer,
    ) -> Result<Vec<DenoiseRow>> {
        let subjects = self.subjects;
        let size = subjects.dataset.image_size();
        let mut sums = vec![PixelMetricsSum::default(); methods.len()];
        for (batch, indices) in subjects.test.chunks(BATCH).enumerate() {
            let pictures = Pictures::new(&subjects.dataset, indices, self.noise(strength), batch * BATCH)?;
            in_pool(|| {
                for (sum, method) in sums.iter_mut().zip(methods) {
                    sum.add(&pictures.clean, &method.apply(&pictures)?, size, size)?;
                }
                Ok(())
            })?;
            self.advance(strengths, observer)?;
        }
        let row = |(method, sum): (&Method, PixelMetricsSum)| {
            let metrics =
                sum.finish().ok_or_else(|| Error::Invalid("there are no images to measure".into()))?;
            Ok(DenoiseRow::new(method, self.config.noise, strength, metrics))
        };
        methods.iter().zip(sums).map(row).collect()
    }

    /// The first test images clean, noisy and as each method gives them back.
    fn pictures(&self, strength: f64, methods: &[Method]) -> Result<PictureTable> {
        let (dataset, noise) = (&self.subjects.dataset, self.noise(strength));
        let indices = &self.subjects.test[..self.subjects.test.len().min(SHOWN)];
        let pictures = Pictures::new(dataset, indices, noise, 0)?;
        let mut columns = vec!["clean".to_owned()];
        let mut by_method = vec![pictures.images(&pictures.clean)?];
        for method in methods {
            columns.push(method.short());
            by_method.push(pictures.images(&in_pool(|| method.apply(&pictures))?)?);
        }
        let row = |(at, index): (usize, &usize)| {
            (dataset.name(*index).to_owned(), by_method.iter().map(|images| images[at].clone()).collect())
        };
        Ok(PictureTable {
            title: format!("{} of strength {strength} removed", upper_first(self.config.noise.label())),
            columns,
            rows: indices.iter().enumerate().map(row).collect(),
        })
    }
}
