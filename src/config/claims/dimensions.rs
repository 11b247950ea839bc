//! Settings of `experiment dimensions`.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::denoise::listed;

/// Sizes of the codes if nothing is said.
const SIZES: [usize; 6] = [8, 16, 32, 64, 128, 256];

/// Settings of the test that no other test has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct DimensionsConfig {
    /// Folder for the trainings; what is trained in it is not trained again. Among the person's own data if not given
    #[arg(long, value_name = "FOLDER")]
    pub runs: Option<PathBuf>,
    /// Numbers in the codes
    #[arg(long, value_delimiter = ',', value_name = "LIST", default_values_t = SIZES)]
    pub sizes: Vec<usize>,
    /// Updates of the weights of each model; fewer with --quick if not given
    #[arg(long, value_name = "N")]
    pub steps: Option<usize>,
}

impl Default for DimensionsConfig {
    fn default() -> Self {
        DimensionsConfig { runs: None, sizes: SIZES.to_vec(), steps: None }
    }
}

impl DimensionsConfig {
    /// Options of the command line that differ from the usual, each a flag with its value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let mut options = Vec::new();
        if let Some(runs) = &self.runs {
            options.push(("--runs", runs.display().to_string()));
        }
        if self.sizes != SIZES {
            options.push(("--sizes", listed(&self.sizes)));
        }
        options.extend(self.steps.map(|steps| ("--steps", steps.to_string())));
        options
    }

    /// Says in one sentence what is wrong with the settings, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        match self.sizes.as_slice() {
            [] => Err("name a size of the code".into()),
            sizes if sizes.contains(&0) => Err("a code has at least one number".into()),
            _ => Ok(()),
        }
    }
}
