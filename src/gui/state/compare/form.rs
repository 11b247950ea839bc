//! The form of a measurement, as a person fills it in and as it is remembered.

use std::path::PathBuf;

use rust_i18n::t;
use serde::{Deserialize, Serialize};

use crate::config::{Corruption, DataSource, ExtractorSource, Split};
use crate::worker::protocol::NEAREST_K;

/// Feature extractor of images that are compared as sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtractorChoice {
    /// The small network inside the program.
    #[default]
    Embedded,
    /// Nothing: sets are not measured.
    Nothing,
    /// The Inception network of the FID, with weights from a file.
    Inception,
    /// An EfficientNet-Lite of ImageNet, with weights from a file.
    EfficientNet,
}

impl ExtractorChoice {
    /// Name of a network whose weights a person brings; none for the others.
    pub fn brought(self) -> Option<&'static str> {
        match self {
            ExtractorChoice::Embedded | ExtractorChoice::Nothing => None,
            ExtractorChoice::Inception => Some("Inception"),
            ExtractorChoice::EfficientNet => Some("EfficientNet"),
        }
    }
}

/// Order of a measurement: models and images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompareForm {
    /// The images.
    pub data: DataSource,
    /// Part of them.
    pub split: Split,
    /// Checkpoints whose box is not ticked.
    pub left_out: Vec<PathBuf>,
    /// Noise on the images before the models see them.
    pub noise: Option<Corruption>,
    /// Whether a PCA with codes of the size of each model's is measured too.
    pub pca: bool,
    /// Feature extractor of images that are compared as sets.
    pub seen_by: ExtractorChoice,
    /// The weights of the Inception network.
    pub inception: Option<PathBuf>,
    /// The weights of the EfficientNet.
    pub efficientnet: Option<PathBuf>,
    /// As many draws as there are real images, instead of `samples`.
    pub as_many_as_real: bool,
    /// Draws from each model.
    pub samples: usize,
    /// Of the noise and of the draws.
    pub seed: u64,
    /// The neighbour that the balls of a manifold reach to.
    pub k: usize,
    /// Whether to look for copies of training images among the draws.
    pub copies: bool,
    /// Whether to measure how smooth the code spaces are.
    pub smoothness: bool,
    /// Whether the lecture's rows are shown.
    pub lecture: bool,
}

impl Default for CompareForm {
    fn default() -> Self {
        CompareForm {
            data: DataSource::BuiltinFaces,
            split: Split::Test,
            left_out: Vec::new(),
            noise: None,
            pca: false,
            seen_by: ExtractorChoice::default(),
            inception: None,
            efficientnet: None,
            as_many_as_real: true,
            samples: 2048,
            seed: 0,
            k: NEAREST_K,
            copies: true,
            smoothness: false,
            lecture: false,
        }
    }
}

impl CompareForm {
    /// Ticks the box of a checkpoint, or not.
    pub fn tick(&mut self, checkpoint: &PathBuf, ticked: bool) {
        self.left_out.retain(|other| other != checkpoint);
        if !ticked {
            self.left_out.push(checkpoint.clone());
        }
    }

    /// Whether the box of a checkpoint is ticked.
    pub fn is_ticked(&self, checkpoint: &PathBuf) -> bool {
        !self.left_out.contains(checkpoint)
    }

    /// Feature extractor; none where there is none, or its file is missing.
    pub fn extractor(&self) -> Option<ExtractorSource> {
        match self.seen_by {
            ExtractorChoice::Embedded => Some(ExtractorSource::Embedded),
            ExtractorChoice::Nothing => None,
            ExtractorChoice::Inception => self.inception.clone().map(ExtractorSource::Inception),
            ExtractorChoice::EfficientNet => self.efficientnet.clone().map(ExtractorSource::EfficientNet),
        }
    }

    /// Obstacle to the features of sets, in a sentence.
    pub fn extractor_problem(&self) -> Option<String> {
        let network = self.seen_by.brought().filter(|_| self.extractor().is_none())?;
        Some(t!("Choose the file with the weights of the %{network} network", network = network).into_owned())
    }

    /// The weights of the chosen network, if it is one whose weights a person brings, and brought they are.
    pub fn weights(&self) -> Option<&PathBuf> {
        match self.seen_by {
            ExtractorChoice::Embedded | ExtractorChoice::Nothing => None,
            ExtractorChoice::Inception => self.inception.as_ref(),
            ExtractorChoice::EfficientNet => self.efficientnet.as_ref(),
        }
    }

    /// Sees sets by a network with these weights from now on.
    pub fn take_weights(&mut self, seen_by: ExtractorChoice, file: PathBuf) {
        match seen_by {
            ExtractorChoice::Embedded | ExtractorChoice::Nothing => return,
            ExtractorChoice::Inception => self.inception = Some(file),
            ExtractorChoice::EfficientNet => self.efficientnet = Some(file),
        }
        self.seen_by = seen_by;
    }

    /// The form as it is remembered from one start to the next: names that are not valid text cannot be written down.
    pub fn remembered(&self) -> CompareForm {
        let mut form = self.clone();
        form.left_out.retain(|path| path.to_str().is_some());
        for weights in [&mut form.inception, &mut form.efficientnet] {
            weights.take_if(|path| path.to_str().is_none());
        }
        if form.data.folder().is_some_and(|path| path.to_str().is_none()) {
            form.data = DataSource::BuiltinFaces;
        }
        form
    }
}
