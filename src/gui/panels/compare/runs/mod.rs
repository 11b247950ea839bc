//! The middle of the Compare screen where the runs of a folder stand beside each other: parallel coordinates, a scatter
//! and a table, which share colours, filters and the run that was chosen.

mod hues;
mod parallel;
mod scatter;
pub mod setup;

use eframe::egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Ui};
use rust_i18n::t;

use super::middle::exports;
use crate::gui::cli_line;
use crate::gui::panels::copy_line;
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::state::compare::runs::shown::{ShownRuns, steps_of};
use crate::gui::state::compare::sheet::Sort;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::number_table::RowChoice;
use crate::gui::widgets::{card, empty, number_table};

/// Room in which the tools stand with their words.
const WIDE: f32 = 640.0;
/// Height of what says which run was chosen.
const CHOSEN: f32 = 44.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State) {
    if state.compare.runs.shown.is_none() {
        return nothing(ui, state);
    }
    tools(ui, state);
    ui.add_space(theme::GAP_SMALL);
    chosen(ui, state);
    ui.add_space(theme::GAP);
    let Some(shown) = &mut state.compare.runs.shown else { return };
    let mut hovered = None;
    // Both plots are seen at once, and that there is something beneath them.
    let height = (ui.available_height() * 0.5 - 90.0).clamp(190.0, 300.0);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let lines = t!("A line for each run, from axis to axis: settings at the left, results at the right");
        let doings = t!(
            "Drag along an axis to keep the runs that pass there; a click on an axis lets all pass again. Click a \
             line to choose its run"
        );
        let head =
            card::CardHead { title: &t!("Parallel coordinates"), figure: "", help: &[&lines, &doings] };
        card::show(ui, &head, |ui| parallel::show(ui, shown, height, &mut hovered));
        ui.add_space(theme::GAP_LARGE);
        let about = t!("A point for each run: choose what its axes are. Click a point to choose its run");
        let head = card::CardHead { title: &t!("Scatter"), figure: "", help: &[&about] };
        card::show(ui, &head, |ui| scatter::show(ui, shown, height, &mut hovered));
        ui.add_space(theme::GAP_LARGE);
        table(ui, shown, &mut hovered);
    });
    shown.hovered = hovered;
}

fn nothing(ui: &mut Ui, state: &State) {
    let rect = ui.max_rect();
    let runs = &state.compare.runs;
    if runs.is_reading {
        return empty::paint(
            ui,
            rect,
            Icon::Table,
            &t!("Reading the runs…"),
            &t!("Their settings and their last numbers"),
        );
    }
    empty::dashed(ui, rect.shrink(8.0), false);
    let (drop, choose) = (t!("Drop a folder of runs"), t!("Choose a folder of runs at the left"));
    let headline = match &runs.problem {
        Some(_) => t!("These runs cannot be shown"),
        None => state.offer(&drop, &choose).to_owned().into(),
    };
    let usual = t!(
        "Each subfolder that holds a run is compared by its settings and its results. The command morphospace sweep \
         trains many runs into such a folder"
    );
    let help = runs.problem.as_deref().unwrap_or(&usual);
    empty::paint(ui, rect, Icon::Table, &headline, help);
}

fn tools(ui: &mut Ui, state: &mut State) {
    let compact = ui.available_width() < WIDE;
    ui.horizontal(|ui| {
        if let Some(shown) = &mut state.compare.runs.shown {
            hues::choose(ui, shown);
            if !shown.filters.is_empty()
                && ui.button(t!("Clear filters")).on_hover_text(t!("Show all runs again")).clicked()
            {
                shown.filters.clear();
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let line = state.compare.runs.shown.as_ref().map(|shown| cli_line::runs(&shown.set.folder));
            exports(ui, state, compact);
            copy_line(ui, state, compact, line, &t!("There is no table yet"));
        });
    });
    if let Some(shown) = &state.compare.runs.shown {
        hues::legend(ui, shown);
    }
}

/// The run that was chosen, and where it can be opened.
fn chosen(ui: &mut Ui, state: &mut State) {
    let Some(shown) = &mut state.compare.runs.shown else { return };
    let colors = theme::colors(ui);
    let frame =
        Frame::new().fill(colors.panel).corner_radius(theme::RADIUS).inner_margin(Margin::symmetric(10, 8));
    let (mut explore, mut train) = (false, false);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.set_min_height(CHOSEN - 16.0);
            let Some(run) = shown.selected else {
                ui.weak(t!("Click a line, a point or a row to choose its run"));
                return;
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Icon::Close.button(ui, &t!("Choose none")).clicked() {
                    shown.selected = None;
                }
                let help = t!("The run with its curves and pictures, to go on with or to fork");
                train = ui.button(t!("Open on Train")).on_hover_text(help).clicked();
                let help = t!("Its last checkpoint as a model, with sliders and samples");
                explore = ui.button(t!("Open in Explore")).on_hover_text(help).clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    hues::swatch(ui, hues::color(ui, shown, run));
                    let record = &shown.set.runs[run];
                    let words = match record.is_done() {
                        true => record.name.clone(),
                        false => format!("{} · {}", record.name, steps_of(record)),
                    };
                    let label = ui.add(Label::new(theme::semibold(words, 13.0)).truncate());
                    label.on_hover_text(format!("{}\n{}", record.folder.display(), shown.settings_of(run)));
                });
            });
        });
    });
    if explore {
        state.explore_chosen_run();
    } else if train {
        state.train_chosen_run();
    }
}

fn table(ui: &mut Ui, shown: &mut ShownRuns, hovered: &mut Option<usize>) {
    let sheet = shown.sheet();
    let about = t!(
        "Settings in which the runs differ, and their last numbers; click a head to sort, a row to choose"
    );
    let head = card::CardHead { title: &t!("Table"), figure: "", help: &[&about] };
    let place = |name: &str| shown.set.runs.iter().position(|run| run.name == name);
    let name = |run: Option<usize>| run.map(|run| shown.set.runs[run].name.as_str());
    let hues: Vec<_> = sheet
        .rows
        .iter()
        .map(|row| place(&row.name).map_or(theme::colors(ui).text_weak, |run| hues::color(ui, shown, run)))
        .collect();
    let choice = RowChoice { hues: &hues, selected: name(shown.selected), hovered: name(shown.hovered) };
    let done = card::show(ui, &head, |ui| {
        ui.add(Label::new(RichText::new(&sheet.caption).weak()).wrap());
        ui.add_space(theme::GAP_SMALL);
        let done = number_table::show_choice(ui, &sheet, shown.sort, Some(&choice));
        for note in &sheet.notes {
            ui.add_space(theme::GAP_SMALL);
            ui.add(Label::new(RichText::new(said(note)).weak()).wrap());
        }
        done
    });
    let run = |row: Option<usize>| row.and_then(|row| place(&sheet.rows[row].name));
    let (clicked, pointed) = (run(done.row), run(done.hovered));
    *hovered = pointed.or(*hovered);
    if let Some(column) = done.head {
        shown.sort = Some(Sort::clicked(shown.sort, column));
    }
    if clicked.is_some() {
        shown.selected = clicked;
    }
}
