//! The middle of the Compare screen where models are measured: the tables, and what can be done with them.

use eframe::egui::{Align, Layout, Label, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};

use super::progress;
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, is_compact};
use crate::gui::state::State;
use crate::gui::state::compare::table::{Sort, Table};
use crate::gui::state::compare::{Mode, draws, lecture, pixels};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{card, empty, number_table};

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State) {
    let some = state.compare.measured_order().is_some();
    if !some && !state.compare.is_measuring(Mode::Models) {
        return nothing(ui, state);
    }
    tools(ui, state);
    ui.add_space(theme::GAP);
    progress::show(ui, state, Mode::Models);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let form = &state.compare.form;
        if let Some(measured) = &state.compare.pixels {
            let about = &["How well models give back images that they are shown"];
            let table = pixels::table(measured, form);
            if let Some(sort) = table_card(ui, table, about, state.compare.pixels_sort) {
                state.compare.pixels_sort = Some(sort);
            }
            ui.add_space(theme::GAP_LARGE);
        }
        let form = &state.compare.form;
        if let Some(measured) = &state.compare.draws {
            let about = &["How much like real images, and how varied, new images are that models draw from the prior"];
            let table = draws::table(measured, form);
            if let Some(sort) = table_card(ui, table, about, state.compare.draws_sort) {
                state.compare.draws_sort = Some(sort);
            }
            ui.add_space(theme::GAP_LARGE);
        }
        if some && state.compare.form.lecture {
            ui.add(Label::new(RichText::new(lecture::ABOUT).weak()).wrap());
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
            "{} on {} of {}. Choose others at the left",
            match order.subjects.len() {
                1 => "1 model".to_owned(),
                n => format!("{n} models"),
            },
            pixels::split(&order),
            order.data
        ),
    };
    empty::paint(ui, rect, Icon::Table, "See in numbers which model does better", &help);
    let at = Rect::from_center_size(rect.center() + vec2(0.0, 76.0), vec2(96.0, theme::CONTROL));
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
    let compact = is_compact(ui);
    ui.horizontal(|ui| {
        let text = "Show the lecture's numbers";
        ui.checkbox(&mut state.compare.form.lecture, text).on_hover_text(lecture::ABOUT);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let line = state.compare.measured_order().map(|order| cli_line::evaluate(order));
            copy_line(ui, state, compact, line, "There is no table yet");
        });
    });
}

/// A table on a card. Returns the order of rows that is asked for.
pub fn table_card(ui: &mut Ui, mut table: Table, about: &[&str], sort: Option<Sort>) -> Option<Sort> {
    table.sort(sort);
    let head = card::Head { title: table.title, figure: "", help: about };
    card::show(ui, &head, |ui| {
        ui.add(Label::new(RichText::new(&table.caption).weak()).wrap());
        ui.add_space(theme::GAP_SMALL);
        let clicked = number_table::show(ui, &table, sort);
        for note in &table.notes {
            ui.add_space(theme::GAP_SMALL);
            let color = theme::colors(ui).warning;
            ui.add(Label::new(RichText::new(note).color(color)).wrap());
        }
        clicked.map(|column| Sort::clicked(sort, column))
    })
}
