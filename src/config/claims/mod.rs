//! The lecture's claims about what autoencoders are for, and the settings of their tests.

mod anomalies;
mod denoise;
mod dimensions;
mod form;
mod probes;
mod sharpness;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use anomalies::{AnomaliesConfig, AnomalyScore};
pub use denoise::DenoiseConfig;
pub use dimensions::DimensionsConfig;
pub use form::ClaimSetting;
pub use probes::ProbesConfig;
pub use sharpness::SharpnessConfig;

use super::DataSource;

/// A claim of the lecture that is tested on models and images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// Autoencoders reduce dimensions better than PCA.
    Dimensions,
    /// Autoencoders find what is not like what they were trained on.
    Anomalies,
    /// Autoencoders remove noise.
    Denoise,
    /// Autoencoders learn features for other tasks.
    Probes,
    /// GANs are sharper, VAEs blurrier.
    Sharpness,
}

/// A test of a claim: on which images and models, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimOrder {
    /// The images. What is fitted is fitted to their training split, what is measured is measured on the test split.
    pub data: DataSource,
    /// Checkpoints, run folders or names of shipped models; where there is none, those that come with the program
    /// and fit the claim.
    pub models: Vec<PathBuf>,
    /// Fewer images and smaller models: a look instead of a measurement.
    pub quick: bool,
    /// Of everything that is drawn.
    pub seed: u64,
    /// The claim, with its own settings.
    pub claim: ClaimConfig,
}

/// A claim with the settings that only its test has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimConfig {
    /// Reconstruction error over the size of the code, beside PCA.
    Dimensions(DimensionsConfig),
    /// Images ranked by how foreign they are to a model.
    Anomalies(AnomaliesConfig),
    /// Noise removed by models and by filters.
    Denoise(DenoiseConfig),
    /// Attributes told from codes by linear models.
    Probes(ProbesConfig),
    /// Sharpness and coverage of draws and reconstructions.
    Sharpness(SharpnessConfig),
}

impl Claim {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Claim; 5] =
        [Claim::Dimensions, Claim::Anomalies, Claim::Denoise, Claim::Probes, Claim::Sharpness];

    /// Its name on the command line, after `experiment`, and in names of files.
    pub fn key(self) -> &'static str {
        match self {
            Claim::Dimensions => "dimensions",
            Claim::Anomalies => "anomalies",
            Claim::Denoise => "denoise",
            Claim::Probes => "probes",
            Claim::Sharpness => "sharpness",
        }
    }

    /// Its title in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Claim::Dimensions => "Dimension reduction",
            Claim::Anomalies => "Anomalies",
            Claim::Denoise => "Noise",
            Claim::Probes => "Features",
            Claim::Sharpness => "Sharp or blurred",
        }
    }

    /// The lecture's claim in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Claim::Dimensions => "Autoencoders reduce dimensions better than PCA in most cases.",
            Claim::Anomalies => {
                "An autoencoder gives back badly what it was not trained on, and so finds anomalies."
            }
            Claim::Denoise => "Autoencoders remove noise.",
            Claim::Probes => "The code of an autoencoder holds features that other tasks can use.",
            Claim::Sharpness => "GANs draw sharper pictures, VAEs blurrier ones that leave less out.",
        }
    }

    /// Its test with the usual settings.
    pub fn usual(self) -> ClaimConfig {
        match self {
            Claim::Dimensions => ClaimConfig::Dimensions(DimensionsConfig::default()),
            Claim::Anomalies => ClaimConfig::Anomalies(AnomaliesConfig::default()),
            Claim::Denoise => ClaimConfig::Denoise(DenoiseConfig::default()),
            Claim::Probes => ClaimConfig::Probes(ProbesConfig::default()),
            Claim::Sharpness => ClaimConfig::Sharpness(SharpnessConfig::default()),
        }
    }
}

impl ClaimConfig {
    /// The claim.
    pub fn claim(&self) -> Claim {
        match self {
            ClaimConfig::Dimensions(_) => Claim::Dimensions,
            ClaimConfig::Anomalies(_) => Claim::Anomalies,
            ClaimConfig::Denoise(_) => Claim::Denoise,
            ClaimConfig::Probes(_) => Claim::Probes,
            ClaimConfig::Sharpness(_) => Claim::Sharpness,
        }
    }

    /// Options of the command line that differ from the usual, each a flag with its value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        match self {
            ClaimConfig::Dimensions(config) => config.options(),
            ClaimConfig::Anomalies(config) => config.options(),
            ClaimConfig::Denoise(config) => config.options(),
            ClaimConfig::Probes(config) => config.options(),
            ClaimConfig::Sharpness(config) => config.options(),
        }
    }
}
