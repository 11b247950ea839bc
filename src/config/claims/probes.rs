//! Settings of `experiment probes`.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

/// Settings of the test that no other test has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct ProbesConfig {
    /// CSV whose first column names files and whose others say something of them; without it attributes.csv in the
    /// folder, CelebA's attributes, the labels of arrays, or what the built-in faces are drawn from
    #[arg(long, value_name = "FILE.csv")]
    pub table: Option<PathBuf>,
    /// Columns of the table to probe for; without it all but those that say how a photo came out
    #[arg(long, value_name = "COLUMN", num_args = 1..)]
    pub only: Vec<String>,
    /// Folds of the cross-validation
    #[arg(long, value_name = "N", default_value_t = ProbesConfig::FOLDS)]
    pub folds: usize,
    /// Probe on all images, those that the models were trained on among them; without it on the validation and the
    /// test split
    #[arg(long)]
    pub all: bool,
}

impl ProbesConfig {
    /// Folds if nobody says.
    pub const FOLDS: usize = 5;

    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        match self.folds {
            2..=20 => Ok(()),
            folds => Err(format!("a cross-validation of {folds} folds is not possible; choose 2 to 20")),
        }
    }

    /// Options of the command line that differ from the usual, each a flag with its value.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let table = self.table.iter().map(|table| ("--table", table.display().to_string()));
        let only = self.only.iter().map(|column| ("--only", column.clone()));
        let folds = (self.folds != Self::FOLDS).then(|| ("--folds", self.folds.to_string()));
        table.chain(only).chain(folds).chain(self.all.then(|| ("--all", String::new()))).collect()
    }
}

impl Default for ProbesConfig {
    fn default() -> Self {
        Self { table: None, only: Vec::new(), folds: Self::FOLDS, all: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_the_usual_is_an_option() {
        assert!(ProbesConfig::default().options().is_empty());
        let config = ProbesConfig { folds: 10, all: true, ..ProbesConfig::default() };
        assert_eq!(config.options(), [("--folds", "10".to_owned()), ("--all", String::new())]);
        assert!(ProbesConfig { folds: 1, ..config }.validate().unwrap_err().contains("choose 2 to 20"));
    }
}
