//! The shelf of the photos of the session: each is clicked, dragged somewhere or used by a menu.

use eframe::egui::{CursorIcon, Response, ScrollArea, Sense, Stroke, StrokeKind, TextureId, Ui, vec2};
use rust_i18n::t;

use crate::gui::intents::{self, Intent};
use crate::gui::panels::head;
use crate::gui::state::reconstruct::{DraggedPhoto, Photo};
use crate::gui::state::shelf::PhotoUse;
use crate::gui::state::{Screen, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{crop_view, picture};

/// Side of a photo's thumbnail.
const THUMB: f32 = 46.0;
/// Room that the head and a row of photos take.
pub const LEAST: f32 = 92.0;

/// Shows the shelf down to `bottom`.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures, bottom: f32) {
    head(ui, &t!("Photos"), |ui| {
        intents::icon_button(ui, state, Intent::Paste, Icon::Paste);
        intents::icon_button(ui, state, Intent::OpenPhoto, Icon::Photo);
    });
    let room = (bottom - ui.cursor().top()).max(THUMB);
    let list = ScrollArea::vertical().id_salt("photos").max_height(room).auto_shrink([false, true]);
    list.show(ui, |ui| photos(ui, state, textures));
}

fn photos(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.reconstruct.photos.is_empty() {
        ui.weak(t!("Photos that you open are kept here"));
        return;
    }
    let mut wish = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for photo in &state.reconstruct.photos {
            let id = photo.info.id;
            let selected = state.screen == Screen::Reconstruct && state.reconstruct.current == Some(id);
            let texture = textures.picture(ui.ctx(), &photo.preview, true);
            let response = photo_thumb(ui, texture, photo, THUMB, &photo.info.name, selected);
            let response = response.interact(Sense::click_and_drag());
            response.dnd_set_drag_payload(DraggedPhoto(id));
            if response.dragged() {
                ui.set_cursor_icon(CursorIcon::Grabbing);
            }
            response.context_menu(|ui| wish = menu(ui).map(|wanted| (id, wanted)).or(wish.take()));
            let help = t!("Click to reconstruct it, drag it to Explore or into a walk, right-click for more");
            let response = response.on_hover_ui(|ui| {
                ui.label(theme::semibold(&photo.info.name, 13.0));
                ui.weak(help);
            });
            if response.clicked() {
                wish = Some((id, PhotoUse::Reconstruct));
            }
            let removes =
                response.has_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Delete));
            if removes {
                wish = Some((id, PhotoUse::Remove));
            }
        }
    });
    if let Some((id, wanted)) = wish {
        state.use_photo(id, wanted);
    }
}

/// Everything that can be done with a photo.
fn menu(ui: &mut Ui) -> Option<PhotoUse> {
    let mut wish = None;
    let mut item = |ui: &mut Ui, words: &str, wanted: PhotoUse| {
        if ui.button(words).clicked() {
            wish = Some(wanted);
        }
    };
    item(ui, &t!("Reconstruct"), PhotoUse::Reconstruct);
    item(ui, &t!("Explore this face"), PhotoUse::Explore);
    ui.separator();
    item(ui, &t!("Use as start of the walk"), PhotoUse::Start);
    item(ui, &t!("Use as end of the walk"), PhotoUse::End);
    ui.separator();
    item(ui, &t!("Remove from this list"), PhotoUse::Remove);
    wish
}

/// A thumbnail of the part of a photo that the models see.
pub fn photo_thumb(
    ui: &mut Ui,
    texture: TextureId,
    photo: &Photo,
    side: f32,
    name: &str,
    selected: bool,
) -> Response {
    let response = picture::thumb(ui, None, side, name, selected);
    crop_view::paint_crop(ui.painter(), response.rect, texture, photo);
    if selected {
        let line = Stroke::new(2.0, theme::colors(ui).accent);
        ui.painter().rect_stroke(response.rect, theme::RADIUS_SMALL, line, StrokeKind::Outside);
    }
    response
}
