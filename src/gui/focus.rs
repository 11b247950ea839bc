//! Keeps what has the keyboard's focus in sight: Tab also reaches what has scrolled out of a list.

use eframe::egui::accesskit::{Action, ActionRequest, TreeId};
use eframe::egui::{Context, Event, Id, Plugin, RawInput};

/// Scrolls to a widget that gains the focus out of sight, once.
#[derive(Default)]
pub struct FocusInSight {
    last: Option<Id>,
}

impl Plugin for FocusInSight {
    fn debug_name(&self) -> &'static str {
        "focus in sight"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        let focused = ctx.memory(|memory| memory.focused());
        if focused == self.last {
            return;
        }
        self.last = focused;
        let Some(id) = focused else { return };
        let is_clipped = ctx.viewport(|viewport| {
            let widget = viewport.prev_pass.widgets.get(id);
            widget.is_some_and(|widget| !widget.interact_rect.contains_rect(widget.rect.shrink(1.0)))
        });
        if is_clipped {
            input.events.push(Event::AccessKitActionRequest(ActionRequest {
                action: Action::ScrollIntoView,
                target_tree: TreeId::ROOT,
                target_node: id.accesskit_id(),
                data: None,
            }));
        }
    }
}
