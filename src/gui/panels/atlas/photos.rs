//! Own photos on the map.

use eframe::egui::{Label, RichText, Ui};

use crate::gui::intents::{self, Intent};
use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::textures::Textures;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::picture;

/// Side of a photo.
const SIDE: f32 = 44.0;

/// Shows the photos of the session that have a place on the map.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if !state.atlas.shown.as_ref().is_some_and(|shown| shown.takes_photos()) {
        return;
    }
    head(ui, "Own photos", |ui| {
        intents::icon_button(ui, state, Intent::OpenPhoto, Icon::Folder);
    });
    let State { atlas, reconstruct, .. } = state;
    let Some(shown) = &mut atlas.shown else { return };
    if reconstruct.photos.is_empty() {
        ui.add(
            Label::new(RichText::new("A photo that is opened gets its place among the images").weak()).wrap(),
        );
        return;
    }
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        for photo in &reconstruct.photos {
            let texture = textures.small(ui.ctx(), &photo.preview);
            let place = shown.photos.get(&photo.info.id).copied();
            let thumb = picture::thumb(ui, Some(texture), SIDE, &photo.info.name, false);
            let help = if place.is_some() { "Click to find it on the map" } else { "It has no place yet" };
            if thumb.on_hover_text(format!("{}\n{help}", photo.info.name)).clicked() {
                clicked = place;
            }
        }
    });
    if let Some(at) = clicked {
        shown.go_to(at);
    }
}
