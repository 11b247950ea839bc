//! Foot of the form: help, an obstacle, the button; or how far the drawing is.

use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui, vec2};
use rust_i18n::t;

use crate::gui::cli_line;
use crate::gui::panels::copy_line;
use crate::gui::panels::train::fields::FieldHelp;
use crate::gui::state::State;
use crate::gui::state::messages::time_left;
use crate::gui::theme;

/// Height of it all: whatever it shows, nothing above it moves.
pub const HEIGHT: f32 = 110.0;
/// Height of the words and of the progress.
const WORDS: f32 = 56.0;

/// Shows the foot.
pub fn show(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    ui.separator();
    let problem = state.atlas_problem();
    let size = vec2(ui.available_width(), WORDS);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        match state.atlas.pending.is_some() {
            true => progress(ui, state),
            false => words(ui, problem.as_deref(), told),
        }
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

fn words(ui: &mut Ui, problem: Option<&str>, told: &FieldHelp) {
    let colors = theme::colors(ui);
    let hint = t!("Point at a setting to read what it does");
    let (words, color) = match (problem, told.text()) {
        (_, Some(help)) => (help, colors.text_weak),
        (Some(problem), None) => (problem, colors.warning),
        (None, None) => (hint.as_ref(), colors.text_weak),
    };
    ui.add(Label::new(RichText::new(words).color(color).size(12.0)).wrap());
}

fn progress(ui: &mut Ui, state: &State) {
    let Some(pending) = &state.atlas.pending else { return };
    let colors = theme::colors(ui);
    let line = state.messages.jobs.iter().find(|line| line.id == pending.job);
    let words = match line {
        _ if pending.cancelling => t!("stopping…").into_owned(),
        Some(line) => line.detail.clone(),
        None => match state.messages.jobs.first() {
            Some(other) => {
                t!("waits until the job before it is over (%{job})", job = other.title).into_owned()
            }
            None => t!("waits for its turn").into_owned(),
        },
    };
    let left = line.and_then(|line| line.seconds_left).map(time_left).unwrap_or_default();
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        ui.label(theme::semibold(t!("Drawing the map"), 13.0).color(colors.text_strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(left).size(12.0).color(colors.text_weak));
        });
    });
    let small = RichText::new(&words).size(12.0).color(colors.text_weak);
    ui.add(Label::new(small).truncate()).on_hover_text(&words);
    let part = line.and_then(|line| line.part).unwrap_or(0.0);
    let bar = ProgressBar::new(part).desired_width(ui.available_width()).desired_height(5.0);
    ui.add(bar.fill(colors.accent));
}
