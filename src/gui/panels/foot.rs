//! Parts of the foot of a form: help, an obstacle, or how far a job is.

use std::borrow::Cow;

use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui, vec2};
use rust_i18n::t;

use crate::gui::panels::train::fields::FieldHelp;
use crate::gui::state::State;
use crate::gui::state::messages::time_left;
use crate::gui::theme;
use crate::worker::protocol::JobId;

/// Height of a foot: whatever it shows, nothing above it moves.
pub const HEIGHT: f32 = 110.0;
/// Height of the words and of the progress.
const WORDS: f32 = 56.0;

/// Lays out what stands above the button, in a place that is always as high.
pub fn upper(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), WORDS);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        contents(ui);
    });
}

/// Shows the help of the setting under the pointer, or else an obstacle, or else a hint.
pub fn words(ui: &mut Ui, problem: Option<&str>, told: &FieldHelp, hint: &str) {
    let colors = theme::colors(ui);
    let (words, color) = match (problem, told.text()) {
        (_, Some(help)) => (help, colors.text_weak),
        (Some(problem), None) => (problem, colors.warning),
        (None, None) => (hint, colors.text_weak),
    };
    ui.add(Label::new(RichText::new(words).color(color).size(12.0)).wrap());
}

/// Shows how far a job is, beneath its title; `then` says what follows it.
pub fn progress(
    ui: &mut Ui,
    state: &State,
    (job, cancelling): (JobId, bool),
    title: &str,
    then: Option<Cow<'_, str>>,
) {
    let colors = theme::colors(ui);
    let line = state.messages.jobs.iter().find(|line| line.id == job);
    let mut words = match line {
        _ if cancelling => t!("stopping…").into_owned(),
        Some(line) => line.detail.clone(),
        None => match state.messages.jobs.first() {
            Some(other) => {
                t!("waits until the job before it is over (%{job})", job = other.title).into_owned()
            }
            None => t!("waits for its turn").into_owned(),
        },
    };
    if let Some(then) = then {
        words = format!("{words}. {then}");
    }
    let left = line.and_then(|line| line.seconds_left).map(time_left).unwrap_or_default();
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !left.is_empty() {
                ui.label(RichText::new(left).size(12.0).color(colors.text_weak));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = theme::semibold(title, 13.0).color(colors.text_strong);
                ui.add(Label::new(title).truncate());
            });
        });
    });
    let small = RichText::new(&words).size(12.0).color(colors.text_weak);
    ui.add(Label::new(small).truncate()).on_hover_text(&words);
    let part = line.and_then(|line| line.part).unwrap_or(0.0);
    let bar = ProgressBar::new(part).desired_width(ui.available_width()).desired_height(5.0);
    ui.add(bar.fill(colors.accent));
}
