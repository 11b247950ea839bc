//! Settings of `experiment denoise`.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::config::NoiseKind;

/// Standard deviations, or shares of the pixels, that noise is removed at if nothing is said.
const STRENGTHS: [f64; 7] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5];

/// Settings of the test that no other test has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct DenoiseConfig {
    /// Kind of noise
    #[arg(long, value_enum, default_value = "gaussian", value_name = "KIND")]
    pub noise: NoiseKind,
    /// Strengths of the noise: standard deviations, or shares of the pixels that are spoiled
    #[arg(long, value_delimiter = ',', value_name = "LIST", default_values_t = STRENGTHS)]
    pub strengths: Vec<f64>,
}

impl Default for DenoiseConfig {
    fn default() -> Self {
        DenoiseConfig { noise: NoiseKind::default(), strengths: STRENGTHS.to_vec() }
    }
}

impl DenoiseConfig {
    /// Options of the command line that differ from the usual, each a flag with its value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let usual = Self::default();
        let mut options = Vec::new();
        if let Some(kind) = self.noise.to_possible_value().filter(|_| self.noise != usual.noise) {
            options.push(("--noise", kind.get_name().to_owned()));
        }
        if self.strengths != usual.strengths {
            options.push(("--strengths", listed(&self.strengths)));
        }
        options
    }

    /// Says in one sentence what is wrong with the settings, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        if self.strengths.is_empty() {
            return Err("name a strength of the noise".into());
        }
        if let Some(strength) = self.strengths.iter().find(|strength| **strength <= 0.0) {
            return Err(format!("noise of strength {strength} leaves nothing to remove; choose more than 0"));
        }
        self.strengths.iter().try_for_each(|strength| self.noise.of(*strength).validate())
    }
}

/// Values as the command line takes a list of them.
pub(super) fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}
