//! The tools above the map: the hand, what lies on the map, the search, files.

use eframe::egui::{Align, Layout, TextEdit, Ui};
use rust_i18n::t;

use crate::gui::cli_line;
use crate::gui::map::gestures::MapTool;
use crate::gui::panels::copy_line;
use crate::gui::state::atlas::AtlasScreen;
use crate::gui::state::atlas::shown::ShownMap;
use crate::gui::state::messages::count;
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::segmented;
use crate::gui::{keyboard, theme};

/// The width in points from which the hands and the search stand in one row.
const ONE_ROW: f32 = 700.0;

/// Shows the tools, in two rows where one is too narrow.
pub fn show(ui: &mut Ui, state: &mut State) {
    let Some(line) = state.atlas.shown.as_ref().map(|shown| cli_line::atlas(&shown.order)) else { return };
    let has_room = ui.available_width() >= ONE_ROW;
    ui.horizontal(|ui| {
        if let Some(shown) = &mut state.atlas.shown {
            hands(ui, shown);
        }
        if has_room {
            layers_search_and_files(ui, state, line.clone());
        }
    });
    if !has_room {
        ui.horizontal(|ui| layers_search_and_files(ui, state, line));
    }
}

fn layers_search_and_files(ui: &mut Ui, state: &mut State, line: String) {
    if let State { atlas: AtlasScreen { shown: Some(shown), .. }, settings, .. } = state {
        layers(ui, shown, &mut settings.atlas.labels);
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        copy_line(ui, state, true, Some(line), "");
        let save = Icon::Save.button(ui, &t!("Save map…"));
        if save.on_hover_text(t!("The map as a plot, coloured as it is seen")).clicked() {
            state.effects.push(Effect::Pick(Pick::File(Save::AtlasPlot)));
        }
        if let Some(shown) = &mut state.atlas.shown {
            search(ui, shown);
        }
    });
}

fn hands(ui: &mut Ui, shown: &mut ShownMap) {
    let tools = [
        (
            MapTool::Pan,
            &*t!("Move"),
            &*t!("Drag moves the map, the wheel zooms, a click reads a point, two open it in Explore"),
        ),
        (MapTool::Box, &*t!("Box"), &*t!("Drag selects in a box; with Shift more, with Ctrl fewer")),
        (MapTool::Lasso, &*t!("Lasso"), &*t!("Drag selects in a loop; with Shift more, with Ctrl fewer")),
        (
            MapTool::Decode,
            &*t!("Decode"),
            &*t!("Drag anywhere: the face of the place under the pointer follows"),
        ),
    ];
    if let Some(tool) = segmented::choice(ui, shown.tool, &tools) {
        shown.tool = tool;
        shown.cursor = None;
    }
}

/// The part that is seen, and what lies on the map.
fn layers(ui: &mut Ui, shown: &mut ShownMap, labels: &mut bool) {
    let help = t!("See the whole map (0 while the map has the focus)");
    if Icon::Fit.button(ui, &t!("Fit")).on_hover_text(help).clicked() {
        shown.fit();
    }
    let help = t!("Lay faces decoded at places of the map beneath the points");
    ui.toggle_value(&mut shown.has_grid, t!("Faces")).on_hover_text(help);
    let help = t!("Names of the clusters, by what their members share");
    ui.toggle_value(labels, t!("Names")).on_hover_text(help);
}

fn search(ui: &mut Ui, shown: &mut ShownMap) {
    if !shown.search.trim().is_empty() {
        let n = shown.found.len();
        let select = ui.add_enabled(n > 0, eframe::egui::Button::new(t!("Select")));
        if select.on_hover_text(t!("Select what was found")).clicked() {
            shown.select(shown.found.clone());
        }
        ui.weak(t!("%{n} found", n = count(n)));
    }
    let mut text = shown.search.clone();
    let width = ui.available_width().clamp(60.0, 160.0);
    let field = TextEdit::singleline(&mut text).hint_text(t!("Find by name (/)")).desired_width(width);
    let response = ui.add(field).accessible_name(t!("Find by name"));
    keyboard::is_search(&response);
    if response.changed() {
        shown.search(text);
    }
    ui.add_space(theme::GAP_SMALL);
}
