//! Parts of the window: bars, panels, the middle, and what words can point at.

use eframe::egui::accesskit::{Action, ActionRequest, TreeId};
use eframe::egui::{Context, Event, EventFilter, Id, Key, Modifiers, PanelState, Rect, Ui};
use rust_i18n::t;

use crate::gui::theme;

/// Names of the panels at the sides of the screens.
const SIDES: [&str; 10] =
    ["models", "sliders", "photo", "walk", "map setup", "map reading", "runs", "run", "new run", "measure"];

/// Parts of the window, as they were drawn in this frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The bar at the top.
    pub top: Rect,
    /// The strip beneath it, if there is one.
    pub strip: Option<Rect>,
    /// The panel at the left, if there is one.
    pub left: Option<Rect>,
    /// Everything between the panels and the bars.
    pub middle: Rect,
    /// The panel at the right, if there is one.
    pub right: Option<Rect>,
    /// The bar at the bottom.
    pub bottom: Rect,
}

impl Parts {
    /// The parts of the window whose panels `ui` has shown.
    pub fn of(ui: &Ui) -> Parts {
        let window = ui.ctx().content_rect();
        let top = window.with_max_y(window.top() + theme::TOP_BAR);
        let bottom = window.with_min_y(window.bottom() - theme::STATUS_BAR);
        let mut parts = Parts { top, strip: None, left: None, middle: window, right: None, bottom };
        parts.middle.set_top(top.bottom());
        parts.middle.set_bottom(bottom.top());
        for handle in handles(ui) {
            let id = handle.panel;
            if !is_shown(ui.ctx(), handle.id) {
                continue;
            }
            let Some(rect) = PanelState::load(ui.ctx(), id).map(|panel| panel.outer_rect) else { continue };
            let middle = &mut parts.middle;
            if is_left(ui.ctx(), rect) {
                middle.set_left(rect.right());
                parts.left = Some(rect);
            } else {
                middle.set_right(rect.left());
                parts.right = Some(rect);
            }
            middle.set_top(middle.top().max(rect.top()));
        }
        let strip = top.with_min_y(top.bottom()).with_max_y(parts.middle.top());
        parts.strip = (strip.height() > 1.0).then_some(strip);
        parts
    }

    /// Place where something was shown in this frame that words can point at.
    pub fn marked(ctx: &Context, mark: Mark) -> Option<Rect> {
        let (rect, pass) = ctx.data(|data| data.get_temp::<(Rect, u64)>(mark_id(mark)))?;
        (pass == ctx.cumulative_pass_nr()).then_some(rect)
    }

    /// All parts, as they are read.
    pub fn in_order(&self) -> Vec<Rect> {
        let sides = [self.strip, self.left, Some(self.middle), self.right];
        std::iter::once(self.top).chain(sides.into_iter().flatten()).chain([self.bottom]).collect()
    }
}

/// The handle that resizes a panel.
pub struct Handle {
    panel: Id,
    /// Its own.
    pub id: Id,
}

/// Handles that panels at the sides would have.
pub fn handles(ui: &Ui) -> impl Iterator<Item = Handle> + use<> {
    let root = ui.scope_id();
    SIDES.into_iter().map(move |name| {
        let panel = root.with(name);
        Handle { panel, id: panel.with("__resize") }
    })
}

fn is_shown(ctx: &Context, id: Id) -> bool {
    ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).is_some())
}

fn is_left(ctx: &Context, panel: Rect) -> bool {
    panel.center().x < ctx.content_rect().center().x
}

/// Lets the arrows move the handle that has the focus. To be called before the panels are shown, which heed it.
pub fn resize_by_keys(ui: &Ui) {
    let ctx = ui.ctx();
    let Some(handle) = handles(ui).find(|handle| ctx.memory(|memory| memory.has_focus(handle.id))) else {
        return;
    };
    let Some(panel) = PanelState::load(ctx, handle.panel) else { return };
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ctx.memory_mut(|memory| memory.set_focus_lock_filter(handle.id, filter));
    let (wider, narrower) = match is_left(ctx, panel.outer_rect) {
        true => (Key::ArrowRight, Key::ArrowLeft),
        false => (Key::ArrowLeft, Key::ArrowRight),
    };
    for (key, action) in [(wider, Action::Increment), (narrower, Action::Decrement)] {
        let target_node = handle.id.accesskit_id();
        let request = ActionRequest { action, target_tree: TreeId::ROOT, target_node, data: None };
        ctx.input_mut(|input| {
            let times = input.count_and_consume_key(Modifiers::NONE, key);
            let requests = std::iter::repeat_n(Event::AccessKitActionRequest(request), times);
            input.events.extend(requests);
        });
    }
}

/// Ends the panels: names their handles, and draws an edge that is being moved in the colour of what can be moved; by
/// itself it has that of strong text.
pub fn finish_edges(ui: &Ui) {
    let ctx = ui.ctx();
    for handle in handles(ui).filter(|handle| is_shown(ctx, handle.id)) {
        let Some(response) = ctx.read_response(handle.id) else { continue };
        let Some(panel) = PanelState::load(ctx, handle.panel) else { continue };
        let is_left = is_left(ctx, panel.outer_rect);
        let name = if is_left { t!("Width of the left panel") } else { t!("Width of the right panel") };
        ctx.accesskit_node_builder(handle.id, |node| node.set_label(&*name));
        if !response.hovered() && !response.dragged() {
            continue;
        }
        let edge = if is_left { panel.outer_rect.right() } else { panel.outer_rect.left() };
        let line = Rect::from_x_y_ranges(edge - 1.5..=edge + 1.5, panel.outer_rect.y_range());
        ui.painter().rect_filled(line, 0.0, theme::colors(ui).accent);
    }
}

/// Something small that words point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The names of the screens.
    Screens,
    /// The ways to everything else: palette, theme and help.
    Help,
}

fn mark_id(mark: Mark) -> Id {
    Id::unique(("mark", mark))
}

/// Remembers where something is shown in this frame.
pub fn mark(ctx: &Context, mark: Mark, rect: Rect) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(mark_id(mark), (rect, pass)));
}
