//! Rows that the keyboard walks through: one stop of the Tab key for all of them, arrows from each to the next.

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{EventFilter, Id, Key, Modifiers, Rect, Response, Sense, Ui};

/// The rows of a table.
pub struct RowFocus {
    id: Id,
    /// The row that Tab goes to.
    stop: usize,
    count: usize,
}

impl RowFocus {
    /// `count` rows; Tab goes to the one that had the focus last, or else to `first`.
    pub fn new(ui: &Ui, count: usize, first: usize) -> Self {
        let id = ui.scope_id().with("rows");
        let stop = ui.data(|data| data.get_temp(id)).unwrap_or(first);
        RowFocus { id, stop: stop.min(count.saturating_sub(1)), count }
    }

    /// The row of number `at`, over `rect`. All rows are equally high.
    pub fn row(&self, ui: &Ui, at: usize, rect: Rect, sense: Sense) -> Response {
        let id = self.id.with(at);
        let is_stop = at == self.stop || ui.memory(|memory| memory.has_focus(id));
        let sense = if is_stop { sense | Sense::FOCUSABLE } else { sense - Sense::FOCUSABLE };
        let response = ui.interact(rect, id, sense);
        if !response.has_focus() {
            return response;
        }
        ui.data_mut(|data| data.insert_temp(self.id, at));
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let to = match () {
            () if pressed(Key::ArrowDown) => (at + 1).min(self.count.saturating_sub(1)),
            () if pressed(Key::ArrowUp) => at.saturating_sub(1),
            () => at,
        };
        if to != at {
            ui.memory_mut(|memory| memory.request_focus(self.id.with(to)));
            let by = rect.height() * (to as f32 - at as f32);
            // At once: a row that is not there when the focus comes loses it.
            let next = rect.translate(eframe::egui::vec2(0.0, by));
            ui.scroll_to_rect_animation(next, None, ScrollAnimation::none());
        } else if response.gained_focus() {
            ui.scroll_to_rect_animation(rect, None, ScrollAnimation::none());
        }
        response
    }
}
