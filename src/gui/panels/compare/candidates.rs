//! The list of models and runs to measure: boxes to tick, all or none of them, or one alone.

use std::path::PathBuf;

use eframe::egui::{Align, Align2, Layout, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::compare::order::Candidate;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::tick_box;

/// Height of a row.
const ROW: f32 = 22.0;

/// Shows the list.
pub fn show(ui: &mut Ui, state: &mut State) {
    ui.add_space(theme::GAP_SMALL);
    let candidates = state.candidates();
    let all: Vec<PathBuf> = candidates.iter().map(|candidate| candidate.checkpoint.clone()).collect();
    let ticked = all.iter().filter(|path| state.compare.form.is_ticked(path)).count();
    head(ui, &t!("Models and runs"), |ui| {
        intents::icon_button(ui, state, Intent::OpenModel, Icon::Folder);
        if all.len() < 2 {
            return;
        }
        ui.spacing_mut().button_padding.x = 7.0;
        // From the right.
        let none = ui.add_enabled(ticked > 0, eframe::egui::Button::new(t!("None")).small());
        let none = none.accessible_name(t!("Tick no model"));
        if none.on_hover_text(t!("Tick no model")).clicked() {
            all.iter().for_each(|path| state.compare.form.tick(path, false));
        }
        let every = ui.add_enabled(ticked < all.len(), eframe::egui::Button::new(t!("All")).small());
        let every = every.accessible_name(t!("Tick all models"));
        if every.on_hover_text(t!("Tick all models")).clicked() {
            all.iter().for_each(|path| state.compare.form.tick(path, true));
        }
    });
    if candidates.is_empty() {
        ui.weak(match state.is_opening_model() {
            true => t!("Opening the model…"),
            false => t!("No model is open. Open one by the folder above, or train one"),
        });
    }
    for candidate in &candidates {
        if one(ui, state, candidate, all.len() > 1) {
            all.iter().for_each(|path| state.compare.form.tick(path, *path == candidate.checkpoint));
        }
    }
}

/// A model with its box. Returns whether it is to be measured alone.
fn one(ui: &mut Ui, state: &mut State, candidate: &Candidate, has_others: bool) -> bool {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let only = Rect::from_min_max(rect.right_top() - vec2(68.0, 0.0), rect.max);
    // Before the box, whose words would lie over it.
    let hovered = ui.rect_contains_pointer(rect);
    let words = t!("Only this");
    let response = has_others.then(|| {
        let id = ui.scope_id().with(("only", &candidate.checkpoint));
        let response = ui.interact(only, id, Sense::click());
        let name = t!("Only %{name}", name = candidate.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.as_ref()));
        response
    });
    let shows_only = response.as_ref().is_some_and(|response| hovered || response.has_focus());
    let room = if shows_only { rect.with_max_x(only.left()) } else { rect };
    let mut place =
        ui.new_child(UiBuilder::new().max_rect(room).layout(Layout::left_to_right(Align::Center)));
    let mut ticked = state.compare.form.is_ticked(&candidate.checkpoint);
    place.style_mut().wrap_mode = Some(eframe::egui::TextWrapMode::Truncate);
    let tick = tick_box::show(&mut place, &mut ticked, &candidate.name).on_hover_ui(|ui| {
        ui.label(theme::semibold(&candidate.name, 13.0));
        ui.weak(candidate.checkpoint.display().to_string());
        ui.label(candidate.facts());
        if let Some(aim) = &candidate.aim {
            ui.label(t!("Trained with %{aim}", aim = aim));
        }
    });
    if tick.changed() {
        state.compare.form.tick(&candidate.checkpoint, ticked);
    }
    let clicked = response.as_ref().is_some_and(Response::clicked);
    let Some(response) = response.filter(|_| shows_only) else { return clicked };
    let colors = theme::colors(ui);
    let color = if response.hovered() { colors.text_strong } else { colors.accent };
    let at = only.right_center() - vec2(4.0, 0.0);
    ui.painter().text(at, Align2::RIGHT_CENTER, words, theme::small_font(), color);
    response.on_hover_text(t!("Tick this model and no other"));
    clicked
}
