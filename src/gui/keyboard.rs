//! Focus of the keyboard: the ring around what has it, steps from part to part of the window, the field for searching.

use eframe::egui::{
    Context, CornerRadius, Event, EventFilter, Id, Key, LayerId, Modifiers, Pos2, Rect, Response, Stroke,
    StrokeKind, Ui,
};

use crate::gui::parts::{Parts, handles};
use crate::gui::theme;

/// Distance of the ring from what it is around.
const AIR: f32 = 1.0;
/// Width of the ring.
const WIDTH: f32 = 2.0;

/// Where the field for searching is kept, with the pass in which it was shown.
fn search_id() -> Id {
    Id::unique("field for searching")
}

/// Makes a text field the one that `/` goes to.
pub fn is_search(response: &Response) {
    let pass = response.ctx.cumulative_pass_nr();
    response.ctx.data_mut(|data| data.insert_temp(search_id(), (response.id, pass)));
}

/// Ends a frame whose panels `ui` has shown: follows the keys that move the focus between parts, and draws the ring.
pub fn end_frame(ui: &Ui, parts: &Parts) {
    let ctx = ui.ctx();
    let keyed = is_keyed(ctx);
    // A dialog keeps the focus to itself.
    if ctx.memory(|memory| memory.allows_interaction(LayerId::background())) {
        step(ui, parts);
        find(ctx);
    }
    // A text field shows itself where one types.
    if keyed && !ctx.text_edit_focused() {
        ring(ui);
    }
}

/// Whether the focus was last moved by keys, or by a reader of the screen, rather than by the pointer.
fn is_keyed(ctx: &Context) -> bool {
    let moves = |event: &Event| match event {
        Event::Key { key, pressed: true, .. } => {
            use Key::{ArrowDown, ArrowLeft, ArrowRight, ArrowUp, F6, Slash, Tab};
            [Tab, F6, Slash, ArrowUp, ArrowDown, ArrowLeft, ArrowRight].contains(key).then_some(true)
        }
        Event::AccessKitActionRequest(_) => Some(true),
        Event::PointerButton { pressed: true, .. } => Some(false),
        _ => None,
    };
    let news = ctx.input(|input| input.events.iter().rev().find_map(moves));
    ctx.data_mut(|data| {
        let keyed = data.get_temp_mut_or(Id::unique("focus by keys"), false);
        *keyed = news.unwrap_or(*keyed);
        *keyed
    })
}

/// Goes to the next part of the window at F6, to the one before at Shift+F6.
fn step(ui: &Ui, parts: &Parts) {
    let ctx = ui.ctx();
    let back = ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::F6));
    if !back && !ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F6)) {
        return;
    }
    let parts = parts.in_order();
    let at = focused(ctx).and_then(|rect| parts.iter().position(|part| part.contains(rect.center())));
    let count = parts.len();
    let next = |from: usize| if back { (from + count - 1) % count } else { (from + 1) % count };
    let mut part = next(at.unwrap_or(if back { 0 } else { count - 1 }));
    for _ in 0..count {
        if let Some(first) = first_in(ui, parts[part]) {
            return ctx.memory_mut(|memory| memory.request_focus(first));
        }
        part = next(part);
    }
}

fn focused(ctx: &Context) -> Option<Rect> {
    let id = ctx.memory(|memory| memory.focused())?;
    ctx.viewport(|viewport| Some(viewport.this_pass.widgets.get(id)?.rect))
}

/// The first thing in a part of the window that can be used, in the order of reading.
fn first_in(ui: &Ui, part: Rect) -> Option<Id> {
    let handles: Vec<Id> = handles(ui).map(|handle| handle.id).collect();
    ui.ctx().viewport(|viewport| {
        let widgets = viewport.this_pass.widgets.get_layer(ui.layer_id());
        let usable = widgets.filter(|widget| {
            widget.enabled
                && widget.sense.is_focusable()
                && widget.interact_rect.is_positive()
                && part.contains(widget.interact_rect.center())
                && !handles.contains(&widget.id)
        });
        let line = |at: Pos2| (at.y / theme::CONTROL).round();
        let first = usable.min_by(|a, b| {
            let (a, b) = (a.rect.min, b.rect.min);
            line(a).total_cmp(&line(b)).then(a.x.total_cmp(&b.x))
        });
        first.map(|widget| widget.id)
    })
}

/// Goes along the rows of a list with the arrows: from the one that has the focus to its neighbour.
pub fn along(ui: &Ui, rows: &[Response]) {
    let Some(at) = rows.iter().position(Response::has_focus) else { return };
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(rows[at].id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let to = match () {
        () if pressed(Key::ArrowDown) => rows.get(at + 1),
        () if pressed(Key::ArrowUp) => at.checked_sub(1).map(|above| &rows[above]),
        () => return,
    };
    if let Some(to) = to {
        to.request_focus();
        to.scroll_to_me(None);
    }
}

/// Goes to the field for searching at `/`, if there is one.
fn find(ctx: &Context) {
    if ctx.text_edit_focused() || !ctx.input(|input| input.key_pressed(Key::Slash)) {
        return;
    }
    let field = ctx.data(|data| data.get_temp::<(Id, u64)>(search_id()));
    if let Some((id, _)) = field.filter(|(_, pass)| *pass == ctx.cumulative_pass_nr()) {
        ctx.memory_mut(|memory| memory.request_focus(id));
    }
}

/// Draws a ring around what has the focus, whatever it is.
fn ring(ui: &Ui) {
    let ctx = ui.ctx();
    let Some(id) = ctx.memory(|memory| memory.focused()) else { return };
    let Some(widget) = ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).copied()) else { return };
    if !widget.interact_rect.is_positive() {
        return;
    }
    let seen = widget.interact_rect.expand(AIR + WIDTH);
    let painter = ctx.layer_painter(widget.layer_id).with_clip_rect(seen);
    let stroke = Stroke::new(WIDTH, theme::colors(ui).accent);
    // At the edge of the window there is no room outside.
    let room = ctx.content_rect().shrink(WIDTH);
    let rect = widget.rect.expand(AIR).intersect(room);
    painter.rect_stroke(rect, CornerRadius::same(theme::RADIUS_SMALL + 1), stroke, StrokeKind::Outside);
}
