//! The side of the Compare screen where the runs of a folder are compared: the folder, and which columns are shown.

use eframe::egui::{Label, RichText, Ui};
use rust_i18n::t;

use crate::gui::panels::train::fields::{group, small_button};
use crate::gui::quantity_words;
use crate::gui::state::{Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::tick_box;

/// Shows the settings.
pub fn show(ui: &mut Ui, state: &mut State) {
    group(ui, &t!("Folder of runs"));
    let folder = state.compare.runs.folder.as_ref();
    match folder.map(|folder| folder.display().to_string()) {
        Some(words) => {
            let strong = RichText::new(&words).color(theme::colors(ui).text_strong);
            ui.add(Label::new(strong).truncate()).on_hover_text(words);
        }
        None => drop(ui.weak(t!("not chosen yet"))),
    }
    let button = small_button(ui, &t!("Folder…")).accessible_name(t!("Choose a folder of runs, Folder…"));
    if button.on_hover_text(t!("The folder that holds the folders of the runs")).clicked() {
        state.effects.push(Effect::Pick(Pick::Runs));
    }
    let Some(shown) = &mut state.compare.runs.shown else { return };
    for (title, settings) in [(t!("Settings that differ"), true), (t!("Results"), false)] {
        group(ui, &title);
        let mut none = true;
        for column in shown.columns.iter_mut().filter(|column| column.is_setting == settings) {
            none = false;
            let tick = tick_box::show(ui, &mut column.is_shown, quantity_words::title(&column.about));
            tick.on_hover_text(quantity_words::help(&column.about));
        }
        if none {
            ui.weak(if settings {
                t!("The runs do not differ in any")
            } else {
                t!("Nothing was measured yet")
            });
        }
    }
}
