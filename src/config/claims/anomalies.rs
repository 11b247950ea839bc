//! Settings of `experiment anomalies`.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::config::DataSource;

/// Settings of the test that no other test has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct AnomaliesConfig {
    /// Folders or zip archives of other images, each measured against those of --data; without it cases that are made
    /// here: built-in faces, simple pictures, textures, damaged faces
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub other: Vec<DataSource>,
    /// Folder or zip archive of images to rank by how foreign they are to the models, the known ones being those of
    /// --data
    #[arg(long, value_name = "DIR", conflicts_with = "other")]
    pub rank: Option<DataSource>,
    /// Score that images are ranked by
    #[arg(long, value_enum, value_name = "SCORE", default_value_t = AnomalyScore::USUAL)]
    pub by: AnomalyScore,
    /// Share of known images that a threshold may flag, by which it is set on the validation split
    #[arg(long, value_name = "SHARE", default_value_t = AnomaliesConfig::FALSE_POSITIVES)]
    pub false_positives: f64,
    /// Standard deviation of a pixel under the decoder, for the ELBO; without it the most likely one on the validation
    /// split
    #[arg(long, value_name = "SIGMA")]
    pub sigma: Option<f64>,
}

/// A score that is higher for an image that is less like known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum AnomalyScore {
    /// Reconstruction error.
    Re,
    /// Negative ELBO (variational models).
    Elbo,
    /// Reconstruction error over that of a PCA with codes of the same size.
    ReOverPca,
    /// Reconstruction error over the bits that the image takes as PNG.
    ReOverComplexity,
    /// Negative ELBO less the bits that the image takes as PNG (variational models).
    ElboLessComplexity,
    /// Distance of features to the nearest training image.
    Features,
}

impl AnomalyScore {
    /// All of them, in the order in which they are shown.
    pub const ALL: [AnomalyScore; 6] = [
        AnomalyScore::Re,
        AnomalyScore::Elbo,
        AnomalyScore::ReOverPca,
        AnomalyScore::ReOverComplexity,
        AnomalyScore::ElboLessComplexity,
        AnomalyScore::Features,
    ];
    /// The score that images are ranked by if nobody says.
    pub const USUAL: AnomalyScore = AnomalyScore::ReOverComplexity;

    /// Its name for other programs and on the command line.
    pub fn key(self) -> &'static str {
        match self {
            AnomalyScore::Re => "re",
            AnomalyScore::Elbo => "elbo",
            AnomalyScore::ReOverPca => "re_over_pca",
            AnomalyScore::ReOverComplexity => "re_over_complexity",
            AnomalyScore::ElboLessComplexity => "elbo_less_complexity",
            AnomalyScore::Features => "features",
        }
    }
}

impl AnomaliesConfig {
    /// Share of known images that a threshold may flag if nobody says.
    pub const FALSE_POSITIVES: f64 = 0.05;

    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        if !(self.false_positives >= 0.0 && self.false_positives < 1.0) {
            return Err(format!(
                "a threshold cannot flag a share of {} of the known images; choose 0 to 1",
                self.false_positives
            ));
        }
        match self.sigma {
            Some(sigma) if !(sigma.is_finite() && sigma > 0.0) => {
                Err(format!("a standard deviation of {sigma} is not possible; choose more than 0"))
            }
            _ => Ok(()),
        }
    }

    /// Options of the command line that differ from the usual, each a flag with its value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let usual = AnomaliesConfig::default();
        let mut options: Vec<(&'static str, String)> =
            self.other.iter().map(|other| ("--other", other.to_string())).collect();
        options.extend(self.rank.iter().map(|rank| ("--rank", rank.to_string())));
        if self.by != usual.by {
            options.push(("--by", self.by.key().to_owned()));
        }
        if self.false_positives != usual.false_positives {
            options.push(("--false-positives", self.false_positives.to_string()));
        }
        options.extend(self.sigma.iter().map(|sigma| ("--sigma", sigma.to_string())));
        options
    }
}

impl Default for AnomaliesConfig {
    fn default() -> Self {
        Self {
            other: Vec::new(),
            rank: None,
            by: AnomalyScore::USUAL,
            false_positives: Self::FALSE_POSITIVES,
            sigma: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_scores_are_the_same_everywhere() {
        for score in AnomalyScore::ALL {
            assert_eq!(score.to_possible_value().unwrap().get_name(), score.key());
            assert_eq!(serde_json::to_value(score).unwrap(), score.key());
        }
    }

    #[test]
    fn what_differs_from_the_usual_is_an_option() {
        assert!(AnomaliesConfig::default().options().is_empty());
        let config = AnomaliesConfig {
            other: vec![DataSource::BuiltinFaces],
            by: AnomalyScore::Re,
            sigma: Some(0.1),
            ..AnomaliesConfig::default()
        };
        let said: Vec<String> =
            config.options().iter().map(|(flag, value)| format!("{flag} {value}")).collect();
        assert_eq!(said, ["--other builtin:faces", "--by re", "--sigma 0.1"]);
        let refused = AnomaliesConfig { false_positives: 1.5, ..config };
        assert!(refused.validate().unwrap_err().contains("1.5"));
        assert!(AnomaliesConfig { sigma: Some(0.0), ..AnomaliesConfig::default() }.validate().is_err());
    }
}
