//! The selected points: how they differ from the rest, and what can be done with them.

use eframe::egui::{Align2, Button, Label, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use rust_i18n::t;

use super::pictures;
use crate::gui::language::tr;
use crate::gui::panels::head;
use crate::gui::quantity_words::minus;
use crate::gui::state::messages::count;
use crate::gui::state::own_direction::BOXES;
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::report::{ColumnDifference, shown as digits};

/// Side of a mean picture at most.
const SIDE: f32 = 110.0;
/// Differences that are shown.
const DIFFERENCES: usize = 8;
/// Standard deviations that fill half of a bar.
const FULL: f64 = 2.0;

/// Shows the selection.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let smooth = state.settings.smooth;
    let Some(shown) = &mut state.atlas.shown else { return };
    let n = shown.selection.len();
    if n == 0 {
        return;
    }
    let mut clear = false;
    head(ui, &t!("Selection"), |ui| {
        clear = ui.button(t!("Clear")).on_hover_text(t!("Select nothing")).clicked();
        ui.weak(if n == 1 { t!("1 point") } else { t!("%{n} points", n = count(n)) });
    });
    if clear {
        shown.select(Vec::new());
        return;
    }
    if let Some(selected) = &shown.selected {
        let side = pictures::half(ui, SIDE);
        let [inside, outside] = selected
            .means
            .each_ref()
            .map(|mean| mean.as_ref().map(|mean| textures.picture(ui.ctx(), mean, smooth)));
        pictures::two_pictures(ui, side, [(inside, &t!("their mean")), (outside, &t!("mean of the rest"))]);
        if !selected.differences.is_empty() {
            let help = t!("Their mean · that of the rest; the bar is the difference in standard deviations");
            ui.label(RichText::new(t!("Differences from the rest")).size(12.0).weak()).on_hover_text(help);
            for difference in selected.differences.iter().take(DIFFERENCES) {
                bar(ui, difference);
            }
        }
    } else if n < shown.map.points.len() {
        ui.weak(t!("Comparing with the rest…"));
    }
    ui.add_space(theme::GAP);
    actions(ui, state);
    ui.add_space(theme::GAP_LARGE);
}

/// A difference as a bar to the left or the right, with what it is inside and outside.
fn bar(ui: &mut Ui, difference: &ColumnDifference) {
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let middle = rect.left() + rect.width() * 0.5;
    let length = (difference.effect / FULL).clamp(-1.0, 1.0) as f32 * rect.width() * 0.48;
    let track = Rect::from_x_y_ranges(rect.x_range(), rect.bottom() - 4.0..=rect.bottom() - 1.0);
    ui.painter().rect_filled(track, 1.0, colors.well);
    let ends = if length < 0.0 { middle + length..=middle } else { middle..=middle + length };
    let filled = Rect::from_x_y_ranges(ends, track.y_range());
    ui.painter().rect_filled(filled, 1.0, colors.accent);
    let value = |value: f64| match difference.is_share {
        true => format!("{:.0} %", 100.0 * value),
        false => minus(digits(value as f32)),
    };
    let words = format!("{} · {}", value(difference.inside), value(difference.outside));
    let at = pos2(rect.right(), rect.top() + 7.0);
    let right = ui.painter().text(at, Align2::RIGHT_CENTER, &words, theme::small_font(), colors.text_weak);
    let room = Rect::from_min_max(rect.min, pos2(right.left() - 6.0, rect.bottom()));
    let painter = ui.painter().with_clip_rect(room);
    let at = pos2(rect.left(), rect.top() + 7.0);
    painter.text(at, Align2::LEFT_CENTER, named(&difference.name), theme::small_font(), colors.text);
    let said = t!(
        "%{name}: %{inside} of the selected, %{outside} of the rest; %{effect} standard deviations",
        name = named(&difference.name),
        inside = value(difference.inside),
        outside = value(difference.outside),
        effect = minus(format!("{:+.2}", difference.effect))
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.as_ref()));
    response.on_hover_text(said);
}

/// A column, or a column with one of its words, as in "part: test".
fn named(difference: &str) -> String {
    match difference.split_once(": ") {
        Some((column, word)) => format!("{}: {}", tr(column), tr(word)),
        None => tr(difference).into_owned(),
    }
}

fn actions(ui: &mut Ui, state: &mut State) {
    let problem = state.atlas_selection_problem();
    let why = problem.clone().unwrap_or_default();
    ui.horizontal_wrapped(|ui| {
        for (number, name) in BOXES.into_iter().enumerate() {
            let button = ui.add_enabled(problem.is_none(), Button::new(t!("To “%{name}”", name = tr(name))));
            let help = t!(
                "Put them into this box of a new direction on Explore: it leads from the faces without to those with"
            );
            if button.on_hover_text(help).on_disabled_hover_text(why.clone()).clicked() {
                state.box_atlas_selection(number);
            }
        }
        let button = ui.add_enabled(problem.is_none(), Button::new(t!("Walk through")));
        let help = t!("Interpolate past six of them that are far from each other");
        if button.on_hover_text(help).on_disabled_hover_text(why.clone()).clicked() {
            state.walk_through_atlas_selection();
        }
        let save = ui.button(t!("Save list…"));
        if save.on_hover_text(t!("Their names and all that is known of them, as CSV")).clicked() {
            state.effects.push(Effect::Pick(Pick::File(Save::AtlasPoints)));
        }
    });
    if problem.is_some_and(|_| state.atlas.shown.as_ref().is_some_and(|shown| shown.map.has_model)) {
        ui.add(Label::new(RichText::new(why).size(12.0).weak()).wrap());
    }
}
