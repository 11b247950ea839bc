//! The crop of a photo in numbers, and the faces to choose from.

use eframe::egui::{DragValue, Ui};

use crate::gui::state::reconstruct::{Photo, SMALLEST_CROP};
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::typed_number;
use crate::worker::protocol::{Crop, NO_FACE};

/// Width of the names.
const NAME: f32 = 40.0;

/// Shows them and applies what is asked for.
pub fn fields(ui: &mut Ui, photo: &mut Photo) {
    faces(ui, photo);
    let crop = photo.crop;
    let largest = if crop.is_turned() { Crop::LARGEST } else { 1.0 };
    let mut percent = crop.size * 100.0;
    row(ui, "Size", "Side of the square in parts of the photo's shorter side", |ui| {
        let range = SMALLEST_CROP * 100.0..=largest * 100.0;
        let track = Track { name: "Crop size", range, origin: 0.0, step: 1.0, quiet: false };
        if track::with_field(ui, &track, 0, " %", &mut percent) {
            photo.set_crop(Crop { size: percent / 100.0, ..crop });
        }
    });
    let mut angle = crop.angle;
    row(ui, "Turn", "Degrees that the square is turned clockwise; upright it stays inside the photo", |ui| {
        let track = Track { name: "Crop angle", range: -180.0..=180.0, origin: 0.0, step: 1.0, quiet: false };
        if track::with_field(ui, &track, 1, "°", &mut angle) {
            photo.set_crop(Crop { angle, ..crop });
        }
    });
    row(
        ui,
        "Centre",
        "In parts of the photo's width, from the left, and of its height, from the top",
        |ui| {
            let mut place = [crop.center_x * 100.0, crop.center_y * 100.0];
            for (value, name) in place.iter_mut().zip(["Crop centre across", "Crop centre down"]) {
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
        ui.weak(NO_FACE);
        return;
    }
    if found.len() == 1 {
        return;
    }
    let crops: Vec<Crop> = found.iter().map(|face| face.crop).collect();
    ui.horizontal_wrapped(|ui| {
        ui.label("Faces").on_hover_text("Found in the photo, the most prominent first");
        for (index, crop) in crops.into_iter().enumerate() {
            let button = ui.selectable_label(photo.crop == crop, (index + 1).to_string());
            if button.accessible_name(format!("Face {}", index + 1)).clicked() {
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
