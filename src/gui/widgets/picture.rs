//! Pictures on screen: large ones to look at, small ones to click.

use std::sync::Arc;

use eframe::egui::epaint::RectShape;
use eframe::egui::{
    CursorIcon, Event, Painter, Rect, Response, Role, Sense, Stroke, StrokeKind, TextureId, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::state::picture::{Picture, PictureUse};
use crate::gui::theme;
use crate::image_buf::ImageBuf;

/// Something that is wanted of a picture.
pub type PictureWish = Option<(PictureUse, Arc<ImageBuf>)>;

/// Paints a texture with round corners.
pub fn paint(painter: &Painter, rect: Rect, texture: TextureId, radius: u8) {
    paint_part(painter, rect, texture, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), radius);
}

/// Paints a part of a texture, in fractions of its sides, with round corners.
pub fn paint_part(painter: &Painter, rect: Rect, texture: TextureId, part: Rect, radius: u8) {
    painter.add(RectShape::filled(rect, radius, theme::UNTINTED).with_texture(texture, part));
}

/// The largest square of at most `side` whose pixels are whole screen pixels, if the picture is to look crisp.
pub fn crisp_side(ui: &Ui, side: f32, pixels: usize, smooth: bool) -> f32 {
    let scale = ui.pixels_per_point();
    let times = (side * scale / pixels.max(1) as f32).floor();
    if smooth || times < 1.0 { side } else { times * pixels as f32 / scale }
}

/// A picture to look at. Without a texture its place is shown.
pub fn view(ui: &mut Ui, texture: Option<TextureId>, size: Vec2, name: &str) -> Response {
    placed(ui, texture, size, name, Sense::hover())
}

/// A picture that [`offers`] something, also to the keyboard.
pub fn offered(ui: &mut Ui, texture: Option<TextureId>, size: Vec2, name: &str) -> Response {
    placed(ui, texture, size, name, Sense::click())
}

fn placed(ui: &mut Ui, texture: Option<TextureId>, size: Vec2, name: &str, sense: Sense) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    if ui.is_rect_visible(rect) {
        match texture {
            Some(texture) => paint(ui.painter(), rect, texture, theme::RADIUS),
            None => {
                ui.painter().rect_filled(rect, theme::RADIUS, theme::colors(ui).well);
            }
        }
    }
    response
}

/// A small picture that can be clicked. Without a texture its place is shown.
pub fn thumb(ui: &mut Ui, texture: Option<TextureId>, side: f32, name: &str, selected: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected, name));
    if ui.is_rect_visible(rect) {
        let colors = theme::colors(ui);
        match texture {
            Some(texture) => paint(ui.painter(), rect, texture, theme::RADIUS_SMALL),
            None => {
                ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.well);
            }
        }
        let line = match () {
            () if selected => Some(Stroke::new(2.0, colors.accent)),
            () if response.hovered() || response.has_focus() => Some(Stroke::new(2.0, colors.text_strong)),
            () => None,
        };
        if let Some(line) = line {
            ui.painter().rect_stroke(rect, theme::RADIUS_SMALL, line, StrokeKind::Outside);
        }
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Lets a shown picture be copied, by Ctrl+C while the pointer is on it or it has the keyboard, and offers that and to
/// save it in a menu beneath the right button.
pub fn offers(ui: &Ui, response: &Response, shown: Option<&Picture>) -> PictureWish {
    let image = &shown?.image;
    offers_of(ui, response, || Some(Arc::clone(image)))
}

/// Offers a picture whose pixels are made once they are wanted, as [`offers`] does.
pub fn offers_of(ui: &Ui, response: &Response, image: impl FnOnce() -> Option<Arc<ImageBuf>>) -> PictureWish {
    let wanted = (response.hovered() || response.has_focus()) && !ui.ctx().text_edit_focused();
    let mut wish = (wanted && takes_copy(ui)).then_some(PictureUse::Copy);
    response.context_menu(|ui| {
        let keys = ui.ctx().format_shortcut(&COPY);
        if ui.add(eframe::egui::Button::new(t!("Copy picture")).shortcut_text(keys)).clicked() {
            wish = Some(PictureUse::Copy);
        }
        if ui.button(t!("Save picture…")).clicked() {
            wish = Some(PictureUse::Save);
        }
    });
    wish.zip(wish.and_then(|_| image()))
}

/// The keys that copy a picture.
const COPY: eframe::egui::KeyboardShortcut =
    eframe::egui::KeyboardShortcut::new(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::C);

/// Whether something is to be copied. The first picture that asks takes it.
fn takes_copy(ui: &Ui) -> bool {
    ui.input_mut(|input| {
        let count = input.events.len();
        input.events.retain(|event| !matches!(event, Event::Copy));
        input.events.len() < count
    })
}
