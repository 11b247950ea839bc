//! The past of a run as the window shows it.

use std::path::PathBuf;

use super::insight::Insight;
use crate::config::{Change, TrainConfig};
use crate::gui::state::curves::Curves;
use crate::worker::protocol::RunHistory;

/// Record that a run has left in its folder, ready to be shown. Making it from a history of a million steps takes
/// longer than a frame may, so it is made beside the window.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// The run's folder.
    pub folder: PathBuf,
    /// Its settings.
    pub config: TrainConfig,
    /// Updates done at its last checkpoint.
    pub step: usize,
    /// Changes while it ran.
    pub changes: Vec<Change>,
    /// The run and step that it was forked from.
    pub forked_from: Option<(PathBuf, usize)>,
    /// Its numbers.
    pub curves: Curves,
    /// Readings of its codes, and its sheets of pictures.
    pub insight: Insight,
}

impl StoredRun {
    /// The past that this history tells of.
    pub fn of(history: RunHistory) -> Self {
        let (curves, insight) = (Curves::from_history(&history), Insight::from_history(&history));
        let RunHistory { folder, config, step, changes, forked_from, .. } = history;
        StoredRun { folder, config, step, changes, forked_from, curves, insight }
    }
}
