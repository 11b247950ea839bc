//! The point or the place that was clicked: its picture, what is known of it, its neighbours, the way to Explore.

use eframe::egui::{Label, RichText, Ui, vec2};
use rust_i18n::t;

use super::pictures;
use crate::gui::language::tr;
use crate::gui::panels::head;
use crate::gui::quantity_words::minus;
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::picture;
use crate::report::shown as digits;
use crate::worker::protocol::AtlasSpot;

/// Side of the picture at most.
const SIDE: f32 = 124.0;
/// Side of a neighbour.
const NEIGHBOR: f32 = 44.0;
/// Neighbours that are shown.
const NEIGHBORS: usize = 10;
/// Columns that are told at most.
const FACTS: usize = 14;

/// Shows what is known of the spot.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let smooth = state.settings.smooth;
    let Some(shown) = &mut state.atlas.shown else { return };
    let Some(spot) = shown.spot else {
        let sentences = [
            t!("Click a point to see it and its neighbours, twice to open it in Explore."),
            t!("With Decode, drag over the map: the face of each place follows the pointer."),
            t!(
                "By keys: arrows move the map, + and − zoom, 0 shows all, Enter reads the point in the middle."
            ),
        ];
        for words in sentences {
            ui.add(Label::new(RichText::new(words).weak()).wrap());
        }
        ui.add_space(theme::GAP_LARGE);
        return;
    };
    let name = match spot {
        AtlasSpot::Point(point) => shown.map.name(point as usize),
        AtlasSpot::Place(_) => t!("A place on the map").into_owned(),
    };
    ui.add(Label::new(theme::semibold(&name, 13.0)).truncate());
    let face = shown.face.clone();
    let side = pictures::half(ui, SIDE);
    let texture = face.as_ref().map(|face| textures.picture(ui.ctx(), &face.picture, smooth));
    match face.as_ref().and_then(|face| face.decoded.as_ref()) {
        Some(decoded) => {
            let of_draw = matches!(spot, AtlasSpot::Point(point) if point as usize >= shown.map.images);
            let decoded = textures.picture(ui.ctx(), decoded, smooth);
            let own = if of_draw { t!("draw") } else { t!("image") };
            pictures::two_pictures(ui, side, [(texture, &own), (Some(decoded), &t!("its code decoded"))]);
        }
        None => drop(picture::view(ui, texture, vec2(side, side), &name)),
    }
    if let AtlasSpot::Point(point) = spot {
        facts(ui, shown, point as usize);
    } else {
        ui.add(Label::new(RichText::new(tr(shown.map.decoding.sentence())).size(12.0).weak()).wrap());
    }
    let mut found = None;
    if let Some(face) = &face {
        ui.add_space(theme::GAP);
        let is_distance = shown.is_distance(spot);
        head(ui, &t!("Nearest"), |ui| {
            let (words, help) = match is_distance {
                true => {
                    (t!("by distance"), t!("Nearest in the numbers that the map is made of, not on the map"))
                }
                false => {
                    (t!("by weight"), t!("The points whose codes are averaged here, the heaviest first"))
                }
            };
            ui.weak(words).on_hover_text(help);
        });
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            for (point, number) in face.neighbors.iter().take(NEIGHBORS) {
                shown.needed_beside.push(*point);
                let texture = shown.picture(*point).map(|picture| textures.small(ui.ctx(), &picture));
                let name = shown.map.name(*point as usize);
                let thumb = picture::thumb(ui, texture, NEIGHBOR, &name, false);
                let help = match is_distance {
                    true => t!("%{name}, distance %{number}", name = name, number = digits(*number)),
                    false => t!("%{name}, weight %{number}", name = name, number = digits(*number)),
                };
                if thumb.on_hover_text(help).clicked() {
                    found = Some(*point);
                }
            }
        });
    }
    if let Some(point) = found {
        shown.find(point);
    }
    let can_explore = face.as_ref().is_some_and(|face| !face.code.is_empty());
    ui.add_space(theme::GAP_SMALL);
    let button = ui.add_enabled(can_explore, eframe::egui::Button::new(t!("Explore this face")));
    let button = button
        .on_hover_text(t!("Move the sliders of Explore to it, in the model that the map was made with"));
    if button.on_disabled_hover_text(t!("The map was made without a model that has codes for it")).clicked() {
        state.explore_from_atlas();
    }
    ui.add_space(theme::GAP_LARGE);
}

/// Columns of a point in small print.
fn facts(ui: &mut Ui, shown: &crate::gui::state::atlas::shown::ShownMap, point: usize) {
    let told: Vec<(String, String)> = shown
        .map
        .columns
        .iter()
        .map(|column| (column.name.clone(), column.values.text(point)))
        .filter(|(_, text)| !text.is_empty())
        .take(FACTS)
        .collect();
    eframe::egui::Grid::new("facts").num_columns(2).spacing(vec2(10.0, 1.0)).min_row_height(15.0).show(
        ui,
        |ui| {
            ui.spacing_mut().interact_size.y = 15.0;
            for (name, value) in told {
                ui.label(RichText::new(tr(&name)).size(12.0).weak());
                ui.add(Label::new(RichText::new(minus(said(&value).into_owned())).size(12.0)).truncate());
                ui.end_row();
            }
        },
    );
}
