//! The whole photo with the square that the models see. Dragging moves it, the wheel and its corners size it.

use eframe::egui::{
    CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, TextureId, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::gui::state::reconstruct::Photo;
use crate::gui::theme;
use crate::gui::widgets::picture;
use crate::worker::protocol::Crop;

/// Points around a corner in which it is taken hold of.
const HANDLE: f32 = 12.0;
/// Change of the square's size per notch of the wheel.
const WHEEL: f32 = 0.0015;

/// Shows a photo at most this large and applies what is done to its crop.
pub fn show(ui: &mut Ui, photo: &mut Photo, texture: TextureId, room: Vec2) -> Response {
    let (width, height) = (photo.info.width.max(1) as f32, photo.info.height.max(1) as f32);
    let scale = (room.x / width).min(room.y / height);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height) * scale, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Crop of the photo"));

    let square = square_of(photo, rect);
    let corners = [square.left_top(), square.right_top(), square.right_bottom(), square.left_bottom()];
    let near = |at: eframe::egui::Pos2| corners.iter().any(|corner| corner.distance(at) <= HANDLE);
    let sizing_id = response.id.with("sizing");
    if response.drag_started() {
        let start = ui.input(|input| input.pointer.press_origin());
        ui.data_mut(|data| data.insert_temp(sizing_id, start.is_some_and(near)));
    }
    let sizing = ui.data(|data| data.get_temp::<bool>(sizing_id).unwrap_or(false));
    if response.dragged() {
        let crop = photo.crop;
        if let (true, Some(pointer)) = (sizing, response.interact_pointer_pos()) {
            let away = (pointer - square.center()).abs();
            photo.set_crop(Crop { size: 2.0 * away.x.max(away.y) / rect.width().min(rect.height()), ..crop });
        } else {
            let by = response.drag_delta() / rect.size();
            photo.set_crop(Crop { center_x: crop.center_x + by.x, center_y: crop.center_y + by.y, ..crop });
        }
    }
    if response.hovered() {
        let wheel = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta).y);
        if wheel != 0.0 {
            let crop = photo.crop;
            photo.set_crop(Crop { size: crop.size * (1.0 + wheel * WHEEL), ..crop });
        }
    }
    paint(ui, photo, texture, rect);
    let cursor =
        if response.hover_pos().is_some_and(near) { CursorIcon::ResizeNwSe } else { CursorIcon::Grab };
    response.on_hover_cursor(cursor)
}

fn paint(ui: &Ui, photo: &Photo, texture: TextureId, rect: Rect) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    picture::paint(painter, rect, texture, theme::RADIUS_SMALL);
    let square = square_of(photo, rect);
    for shade in [
        Rect::from_min_max(rect.left_top(), pos2(rect.right(), square.top())),
        Rect::from_min_max(pos2(rect.left(), square.bottom()), rect.right_bottom()),
        Rect::from_min_max(pos2(rect.left(), square.top()), square.left_bottom()),
        Rect::from_min_max(square.right_top(), pos2(rect.right(), square.bottom())),
    ] {
        if shade.is_positive() {
            painter.rect_filled(shade, 0.0, colors.photo_shade);
        }
    }
    let thin = Stroke::new(1.0, colors.on_photo.gamma_multiply(0.28));
    for part in [1.0 / 3.0, 2.0 / 3.0] {
        painter.hline(square.x_range(), square.top() + square.height() * part, thin);
        painter.vline(square.left() + square.width() * part, square.y_range(), thin);
    }
    painter.rect_stroke(square, 0.0, Stroke::new(1.5, colors.on_photo), StrokeKind::Inside);
    let length = (square.width() * 0.12).clamp(6.0, 16.0);
    let thick = Stroke::new(3.5, colors.on_photo);
    for (corner, x, y) in [
        (square.left_top(), 1.0, 1.0),
        (square.right_top(), -1.0, 1.0),
        (square.right_bottom(), -1.0, -1.0),
        (square.left_bottom(), 1.0, -1.0),
    ] {
        painter.line_segment([corner, corner + vec2(length * x, 0.0)], thick);
        painter.line_segment([corner, corner + vec2(0.0, length * y)], thick);
    }
}

fn square_of(photo: &Photo, rect: Rect) -> Rect {
    let side = rect.width().min(rect.height()) * photo.crop.size;
    let center = rect.lerp_inside(vec2(photo.crop.center_x, photo.crop.center_y));
    Rect::from_center_size(center, vec2(side, side))
}
