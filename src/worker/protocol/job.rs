//! The part of the contract that is about long jobs: what they are. What they tell is a
//! [`JobEvent`](crate::report::JobEvent).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{DataSource, ExtractorSource, LectureConfig, TrainConfig};
use crate::experiments::CollapseOrder;
use crate::experiments::extractor::{DistanceOrder, ExtractorOrder};
use crate::measure::evaluate::EvaluationOrder;
use crate::measure::generative::SamplesOrder;
use crate::train::Changes;

/// Built-in faces to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceOrder {
    /// Number of them.
    pub count: usize,
    /// Seed of the row of faces; the first of it are written.
    pub seed: u64,
    /// Pixels on a side.
    pub image_size: usize,
    /// The folder for a PNG each and the table of their factors.
    pub out: Option<PathBuf>,
    /// The PNG for a sheet of the first hundred.
    pub sheet: Option<PathBuf>,
}

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
    /// The real images: a folder or zip archive, or a `.npy` or `.npz` file of features or of statistics, also as
    /// `FILE.npz:ARRAY`.
    pub a: PathBuf,
    /// The generated ones, likewise.
    pub b: PathBuf,
    /// Feature extractor of images, and of files that do not say theirs; the embedded one if it is not said.
    pub extractor: Option<ExtractorSource>,
    /// The neighbour that the balls of a manifold reach to; [`NEAREST_K`](crate::metrics::sets::NEAREST_K) is
    /// usual.
    pub k: usize,
}

/// Something long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Job {
    /// Train a new model into the folder `out`.
    Train {
        /// Everything about the run.
        config: Box<TrainConfig>,
        /// The run's folder.
        out: PathBuf,
    },
    /// Go on with an interrupted run.
    Resume {
        /// The run's folder.
        run: PathBuf,
        /// Changes from here on.
        changes: Changes,
    },
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
    Fork {
        /// The folder of the run to begin from.
        from: PathBuf,
        /// The settings of the new run; shape, data and kind have to be those of `from`.
        config: Box<TrainConfig>,
        /// The folder of the new run.
        out: PathBuf,
    },
    /// Show posterior collapse and its cure on a small VAE: train, raise the KL weight until it collapses,
    /// lower it and anneal until it has recovered. Told in chapters; a training run otherwise.
    DemonstrateCollapse(CollapseOrder),
    /// Repeat the lecture's tables: train the models of every kind that are not trained yet, measure what is not
    /// measured yet, write the tables. Told in chapters, each a training run but the last.
    RepeatLecture(Box<LectureConfig>),
    /// Write built-in faces.
    Faces(FaceOrder),
    /// Pixel metrics between two folders of equally named images.
    Compare {
        /// The reference folder.
        a: PathBuf,
        /// The other.
        b: PathBuf,
    },
    /// The numbers of [`SetMetrics`](crate::report::SetMetrics) between two sets of images, or of their
    /// features.
    CompareSets(ComparisonOrder),
    /// Set metrics between the images of a data set and draws from models.
    MeasureSamples(SamplesOrder),
    /// Write the feature vectors of images to a file.
    Features(FeatureOrder),
    /// Train the network of the embedded features.
    TrainExtractor(ExtractorOrder),
    /// Measure what the embedded extractor knows of the faces in the test split.
    AssessExtractor {
        /// A folder of faces with `attributes.csv`.
        data: DataSource,
    },
    /// Measure how far from clean faces an extractor finds distorted ones, and other images.
    MeasureDistances(DistanceOrder),
}
