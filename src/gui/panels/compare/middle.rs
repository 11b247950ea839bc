//! The middle of the Compare screen where models are measured: the tables, and what can be done with them.

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};
use rust_i18n::t;

use super::pictures;
use crate::gui::cli_line;
use crate::gui::panels::copy_line;
use crate::gui::said::said;
use crate::gui::state::compare::kept::ago;
use crate::gui::state::compare::sheet::{Sheet, Sort};
use crate::gui::state::compare::{Compare, Mode, lecture, pixels};
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{card, empty, number_table, tick_box};
use crate::table::{TableFormat, render};

/// Room in which the tools stand with their words.
const WIDE: f32 = 640.0;
/// Room in which the box for published numbers says whose they are.
const WIDEST: f32 = 820.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    if state.compare.measured_order().is_none() {
        return nothing(ui, state);
    }
    tools(ui, state);
    ui.add_space(theme::GAP);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        tables(ui, &mut state.compare);
        if state.compare.form.lecture {
            ui.add(Label::new(RichText::new(lecture::about()).weak()).wrap());
            ui.add_space(theme::GAP_LARGE);
        }
        pictures::show(ui, state, textures);
    });
}

fn tables(ui: &mut Ui, compare: &mut Compare) {
    if let Some(sheet) = compare.pixels_sheet() {
        let about = t!("How well models give back images that they are shown");
        let since = compare.pixels.as_ref().and_then(|measured| measured.since());
        compare.pixels_sort =
            sheet_card(ui, &sheet, (&t!("Reconstructions"), &about), since, compare.pixels_sort);
        ui.add_space(theme::GAP_LARGE);
    }
    let since = compare.draws.as_ref().and_then(|measured| measured.since());
    if let Some(sheet) = compare.draws_sheet() {
        let about = t!("How much like real images, and how varied, new images are that models draw");
        compare.draws_sort = sheet_card(ui, &sheet, (&t!("Draws"), &about), since, compare.draws_sort);
        ui.add_space(theme::GAP_LARGE);
    }
    if let Some(sheet) = compare.copies_sheet() {
        let about =
            t!("Whether draws lie nearer to training images than real images do that were never seen");
        compare.copies_sort = sheet_card(ui, &sheet, (&t!("Copies"), &about), since, compare.copies_sort);
        ui.add_space(theme::GAP_LARGE);
    }
    if let Some(sheet) = compare.smoothness_sheet() {
        let about = t!(
            "Whether codes near each other give pictures near each other (continuity), and whether draws look like \
             faces (completeness)"
        );
        let since = compare.smoothness.as_ref().and_then(|measured| measured.since());
        compare.smoothness_sort =
            sheet_card(ui, &sheet, (&t!("Smoothness"), &about), since, compare.smoothness_sort);
        ui.add_space(theme::GAP_LARGE);
    }
}

fn nothing(ui: &mut Ui, state: &State) {
    let rect = ui.max_rect();
    if state.compare.is_measuring(Mode::Models) {
        let help = t!("The tables appear here one after the other; how far it is stands at the lower left");
        return empty::paint(ui, rect, Icon::Table, &t!("Measuring…"), &help);
    }
    let order = state.compare_order();
    let help = state.compare_problem().unwrap_or_else(|| {
        let images = pixels::images(&order);
        match order.candidates.len() {
            1 => t!("Press Measure at the lower left: one model, on %{images}", images = images),
            n => t!("Press Measure at the lower left: %{n} models, on %{images}", n = n, images = images),
        }
        .into_owned()
    });
    empty::paint(ui, rect, Icon::Table, &t!("See in numbers which model does better"), &help);
}

fn tools(ui: &mut Ui, state: &mut State) {
    let (compact, roomy) = (ui.available_width() < WIDE, ui.available_width() >= WIDEST);
    ui.horizontal(|ui| {
        let whole = t!("Published numbers of the lecture on autoencoders");
        let text = if roomy { whole.clone() } else { t!("Published numbers") };
        let tick = tick_box::show(ui, &mut state.compare.form.lecture, text).accessible_name(whole);
        tick.on_hover_text(lecture::about());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let device = cli_line::device(state.settings.device);
            let line = state.compare.measured_order().map(|order| {
                let lines = std::iter::once(cli_line::evaluate(order) + &device);
                lines.chain(cli_line::smoothness(order)).collect::<Vec<_>>().join("\n")
            });
            exports(ui, state, compact);
            copy_line(ui, state, compact, line, &t!("There is no table yet"));
        });
    });
}

/// A table on a card, with the time `since` it was measured if that was before this start. Returns the order of its
/// rows.
pub fn sheet_card(
    ui: &mut Ui,
    sheet: &Sheet,
    (title, about): (&str, &str),
    since: Option<u64>,
    sort: Option<Sort>,
) -> Option<Sort> {
    let figure = since.map(|when| t!("measured %{ago}", ago = ago(when))).unwrap_or_default();
    let head = card::CardHead { title, figure: &figure, help: &[about] };
    card::show(ui, &head, |ui| {
        ui.add(Label::new(RichText::new(&sheet.caption).weak()).wrap());
        ui.add_space(theme::GAP_SMALL);
        let clicked = number_table::show(ui, sheet, sort);
        for note in &sheet.notes {
            ui.add_space(theme::GAP);
            let color = theme::colors(ui).warning;
            ui.add(Label::new(RichText::new(said(note)).color(color)).wrap());
        }
        clicked.map_or(sort, |column| Some(Sort::clicked(sort, column)))
    })
}

/// Buttons that take the tables along. In a layout from the right.
pub fn exports(ui: &mut Ui, state: &mut State, compact: bool) {
    let some = state.compare.has_results();
    let none = t!("There is no table yet");
    let save = |ui: &mut Ui| {
        let text = if compact { t!("Save…") } else { t!("Save tables…") };
        let menu = ui.menu_button(text, |ui| {
            for format in TableFormat::ALL {
                if ui.button(format!("{}…", format.label())).clicked() {
                    state.effects.push(Effect::Pick(Pick::File(Save::Results(format))));
                }
            }
        });
        menu.response.accessible_name(t!("Save tables…")).on_hover_text(t!("As Markdown, CSV or LaTeX"))
    };
    ui.add_enabled_ui(some, save).inner.on_disabled_hover_text(none.clone());
    let copy = |ui: &mut Ui| match compact {
        // Beside the icon of the command line it is the table that tells them apart.
        true => Icon::Table.button(ui, &t!("Copy as Markdown")),
        false => Icon::Copy.button_with_text(ui, &t!("Copy as Markdown")),
    };
    let response = ui.add_enabled_ui(some, copy).inner.on_disabled_hover_text(none);
    if response.on_hover_text(t!("Put the tables on the clipboard as Markdown")).clicked() {
        let text = render(&state.compare.results(), TableFormat::Markdown);
        state.effects.push(Effect::Copy(text));
        state.messages.say(t!("Copied the tables").into_owned());
    }
}
