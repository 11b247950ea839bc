//! Own photos on the map.

use eframe::egui::{Label, RichText, Ui};
use rust_i18n::t;

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
    head(ui, &t!("Own photos"), |ui| {
        intents::icon_button(ui, state, Intent::OpenPhoto, Icon::Folder);
    });
    let State { atlas, reconstruct, .. } = state;
    let Some(shown) = &mut atlas.shown else { return };
    if reconstruct.photos.is_empty() {
        let words = t!("Open a photo to see its place among the images");
        ui.add(Label::new(RichText::new(words).weak()).wrap());
        return;
    }
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        for photo in &reconstruct.photos {
            let texture = textures.small(ui.ctx(), &photo.preview);
            let place = shown.photos.get(&photo.info.id).copied();
            let thumb = picture::thumb(ui, Some(texture), SIDE, &photo.info.name, false);
            let help = match place {
                Some(_) => t!("%{name}: click to find it on the map", name = photo.info.name),
                None => t!("%{name} has no place yet", name = photo.info.name),
            };
            if thumb.on_hover_text(help).clicked() {
                clicked = place;
            }
        }
    });
    if let Some(at) = clicked {
        shown.go_to(at);
    }
}
