//! Settings in the order in which the runs of a sweep are told apart.

use std::collections::BTreeMap;

use crate::config::Setting;

/// Settings with their values in the order in which runs are told apart.
pub type Given = BTreeMap<Place, String>;

/// Place of a setting in names and grids: seeds are last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    is_seed: bool,
    /// The setting.
    pub setting: Setting,
}

impl Place {
    /// The place of a setting.
    pub fn of(setting: Setting) -> Self {
        Place { is_seed: setting == Setting::Seed, setting }
    }
}
