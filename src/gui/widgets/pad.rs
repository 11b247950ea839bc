//! A plane over two dimensions: rings at one, two and three standard deviations, a point to drag.

use eframe::egui::{
    Align2, CursorIcon, EventFilter, Key, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, remap,
    remap_clamp, vec2,
};
use rust_i18n::t;

use crate::gui::state::explore::{Explore, SPAN};
use crate::gui::theme;

/// Standard deviations that an arrow key moves.
const KEY_STEP: f32 = 0.1;

/// Shows the pad of this side and moves what is dragged on it.
pub fn show(ui: &mut Ui, explore: &mut Explore, side: f32) {
    let (across, up) = explore.pad;
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click_and_drag());
    let words = t!("Pad of %{across} and %{up}", across = format!("z{across}"), up = format!("z{up}"));
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &*words));
    let plane = rect.shrink(8.0);

    if response.double_clicked() {
        explore.begin_gesture();
        explore.set(across, 0.0);
        explore.set(up, 0.0);
    } else if response.is_pointer_button_down_on()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        if !explore.history().in_gesture() {
            explore.begin_gesture();
        }
        let rounded = |value: f32| (value * 100.0).round() / 100.0;
        explore.set(across, rounded(remap_clamp(pointer.x, plane.x_range(), -SPAN..=SPAN)));
        explore.set(up, rounded(-remap_clamp(pointer.y, plane.y_range(), -SPAN..=SPAN)));
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
        let (dx, dy) = (
            presses(Key::ArrowRight) - presses(Key::ArrowLeft),
            presses(Key::ArrowUp) - presses(Key::ArrowDown),
        );
        explore.set(across, explore.values()[across] + dx * KEY_STEP);
        explore.set(up, explore.values()[up] + dy * KEY_STEP);
    }

    let colors = theme::colors(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, theme::RADIUS, colors.canvas);
    let unit = plane.width() / (2.0 * SPAN);
    for deviations in [3.0, 2.0, 1.0] {
        let radius = deviations * unit;
        painter.circle_filled(plane.center(), radius, colors.accent.gamma_multiply(0.05));
        painter.circle_stroke(plane.center(), radius, Stroke::new(1.0, colors.line));
    }
    let axis = Stroke::new(1.0, colors.line);
    painter.hline(rect.x_range(), plane.center().y, axis);
    painter.vline(plane.center().x, rect.y_range(), axis);
    let label = |text: String, at, align| {
        painter.text(at, align, text, theme::small_font(), colors.text_weak);
    };
    label(format!("z{across} →"), rect.right_center() + vec2(-6.0, 10.0), Align2::RIGHT_CENTER);
    label(format!("↑ z{up}"), pos2(plane.center().x + 6.0, rect.top() + 11.0), Align2::LEFT_CENTER);

    let place = |value: f32| value.clamp(-SPAN, SPAN);
    let point = pos2(
        remap(place(explore.values()[across]), -SPAN..=SPAN, plane.x_range()),
        remap(-place(explore.values()[up]), -SPAN..=SPAN, plane.y_range()),
    );
    let cross = Stroke::new(1.0, colors.accent.gamma_multiply(0.35));
    painter.hline(rect.x_range(), point.y, cross);
    painter.vline(point.x, rect.y_range(), cross);
    let grown = response.hovered() || response.is_pointer_button_down_on();
    painter.circle(point, if grown { 8.0 } else { 6.5 }, colors.accent, Stroke::new(2.0, colors.text_strong));
    let border = if response.has_focus() { colors.accent } else { colors.line };
    let kind = eframe::egui::StrokeKind::Inside;
    painter.rect_stroke(rect, theme::RADIUS, Stroke::new(1.0, border), kind);
    response.on_hover_and_drag_cursor(CursorIcon::Crosshair);
}

/// The side of the pad in a column of this width.
pub fn side(column: Rect) -> f32 {
    column.width().clamp(120.0, 190.0)
}
