//! Zoom and pan: what the pointer does to the view.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use eframe::egui::{
    CursorIcon, EventFilter, Id, Key, PointerButton, Pos2, Rect, Response, Stroke, StrokeKind, Ui,
};
use egui_plot::PlotTransform;
use rust_i18n::t;

use crate::gui::state::plot_view::PlotsView;
use crate::gui::theme;

/// Points that a box has to be high or wide to zoom in that direction.
const SMALLEST_BOX: f32 = 8.0;
/// Points of the wheel that zoom by a factor of e.
const WHEEL: f32 = 260.0;
/// Presses of an arrow key from one end of a plot to the other.
const KEYS_ACROSS: f64 = 100.0;
/// The fewest steps in view.
const FEWEST_STEPS: f64 = 4.0;

/// Hover text of a plot about all this.
pub fn help() -> Cow<'static, str> {
    t!(
        "Drag a box or turn the wheel (with Ctrl where the page scrolls) to zoom, drag with Shift or the right \
         button to move, double-click to see everything."
    )
}

/// Lets the pointer zoom and move. `id` is the plot's in the view.
pub fn navigate(ui: &Ui, view: &mut PlotsView, id: &str, response: &Response, transform: &PlotTransform) {
    let start = response.id.with("box");
    if response.double_clicked() {
        return view.reset();
    }
    let shift = ui.input(|input| input.modifiers.shift);
    let pans = response.dragged_by(PointerButton::Secondary)
        || response.dragged_by(PointerButton::Middle)
        || (shift && response.dragged_by(PointerButton::Primary));
    if pans {
        ui.data_mut(|data| data.remove::<Pos2>(start));
        ui.set_cursor_icon(CursorIcon::Grabbing);
        pan(view, id, response, transform);
    } else {
        zoom_by_box(ui, view, id, response, transform, start);
    }
    if response.contains_pointer() {
        turn(ui, view, id, response, transform);
    }
}

/// The step that is read in a plot that has the focus: the arrow keys move it, from the `latest` on.
pub fn step_by_keys(
    ui: &Ui,
    view: &PlotsView,
    id: &str,
    response: &Response,
    transform: &PlotTransform,
    latest: Option<f64>,
) -> Option<f64> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let presses = |key| ui.input(|input| input.num_presses(key)) as f64;
    let (from, to) = transform.bounds().range_x().into_inner();
    let cursor = view.cursor.as_ref().filter(|cursor| cursor.plot == id);
    let at = cursor.map_or(latest.unwrap_or(to), |cursor| cursor.step);
    let by = (presses(Key::ArrowRight) - presses(Key::ArrowLeft)) * (to - from) / KEYS_ACROSS;
    Some((at + by).clamp(from, to))
}

fn pan(view: &mut PlotsView, id: &str, response: &Response, transform: &PlotTransform) {
    let delta = response.drag_delta();
    let [per_x, per_y] = transform.dvalue_dpos();
    let moved = |range: RangeInclusive<f64>, by: f64| range.start() - by..=range.end() - by;
    if delta.x != 0.0 {
        view.steps = Some(moved(transform.bounds().range_x(), f64::from(delta.x) * per_x));
    }
    // A hand is never quite level: values move only once they have been zoomed, or it goes far up or down.
    if delta.y != 0.0 && (view.plot(id).values.is_some() || delta.y.abs() > delta.x.abs()) {
        view.plot(id).values = Some(moved(transform.bounds().range_y(), f64::from(delta.y) * per_y));
    }
}

fn zoom_by_box(
    ui: &Ui,
    view: &mut PlotsView,
    id: &str,
    response: &Response,
    transform: &PlotTransform,
    start: Id,
) {
    if response.drag_started_by(PointerButton::Primary)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
    {
        ui.data_mut(|data| data.insert_temp(start, origin));
    }
    let Some(origin) = ui.data(|data| data.get_temp::<Pos2>(start)) else { return };
    let Some(pointer) = response.interact_pointer_pos().or(response.hover_pos()) else { return };
    let frame = *transform.frame();
    let mut marked = Rect::from_two_pos(frame.clamp(origin), frame.clamp(pointer));
    let (wide, high) = (marked.width() >= SMALLEST_BOX, marked.height() >= SMALLEST_BOX);
    if !high {
        marked = marked.with_min_y(frame.top()).with_max_y(frame.bottom());
    }
    if !wide {
        marked = marked.with_min_x(frame.left()).with_max_x(frame.right());
    }
    if response.dragged() && (wide || high) {
        let colors = theme::colors(ui);
        let ground = colors.accent.gamma_multiply(0.15);
        let line = Stroke::new(1.0, colors.accent);
        ui.painter().rect(marked, 0.0, ground, line, StrokeKind::Inside);
        ui.set_cursor_icon(CursorIcon::Crosshair);
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<Pos2>(start));
        let corners = [marked.left_bottom(), marked.right_top()].map(|c| transform.value_from_position(c));
        if wide && corners[1].x - corners[0].x >= FEWEST_STEPS {
            view.steps = Some(corners[0].x..=corners[1].x);
        }
        if high {
            view.plot(id).values = Some(corners[0].y..=corners[1].y);
        }
    }
}

/// The wheel zooms the steps, with Ctrl (and two fingers) both axes; sideways it moves.
fn turn(ui: &Ui, view: &mut PlotsView, id: &str, response: &Response, transform: &PlotTransform) {
    let Some(pointer) = response.hover_pos() else { return };
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta, input.zoom_delta()));
    if view.wheel_scrolls && pinch == 1.0 {
        return;
    }
    // Nothing around the plot is to scroll with it.
    ui.input_mut(|input| input.smooth_scroll_delta = eframe::egui::Vec2::ZERO);
    let center = transform.value_from_position(pointer);
    let zoomed = |range: RangeInclusive<f64>, center: f64, factor: f64| {
        center + (range.start() - center) / factor..=center + (range.end() - center) / factor
    };
    let factor = f64::from(pinch * (scroll.y / WHEEL).exp());
    if factor != 1.0 || scroll.x != 0.0 {
        let by = f64::from(scroll.x) * transform.dvalue_dpos()[0];
        let steps = zoomed(transform.bounds().range_x(), center.x, factor);
        if steps.end() - steps.start() >= FEWEST_STEPS {
            view.steps = Some(steps.start() - by..=steps.end() - by);
        }
    }
    if pinch != 1.0 {
        view.plot(id).values = Some(zoomed(transform.bounds().range_y(), center.y, f64::from(pinch)));
    }
}
