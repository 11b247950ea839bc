//! The distribution of pictures around what a decoder gives.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Likelihood of a picture under the output of a decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[value(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Normal with σ² = ½ around the output: the squared error.
    #[default]
    Gaussian,
    /// Pixels that are black or white, the output being the probability of white. Training draws black or white for
    /// each grey pixel, anew each time (Burda et al. 2016, section 5.1).
    Bernoulli,
}

impl Likelihood {
    /// Whether nothing is said.
    pub(super) fn is_gaussian(&self) -> bool {
        *self == Self::Gaussian
    }
}

impl fmt::Display for Likelihood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gaussian => "gaussian",
            Self::Bernoulli => "bernoulli",
        })
    }
}
