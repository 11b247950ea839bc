//! Directions in the inspector of the Explore screen: their sliders, and the making of new ones.

use std::borrow::Cow;

use eframe::egui::{CollapsingHeader, Label, RichText, TextEdit, Ui, vec2};
use rust_i18n::t;

use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head};
use crate::gui::state::explore::{Along, Explore};
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{self, Track};
use crate::gui::widgets::{direction_slider, picture, segmented};
use crate::report::DirectionMethod;

/// Room in which the unit of amounts stands in words, beside the head.
const UNITS: f32 = 140.0;
/// Side of a face in a box.
const BOXED: f32 = 34.0;

/// Shows the sliders of the directions that are found.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let Some(explore) = state.explore_mut() else { return };
    let (edited, mut clear) = (explore.is_edited(), false);
    let held = (0..explore.directions().len()).filter(|at| explore.is_held(*at)).count();
    let count = explore.directions().len();
    head(ui, &t!("Directions"), |ui| {
        if count > 0 {
            let button = ui.add_enabled_ui(edited, |ui| ui.small_button(t!("Clear edits"))).inner;
            clear = button.on_hover_text(t!("Take all edits of the face back")).clicked();
        }
        match count {
            0 => ui.weak(t!("none yet")),
            _ if held > 0 => ui.weak(t!("%{n} held still", n = held)),
            _ if ui.available_width() < UNITS => ui.weak(t!("in σ")),
            _ => ui.weak(t!("in standard deviations")),
        };
    });
    if count == 0 {
        ui.add(
            Label::new(
                RichText::new(t!("Find some below: by attributes, by PCA, or from faces that you choose"))
                    .weak(),
            )
            .wrap(),
        );
    }
    if clear {
        explore.clear_edits();
    }
    let mut wish = None;
    let found = explore.found_directions();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for direction in found {
            let preview = preview(ui, state.explore(), Along::Direction(direction), textures);
            let Some(explore) = state.explore_mut() else { return };
            let named = direction_slider::row(ui, explore, direction, preview);
            named.context_menu(|ui| wish = menu(ui, explore, direction).or(wish.take()));
        }
    });
    match wish {
        Some(Wish::Rename(direction, name)) => state.rename_direction(direction, &name),
        Some(Wish::Remove(direction)) => state.remove_direction(direction),
        None => (),
    }
    truncation(ui, state);
    let fold = CollapsingHeader::new(t!("New direction")).id_salt("new direction");
    fold.show_unindented(ui, |ui| new(ui, state, textures));
}

/// Wish of a menu.
enum Wish {
    Rename(usize, String),
    Remove(usize),
}

fn menu(ui: &mut Ui, explore: &Explore, direction: usize) -> Option<Wish> {
    let id = ui.scope_id().with(("rename", direction));
    let known = &explore.directions().get(direction)?.name;
    let mut name = ui.data(|data| data.get_temp(id)).unwrap_or_else(|| known.clone());
    let field = ui.add(TextEdit::singleline(&mut name).desired_width(140.0)).accessible_name(t!("Name"));
    ui.data_mut(|data| data.insert_temp(id, name.clone()));
    let enter = field.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
    if ui.button(t!("Rename")).clicked() || enter {
        ui.data_mut(|data| data.remove::<String>(id));
        ui.close();
        return Some(Wish::Rename(direction, name));
    }
    if ui.button(t!("Remove")).clicked() {
        ui.data_mut(|data| data.remove::<String>(id));
        ui.close();
        return Some(Wish::Remove(direction));
    }
    None
}

/// The face with less and with more of a slider, if that is the one under the pointer.
pub fn preview(
    ui: &Ui,
    explore: Option<&Explore>,
    along: Along,
    textures: &mut Textures,
) -> Option<[eframe::egui::TextureId; 2]> {
    let (shown, pictures) = explore?.preview.as_ref()?;
    let [less, more] = pictures.as_slice() else { return None };
    (*shown == along).then(|| [less, more].map(|shown| textures.picture(ui.ctx(), shown, true)))
}

fn truncation(ui: &mut Ui, state: &mut State) {
    let Some(explore) = state.explore_mut() else { return };
    ui.horizontal(|ui| {
        let name = t!("Truncation");
        ui.label(&*name).on_hover_text(t!(
            "Factor on all dimensions of the face: 1 leaves it as it is, 0 is the centre, where faces are most typical (the truncation trick, Karras et al. 2019)"
        ));
        let track = Track { name: &name, range: 0.0..=1.5, origin: 1.0, step: 0.05, quiet: false };
        let mut value = explore.truncation();
        if track::with_field(ui, &track, 2, "", &mut value) {
            if ui.input(|input| input.pointer.any_down()) && !explore.history().in_gesture() {
                explore.begin_gesture();
            }
            explore.set_truncation(value);
        }
    });
}

/// The ways to a new direction.
fn methods() -> [(DirectionMethod, Cow<'static, str>, Cow<'static, str>); 4] {
    [
        (
            DirectionMethod::Attributes,
            t!("Attributes"),
            t!(
                "One regression of codes on all columns of a table beside the faces (attributes.csv), or on the factors of built-in faces; measured on faces that it was not fitted to"
            ),
        ),
        (DirectionMethod::Pca, "PCA".into(), t!("Principal components of the codes of faces (GANSpace)")),
        (
            DirectionMethod::Sefa,
            "SeFa".into(),
            t!("What the first layer of the decoder amplifies most: needs no faces"),
        ),
        (
            DirectionMethod::Yours,
            t!("Own faces"),
            t!("From faces that you choose: some that have something, some that have not"),
        ),
    ]
}

/// The making of directions: by the program, or of faces that one has put into two boxes.
fn new(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let methods = methods();
    let choices: Vec<_> = methods.iter().map(|(method, name, help)| (*method, &**name, &**help)).collect();
    if let Some(method) = segmented::choice(ui, state.directions_form.method, &choices) {
        state.directions_form.method = method;
    }
    match state.directions_form.method {
        DirectionMethod::Yours => own(ui, state, textures),
        method => fitted(ui, state, method),
    }
    ui.horizontal(|ui| {
        if ui.small_button(t!("Import…")).on_hover_text(t!("Directions from a file")).clicked() {
            state.effects.push(Effect::Pick(Pick::Directions));
        }
        let any = state.explore().is_some_and(|explore| !explore.directions().is_empty());
        let export = ui.add_enabled_ui(any, |ui| ui.small_button(t!("Export…"))).inner;
        let export = export.on_disabled_hover_text(t!("There are no directions yet"));
        if export.on_hover_text(t!("All directions of this model into one file")).clicked() {
            state.effects.push(Effect::Pick(Pick::File(Save::Directions)));
        }
    });
}

/// Directions that the program finds.
fn fitted(ui: &mut Ui, state: &mut State, method: DirectionMethod) {
    if method != DirectionMethod::Sefa {
        let form = &mut state.directions_form;
        ui.horizontal(|ui| {
            let words = match &form.data {
                None => t!("The faces of its training").into_owned(),
                Some(data) => data.to_string(),
            };
            let folder = Icon::Folder.button(ui, &t!("Faces for directions…"));
            let help = t!("Choose a folder of faces; for attributes it needs a file attributes.csv in it");
            if folder.on_hover_text(help).clicked() {
                let pick = Pick::Data(DataKind::Folder, DataTarget::Directions);
                state.effects.push(Effect::Pick(pick));
            }
            if form.data.is_some() && Icon::Close.button(ui, &t!("The faces of its training")).clicked() {
                form.data = None;
            }
            ui.add(Label::new(words).truncate());
        });
    }
    let free = state.directions_form.work.is_none();
    ui.horizontal(|ui| {
        let button = ui.add_enabled_ui(free, |ui| ui.button(t!("Find directions"))).inner;
        let help = t!("Find directions and keep them with the model; those of the same names are replaced");
        if button.on_hover_text(help).on_disabled_hover_text(t!("Directions are being found")).clicked() {
            state.fit_directions();
        }
        let line = state.directions_order().map(|order| cli_line::directions(&order));
        copy_line(ui, state, true, line, &t!("Open a model first"));
    });
}

/// A direction between faces that one has put into two boxes.
fn own(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    for number in 0..state.own_direction.boxes.len() {
        let name = match number {
            0 => t!("With"),
            _ => t!("Without"),
        };
        one_box(ui, state, textures, number, &name);
    }
    ui.horizontal(|ui| {
        let hint = t!("Name");
        let field = TextEdit::singleline(&mut state.own_direction.name)
            .hint_text(hint.into_owned())
            .desired_width(120.0);
        ui.add(field).accessible_name(t!("Name of the direction"));
        let ready = state.own_direction.is_ready();
        let button = ui.add_enabled_ui(ready, |ui| ui.button(t!("Make"))).inner;
        if button.on_disabled_hover_text(t!("Put a face into each box first")).clicked() {
            state.make_own_direction();
        }
    });
}

fn one_box(ui: &mut Ui, state: &mut State, textures: &mut Textures, number: usize, name: &str) {
    let frame = eframe::egui::Frame::new()
        .fill(theme::colors(ui).well)
        .corner_radius(theme::RADIUS_SMALL)
        .inner_margin(4.0);
    let (_, dropped) = ui.dnd_drop_zone::<crate::gui::state::faces::Face, _>(frame, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            ui.label(theme::semibold(name, 12.0));
            let mut gone = None;
            for (at, face) in state.own_direction.boxes[number].iter().enumerate() {
                let texture = face.picture.as_ref().map(|shown| textures.picture(ui.ctx(), shown, true));
                let help = t!("%{name}. Click to take it out", name = face.name);
                let response = match texture {
                    Some(_) => picture::thumb(ui, texture, BOXED, &face.name, false),
                    None => ui.button(&face.name),
                };
                if response.on_hover_text(help).clicked() {
                    gone = Some(at);
                }
            }
            if let Some(at) = gone {
                state.own_direction.boxes[number].remove(at);
            }
        });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let this = ui.small_button(t!("This face")).accessible_name(t!("%{part} this face", part = name));
            if this.on_hover_text(t!("The face that is shown, without edits")).clicked()
                && let Some(face) = state.face_now()
            {
                state.box_face(number, face);
            }
            let encodes = state.model().is_some_and(|model| model.config.kind.has_encoder());
            if !encodes {
                return;
            }
            let photos: Vec<(u32, String)> = state
                .reconstruct
                .photos
                .iter()
                .map(|photo| (photo.info.id, photo.info.name.clone()))
                .collect();
            ui.add_enabled_ui(!photos.is_empty(), |ui| {
                ui.menu_button(t!("Photo"), |ui| {
                    for (id, photo) in &photos {
                        if ui.button(photo).clicked() {
                            state.box_photo(number, *id);
                            ui.close();
                        }
                    }
                });
            });
            let folder = Icon::Folder.button(ui, &t!("%{part} folder…", part = name));
            if folder.on_hover_text(t!("All images of a folder")).clicked() {
                let target = DataTarget::Direction(number);
                state.effects.push(Effect::Pick(Pick::Data(DataKind::Folder, target)));
            }
        });
    });
    if let Some(face) = dropped {
        state.box_face(number, (*face).clone());
    }
}
