//! The inspector of the Interpolate screen: the chosen key face, the path, the film, models beside each other, files.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use eframe::egui::{Button, ComboBox, Panel, PopupCloseBehavior, Rangef, ScrollArea, Ui};
use rust_i18n::t;

use crate::config::{Easing, WalkPath};
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head, interpolate_key, side_frame, side_range};
use crate::gui::state::walk::MOST_MODELS;
use crate::gui::state::{Effect, FilmFormat, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{segmented, tick_box};
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
            path(ui, state);
            ui.add_space(theme::GAP_LARGE);
            film(ui, state);
            ui.add_space(theme::GAP_LARGE);
            files(ui, state);
        });
    });
}

/// The path between the key faces, and its pace.
fn path(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("Path"), |ui| {
        let button = ui.button(t!("Space evenly"));
        if button.on_hover_text(t!("All key faces at equal distances in time")).clicked() {
            state.walk.space_evenly();
        }
    });
    let (circle, line) = (t!("Great circle"), t!("Straight line"));
    let helps = [
        t!("Keeps the length that Gaussian codes have (slerp, White 2016)"),
        t!("Passes nearer to the centre, where faces are average (lerp)"),
    ];
    let choices = [(WalkPath::Slerp, &*circle, &*helps[0]), (WalkPath::Lerp, &*line, &*helps[1])];
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
    combo.response.on_hover_text(formula(easing)).accessible_name(t!("Pace"));
    let mut looped = state.walk.timeline.looped;
    let help = t!("Go on from the last key face to the first, without an end");
    if tick_box::show(ui, &mut looped, t!("Loop")).on_hover_text(help).changed() {
        state.walk.set_looped(looped);
    }
}

/// Words for a pace.
fn name(easing: Easing) -> Cow<'static, str> {
    match easing {
        Easing::Linear => t!("Even pace"),
        Easing::EaseIn => t!("Begins at rest"),
        Easing::EaseOut => t!("Comes to rest"),
        Easing::EaseInOut => t!("Rests at each key face"),
        Easing::Smoother => t!("Rests longer at each key face"),
    }
}

/// The part of the way after the part t of the time between two key faces.
fn formula(easing: Easing) -> Cow<'static, str> {
    match easing {
        Easing::Linear => t!("t, the part of the time between two key faces"),
        Easing::EaseIn => "t²".into(),
        Easing::EaseOut => "1 − (1 − t)²".into(),
        Easing::EaseInOut => "3t² − 2t³ (smoothstep)".into(),
        Easing::Smoother => "6t⁵ − 15t⁴ + 10t³ (Perlin 2002)".into(),
    }
}

fn film(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("Film"), |_| ());
    let mut pictures = state.walk.frames as f32;
    let words =
        [t!("Pictures"), t!("Pictures of the film"), t!("In films, the strip as a file and the curve")];
    number(ui, &words, 5.0..=120.0, 1.0, &mut pictures);
    state.walk.frames = pictures.round() as usize;
    let words =
        [t!("Seconds"), t!("Seconds from end to end"), t!("From one end to the other, or once round")];
    number(ui, &words, 0.5..=20.0, 0.5, &mut state.walk.seconds);
}

/// A number with its label, its whole name and help.
fn number(
    ui: &mut Ui,
    [label, name, help]: &[Cow<'_, str>; 3],
    range: RangeInclusive<f32>,
    step: f32,
    value: &mut f32,
) {
    ui.horizontal(|ui| {
        let width = ui.label(&**label).on_hover_text(&**help).rect.width();
        ui.add_space((52.0 - width).max(0.0));
        let origin = *range.start();
        let track = Track { name, range, origin, step, quiet: false };
        track::with_field(ui, &track, if step < 1.0 { 1 } else { 0 }, "", value);
    });
}

/// The other open models, to be ticked.
fn beside(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("Models side by side"), |_| ());
    let shown: Vec<ModelId> = state.walk_models().iter().map(|model| model.id).collect();
    let others: Vec<(ModelId, String)> = (state.models.iter())
        .filter(|model| Some(model.id) != state.selected)
        .map(|model| (model.id, model.name.clone()))
        .collect();
    if others.is_empty() {
        ui.weak(t!("Open another model to see the same walk through both"));
        return;
    }
    let words = match shown.len() {
        0 | 1 => t!("Only the model in use"),
        2 => t!("1 beside the model in use"),
        count => t!("%{n} beside the model in use", n = count - 1),
    };
    let help = t!("The same key faces, with the codes that each model gives them");
    let combo = ComboBox::from_id_salt("beside")
        .width(ui.available_width())
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .selected_text(words);
    let combo = combo.show_ui(ui, |ui| {
        for (id, name) in others {
            let mut on = shown.contains(&id);
            let enabled = on || shown.len() < MOST_MODELS;
            let response = ui.add_enabled_ui(enabled, |ui| tick_box::show(ui, &mut on, name)).inner;
            if response.on_disabled_hover_text(t!("At most four models go side by side")).changed() {
                state.walk_beside(id, on);
            }
        }
    });
    combo.response.on_hover_text(help).accessible_name(t!("Models side by side"));
}

fn files(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("Save and open"), |_| ());
    let ready = state.walk_is_ready();
    ui.horizontal_wrapped(|ui| {
        for (text, save, help) in [
            (
                "GIF…".into(),
                Save::WalkFilm(FilmFormat::Gif),
                t!("A film there and back, or of the loop, with 256 colours a picture"),
            ),
            (
                "WebP…".into(),
                Save::WalkFilm(FilmFormat::WebP),
                t!("A film there and back, or of the loop, without loss, for browsers"),
            ),
            (
                "APNG…".into(),
                Save::WalkFilm(FilmFormat::Apng),
                t!("A film there and back, or of the loop, without loss, for programs that show PNG"),
            ),
            (t!("Strip…"), Save::WalkStrip, t!("All pictures in one PNG, a row a model")),
            (t!("Frames…"), Save::WalkFrames, t!("Every picture as a PNG in a folder")),
        ] {
            let response = ui.add_enabled(ready, Button::new(text));
            let response = response.on_hover_text(help).on_disabled_hover_text(t!("There is no walk yet"));
            if response.clicked() {
                state.effects.push(Effect::Pick(Pick::File(save)));
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        let open = ui.button(t!("Open walk…"));
        if open.on_hover_text(t!("A .walk.json file; its path can also be pasted, and the file dropped where the desktop delivers drops")).clicked() {
            state.effects.push(Effect::Pick(Pick::Walk));
        }
        let problem = state.walk_plan().err();
        let save = ui.add_enabled(problem.is_none(), Button::new(t!("Save walk…")));
        let help = t!("Key faces, times and path, to be opened again here or by interpolate --keys");
        let save = save.on_hover_text(help).on_disabled_hover_text(problem.unwrap_or_default());
        if save.clicked() {
            state.effects.push(Effect::Pick(Pick::File(Save::WalkPlan)));
        }
    });
    let line = cli_line::walk(state);
    let why = line.as_ref().err().cloned().unwrap_or_default();
    copy_line(ui, state, false, line.ok(), &why);
}
