//! Everything over the axis of time on the Interpolate screen: key faces, scrubber, strip, change from picture to
//! picture.

use eframe::egui::{Color32, Rect, Response, Stroke, Ui, UiBuilder, pos2, vec2};

use crate::config::{KeyFace, even_times};
use crate::gui::intents::{self, Intent};
use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::walk::{ChangeMeasure, Key, LEAST_KEYS, Source, WalkRow};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::chart::{Axes, Chart};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::key_lane::{self, BENEATH, LaneKey, LaneWish, TimeAxis};
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{picture, segmented};
use crate::worker::protocol::ModelId;

/// Points left of time 0, for the button that plays.
const LEFT: f32 = 44.0;
/// Points right of time 1, for the field with the position.
const RIGHT: f32 = 66.0;
/// Largest side of a picture of the strip.
const STRIP_PICTURE: f32 = 72.0;
/// Points between the pictures of a strip.
const STRIP_GAP: f32 = 3.0;
/// Points that the words beside the choice of a measure take.
const WORDS: f32 = 230.0;
/// Height of the line that says what the curve is.
const CURVE_HEAD: f32 = theme::CONTROL + 2.0;

/// Heights of the parts.
struct Heights {
    lane: f32,
    strip: f32,
    curve: f32,
}

impl Heights {
    /// For a middle of this height and so many models.
    fn of(height: f32, models: usize) -> Self {
        // From the smallest window to the usual one.
        let part = ((height - 470.0) / 170.0).clamp(0.0, 1.0);
        let between = |least: f32, most: f32| least + (most - least) * part;
        let strip = match models {
            0 | 1 => between(42.0, STRIP_PICTURE),
            rows => rows as f32 * between(26.0, 44.0),
        };
        Heights { lane: between(44.0, 62.0) + BENEATH, strip, curve: between(38.0, 58.0) }
    }
}

/// Points that all of it takes in a middle of this height.
pub fn height(height: f32, models: usize) -> f32 {
    let Heights { lane, strip, curve } = Heights::of(height, models);
    lane + theme::CONTROL + strip + CURVE_HEAD + curve + 4.0 * theme::GAP
}

/// Shows all of it at the bottom of a middle of this height.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures, middle: f32) {
    let height = height(middle, state.walk_models().len());
    let heights = Heights::of(middle, state.walk_models().len());
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    let axis = TimeAxis { left: rect.left() + LEFT, right: rect.right() - RIGHT };
    state.walk.in_gesture = ui.input(|input| input.pointer.any_down());
    let row = |top: f32, height: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
    let lane_row = row(rect.top(), heights.lane);
    lane(ui, state, textures, lane_row, axis);
    let scrubber_row = row(lane_row.bottom() + theme::GAP_SMALL, theme::CONTROL);
    scrubber(ui, state, scrubber_row, axis);
    let strip_row = row(scrubber_row.bottom() + theme::GAP, heights.strip);
    strip(ui, state, textures, strip_row, axis);
    let head_row = row(strip_row.bottom() + theme::GAP_SMALL, CURVE_HEAD);
    let curve_row = Rect::from_min_max(
        pos2(axis.left, head_row.bottom() + theme::GAP_SMALL),
        pos2(axis.right, (head_row.bottom() + theme::GAP_SMALL + heights.curve).min(rect.bottom())),
    );
    let mut place =
        ui.new_child(UiBuilder::new().max_rect(head_row.with_min_x(axis.left)).id_salt("change head"));
    curve_head(&mut place, state);
    let mut place = ui.new_child(UiBuilder::new().max_rect(curve_row).id_salt("change"));
    curve(&mut place, state);
    if state.walk_is_ready() {
        let x = axis.at(state.walk.position);
        let line = Stroke::new(1.5, theme::colors(ui).accent.gamma_multiply(0.8));
        ui.painter().vline(x, curve_row.y_range(), line);
    }
}

fn lane(ui: &Ui, state: &mut State, textures: &mut Textures, rect: Rect, axis: TimeAxis) {
    let row = state.selected.and_then(|model| state.walk.rows.get(&model));
    let key = |key: &KeyFace<Key>| {
        let face = row.and_then(|row| row.faces.get(&key.source.id));
        let (icon, about) = about(state, &key.source.source);
        let texture = face.map(|face| textures.picture(ui.ctx(), face, true));
        LaneKey { id: key.source.id, time: key.time, texture, icon, about }
    };
    let keys: Vec<LaneKey> = state.walk.keys().iter().map(key).collect();
    let selected = state.walk.shown_key().map(|(_, key)| key.source.id);
    let removable = keys.len() > LEAST_KEYS;
    match key_lane::show(ui, rect, axis, &keys, selected, removable) {
        Some(LaneWish::Select(id)) => {
            state.walk.selected = Some(id);
            if let Some((_, key)) = state.walk.key(id) {
                state.walk.position = key.time;
                state.walk.playing = false;
            }
        }
        Some(LaneWish::Move(id, time)) => {
            state.walk.selected = Some(id);
            state.walk.move_key(id, time);
        }
        Some(LaneWish::Remove(id)) => state.walk.remove(id),
        None => (),
    }
}

/// An icon and a few words for where a key face comes from.
pub fn about(state: &State, source: &Source) -> (Icon, String) {
    match source {
        Source::Sample(seed) => (Icon::Dice, format!("draw of seed {seed}")),
        Source::Sliders(_) => (Icon::Sliders, "face on Explore".into()),
        Source::Code(code) => (Icon::Table, format!("code of {} numbers", code.len())),
        Source::Opening(file, _) => {
            let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
            (Icon::Photo, format!("{name}, being opened"))
        }
        Source::Photo(id, _) => {
            let photo = state.reconstruct.photo(*id);
            (Icon::Photo, photo.map_or_else(|| "photo".into(), |photo| photo.info.name.clone()))
        }
    }
}

fn scrubber(ui: &mut Ui, state: &mut State, rect: Rect, axis: TimeAxis) {
    let ready = state.walk_is_ready();
    let (icon, name) = if state.walk.playing { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
    let mut place = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("scrubber"));
    place.add_enabled_ui(ready, |ui| {
        let button = icon.button_sized(ui, name, theme::CONTROL);
        if button.on_hover_text(intents::hover(Intent::Play, ui.ctx())).clicked() {
            Intent::Play.run(state);
        }
        // The knob of a track stands six points within its ends.
        let at = Rect::from_x_y_ranges(axis.left - 6.0..=rect.right(), rect.y_range());
        let mut place = ui.new_child(UiBuilder::new().max_rect(at).id_salt("track"));
        let name = "Position on the walk";
        let track = Track { name, range: 0.0..=1.0, origin: 0.0, step: 0.05, quiet: false };
        if track::with_field(&mut place, &track, 2, "", &mut state.walk.position) {
            state.walk.playing = false;
        }
    });
}

/// Times of the pictures of a strip: an odd number, so that there is a middle.
fn strip_times(rows: usize) -> Vec<f32> {
    even_times(if rows > 1 { 13 } else { 9 }, false)
}

fn strip(ui: &mut Ui, state: &mut State, textures: &mut Textures, rect: Rect, axis: TimeAxis) {
    let ids: Vec<ModelId> = state.walk_models().iter().map(|model| model.id).collect();
    let rows = ids.len().max(1);
    let times = strip_times(rows);
    let spacing = (axis.right - axis.left) / (times.len() - 1) as f32;
    let room = (rect.height() - (rows - 1) as f32 * STRIP_GAP) / rows as f32;
    let side = room.min(spacing - STRIP_GAP).max(8.0).floor();
    let mut chosen = None;
    for (number, id) in ids.iter().enumerate() {
        let ready = state.models.iter().any(|model| model.id == *id && state.walk_problem(model).is_none());
        let row = state.walk.rows.get(id).filter(|_| ready);
        let top = rect.top() + number as f32 * (side + STRIP_GAP);
        for time in &times {
            let shown = row.and_then(|row| row.film.get(state.walk.frame_at(*time)));
            let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, true));
            let here = ready && (state.walk.position - time).abs() <= 0.5 / (times.len() - 1) as f32;
            let at = Rect::from_min_size(pos2(axis.at(*time) - side / 2.0, top), vec2(side, side));
            let mut place = ui.new_child(UiBuilder::new().max_rect(at).id_salt((*id, time.to_bits())));
            let name = match number {
                0 => format!("Position {time:.2}"),
                _ => format!("Position {time:.2}, row {}", number + 1),
            };
            if picture::thumb(&mut place, texture, side, &name, here).clicked() {
                chosen = Some(*time);
            }
        }
        if rows > 1 {
            let dot = pos2(rect.left() + 10.0, top + side / 2.0);
            ui.painter().circle_filled(dot, 4.0, theme::run_color(ui, number));
        }
    }
    if let Some(time) = chosen {
        state.walk.position = time;
        state.walk.playing = false;
    }
}

const PIXELS_HELP: &str = "Mean squared difference between each picture of the film and the next, per pixel and \
                           channel (full scale 1). An even curve is a smooth walk; a peak is a jump";
const FEATURES_HELP: &str = "Euclidean distance between each picture of the film and the next in the embedded \
                             features, a small network for faces: less of light and position, more of the face itself";

fn curve_head(ui: &mut Ui, state: &mut State) {
    let help = match state.walk.measure {
        ChangeMeasure::Pixels => PIXELS_HELP,
        ChangeMeasure::Features => FEATURES_HELP,
    };
    let choices = [
        (ChangeMeasure::Pixels, "Pixels", PIXELS_HELP),
        (ChangeMeasure::Features, "Features", FEATURES_HELP),
    ];
    ui.set_max_width(ui.available_width() - RIGHT);
    let chosen = head(ui, "Change per picture", |ui| {
        let chosen = segmented::choice(ui, state.walk.measure, &choices);
        if ui.available_width() > WORDS {
            ui.weak(largest_words(state)).on_hover_text(help);
        }
        chosen
    });
    state.walk.measure = chosen.unwrap_or(state.walk.measure);
}

/// The curve of a model, if it was measured.
fn change(row: &WalkRow, measure: ChangeMeasure) -> &[f64] {
    match measure {
        ChangeMeasure::Pixels => &row.change,
        ChangeMeasure::Features => row.features.as_ref().map_or(&[], |features| &features.change),
    }
}

/// The largest step beside the mean of the model in use, as in "largest 0.0021, 3.1 × the mean".
fn largest_words(state: &State) -> String {
    let row = state.selected.and_then(|model| state.walk.rows.get(&model));
    let steps = row.map_or(&[][..], |row| change(row, state.walk.measure));
    let mean = steps.iter().sum::<f64>() / steps.len().max(1) as f64;
    let largest = steps.iter().copied().fold(0.0, f64::max);
    if mean > 0.0 {
        format!("largest {}, {:.1} × the mean", number(largest), largest / mean)
    } else {
        String::new()
    }
}

fn curve(ui: &mut Ui, state: &mut State) {
    let measure = state.walk.measure;
    let models = state.walk_models();
    let ready =
        |id: &ModelId| models.iter().any(|model| model.id == *id && state.walk_problem(model).is_none());
    let curves: Vec<(Color32, &[f64])> = models
        .iter()
        .enumerate()
        .filter(|(_, model)| ready(&model.id))
        .filter_map(|(index, model)| {
            let color =
                if models.len() > 1 { theme::run_color(ui, index) } else { theme::colors(ui).measure };
            Some((color, change(state.walk.rows.get(&model.id)?, measure)))
        })
        .collect();
    let most = curves.iter().flat_map(|(_, steps)| steps.iter()).copied().fold(0.0, f64::max);
    let axes = Axes {
        name: "Change per picture",
        x: 0.0..=1.0,
        y: 0.0..=(most * 1.15).max(f64::MIN_POSITIVE),
        height: ui.available_height(),
        x_title: None,
        y_ticks: false,
    };
    let chart = axes.show(ui);
    for (color, steps) in &curves {
        let points: Vec<_> = (0..steps.len())
            .map(|index| chart.at((index as f64 + 0.5) / steps.len() as f64, steps[index]))
            .collect();
        if curves.len() == 1 {
            chart.area(&points, color.gamma_multiply(0.18));
        }
        chart.line(points, Stroke::new(1.6, *color));
    }
    if most == 0.0 {
        chart.notice(ui, "Nothing is measured yet");
    }
    chart.painter.hline(
        chart.rect.x_range(),
        chart.rect.bottom() - 0.5,
        Stroke::new(1.0, theme::colors(ui).line),
    );
    let read = reading(&chart, &curves);
    drop(curves);
    if let Some((time, words)) = read {
        let response: &Response = &chart.response;
        response.clone().on_hover_text_at_pointer(words);
        if ui.input(|input| input.pointer.primary_down()) {
            state.walk.position = time;
            state.walk.playing = false;
        }
    }
}

/// The time under the pointer, and the numbers there.
fn reading(chart: &Chart, curves: &[(Color32, &[f64])]) -> Option<(f32, String)> {
    let time = chart.pointed()?;
    let values = curves.iter().filter_map(|(_, steps)| {
        let index = ((time * steps.len() as f64) as usize).min(steps.len().checked_sub(1)?);
        Some(number(steps[index]))
    });
    let values: Vec<String> = values.collect();
    Some((time as f32, format!("{time:.2} · {}", values.join(" · "))))
}

/// A change with as many digits as one reads.
fn number(change: f64) -> String {
    match change {
        small if small < 0.1 => format!("{small:.5}"),
        change => format!("{change:.2}"),
    }
}
