//! The cache of data sets that were read, and a button that clears it.

use std::borrow::Cow;

use eframe::egui::{Button, Ui};
use rust_i18n::t;

use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::worker::protocol::{CacheReport, readable_size};

/// Shows it as a group.
pub fn show(ui: &mut Ui, state: &mut State) {
    let can_clear = state.cache.as_ref().is_some_and(|report| !report.sets.is_empty());
    let clear = head(ui, &t!("Image cache"), |ui| {
        let response = ui.add_enabled(can_clear, Button::new(t!("Clear cache")));
        response
            .on_hover_text(t!("Free the space; sets of images are read anew when they are needed"))
            .clicked()
    });
    ui.weak(state.cache.as_ref().map_or_else(|| t!("Looking into it…"), describe));
    if clear {
        state.clear_cache();
    }
}

fn describe(report: &CacheReport) -> Cow<'static, str> {
    let Some(folder) = &report.folder else {
        return t!("Switched off; sets of images are read anew each time");
    };
    let (size, folder) = (readable_size(report.bytes), folder.display());
    match report.sets.iter().filter(|set| set.computed.is_none()).count() {
        0 if report.sets.is_empty() => t!("Nothing is kept, %{folder}", folder = folder),
        1 => t!("%{size} in 1 set of images, %{folder}", size = size, folder = folder),
        n => t!("%{size} in %{n} sets of images, %{folder}", size = size, n = count(n), folder = folder),
    }
}
