//! A slider over several powers of ten, whose left end is 0: for weights of the loss.

use eframe::egui::{CursorIcon, DragValue, Rangef, Rect, Response, Sense, Shape, Stroke, Ui, pos2};

use super::track;
use crate::gui::theme;

/// Part of the rail at its left end that means 0.
const ZERO: f32 = 0.06;
/// An arrow key multiplies by this root of ten.
const KEYS_A_DECADE: f64 = 20.0;
/// Width of the field with the number.
const FIELD: f32 = 62.0;

/// A slider.
pub struct LogTrack<'a> {
    /// Name.
    pub name: &'a str,
    /// The smallest number above 0.
    pub least: f64,
    /// The largest.
    pub most: f64,
    /// Whether the left end is 0 instead of `least`.
    pub zero: bool,
    /// A number to mark on the rail, such as the one that was planned.
    pub mark: Option<f64>,
}

impl LogTrack<'_> {
    /// Shows it with a field over the rest of the width. Returns the number asked for, if any.
    pub fn show(&self, ui: &mut Ui, value: f64) -> Option<f64> {
        let [rail, place] = track::rail_and_field(ui, FIELD);
        let wanted = self.rail(ui, rail, value);
        let mut shown = wanted.unwrap_or(value);
        let field = DragValue::new(&mut shown)
            .speed((value / 50.0).max(self.least))
            .range(self.lowest()..=self.most)
            .clamp_existing_to_range(false)
            .custom_formatter(|value, _| short(value));
        let field = track::put_field(ui, place, self.name, field);
        let typed = field.changed().then(|| significant(shown));
        wanted.or(typed).filter(|wanted| *wanted != value)
    }

    fn rail(&self, ui: &Ui, rect: Rect, value: f64) -> Option<f64> {
        let response = ui.interact(rect, ui.scope_id().with(self.name), Sense::click_and_drag());
        let rail = rect.x_range().shrink(6.0);
        let mut wanted = None;
        // A quick click goes down and up within one frame.
        if (response.is_pointer_button_down_on() || response.clicked())
            && ui.is_enabled()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            wanted = Some(self.value_at((pointer.x - rail.min) / rail.span()));
        }
        let wanted = wanted.or_else(|| self.asked_for(ui, &response, value));
        let value = wanted.unwrap_or(value);
        track::describe(ui, &response, self.name, value, self.lowest()..=self.most);
        let at = |value: f64| rail.min + self.place_of(value) * rail.span();
        track::paint(ui, rect, &response, rail.min, at(value), false);
        if let Some(mark) = self.mark {
            paint_mark(ui, rect, Rangef::point(at(mark)).min);
        }
        response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
        wanted
    }

    /// The number that the arrow keys or a screen reader ask for.
    fn asked_for(&self, ui: &Ui, response: &Response, value: f64) -> Option<f64> {
        let (steps, set) = track::requests(ui, response);
        let stepped = || {
            let from = value.max(self.least);
            let to = from * 10f64.powf(steps / KEYS_A_DECADE);
            // From 0 the first step up is the smallest number, and below that there is 0.
            match () {
                () if value < self.least && steps > 0.0 => self.least,
                () if to < self.least * 0.999 && self.zero => 0.0,
                () => to.clamp(self.least, self.most),
            }
        };
        set.map(|value| value.clamp(self.lowest(), self.most))
            .or_else(|| (steps != 0.0).then(stepped))
            .map(significant)
    }

    /// The number at the left end.
    fn lowest(&self) -> f64 {
        if self.zero { 0.0 } else { self.least }
    }

    /// The number at a place on the rail, in [0, 1].
    fn value_at(&self, place: f32) -> f64 {
        let start = if self.zero { ZERO } else { 0.0 };
        let place = place.clamp(0.0, 1.0);
        if self.zero && place < start / 2.0 {
            return 0.0;
        }
        let part = f64::from(((place - start) / (1.0 - start)).max(0.0));
        significant(self.least * (self.most / self.least).powf(part))
    }

    /// The place of a number on the rail, in [0, 1].
    fn place_of(&self, value: f64) -> f32 {
        let start = if self.zero { ZERO } else { 0.0 };
        if self.zero && value <= 0.0 {
            return 0.0;
        }
        let value = value.clamp(self.least, self.most);
        let part = (value / self.least).ln() / (self.most / self.least).ln();
        start + (1.0 - start) * part as f32
    }
}

/// A small triangle under the rail.
fn paint_mark(ui: &Ui, rect: Rect, x: f32) {
    let y = rect.center().y + 5.0;
    let points = vec![pos2(x, y), pos2(x + 4.0, y + 6.0), pos2(x - 4.0, y + 6.0)];
    let color = theme::colors(ui).measure;
    ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// A number to two significant digits: what a hand can aim at.
fn significant(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// A number in few characters.
pub fn short(value: f64) -> String {
    digits(value).replace('-', "−")
}

fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        a if !(0.000_995..9_999.5).contains(&a) => format!("{value:.1e}"),
        a if a >= 99.5 => format!("{value:.0}"),
        a => {
            let digits = (1 - a.log10().floor() as i32).clamp(0, 5) as usize;
            let text = format!("{value:.digits$}");
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_numbers_belong_together() {
        let track = LogTrack { name: "weight", least: 1e-4, most: 1e3, zero: true, mark: None };
        assert_eq!((track.value_at(0.0), track.value_at(0.02)), (0.0, 0.0));
        assert_eq!((track.value_at(ZERO), track.value_at(1.0), track.value_at(7.0)), (1e-4, 1e3, 1e3));
        assert_eq!((track.place_of(0.0), track.place_of(1e-4), track.place_of(1e9)), (0.0, ZERO, 1.0));
        for value in [1e-4, 0.0032, 0.5, 1.0, 8.7, 250.0] {
            assert!((track.value_at(track.place_of(value)) / value - 1.0).abs() < 0.03, "{value}");
        }
        let rate = LogTrack { least: 1e-5, most: 1e-1, zero: false, ..track };
        assert_eq!((rate.value_at(0.0), rate.place_of(0.0)), (1e-5, 0.0));
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.25, "0.25"),
            (12.34, "12"),
            (4.0, "4"),
            (0.001, "0.001"),
            (0.000_12, "1.2e−4"),
            (250.0, "250"),
            (10_000.0, "1.0e4"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(significant(0.123_456), 0.12);
    }
}
