//! The middle of the Explore screen: the large picture, the row along a dimension, the sheet of samples.

use eframe::egui::{Align, CentralPanel, Layout, Rect, RichText, Ui, vec2};

use crate::gui::cli_line;
use crate::gui::intents::{self, Intent};
use crate::gui::panels::explore_sheet::{self, SHEET_ROWS};
use crate::gui::panels::{canvas_frame, copy_line, head, is_compact};
use crate::gui::state::State;
use crate::gui::state::explore::{Along, Explore, SAMPLE_COUNT, TRAVERSAL_STEPS};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::filmstrip::{FILM_GAP, filmstrip, fitting};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{empty, picture, segmented, wipe};

/// Largest side of a picture in the row along a dimension.
const ROW_PICTURE: f32 = 76.0;
/// Largest side of a picture on the sheet.
const SHEET_PICTURE: f32 = 58.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let frame = canvas_frame(ui);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.explore().is_none() {
            nothing(ui, state);
            return;
        }
        if state.model().is_some_and(|model| !model.config.has_decoder()) {
            let help =
                "Its codes can be mapped on Atlas. Drop the decoder’s file together with it to see pictures";
            empty::paint(ui, ui.max_rect(), Icon::Sliders, "An encoder gives codes and no pictures", help);
            return;
        }
        tools(ui, state);
        let width = ui.available_width();
        let row_side = fitting(width, TRAVERSAL_STEPS, ROW_PICTURE);
        let columns = SAMPLE_COUNT / SHEET_ROWS;
        let sheet_side = fitting(width, columns, SHEET_PICTURE);
        let spacing = ui.spacing().item_spacing.y;
        let beneath = 2.0 * (theme::CONTROL + 2.0 * spacing)
            + row_side
            + sheet_side * SHEET_ROWS as f32
            + FILM_GAP
            + theme::GAP_LARGE
            + 2.0 * spacing;
        if state.model().is_some_and(|model| model.prior.is_none() && !model.config.kind.is_generative()) {
            without_prior(ui, state);
        }
        large(ui, state, textures, (ui.available_height() - beneath).max(140.0));
        ui.add_space(theme::GAP);
        traversal(ui, state, textures, row_side);
        ui.add_space(theme::GAP_SMALL);
        explore_sheet::show(ui, state, textures, sheet_side, columns);
    });
}

fn nothing(ui: &mut Ui, state: &mut State) {
    let rect = ui.max_rect();
    if state.is_opening_model() {
        let help = "A face appears here in a moment";
        empty::paint(ui, rect, Icon::Sliders, "Opening the model", help);
    } else {
        let help = state.offer("Open a model, or drop one anywhere in the window", "Open a model");
        empty::paint(ui, rect, Icon::Sliders, "No model is open", help);
        let at = Rect::from_center_size(rect.center() + vec2(0.0, 72.0), vec2(160.0, theme::CONTROL));
        ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(at), |ui| {
            ui.vertical_centered(|ui| intents::button(ui, state, Intent::OpenModel));
        });
    }
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
            let why = "The prior loses a little of a photo's code, which no number of the command line says; give it \
                       the photo: directions apply --image";
            copy_line(ui, state, true, line, why);
            pixels(ui, state);
            before_and_after(ui, state);
        });
    });
}

/// Lays the face without edits beside the edited one, or no longer does.
fn before_and_after(ui: &mut Ui, state: &mut State) {
    let Some(explore) = state.explore_mut() else { return };
    let (edited, on) = (explore.is_edited(), explore.wipe.is_some());
    let button =
        ui.add_enabled_ui(edited, |ui| Icon::Wipe.toggle(ui, on && edited, "Before and after")).inner;
    let help = "The face without edits left of a divider, with them right of it";
    let button = button.on_hover_text(help).on_disabled_hover_text("Move a direction first");
    if button.clicked() {
        explore.wipe = if on { None } else { Some(0.5) };
    }
}

/// Says what draws of a model are worth that was never asked to draw, and offers what it is for.
fn without_prior(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        let text = "No prior: draws come from a Gaussian around its codes and need not be faces";
        ui.label(RichText::new(text).color(theme::colors(ui).warning)).on_hover_text(
            "This kind of model learns to give pictures back, not to draw: nothing makes the codes between those of \
             its pictures mean anything. Begin with the code of a photo instead",
        );
        intents::button(ui, state, Intent::OpenPhoto);
        let source = state.model().map(|model| model.source.clone());
        if ui.button("Learn a prior…").on_hover_text("Fit a density to its codes, and draw from that").clicked()
            && let Some(source) = source
        {
            state.set_up_prior(source);
        }
    });
}

/// The choice between crisp and smooth pixels.
pub fn pixels(ui: &mut Ui, state: &mut State) {
    let choices = [
        (true, "Smooth", "Enlarge pictures smoothly (P)"),
        (false, "Crisp", "Show every pixel as a square (P)"),
    ];
    if let Some(smooth) = segmented::choice(ui, state.settings.smooth, &choices) {
        state.settings.smooth = smooth;
    }
}

fn large(ui: &mut Ui, state: &mut State, textures: &mut Textures, height: f32) {
    let shown = state.explore().and_then(|explore| explore.picture.as_ref());
    let smooth = state.settings.smooth;
    let room = height.min(ui.available_width());
    let side = match shown {
        Some(shown) => picture::crisp_side(ui, room, shown.image.width(), smooth),
        None => room,
    };
    let texture = shown.map(|shown| textures.picture(ui.ctx(), shown, smooth));
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), height),
        Layout::centered_and_justified(eframe::egui::Direction::TopDown),
        |ui| {
            let before = state.explore().and_then(|explore| explore.unedited.as_ref());
            let before = before.map(|shown| textures.picture(ui.ctx(), shown, smooth));
            let divider = state.explore_mut().filter(|e| e.is_edited()).and_then(|e| e.wipe.as_mut());
            match (divider, before, texture) {
                (Some(divider), Some(before), Some(after)) => {
                    wipe::show(
                        ui,
                        [before, after],
                        side,
                        divider,
                        "Divider of the face without and with edits",
                    );
                }
                _ => {
                    picture::view(ui, texture, vec2(side, side), "Decoded picture");
                }
            }
        },
    );
}

fn traversal(ui: &mut Ui, state: &mut State, textures: &mut Textures, side: f32) {
    let compact = is_compact(ui);
    let line = cli_line::traversal(state);
    let Some(explore) = state.explore() else { return };
    let along = explore.selected;
    let name = match along {
        Along::Dim(dim) => format!("z{dim}"),
        Along::Direction(at) => explore.directions().get(at).map(|d| d.name.clone()).unwrap_or_default(),
    };
    head(ui, &format!("Along {name}"), |ui| {
        let why = "The command line moves one direction alone, of a face that the prior draws; take other edits back to \
                   copy it";
        copy_line(ui, state, compact, line, why);
        if !compact {
            ui.weak("from −3 to +3 standard deviations");
        }
    });
    let Some(explore) = state.explore() else { return };
    let mut chosen = None;
    filmstrip(ui, TRAVERSAL_STEPS, side, |ui| {
        for index in 0..TRAVERSAL_STEPS {
            let value = Explore::traversal_value(index);
            let texture = explore.traversal.get(index).map(|p| textures.picture(ui.ctx(), p, true));
            let here = (explore.stands_at(along) - value).abs() < 0.01;
            let name = format!("{name} at {value:+.2}");
            if picture::thumb(ui, texture, side, &name, here).on_hover_text(name).clicked() {
                chosen = Some(value);
            }
        }
    });
    if let (Some(value), Some(explore)) = (chosen, state.explore_mut()) {
        explore.set_along(along, value);
    }
}
