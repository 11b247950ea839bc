//! The cache of data sets that were read, and a button that clears it.

use eframe::egui::{Button, Ui};

use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::worker::protocol::{CacheReport, readable_size};

/// Shows it as a group.
pub fn show(ui: &mut Ui, state: &mut State) {
    let can_clear = state.cache.as_ref().is_some_and(|report| !report.sets.is_empty());
    let clear = head(ui, "Image cache", |ui| {
        let response = ui.add_enabled(can_clear, Button::new("Clear cache"));
        response.on_hover_text("Free the space; sets of images are read anew when they are needed").clicked()
    });
    ui.weak(state.cache.as_ref().map_or_else(|| "Looking into it…".to_owned(), describe));
    if clear {
        state.clear_cache();
    }
}

fn describe(report: &CacheReport) -> String {
    let Some(folder) = &report.folder else {
        return "Switched off; sets of images are read anew each time".into();
    };
    let sets = match report.sets.iter().filter(|set| set.computed.is_none()).count() {
        0 if report.sets.is_empty() => return format!("Nothing is kept, {}", folder.display()),
        1 => "1 set of images".into(),
        n => format!("{} sets of images", count(n)),
    };
    format!("{} in {sets}, {}", readable_size(report.bytes), folder.display())
}
