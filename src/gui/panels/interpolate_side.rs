//! The inspector of the Interpolate screen: the way, the strip, playing, exports.

use eframe::egui::{Panel, Slider, Ui};

use crate::config::WalkPath;
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head, side_frame};
use crate::gui::state::{Effect, Save, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::segmented;

/// Shows the inspector.
pub fn show(ui: &mut Ui, state: &mut State) {
    if state.model().is_none() {
        return;
    }
    let frame = side_frame(ui);
    Panel::right("walk").default_size(280.0).size_range(240.0..=400.0).frame(frame).show(ui, |ui| {
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
        number(ui, "Pictures", |ui| {
            let response = ui.add(Slider::new(&mut state.walk.frames, 7..=16));
            response.accessible_name("Pictures in the strip");
        });
        number(ui, "Seconds", |ui| {
            let response = ui.add(Slider::new(&mut state.walk.seconds, 0.5..=10.0).fixed_decimals(1));
            response.accessible_name("Seconds from end to end");
        });
        ui.add_space(theme::GAP_LARGE);
        exports(ui, state);
    });
}

fn number(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let label = ui.label(name).rect.width();
        ui.add_space((56.0 - label).max(0.0));
        ui.spacing_mut().slider_width = (ui.available_width() - 56.0).max(60.0);
        control(ui);
    });
}

fn exports(ui: &mut Ui, state: &mut State) {
    head(ui, "Export", |_| ());
    let ready = state.walk.codes().is_some();
    ui.horizontal(|ui| {
        for (text, save, help) in [
            ("GIF…", Save::WalkGif, "There and back as an animation"),
            ("Strip PNG…", Save::WalkStrip, "The pictures of the strip in one file"),
        ] {
            let response = ui.add_enabled_ui(ready, |ui| Icon::Save.button_with_text(ui, text)).inner;
            let response = response.on_hover_text(help).on_disabled_hover_text("Choose both ends first");
            if response.clicked() {
                state.effects.push(Effect::PickFile(save));
            }
        }
    });
    let line = cli_line::walk(state);
    let why = "The command line walks between two photos from files with the crop in the middle";
    copy_line(ui, state, "Copy command", line, why);
}
