//! One claim with all that came out of its test: the verdict, plots, pictures, tables.

use std::sync::Arc;

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, ScrollArea, Ui, vec2};
use rust_i18n::t;

use crate::config::Claim;
use crate::gui::language::tr;
use crate::gui::said::said;
use crate::gui::state::compare::claims::Outcome;
use crate::gui::state::compare::kept::ago;
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{card, empty, picture, result_plot, result_table};
use crate::worker::protocol::Plot;

/// Height of a plot.
const PLOT: f32 = 260.0;
/// Narrowest a plot gets beside another.
const NARROWEST: f32 = 380.0;
/// Names along a plot that stands beside another.
const MOST_NAMES: usize = 8;
/// Side of a picture.
const SIDE: f32 = 84.0;
/// Width of the names of rows of pictures.
const NAMES: f32 = 120.0;

/// Shows a claim.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures, claim: Claim) {
    let Some(outcome) = state.compare.claims.shown(claim).cloned() else {
        return nothing(ui, state, claim);
    };
    ScrollArea::vertical().id_salt(claim.key()).auto_shrink([false, false]).show(ui, |ui| {
        verdict(ui, state, claim, &outcome);
        ui.add_space(theme::GAP);
        plots(ui, &outcome);
        pictures(ui, state, textures, &outcome);
        for table in &outcome.report.tables {
            card::show(ui, &card::CardHead { title: &said(&table.title), figure: "", help: &[] }, |ui| {
                result_table::show(ui, table);
                for note in &table.notes {
                    ui.add(Label::new(RichText::new(said(note)).weak()).wrap());
                }
            });
            ui.add_space(theme::GAP);
        }
    });
}

fn nothing(ui: &Ui, state: &State, claim: Claim) {
    let rect = ui.available_rect_before_wrap();
    if state.compare.is_testing(claim) {
        let help = t!("How far it is stands at the lower left");
        return empty::paint(ui, rect, Icon::Table, &t!("Being tested…"), &help);
    }
    let help = match state.claim_order(claim) {
        Ok(_) => t!("%{claim} Press Test at the lower left", claim = tr(claim.sentence())).into_owned(),
        Err(problem) => problem,
    };
    empty::paint(ui, rect, Icon::Table, &t!("%{claim}: not tested yet", claim = tr(claim.title())), &help);
}

fn verdict(ui: &mut Ui, state: &mut State, claim: Claim, outcome: &Arc<Outcome>) {
    let colors = theme::colors(ui);
    let (title, sentence) = (tr(claim.title()), tr(claim.sentence()));
    let head = card::CardHead { title: &title, figure: "", help: &[&sentence] };
    let contents = |ui: &mut Ui, ()| {
        ui.add(Label::new(RichText::new(&*sentence).weak().italics()).wrap());
        ui.add_space(2.0);
        for (at, sentence) in outcome.report.verdict.iter().enumerate() {
            let sentence = said(sentence);
            let text = match at {
                0 => theme::semibold(sentence, 14.0).color(colors.text_strong),
                _ => RichText::new(sentence).color(colors.text),
            };
            ui.add(Label::new(text).wrap());
        }
        ui.add_space(2.0);
        let (on, seconds) = (said(&outcome.report.measured_on), format!("{:.0}", outcome.report.seconds));
        let measured = match outcome.order.quick {
            true => t!(
                "%{on} Took %{seconds} s: a first look; tick Thorough for a measurement",
                on = on,
                seconds = seconds
            ),
            false => t!("%{on} Took %{seconds} s", on = on, seconds = seconds),
        };
        ui.add(Label::new(RichText::new(measured).weak()).wrap());
        if outcome.changed {
            let words = t!("A model has changed since this was measured: test again");
            ui.add(Label::new(RichText::new(words).color(colors.warning)).wrap());
        }
    };
    card::show_with(ui, &head, |ui| earlier(ui, state, claim), contents);
}

/// The outcomes of this claim on other images or models.
fn earlier(ui: &mut Ui, state: &mut State, claim: Claim) {
    let claims = &mut state.compare.claims;
    let all: Vec<String> = claims.of(claim).map(|outcome| label(outcome)).collect();
    if all.len() < 2 {
        return;
    }
    let mut at = claims.shown.get(&claim).copied().unwrap_or(0).min(all.len() - 1);
    let combo = ComboBox::from_id_salt("outcomes").width(220.0).selected_text(all[at].clone());
    let response = combo.show_ui(ui, |ui| {
        for (index, label) in all.iter().enumerate() {
            ui.selectable_value(&mut at, index, label);
        }
    });
    let combo = response.response.accessible_name(t!("Outcome"));
    combo.on_hover_text(t!("Outcomes on other images or models"));
    claims.shown.insert(claim, at);
}

/// Images, models and age of an outcome in a few words.
fn label(outcome: &Outcome) -> String {
    let models = match outcome.order.models.len() {
        0 => t!("shipped models").into_owned(),
        1 => outcome.order.models[0].file_name().unwrap_or_default().to_string_lossy().into_owned(),
        n => t!("%{n} models", n = n).into_owned(),
    };
    let data = outcome.order.data.to_string();
    let data = data.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(&data).to_owned();
    let when = outcome.when.map_or_else(|| t!("just now").into_owned(), ago);
    format!("{data} · {models} · {when}")
}

fn plots(ui: &mut Ui, outcome: &Outcome) {
    let columns =
        ((ui.available_width() / NARROWEST).floor().max(1.0) as usize).min(outcome.report.plots.len().max(1));
    // Where many things stand beside each other, their names need the whole width.
    let is_wide = |plot: &Plot| plot.x.names.len() > MOST_NAMES;
    let together = outcome.report.plots.chunk_by(|a, b| !is_wide(a) && !is_wide(b));
    for row in together.flat_map(|plots| plots.chunks(columns)) {
        let gap = theme::GAP;
        let width = (ui.available_width() - gap * (row.len() - 1) as f32) / row.len() as f32;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for plot in row {
                let layout = Layout::top_down(Align::Min);
                ui.allocate_ui_with_layout(vec2(width, 0.0), layout, |ui| {
                    ui.set_width(width);
                    card::show(
                        ui,
                        &card::CardHead { title: &said(&plot.title), figure: "", help: &[] },
                        |ui| {
                            result_plot::show(ui, plot, PLOT);
                        },
                    );
                });
            }
        });
        ui.add_space(gap);
    }
}

fn pictures(ui: &mut Ui, state: &State, textures: &mut Textures, outcome: &Outcome) {
    for (table, rows) in outcome.report.pictures.iter().zip(&outcome.pictures) {
        card::show(ui, &card::CardHead { title: &said(&table.title), figure: "", help: &[] }, |ui| {
            ScrollArea::horizontal().id_salt(("pictures", &table.title)).show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                let names = if table.rows.iter().any(|(name, _)| !name.is_empty()) { NAMES } else { 0.0 };
                if !table.columns.is_empty() {
                    ui.horizontal(|ui| {
                        words(ui, names, "");
                        table.columns.iter().for_each(|name| words(ui, SIDE, &said(name)));
                    });
                }
                for ((name, _), pictures) in table.rows.iter().zip(rows) {
                    let name = &*said(name);
                    ui.horizontal(|ui| {
                        words(ui, names, name);
                        for (at, picture) in pictures.iter().enumerate() {
                            let texture = textures.picture(ui.ctx(), picture, state.settings.smooth);
                            let about = match table.columns.get(at) {
                                Some(column) => format!("{name}, {}", said(column)),
                                None => format!("{name} {}", at + 1),
                            };
                            picture::view(ui, Some(texture), vec2(SIDE, SIDE), &about).on_hover_text(about);
                        }
                    });
                }
            });
        });
        ui.add_space(theme::GAP);
    }
}

fn words(ui: &mut Ui, width: f32, text: &str) {
    if width > 0.0 {
        ui.allocate_ui_with_layout(vec2(width, 16.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(width);
            ui.add(Label::new(RichText::new(text).size(12.0).color(theme::colors(ui).text)).truncate());
        });
    }
}

/// Writes tables, plots and pictures into a folder. In a layout from the right.
pub fn save_all(ui: &mut Ui, state: &mut State, claim: Claim, compact: bool) {
    let some = state.compare.claims.shown(claim).is_some();
    let text = if compact { t!("All…") } else { t!("Save all…") };
    let button = ui.add_enabled_ui(some, |ui| ui.button(text)).inner.accessible_name(t!("Save all…"));
    let help = t!("Tables as Markdown, CSV and LaTeX, plots and pictures as PNG, into a folder");
    if button.on_hover_text(help).on_disabled_hover_text(t!("There is nothing to save yet")).clicked() {
        state.effects.push(Effect::Pick(Pick::File(Save::Claim)));
    }
}
