//! The inspector of the Interpolate screen: the chosen key face, the way, the film, models beside each other, files.

use std::ops::RangeInclusive;

use eframe::egui::{Button, Checkbox, ComboBox, Panel, PopupCloseBehavior, Rangef, ScrollArea, Ui};

use crate::config::{Easing, WalkPath};
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head, interpolate_key, side_frame, side_range};
use crate::gui::state::walk::MOST_MODELS;
use crate::gui::state::{Effect, FilmFormat, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::segmented;
use crate::gui::widgets::track::{self, Track};
use crate::worker::protocol::ModelId;

/// Shows the inspector.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.model().is_none() {
        return;
    }
    let frame = side_frame(ui);
    let range = side_range(ui, Rangef::new(232.0, 400.0), 0.25);
    Panel::right("walk").default_size(288.0).size_range(range).frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            interpolate_key::show(ui, state, textures);
            ui.add_space(theme::GAP_LARGE);
            beside(ui, state);
            ui.add_space(theme::GAP_LARGE);
            way(ui, state);
            ui.add_space(theme::GAP_LARGE);
            film(ui, state);
            ui.add_space(theme::GAP_LARGE);
            files(ui, state);
        });
    });
}

fn way(ui: &mut Ui, state: &mut State) {
    head(ui, "Way", |ui| {
        let button = ui.button("Space evenly");
        if button.on_hover_text("All key faces at equal distances in time").clicked() {
            state.walk.space_evenly();
        }
    });
    let choices = [
        (WalkPath::Slerp, "Great circle", "Keeps the length that Gaussian codes have (slerp, White 2016)"),
        (WalkPath::Lerp, "Straight line", "Passes nearer to the centre, where faces are average (lerp)"),
    ];
    if let Some(path) = segmented::choice(ui, state.walk.timeline.path, &choices) {
        state.walk.timeline.path = path;
    }
    let easing = state.walk.timeline.easing;
    let combo = ComboBox::from_id_salt("easing").width(ui.available_width()).selected_text(name(easing));
    let combo = combo.show_ui(ui, |ui| {
        for choice in Easing::ALL {
            if ui.selectable_label(choice == easing, name(choice)).on_hover_text(formula(choice)).clicked() {
                state.walk.timeline.easing = choice;
            }
        }
    });
    combo.response.on_hover_text(formula(easing)).accessible_name("Pace");
    let mut looped = state.walk.timeline.looped;
    let help = "Go on from the last key face to the first, without an end";
    if ui.checkbox(&mut looped, "Loop").on_hover_text(help).changed() {
        state.walk.set_looped(looped);
    }
}

/// Words for a pace.
fn name(easing: Easing) -> &'static str {
    match easing {
        Easing::Linear => "Even pace",
        Easing::EaseIn => "Begins at rest",
        Easing::EaseOut => "Comes to rest",
        Easing::EaseInOut => "Rests at each key face",
        Easing::Smoother => "Rests longer at each key face",
    }
}

/// The part of the way after the part t of the time between two key faces.
fn formula(easing: Easing) -> &'static str {
    match easing {
        Easing::Linear => "t, of the time between two key faces",
        Easing::EaseIn => "t²",
        Easing::EaseOut => "1 − (1 − t)²",
        Easing::EaseInOut => "3t² − 2t³ (smoothstep)",
        Easing::Smoother => "6t⁵ − 15t⁴ + 10t³ (Perlin 2002)",
    }
}

fn film(ui: &mut Ui, state: &mut State) {
    head(ui, "Film", |_| ());
    let mut pictures = state.walk.frames as f32;
    let help = "In films, the strip as a file and the curve";
    number(ui, "Pictures", "Pictures of the film", help, 5.0..=120.0, 1.0, &mut pictures);
    state.walk.frames = pictures.round() as usize;
    let help = "From one end to the other, or once round";
    number(ui, "Seconds", "Seconds from end to end", help, 0.5..=20.0, 0.5, &mut state.walk.seconds);
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

/// The other open models, to be ticked.
fn beside(ui: &mut Ui, state: &mut State) {
    head(ui, "Models side by side", |_| ());
    let shown: Vec<ModelId> = state.walk_models().iter().map(|model| model.id).collect();
    let others: Vec<(ModelId, String)> = (state.models.iter())
        .filter(|model| Some(model.id) != state.selected)
        .map(|model| (model.id, model.name.clone()))
        .collect();
    if others.is_empty() {
        ui.weak("Open another model to see the same walk through both");
        return;
    }
    let words = match shown.len() {
        0 | 1 => "This model alone".to_owned(),
        2 => "One beside this model".to_owned(),
        count => format!("{} beside this model", count - 1),
    };
    let help = "The same key faces, with the codes that each model gives them";
    let combo = ComboBox::from_id_salt("beside")
        .width(ui.available_width())
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .selected_text(words);
    let combo = combo.show_ui(ui, |ui| {
        for (id, name) in others {
            let mut on = shown.contains(&id);
            let enabled = on || shown.len() < MOST_MODELS;
            let response = ui.add_enabled(enabled, Checkbox::new(&mut on, name));
            if response.on_disabled_hover_text("Four are the most").changed() {
                state.walk_beside(id, on);
            }
        }
    });
    combo.response.on_hover_text(help).accessible_name("Models side by side");
}

fn files(ui: &mut Ui, state: &mut State) {
    head(ui, "Files", |_| ());
    let ready = state.walk_is_ready();
    ui.horizontal_wrapped(|ui| {
        for (text, save, help) in [
            (
                "GIF…",
                Save::WalkFilm(FilmFormat::Gif),
                "There and back, or the loop, with 256 colours a picture",
            ),
            ("WebP…", Save::WalkFilm(FilmFormat::WebP), "The same without loss, for browsers"),
            (
                "APNG…",
                Save::WalkFilm(FilmFormat::Apng),
                "The same without loss, for what shows PNG. There is no MP4",
            ),
            ("Strip…", Save::WalkStrip, "All pictures in one PNG, a row a model"),
            ("Frames…", Save::WalkFrames, "Every picture as a PNG in a folder"),
        ] {
            let response = ui.add_enabled(ready, Button::new(text));
            let response = response.on_hover_text(help).on_disabled_hover_text("There is no walk yet");
            if response.clicked() {
                state.effects.push(Effect::Pick(Pick::File(save)));
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        let open = ui.button("Open walk…");
        if open.on_hover_text("A .walk.json file; it can also be dropped on the window").clicked() {
            state.effects.push(Effect::Pick(Pick::Walk));
        }
        let problem = state.walk_plan().err();
        let save = ui.add_enabled(problem.is_none(), Button::new("Save walk…"));
        let help = "Key faces, times and way, to be opened again here or by interpolate --keys";
        let save = save.on_hover_text(help).on_disabled_hover_text(problem.unwrap_or_default());
        if save.clicked() {
            state.effects.push(Effect::Pick(Pick::File(Save::WalkPlan)));
        }
    });
    let line = cli_line::walk(state);
    let why = line.as_ref().err().copied().unwrap_or_default();
    copy_line(ui, state, false, line.ok(), why);
}
