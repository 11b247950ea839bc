//! Many runs beside each other: all that stand in a folder, by their settings and what came of them.

mod actions;
pub mod scale;
pub mod shown;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rust_i18n::t;

use shown::ShownRuns;

/// The runs of a folder.
#[derive(Debug, Default)]
pub struct ManyRuns {
    /// The folder that was chosen.
    pub folder: Option<PathBuf>,
    /// Whether it is being read.
    pub is_reading: bool,
    /// Why it could not be read.
    pub problem: Option<String>,
    /// Runs in it, or in the one before while it is being read.
    pub shown: Option<ShownRuns>,
}

impl ManyRuns {
    /// Obstacle to reading the folder, in a sentence.
    pub fn obstacle(&self) -> Option<String> {
        match self.folder {
            None => {
                Some(t!("Choose the folder in which runs stand, as morphospace sweep makes one").into_owned())
            }
            Some(_) => self.problem.clone(),
        }
    }
}
