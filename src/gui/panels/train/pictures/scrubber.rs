//! The scrubber over the pictures of a run: play, the places it can stand at, live.

use eframe::egui::{
    Align, Align2, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::gui::state::messages::count;
use crate::gui::state::train::timeline::{Stop, Timeline};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::Track;

/// Width of the words at the right.
const WORDS: f32 = 150.0;
/// Width of the button that follows the run.
const LIVE: f32 = 62.0;

/// Shows the scrubber.
pub fn show(ui: &mut Ui, timeline: &mut Timeline) {
    let stops = timeline.stops();
    let here = timeline.stop();
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        play(ui, timeline, stops.len() > 1);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            live(ui, timeline);
            words(ui, timeline, here);
            let last = stops.len().saturating_sub(1);
            let index = stops.iter().position(|stop| Some(*stop) == here).unwrap_or(last);
            let (_, rail) = ui.allocate_space(vec2(ui.available_width(), theme::CONTROL));
            let track = Track {
                name: "Moment of the run",
                range: 0.0..=last.max(1) as f32,
                origin: 0.0,
                step: 1.0,
                quiet: timeline.is_live(),
            };
            let shown = if last == 0 { 1.0 } else { index as f32 };
            let (_, wanted) = track.show(ui, rail, "moment", shown);
            let wanted = wanted.and_then(|wanted| stops.get(wanted.round().max(0.0) as usize));
            if let Some(stop) = wanted.filter(|stop| Some(**stop) != here) {
                timeline.scrub(*stop);
            }
        });
    });
}

fn play(ui: &mut Ui, timeline: &mut Timeline, possible: bool) {
    let (icon, name) = match timeline.is_playing() {
        true => (Icon::Pause, "Pause the pictures"),
        false => (Icon::Play, "Play the pictures"),
    };
    let button = ui.add_enabled_ui(possible, |ui| icon.button_sized(ui, name, theme::CONTROL + 4.0)).inner;
    let help = "Show how the pictures changed, from the beginning to now";
    if button.on_hover_text(help).on_disabled_hover_text("There is only one moment yet").clicked() {
        timeline.toggle_playing();
    }
}

/// Where it stands, in words.
fn words(ui: &mut Ui, timeline: &Timeline, here: Option<Stop>) {
    let (rect, _) = ui.allocate_exact_size(vec2(WORDS, theme::CONTROL), Sense::hover());
    let Some(stop) = here else { return };
    let colors = theme::colors(ui);
    let step = count(stop.step());
    let (words, color) = match (timeline.is_live(), stop) {
        (true, _) => (format!("after step {step}"), colors.text_weak),
        (false, Stop::Frame(_)) => (format!("looking back, step {step}"), colors.warning),
        (false, Stop::Sheet(_)) => (format!("saved sheet, step {step}"), colors.warning),
    };
    let place = ui.interact(rect, ui.scope_id().with("where"), Sense::hover());
    place.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    ui.painter().text(rect.right_center(), Align2::RIGHT_CENTER, &words, theme::body_font(), color);
}

/// Whether it follows the run, and the way back to that.
fn live(ui: &mut Ui, timeline: &mut Timeline) {
    let (rect, response) = ui.allocate_exact_size(vec2(LIVE, theme::CONTROL), Sense::click());
    let is_live = timeline.is_live();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_live, "Live"));
    let colors = theme::colors(ui);
    let hovered = response.hovered() || response.has_focus();
    let (ground, text) = match (is_live, hovered) {
        (true, _) => (colors.accent_soft, colors.text_strong),
        (false, true) => (colors.raised_hover, colors.text_strong),
        (false, false) => (colors.raised, colors.text),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS_SMALL, ground);
    if !is_live {
        painter.rect_stroke(rect, theme::RADIUS_SMALL, Stroke::new(1.0, colors.line), StrokeKind::Inside);
    }
    let dot = if is_live { colors.good } else { colors.text_weak };
    painter.circle_filled(pos2(rect.left() + 14.0, rect.center().y), 4.0, dot);
    let place = Rect::from_min_max(pos2(rect.left() + 24.0, rect.top()), rect.max);
    painter.text(place.left_center(), Align2::LEFT_CENTER, "Live", theme::body_font(), text);
    let help = if is_live { "The pictures follow the run" } else { "Follow the run again" };
    if response.on_hover_text(help).clicked() {
        timeline.go_live();
    }
}
