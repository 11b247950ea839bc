//! A lane of small pictures over an axis of time: each can be chosen, dragged to another time, copied and taken away,
//! and a photo can be dropped on it or between two.

use std::sync::Arc;

use eframe::egui::accesskit::Action;
use eframe::egui::{
    Align2, CursorIcon, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, TextureId, Ui, WidgetInfo,
    pos2, vec2,
};
use rust_i18n::t;

use super::icon::Icon;
use super::{picture, track};
use crate::gui::state::picture::{Picture, PictureUse};
use crate::gui::state::reconstruct::DraggedPhoto;
use crate::gui::theme;
use crate::image_buf::ImageBuf;

/// Points beneath the pictures for their stems and handles.
pub const BENEATH: f32 = 18.0;
/// Half the width of a handle.
const HANDLE: f32 = 6.0;
/// Side of the cross that takes a picture away.
const CROSS: f32 = 16.0;
/// Step of an arrow key.
const STEP: f32 = 0.01;

/// Time from the left to the right, and where it lies on the screen.
#[derive(Clone, Copy, Debug)]
pub struct TimeAxis {
    /// Points across at time 0.
    pub left: f32,
    /// Points across at time 1.
    pub right: f32,
}

impl TimeAxis {
    /// Points across at a time.
    pub fn at(self, time: f32) -> f32 {
        self.left + time * (self.right - self.left)
    }

    /// The time at so many points across.
    pub fn time(self, x: f32) -> f32 {
        ((x - self.left) / (self.right - self.left).max(1.0)).clamp(0.0, 1.0)
    }
}

/// A picture of the lane.
pub struct LaneKey {
    /// Its number.
    pub id: u32,
    /// Its time.
    pub time: f32,
    /// The picture, if it is known, and its texture.
    pub shown: Option<(Picture, TextureId)>,
    /// Shown where there is no picture.
    pub icon: Icon,
    /// A few words about it.
    pub about: String,
}

/// A wish of a person.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneWish {
    /// Choose this picture.
    Select(u32),
    /// Move this one to a time.
    Move(u32, f32),
    /// Take this one away.
    Remove(u32),
    /// Copy or save a picture.
    Use(PictureUse, Arc<ImageBuf>),
    /// Put a photo in the place of this picture.
    Put(u32, DraggedPhoto),
    /// Put a photo at a time between others.
    Insert(f32, DraggedPhoto),
}

/// Shows the lane. The chosen picture lies over its neighbours.
pub fn show(
    ui: &Ui,
    rect: Rect,
    axis: TimeAxis,
    keys: &[LaneKey],
    selected: Option<u32>,
    removable: bool,
) -> Option<LaneWish> {
    let colors = theme::colors(ui);
    let line = rect.bottom() - HANDLE - 1.0;
    ui.painter().hline(axis.left..=axis.right, line, Stroke::new(2.0, colors.rail));
    let between = ui.interact(rect, ui.scope_id().with("between key faces"), Sense::hover());
    let mut wish = None;
    let is_selected = |key: &LaneKey| Some(key.id) == selected;
    let behind = keys.iter().enumerate().filter(|(_, key)| !is_selected(key));
    let above = keys.iter().enumerate().filter(|(_, key)| is_selected(key));
    for (index, key) in behind.chain(above) {
        wish = show_key(ui, rect, axis, key, index + 1, is_selected(key), removable).or(wish);
    }
    wish.or_else(|| inserted(ui, &between, axis, keys))
}

/// The place of a picture.
fn card(lane: Rect, axis: TimeAxis, key: &LaneKey) -> Rect {
    let side = lane.height() - BENEATH;
    Rect::from_min_size(pos2(axis.at(key.time) - side / 2.0, lane.top()), vec2(side, side))
}

/// A photo that is held between the pictures of the lane, or let go there.
fn inserted(ui: &Ui, lane: &Response, axis: TimeAxis, keys: &[LaneKey]) -> Option<LaneWish> {
    lane.dnd_hover_payload::<DraggedPhoto>()?;
    let pointer = ui.input(|input| input.pointer.interact_pos())?;
    if keys.iter().any(|key| card(lane.rect, axis, key).contains(pointer)) {
        return None;
    }
    let time = axis.time(pointer.x);
    let mark = Stroke::new(2.0, theme::colors(ui).accent);
    ui.painter().vline(axis.at(time), lane.rect.y_range(), mark);
    lane.dnd_release_payload::<DraggedPhoto>().map(|photo| LaneWish::Insert(time, *photo))
}

fn show_key(
    ui: &Ui,
    rect: Rect,
    axis: TimeAxis,
    key: &LaneKey,
    number: usize,
    selected: bool,
    removable: bool,
) -> Option<LaneWish> {
    let colors = theme::colors(ui);
    let x = axis.at(key.time);
    let card = card(rect, axis, key);
    let handle =
        Rect::from_center_size(pos2(x, rect.bottom() - HANDLE - 1.0), vec2(2.0 * HANDLE, 2.0 * HANDLE));
    let id = ui.scope_id().with(("key face", key.id));
    let response = ui.interact(card, id, Sense::click_and_drag());
    let name = t!("Key face %{number}", number = number);
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected, &*name));
    let grip = ui.interact(handle.expand(2.0), id.with("time"), Sense::click_and_drag());
    let time_name = t!("Time of key face %{number}", number = number);
    track::describe(ui, &grip, &time_name, key.time.into(), 0.0..=1.0);
    let held = [&response, &grip].into_iter().find(|part| part.dragged() || part.drag_started());
    let (steps, set) = track::requests(ui, &grip);
    let mut wish = response.clicked().then_some(LaneWish::Select(key.id));
    if steps != 0.0 {
        wish = Some(LaneWish::Move(key.id, (key.time + steps as f32 * STEP).clamp(0.0, 1.0)));
    }
    if let Some(time) = set {
        wish = Some(LaneWish::Move(key.id, time as f32));
    }
    if let Some(held) = held {
        wish = moved(ui, held, axis, key).or(wish);
    }
    let is_dropped_on = response.dnd_hover_payload::<DraggedPhoto>().is_some();
    paint(ui, (card, handle), key, number, selected || is_dropped_on, &response);
    if held.is_some() {
        let time = format!("{:.2}", key.time);
        let at = pos2(x + HANDLE + 5.0, handle.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, time, theme::small_font(), colors.text_strong);
    }
    let corner = Rect::from_min_size(pos2(card.right() - CROSS - 2.0, card.top() + 2.0), vec2(CROSS, CROSS));
    let label = t!("Remove key face %{number}", number = number);
    if removable && cross(ui, corner, &label, id, selected || response.contains_pointer()).clicked() {
        return Some(LaneWish::Remove(key.id));
    }
    if let Some(photo) = response.dnd_release_payload::<DraggedPhoto>() {
        return Some(LaneWish::Put(key.id, *photo));
    }
    let picture = picture::offers(ui, &response, key.shown.as_ref().map(|(picture, _)| picture));
    response.on_hover_cursor(CursorIcon::Grab).on_hover_text(format!("{name} · {}", key.about));
    grip.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    picture.map(|(wanted, image)| LaneWish::Use(wanted, image)).or(wish)
}

/// The time to which a picture is dragged: the pointer keeps its distance from it.
fn moved(ui: &Ui, held: &Response, axis: TimeAxis, key: &LaneKey) -> Option<LaneWish> {
    let pointer = held.interact_pointer_pos()?;
    let grab = held.id.with("grab");
    if held.drag_started() {
        let from = ui.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
        ui.data_mut(|data| data.insert_temp(grab, from.x - axis.at(key.time)));
    }
    let distance = ui.data(|data| data.get_temp::<f32>(grab)).unwrap_or(0.0);
    let time = (axis.time(pointer.x - distance) * 200.0).round() / 200.0;
    Some(LaneWish::Move(key.id, time))
}

fn paint(
    ui: &Ui,
    (card, handle): (Rect, Rect),
    key: &LaneKey,
    number: usize,
    selected: bool,
    response: &Response,
) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let color = if selected { colors.accent } else { colors.text_weak };
    painter.vline(card.center().x, card.bottom()..=handle.top(), Stroke::new(1.5, color));
    let (middle, half) = (handle.center(), HANDLE - 1.0);
    let diamond =
        [vec2(0.0, -half), vec2(half, 0.0), vec2(0.0, half), vec2(-half, 0.0)].map(|by| middle + by);
    painter.add(Shape::convex_polygon(diamond.to_vec(), color, Stroke::new(1.5, colors.canvas)));
    painter.rect_filled(card.expand(1.5), theme::RADIUS_SMALL + 1, colors.canvas);
    match key.shown {
        Some((_, texture)) => picture::paint(painter, card, texture, theme::RADIUS_SMALL),
        None => {
            painter.rect_filled(card, theme::RADIUS_SMALL, colors.well);
            let at = Rect::from_center_size(card.center(), vec2(18.0, 18.0));
            key.icon.paint(painter, at, colors.text_weak);
        }
    }
    let badge = Rect::from_min_size(card.left_top() + vec2(2.0, 2.0), vec2(15.0, 15.0));
    painter.rect_filled(badge, theme::RADIUS_SMALL, colors.photo_shade);
    let font = theme::small_font();
    painter.text(badge.center(), Align2::CENTER_CENTER, number.to_string(), font, colors.on_photo);
    let line = match () {
        () if selected => Some(Stroke::new(2.0, colors.accent)),
        () if response.hovered() || response.has_focus() => Some(Stroke::new(2.0, colors.text_strong)),
        () => None,
    };
    if let Some(line) = line {
        painter.rect_stroke(card, theme::RADIUS_SMALL, line, StrokeKind::Outside);
    }
}

/// The cross in a picture's corner. It can be found by those who cannot see it also while it is not shown.
fn cross(ui: &Ui, corner: Rect, label: &str, id: eframe::egui::Id, shown: bool) -> Response {
    let colors = theme::colors(ui);
    let response = ui.interact(corner, id.with("cross"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    ui.ctx().accesskit_node_builder(response.id, |node| node.add_action(Action::Click));
    if shown || response.hovered() || response.has_focus() {
        let ground = if response.hovered() { colors.error } else { colors.photo_shade };
        ui.painter().rect_filled(corner, theme::RADIUS_SMALL, ground);
        Icon::Close.paint(ui.painter(), corner.shrink(4.0), colors.on_photo);
    }
    response.on_hover_text(label)
}
