//! A run as the cockpit sees it.

use eframe::egui::{Color32, Ui};
use rust_i18n::t;

use crate::config::TrainConfig;
use crate::gui::state::messages::count;
use crate::gui::state::train::insight::Insight;
use crate::gui::state::train::run::Run;
use crate::gui::theme;

/// A run as the cockpit sees it.
pub struct CockpitRun<'a> {
    pub insight: &'a Insight,
    pub config: &'a TrainConfig,
    pub color: Color32,
}

impl<'a> CockpitRun<'a> {
    /// None while the settings of the run are not known.
    pub fn of(ui: &Ui, run: &'a Run) -> Option<Self> {
        let config = run.config()?;
        Some(CockpitRun { insight: &run.insight, config, color: theme::run_color(ui, run.color) })
    }

    pub fn has_prior(&self) -> bool {
        self.config.model.kind.is_variational()
    }

    /// As in "64 validation images, step 1,200".
    pub fn measured(&self) -> Option<String> {
        let report = self.insight.report.as_ref()?;
        let (images, step) = (count(report.images), count(report.step));
        Some(t!("%{n} validation images, step %{step}", n = images, step = step).into_owned())
    }
}
