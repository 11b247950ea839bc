//! Settings of `experiment probes`.

use clap::Args;
use serde::{Deserialize, Serialize};

/// Settings of the test that no other test has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct ProbesConfig {}

impl ProbesConfig {
    /// Options of the command line that differ from the usual, each a flag as in "--folds" with its value; of a switch
    /// that is on, no value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
