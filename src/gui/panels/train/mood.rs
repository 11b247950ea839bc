//! The colour of a verdict.

use eframe::egui::Color32;

use crate::gui::state::train::verdict::Mood;
use crate::gui::theme::Colors;

/// The colour of a verdict.
pub fn mood_color(mood: Mood, colors: &Colors) -> Color32 {
    match mood {
        Mood::Calm => colors.text_weak,
        Mood::Good => colors.good,
        Mood::Warning => colors.warning,
        Mood::Bad => colors.error,
    }
}
