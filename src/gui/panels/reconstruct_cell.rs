//! A model in the grid of the Reconstruct screen: what it made of the photo, how near that is, what can be done with it.

use std::borrow::Cow;
use std::sync::Arc;

use eframe::egui::{
    Align, Color32, Label, Layout, Rect, Response, RichText, Stroke, StrokeKind, Ui, UiBuilder, Vec2, vec2,
};
use rust_i18n::t;

use crate::gui::quantity_words;
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::photo_grid::{Look, key};
use crate::gui::state::picture::{Picture, heat_map};
use crate::gui::state::reconstruct::{FilterResult, ReconstructionResult, Search};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::picture::{self, PictureWish};
use crate::gui::widgets::track;
use crate::gui::widgets::{sparkline, wipe};
use crate::report::PixelMetrics;
use crate::report::quantities::{PIXELS, RE};
use crate::report::trained_on_words;
use crate::table::Measure;
use crate::worker::protocol::{FilterKind, ModelId, ModelInfo};

/// Height of the words beneath a picture: name, numbers.
pub const AROUND: f32 = 42.0;
/// Height of the line of numbers.
pub const NUMBERS: f32 = 18.0;
/// Room in which the numbers stand with their names.
const WIDE: f32 = 215.0;
/// Room in which all three numbers stand.
const NARROW: f32 = 152.0;
/// Room for the tools over the corner of a picture.
const TOOLS: Vec2 = vec2(96.0, 30.0);
/// Height of the line about a search, at the bottom of a picture.
const SEARCH: f32 = 24.0;
/// Room in which that line has its curve.
const SEARCH_CURVE: f32 = 150.0;
/// Seconds for which the place of a model that was chosen glows.
const GLOW: f32 = 1.2;

/// A model of the grid, as far as its cell needs it.
pub struct CellModel {
    /// The model.
    pub id: ModelId,
    name: String,
    about: String,
    encodes: bool,
    seeks: bool,
    key: String,
}

impl CellModel {
    /// Takes what a cell needs.
    pub fn of(model: &ModelInfo) -> Self {
        let config = &model.config;
        CellModel {
            id: model.id,
            name: model.name.clone(),
            about: t!(
                "%{kind} · %{size} · %{n} dims",
                kind = config.label(),
                size = config.size_in_words(),
                n = config.latent_dim
            )
            .into(),
            encodes: config.kind.has_encoder(),
            seeks: config.has_gradients(),
            key: key(model),
        }
    }
}

/// The measures that all cells of a frame share.
#[derive(Clone, Copy)]
pub struct CellPlace {
    /// Side of the picture.
    pub side: f32,
}

/// Shows a model. `best` says at which metrics it is the best of those shown. Returns what is wanted of its picture.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    textures: &mut Textures,
    model: &CellModel,
    CellPlace { side }: CellPlace,
    best: [bool; PIXELS.len()],
) -> PictureWish {
    let result = state.reconstruct.shown(model.id).cloned();
    let size = vec2(side, side + AROUND);
    let shown = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.set_max_width(side);
        compact_lines(ui);
        let seen = result.as_deref().map(|result| Seen {
            input: &result.input,
            output: &result.output,
            difference: &result.difference,
        });
        let (picture, wish) = view(ui, state, textures, seen, &model.name, side);
        if let Some(search) = result.as_deref().and_then(|result| result.search.as_ref()) {
            progress(ui, search, picture);
        }
        reveal(ui, state, model, picture);
        let explored = tools(ui, state, model, result.as_deref(), picture);
        let colors = theme::colors(ui);
        let in_use = state.selected == Some(model.id);
        title(ui, &model.name, &model.about, if in_use { colors.accent } else { colors.text_strong });
        match result.as_deref() {
            Some(result) => {
                ui.horizontal(|ui| {
                    numbers(ui, &result.metrics, best);
                    trained_on(ui, result);
                });
            }
            None if !model.encodes && !model.seeks => {
                ui.weak(t!("Takes no photos")).on_hover_text(t!(
                    "This generator has no encoder, and the runtime of ONNX gives no gradients along which a code could be sought"
                ));
            }
            None => {
                ui.weak("…");
            }
        }
        if let (true, Some(result)) = (explored, &result) {
            state.select(model.id);
            state.explore_code(&result.code, result.residual.clone());
        }
        wish
    });
    shown.inner
}

/// Brings a model that was chosen into sight, and lets its place glow for a moment.
fn reveal(ui: &Ui, state: &mut State, model: &CellModel, picture: Rect) {
    let is_chosen = state.reconstruct.reveal == Some(model.id);
    if is_chosen {
        state.reconstruct.reveal = None;
        ui.scroll_to_rect(picture.expand2(vec2(0.0, AROUND)), None);
    }
    let seconds = if is_chosen { 0.0 } else { GLOW };
    let glow = ui.ctx().animate_bool_with_time(ui.scope_id().with("glow"), is_chosen, seconds);
    if glow > 0.0 {
        let line = Stroke::new(3.0, theme::colors(ui).accent.gamma_multiply(glow));
        ui.painter().rect_stroke(picture, theme::RADIUS, line, StrokeKind::Outside);
    }
}

/// Sets words beneath a picture close to each other: no line is higher than its letters.
pub fn compact_lines(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.spacing_mut().interact_size.y = NUMBERS;
}

/// The name of a filter.
fn filter_name(kind: FilterKind) -> Cow<'static, str> {
    match kind {
        FilterKind::Median => t!("median"),
        FilterKind::Gaussian => t!("Gaussian blur"),
        FilterKind::NonLocalMeans => t!("non-local means"),
    }
}

/// A filter in the grid, with the clean photo and its result. Returns what is wanted of its picture.
pub fn filter(
    ui: &mut Ui,
    state: &mut State,
    textures: &mut Textures,
    kind: FilterKind,
    (input, result): (Option<Picture>, Option<Arc<FilterResult>>),
    CellPlace { side }: CellPlace,
    best: [bool; PIXELS.len()],
) -> PictureWish {
    let size = vec2(side, side + AROUND);
    let shown = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.set_max_width(side);
        compact_lines(ui);
        let name = filter_name(kind);
        let seen = input.as_ref().zip(result.as_ref()).map(|(input, result)| Seen {
            input,
            output: &result.output,
            difference: &result.difference,
        });
        let (_, wish) = view(ui, state, textures, seen, &name, side);
        let settings = result.as_ref().map_or(name.clone(), |result| said(&result.filter));
        let about = t!("A filter, which has learned nothing: %{settings}", settings = settings);
        title(ui, &name, &about, theme::colors(ui).text);
        match result.as_deref() {
            Some(result) => {
                ui.horizontal(|ui| numbers(ui, &result.metrics, best));
            }
            None => {
                ui.weak("…");
            }
        }
        wish
    });
    shown.inner
}

/// The parts of a result that a view needs.
struct Seen<'a> {
    input: &'a Picture,
    output: &'a Picture,
    difference: &'a [f32],
}

/// The picture, as the grid shows it, its place, and what is wanted of it.
fn view(
    ui: &mut Ui,
    state: &mut State,
    textures: &mut Textures,
    seen: Option<Seen<'_>>,
    name: &str,
    side: f32,
) -> (Rect, PictureWish) {
    let size = vec2(side, side);
    let place = Rect::from_min_size(ui.cursor().min, size);
    let smooth = state.settings.smooth;
    let look = state.settings.grid.look;
    let words = t!("Reconstruction by %{model}", model = name);
    let Some(result) = seen else {
        picture::view(ui, None, size, &words);
        return (place, None);
    };
    let wish = match look {
        Look::Reconstruction => {
            let output = textures.picture(ui.ctx(), result.output, smooth);
            let response = picture::offered(ui, Some(output), size, &words);
            // The photo in place of what was made of it, for as long as the pointer is held down on it.
            if response.contains_pointer() && ui.input(|input| input.pointer.primary_down()) {
                let input = textures.picture(ui.ctx(), result.input, smooth);
                picture::paint(ui.painter(), response.rect, input, theme::RADIUS);
            }
            picture::offers(ui, &response, Some(result.output))
        }
        Look::Wipe => {
            let pictures =
                [result.input, result.output].map(|picture| textures.picture(ui.ctx(), picture, smooth));
            let divider = &mut state.reconstruct.divider;
            let words = t!("Divider of photo and reconstruction by %{model}", model = name);
            let response = wipe::show(ui, pictures, side, divider, &words);
            picture::offers(ui, &response, Some(result.output))
        }
        Look::Difference => {
            let gain = state.reconstruct.gain;
            let heat = textures.difference(ui.ctx(), result.output, result.difference, gain);
            let words = t!("Difference of %{model}", model = name);
            let response = picture::offered(ui, Some(heat), size, &words);
            difference(ui, response, result.input, result.difference, gain)
        }
    };
    (place, wish)
}

/// Offers the picture of a difference, and reads it under the pointer.
pub fn difference(
    ui: &Ui,
    response: Response,
    input: &Picture,
    difference: &[f32],
    gain: f32,
) -> PictureWish {
    let heat = || heat_map(difference, gain, input.image.width()).map(Arc::new);
    let wish = picture::offers_of(ui, &response, heat);
    read_difference(response, input, difference);
    wish
}

/// The name beneath the picture.
fn title(ui: &mut Ui, name: &str, about: &str, color: Color32) {
    ui.add(Label::new(theme::semibold(name, 13.0).color(color)).truncate()).on_hover_ui(|ui| {
        ui.label(theme::semibold(name, 13.0));
        ui.label(about);
    });
}

/// Tools over the corner of the picture, seen while the pointer is on it or one of them is on or has the keyboard.
/// Returns whether the face is to be explored.
fn tools(
    ui: &mut Ui,
    state: &mut State,
    model: &CellModel,
    result: Option<&ReconstructionResult>,
    picture: Rect,
) -> bool {
    let place = Rect::from_min_size(picture.right_top() - vec2(TOOLS.x + 4.0, -4.0), TOOLS);
    let id = ui.scope_id().with(("tools", model.id));
    let focused = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let refined = state.reconstruct.refined.contains(&model.id);
    let seen = focused || refined || ui.rect_contains_pointer(picture);
    let layout = Layout::right_to_left(Align::Center);
    // A child of its own, which takes no room of the cell.
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
    ui.spacing_mut().item_spacing.x = 0.0;
    match seen {
        true => {
            let ground = theme::colors(ui).panel.gamma_multiply(0.85);
            ui.painter().rect_filled(place, theme::RADIUS_SMALL, ground);
        }
        false => ui.set_opacity(0.0),
    }
    let hide = Icon::Eye.button(ui, &t!("Hide %{model}", model = model.name));
    let hide = hide.on_hover_text(t!("Hide this model here; the list of models above shows it again"));
    if hide.clicked() {
        state.settings.grid.show(model.key.clone(), false);
    }
    let refine = refine_button(ui, state, model);
    let explore = explore_button(ui, model, result);
    let focused = [&hide, &refine, &explore].iter().any(|response| response.has_focus());
    ui.data_mut(|data| data.insert_temp(id, focused));
    explore.clicked()
}

fn explore_button(ui: &mut Ui, model: &CellModel, result: Option<&ReconstructionResult>) -> Response {
    let is_over = |search: &Search| search.is_finished();
    let ready = result.is_some_and(|result| result.search.as_ref().is_none_or(is_over));
    let name = t!("Explore this face with %{model}", model = model.name);
    let button = ui.add_enabled_ui(ready, |ui| Icon::Sliders.button(ui, &name)).inner;
    button.on_hover_ui(|ui| {
        ui.label(t!("Explore this face: move the sliders of this model to the code of the photo"));
        if let Some(re) = result.and_then(|result| result.through_prior) {
            ui.label(t!(
                "Its prior leads the code to noise and back, which changes the picture by an RE of %{re}; what is lost is added again, for as long as you stay with this face",
                re = RE.shown(re)
            ));
        }
    })
}

/// Seeks a better code than the encoder's, or another than was found.
fn refine_button(ui: &mut Ui, state: &mut State, model: &CellModel) -> Response {
    if !model.encodes {
        let help = t!(
            "Seek again: this model has no encoder, and the code of the photo is sought from the centre and seven draws"
        );
        let name = t!("Seek again with %{model}", model = model.name);
        let again =
            ui.add_enabled_ui(model.seeks, |ui| Icon::Dice.button(ui, &name)).inner.on_hover_text(help);
        if again.clicked() {
            state.reconstruct.inversion.seed += 1;
        }
        return again;
    }
    let on = state.reconstruct.refined.contains(&model.id);
    let help = t!(
        "Refine: begin at the encoder’s code and go down the gradient of the decoder to the code whose picture is nearest to the photo"
    );
    let name = t!("Refine with %{model}", model = model.name);
    let refine = ui.add_enabled_ui(model.seeks, |ui| Icon::Target.toggle(ui, on, &name)).inner;
    let refine = refine.on_hover_text(help).on_disabled_hover_text(t!(
        "The runtime of ONNX gives no gradients along which a better code could be sought"
    ));
    if refine.clicked() {
        state.reconstruct.toggle_refined(model.id);
    }
    refine
}

/// The metrics in a line, the best of all marked.
fn numbers(ui: &mut Ui, metrics: &PixelMetrics, best: [bool; PIXELS.len()]) {
    let colors = theme::colors(ui);
    ui.set_height(NUMBERS);
    let room = ui.available_width();
    let wide = room >= WIDE;
    // The RE says what the PSNR says of a single picture.
    let first = if room < NARROW { 1 } else { 0 };
    ui.spacing_mut().item_spacing.x = if wide { theme::GAP } else { 5.0 };
    for (measure, best) in PIXELS.iter().zip(best).skip(first) {
        let text = match wide {
            true => number(measure, metrics),
            false => measure.quantity.brief_with_unit((measure.read)(metrics)),
        };
        let text = match best {
            true => theme::semibold(text, 12.0).color(colors.good),
            false => RichText::new(text).size(12.0).color(colors.text),
        };
        ui.label(text).on_hover_ui(|ui| {
            ui.label(theme::semibold(quantity_words::title(&measure.quantity), 13.0));
            ui.label(quantity_words::help(&measure.quantity));
            if best {
                ui.weak(t!("The best of those shown"));
            }
        });
    }
}

/// Says beside the numbers that they are of an image which the model knows.
fn trained_on(ui: &mut Ui, result: &ReconstructionResult) {
    if trained_on_words(result.trained_on, result.metrics.n).is_some() {
        ui.weak("*").on_hover_text(t!(
            "The model was fitted to this very picture: the numbers say how well it knows it, not what it does with new ones"
        ));
    }
}

/// A metric where there is little room.
pub fn number(measure: &Measure<PixelMetrics>, metrics: &PixelMetrics) -> String {
    let Measure { quantity, read } = measure;
    match quantity.unit.is_empty() {
        true => format!("{} {}", quantity.label, quantity.brief(read(metrics))),
        false => quantity.brief_with_unit(read(metrics)),
    }
}

/// Progress of a search for a code, at the bottom of the picture that it has come to.
fn progress(ui: &mut Ui, search: &Search, picture: Rect) {
    let (from, to) = (f64::from(search.curve[0]), f64::from(search.curve[search.curve.len() - 1]));
    let place =
        picture.with_min_y(picture.bottom() - SEARCH).shrink2(vec2(4.0, 0.0)).translate(vec2(0.0, -4.0));
    let layout = Layout::left_to_right(Align::Center);
    // A child of its own, which takes no room of the cell.
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(place.shrink2(vec2(6.0, 0.0))).layout(layout));
    let ground = theme::colors(ui).panel.gamma_multiply(0.85);
    ui.painter().rect_filled(place, theme::RADIUS_SMALL, ground);
    if place.width() > SEARCH_CURVE {
        sparkline::show(ui, &search.curve, search.steps + 1, &t!("RE while the code is sought"));
    }
    let words = match search.step < search.steps {
        true => t!("%{step} of %{steps}", step = search.step, steps = search.steps),
        false => t!("%{n} steps", n = search.steps),
    };
    ui.add(Label::new(RichText::new(words).size(12.0)).truncate()).on_hover_ui(|ui| {
        ui.label(t!(
            "%{step} of %{steps} steps in %{seconds} s, RE %{from} → %{to}, %{distance} σ from the centre",
            step = search.step,
            steps = search.steps,
            seconds = track::number(search.seconds, 1),
            from = RE.shown(from),
            to = RE.shown(to),
            distance = track::number(search.prior_distance, 2)
        ));
        ui.weak(t!(
            "The squared error falls as the code goes down the gradient of the decoder; the encoder takes no part in it. The distance is the root mean square of the code in standard deviations of the codes that the model knows: about 1 for a typical one, and far above it the decoder was never trained"
        ));
    });
}

/// Reads the difference under the pointer.
pub fn read_difference(response: Response, input: &Picture, difference: &[f32]) {
    let image = &input.image;
    let (width, height) = (image.width(), image.height());
    let rect = response.rect;
    response.on_hover_ui_at_pointer(|ui| {
        let Some(pointer) = ui.ctx().pointer_hover_pos() else { return };
        let place = (pointer - rect.min) / rect.size();
        let x = ((place.x * width as f32) as usize).min(width - 1);
        let y = ((place.y * height as f32) as usize).min(height - 1);
        let value = difference.get(y * width + x).copied().unwrap_or(0.0);
        ui.label(theme::semibold(format!("{value:.3}"), 13.0));
        ui.weak(t!("mean over R, G and B of the absolute difference at column %{x}, row %{y}", x = x, y = y));
    });
}
