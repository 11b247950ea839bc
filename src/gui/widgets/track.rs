//! A slider whose filling starts at an origin: a rail, a knob, keys and screen readers.

use std::ops::RangeInclusive;

use eframe::egui::accesskit::{Action, ActionData};
use eframe::egui::{
    CursorIcon, DragValue, EventFilter, Key, Rect, Response, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2,
    remap_clamp, vec2,
};

use rust_i18n::t;

use super::typed_number;
use crate::gui::theme;

/// Points around the origin in which the pointer snaps to it.
const SNAP: f32 = 3.0;
/// Width of the field with the number.
const FIELD: f32 = 54.0;

/// A slider.
pub struct Track<'a> {
    /// Name.
    pub name: &'a str,
    /// Values from the left to the right.
    pub range: RangeInclusive<f32>,
    /// Where the filling starts.
    pub origin: f32,
    /// Step of an arrow key; the pointer rounds to a tenth of it.
    pub step: f32,
    /// Drawn grey.
    pub quiet: bool,
}

impl Track<'_> {
    /// Shows it at `value`. Returns the value asked for, if any.
    pub fn show(
        &self,
        ui: &Ui,
        rect: Rect,
        salt: impl std::hash::Hash + std::fmt::Debug,
        value: f32,
    ) -> (Response, Option<f32>) {
        let response = ui.interact(rect, ui.scope_id().with(salt), Sense::click_and_drag());
        let rail = rect.x_range().shrink(6.0);
        let at = |value: f32| remap_clamp(value, self.range.clone(), rail);
        let mut wanted = None;
        if response.is_pointer_button_down_on()
            && ui.is_enabled()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let snaps = (pointer.x - at(self.origin)).abs() <= SNAP;
            let value = remap_clamp(pointer.x, rail, self.range.clone());
            wanted = Some(if snaps { self.origin } else { self.rounded(value) });
        }
        wanted = wanted.or_else(|| self.asked_for(ui, &response, value));
        let value = wanted.unwrap_or(value);
        let (least, most) = (*self.range.start(), *self.range.end());
        describe(ui, &response, self.name, value.into(), f64::from(least)..=f64::from(most));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_numeric_value_step(f64::from(self.step));
        });
        paint(ui, rect, &response, at(self.origin), at(value), self.quiet);
        (response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal), wanted)
    }

    fn rounded(&self, value: f32) -> f32 {
        let grain = self.step / 10.0;
        (value / grain).round() * grain
    }

    /// The value that the arrow keys or a screen reader ask for.
    fn asked_for(&self, ui: &Ui, response: &Response, value: f32) -> Option<f32> {
        let (steps, set) = requests(ui, response);
        let stepped = (steps != 0.0).then_some(value + steps as f32 * self.step);
        let wanted = set.map(|value| value as f32).or(stepped)?;
        Some(self.rounded(wanted.clamp(*self.range.start(), *self.range.end())))
    }
}

/// Tells a screen reader what a slider is and what can be asked of it.
pub(super) fn describe(ui: &Ui, response: &Response, name: &str, value: f64, range: RangeInclusive<f64>) {
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(*range.start());
        node.set_max_numeric_value(*range.end());
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
    });
}

/// The steps that the arrow keys or a screen reader ask a slider for, and the number that the latter does.
pub(super) fn requests(ui: &Ui, response: &Response) -> (f64, Option<f64>) {
    let mut steps = 0.0;
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = |key| ui.input(|input| input.num_presses(key)) as f64;
        steps += presses(Key::ArrowRight) - presses(Key::ArrowLeft);
    }
    ui.input(|input| {
        steps += input.num_accesskit_action_requests(response.id, Action::Increment) as f64;
        steps -= input.num_accesskit_action_requests(response.id, Action::Decrement) as f64;
        let set = input.accesskit_action_requests(response.id, Action::SetValue);
        let number = |data: &Option<ActionData>| match data {
            Some(ActionData::NumericValue(value)) => Some(*value),
            _ => None,
        };
        (steps, set.filter_map(|request| number(&request.data)).last())
    })
}

/// Room over the rest of the width for a rail and a field of this width beside it.
pub(super) fn rail_and_field(ui: &mut Ui, field: f32) -> [Rect; 2] {
    let (_, whole) = ui.allocate_space(vec2(ui.available_width().max(field + 60.0), theme::CONTROL));
    let rail = whole.with_max_x(whole.right() - field - theme::GAP);
    [rail, whole.with_min_x(whole.right() - field).shrink2(vec2(0.0, 2.0))]
}

/// The field with a slider's number.
pub(super) fn put_field(ui: &mut Ui, place: Rect, name: &str, field: DragValue<'_>) -> Response {
    let mut child = ui.new_child(UiBuilder::new().id_salt((name, "field")).max_rect(place));
    child.spacing_mut().button_padding = vec2(4.0, 1.0);
    child.spacing_mut().interact_size = place.size();
    let field = typed_number::show(&mut child, field, |ui, field| ui.put(place, field));
    field.accessible_name(t!("%{slider} value", slider = name))
}

/// The rail with its filling from `origin` to the knob, in points across.
pub(super) fn paint(ui: &Ui, rect: Rect, response: &Response, origin: f32, knob: f32, quiet: bool) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let fade = if ui.is_enabled() { 1.0 } else { 0.4 };
    let y = rect.center().y;
    let bar =
        |from: f32, to: f32| Rect::from_min_max(pos2(from.min(to), y - 2.0), pos2(from.max(to), y + 2.0));
    let rail = rect.x_range().shrink(4.0);
    painter.rect_filled(bar(rail.min, rail.max), 2.0, colors.rail.gamma_multiply(fade));
    if origin > rail.min + 4.0 && origin < rail.max - 4.0 {
        painter.vline(origin, y - 5.0..=y + 5.0, Stroke::new(1.0, colors.rail));
    }
    let active = response.is_pointer_button_down_on() || response.has_focus();
    let filling = match () {
        () if quiet => colors.text_weak,
        () if active => colors.accent,
        () => colors.accent.gamma_multiply(0.85 * fade),
    };
    painter.rect_filled(bar(origin, knob), 2.0, filling);
    let radius = if response.hovered() || active { 6.0 } else { 5.0 };
    let face = if quiet { colors.text_weak } else { colors.knob };
    painter.circle(pos2(knob, y), radius, face.gamma_multiply(fade), Stroke::new(1.5, colors.knob_edge));
    if response.has_focus() {
        painter.circle_stroke(pos2(knob, y), radius + 2.5, Stroke::new(1.5, colors.accent));
    }
}

/// A number as it is read, with a minus sign for one; none before a zero.
pub fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| matches!(c, '0' | '.')) => zero.to_owned(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

/// A number with a sign also where it is above 0.
pub fn signed(value: f64, digits: usize) -> String {
    let text = number(value, digits);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A slider and a field with its number, over the rest of the width. True when the value changed.
pub fn with_field(ui: &mut Ui, track: &Track<'_>, decimals: usize, suffix: &str, value: &mut f32) -> bool {
    let before = *value;
    let [rail, place] = rail_and_field(ui, FIELD);
    if let (_, Some(wanted)) = track.show(ui, rail, track.name, *value) {
        *value = wanted;
    }
    let field = DragValue::new(value)
        .speed(track.step)
        .range(track.range.clone())
        .fixed_decimals(decimals)
        .custom_formatter(|value, decimals| number(value, *decimals.start()))
        .suffix(suffix);
    put_field(ui, place, track.name, field);
    *value != before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_minus_signs_and_zero_has_none() {
        assert_eq!(number(-1.25, 2), "−1.25");
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!(number(3.0, 0), "3");
        assert_eq!([signed(0.5, 1), signed(-0.5, 1), signed(0.0, 1)], ["+0.5", "−0.5", "0.0"]);
    }
}
