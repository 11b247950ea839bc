//! The Atlas screen: at the left what is mapped and how, in the middle the map, at the right what is read off it.

mod foot;
mod legend;
mod lists;
mod map;
mod photos;
mod pictures;
mod reading;
mod run;
mod selection;
mod setup;
mod tools;

use eframe::egui::{CentralPanel, Panel, Rangef, Ui};
use rust_i18n::t;

use crate::gui::panels::{canvas_frame, side_frame, side_range};
use crate::gui::state::State;
use crate::gui::state::atlas::AtlasSubject;
use crate::gui::textures::Textures;
use crate::gui::widgets::segmented;

/// Shows the screen.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(250.0, 360.0), 0.25);
    Panel::left("map setup").default_size(270.0).size_range(range).frame(frame).show(ui, |ui| {
        let subjects = [
            (
                AtlasSubject::Data,
                &*t!("Data set"),
                &*t!("The images of a data set, with draws of a model among them"),
            ),
            (
                AtlasSubject::Run,
                &*t!("Training run"),
                &*t!("How the codes of a run find their places while it trains"),
            ),
        ];
        if let Some(subject) = segmented::choice(ui, state.atlas.subject, &subjects) {
            state.atlas.subject = subject;
        }
        match state.atlas.subject {
            AtlasSubject::Data => setup::show(ui, state),
            AtlasSubject::Run => run::setup(ui, state),
        }
    });
    if state.atlas.subject == AtlasSubject::Data && state.atlas.shown.is_some() {
        let frame = side_frame(ui);
        let range = side_range(ui, Rangef::new(276.0, 380.0), 0.26);
        Panel::right("map reading").default_size(276.0).size_range(range).frame(frame).show(ui, |ui| {
            lists::show(ui, state, textures);
        });
    }
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| match state.atlas.subject {
        AtlasSubject::Data => map::show(ui, state, textures),
        AtlasSubject::Run => run::show(ui, state, textures),
    });
}
