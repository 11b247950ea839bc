//! One claim with all that came out of its test: the verdict, plots, pictures, tables.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use eframe::egui::{Align, ComboBox, Label, Layout, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};

use crate::config::Claim;
use crate::gui::state::compare::claims::Outcome;
use crate::gui::state::{Effect, Pick, Save, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{card, empty, picture, result_plot, result_table};

/// Height of a plot.
const PLOT: f32 = 260.0;
/// Narrowest a plot gets beside another.
const NARROWEST: f32 = 380.0;
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
            card::show(ui, &card::CardHead { title: &table.title, figure: "", help: &[] }, |ui| {
                result_table::show(ui, table);
                for note in &table.notes {
                    ui.add(Label::new(RichText::new(note).weak()).wrap());
                }
            });
            ui.add_space(theme::GAP);
        }
    });
}

fn nothing(ui: &mut Ui, state: &mut State, claim: Claim) {
    let testing = state.compare.is_testing(claim);
    let rect = ui.available_rect_before_wrap();
    let headline = if testing { "Being tested…" } else { claim.title() };
    empty::paint(ui, rect, Icon::Table, headline, claim.sentence());
    if testing {
        return;
    }
    let problem = state.claim_order(claim).err();
    let at = Rect::from_center_size(rect.center() + vec2(0.0, 76.0), vec2(160.0, theme::CONTROL));
    ui.scope_builder(UiBuilder::new().max_rect(at), |ui| {
        ui.vertical_centered(|ui| {
            let button = theme::primary_button(ui, "Test it now");
            let why = problem.clone().unwrap_or_default();
            if ui.add_enabled(problem.is_none(), button).on_disabled_hover_text(why).clicked() {
                state.test_claim(claim);
            }
        });
    });
}

fn verdict(ui: &mut Ui, state: &mut State, claim: Claim, outcome: &Arc<Outcome>) {
    let colors = theme::colors(ui);
    card::show_with(
        ui,
        &card::CardHead { title: claim.title(), figure: "", help: &[claim.sentence()] },
        |ui| earlier(ui, state, claim),
        |ui, ()| {
            ui.add(Label::new(RichText::new(claim.sentence()).weak().italics()).wrap());
            ui.add_space(2.0);
            for (at, sentence) in outcome.report.verdict.iter().enumerate() {
                let text = match at {
                    0 => theme::semibold(sentence, 14.0).color(colors.text_strong),
                    _ => RichText::new(sentence).color(colors.text),
                };
                ui.add(Label::new(text).wrap());
            }
            ui.add_space(2.0);
            let quick = if outcome.order.quick { ". A look: tick Thorough for a measurement" } else { "" };
            let measured =
                format!("{} Took {:.0} s{quick}", outcome.report.measured_on, outcome.report.seconds);
            ui.add(Label::new(RichText::new(measured).weak()).wrap());
            if outcome.changed {
                let words = "A model has changed since this was measured: test again";
                ui.add(Label::new(RichText::new(words).color(colors.warning)).wrap());
            }
        },
    );
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
    response.response.accessible_name("Outcome").on_hover_text("Outcomes on other images or models");
    claims.shown.insert(claim, at);
}

/// Images, models and age of an outcome in a few words.
fn label(outcome: &Outcome) -> String {
    let models = match outcome.order.models.len() {
        0 => "shipped models".to_owned(),
        1 => outcome.order.models[0].file_name().unwrap_or_default().to_string_lossy().into_owned(),
        n => format!("{n} models"),
    };
    let data = outcome.order.data.to_string();
    let data = data.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(&data).to_owned();
    let when = outcome.when.map_or_else(|| "now".to_owned(), ago);
    format!("{data} · {models} · {when}")
}

/// Time since then in words.
fn ago(when: u64) -> String {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(when);
    let minutes = SystemTime::now().duration_since(then).map_or(0, |since| since.as_secs() / 60);
    match minutes {
        0..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

fn plots(ui: &mut Ui, outcome: &Outcome) {
    let columns =
        ((ui.available_width() / NARROWEST).floor().max(1.0) as usize).min(outcome.report.plots.len().max(1));
    for row in outcome.report.plots.chunks(columns) {
        ui.columns(row.len(), |places| {
            for (plot, ui) in row.iter().zip(places) {
                card::show(ui, &card::CardHead { title: &plot.title, figure: "", help: &[] }, |ui| {
                    result_plot::show(ui, plot, PLOT);
                });
            }
        });
        ui.add_space(theme::GAP);
    }
}

fn pictures(ui: &mut Ui, state: &State, textures: &mut Textures, outcome: &Outcome) {
    for (table, rows) in outcome.report.pictures.iter().zip(&outcome.pictures) {
        card::show(ui, &card::CardHead { title: &table.title, figure: "", help: &[] }, |ui| {
            ScrollArea::horizontal().id_salt(("pictures", &table.title)).show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                let names = if table.rows.iter().any(|(name, _)| !name.is_empty()) { NAMES } else { 0.0 };
                if !table.columns.is_empty() {
                    ui.horizontal(|ui| {
                        words(ui, names, "");
                        table.columns.iter().for_each(|name| words(ui, SIDE, name));
                    });
                }
                for ((name, _), pictures) in table.rows.iter().zip(rows) {
                    ui.horizontal(|ui| {
                        words(ui, names, name);
                        for (at, picture) in pictures.iter().enumerate() {
                            let texture = textures.picture(ui.ctx(), picture, state.settings.smooth);
                            let about = match table.columns.get(at) {
                                Some(column) => format!("{name}, {column}"),
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
    let text = if compact { "All…" } else { "Save all…" };
    let button = ui.add_enabled_ui(some, |ui| ui.button(text)).inner.accessible_name("Save all…");
    let help = "Tables as Markdown, CSV and LaTeX, plots and pictures as PNG, into a folder";
    if button.on_hover_text(help).on_disabled_hover_text("There is nothing to save yet").clicked() {
        state.effects.push(Effect::Pick(Pick::File(Save::Claim)));
    }
}
