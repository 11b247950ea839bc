//! Settings of the window.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::atlas::form::AtlasForm;
use super::compare::Mode;
use super::compare::form::CompareForm;
use super::compare::sets::ChosenSet;
use super::photo_grid::GridSettings;
use super::remote::Places;
use super::train::RememberedRun;
use crate::config::DeviceConfig;
use crate::gui::language::Language;

/// Settings that are remembered from one start to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light theme instead of the dark one.
    pub light: bool,
    /// Enlarged pictures are smooth instead of crisp.
    pub smooth: bool,
    /// The language, if it is not the system's.
    pub language: Option<Language>,
    /// Where file dialogs begin.
    pub last_folder: Option<PathBuf>,
    /// The runs of the Train screen.
    pub runs: Vec<RememberedRun>,
    /// Where new runs are kept, if not in the usual place.
    pub runs_folder: Option<PathBuf>,
    /// Measurements of the Compare screen.
    pub compare: CompareForm,
    /// Mode of the Compare screen.
    pub compare_mode: Mode,
    /// The two sets of the Compare screen.
    pub two_sets: [Option<ChosenSet>; 2],
    /// Maps of the Atlas screen.
    pub atlas: AtlasForm,
    /// The grid of models on the Reconstruct screen.
    pub grid: GridSettings,
    /// Device that runs train and measure on.
    pub device: DeviceConfig,
    /// Whether faces are looked for in photos.
    pub find_faces: bool,
    /// Other computers.
    pub places: Places,
    /// Whether the ways to begin have been seen.
    pub welcomed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            light: false,
            smooth: true,
            language: None,
            last_folder: None,
            runs: Vec::new(),
            runs_folder: None,
            compare: CompareForm::default(),
            compare_mode: Mode::default(),
            two_sets: [None, None],
            atlas: AtlasForm::default(),
            grid: GridSettings::default(),
            device: DeviceConfig::default(),
            find_faces: true,
            places: Places::default(),
            welcomed: false,
        }
    }
}
