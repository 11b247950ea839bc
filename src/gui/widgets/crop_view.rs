//! The whole photo with the square that the models see, and the faces that were found in it. Dragging moves the square,
//! its corners and the wheel with Ctrl size it, the knob at its top turns it, the keys do all of that; a click on a face takes
//! the square around that.

use eframe::egui::{
    CursorIcon, EventFilter, Key, Mesh, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, TextureId,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::state::reconstruct::Photo;
use crate::gui::theme;
use crate::gui::widgets::picture;
use crate::worker::protocol::Crop;

/// Points around a corner or the knob in which it is taken hold of.
const HANDLE: f32 = 12.0;
/// Points from the top of the square to the knob that turns it.
const KNOB: f32 = 16.0;
/// Parts of the photo that a key moves the square by; with Shift it is ten times as much for all keys.
const KEY_MOVES: f32 = 0.002;
/// Parts of its size that a key sizes it by.
const KEY_SIZES: f32 = 0.01;
/// Degrees that a key turns it by.
const KEY_TURNS: f32 = 0.5;

/// Part of a crop that a drag changes.
#[derive(Clone, Copy, PartialEq)]
enum Hold {
    Place,
    Size,
    Angle,
}

/// Shows a photo at most this large and applies what is done to its crop.
pub fn show(ui: &mut Ui, photo: &mut Photo, texture: TextureId, room: Vec2) -> Response {
    let (width, height) = (photo.info.width.max(1) as f32, photo.info.height.max(1) as f32);
    let scale = (room.x / width).min(room.y / height);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height) * scale, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t!("Crop of the photo")));

    let square = CropSquare::new(photo.crop, rect);
    let hold_at = |at: Pos2| match () {
        () if square.knob(rect).distance(at) <= HANDLE => Hold::Angle,
        () if square.corners().iter().any(|corner| corner.distance(at) <= HANDLE) => Hold::Size,
        () => Hold::Place,
    };
    let hold_id = response.id.with("hold");
    if response.drag_started() {
        let start = ui.input(|input| input.pointer.press_origin());
        ui.data_mut(|data| data.insert_temp(hold_id, start.map_or(Hold::Place, hold_at)));
    }
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.dragged() {
        let hold = ui.data(|data| data.get_temp(hold_id).unwrap_or(Hold::Place));
        let pointer = response.interact_pointer_pos();
        drag(photo, &square, rect, hold, pointer, response.drag_delta());
    }
    click(photo, &response, rect);
    keys(ui, photo, &response);
    // The wheel alone scrolls the panel: with Ctrl, or as two fingers that part, it sizes the square.
    let zoom = ui.input(|input| input.zoom_delta());
    if response.hovered() && zoom != 1.0 {
        let crop = photo.crop;
        photo.set_crop(Crop { size: crop.size * zoom, ..crop });
    }
    paint(ui, photo, texture, rect);
    let cursor = match response.hover_pos().map(hold_at) {
        Some(Hold::Size) => CursorIcon::ResizeNwSe,
        Some(Hold::Angle) => CursorIcon::Alias,
        Some(Hold::Place) | None => CursorIcon::Grab,
    };
    response.on_hover_cursor(cursor)
}

fn drag(photo: &mut Photo, square: &CropSquare, rect: Rect, hold: Hold, pointer: Option<Pos2>, by: Vec2) {
    let crop = photo.crop;
    match (hold, pointer) {
        (Hold::Size, Some(pointer)) => {
            let away = pointer - square.center;
            let (across, down) = (away.dot(square.right).abs(), away.dot(square.down()).abs());
            photo.set_crop(Crop { size: 2.0 * across.max(down) / rect.width().min(rect.height()), ..crop });
        }
        (Hold::Angle, Some(pointer)) => {
            let away = match square.knob_is_inside(rect) {
                // Near the middle of a small square a point more is a quarter of a turn.
                true if (pointer - square.center).length() < 2.0 => return,
                _ => pointer - square.center,
            };
            // Upright is easily met.
            let degrees = (away.angle().to_degrees() + 90.0 + 180.0).rem_euclid(360.0) - 180.0;
            let angle = if degrees.abs() < 1.0 { 0.0 } else { degrees };
            photo.set_crop(Crop { angle, ..crop });
        }
        (Hold::Place, _) => {
            let by = by / rect.size();
            photo.set_crop(Crop { center_x: crop.center_x + by.x, center_y: crop.center_y + by.y, ..crop });
        }
        (_, None) => (),
    }
}

/// A click on a face takes it, two anywhere else go back to what was found.
fn click(photo: &mut Photo, response: &Response, rect: Rect) {
    let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked()) else { return };
    let faces = photo.faces().iter().map(|face| face.crop);
    let under = faces.filter(|crop| CropSquare::new(*crop, rect).contains(at));
    match under.min_by(|a, b| a.size.total_cmp(&b.size)) {
        Some(face) if face != photo.crop => photo.set_crop(face),
        _ if response.double_clicked() => photo.set_crop(photo.found()),
        _ => (),
    }
}

fn keys(ui: &Ui, photo: &mut Photo, response: &Response) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let (presses, shift) = ui.input(|input| {
        let along = |more: Key, less: Key| input.num_presses(more) as f32 - input.num_presses(less) as f32;
        let size = along(Key::Plus, Key::Minus) + input.num_presses(Key::Equals) as f32;
        let turn = along(Key::CloseBracket, Key::OpenBracket);
        let moved = [along(Key::ArrowRight, Key::ArrowLeft), along(Key::ArrowDown, Key::ArrowUp)];
        ([moved[0], moved[1], size, turn], input.modifiers.shift)
    });
    if presses == [0.0; 4] {
        return;
    }
    let [x, y, size, turn] = presses.map(|presses| presses * if shift { 10.0 } else { 1.0 });
    let crop = photo.crop;
    photo.set_crop(Crop {
        center_x: crop.center_x + x * KEY_MOVES,
        center_y: crop.center_y + y * KEY_MOVES,
        size: crop.size * (1.0 + size * KEY_SIZES),
        angle: crop.angle + turn * KEY_TURNS,
    });
}

fn paint(ui: &Ui, photo: &Photo, texture: TextureId, rect: Rect) {
    let colors = theme::colors(ui);
    picture::paint(ui.painter(), rect, texture, theme::RADIUS_SMALL);
    let painter = ui.painter().with_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    let square = CropSquare::new(photo.crop, rect);
    let shaded = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    shaded.add(Shape::mesh(shade(&square, rect, colors.photo_shade)));
    let outline = |square: &CropSquare, stroke: Stroke| {
        painter.add(Shape::closed_line(square.corners().to_vec(), stroke));
    };
    let faint = Stroke::new(1.0, colors.on_photo.gamma_multiply(0.7));
    for face in photo.faces().iter().filter(|face| face.crop != photo.crop) {
        outline(&CropSquare::new(face.crop, rect), faint);
    }
    let thin = Stroke::new(1.0, colors.on_photo.gamma_multiply(0.28));
    for part in [-1.0 / 6.0, 1.0 / 6.0] {
        painter.line_segment([square.at(-0.5, part), square.at(0.5, part)], thin);
        painter.line_segment([square.at(part, -0.5), square.at(part, 0.5)], thin);
    }
    outline(&square, Stroke::new(1.5, colors.on_photo));
    let part = (square.side * 0.12).clamp(6.0, 16.0) / square.side;
    let thick = Stroke::new(3.5, colors.on_photo);
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
        let corner = square.at(x / 2.0, y / 2.0);
        painter.line_segment([corner, square.at(x * (0.5 - part), y / 2.0)], thick);
        painter.line_segment([corner, square.at(x / 2.0, y * (0.5 - part))], thick);
    }
    let knob = square.knob(rect);
    painter.line_segment([square.at(0.0, -0.5), knob], Stroke::new(1.5, colors.on_photo));
    painter.circle(knob, 5.0, colors.knob, Stroke::new(1.5, colors.knob_edge));
}

/// All of the photo but the square: from each corner a part without end, along the side that begins there.
fn shade(square: &CropSquare, rect: Rect, color: eframe::egui::Color32) -> Mesh {
    let far = 4.0 * (rect.size().length() + square.side);
    let corners = square.corners();
    let mut mesh = Mesh::default();
    for (index, corner) in corners.iter().enumerate() {
        let along = (corners[(index + 1) % 4] - *corner) / square.side.max(1e-3) * far;
        // Outside lies to the left of a side that is followed clockwise, y pointing down.
        let out = vec2(along.y, -along.x);
        let first = mesh.vertices.len() as u32;
        for at in [*corner, *corner + along, *corner + along + out, *corner + out] {
            mesh.colored_vertex(at, color);
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first, first + 2, first + 3);
    }
    mesh
}

/// A crop where its photo is shown.
pub struct CropSquare {
    center: Pos2,
    side: f32,
    /// Along its upper side, 1 long.
    right: Vec2,
}

impl CropSquare {
    /// Of a photo that fills this place.
    pub fn new(crop: Crop, rect: Rect) -> Self {
        CropSquare {
            center: rect.lerp_inside(vec2(crop.center_x, crop.center_y)),
            side: rect.width().min(rect.height()) * crop.size,
            right: Vec2::angled(crop.angle.to_radians()),
        }
    }

    /// The corners, clockwise from the upper left.
    pub fn corners(&self) -> [Pos2; 4] {
        [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)].map(|(x, y)| self.at(x, y))
    }

    /// A place in sides from the middle, to the right and down.
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.center + (self.right * x + self.down() * y) * self.side
    }

    fn down(&self) -> Vec2 {
        vec2(-self.right.y, self.right.x)
    }

    fn contains(&self, at: Pos2) -> bool {
        let away = at - self.center;
        away.dot(self.right).abs().max(away.dot(self.down()).abs()) <= self.side / 2.0
    }

    /// Whether the knob lies inside, because there is no photo where it would lie outside.
    fn knob_is_inside(&self, rect: Rect) -> bool {
        !rect.contains(self.at(0.0, -0.5) - self.down() * KNOB)
    }

    fn knob(&self, rect: Rect) -> Pos2 {
        let side = if self.knob_is_inside(rect) { KNOB } else { -KNOB };
        self.at(0.0, -0.5) + self.down() * side
    }
}

/// The part of a photo in a crop, as a square picture.
pub fn paint_crop(painter: &Painter, rect: Rect, texture: TextureId, photo: &Photo) {
    // As if the photo filled a place of its own proportions.
    let (width, height) = (photo.info.width.max(1) as f32, photo.info.height.max(1) as f32);
    let whole = Rect::from_min_size(Pos2::ZERO, vec2(width, height));
    let corners = CropSquare::new(photo.crop, whole).corners();
    let places = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
    let mut mesh = Mesh::with_texture(texture);
    for (at, corner) in places.into_iter().zip(corners) {
        let uv = pos2(corner.x / width, corner.y / height);
        mesh.vertices.push(eframe::epaint::Vertex { pos: at, uv, color: theme::UNTINTED });
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 3);
    painter.add(Shape::mesh(mesh));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_square_stands_where_its_crop_says() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(200.0, 100.0));
        let square = CropSquare::new(Crop { center_x: 0.5, center_y: 0.5, size: 0.4, angle: 90.0 }, rect);
        let near = |a: Pos2, b: Pos2| a.distance(b) < 1e-3;
        let corners = square.corners();
        assert!(near(corners[0], pos2(130.0, 50.0)) && near(corners[1], pos2(130.0, 90.0)), "{corners:?}");
        assert!(near(square.knob(rect), pos2(146.0, 70.0)));
        assert!(square.contains(pos2(110.0, 70.0)) && !square.contains(pos2(131.0, 70.0)));
        let whole = CropSquare::new(Crop::default(), rect);
        assert!(near(whole.knob(rect), pos2(110.0, 36.0)), "inside where there is no room above");
    }

    #[test]
    fn the_shade_leaves_the_square_alone_and_covers_the_rest_once() {
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(200.0, 100.0));
        for angle in [0.0, 30.0, -100.0] {
            let square = CropSquare::new(Crop { center_x: 0.4, center_y: 0.6, size: 0.5, angle }, rect);
            let mesh = shade(&square, rect, eframe::egui::Color32::PLACEHOLDER);
            let covers = |at: Pos2| {
                mesh.indices
                    .chunks(3)
                    .filter(|triangle| {
                        let [a, b, c] = [0, 1, 2].map(|i| mesh.vertices[triangle[i] as usize].pos);
                        let side = |p: Pos2, q: Pos2| (q - p).rot90().dot(at - p);
                        let sides = [side(a, b), side(b, c), side(c, a)];
                        sides.iter().all(|side| *side > 0.0) || sides.iter().all(|side| *side < 0.0)
                    })
                    .count()
            };
            for index in 0..200 {
                let at = pos2((index % 20) as f32 * 10.3 + 0.71, (index / 20) as f32 * 10.7 + 0.37);
                assert_eq!(covers(at), usize::from(!square.contains(at)), "{at:?} at {angle}");
            }
        }
    }
}
