//! The Compare screen: at the left what is to be measured, in the middle the tables.

mod candidates;
mod claims;
mod foot;
mod middle;
mod pictures;
mod runs;
mod sets;
mod setup;

use eframe::egui::{CentralPanel, Panel, Rangef, Ui};

use crate::gui::panels::{canvas_frame, side_frame, side_range};
use crate::gui::state::State;
use crate::gui::state::compare::Mode;
use crate::gui::textures::Textures;

/// Shows the screen.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    state.list_tables();
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(286.0, 400.0), 0.3);
    Panel::left("measure").default_size(312.0).size_range(range).frame(frame).show(ui, |ui| {
        setup::show(ui, state);
    });
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| match state.compare.mode {
        Mode::Models => middle::show(ui, state, textures),
        Mode::Claims => claims::show(ui, state, textures),
        Mode::Runs => runs::show(ui, state),
        Mode::Sets => sets::show(ui, state),
    });
}
