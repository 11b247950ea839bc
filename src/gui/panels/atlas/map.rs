//! The middle of the screen: the map of a data set.

use std::sync::Arc;

use eframe::egui::{Align2, Area, Id, Label, Order, Rect, RichText, Sense, Ui, UiBuilder, vec2};
use rust_i18n::t;

use super::legend::{self, LegendWish};
use super::tools;
use crate::gui::language::tr;
use crate::gui::map::cells::{MapCell, MapFace};
use crate::gui::map::gestures::MapTool;
use crate::gui::map::overlay::{MapLabel, MapRing, RingKind};
use crate::gui::map::widget::{MapResponse, MapWidget};
use crate::gui::quantity_words::minus;
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::atlas::shown::ShownMap;
use crate::gui::state::messages::count;
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, picture};
use crate::report::{AtlasDecoding, AtlasLabel};
use crate::worker::protocol::AtlasSpot;

/// Side of the cells of the grid of faces, in points.
const CELL: f32 = 64.0;
/// Side of the picture beside the pointer.
const HOVERED: f32 = 84.0;
/// Side of the face under a hand that decodes.
const CURSOR: f32 = 148.0;
/// Columns that are told beside the pointer.
const FACTS: usize = 4;
/// Cells from the middle of a face of the grid to the nearest image, at most.
const NEAR_CELLS: f32 = 0.8;
/// A place is far from all points where the nearest is this part of the map's width away.
const FAR: f32 = 0.03;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.atlas.shown.is_none() {
        return nothing(ui, state);
    }
    tools::show(ui, state);
    ui.add_space(theme::GAP_SMALL);
    facts(ui, state);
    let rect = ui.available_rect_before_wrap();
    let own = own_photos(state);
    let State { atlas, settings, .. } = state;
    let Some(shown) = &mut atlas.shown else { return };
    // Names of clusters keep away from the legend, as large as it was in the frame before.
    let legend_id = ui.scope_id().with("legend");
    let covered: Option<Rect> = ui.data(|data| data.get_temp(legend_id));
    let response = draw(ui, shown, textures, own, (settings.atlas.labels, covered));
    heed(ui, shown, &response);
    hovered(ui, shown, &response, textures);
    cursor(ui, shown, textures, rect);
    let names: Vec<String> = shown.map.columns.iter().map(|column| column.name.clone()).collect();
    let about = shown.column().map(|column| column.about.clone()).unwrap_or_default();
    let place = Rect::from_min_size(rect.left_top() + vec2(10.0, 10.0), vec2(190.0, rect.height() - 20.0));
    let legend = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        legend::show(ui, &shown.colors, (shown.color.as_deref(), &names), &about, &shown.hidden)
    });
    ui.data_mut(|data| data.insert_temp(legend_id, legend.response.rect));
    match legend.inner {
        Some(LegendWish::Color(column)) => {
            settings.atlas.color = column.clone().unwrap_or_default();
            shown.color_by(column);
        }
        Some(LegendWish::Toggle(class)) => shown.toggle_class(class),
        None => (),
    }
}

fn nothing(ui: &Ui, state: &State) {
    let rect = ui.max_rect();
    if state.atlas.pending.is_some() {
        let help = t!("How far it is stands at the lower left");
        return empty::paint(ui, rect, Icon::Target, &t!("The map is being drawn…"), &help);
    }
    let help = state.atlas_problem().unwrap_or_else(|| {
        let order = state.atlas_order();
        t!(
            "Images that are alike lie side by side: click one to read it, drag over the gaps to decode what lies \
             between. Press Draw map at the lower left for a %{method} map of %{data}, of at most %{n} images",
            method = order.method.label(),
            data = said(&state.settings.atlas.data.in_words()),
            n = count(state.settings.atlas.images)
        )
        .into_owned()
    });
    empty::paint(ui, rect, Icon::Target, &t!("See a whole data set at once, as a map"), &help);
}

/// A line on the map: of what it is, and how well it agrees.
fn facts(ui: &mut Ui, state: &State) {
    let Some(shown) = &state.atlas.shown else { return };
    let (map, quality) = (&shown.map, &shown.map.quality);
    let what = t!("%{method} of %{space}", method = map.method.label(), space = said(&map.space));
    let images = t!("%{n} images", n = count(map.images));
    let draws = map.points.len() - map.images;
    let draws = (draws > 0).then(|| t!("%{n} draws", n = count(draws)));
    let agreement = t!(
        "trustworthiness %{trust}, continuity %{continuity}",
        trust = format!("{:.3}", quality.trustworthiness),
        continuity = format!("{:.3}", quality.continuity)
    );
    let share = map.variance.map(|share| format!("{:.0}", 100.0 * (share[0] + share[1])));
    let share = share.map(|share| t!("%{share} % of the variance", share = share));
    let parts = [Some(what), Some(images), draws, Some(agreement), share];
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let help = t!(
        "Trustworthiness: 1 where all neighbours on the map are neighbours in truth. Continuity: 1 where no neighbour \
         in truth is far on the map (Venna and Kaski 2001). %{k} neighbours of %{n} points; higher is better",
        k = quality.k,
        n = count(quality.n)
    );
    ui.add(Label::new(RichText::new(words).size(12.0).weak()).truncate()).on_hover_text(help);
}

/// Own photos with their names.
fn own_photos(state: &State) -> Vec<MapRing> {
    let Some(shown) = &state.atlas.shown else { return Vec::new() };
    let photo = |photo: &crate::gui::state::reconstruct::Photo| {
        let at = *shown.photos.get(&photo.info.id)?;
        Some(MapRing { at, kind: RingKind::OwnPhoto, text: photo.info.name.clone() })
    };
    state.reconstruct.photos.iter().filter_map(photo).collect()
}

fn draw(
    ui: &mut Ui,
    shown: &mut ShownMap,
    textures: &mut Textures,
    mut rings: Vec<MapRing>,
    (with_labels, covered): (bool, Option<Rect>),
) -> MapResponse {
    let ctx = ui.ctx().clone();
    let at = |spot: AtlasSpot| match spot {
        AtlasSpot::Point(point) => shown.points.at(point),
        AtlasSpot::Place(at) => Some(at),
    };
    if let Some(at) = shown.spot.and_then(at) {
        rings.push(MapRing { at, kind: RingKind::CurrentCode, text: String::new() });
    }
    if let Some(at) = shown.cursor {
        rings.push(MapRing { at, kind: RingKind::DecodeCursor, text: String::new() });
    }
    let label = |label: &AtlasLabel| MapLabel {
        at: label.at,
        text: said(&label.text).into_owned(),
        weight: label.weight,
    };
    let labels: Vec<MapLabel> = match with_labels {
        true => shown.map.labels.iter().map(label).collect(),
        false => Vec::new(),
    };
    let faces: Vec<MapFace> = match shown.has_grid {
        true => {
            let cells = shown.wanted_grid.clone();
            let face = |cell: MapCell| {
                let (picture, nearest) = shown.grid.get(&cell)?;
                // Far from all images a mean of some of them says nothing; on a plane each place is one's own.
                let is_far = *nearest > NEAR_CELLS * cell.side() as f32;
                if is_far && shown.map.decoding != AtlasDecoding::Plane {
                    return None;
                }
                Some(MapFace { bounds: cell.bounds(), texture: textures.small(&ctx, picture) })
            };
            cells.into_iter().filter_map(face).collect()
        }
        false => Vec::new(),
    };
    let (points, colors, marks) =
        (Arc::clone(&shown.points), Arc::clone(&shown.colors), Arc::clone(&shown.marks));
    let (tool, has_grid) = (shown.tool, shown.has_grid);
    let mut map_state = std::mem::take(&mut shown.state);
    let mut lookup = |point: u32| shown.picture(point).map(|picture| textures.small(&ctx, &picture));
    let mut widget = MapWidget::new(&points, &colors, &marks);
    widget.tool = tool;
    widget.cells = has_grid.then_some(CELL);
    widget.rings = &rings;
    widget.labels = &labels;
    widget.covered = covered;
    widget.faces = &faces;
    widget.pictures = Some(&mut lookup);
    let response = widget.show(ui, &mut map_state);
    shown.state = map_state;
    response
}

/// Takes in what was done to the map.
fn heed(ui: &Ui, shown: &mut ShownMap, done: &MapResponse) {
    let mut wanted = std::mem::take(&mut shown.needed_beside);
    wanted.extend(done.hovered);
    wanted.extend(&done.wanted_pictures);
    shown.ask_for_pictures(wanted);
    shown.wanted_grid.clone_from(&done.wanted_cells);
    if let Some(selection) = &done.selection {
        shown.select(selection.clone());
    }
    match (shown.tool, done.clicked, done.clicked_at) {
        (MapTool::Decode, None, Some(at)) => shown.look_at(AtlasSpot::Place(at)),
        (_, Some(point), _) => {
            shown.look_at(AtlasSpot::Point(point));
            shown.list = crate::gui::state::atlas::shown::List::Reading;
        }
        _ => (),
    }
    if let Some(point) = done.double_clicked {
        shown.look_at(AtlasSpot::Point(point));
        shown.to_explore = true;
    }
    if let Some(at) = done.dragged_at {
        shown.cursor = Some(at);
    } else if let (MapTool::Decode, Some(at), true) =
        (shown.tool, shown.cursor, ui.input(|input| input.pointer.any_released()))
    {
        // Where the hand came to rest can be explored.
        shown.look_at(AtlasSpot::Place(at));
    }
}

/// The picture and a few facts of the point under the pointer.
fn hovered(ui: &Ui, shown: &mut ShownMap, done: &MapResponse, textures: &mut Textures) {
    let Some(point) = done.hovered else { return };
    let texture = shown.picture(point).map(|picture| textures.small(ui.ctx(), &picture));
    let name = shown.map.name(point as usize);
    let columns = shown.map.columns.iter().map(|column| (&column.name, column.values.text(point as usize)));
    let first = shown.color.as_ref();
    let mut told: Vec<(&String, String)> = columns.filter(|(_, text)| !text.is_empty()).collect();
    // The one that the points are coloured by comes first.
    told.sort_by_key(|(name, _)| Some(*name) != first);
    let response = done.response.clone();
    response.on_hover_ui_at_pointer(|ui| {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(HOVERED, HOVERED), Sense::hover());
            match texture {
                Some(texture) => picture::paint(ui.painter(), rect, texture, theme::RADIUS_SMALL),
                None => drop(ui.painter().rect_filled(rect, theme::RADIUS_SMALL, theme::colors(ui).well)),
            }
            ui.vertical(|ui| {
                ui.add(Label::new(theme::semibold(&name, 13.0)).extend());
                for (name, text) in told.iter().take(FACTS) {
                    ui.add(
                        Label::new(
                            RichText::new(format!("{} {}", tr(name), minus(said(text).into_owned())))
                                .size(12.0)
                                .weak(),
                        )
                        .extend(),
                    );
                }
            });
        });
    });
}

/// The face under a hand that decodes, in a corner of the map.
fn cursor(ui: &Ui, shown: &ShownMap, textures: &mut Textures, rect: Rect) {
    let (MapTool::Decode, Some(face), Some(_)) = (shown.tool, &shown.cursor_face, shown.cursor) else {
        return;
    };
    let texture = textures.picture(ui.ctx(), &face.picture, true);
    let width = shown.points.bounds().size()[0].max(f32::MIN_POSITIVE);
    let far = face.nearest > FAR * width;
    let words = if far { t!("no image is near here") } else { t!("between images") };
    let at = rect.right_top() + vec2(-10.0, 10.0);
    let area =
        Area::new(Id::unique("decoded face")).order(Order::Middle).pivot(Align2::RIGHT_TOP).fixed_pos(at);
    area.interactable(false).show(ui.ctx(), |ui| {
        let colors = theme::colors(ui);
        let frame =
            eframe::egui::Frame::new().fill(colors.panel).corner_radius(theme::RADIUS).inner_margin(6);
        frame.show(ui, |ui| {
            picture::view(ui, Some(texture), vec2(CURSOR, CURSOR), &t!("The face of this place"));
            let color = if far { colors.warning } else { colors.text_weak };
            ui.label(RichText::new(words).size(12.0).color(color))
                .on_hover_text(tr(shown.map.decoding.sentence()));
        });
    });
}
