//! Settings of `experiment sharpness`.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::config::ExtractorSource;

/// Settings of the test that no other test has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct SharpnessConfig {
    /// Draws from each model; as many as there are test images if not given
    #[arg(long, value_name = "N")]
    pub draws: Option<usize>,
    /// Feature extractor for coverage and recall: embedded, the program's own small network for faces, unless
    /// something else is said; inception:FILE or efficientnet:FILE
    #[arg(long, value_name = "EXTRACTOR")]
    pub extractor: Option<ExtractorSource>,
}

impl SharpnessConfig {
    /// Options of the command line that differ from the usual, each a flag with its value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let draws = self.draws.map(|draws| ("--draws", draws.to_string()));
        let extractor = self.extractor.as_ref().map(|extractor| ("--extractor", extractor.to_string()));
        draws.into_iter().chain(extractor).collect()
    }
}
