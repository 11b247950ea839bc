//! Settings by the names of their options, and checks of those that somebody gave: on a command line, in a file.

use super::{Setting, TrainConfig};

impl Setting {
    /// Its option without the dashes, as in "kl-weight".
    pub fn option(self) -> &'static str {
        self.flag().trim_start_matches("--")
    }

    /// The setting with this option.
    pub fn named(option: &str) -> Option<Setting> {
        Setting::ALL.iter().copied().find(|setting| setting.option() == option)
    }
}

impl TrainConfig {
    /// Says in one sentence which of the settings that were given the kind of model does not have or makes nothing of,
    /// or what is wrong with the numbers, if anything is.
    pub fn check_given(&self, given: impl Fn(Setting) -> bool) -> Result<(), String> {
        let kind = self.model.kind;
        // Also where it is as usual: it would be ignored.
        if let Some(setting) = Setting::ALL.iter().find(|s| given(**s) && !s.belongs_to(kind)) {
            return Err(setting.refusal(kind));
        }
        let is_idle = |s: &&Setting| given(**s) && s.number().is_some() && s.value(self).is_none();
        if let Some(setting) = Setting::ALL.iter().find(is_idle) {
            return Err(format!("{} says nothing here: the run has no {}", setting.flag(), setting.label()));
        }
        self.validate()
    }
}
