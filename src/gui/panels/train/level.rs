//! The colour of a verdict.

use eframe::egui::Color32;

use crate::gui::state::train::diagnosis::Level;
use crate::gui::theme::Colors;

/// The colour of a verdict.
pub fn level_color(level: Level, colors: &Colors) -> Color32 {
    match level {
        Level::Calm => colors.text_weak,
        Level::Good => colors.good,
        Level::Warning => colors.warning,
        Level::Bad => colors.error,
    }
}
