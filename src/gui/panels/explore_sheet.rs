//! The sheet beneath the picture of the Explore screen: draws, or faces made of others.

use std::borrow::Cow;

use eframe::egui::{ComboBox, Frame, Response, Sense, Ui, vec2};
use rust_i18n::t;

use crate::gui::cli_line;
use crate::gui::intents::{self, Intent};
use crate::gui::panels::{copy_line, is_compact};
use crate::gui::state::explore::SampleSheet;
use crate::gui::state::faces::{Face, Faces, PARTS, Tool};
use crate::gui::state::picture::Picture;
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::filmstrip::{FILM_GAP, filmstrip};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{picture, segmented};

/// Rows of the sheet.
pub const SHEET_ROWS: usize = 2;
/// Width of the slider of the mutation with its field.
const MUTATION: f32 = 150.0;
/// Side of the button that puts the face that is shown into a box.
const THIS_FACE: f32 = 20.0;
/// Room in which the slider of the mutation has its name beside it.
const MUTATION_NAME: f32 = 80.0;
/// Room in which the seed of the samples is said beside their tools.
const SEED: f32 = 60.0;
/// Side of a draw beside the boxes of a mixture or sum.
const SMALL: f32 = 40.0;

/// The sheets, with what each is for.
fn sheets() -> [(Tool, Cow<'static, str>, Cow<'static, str>); 4] {
    [
        (Tool::Samples, t!("Samples"), t!("Draws from the prior")),
        (Tool::Breed, t!("Breed"), t!("Choose faces that you like; their children take after them")),
        (Tool::Mix, t!("Mix"), t!("Some parts of the code from one face, the others from another")),
        (Tool::Sum, "A − B + C".into(), t!("Add to one face what sets two others apart")),
    ]
}

/// Shows the sheet, in pictures of this side.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures, side: f32, columns: usize) {
    let Some(tool) = state.faces_mut().map(|faces| faces.tool) else { return };
    head_of(ui, state, tool);
    match tool {
        Tool::Samples => samples(ui, state, textures, side, columns),
        Tool::Breed => children(ui, state, textures, side, columns),
        Tool::Mix | Tool::Sum => parts(ui, state, textures, tool, side * SHEET_ROWS as f32),
    }
}

fn head_of(ui: &mut Ui, state: &mut State, tool: Tool) {
    let compact = is_compact(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        let chosen = match compact {
            true => tool_list(ui, tool),
            false => {
                let sheets = sheets();
                let choices: Vec<_> =
                    sheets.iter().map(|(tool, name, help)| (*tool, &**name, &**help)).collect();
                segmented::choice(ui, tool, &choices)
            }
        };
        chosen.into_iter().for_each(|chosen| begin(state, chosen));
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| match tool {
            Tool::Samples => sample_tools(ui, state, compact),
            Tool::Breed => breeding_tools(ui, state),
            Tool::Mix | Tool::Sum => {
                let ready = state.faces_mut().is_some_and(|faces| faces.result.is_some());
                let words = t!("Explore the result");
                let button = ui.add_enabled_ui(ready, |ui| Icon::Sliders.button_with_text(ui, &words)).inner;
                let why = t!("Put a face into every box first");
                if button
                    .on_hover_text(t!("Move the sliders to the result"))
                    .on_disabled_hover_text(why)
                    .clicked()
                    && let Some(face) = state.faces_mut().and_then(|faces| faces.result.clone())
                {
                    take(state, &face.point);
                }
            }
        });
    });
}

/// The choice of a sheet where there is no room for all of them beside each other.
fn tool_list(ui: &mut Ui, tool: Tool) -> Option<Tool> {
    let sheets = sheets();
    let name = sheets.iter().find(|(other, ..)| *other == tool).map_or("", |(_, name, _)| &**name);
    let mut chosen = None;
    let combo = ComboBox::from_id_salt("sheet").width(96.0).selected_text(name).show_ui(ui, |ui| {
        for (other, name, help) in &sheets {
            let other = *other;
            if ui.selectable_label(other == tool, &**name).on_hover_text(&**help).clicked() {
                chosen = Some(other);
            }
        }
    });
    combo.response.accessible_name(t!("Sheet"));
    chosen
}

/// Changes to a sheet; that of children begins with the draws that are there.
fn begin(state: &mut State, tool: Tool) {
    let draws = state.explore().and_then(|explore| explore.samples.as_ref()).map(|sheet| sheet.codes.clone());
    let Some(faces) = state.faces_mut() else { return };
    faces.tool = tool;
    faces.result = None;
    if tool == Tool::Breed && faces.children.is_empty() {
        faces.found(&draws.unwrap_or_default());
    }
}

fn take(state: &mut State, point: &[f32]) {
    if let Some(explore) = state.explore_mut() {
        explore.set_code(point);
    }
}

fn sample_tools(ui: &mut Ui, state: &mut State, compact: bool) {
    let line = cli_line::samples(state);
    let seed = state.explore().map_or(0, |explore| explore.sample_seed);
    intents::tool(ui, state, Intent::NewSamples, compact);
    copy_line(ui, state, true, line, &t!("Open a model first"));
    let ready = state.explore().is_some_and(|explore| explore.samples.is_some());
    let save = ui.add_enabled_ui(ready, |ui| Icon::Save.button(ui, &t!("Save samples…"))).inner;
    if save.on_hover_text(t!("Save samples: the whole sheet as a PNG file")).clicked() {
        state.effects.push(Effect::Pick(Pick::File(Save::SampleSheet)));
    }
    if ui.available_width() < SEED {
        return;
    }
    ui.weak(t!("seed %{seed}", seed = seed)).on_hover_text(t!("The same seed draws the same samples"));
}

fn samples(ui: &mut Ui, state: &mut State, textures: &mut Textures, side: f32, columns: usize) {
    let Some(explore) = state.explore() else { return };
    let samples = explore.samples.as_ref();
    let (mut chosen, mut wish) = (None, None);
    sheet(ui, columns, side, |ui, index| {
        let shown = samples.and_then(|samples| samples.pictures.get(index));
        let code = samples.and_then(|samples| samples.codes.get(index));
        let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, true));
        let response = picture::thumb(ui, texture, side, &sample_name(index), false);
        let response = draggable(ui, response, shown, code);
        wish = picture::offers(ui, &response, shown).or(wish.take());
        let help = t!("Click to move the sliders to this sample, or drag it into a box of a new direction");
        if response.on_hover_text(help).clicked() {
            chosen = code.cloned();
        }
    });
    state.use_picture(wish);
    chosen.into_iter().for_each(|code| take(state, &code));
}

fn sample_name(index: usize) -> Cow<'static, str> {
    t!("Sample %{number}", number = index + 1)
}

/// The pictures of a sheet, row by row.
fn sheet(ui: &mut Ui, columns: usize, side: f32, mut one: impl FnMut(&mut Ui, usize)) {
    for row in 0..SHEET_ROWS {
        filmstrip(ui, columns, side, |ui| {
            (row * columns..(row + 1) * columns).for_each(|index| one(ui, index))
        });
        ui.add_space(FILM_GAP - ui.spacing().item_spacing.y);
    }
}

/// A face that can be dragged into a box.
fn draggable(ui: &Ui, response: Response, shown: Option<&Picture>, code: Option<&Vec<f32>>) -> Response {
    let Some((picture, point)) = shown.zip(code) else { return response };
    let response = response.interact(Sense::click_and_drag());
    if response.drag_started() {
        response.dnd_set_drag_payload(Face { point: point.clone(), picture: picture.clone() });
    }
    if response.dragged() {
        ui.set_cursor_icon(eframe::egui::CursorIcon::Grabbing);
    }
    response
}

fn breeding_tools(ui: &mut Ui, state: &mut State) {
    let spread = state.explore().map(|explore| explore.spread()).unwrap_or_default();
    let draws = state.explore().and_then(|explore| explore.samples.as_ref()).map(|sheet| sheet.codes.clone());
    let Some(faces) = state.faces_mut() else { return };
    let ready = !faces.liked.is_empty();
    let next = ui.add_enabled_ui(ready, |ui| ui.button(t!("Next generation"))).inner;
    let help = t!(
        "Children of the chosen faces take each number of the code from one of them. Generation %{number}",
        number = faces.generation
    );
    if next.on_hover_text(help).on_disabled_hover_text(t!("Choose one or more faces first")).clicked() {
        faces.breed(&spread);
    }
    let again = Icon::Dice.button(ui, &t!("Start again"));
    if again.on_hover_text(t!("Start again with draws")).clicked() {
        faces.found(&draws.unwrap_or_default());
    }
    ui.scope(|ui| {
        ui.set_max_width(MUTATION.min(ui.available_width()));
        let name = t!("Mutation");
        let track = Track { name: &name, range: 0.0..=1.0, origin: 0.0, step: 0.05, quiet: false };
        track::with_field(ui, &track, 2, "", &mut faces.mutation);
    })
    .response
    .on_hover_text(t!(
        "Mutation: noise in children beside what they inherit; 0 is none, 1 is nothing but noise, a new draw"
    ));
    if ui.available_width() > MUTATION_NAME {
        ui.weak(t!("Mutation"));
    }
}

fn children(ui: &mut Ui, state: &mut State, textures: &mut Textures, side: f32, columns: usize) {
    let Some(faces) = state.faces_mut() else { return };
    let (mut chosen, mut taken, mut wish) = (None, None, None);
    sheet(ui, columns, side, |ui, index| {
        let shown = faces.pictures.get(index);
        let code = faces.children.get(index);
        let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, true));
        let liked = faces.liked.contains(&index);
        let name = t!("Child %{number}", number = index + 1);
        let response = picture::thumb(ui, texture, side, &name, liked);
        let response = draggable(ui, response, shown, code);
        wish = picture::offers(ui, &response, shown).or(wish.take());
        let help = t!("Click to choose it as a parent, double-click to move the sliders to it");
        let response = response.on_hover_text(help);
        if response.double_clicked() {
            taken = code.cloned();
        } else if response.clicked() && code.is_some() {
            chosen = Some(index);
        }
    });
    if let Some(index) = chosen
        && !faces.liked.remove(&index)
    {
        faces.liked.insert(index);
    }
    state.use_picture(wish);
    taken.into_iter().for_each(|code| take(state, &code));
}

/// The faces that a mixture or sum is made of, its result, and draws to choose from.
fn parts(ui: &mut Ui, state: &mut State, textures: &mut Textures, tool: Tool, height: f32) {
    let side = (height - theme::CONTROL).max(48.0);
    let count = if tool == Tool::Mix { 2 } else { 3 };
    let now = state.face_now();
    let grid = state.model().and_then(|model| Faces::grid(&model.config));
    let draws = state.explore().and_then(|explore| explore.samples.clone());
    let Some(faces) = state.faces_mut() else { return };
    let mut wish = None;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        for number in 0..count {
            if tool == Tool::Sum && number > 0 {
                sign(ui, ["", "−", "+"][number], side);
            }
            part(ui, faces, textures, number, side, now.as_ref());
        }
        if tool == Tool::Mix {
            places(ui, faces, grid, side);
        }
        sign(ui, "=", side);
        let shown = faces.result.as_ref().filter(|_| faces.parts[..count].iter().all(Option::is_some));
        let texture = shown.map(|face| textures.picture(ui.ctx(), &face.picture, true));
        let response = picture::offered(ui, texture, vec2(side, side), &t!("Result"));
        wish = picture::offers(ui, &response, shown.map(|face| &face.picture));
        ui.add_space(theme::GAP);
        let Some(draws) = draws else { return };
        let chosen = choices(ui, textures, &draws);
        if let Some(face) = chosen {
            let empty = (0..count).find(|number| faces.parts[*number].is_none());
            faces.parts[empty.unwrap_or(0)] = Some(face);
        }
    });
    state.use_picture(wish);
}

/// A sign between pictures of this side.
fn sign(ui: &mut Ui, sign: &str, side: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, side), Sense::hover());
    let color = theme::colors(ui).text;
    let font = theme::semibold_font(18.0);
    ui.painter().text(rect.center(), eframe::egui::Align2::CENTER_CENTER, sign, font, color);
}

/// Draws to be dragged into boxes or clicked into the next empty one.
fn choices(ui: &mut Ui, textures: &mut Textures, draws: &SampleSheet) -> Option<Face> {
    let mut chosen = None;
    ui.vertical(|ui| {
        let columns = ((ui.available_width() + FILM_GAP) / (SMALL + FILM_GAP)).floor().max(1.0) as usize;
        ui.spacing_mut().item_spacing = vec2(FILM_GAP, FILM_GAP);
        for row in 0..SHEET_ROWS {
            ui.horizontal(|ui| {
                for index in row * columns..(row + 1) * columns {
                    let Some((picture, point)) = draws.pictures.get(index).zip(draws.codes.get(index)) else {
                        return;
                    };
                    let texture = Some(textures.picture(ui.ctx(), picture, true));
                    let response = picture::thumb(ui, texture, SMALL, &sample_name(index), false);
                    let response = draggable(ui, response, Some(picture), Some(point));
                    let help = t!("Drag it into a box, or click to put it into the next empty one");
                    if response.on_hover_text(help).clicked() {
                        chosen = Some(Face { point: point.clone(), picture: picture.clone() });
                    }
                }
            });
        }
    });
    chosen
}

fn part(
    ui: &mut Ui,
    faces: &mut Faces,
    textures: &mut Textures,
    number: usize,
    side: f32,
    now: Option<&Face>,
) {
    let name = PARTS[number];
    ui.vertical(|ui| {
        ui.set_width(side);
        let (_, dropped) = ui.dnd_drop_zone::<Face, _>(Frame::new(), |ui| {
            let shown = faces.parts[number].as_ref();
            let texture = shown.map(|face| textures.picture(ui.ctx(), &face.picture, true));
            let response = picture::thumb(ui, texture, side, &t!("Face %{name}", name = name), false);
            let help = match shown {
                Some(_) => t!("Click to take it out"),
                None => t!("Drag a face here, or click one at the right"),
            };
            if response.on_hover_text(help).clicked() {
                faces.parts[number] = None;
            }
        });
        if let Some(face) = dropped {
            faces.parts[number] = Some((*face).clone());
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(theme::semibold(name, 12.0));
            let words = t!("%{part} this face", part = name);
            let button = |ui: &mut Ui| Icon::Sliders.button_sized(ui, &words, THIS_FACE);
            let button = ui.add_enabled_ui(now.is_some(), button).inner;
            if button.on_hover_text(t!("Put the face that is shown here, without edits")).clicked() {
                faces.parts[number] = now.cloned();
            }
        });
    });
}

/// The field that says which parts of the code come from B: places of a grid, or bands of numbers.
fn places(ui: &mut Ui, faces: &mut Faces, grid: Option<usize>, side: f32) {
    let columns = grid.unwrap_or(1);
    let rows = faces.from_b.len().div_ceil(columns.max(1));
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click_and_drag());
    response.widget_info(|| {
        let words = t!("Parts of the code from B");
        eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Image, true, words)
    });
    let cell = vec2(rect.width() / columns as f32, rect.height() / rows as f32);
    let colors = theme::colors(ui);
    let id = response.id;
    if let Some(pointer) = response.interact_pointer_pos().filter(|pointer| rect.contains(*pointer)) {
        let place = (pointer - rect.min) / cell;
        let at = (place.y as usize).min(rows - 1) * columns + (place.x as usize).min(columns - 1);
        if let Some(from_b) = faces.from_b.get_mut(at) {
            // A sweep makes all places what its first one became.
            let first = ui.input(|input| input.pointer.primary_pressed());
            let wanted = if first { !*from_b } else { ui.data(|data| data.get_temp(id)).unwrap_or(*from_b) };
            ui.data_mut(|data| data.insert_temp(id, wanted));
            if response.is_pointer_button_down_on() {
                *from_b = wanted;
            }
        }
    }
    for (at, from_b) in faces.from_b.iter().enumerate() {
        let corner = rect.min + vec2((at % columns) as f32, (at / columns) as f32) * cell;
        let place = eframe::egui::Rect::from_min_size(corner, cell).shrink(0.75);
        let color = if *from_b { colors.accent } else { colors.well };
        ui.painter().rect_filled(place, 1.0, color);
    }
    response.on_hover_text(match grid {
        Some(_) => t!("The code lies on a grid: each place knows its own part of the face. Click or sweep to take it from B"),
        None => t!(
            "Numbers of the code from those that change the picture most (top) to those that change it least. Click or sweep to take them from B"
        ),
    });
}
