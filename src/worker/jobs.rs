//! One long job: what to call for it.

use super::faces;
use super::protocol::{Job, JobResult};
use super::sets::{self, FeatureOrder};
use crate::data::cache::{self, keeper};
use crate::data::survey::survey;
use crate::error::Result;
use crate::experiments::extractor::{
    DistanceOrder, ExtractorOrder, assess_embedded, measure_distances, train_extractor,
};
use crate::measure::EvaluationOrder;
use crate::measure::generative::{Reference, measure_samples};
use crate::metrics::compare::{Comparison, compare_folders};
use crate::observer::Observer;
use crate::train::{self, Changes};

/// Does a job on this thread, however long it takes.
///
/// # Errors
/// What the job met; [`crate::Error::Cancelled`] when it was told to stop in time.
pub fn run(work: Job, news: &mut dyn Observer) -> Result<JobResult> {
    match work {
        Job::Train { config, out } => train::train(&config, &out, news).map(JobResult::Trained),
        Job::Resume { run, steps, data, adjustments } => {
            train::resume(&run, Changes { steps, data, adjustments }, news).map(JobResult::Trained)
        }
        Job::Evaluate { checkpoints, data, split, noise, pca } => {
            let order = EvaluationOrder { checkpoints, data, split, noise, pca };
            crate::measure::evaluate(&order, news).map(JobResult::Evaluated)
        }
        Job::Survey { source } => {
            news.started(&format!("Counting the images in {source}"));
            survey(&source, &mut |progress| news.progress(progress)).map(JobResult::Surveyed)
        }
        Job::VerifyCache => {
            news.started("Checking the cache");
            let folder = cache::folder();
            keeper::verify(folder.as_deref(), &mut |progress| news.progress(progress))
                .map(JobResult::CacheVerified)
        }
        Job::Fork { from, config, out } => train::fork(&from, &config, &out, news).map(JobResult::Trained),
        Job::DemonstrateCollapse { data, quick, seed, out } => {
            crate::experiments::demonstrate_collapse(&data, quick, seed, &out, news)
                .map(JobResult::CollapseShown)
        }
        Job::RepeatLecture(lecture) => {
            crate::experiments::repeat_lecture(&lecture, news).map(Box::new).map(JobResult::LectureRepeated)
        }
        Job::CompareSets { a, b, extractor, k } => {
            sets::compare_sets(&a, &b, &extractor, k, news).map(JobResult::SetsCompared)
        }
        Job::MeasureSamples { checkpoints, data, split, extractor, samples, seed, k } => {
            let reference = Reference { data, split, extractor, samples, seed, k };
            measure_samples(&checkpoints, &reference, news).map(JobResult::SamplesMeasured)
        }
        Job::Features { data, extractor, image_size, out } => {
            let order = FeatureOrder { data, extractor, image_size, out };
            sets::write_features(order, news).map(JobResult::FeaturesWritten)
        }
        Job::TrainExtractor { data, out, steps, seed } => {
            let order = ExtractorOrder { data, out, steps, seed };
            train_extractor(&order, news).map(JobResult::ExtractorMeasured)
        }
        Job::AssessExtractor { data } => assess_embedded(&data, news).map(JobResult::ExtractorMeasured),
        Job::MeasureDistances { data, others, extractor, count, k, seed } => {
            let order = DistanceOrder { data, others, extractor, count, k, seed };
            measure_distances(&order, news).map(JobResult::DistancesMeasured)
        }
        Job::Faces(order) => faces::write(&order, news).map(JobResult::FacesWritten),
        Job::Compare { a, b } => {
            news.started(&format!("Comparing {} with {}", b.display(), a.display()));
            let comparison = compare_folders(&a, &b, &mut |progress| news.progress(progress))?;
            news.skipped(&comparison.skipped);
            let Comparison { metrics, unmatched, left_out, .. } = comparison;
            Ok(JobResult::Compared { metrics, unmatched, left_out })
        }
    }
}
