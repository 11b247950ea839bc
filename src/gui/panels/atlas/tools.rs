//! The tools above the map: the hand, what lies on the map, the search, files.

use eframe::egui::{Align, Layout, TextEdit, Ui};

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

/// The hands with their words.
pub const TOOLS: [(MapTool, &str, &str); 4] = [
    (
        MapTool::Pan,
        "Move",
        "Drag moves the map, the wheel zooms, a click reads a point, two open it in Explore",
    ),
    (MapTool::Box, "Box", "Drag selects in a box; with Shift more, with Ctrl fewer"),
    (MapTool::Lasso, "Lasso", "Drag selects in a loop; with Shift more, with Ctrl fewer"),
    (MapTool::Decode, "Decode", "Drag anywhere: the face of the place under the pointer follows"),
];

/// The width in points from which the hands and the search stand in one row.
const ONE_ROW: f32 = 680.0;

/// Shows the tools, in two rows where one is too narrow.
pub fn show(ui: &mut Ui, state: &mut State) {
    let Some(line) = state.atlas.shown.as_ref().map(|shown| cli_line::atlas(&shown.order)) else { return };
    let has_room = ui.available_width() >= ONE_ROW;
    ui.horizontal(|ui| {
        if let State { atlas: AtlasScreen { shown: Some(shown), .. }, settings, .. } = state {
            hands(ui, shown, &mut settings.atlas.labels);
        }
        if has_room {
            search_and_files(ui, state, line.clone());
        }
    });
    if !has_room {
        ui.horizontal(|ui| search_and_files(ui, state, line));
    }
}

fn search_and_files(ui: &mut Ui, state: &mut State, line: String) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        copy_line(ui, state, true, Some(line), "");
        let save = Icon::Save.button(ui, "Save map…");
        if save.on_hover_text("The map as a plot, coloured as it is seen").clicked() {
            state.effects.push(Effect::Pick(Pick::File(Save::AtlasPlot)));
        }
        if let Some(shown) = &mut state.atlas.shown {
            search(ui, shown);
        }
    });
}

fn hands(ui: &mut Ui, shown: &mut ShownMap, labels: &mut bool) {
    if let Some(tool) = segmented::choice(ui, shown.tool, &TOOLS) {
        shown.tool = tool;
        shown.cursor = None;
    }
    if Icon::Center.button(ui, "Fit").on_hover_text("See the whole map (Home)").clicked() {
        shown.fit();
    }
    let help = "Lay faces decoded at places of the map beneath the points";
    ui.toggle_value(&mut shown.has_grid, "Faces").on_hover_text(help);
    let help = "Names of the clusters, by what their members share";
    ui.toggle_value(labels, "Names").on_hover_text(help);
}

fn search(ui: &mut Ui, shown: &mut ShownMap) {
    if !shown.search.trim().is_empty() {
        let n = shown.found.len();
        if ui.small_button("Select").on_hover_text("Select what was found").clicked() {
            shown.select(shown.found.clone());
        }
        ui.weak(format!("{} found", count(n)));
    }
    let mut text = shown.search.clone();
    let width = ui.available_width().clamp(60.0, 150.0);
    let field = TextEdit::singleline(&mut text).hint_text("Find by name").desired_width(width);
    let response = ui.add(field).accessible_name("Find by name");
    keyboard::is_search(&response);
    if response.changed() {
        shown.search(text);
    }
    ui.add_space(theme::GAP_SMALL);
}
