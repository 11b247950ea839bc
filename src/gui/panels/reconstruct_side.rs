//! The inspector of the Reconstruct screen: the whole photo with its crop, the noise, the scale of the
//! difference, what to do with the face.

use eframe::egui::{Panel, Rangef, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use rust_i18n::t;

use crate::gui::panels::{crop, head, noise, side_frame, side_range};
use crate::gui::state::State;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{code_plot, crop_view, tick_box};
use crate::worker::protocol::InversionConfig;

/// Largest height of the photo.
const PHOTO: f32 = 300.0;

/// Shows the inspector.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.reconstruct.current().is_none() {
        return;
    }
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(240.0, 460.0), 0.28);
    Panel::right("photo").default_size(320.0).size_range(range).frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| contents(ui, state, textures));
    });
}

fn contents(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    photo_and_crop(ui, state, textures);
    ui.add_space(theme::GAP_LARGE);
    noise::show(ui, state);
    ui.add_space(theme::GAP_LARGE);
    difference(ui, state);
    ui.add_space(theme::GAP_LARGE);
    search(ui, state);
    ui.add_space(theme::GAP_LARGE);
    head(ui, &t!("Walk with this face"), |_| ());
    ui.horizontal(|ui| {
        for (end, text) in [(0, t!("Use as start")), (1, t!("Use as end"))] {
            let response = ui.button(text);
            if response.on_hover_text(t!("Put the face at this end of the walk on Interpolate")).clicked() {
                state.take_photo_as_walk_end(end);
            }
        }
    });
    ui.add_space(theme::GAP_LARGE);
    code(ui, state);
}

fn photo_and_crop(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let mut finds = state.settings.find_faces;
    let Some(photo) = state.reconstruct.current_mut() else { return };
    let reset = head(ui, &t!("Crop"), |ui| {
        let changed = photo.crop != photo.found();
        let button = ui.add_enabled_ui(changed, |ui| Icon::Center.button(ui, &t!("Reset crop"))).inner;
        let help = match photo.faces().is_empty() {
            true => t!("Reset crop: the largest square in the middle"),
            false => t!("Reset crop: the most prominent face, as it was found"),
        };
        let clicked = button.on_hover_text(help).clicked();
        let help = t!(
            "Find the faces in photos and cut them as FFHQ’s pictures are, which the models were trained on; off, the middle square is taken"
        );
        tick_box::show(ui, &mut finds, t!("Find faces")).on_hover_text(help);
        clicked
    });
    if reset {
        photo.set_crop(photo.found());
    }
    let texture = textures.picture(ui.ctx(), &photo.preview, true);
    let room = vec2(ui.available_width(), PHOTO.min(ui.ctx().content_rect().height() * 0.4));
    ui.vertical_centered(|ui| crop_view::show(ui, photo, texture, room));
    ui.add(
        eframe::egui::Label::new(
            theme::semibold(photo.info.name.clone(), 12.0).color(theme::colors(ui).text),
        )
        .truncate(),
    );
    ui.weak(t!("%{width} × %{height} pixels", width = photo.info.width, height = photo.info.height));
    crop::fields(ui, photo);
    let keys = t!("Drag the square to move it, its corners to size it, its knob to turn it");
    ui.weak(keys).on_hover_text(t!(
        "Ctrl and the wheel, or two fingers, size it too. With the keyboard on it: arrows move it, + and − size it, [ and ] turn it; with Shift ten times as far"
    ));
    if finds != state.settings.find_faces {
        state.find_faces(finds);
    }
    // Once it is let go.
    if !ui.input(|input| input.pointer.any_down()) {
        state.remember_crop();
    }
}

/// The numbers of searches for codes.
fn search(ui: &mut Ui, state: &mut State) {
    let is_used = state.models.iter().any(|model| state.reconstruct.is_sought(model));
    head(ui, &t!("Search for a code"), |_| ());
    if !is_used {
        ui.weak(t!(
            "Refine, in the corner of a picture, seeks a better code than the encoder’s by the gradient of the decoder"
        ));
        return;
    }
    // Once the pointer is let go, so that a drag does not begin a search for every value it passes.
    let id = ui.scope_id().with("numbers of searches");
    let mut config = ui.data(|data| data.get_temp(id)).unwrap_or(state.reconstruct.inversion);
    config.seed = state.reconstruct.inversion.seed;
    let mut steps = config.steps as f32;
    let mut weight = config.prior_weight as f32;
    ui.horizontal(|ui| {
        ui.label(t!("Steps")).on_hover_text(t!("Down the gradient of the decoder"));
        let name = t!("Search steps");
        let track = Track { name: &name, range: 10.0..=500.0, origin: 0.0, step: 10.0, quiet: false };
        track::with_field(ui, &track, 0, "", &mut steps);
    });
    ui.horizontal(|ui| {
        let name = t!("Prior weight");
        ui.label(&*name).on_hover_text(t!(
            "Factor of the codes’ negative log density beside the squared error: the larger, the likelier the code and the coarser the likeness"
        ));
        let track = Track { name: &name, range: 0.0..=2.0, origin: 0.0, step: 0.01, quiet: false };
        track::with_field(ui, &track, 2, "", &mut weight);
    });
    // In hundredths, so that the command line says what the field says.
    config.steps = steps.round().max(1.0) as usize;
    config.prior_weight = f64::from((weight * 100.0).round()) / 100.0;
    if ui.input(|input| input.pointer.any_down()) {
        ui.data_mut(|data| data.insert_temp(id, config));
    } else {
        ui.data_mut(|data| data.remove::<InversionConfig>(id));
        state.reconstruct.inversion = config;
    }
}

/// The code that the selected model gave the face.
fn code(ui: &mut Ui, state: &State) {
    let result = state.selected.and_then(|model| state.reconstruct.shown(model));
    let (Some(result), Some(explore)) = (result, state.explore()) else { return };
    let model = state.model().map_or("", |model| &model.name);
    head(ui, &t!("Code"), |ui| {
        ui.add(eframe::egui::Label::new(eframe::egui::RichText::new(model).weak()).truncate());
    });
    code_plot::code(ui, &explore.positions_by_effect(&result.code));
    ui.weak(t!(
        "%{n} numbers in standard deviations; those that change the picture most stand at the left",
        n = result.code.len()
    ));
}

fn difference(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("Difference"), |_| ());
    let gain = &mut state.reconstruct.gain;
    ui.horizontal(|ui| {
        let help = t!("The difference is multiplied by this before it is coloured");
        ui.label(t!("Gain")).on_hover_text(help);
        let name = t!("Difference gain");
        let track = Track { name: &name, range: 1.0..=16.0, origin: 1.0, step: 0.5, quiet: false };
        track::with_field(ui, &track, 1, " ×", gain);
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t!("Colours of the difference")));
    const BANDS: usize = 64;
    for band in 0..BANDS {
        let part = |i: usize| rect.left() + rect.width() * i as f32 / BANDS as f32;
        let strip = Rect::from_x_y_ranges(part(band)..=part(band + 1) + 0.5, rect.y_range());
        ui.painter().rect_filled(strip, 0.0, theme::heat(band as f32 / (BANDS - 1) as f32));
    }
    let most = 1.0 / *gain;
    ui.horizontal(|ui| {
        ui.small("0");
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let words = t!("%{most} and more", most = format!("{most:.2}"));
            ui.small(words).on_hover_text(t!("Of a full scale of 1"));
        });
    });
}
