//! The Train screen: at the left the runs, in the middle what the one in front does, at the right its
//! controls, or the form for a new one.

mod adversarial;
mod chapter;
pub mod cockpit;
mod control;
mod extend;
mod feature_loss;
pub(in crate::gui::panels) mod fields;
mod fork;
mod front;
mod level;
mod objective;
pub mod pictures;
mod plots;
mod prior;
mod rename;
mod runs;
mod setup;
mod welcome;

use eframe::egui::{CentralPanel, Panel, Rangef, ScrollArea, Ui};

use crate::gui::panels::{canvas_frame, side_frame, side_range};
use crate::gui::state::State;
use crate::gui::state::train::View;
use crate::gui::textures::Textures;
use crate::gui::theme;

/// Shows the screen.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    runs::show(ui, state);
    let frame = side_frame(ui);
    // The form has more beside each other than the controls of a run.
    let (id, narrowest, usual) =
        if state.train.selected.is_some() { ("run", 290.0, 326.0) } else { ("new run", 340.0, 348.0) };
    let range = side_range(ui, Rangef::new(narrowest, 440.0), 0.28);
    Panel::right(id).default_size(usual).size_range(range).frame(frame).show(ui, |ui| {
        match state.train.selected {
            Some(_) => control::show(ui, state),
            None if state.train.priors.open => prior::form(ui, state),
            None => setup::show(ui, state),
        }
    });
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| match state.train.selected {
        Some(_) => middle(ui, state, textures),
        None if state.train.priors.open => prior::middle(ui, state, textures),
        None => {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| welcome::show(ui, state));
        }
    });
    fork::show(ui.ctx(), state);
    extend::show(ui.ctx(), state);
    rename::show(ui.ctx(), state);
}

fn middle(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    front::show(ui, state);
    let view = state.train.shown_view();
    if let Some(run) = state.train.run_mut() {
        chapter::show(ui, run);
        front::failure(ui, run);
        front::tiles(ui, run);
        // The cockpit says it itself.
        if view != View::Collapse {
            front::diagnosis(ui, run);
        }
    }
    ui.add_space(theme::GAP_SMALL);
    match view {
        View::Curves => plots::show(ui, state),
        View::Pictures => pictures::show(ui, state, textures),
        View::Collapse => cockpit::show(ui, state, textures),
    }
}
