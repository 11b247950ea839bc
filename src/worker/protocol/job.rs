//! The part of the contract that is about long jobs: what they are. What they tell is a
//! [`JobEvent`](crate::report::JobEvent).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{Adjustment, DataSource, ExtractorSource, LectureConfig, Noise, Split, TrainConfig};

/// Built-in faces to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceOrder {
    /// How many.
    pub count: usize,
    /// Which row of faces; the first of it are written.
    pub seed: u64,
    /// Pixels on a side.
    pub image_size: usize,
    /// The folder for a PNG each and the table of their factors.
    pub out: Option<PathBuf>,
    /// The PNG for a sheet of the first hundred.
    pub sheet: Option<PathBuf>,
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
        /// A new total of steps, if it is to be longer or shorter than planned.
        steps: Option<usize>,
        /// Where the images are now, if they have moved.
        data: Option<DataSource>,
        /// Settings to change before the first update, as by [`Control::Adjust`].
        #[serde(default)]
        adjustments: Vec<Adjustment>,
    },
    /// Measure models on a folder or zip archive of images.
    Evaluate {
        /// Checkpoints or run folders.
        checkpoints: Vec<PathBuf>,
        /// The images.
        data: DataSource,
        /// Which part of them.
        split: Split,
        /// Noise on what the models are given; they are measured against the clean images.
        noise: Option<Noise>,
        /// Whether to measure a PCA with codes of the size of each model's too.
        #[serde(default)]
        pca: bool,
    },
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
    DemonstrateCollapse {
        /// The images.
        data: DataSource,
        /// A shorter version.
        quick: bool,
        /// Seed of the weights, the batches and the noise.
        seed: u64,
        /// The folder of the run.
        out: PathBuf,
    },
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
    /// The numbers of [`SetMetrics`] between two sets of images, or of their
    /// features.
    CompareSets {
        /// What is taken for the real images: a folder or zip archive, or a `.npy` or `.npz` file of
        /// features.
        a: PathBuf,
        /// What is taken for the generated ones, likewise.
        b: PathBuf,
        /// What is to see the images; files of features are taken as they are.
        extractor: ExtractorSource,
        /// The neighbour that the balls of a manifold reach to; [`NEAREST_K`] is usual.
        k: usize,
    },
    /// The same between the images of a data set and draws from models.
    MeasureSamples {
        /// Checkpoints or run folders. Those of a kind that draws no new images are left out.
        checkpoints: Vec<PathBuf>,
        /// The real images.
        data: DataSource,
        /// Which part of them.
        split: Split,
        /// What is to see the images.
        extractor: ExtractorSource,
        /// How many to draw; as many as there are real ones if not said.
        samples: Option<usize>,
        /// Of the draws.
        seed: u64,
        /// The neighbour that the balls of a manifold reach to; [`NEAREST_K`] is usual.
        k: usize,
    },
    /// Write the feature vectors of images to a file.
    Features {
        /// The images.
        data: DataSource,
        /// What is to see them.
        extractor: ExtractorSource,
        /// The side of squares to make of them first, as for training; else each is seen as it is.
        image_size: Option<usize>,
        /// The file: `.npy` or `.npz`.
        out: PathBuf,
    },
    /// Train the network of the embedded features.
    TrainExtractor {
        /// A folder of faces with `attributes.csv`.
        data: DataSource,
        /// The file for its weights, `.safetensors`.
        out: PathBuf,
        /// Updates.
        steps: usize,
        /// Of the weights, the batches and the distortions.
        seed: u64,
    },
    /// Measure what the embedded extractor knows of the faces in the test split.
    AssessExtractor {
        /// A folder of faces with `attributes.csv`.
        data: DataSource,
    },
    /// Measure how far from clean faces an extractor finds distorted ones, and other images.
    MeasureDistances {
        /// The faces.
        data: DataSource,
        /// Sets of other images.
        others: Vec<DataSource>,
        /// What is to see them.
        extractor: ExtractorSource,
        /// Use only so many of the faces.
        count: Option<usize>,
        /// The neighbour that the balls of a manifold reach to; [`NEAREST_K`] is usual.
        k: usize,
        /// Of what is drawn.
        seed: u64,
    },
}
