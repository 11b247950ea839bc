//! The sentence over the cockpit.

use eframe::egui::{Align2, Frame, Label, Margin, Rect, Sense, Ui, UiBuilder, vec2};

use super::run::CockpitRun;
use crate::gui::panels::train::level::level_color;
use crate::gui::state::train::diagnosis;
use crate::gui::theme;

/// Width of the stripe at the left.
const STRIPE: f32 = 4.0;
/// Height of a line of the sentence.
const LINE: f32 = 20.0;
/// Width at which every sentence fits into a line.
const WIDE: f32 = 920.0;
/// Width below which the advice needs its line for itself.
const NARROW: f32 = 560.0;

/// Says what is going on.
pub fn show(ui: &mut Ui, run: &CockpitRun<'_>) {
    let diagnosis = diagnosis::sentence(run.insight.readings(), run.config);
    let colors = theme::colors(ui);
    let color = level_color(diagnosis.level, colors);
    let margin = Margin { left: 20, right: 12, top: 10, bottom: 10 };
    let frame = Frame::new().fill(colors.panel).corner_radius(theme::RADIUS).inner_margin(margin);
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        // Room for the longest sentence, so that nothing moves when another is said.
        let width = ui.available_width();
        let lines = if width >= WIDE { 1.0 } else { 2.0 };
        ui.allocate_ui(vec2(width, lines * LINE), |ui| {
            ui.set_min_height(lines * LINE);
            let sentence = theme::semibold(diagnosis.sentence, 15.0).color(colors.text_strong);
            ui.add(Label::new(sentence).wrap());
        });
        let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
        let mut right = line.right();
        if let Some(measured) = run.measured().filter(|_| width >= NARROW) {
            let at = line.right_center();
            let small = theme::small_font();
            right = ui.painter().text(at, Align2::RIGHT_CENTER, measured, small, colors.text_weak).left();
        }
        let room = line.with_max_x(right - theme::GAP);
        let advice = Label::new(diagnosis.advice).truncate();
        ui.new_child(UiBuilder::new().max_rect(room)).add(advice);
    });
    let whole = shown.response.rect.shrink2(vec2(8.0, 10.0));
    ui.painter().rect_filled(Rect::from_min_size(whole.min, vec2(STRIPE, whole.height())), 2.0, color);
}
