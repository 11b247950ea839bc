//! The person's own data: what this program keeps from one start to the next.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// Folder of runs if nothing is said.
pub fn runs_folder() -> PathBuf {
    folder().unwrap_or_default().join("runs")
}

/// The folder, on Linux `~/.local/share/morphospace`; none where the system has no place for it.
pub fn folder() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.data_dir().join("morphospace"))
}
