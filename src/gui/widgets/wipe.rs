//! Two pictures over each other with a divider between them.

use eframe::egui::{
    CursorIcon, EventFilter, Key, PointerButton, Rect, Response, Sense, StrokeKind, TextureId, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::gui::theme;
use crate::gui::widgets::picture;

/// Part of the picture that an arrow key moves the divider by.
const STEP: f32 = 0.05;

/// Shows the first picture left of the divider and the second one right of it; a click, a drag or the arrow keys move
/// it. `divider` lies between 0 and 1.
pub fn show(
    ui: &mut Ui,
    [left, right]: [TextureId; 2],
    side: f32,
    divider: &mut f32,
    name: &str,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click_and_drag());
    let moves = response.clicked() || response.dragged_by(PointerButton::Primary);
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| moves) {
        *divider = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input(|input| input.num_presses(key)) as f32;
        let moved = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        *divider = (*divider + STEP * moved).clamp(0.0, 1.0);
    }
    response.widget_info(|| WidgetInfo::slider(true, f64::from(*divider), name));
    let at = rect.left() + *divider * rect.width();
    let painter = ui.painter();
    for (side, texture) in [(rect.with_max_x(at), left), (rect.with_min_x(at), right)] {
        let painter = painter.with_clip_rect(side.intersect(ui.clip_rect()));
        picture::paint(&painter, rect, texture, theme::RADIUS);
    }
    let colors = theme::colors(ui);
    let color = if response.has_focus() { colors.accent } else { colors.on_photo };
    // The dark edge keeps it in sight on pale pictures.
    painter.vline(at, rect.y_range(), (4.0, colors.photo_shade));
    painter.vline(at, rect.y_range(), (2.0, color));
    let handle = Rect::from_center_size(pos2(at, rect.center().y), vec2(8.0, 28.0));
    painter.rect(handle, 4.0, color, (1.0, colors.photo_shade), StrokeKind::Outside);
    response.on_hover_cursor(CursorIcon::ResizeHorizontal)
}
