//! The group of the chosen key face in the inspector of the Interpolate screen: where it comes from, when it is passed.

use eframe::egui::{DragValue, Label, RichText, Ui, vec2};
use rust_i18n::t;

use crate::gui::panels::interpolate_time::about;
use crate::gui::panels::photos::photo_thumb;
use crate::gui::panels::{crop, head};
use crate::gui::state::walk::{KeyId, LEAST_KEYS, Source};
use crate::gui::state::{Effect, PhotoTarget, Pick, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{crop_view, typed_number};
use crate::worker::protocol::{Crop, PhotoId};

/// Largest height of the photo with its crop, and the part of the window that it takes at most: the walk stays the
/// largest picture.
const PHOTO: (f32, f32) = (150.0, 0.2);
/// Side of a photo of the session.
const THUMB: f32 = 34.0;

/// Shows the group.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let Some((at, key)) = state.walk.shown_key() else { return };
    let (id, mut time, source) = (key.source.id, key.time, key.source.source.clone());
    let removed = head(ui, &t!("Key face %{number}", number = at + 1), |ui| {
        let enough = state.walk.keys().len() > LEAST_KEYS;
        let words = t!("Remove this key face");
        let button = ui.add_enabled_ui(enough, |ui| Icon::Close.button(ui, &words)).inner;
        button.on_hover_text(&*words).on_disabled_hover_text(t!("A walk needs two key faces")).clicked()
    });
    if removed {
        return state.walk.remove(id);
    }
    match source {
        Source::Photo(photo, crop) => crop_of(ui, state, textures, id, photo, crop),
        Source::Sample(seed) => seed_of(ui, state, id, seed),
        other => {
            let words = about(state, &other).1;
            ui.add(Label::new(RichText::new(words).color(theme::colors(ui).text)).truncate());
        }
    }
    sources(ui, state, id);
    photos(ui, state, textures, id);
    ui.horizontal(|ui| {
        let width = ui
            .label(t!("Time"))
            .on_hover_text(t!("When it is passed, in parts of the whole walk"))
            .rect
            .width();
        ui.add_space((52.0 - width).max(0.0));
        let name = t!("Time of this key face");
        let track = Track { name: &name, range: 0.0..=1.0, origin: 0.0, step: 0.01, quiet: false };
        if track::with_field(ui, &track, 2, "", &mut time) {
            state.walk.selected = Some(id);
            state.walk.move_key(id, time);
        }
    });
}

/// Other faces for it.
fn sources(ui: &mut Ui, state: &mut State, id: KeyId) {
    let takes_photos = state.walk_models().iter().any(|model| model.config.kind.has_encoder());
    ui.horizontal_wrapped(|ui| {
        let button = |ui: &mut Ui| Icon::Photo.button_with_text(ui, &t!("Photo…"));
        let response =
            ui.add_enabled_ui(takes_photos, button).inner.accessible_name(t!("Key face from photo"));
        let why = t!("These models have no encoder: they cannot take photos");
        if response.on_hover_text(t!("Open a photo and encode it")).on_disabled_hover_text(why).clicked() {
            state.effects.push(Effect::Pick(Pick::Photo(PhotoTarget::WalkKey(Some(id)))));
        }
        let response = Icon::Dice.button_with_text(ui, &t!("Random"));
        let response = response.accessible_name(t!("Key face from random"));
        if response.on_hover_text(t!("Draw a face from the prior")).clicked() {
            state.draw_walk_key(Some(id));
        }
        let response = Icon::Sliders.button_with_text(ui, &t!("From Explore"));
        let response = response.accessible_name(t!("Key face from Explore"));
        if response.on_hover_text(t!("Take the face that the sliders of Explore show")).clicked() {
            state.take_sliders_as_walk_key(Some(id));
        }
    });
}

/// The photos of the session.
fn photos(ui: &mut Ui, state: &mut State, textures: &mut Textures, id: KeyId) {
    let takes_photos = state.walk_models().iter().any(|model| model.config.kind.has_encoder());
    if state.reconstruct.photos.is_empty() || !takes_photos {
        return;
    }
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GAP_SMALL, theme::GAP_SMALL);
        for photo in &state.reconstruct.photos {
            let texture = textures.picture(ui.ctx(), &photo.preview, true);
            let name = t!("Key face from %{photo}", photo = photo.info.name);
            if photo_thumb(ui, texture, photo, THUMB, &name, false).on_hover_text(&*name).clicked() {
                chosen = Some(Source::Photo(photo.info.id, photo.crop));
            }
        }
    });
    if let Some(source) = chosen {
        state.put_walk_key(Some(id), source);
    }
}

fn crop_of(ui: &mut Ui, state: &mut State, textures: &mut Textures, id: KeyId, photo: PhotoId, part: Crop) {
    let Some(shown) = state.reconstruct.photos.iter_mut().find(|shown| shown.info.id == photo) else {
        return;
    };
    let texture = textures.picture(ui.ctx(), &shown.preview, true);
    // The crop of the photo itself is that of the Reconstruct screen.
    let own = std::mem::replace(&mut shown.crop, part);
    let (most, share) = PHOTO;
    let room = vec2(ui.available_width(), most.min(ui.ctx().content_rect().height() * share));
    ui.vertical_centered(|ui| crop_view::show(ui, shown, texture, room));
    crop::fields(ui, shown);
    let wanted = std::mem::replace(&mut shown.crop, own);
    let name = shown.info.name.clone();
    ui.add(Label::new(RichText::new(name).color(theme::colors(ui).text)).truncate());
    if wanted != part {
        state.walk.set_source(id, Source::Photo(photo, wanted));
    }
}

fn seed_of(ui: &mut Ui, state: &mut State, id: KeyId, seed: u64) {
    ui.horizontal(|ui| {
        ui.label(t!("Draw of seed")).on_hover_text(t!("The same seed draws the same face from a model"));
        let mut wanted = seed;
        let field = DragValue::new(&mut wanted).speed(0.1);
        typed_number::show(ui, field, |ui, field| ui.add(field)).accessible_name(t!("Seed of the key face"));
        if wanted != seed {
            state.walk.set_source(id, Source::Sample(wanted));
        }
    });
}
