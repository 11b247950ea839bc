//! A small curve of how a setting is to develop over the steps of a run, with a point where it stands.

use eframe::egui::{Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use rust_i18n::t;

use super::log_track::short;
use crate::gui::state::messages::count;
use crate::gui::theme;

/// Height of the curve.
const HEIGHT: f32 = 40.0;
/// Points of the curve.
const POINTS: usize = 160;

/// Shows `value` over the steps 0 to `steps`. With `at` the part before that step is drawn strongly, and a point
/// stands there.
pub fn show(ui: &mut Ui, name: &str, steps: usize, at: Option<usize>, value: impl Fn(usize) -> f64) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let colors = theme::colors(ui);
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, theme::RADIUS_SMALL, colors.well);
    let inner = rect.shrink2(vec2(6.0, 6.0));
    let step_of = |index: usize| steps.saturating_mul(index) / POINTS;
    let values: Vec<f64> = (0..=POINTS).map(|index| value(step_of(index))).collect();
    let most = values.iter().copied().fold(0.0, f64::max);
    let place = |index: f32, value: f64| {
        let up = if most > 0.0 { (value / most) as f32 } else { 0.0 };
        pos2(inner.left() + inner.width() * index / POINTS as f32, inner.bottom() - inner.height() * up)
    };
    let points: Vec<_> = values.iter().enumerate().map(|(i, v)| place(i as f32, *v)).collect();
    let here = at.map(|at| (at as f32 / steps.max(1) as f32).min(1.0) * POINTS as f32);
    let ahead = if at.is_some() { colors.accent.gamma_multiply(0.45) } else { colors.accent };
    painter.add(Shape::line(points.clone(), Stroke::new(1.5, ahead)));
    if let (Some(here), Some(at)) = (here, at) {
        let now = place(here, value(at));
        let mut past: Vec<_> = points.into_iter().take(here.floor() as usize + 1).collect();
        past.push(now);
        painter.add(Shape::line(past, Stroke::new(1.5, colors.accent)));
        painter.circle(now, 3.5, colors.accent, Stroke::new(1.5, colors.text_strong));
    }
    response.on_hover_ui(|ui| {
        let last = steps.saturating_sub(1);
        ui.label(t!("From %{start} to %{end}", start = short(value(0)), end = short(value(last))));
        ui.weak(t!("over %{steps} steps, at most %{most}", steps = count(steps), most = short(most)));
    });
}
