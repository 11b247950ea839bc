//! The middle of the Explore screen: the large picture, the row along a dimension, the sheet of samples.

use eframe::egui::{Align, Button, CentralPanel, Layout, Rect, RichText, Ui, vec2};
use rust_i18n::t;

use crate::gui::cli_line;
use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore_sheet::{self, SHEET_ROWS};
use crate::gui::panels::{canvas_frame, copy_line, head, is_compact, photo_drop};
use crate::gui::state::State;
use crate::gui::state::explore::{Along, Explore, SAMPLE_COUNT, TRAVERSAL_STEPS, title};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::filmstrip::{FILM_GAP, filmstrip, fitting};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::signed;
use crate::gui::widgets::{empty, picture, segmented, wipe};

/// Sides of a picture in the row along a dimension, and the part of the height that it takes between them.
const ROW_PICTURE: (std::ops::RangeInclusive<f32>, f32) = (60.0..=112.0, 0.105);
/// Sides of a picture on the sheet, and its part of the height.
const SHEET_PICTURE: (std::ops::RangeInclusive<f32>, f32) = (44.0..=84.0, 0.08);
/// Room for the choice between crisp and smooth pixels.
const PIXELS: f32 = 140.0;
/// Room in which it is said beside its head how far the row reaches.
const ROW_WORDS: f32 = 300.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        middle(ui, state, textures);
        photo_drop::show(ui, state, textures);
    });
}

fn middle(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.explore().is_none() {
        nothing(ui, state);
        return;
    }
    if state.model().is_some_and(|model| !model.config.has_decoder()) {
        let headline = t!("An encoder gives codes and no pictures");
        let help =
            t!("Its codes can be mapped on Atlas. Drop the decoder’s file together with it to see pictures");
        empty::paint(ui, ui.max_rect(), Icon::Sliders, &headline, &help);
        return;
    }
    tools(ui, state);
    if state.model().is_some_and(|model| model.prior.is_none() && !model.config.kind.is_generative()) {
        without_prior(ui, state);
    }
    let (width, height) = (ui.available_width(), ui.available_height());
    let largest = |(sides, part): (std::ops::RangeInclusive<f32>, f32)| {
        (height * part).clamp(*sides.start(), *sides.end())
    };
    let row_side = fitting(width, TRAVERSAL_STEPS, largest(ROW_PICTURE));
    let columns = SAMPLE_COUNT / SHEET_ROWS;
    let sheet_side = fitting(width, columns, largest(SHEET_PICTURE));
    let spacing = ui.spacing().item_spacing.y;
    let beneath = 2.0 * (theme::CONTROL + 2.0 * spacing)
        + row_side
        + sheet_side * SHEET_ROWS as f32
        + FILM_GAP
        + theme::GAP_LARGE
        + 2.0 * spacing;
    large(ui, state, textures, (height - beneath).max(140.0));
    ui.add_space(theme::GAP);
    traversal(ui, state, textures, row_side);
    ui.add_space(theme::GAP_SMALL);
    explore_sheet::show(ui, state, textures, sheet_side, columns);
}

fn nothing(ui: &mut Ui, state: &mut State) {
    let rect = ui.max_rect();
    if state.is_opening_model() {
        let (headline, help) = (t!("Opening the model"), t!("A face appears here in a moment"));
        empty::paint(ui, rect, Icon::Sliders, &headline, &help);
        return;
    }
    no_model(ui, state, Icon::Sliders);
}

/// Says that no model is open, and offers to open one.
pub fn no_model(ui: &mut Ui, state: &mut State, icon: Icon) {
    let rect = ui.max_rect();
    let (drop, open) = (t!("Open a model, or drop one anywhere in the window"), t!("Open a model"));
    let help = state.offer(&drop, &open).to_owned();
    empty::paint(ui, rect, icon, &t!("No model is open"), &help);
    let at = Rect::from_center_size(rect.center() + vec2(0.0, 72.0), vec2(160.0, theme::CONTROL));
    ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(at), |ui| {
        ui.vertical_centered(|ui| intents::button(ui, state, Intent::OpenModel));
    });
}

fn tools(ui: &mut Ui, state: &mut State) {
    let compact = is_compact(ui);
    ui.horizontal(|ui| {
        intents::tool(ui, state, Intent::Random, compact);
        intents::tool(ui, state, Intent::Reset, compact);
        intents::icon_button(ui, state, Intent::Undo, Icon::Undo);
        intents::icon_button(ui, state, Intent::Redo, Icon::Redo);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            intents::tool(ui, state, Intent::Save, compact);
            let line = cli_line::face(state);
            let why = t!(
                "The prior loses a little of a photo’s code, which no number of the command line says; give it the photo: directions apply --image"
            );
            copy_line(ui, state, true, line, &why);
            pixels(ui, state);
            before_and_after(ui, state);
        });
    });
}

/// Lays the face without edits beside the edited one, or no longer does.
fn before_and_after(ui: &mut Ui, state: &mut State) {
    let Some(explore) = state.explore_mut().filter(|_| ui.available_width() > theme::CONTROL) else { return };
    let (edited, on) = (explore.is_edited(), explore.wipe.is_some());
    let name = t!("Before and after");
    let button = ui.add_enabled_ui(edited, |ui| Icon::Wipe.toggle(ui, on && edited, &name)).inner;
    let help = t!("Before and after: the face without edits left of a divider, with them right of it");
    let button = button.on_hover_text(help).on_disabled_hover_text(t!("Move a direction first"));
    if button.clicked() {
        explore.wipe = if on { None } else { Some(0.5) };
    }
}

/// Says what draws of a model are worth that was never asked to draw, and offers what it is for.
fn without_prior(ui: &mut Ui, state: &mut State) {
    let help = t!(
        "This kind of model learns to give pictures back, not to draw: nothing makes the codes between those of its pictures mean anything. Begin with the code of a photo instead"
    );
    let text = t!("No prior: draws come from a Gaussian around its codes and need not be faces");
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text).color(theme::colors(ui).warning)).on_hover_text(help);
        intents::button(ui, state, Intent::OpenPhoto);
        let source = state.model().map(|model| model.source.clone());
        let learn = ui.add(Button::new(t!("Learn a prior…")));
        if learn.on_hover_text(t!("Fit a density to its codes, and draw from that")).clicked()
            && let Some(source) = source
        {
            state.set_up_prior(source);
        }
    });
}

/// The choice between crisp and smooth pixels, where there is room; by key it can be made everywhere. In a layout from
/// the right.
pub fn pixels(ui: &mut Ui, state: &mut State) {
    if ui.available_width() < PIXELS {
        return;
    }
    let (smooth, crisp) = (t!("Smooth"), t!("Crisp"));
    let helps = [t!("Enlarge pictures smoothly (P)"), t!("Show every pixel as a square (P)")];
    let choices = [(true, &*smooth, &*helps[0]), (false, &*crisp, &*helps[1])];
    if let Some(smooth) = segmented::choice(ui, state.settings.smooth, &choices) {
        state.settings.smooth = smooth;
    }
}

fn large(ui: &mut Ui, state: &mut State, textures: &mut Textures, height: f32) {
    let shown = state.explore().and_then(|explore| explore.picture.clone());
    let smooth = state.settings.smooth;
    let room = height.min(ui.available_width());
    let side = match &shown {
        Some(shown) => picture::crisp_side(ui, room, shown.image.width(), smooth),
        None => room,
    };
    let texture = shown.as_ref().map(|shown| textures.picture(ui.ctx(), shown, smooth));
    let before = state.explore().and_then(|explore| explore.unedited.as_ref());
    let before = before.map(|shown| textures.picture(ui.ctx(), shown, smooth));
    let size = vec2(ui.available_width(), height);
    let layout = Layout::centered_and_justified(eframe::egui::Direction::TopDown);
    let wish = ui.allocate_ui_with_layout(size, layout, |ui| {
        let divider = state.explore_mut().filter(|e| e.is_edited()).and_then(|e| e.wipe.as_mut());
        let response = match (divider, before, texture) {
            (Some(divider), Some(before), Some(after)) => {
                let name = t!("Divider of the face without and with edits");
                wipe::show(ui, [before, after], side, divider, &name)
            }
            _ => picture::offered(ui, texture, vec2(side, side), &t!("Decoded picture")),
        };
        picture::offers(ui, &response, shown.as_ref())
    });
    state.use_picture(wish.inner);
}

fn traversal(ui: &mut Ui, state: &mut State, textures: &mut Textures, side: f32) {
    let compact = is_compact(ui);
    let line = cli_line::traversal(state);
    let Some(explore) = state.explore() else { return };
    let along = explore.selected;
    let name = match along {
        Along::Dim(dim) => format!("z{dim}"),
        Along::Direction(at) => {
            let known = explore.directions().get(at).map(|direction| direction.name.as_str());
            title(known.unwrap_or_default()).into_owned()
        }
    };
    head(ui, &t!("Along %{name}", name = name), |ui| {
        let why = t!(
            "The command line moves one direction alone, of a face that the prior draws; take other edits back to copy it"
        );
        copy_line(ui, state, compact, line, &why);
        if ui.available_width() > ROW_WORDS {
            ui.weak(t!("from −3 to +3 standard deviations"));
        }
    });
    let Some(explore) = state.explore() else { return };
    let (mut chosen, mut wish) = (None, None);
    filmstrip(ui, TRAVERSAL_STEPS, side, |ui| {
        for index in 0..TRAVERSAL_STEPS {
            let value = Explore::traversal_value(index);
            let shown = explore.traversal.get(index);
            let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, true));
            let here = (explore.stands_at(along) - value).abs() < 0.01;
            let name = t!("%{name} at %{value}", name = name, value = signed(value.into(), 2));
            let response = picture::thumb(ui, texture, side, &name, here);
            wish = picture::offers(ui, &response, shown).or(wish.take());
            if response.on_hover_text(name).clicked() {
                chosen = Some(value);
            }
        }
    });
    state.use_picture(wish);
    if let (Some(value), Some(explore)) = (chosen, state.explore_mut()) {
        explore.set_along(along, value);
    }
}
