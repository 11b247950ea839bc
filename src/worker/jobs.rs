//! One long job: what to call for it.

use super::faces;
use super::protocol::{Job, JobResult};
use super::registry::Registry;
use super::sets;
use crate::data::cache::{self, keeper};
use crate::data::survey::survey;
use crate::error::Result;
use crate::experiments::claims::{self, test_claim};
use crate::experiments::extractor::{assess_embedded, measure_distances, train_extractor};
use crate::experiments::{demonstrate_collapse, measure_smoothness, repeat_lecture};
use crate::measure::atlas::draw_atlas;
use crate::measure::code_space::measure_code_space;
use crate::measure::codes::write_codes;
use crate::measure::directions::fit_directions;
use crate::measure::evaluate::evaluate;
use crate::measure::generative::measure_samples;
use crate::metrics::compare::{Comparison, compare_folders};
use crate::observer::Observer;
use crate::train::{self, ForkOrder, ResumeOrder, TrainOrder};

/// Does a job on this thread, however long it takes. What it makes for questions goes into the `registry`.
///
/// # Errors
/// Errors of the job; [`crate::Error::Cancelled`] when it was told to stop in time.
pub fn run(work: Job, registry: &Registry, observer: &mut dyn Observer) -> Result<JobResult> {
    match work {
        Job::Train(TrainOrder { config, out }) => {
            train::train(&config, &out, observer).map(JobResult::Trained)
        }
        Job::Resume(ResumeOrder { run, changes }) => {
            train::resume(&run, changes, observer).map(JobResult::Trained)
        }
        Job::Fork(ForkOrder { from, config, out }) => {
            train::fork(&from, &config, &out, observer).map(JobResult::Trained)
        }
        Job::LearnPrior(order) => {
            train::learn_prior(&order, observer).map(Box::new).map(JobResult::PriorLearned)
        }
        Job::FitDirections(order) => {
            fit_directions(&order, observer).map(Box::new).map(JobResult::DirectionsFitted)
        }
        Job::DrawAtlas(order) => {
            let atlas = draw_atlas(&order, observer)?;
            Ok(JobResult::AtlasDrawn(Box::new(registry.add_atlas(atlas))))
        }
        Job::Evaluate(order) => evaluate(&order, observer).map(JobResult::Evaluated),
        Job::Survey { source } => {
            observer.started(&format!("Counting the images in {source}"));
            survey(&source, &mut |progress| observer.progress(progress)).map(JobResult::Surveyed)
        }
        Job::VerifyCache => {
            observer.started("Checking the cache");
            let folder = cache::folder();
            keeper::verify(folder.as_deref(), &mut |progress| observer.progress(progress))
                .map(JobResult::CacheVerified)
        }
        Job::DemonstrateCollapse(order) => {
            demonstrate_collapse(&order, observer).map(JobResult::CollapseShown)
        }
        Job::RepeatLecture(lecture) => {
            repeat_lecture(&lecture, observer).map(Box::new).map(JobResult::LectureRepeated)
        }
        Job::CompareSets(order) => sets::compare_sets(&order, observer).map(JobResult::SetsCompared),
        Job::MeasureSamples(order) => measure_samples(&order, observer).map(JobResult::SamplesMeasured),
        Job::Features(order) => sets::write_features(order, observer).map(JobResult::FeaturesWritten),
        Job::Codes(order) => write_codes(&order, observer).map(JobResult::CodesWritten),
        Job::MeasureCodeSpace(order) => {
            measure_code_space(&order, observer).map(JobResult::CodeSpaceMeasured)
        }
        Job::TrainExtractor(order) => train_extractor(&order, observer).map(JobResult::ExtractorMeasured),
        Job::AssessExtractor { data } => assess_embedded(&data, observer).map(JobResult::ExtractorMeasured),
        Job::MeasureDistances(order) => measure_distances(&order, observer).map(JobResult::DistancesMeasured),
        Job::MeasureSmoothness(order) => {
            measure_smoothness(&order, observer).map(Box::new).map(JobResult::SmoothnessMeasured)
        }
        Job::TestClaim { order, keep } => {
            let report = test_claim(&order, observer)?;
            if let Some(folder) = keep.then(claims::folder).flatten()
                && let Err(error) = claims::keep(&folder, &order, &report)
            {
                observer.warning(&format!("The outcome cannot be kept for the next start: {error}"));
            }
            Ok(JobResult::ClaimTested(Box::new(report)))
        }
        Job::Faces(order) => faces::write(&order, observer).map(JobResult::FacesWritten),
        Job::Compare(order) => {
            observer.started(&format!("Comparing {} with {}", order.b.display(), order.a.display()));
            let comparison = compare_folders(&order, &mut |progress| observer.progress(progress))?;
            observer.skipped(&comparison.skipped);
            let Comparison { metrics, unmatched, left_out, .. } = comparison;
            Ok(JobResult::Compared { metrics, unmatched, left_out })
        }
    }
}
