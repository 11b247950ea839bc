//! Foot of the form: help, an obstacle, the button; or how far the drawing is.

use eframe::egui::{Align, Layout, Ui};
use rust_i18n::t;

use crate::gui::cli_line;
use crate::gui::panels::train::fields::FieldHelp;
use crate::gui::panels::{copy_line, foot};
use crate::gui::state::State;
use crate::gui::theme;

/// Shows the foot.
pub fn show(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    ui.separator();
    let problem = state.atlas_problem();
    foot::upper(ui, |ui| match &state.atlas.pending {
        Some(pending) => {
            foot::progress(ui, state, (pending.job, pending.cancelling), &t!("Drawing the map"), None);
        }
        None => foot::words(ui, problem.as_deref(), told, &t!("Point at a setting to read what it does")),
    });
    ui.horizontal(|ui| {
        let pending = state.atlas.pending.is_some();
        let button = theme::primary_button(ui, &t!("Draw map"));
        let response = ui.add_enabled(problem.is_none() && !pending, button);
        let why = problem.clone().unwrap_or_else(|| t!("It is under way").into_owned());
        let response = response.on_disabled_hover_text(why);
        let help = t!("Works in the background; the map that is shown stays until it is done");
        if response.on_hover_text(help).clicked() {
            state.draw_atlas();
        }
        let line = problem.is_none().then(|| cli_line::atlas(&state.atlas_order()));
        copy_line(ui, state, true, line, &t!("The map cannot be drawn like this"));
        if pending {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let cancel = ui.button(t!("Cancel")).on_hover_text(t!("Stop; the map that is shown stays"));
                if cancel.clicked() {
                    state.cancel_atlas();
                }
            });
        }
    });
}
