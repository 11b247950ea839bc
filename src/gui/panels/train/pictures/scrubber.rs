//! The scrubber over the pictures of a run: play, the places it can stand at, live.

use eframe::egui::{
    Align, Align2, Color32, Layout, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::state::messages::count;
use crate::gui::state::train::timeline::{Stop, Timeline};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::Track;

/// Width of the words at the right.
const WORDS: f32 = 170.0;

/// Shows the scrubber.
pub fn show(ui: &mut Ui, timeline: &mut Timeline, is_at_work: bool) {
    let stops = timeline.stops();
    let here = timeline.stop();
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        play(ui, timeline, stops.len() > 1);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            newest(ui, timeline, is_at_work);
            words(ui, timeline, here);
            let last = stops.len().saturating_sub(1);
            let index = stops.iter().position(|stop| Some(*stop) == here).unwrap_or(last);
            let (_, rail) = ui.allocate_space(vec2(ui.available_width(), theme::CONTROL));
            let name = t!("Moment of the run");
            let track = Track {
                name: &name,
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
        true => (Icon::Pause, t!("Pause the pictures")),
        false => (Icon::Play, t!("Play the pictures")),
    };
    let button = ui.add_enabled_ui(possible, |ui| icon.button_sized(ui, &name, theme::CONTROL + 4.0)).inner;
    let help = t!("Show how the pictures changed, from the beginning to now");
    if button.on_hover_text(help).on_disabled_hover_text(t!("There is only one moment yet")).clicked() {
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
        (true, _) => (t!("after step %{step}", step = step), colors.text_weak),
        (false, Stop::Frame(_)) => (t!("looking back, step %{step}", step = step), colors.warning),
        (false, Stop::Sheet(_)) => (t!("saved sheet, step %{step}", step = step), colors.warning),
    };
    let place = ui.interact(rect, ui.scope_id().with("where"), Sense::hover());
    place.widget_info(|| WidgetInfo::labeled(Role::Label, true, &*words));
    ui.painter().text(rect.right_center(), Align2::RIGHT_CENTER, words, theme::body_font(), color);
}

/// Whether it follows the run, and the way back to that. Of a run that is over it says that it shows the end.
fn newest(ui: &mut Ui, timeline: &mut Timeline, is_at_work: bool) {
    let text = if is_at_work { t!("Live") } else { t!("Latest") };
    let galley = ui.painter().layout_no_wrap(text.to_string(), theme::body_font(), Color32::PLACEHOLDER);
    let dot = if is_at_work { 14.0 } else { 0.0 };
    let size = vec2(galley.size().x + dot + 20.0, theme::CONTROL);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let is_newest = timeline.is_live();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_newest, &*text));
    let colors = theme::colors(ui);
    let hovered = response.hovered() || response.has_focus();
    let (ground, color) = match (is_newest, hovered) {
        (true, _) => (colors.accent_soft, colors.text_strong),
        (false, true) => (colors.raised_hover, colors.text_strong),
        (false, false) => (colors.raised, colors.text),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS_SMALL, ground);
    if !is_newest {
        painter.rect_stroke(rect, theme::RADIUS_SMALL, Stroke::new(1.0, colors.line), StrokeKind::Inside);
    }
    if is_at_work {
        let tone = if is_newest { colors.good } else { colors.text_weak };
        painter.circle_filled(pos2(rect.left() + 14.0, rect.center().y), 4.0, tone);
    }
    let at = pos2(rect.left() + 10.0 + dot, rect.center().y - galley.size().y / 2.0);
    painter.galley_with_override_text_color(at, galley, color);
    let help = match (is_at_work, is_newest) {
        (true, true) => t!("The pictures follow the run"),
        (true, false) => t!("Follow the run again"),
        (false, true) => t!("The newest pictures of the run are shown"),
        (false, false) => t!("Show the newest pictures of the run"),
    };
    if response.on_hover_text(help).clicked() {
        timeline.go_live();
    }
}
