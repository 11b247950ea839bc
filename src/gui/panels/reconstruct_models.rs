//! The models of the Reconstruct screen: which of them are shown.

use eframe::egui::{Button, ComboBox, PopupCloseBehavior, Ui};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::state::photo_grid::key;
use crate::gui::widgets::tick_box;

/// Shows a list to open, with a box for each open model.
pub fn show(ui: &mut Ui, state: &mut State) {
    let State { models, settings, .. } = state;
    let grid = &mut settings.grid;
    let count = models.iter().filter(|model| grid.is_shown(model)).count();
    let words = match count == models.len() {
        true => t!("All models"),
        false => t!("%{n} of %{all} models", n = count, all = models.len()),
    };
    let combo = ComboBox::from_id_salt("models shown")
        .width(104.0)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .selected_text(words);
    let combo = combo.show_ui(ui, |ui| {
        let mut all = None;
        ui.horizontal(|ui| {
            let button = ui.add_enabled(count < models.len(), Button::new(t!("All")).small());
            if button.accessible_name(t!("Show all models")).clicked() {
                all = Some(true);
            }
            let button = ui.add_enabled(count > 0, Button::new(t!("None")).small());
            if button.accessible_name(t!("Show no model")).clicked() {
                all = Some(false);
            }
        });
        for model in models.iter() {
            let mut shown = all.unwrap_or(grid.is_shown(model));
            let changed = tick_box::show(ui, &mut shown, &model.name).changed();
            if changed || all.is_some() {
                grid.show(key(model), shown);
            }
        }
    });
    combo.response.on_hover_text(t!("The models that are shown")).accessible_name(t!("Models shown"));
}
