//! The inspector of the Interpolate screen: the way, the strip, playing, exports.

use std::ops::RangeInclusive;

use eframe::egui::{Panel, Rangef, Ui};

use crate::config::WalkPath;
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head, side_frame, side_range};
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::segmented;
use crate::gui::widgets::track::{self, Track};

/// Shows the inspector.
pub fn show(ui: &mut Ui, state: &mut State) {
    if state.model().is_none() {
        return;
    }
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(232.0, 400.0), 0.25);
    Panel::right("walk").default_size(280.0).size_range(range).frame(frame).show(ui, |ui| {
        head(ui, "Way", |_| ());
        let choices = [
            (
                WalkPath::Slerp,
                "Great circle",
                "Keeps the length that Gaussian codes have (slerp, White 2016)",
            ),
            (WalkPath::Lerp, "Straight line", "Passes nearer to the centre, where faces are average (lerp)"),
        ];
        if let Some(path) = segmented::choice(ui, state.walk.path, &choices) {
            state.walk.path = path;
        }
        ui.add_space(theme::GAP_LARGE);
        head(ui, "Strip and playing", |_| ());
        let mut pictures = state.walk.frames as f32;
        let help = "In the strip and in its export";
        number(ui, "Pictures", "Pictures in the strip", help, 7.0..=16.0, 1.0, &mut pictures);
        state.walk.frames = pictures.round() as usize;
        let help = "From one end to the other";
        number(ui, "Seconds", "Seconds from end to end", help, 0.5..=10.0, 0.5, &mut state.walk.seconds);
        ui.add_space(theme::GAP_LARGE);
        exports(ui, state);
    });
}

fn number(
    ui: &mut Ui,
    label: &str,
    name: &str,
    help: &str,
    range: RangeInclusive<f32>,
    step: f32,
    value: &mut f32,
) {
    ui.horizontal(|ui| {
        let width = ui.label(label).on_hover_text(help).rect.width();
        ui.add_space((52.0 - width).max(0.0));
        let origin = *range.start();
        let track = Track { name, range, origin, step, quiet: false };
        track::with_field(ui, &track, if step < 1.0 { 1 } else { 0 }, "", value);
    });
}

fn exports(ui: &mut Ui, state: &mut State) {
    head(ui, "Export", |_| ());
    let ready = state.walk.codes().is_some();
    ui.horizontal_wrapped(|ui| {
        for (text, save, help) in [
            ("GIF…", Save::WalkGif, "There and back as an animation"),
            ("Strip PNG…", Save::WalkStrip, "The pictures of the strip in one file"),
        ] {
            let response = ui.add_enabled_ui(ready, |ui| Icon::Save.button_with_text(ui, text)).inner;
            let response = response.on_hover_text(help).on_disabled_hover_text("Choose both ends first");
            if response.clicked() {
                state.effects.push(Effect::Pick(Pick::File(save)));
            }
        }
    });
    let line = cli_line::walk(state);
    let why = "The command line walks between draws and photos from files with the crop in the middle";
    copy_line(ui, state, false, line, why);
}
