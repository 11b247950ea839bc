//! The values under the pointer, beside the line at its step.

use eframe::egui::{Align2, Color32, Galley, Painter, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};
use std::sync::Arc;

use super::lines::Drawn;
use super::scale::{Scale, long_step, long_value};
use super::spec::RunCurves;
use crate::gui::theme;

/// Height of a line of text.
const ROW: f32 = 15.0;
/// Around the text.
const INSET: f32 = 7.0;
/// Pixels around a mark in which the pointer reads it.
const MARK_REACH: f32 = 5.0;

/// A value that is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// As in "run 2 validation".
    pub name: String,
    /// The run's colour.
    pub color: Color32,
    /// The value.
    pub value: f64,
}

/// The value of each line at a step.
pub fn readings(drawn: &[Drawn<'_>], several: bool, step: f64) -> Vec<Reading> {
    let read = |drawn: &Drawn<'_>| {
        let measured = several && drawn.quantity.is_measured();
        let name = if measured { format!("{} validation", drawn.run) } else { drawn.run.to_owned() };
        Some(Reading { name, color: drawn.color, value: drawn.read(step)? })
    };
    drawn.iter().filter_map(read).collect()
}

/// One line for those who listen: the step and the values.
pub fn sentence(step: f64, readings: &[Reading]) -> String {
    let values = readings.iter().map(|r| format!("{} {}", r.name, long_value(r.value)));
    let values: Vec<String> = values.collect();
    format!("step {}, {}", long_step(step), values.join(", "))
}

/// Draws the line at a step, a dot on every curve, and the values beside it.
pub fn paint(ui: &Ui, transform: &PlotTransform, scale: Scale, step: f64, readings: &[Reading]) {
    let colors = theme::colors(ui);
    let frame = *transform.frame();
    let x = transform.position_from_point_x(step);
    if !frame.x_range().contains(x) {
        return;
    }
    let painter = ui.painter().with_clip_rect(frame.expand(4.0));
    painter.vline(x, frame.y_range(), Stroke::new(1.0, colors.text_weak));
    for reading in readings {
        let place = PlotPoint::new(step, scale.place(reading.value));
        let at = transform.position_from_point(&place);
        if place.y.is_finite() && frame.contains(at) {
            painter.circle(at, 3.5, reading.color, Stroke::new(1.5, colors.panel));
        }
    }
    boxed(&painter, ui, frame, x, step, readings);
}

/// A reading as it is painted: its run's colour, its name, its value.
type ReadoutRow = (Color32, Arc<Galley>, Arc<Galley>);

fn boxed(painter: &Painter, ui: &Ui, frame: Rect, x: f32, step: f64, readings: &[Reading]) {
    let colors = theme::colors(ui);
    let text = |text: String, color| painter.layout_no_wrap(text, theme::small_font(), color);
    let head = text(format!("step {}", long_step(step)), colors.text_weak);
    let fits = ((frame.height() - 2.0 * INSET) / ROW) as usize;
    let shown = match readings.len() {
        all if all < fits => all,
        _ => fits.saturating_sub(2),
    };
    let row = |reading: &Reading| {
        let name = text(reading.name.clone(), colors.text);
        (reading.color, name, text(long_value(reading.value), colors.text_strong))
    };
    let rows: Vec<ReadoutRow> = readings[..shown].iter().map(row).collect();
    let rest = readings.len() - shown;
    let more = (rest > 0).then(|| text(format!("and {rest} more"), colors.text_weak));

    let widest = |part: fn(&ReadoutRow) -> f32| rows.iter().map(part).fold(0.0, f32::max);
    let (names, values) = (widest(|row| row.1.size().x), widest(|row| row.2.size().x));
    let inner = (12.0 + names + 12.0 + values).max(head.size().x);
    let lines = 1 + rows.len() + usize::from(more.is_some());
    let size = vec2(inner + 2.0 * INSET, lines as f32 * ROW + 2.0 * INSET - 3.0);
    let left = if x + 10.0 + size.x <= frame.right() { x + 10.0 } else { x - 10.0 - size.x };
    let place = Rect::from_min_size(pos2(left.max(frame.left()), frame.top() + 4.0), size);
    let ground = colors.raised.gamma_multiply(0.94);
    painter.rect(place, theme::RADIUS_SMALL, ground, Stroke::new(1.0, colors.line), StrokeKind::Inside);
    let mut at = place.left_top() + vec2(INSET, INSET - 2.0);
    painter.galley(at, head, colors.text_weak);
    for (color, name, value) in rows {
        at.y += ROW;
        painter.circle_filled(at + vec2(3.5, ROW / 2.0 - 1.0), 3.5, color);
        painter.galley(at + vec2(12.0, 0.0), name, colors.text);
        let right = place.right() - INSET - value.size().x;
        painter.galley(pos2(right, at.y), value, colors.text_strong);
    }
    if let Some(more) = more {
        painter.galley(at + vec2(0.0, ROW), more, colors.text_weak);
    }
}

/// Draws what happened in the runs as thin lines; the pointer reads them.
pub fn marks(ui: &Ui, transform: &PlotTransform, runs: &[RunCurves<'_>], pointer: Option<f32>) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let mut read = Vec::new();
    for run in runs.iter().filter(|run| run.visible) {
        for mark in run.marks {
            let x = transform.position_from_point_x(mark.step as f64);
            if !frame.x_range().contains(x) {
                continue;
            }
            let near = pointer.is_some_and(|pointer| (pointer - x).abs() <= MARK_REACH);
            let strength = if near { 0.9 } else { 0.35 };
            painter.vline(x, frame.y_range(), Stroke::new(1.0, run.color.gamma_multiply(strength)));
            let tip = pos2(x, frame.bottom() - 6.0);
            let corners = vec![tip, pos2(x - 4.0, frame.bottom()), pos2(x + 4.0, frame.bottom())];
            painter.add(eframe::egui::Shape::convex_polygon(corners, run.color, Stroke::NONE));
            if near {
                read.push((x, run.color, mark.label.as_str()));
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
