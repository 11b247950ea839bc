//! The side of the Compare screen where claims are tested: which claim, on which images and models, how.

use eframe::egui::{Align2, ComboBox, Rect, Role, Sense, TextEdit, Ui, WidgetInfo, vec2};
use rust_i18n::t;

use crate::config::{Claim, ClaimSetting};
use crate::gui::language::tr;
use crate::gui::panels::train::fields::{FieldHelp, group, row, small_button};
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::{card, tick_box};

/// Shows the claims, of which one can be chosen.
pub fn claims(ui: &mut Ui, state: &mut State) {
    let chosen = state.compare.claims.chosen;
    ui.add_space(theme::GAP_SMALL);
    if line(ui, &t!("All claims"), "", chosen.is_none()) {
        state.compare.claims.chosen = None;
    }
    for claim in Claim::ALL {
        let words = match state.compare.claims.shown(claim) {
            _ if state.compare.is_waiting(claim) => t!("waits for its turn"),
            _ if state.compare.is_testing(claim) => t!("being tested…"),
            Some(outcome) if outcome.changed => t!("a model has changed"),
            Some(_) => t!("tested"),
            None => t!("not tested yet"),
        };
        if line(ui, &tr(claim.title()), &words, chosen == Some(claim)) {
            state.compare.claims.chosen = Some(claim);
        }
    }
}

/// A line of the list. Returns whether it was clicked.
fn line(ui: &mut Ui, title: &str, words: &str, chosen: bool) -> bool {
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, title));
    card::ground(ui.painter(), colors, &response, chosen, theme::RADIUS_SMALL);
    let (left, right) = (rect.left_center() + vec2(10.0, 0.0), rect.right_center() - vec2(10.0, 0.0));
    let painter = ui.painter();
    let said = painter.text(right, Align2::RIGHT_CENTER, words, theme::small_font(), colors.text_weak);
    // The title is cut where the words begin.
    let room = Rect::from_min_max(rect.min, rect.max - vec2(rect.right() - said.left() + 6.0, 0.0));
    let painter = painter.with_clip_rect(room.intersect(ui.clip_rect()));
    painter.text(left, Align2::LEFT_CENTER, title, theme::semibold_font(13.0), colors.text_strong);
    response.clicked()
}

/// Shows which models are tested and how thoroughly, and the settings of the chosen test.
pub fn settings(ui: &mut Ui, state: &mut State, told: &mut FieldHelp) {
    group(ui, &t!("Test"));
    let State { compare, effects, .. } = state;
    let claims = &mut compare.claims;
    let help = t!("Without it the models that come with the program and fit the claim");
    tick_box::show(ui, &mut claims.ticked, t!("The models ticked under Models")).on_hover_text(help);
    let help = t!("All images and full sizes: minutes to hours. Without it a look in a minute or a few");
    tick_box::show(ui, &mut claims.thorough, t!("Thorough")).on_hover_text(help);
    let Some(claim) = claims.chosen else { return };
    let settings = claim.settings();
    if settings.is_empty() {
        return;
    }
    group(ui, &tr(claim.title()));
    let values = claims.settings.entry(claim).or_default();
    for (at, setting) in settings.iter().enumerate() {
        let value = values.entry(setting.name.clone()).or_default();
        one(ui, told, setting, value);
        if setting.is_folder {
            ui.horizontal(|ui| {
                for (kind, text) in [(DataKind::Folder, t!("Folder…")), (DataKind::Archive, t!("File…"))]
                {
                    let button =
                        small_button(ui, &text).accessible_name(format!("{}, {text}", title(&setting.name)));
                    if button.clicked() {
                        effects.push(Effect::Pick(Pick::Data(kind, DataTarget::ClaimSetting(claim, at))));
                    }
                }
            });
        }
    }
    values.retain(|_, value| !value.is_empty());
}

fn one(ui: &mut Ui, told: &mut FieldHelp, setting: &ClaimSetting, value: &mut String) {
    let ClaimSetting { name, help, value_name, choices, is_switch, usual, .. } = setting;
    let (title, help) = (title(name), tr(help));
    if *is_switch {
        let mut on = !value.is_empty();
        if tick_box::show(ui, &mut on, &title).on_hover_text(help).changed() {
            *value = if on { "true".into() } else { String::new() };
        }
        return;
    }
    row(ui, told, &title, &help, |ui| {
        if choices.is_empty() {
            let hint = if usual.is_empty() { value_name } else { usual };
            let field = TextEdit::singleline(value).hint_text(hint).desired_width(f32::INFINITY);
            ui.add(field).accessible_name(&title);
            return;
        }
        let shown = if value.is_empty() { usual.clone() } else { value.clone() };
        let combo = ComboBox::from_id_salt(name).width(ui.available_width()).selected_text(&shown);
        let response = combo.show_ui(ui, |ui| {
            for choice in choices {
                if ui.selectable_label(shown == *choice, choice).clicked() {
                    *value = if choice == usual { String::new() } else { choice.clone() };
                }
            }
        });
        response.response.accessible_name(&title);
    });
}

/// The name of an option as a person reads it.
fn title(name: &str) -> String {
    let mut words = name.replace('-', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    tr(&words).into_owned()
}
