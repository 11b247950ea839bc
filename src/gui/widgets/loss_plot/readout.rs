//! The values at the step under the pointer: a line across the plot with a dot on every curve. Their numbers stand in
//! the head of the plot.

use eframe::egui::{Align2, Color32, Stroke, StrokeKind, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};
use rust_i18n::t;

use super::lines::{Drawn, tone};
use super::scale::{Scale, long_step, long_value};
use super::spec::PlotSpec;
use crate::gui::theme;

/// Height of a line of text.
const ROW: f32 = 15.0;
/// Pixels around a mark in which the pointer reads it.
const MARK_REACH: f32 = 5.0;

/// A value that is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// As in "run 2 validation".
    pub name: String,
    /// The run's colour.
    pub color: Color32,
    /// Whether it was measured on the validation images.
    pub is_measured: bool,
    /// Its place among the lines of the run.
    pub line_number: usize,
    /// The value.
    pub value: f64,
}

/// The value of each line at a step, those of the run that is looked at first.
pub fn readings(drawn: &[Drawn<'_>], several: bool, step: f64) -> Vec<Reading> {
    let read = |drawn: &Drawn<'_>| {
        let is_measured = drawn.quantity.is_measured();
        let name = match several && is_measured {
            true => t!("%{run} validation", run = drawn.run).into_owned(),
            false => drawn.run.to_owned(),
        };
        let Drawn { color, line_number, .. } = *drawn;
        Some(Reading { name, color, is_measured, line_number, value: drawn.read(step)? })
    };
    let (front, others): (Vec<_>, Vec<_>) = drawn.iter().partition(|drawn| drawn.is_front);
    front.into_iter().chain(others).filter_map(read).collect()
}

/// One line for those who listen: the step and the values.
pub fn sentence(step: f64, readings: &[Reading]) -> String {
    let values = readings.iter().map(|r| format!("{} {}", r.name, long_value(r.value)));
    let values: Vec<String> = values.collect();
    t!("step %{step}, %{values}", step = long_step(step), values = values.join(", ")).into_owned()
}

/// Draws the line at a step and a dot on every curve; in the plot that the pointer is on also the step.
pub fn paint(
    ui: &Ui,
    transform: &PlotTransform,
    scale: Scale,
    step: f64,
    readings: &[Reading],
    pointed: bool,
) {
    let colors = theme::colors(ui);
    let frame = *transform.frame();
    let x = transform.position_from_point_x(step);
    if !frame.x_range().contains(x) {
        return;
    }
    let painter = ui.painter().with_clip_rect(frame.expand(4.0));
    painter.vline(x, frame.y_range(), Stroke::new(1.0, colors.text_weak));
    // The run that is looked at comes first, and its dots lie over the others.
    for reading in readings.iter().rev() {
        let place = PlotPoint::new(step, scale.place(reading.value));
        let at = transform.position_from_point(&place);
        if place.y.is_finite() && frame.contains(at) {
            painter.circle(at, 3.5, reading.color, Stroke::new(1.5, colors.canvas));
        }
    }
    if pointed {
        let words = long_step(step);
        let galley = painter.layout_no_wrap(words, theme::small_font(), colors.text_strong);
        let half = galley.size().x / 2.0 + 5.0;
        let center = pos2(
            x.clamp(frame.left() + half, (frame.right() - half).max(frame.left() + half)),
            frame.top() + 9.0,
        );
        let text = Align2::CENTER_CENTER.anchor_size(center, galley.size());
        let around = text.expand2(vec2(5.0, 2.0));
        let line = Stroke::new(1.0, colors.line);
        painter.rect(around, theme::RADIUS_SMALL, colors.raised, line, StrokeKind::Inside);
        painter.galley(text.min, galley, colors.text_strong);
    }
}

/// Draws what happened in the runs as thin lines; the pointer reads them.
pub fn marks(ui: &Ui, transform: &PlotTransform, spec: &PlotSpec<'_>, pointer: Option<f32>) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let mut read = Vec::new();
    for (place, run) in spec.shown() {
        let color = tone(ui, spec, place);
        for mark in run.marks {
            let x = transform.position_from_point_x(mark.step as f64);
            if !frame.x_range().contains(x) {
                continue;
            }
            let near = pointer.is_some_and(|pointer| (pointer - x).abs() <= MARK_REACH);
            let strength = if near { 0.9 } else { 0.35 };
            painter.vline(x, frame.y_range(), Stroke::new(1.0, color.gamma_multiply(strength)));
            let tip = pos2(x, frame.bottom() - 6.0);
            let corners = vec![tip, pos2(x - 4.0, frame.bottom()), pos2(x + 4.0, frame.bottom())];
            painter.add(eframe::egui::Shape::convex_polygon(corners, color, Stroke::NONE));
            if near {
                read.push((x, color, mark.label.as_str()));
            }
        }
    }
    let colors = theme::colors(ui);
    for (row, (x, color, label)) in read.into_iter().enumerate() {
        let galley = painter.layout_no_wrap(label.to_owned(), theme::small_font(), colors.text_strong);
        let y = frame.bottom() - 12.0 - row as f32 * (ROW + 5.0);
        let right = x + 6.0 + galley.size().x + 8.0 <= frame.right();
        let (anchor, at) =
            if right { (Align2::LEFT_BOTTOM, x + 6.0) } else { (Align2::RIGHT_BOTTOM, x - 6.0) };
        let text = anchor.anchor_size(pos2(at, y), galley.size());
        painter.rect(
            text.expand2(vec2(5.0, 2.0)),
            theme::RADIUS_SMALL,
            colors.raised,
            Stroke::new(1.0, color),
            StrokeKind::Inside,
        );
        painter.galley(text.min, galley, colors.text_strong);
    }
}
