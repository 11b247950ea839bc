//! Events of jobs: one enum from the loop that does the work to the window that shows it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    AtlasMap, CacheReport, ClaimReport, CodeMap, CollapseReport, CollapseSummary, DirectionsFitted,
    DistanceRow, EvaluationRow, ExtractorReport, LectureReport, LeftOut, LivePictures, PixelMetrics,
    PriorLearned, PriorProgress, Progress, RunInfo, SampleRow, SetMetrics, SkippedFile, SmoothnessReport,
    StepReport, Survey, TrainSummary, ValidationReport,
};
use crate::config::Change;

/// A part of a demonstration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// From 0.
    pub number: usize,
    /// Their number.
    pub of: usize,
    /// A few words.
    pub title: String,
    /// Text: what is about to be seen, and why.
    pub text: String,
}

/// Built-in faces that were written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacesWritten {
    /// Number of them.
    pub n: usize,
    /// Rendered and written.
    pub images_per_second: f64,
    /// The folder, if one was asked for.
    #[serde(serialize_with = "crate::text::optional_path", skip_serializing_if = "Option::is_none", default)]
    pub out: Option<PathBuf>,
    /// The sheet, if one was asked for.
    #[serde(serialize_with = "crate::text::optional_path", skip_serializing_if = "Option::is_none", default)]
    pub sheet: Option<PathBuf>,
}

/// Feature vectors that were written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturesWritten {
    /// Images, a row each, sorted by name.
    pub n: usize,
    /// Numbers in a row.
    pub dim: usize,
    /// Feature extractor.
    pub features: String,
    /// Images a second, those out of the cache included.
    pub images_per_second: f64,
    /// The file.
    #[serde(serialize_with = "crate::text::path")]
    pub out: PathBuf,
}

/// Codes of images that were written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodesWritten {
    /// Images, a row each.
    pub n: usize,
    /// Numbers in a code.
    pub dim: usize,
    /// The file with the codes, and one with the names of the images where they have one of their own.
    pub files: Vec<PathBuf>,
}

/// A code space that was measured on images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeSpaceMeasured {
    /// Images that were encoded.
    pub images: usize,
    /// Numbers in a code.
    pub latent_dim: usize,
    /// Numbers that carry information; none where there are too few images to tell.
    pub active_units: Option<usize>,
}

/// An event of a job, from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum JobEvent {
    /// It began.
    Started {
        /// As in "Training a VAE".
        title: String,
    },
    /// It is this far. About 30 a second at most.
    Progress(Progress),
    /// A training run is about to do its first update.
    Run(Box<RunInfo>),
    /// Numbers of the training steps since the last of these events, in order and without a gap. About 30
    /// events a second at most.
    Steps(Vec<StepReport>),
    /// Numbers on the validation images.
    Validation(ValidationReport),
    /// Information in the codes, once `Control::Watch` was sent. About one a second at most.
    Collapse(Box<CollapseReport>),
    /// The codes of the run's images on a plane, once `Control::Watch` was sent. About one a second at most.
    Map(Box<CodeMap>),
    /// The run's pictures now, once `Control::Watch` was sent. About one a second at most.
    Pictures(Box<LivePictures>),
    /// A sheet of sample pictures was written after this many steps.
    Sampled {
        /// Updates done.
        step: usize,
    },
    /// Losses and draws of a flow that is being trained for a prior. About one a second at most.
    Prior(Box<PriorProgress>),
    /// A setting has changed.
    Changed(Change),
    /// The run is held.
    Paused,
    /// The run goes on.
    Continued,
    /// A demonstration has come to its next part.
    Chapter(Chapter),
    /// A checkpoint is on disk.
    Saved {
        /// The file.
        checkpoint: PathBuf,
        /// After this many steps.
        step: usize,
    },
    /// Something was left out or went wrong that does not end the job.
    Warning {
        /// A sentence for people.
        message: String,
    },
    /// Files that were left out, with the reason for each.
    Skipped(Vec<SkippedFile>),
    /// It is done.
    Finished(JobResult),
    /// It could not be done; what was there before is intact.
    Failed {
        /// A sentence for people.
        message: String,
    },
    /// It was cancelled; a training run that had begun has saved itself.
    Cancelled,
}

/// Result of a job that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum JobResult {
    /// A training run.
    Trained(TrainSummary),
    /// A prior in a model's file.
    PriorLearned(Box<PriorLearned>),
    /// Directions of a model.
    DirectionsFitted(Box<DirectionsFitted>),
    /// A map of images.
    AtlasDrawn(Box<AtlasMap>),
    /// A demonstration of posterior collapse.
    CollapseShown(CollapseSummary),
    /// The lecture's tables.
    LectureRepeated(Box<LectureReport>),
    /// A row a checkpoint.
    Evaluated(Vec<EvaluationRow>),
    /// A folder's content.
    Surveyed(Survey),
    /// The cache; damaged data sets are told with their problem and are gone.
    CacheVerified(CacheReport),
    /// Built-in faces.
    FacesWritten(FacesWritten),
    /// Two folders.
    Compared {
        /// Over the names that both folders have.
        metrics: PixelMetrics,
        /// Files that only one folder has.
        unmatched: usize,
        /// Pairs that could not be measured.
        left_out: LeftOut,
    },
    /// Two sets of images or features.
    SetsCompared(SetMetrics),
    /// A row for each checkpoint that draws images.
    SamplesMeasured(Vec<SampleRow>),
    /// Features in a file.
    FeaturesWritten(FeaturesWritten),
    /// Codes in a file.
    CodesWritten(CodesWritten),
    /// The code space of a model of another program.
    CodeSpaceMeasured(CodeSpaceMeasured),
    /// An extractor, newly trained or the embedded one.
    ExtractorMeasured(ExtractorReport),
    /// A row a set of images.
    DistancesMeasured(Vec<DistanceRow>),
    /// A row a model.
    SmoothnessMeasured(Box<SmoothnessReport>),
    /// A test of a claim.
    ClaimTested(Box<ClaimReport>),
}
