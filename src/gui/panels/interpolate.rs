//! The middle of the Interpolate screen: both ends, the picture between them, the scrubber, the strip.

use eframe::egui::{Align, CentralPanel, Frame, Layout, Margin, Rect, Ui, UiBuilder, pos2, vec2};

use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore::{filmstrip, fitting, pixels};
use crate::gui::panels::{canvas_frame, is_compact};
use crate::gui::state::walk::EndSource;
use crate::gui::state::{Effect, PhotoTarget, Pick, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{empty, picture};

/// Width of the card of an end.
const END_CARD: f32 = 168.0;
/// Height of the card of an end beyond that of its picture.
const END_CARD_AROUND: f32 = 150.0;
/// Largest side of a picture of the strip.
const STRIP_PICTURE: f32 = 92.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.model().is_none() {
            let help =
                state.offer("Open a checkpoint, or drop one anywhere in the window", "Open a checkpoint");
            empty::paint(ui, ui.max_rect(), Icon::Swap, "No model is open", help);
            return;
        }
        let compact = is_compact(ui);
        ui.horizontal(|ui| {
            intents::tool(ui, state, Intent::Swap, compact);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                intents::tool(ui, state, Intent::Save, compact);
                pixels(ui, state);
            });
        });
        let strip_side = fitting(ui.available_width(), state.walk.frames, STRIP_PICTURE);
        let beneath = strip_side + theme::CONTROL + 3.0 * theme::GAP_LARGE;
        stage(ui, state, textures, (ui.available_height() - beneath).max(150.0));
        ui.add_space(theme::GAP);
        scrubber(ui, state);
        ui.add_space(theme::GAP);
        strip(ui, state, textures, strip_side);
    });
}

/// Start, picture, end.
fn stage(ui: &mut Ui, state: &mut State, textures: &mut Textures, height: f32) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    let card = END_CARD.min(rect.width() / 3.0);
    let room = rect.shrink2(vec2(card + theme::GAP_LARGE, 0.0));
    let smooth = state.settings.smooth;
    let pixels = state.walk.frame.as_ref().map_or(1, |frame| frame.image.width());
    let side = picture::crisp_side(ui, room.width().min(room.height()), pixels, smooth);
    let shown = state.walk.frame.as_ref().filter(|_| state.walk.codes().is_some());
    let texture = shown.map(|frame| textures.picture(ui.ctx(), frame, smooth));
    let middle = Rect::from_center_size(room.center(), vec2(side, side));
    let mut place = ui.new_child(UiBuilder::new().max_rect(middle));
    picture::view(&mut place, texture, vec2(side, side), "Picture on the walk");
    let height = card + END_CARD_AROUND;
    let top = (room.center().y - height / 2.0).max(rect.top());
    for (end, left) in [(0, rect.left()), (1, rect.right() - card)] {
        let at = Rect::from_min_size(pos2(left, top), vec2(card, height));
        let mut place = ui.new_child(UiBuilder::new().max_rect(at).id_salt(("end", end)));
        end_card(&mut place, state, textures, end, card);
    }
}

fn end_card(ui: &mut Ui, state: &mut State, textures: &mut Textures, end: usize, width: f32) {
    let name = ["Start", "End"][end];
    let colors = theme::colors(ui);
    let frame = Frame::new().fill(colors.panel).corner_radius(theme::RADIUS).inner_margin(Margin::same(10));
    frame.show(ui, |ui| {
        ui.set_width(width - 20.0);
        ui.label(theme::section(name).color(colors.text_strong));
        let shown = &state.walk.ends[end];
        let texture = shown.picture.as_ref().map(|p| textures.picture(ui.ctx(), p, state.settings.smooth));
        let side = width - 20.0;
        let place = picture::view(ui, texture, vec2(side, side), &format!("{name} of the walk"));
        if texture.is_none() {
            let at = Rect::from_center_size(place.rect.center(), vec2(26.0, 26.0));
            Icon::Photo.paint(ui.painter(), at, colors.text_weak.gamma_multiply(0.6));
        }
        let words = match &shown.source {
            None => "Not chosen yet".to_owned(),
            Some(EndSource::Sample(seed)) => format!("Draw, seed {seed}"),
            Some(EndSource::Sliders(_)) => "Face on Explore".to_owned(),
            Some(EndSource::Photo(id, _)) => {
                state.reconstruct.photo(*id).map_or("Photo".to_owned(), |photo| photo.info.name.clone())
            }
        };
        ui.add(eframe::egui::Label::new(eframe::egui::RichText::new(words).weak()).truncate());
        sources(ui, state, end, name);
    });
}

fn sources(ui: &mut Ui, state: &mut State, end: usize, name: &str) {
    ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
    let named = |response: eframe::egui::Response, what: &str, help: &str| {
        response.accessible_name(format!("{name} from {what}")).on_hover_text(help).clicked()
    };
    let encodes = state.model().is_some_and(|model| model.config.kind.has_encoder());
    let photo = |ui: &mut Ui| Icon::Folder.button_with_text(ui, "Photo…");
    let response = ui.add_enabled_ui(encodes, photo).inner;
    let response = response.on_disabled_hover_text("This model has no encoder: it cannot take photos");
    if named(response, "photo", "Open a photo and encode it") {
        state.effects.push(Effect::Pick(Pick::Photo(PhotoTarget::WalkEnd(end))));
    }
    let response = Icon::Dice.button_with_text(ui, "Random");
    if named(response, "random", "Draw a face from the prior") {
        state.draw_walk_end(end);
    }
    let response = Icon::Sliders.button_with_text(ui, "From Explore");
    if named(response, "Explore", "Take the face that the sliders of Explore show") {
        state.take_sliders_as_walk_end(end);
    }
}

fn scrubber(ui: &mut Ui, state: &mut State) {
    let ready = state.walk.codes().is_some();
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        let (icon, name) = if state.walk.playing { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
        let button = ui.add_enabled_ui(ready, |ui| icon.button_sized(ui, name, theme::CONTROL + 4.0)).inner;
        if button.on_hover_text(intents::hover(Intent::Play, ui.ctx())).clicked() {
            Intent::Play.run(state);
        }
        ui.add_enabled_ui(ready, |ui| {
            let name = "Position on the walk";
            let track = Track { name, range: 0.0..=1.0, origin: 0.0, step: 0.05, quiet: false };
            if track::with_field(ui, &track, 2, "", &mut state.walk.position) {
                state.walk.playing = false;
            }
        });
    });
}

fn strip(ui: &mut Ui, state: &mut State, textures: &mut Textures, side: f32) {
    let ready = state.walk.codes().is_some();
    let mut chosen = None;
    filmstrip(ui, state.walk.frames, side, |ui| {
        for index in 0..state.walk.frames {
            let shown = state.walk.strip.get(index).filter(|_| ready);
            let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, true));
            let position = state.walk.strip_position(index);
            let step = 1.0 / (state.walk.frames.max(2) - 1) as f32;
            let here = ready && (state.walk.position - position).abs() <= step / 2.0;
            let name = format!("Position {position:.2}");
            if picture::thumb(ui, texture, side, &name, here).clicked() {
                chosen = Some(position);
            }
        }
    });
    if let (Some(position), true) = (chosen, ready) {
        state.walk.position = position;
        state.walk.playing = false;
    }
}
