//! Foot of the form: help, an obstacle, the button; or how far the drawing is.

use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui, vec2};

use crate::gui::cli_line;
use crate::gui::panels::copy_line;
use crate::gui::panels::train::fields::FieldHelp;
use crate::gui::state::State;
use crate::gui::state::messages::time_left;
use crate::gui::theme;

/// Height of it all.
pub const HEIGHT: f32 = 100.0;

/// Shows the foot.
pub fn show(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    ui.separator();
    if state.atlas.pending.is_some() {
        return progress(ui, state);
    }
    let problem = state.atlas_problem();
    let colors = theme::colors(ui);
    let (words, color) = match (&problem, told.text()) {
        (_, Some(help)) => (help, colors.text_weak),
        (Some(problem), None) => (problem.as_str(), colors.warning),
        (None, None) => ("Point at a setting to read what it does", colors.text_weak),
    };
    let size = vec2(ui.available_width(), 52.0);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.add(Label::new(RichText::new(words).color(color).size(12.0)).wrap());
    });
    ui.horizontal(|ui| {
        let button = theme::primary_button(ui, "Draw map");
        let why = problem.clone().unwrap_or_default();
        let response = ui.add_enabled(problem.is_none(), button).on_disabled_hover_text(why);
        if response
            .on_hover_text("Runs beside the window; the map that is shown stays until it is done")
            .clicked()
        {
            state.draw_atlas();
        }
        let line = problem.is_none().then(|| cli_line::atlas(&state.atlas_order()));
        copy_line(ui, state, true, line, "The map cannot be drawn like this");
    });
}

fn progress(ui: &mut Ui, state: &mut State) {
    let Some(pending) = &state.atlas.pending else { return };
    let colors = theme::colors(ui);
    let line = state.messages.jobs.iter().find(|line| line.id == pending.job);
    let words = match line {
        _ if pending.cancelling => "Stopping…".to_owned(),
        Some(line) => line.detail.clone(),
        None => match state.messages.jobs.first() {
            Some(other) => format!("Waits until the job before it is over ({})", other.title),
            None => "Waits for its turn".into(),
        },
    };
    let left = line.and_then(|line| line.seconds_left).map(time_left).unwrap_or_default();
    let part = line.and_then(|line| line.part).unwrap_or(0.0);
    ui.add(Label::new(RichText::new(words).size(12.0)).truncate());
    ui.add(
        ProgressBar::new(part).desired_width(ui.available_width()).desired_height(5.0).fill(colors.accent),
    );
    let stop = ui.horizontal(|ui| {
        let stop = ui.button("Cancel").on_hover_text("Stop; the map that is shown stays");
        ui.weak(left);
        stop.clicked()
    });
    if stop.inner {
        state.cancel_atlas();
    }
}
