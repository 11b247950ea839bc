//! Everything over the axis of time on the Interpolate screen: key faces, scrubber, strip, change from picture to
//! picture.

use std::borrow::Cow;

use eframe::egui::{Color32, Rect, Response, Stroke, Ui, UiBuilder, pos2, vec2};
use rust_i18n::t;

use crate::config::{KeyFace, even_times};
use crate::gui::intents::{self, Intent};
use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::state::reconstruct::DraggedPhoto;
use crate::gui::state::shelf::PhotoUse;
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
/// Smallest side of a picture of the strip: where there is less room, it has fewer.
const LEAST_STRIP_PICTURE: f32 = 30.0;
/// Points between the pictures of a strip.
const STRIP_GAP: f32 = 3.0;
/// Points that the words beside the choice of a measure take.
const WORDS: f32 = 230.0;
/// Height of the line that says what the curve is.
const CURVE_HEAD: f32 = theme::CONTROL + 2.0;

/// Part of the height that the pictures under the scrubber have at least, if need be without what is beneath.
const STAGE: f32 = 0.45;

/// Part of the height that the strips of several models take at most.
const STRIPS: f32 = 0.18;

/// Heights of the layers of the middle, from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layers {
    /// Of the pictures under the scrubber.
    pub stage: f32,
    lane: f32,
    /// None where there is no room for it.
    strip: Option<f32>,
    /// None where there is no room for it.
    curve: Option<f32>,
}

impl Layers {
    /// For a middle of this height and so many models. In a low window the curve goes first and the strip next, so that
    /// the pictures under the scrubber stay the largest ones.
    pub fn of(height: f32, models: usize) -> Self {
        // From the smallest window to the usual one.
        let part = ((height - 470.0) / 170.0).clamp(0.0, 1.0);
        let between = |least: f32, most: f32| least + (most - least) * part;
        let strip = match models {
            0 | 1 => between(42.0, STRIP_PICTURE),
            rows => (rows as f32 * between(26.0, 44.0)).min(height * STRIPS),
        };
        let (lane, curve) = (between(44.0, 62.0) + BENEATH, between(38.0, 58.0));
        let all = [(Some(strip), Some(curve)), (Some(strip), None), (None, None)].map(|(strip, curve)| {
            let layers = Layers { stage: 0.0, lane, strip, curve };
            Layers { stage: (height - layers.beneath() - theme::GAP).max(80.0), ..layers }
        });
        let [.., least] = all;
        all.into_iter().find(|layers| layers.stage >= height * STAGE).unwrap_or(least)
    }

    /// Points that everything beneath the pictures takes.
    fn beneath(&self) -> f32 {
        let strip = self.strip.map_or(0.0, |strip| theme::GAP + strip);
        let curve = self.curve.map_or(0.0, |curve| 2.0 * theme::GAP_SMALL + CURVE_HEAD + curve);
        self.lane + theme::GAP_SMALL + theme::CONTROL + strip + curve
    }
}

/// Shows everything beneath the pictures.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures, layers: Layers) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), layers.beneath()));
    let axis = TimeAxis { left: rect.left() + LEFT, right: rect.right() - RIGHT };
    state.walk.in_gesture = ui.input(|input| input.pointer.any_down());
    let mut bottom = rect.top();
    let mut row = |gap: f32, height: f32| {
        let top = bottom + gap;
        bottom = top + height;
        Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height))
    };
    lane(ui, state, textures, row(0.0, layers.lane), axis);
    scrubber(ui, state, row(theme::GAP_SMALL, theme::CONTROL), axis);
    if let Some(height) = layers.strip {
        strip(ui, state, textures, row(theme::GAP, height), axis);
    }
    let Some(height) = layers.curve else { return };
    let head_row = row(theme::GAP_SMALL, CURVE_HEAD).with_min_x(axis.left);
    let curve_row = row(theme::GAP_SMALL, height).with_min_x(axis.left).with_max_x(axis.right);
    let mut place = ui.new_child(UiBuilder::new().max_rect(head_row).id_salt("change head"));
    curve_head(&mut place, state);
    let mut place = ui.new_child(UiBuilder::new().max_rect(curve_row).id_salt("change"));
    if curve(&mut place, state) {
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
        let shown = face.map(|face| (face.clone(), textures.picture(ui.ctx(), face, true)));
        LaneKey { id: key.source.id, time: key.time, shown, icon, about }
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
        Some(LaneWish::Use(wanted, image)) => state.use_picture(Some((wanted, image))),
        Some(LaneWish::Put(id, DraggedPhoto(photo))) => {
            state.walk.selected = Some(id);
            state.use_photo(photo, PhotoUse::Key(id));
        }
        Some(LaneWish::Insert(time, DraggedPhoto(photo))) => {
            state.use_photo(photo, PhotoUse::NewKey((time * 100.0).round() as u8));
        }
        None => (),
    }
}

/// An icon and a few words for where a key face comes from.
pub fn about(state: &State, source: &Source) -> (Icon, String) {
    match source {
        Source::Sample(seed) => (Icon::Dice, t!("Draw of seed %{seed}", seed = seed).into()),
        Source::Sliders(_) => (Icon::Sliders, t!("Face from Explore").into()),
        Source::Code(code) => (Icon::Table, t!("Code of %{n} numbers", n = code.len()).into()),
        Source::Opening(file, _) => {
            let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
            (Icon::Photo, t!("%{name}, being opened", name = name).into())
        }
        Source::Photo(id, _) => {
            let photo = state.reconstruct.photo(*id);
            (Icon::Photo, photo.map_or_else(|| t!("Photo").into(), |photo| photo.info.name.clone()))
        }
    }
}

fn scrubber(ui: &mut Ui, state: &mut State, rect: Rect, axis: TimeAxis) {
    let ready = state.walk_is_ready();
    let (icon, name) = if state.walk.playing { (Icon::Pause, t!("Pause")) } else { (Icon::Play, t!("Play")) };
    let mut place = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("scrubber"));
    place.add_enabled_ui(ready, |ui| {
        let button = icon.button_sized(ui, &name, theme::CONTROL);
        if button.on_hover_text(intents::hover(Intent::Play, ui.ctx())).clicked() {
            Intent::Play.run(state);
        }
        // The knob of a track stands six points within its ends.
        let at = Rect::from_x_y_ranges(axis.left - 6.0..=rect.right(), rect.y_range());
        let mut place = ui.new_child(UiBuilder::new().max_rect(at).id_salt("track"));
        let name = t!("Position on the walk");
        let track = Track { name: &name, range: 0.0..=1.0, origin: 0.0, step: 0.05, quiet: false };
        if track::with_field(&mut place, &track, 2, "", &mut state.walk.position) {
            state.walk.playing = false;
        }
    });
}

/// Times of the pictures of a strip this wide: an odd number, so that there is a middle.
fn strip_times(rows: usize, width: f32) -> Vec<f32> {
    let most = if rows > 1 { 13 } else { 9 };
    let fits = |count: &usize| *count <= most && width / (*count - 1) as f32 >= LEAST_STRIP_PICTURE;
    even_times([13, 9, 7, 5].into_iter().find(fits).unwrap_or(3), false)
}

fn strip(ui: &mut Ui, state: &mut State, textures: &mut Textures, rect: Rect, axis: TimeAxis) {
    let ids: Vec<ModelId> = state.walk_models().iter().map(|model| model.id).collect();
    let rows = ids.len().max(1);
    let times = strip_times(rows, axis.right - axis.left);
    let spacing = (axis.right - axis.left) / (times.len() - 1) as f32;
    let room = (rect.height() - (rows - 1) as f32 * STRIP_GAP) / rows as f32;
    let side = room.min(spacing - STRIP_GAP).max(8.0).floor();
    let (mut chosen, mut wish) = (None, None);
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
                0 => t!("Position %{time}", time = format!("{time:.2}")),
                _ => t!("Position %{time}, row %{row}", time = format!("{time:.2}"), row = number + 1),
            };
            let response = picture::thumb(&mut place, texture, side, &name, here);
            wish = picture::offers(&place, &response, shown).or(wish.take());
            if response.clicked() {
                chosen = Some(*time);
            }
        }
        if rows > 1 {
            let dot = pos2(rect.left() + 10.0, top + side / 2.0);
            ui.painter().circle_filled(dot, 4.0, theme::run_color(ui, number));
        }
    }
    state.use_picture(wish);
    if let Some(time) = chosen {
        state.walk.position = time;
        state.walk.playing = false;
    }
}

fn curve_head(ui: &mut Ui, state: &mut State) {
    let (pixels, features) = (t!("Pixels"), t!("Features"));
    let pixels_help = t!(
        "Mean squared difference between each picture of the film and the next, per pixel and channel (full scale 1). An even curve is a smooth walk; a peak is a jump"
    );
    let features_help = t!(
        "Euclidean distance between each picture of the film and the next in the embedded features, a small network for faces: less of light and position, more of the face itself"
    );
    let help = match state.walk.measure {
        ChangeMeasure::Pixels => &*pixels_help,
        ChangeMeasure::Features => &*features_help,
    };
    let choices = [
        (ChangeMeasure::Pixels, &*pixels, &*pixels_help),
        (ChangeMeasure::Features, &*features, &*features_help),
    ];
    ui.set_max_width(ui.available_width() - RIGHT);
    let chosen = head(ui, &t!("Change per picture"), |ui| {
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
fn largest_words(state: &State) -> Cow<'static, str> {
    let row = state.selected.and_then(|model| state.walk.rows.get(&model));
    let steps = row.map_or(&[][..], |row| change(row, state.walk.measure));
    let mean = steps.iter().sum::<f64>() / steps.len().max(1) as f64;
    let largest = steps.iter().copied().fold(0.0, f64::max);
    if mean > 0.0 {
        let times = format!("{:.1}", largest / mean);
        t!("largest %{step}, %{times} × the mean", step = number(largest), times = times)
    } else {
        "".into()
    }
}

/// Shows the curve. Returns whether there is something on it.
fn curve(ui: &mut Ui, state: &mut State) -> bool {
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
    let name = t!("Change per picture");
    let axes = Axes {
        name: &name,
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
        chart.notice(ui, &t!("Nothing is measured yet"));
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
    most > 0.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_is_the_largest_picture_in_every_window() {
        // Middles beneath the tools: of 2560×1440, 1280×800, 1024×700, 900×600, and of the latter three at 150 %.
        for height in [1306.0, 666.0, 566.0, 466.0, 399.0, 333.0, 266.0] {
            for models in 1..=4 {
                let layers = Layers::of(height, models);
                assert!(layers.stage >= height * STAGE, "{height}, {models}: {layers:?}");
                assert!(layers.stage + layers.beneath() <= height, "{height}, {models}: {layers:?}");
                assert!(layers.strip.is_none_or(|strip| strip / models as f32 <= layers.stage / 2.0));
            }
        }
        assert!(Layers::of(566.0, 1).curve.is_some() && Layers::of(333.0, 1).curve.is_none());
    }
}
