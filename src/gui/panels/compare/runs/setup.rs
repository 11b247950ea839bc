//! The side of the Compare screen where the runs of a folder are compared: the folder, and which columns are shown.

use eframe::egui::{Label, RichText, Ui};

use crate::gui::panels::train::fields::{group, small_button};
use crate::gui::state::{Effect, Pick, State};
use crate::gui::theme;

/// Shows the settings.
pub fn show(ui: &mut Ui, state: &mut State) {
    group(ui, "Folder of runs");
    let folder = state.compare.runs.folder.as_ref();
    let words = folder.map_or("none yet".into(), |folder| folder.display().to_string());
    let strong = RichText::new(&words).color(theme::colors(ui).text_strong);
    ui.add(Label::new(strong).truncate()).on_hover_text(words);
    let button = small_button(ui, "Folder…").accessible_name("Choose a folder of runs, Folder…");
    if button.on_hover_text("The folder in which those of the runs stand").clicked() {
        state.effects.push(Effect::Pick(Pick::Runs));
    }
    let Some(shown) = &mut state.compare.runs.shown else { return };
    for (title, settings) in [("Settings that vary", true), ("Quantities", false)] {
        group(ui, title);
        let mut none = true;
        for column in shown.columns.iter_mut().filter(|column| column.is_setting == settings) {
            none = false;
            ui.checkbox(&mut column.is_shown, column.about.title()).on_hover_text(column.about.help());
        }
        if none {
            ui.weak(if settings { "The runs do not differ in any" } else { "Nothing was measured yet" });
        }
    }
}
