//! The crop of a photo in numbers, and the faces to choose from.

use eframe::egui::{DragValue, Ui};
use rust_i18n::t;

use crate::gui::state::reconstruct::{Photo, SMALLEST_CROP};
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::typed_number;
use crate::worker::protocol::Crop;

/// Width of the names.
const NAME: f32 = 40.0;

/// Shows them and applies what is asked for.
pub fn fields(ui: &mut Ui, photo: &mut Photo) {
    faces(ui, photo);
    let crop = photo.crop;
    let largest = if crop.is_turned() { Crop::LARGEST } else { 1.0 };
    let mut percent = crop.size * 100.0;
    row(ui, &t!("Size"), &t!("Side of the square in parts of the photo’s shorter side"), |ui| {
        let range = SMALLEST_CROP * 100.0..=largest * 100.0;
        let name = t!("Crop size");
        let track = Track { name: &name, range, origin: 0.0, step: 1.0, quiet: false };
        if track::with_field(ui, &track, 0, " %", &mut percent) {
            photo.set_crop(Crop { size: percent / 100.0, ..crop });
        }
    });
    let mut angle = crop.angle;
    let help = t!("Degrees that the square is turned clockwise; upright it stays inside the photo");
    row(ui, &t!("Turn"), &help, |ui| {
        let name = t!("Crop angle");
        let track = Track { name: &name, range: -180.0..=180.0, origin: 0.0, step: 1.0, quiet: false };
        if track::with_field(ui, &track, 1, "°", &mut angle) {
            photo.set_crop(Crop { angle, ..crop });
        }
    });
    row(
        ui,
        &t!("Centre"),
        &t!("In parts of the photo’s width, from the left, and of its height, from the top"),
        |ui| {
            let mut place = [crop.center_x * 100.0, crop.center_y * 100.0];
            for (value, name) in place.iter_mut().zip([t!("Crop centre across"), t!("Crop centre down")]) {
                let field =
                    DragValue::new(value).speed(0.2).range(0.0..=100.0).fixed_decimals(1).suffix(" %");
                typed_number::show(ui, field, |ui, field| ui.add(field)).accessible_name(name);
            }
            if place != [crop.center_x * 100.0, crop.center_y * 100.0] {
                photo.set_crop(Crop { center_x: place[0] / 100.0, center_y: place[1] / 100.0, ..crop });
            }
        },
    );
}

/// A button for each face where there are several, a sentence where there is none.
fn faces(ui: &mut Ui, photo: &mut Photo) {
    let Some(found) = &photo.info.faces else { return };
    if found.is_empty() {
        ui.weak(t!("No face was found in it, so that the middle square is taken"));
        return;
    }
    if found.len() == 1 {
        return;
    }
    let crops: Vec<Crop> = found.iter().map(|face| face.crop).collect();
    ui.horizontal_wrapped(|ui| {
        ui.label(t!("Faces")).on_hover_text(t!("Found in the photo, the most prominent first"));
        for (index, crop) in crops.into_iter().enumerate() {
            let button = ui.selectable_label(photo.crop == crop, (index + 1).to_string());
            if button.accessible_name(t!("Face %{number}", number = index + 1)).clicked() {
                photo.set_crop(crop);
            }
        }
    });
}

fn row(ui: &mut Ui, name: &str, help: &str, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let width = ui.label(name).on_hover_text(help).rect.width();
        ui.add_space((NAME - width).max(0.0));
        contents(ui);
    });
}
