//! The part of the contract that is about long jobs: what they are. What they tell is a
//! [`JobEvent`](crate::report::JobEvent).

use serde::{Deserialize, Serialize};

use crate::config::{ClaimOrder, DataSource, LectureConfig};
use crate::experiments::extractor::{DistanceOrder, ExtractorOrder};
use crate::experiments::{CollapseOrder, SmoothnessOrder};
use crate::measure::atlas::AtlasOrder;
use crate::measure::code_space::CodeSpaceOrder;
use crate::measure::codes::CodesOrder;
use crate::measure::directions::DirectionsOrder;
use crate::measure::evaluate::EvaluationOrder;
use crate::measure::generative::SamplesOrder;
use crate::metrics::compare::PairsOrder;
use crate::train::{ForkOrder, PriorOrder, ResumeOrder, TrainOrder};
use crate::worker::faces::FaceOrder;
use crate::worker::sets::{ComparisonOrder, FeatureOrder};

/// Something long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Job {
    /// Train a new model.
    Train(TrainOrder),
    /// Go on with an interrupted run.
    Resume(ResumeOrder),
    /// Learn a prior for the codes of a model.
    LearnPrior(PriorOrder),
    /// Find directions in the code space of a model. Nothing is kept: see `Command::SaveDirections`.
    FitDirections(DirectionsOrder),
    /// Draw a map of images. The worker keeps it for questions, in place of the oldest where there are several.
    DrawAtlas(Box<AtlasOrder>),
    /// Measure models on images.
    Evaluate(EvaluationOrder),
    /// Count what a data set holds, without reading the images.
    Survey {
        /// The folder or zip archive, or what is built in.
        source: DataSource,
    },
    /// Read everything in the cache of data sets, and remove what is damaged.
    VerifyCache,
    /// Begin a new run from where another stands: its weights, its optimiser and its past, with other
    /// settings from here on.
    Fork(ForkOrder),
    /// Show posterior collapse and its cure on a small VAE: train, raise the KL weight until it collapses,
    /// lower it and anneal until it has recovered. Told in chapters; a training run otherwise.
    DemonstrateCollapse(CollapseOrder),
    /// Repeat the lecture's tables: train the models of every kind that are not trained yet, measure what is not
    /// measured yet, write the tables. Told in chapters, each a training run but the last.
    RepeatLecture(Box<LectureConfig>),
    /// Write built-in faces.
    Faces(FaceOrder),
    /// Pixel metrics between equally named images.
    Compare(PairsOrder),
    /// The numbers of [`SetMetrics`](crate::report::SetMetrics) between two sets of images, or of their
    /// features.
    CompareSets(ComparisonOrder),
    /// Set metrics between the images of a data set and draws from models.
    MeasureSamples(SamplesOrder),
    /// Write the feature vectors of images to a file.
    Features(FeatureOrder),
    /// Write the codes of images to a file.
    Codes(CodesOrder),
    /// Measure the code space of a model of another program on images, and remember it for its file.
    MeasureCodeSpace(CodeSpaceOrder),
    /// Train the network of the embedded features.
    TrainExtractor(ExtractorOrder),
    /// Measure what the embedded extractor knows of the faces in the test split.
    AssessExtractor {
        /// A folder of faces with `attributes.csv`.
        data: DataSource,
    },
    /// Measure how far from clean faces an extractor finds distorted ones, and other images.
    MeasureDistances(DistanceOrder),
    /// Measure continuity and completeness of the code spaces of models.
    MeasureSmoothness(SmoothnessOrder),
    /// Test a claim of the lecture.
    TestClaim {
        /// The test.
        order: Box<ClaimOrder>,
        /// Whether its outcome is kept among the person's own data, to be told by
        /// [`Event::KeptClaims`](super::Event::KeptClaims).
        keep: bool,
    },
}
