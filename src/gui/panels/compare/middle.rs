//! The middle of the Compare screen where models are measured: the tables, and what can be done with them.

use eframe::egui::{Align, Label, Layout, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};

use super::{pictures, progress};
use crate::gui::cli_line;
use crate::gui::panels::copy_line;
use crate::gui::state::compare::sheet::{Sheet, Sort};
use crate::gui::state::compare::{Mode, lecture, pixels};
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{card, empty, number_table};
use crate::table::{TableFormat, render};

/// Room in which the tools stand with their words.
const WIDE: f32 = 640.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    let some = state.compare.measured_order().is_some();
    if !some && !state.compare.is_measuring(Mode::Models) {
        return nothing(ui, state);
    }
    tools(ui, state);
    ui.add_space(theme::GAP);
    progress::show(ui, state, Mode::Models);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        if let Some(sheet) = state.compare.pixels_sheet() {
            let about = &["How well models give back images that they are shown"];
            let sort = &mut state.compare.pixels_sort;
            *sort = sheet_card(ui, &sheet, about, *sort);
            ui.add_space(theme::GAP_LARGE);
        }
        if let Some(sheet) = state.compare.draws_sheet() {
            let about = &["How much like real images, and how varied, new images are that models draw"];
            let sort = &mut state.compare.draws_sort;
            *sort = sheet_card(ui, &sheet, about, *sort);
            ui.add_space(theme::GAP_LARGE);
        }
        if let Some(sheet) = state.compare.copies_sheet() {
            let about =
                &["Whether draws lie nearer to training images than real images do that were never seen"];
            let sort = &mut state.compare.copies_sort;
            *sort = sheet_card(ui, &sheet, about, *sort);
            ui.add_space(theme::GAP_LARGE);
        }
        if let Some(sheet) = state.compare.smoothness_sheet() {
            let about = &[
                "Whether codes near each other give pictures near each other (continuity), and whether draws look like \
                 faces (completeness): the lecture's claim about an AE's space and a VAE's",
            ];
            let sort = &mut state.compare.smoothness_sort;
            *sort = sheet_card(ui, &sheet, about, *sort);
            ui.add_space(theme::GAP_LARGE);
        }
        if some {
            if state.compare.form.lecture {
                ui.add(Label::new(RichText::new(lecture::ABOUT).weak()).wrap());
                ui.add_space(theme::GAP_LARGE);
            }
            pictures::show(ui, state, textures);
        }
    });
}

fn nothing(ui: &mut Ui, state: &mut State) {
    let rect = ui.max_rect();
    let problem = state.compare_problem();
    let order = state.compare_order();
    let help = match &problem {
        Some(problem) => problem.clone(),
        None => format!(
            "{} on {}. Choose others at the left",
            match order.candidates.len() {
                1 => "1 model".to_owned(),
                n => format!("{n} models"),
            },
            pixels::images(&order)
        ),
    };
    empty::paint(ui, rect, Icon::Table, "See in numbers which model does better", &help);
    let at = Rect::from_center_size(rect.center() + vec2(0.0, 76.0), vec2(160.0, theme::CONTROL));
    ui.scope_builder(UiBuilder::new().max_rect(at), |ui| {
        ui.vertical_centered(|ui| {
            let button = theme::primary_button(ui, "Measure now");
            if ui.add_enabled(problem.is_none(), button).clicked() {
                state.measure_models();
            }
        });
    });
}

fn tools(ui: &mut Ui, state: &mut State) {
    let compact = ui.available_width() < WIDE;
    ui.horizontal(|ui| {
        let text = "Show the lecture's numbers";
        ui.checkbox(&mut state.compare.form.lecture, text).on_hover_text(lecture::ABOUT);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let device = cli_line::device(state.settings.device);
            let line = state.compare.measured_order().map(|order| {
                let lines = std::iter::once(cli_line::evaluate(order) + &device);
                lines.chain(cli_line::smoothness(order)).collect::<Vec<_>>().join("\n")
            });
            exports(ui, state, compact);
            copy_line(ui, state, compact, line, "There is no table yet");
        });
    });
}

/// A table on a card. Returns the order of its rows.
pub fn sheet_card(ui: &mut Ui, sheet: &Sheet, about: &[&str], sort: Option<Sort>) -> Option<Sort> {
    let head = card::CardHead { title: sheet.title, figure: "", help: about };
    card::show(ui, &head, |ui| {
        ui.add(Label::new(RichText::new(&sheet.caption).weak()).wrap());
        ui.add_space(theme::GAP_SMALL);
        let clicked = number_table::show(ui, sheet, sort);
        for note in &sheet.notes {
            ui.add_space(theme::GAP);
            let color = theme::colors(ui).warning;
            ui.add(Label::new(RichText::new(note).color(color)).wrap());
        }
        clicked.map_or(sort, |column| Some(Sort::clicked(sort, column)))
    })
}

/// Buttons that take the tables along. In a layout from the right.
pub fn exports(ui: &mut Ui, state: &mut State, compact: bool) {
    let some = state.compare.has_results();
    let save = |ui: &mut Ui| {
        let text = if compact { "Save…" } else { "Save tables…" };
        let menu = ui.menu_button(text, |ui| {
            for format in TableFormat::ALL {
                if ui.button(format!("{}…", format.label())).clicked() {
                    state.effects.push(Effect::Pick(Pick::File(Save::Results(format))));
                }
            }
        });
        menu.response.accessible_name("Save tables…").on_hover_text("As Markdown, CSV or LaTeX");
    };
    ui.add_enabled_ui(some, save);
    let copy = |ui: &mut Ui| match compact {
        // Beside the icon of the command line it is the table that tells them apart.
        true => Icon::Table.button(ui, "Copy as Markdown"),
        false => Icon::Copy.button_with_text(ui, "Copy as Markdown"),
    };
    let response = ui.add_enabled_ui(some, copy).inner.on_disabled_hover_text("There is no table yet");
    if response.on_hover_text("Put the tables on the clipboard as Markdown").clicked() {
        let text = render(&state.compare.results(), TableFormat::Markdown);
        state.effects.push(Effect::Copy(text));
        state.messages.say("Copied the tables".into());
    }
}
