//! The models of the Reconstruct screen: which of them are shown.

use eframe::egui::Ui;

use crate::gui::panels::head;
use crate::gui::panels::train::fields::small_button;
use crate::gui::state::State;
use crate::gui::state::photo_grid::key;

/// Shows a box for each open model.
pub fn show(ui: &mut Ui, state: &mut State) {
    let State { models, settings, .. } = state;
    let grid = &mut settings.grid;
    let count = models.iter().filter(|model| grid.is_shown(model)).count();
    let all = head(ui, "Models shown", |ui| {
        let none = ui.add_enabled_ui(count > 0, |ui| small_button(ui, "None")).inner;
        let none = none.accessible_name("Show no model").clicked();
        let all = ui.add_enabled_ui(count < models.len(), |ui| small_button(ui, "All")).inner;
        let all = all.accessible_name("Show all models").clicked();
        match (all, none) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    });
    for model in models.iter() {
        let mut shown = all.unwrap_or(grid.is_shown(model));
        let changed = ui.checkbox(&mut shown, &model.name).changed();
        if changed || all.is_some() {
            grid.show(key(model), shown);
        }
    }
}
