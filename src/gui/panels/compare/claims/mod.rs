//! The middle of the Compare screen where claims are tested: all of them as cards, or one with all that came out.

mod card;
pub(super) mod setup;

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};

use super::middle::exports;
use super::progress;
use crate::config::Claim;
use crate::gui::panels::{copy_line, is_compact};
use crate::gui::state::State;
use crate::gui::state::compare::Mode;
use crate::gui::textures::Textures;
use crate::gui::widgets::card as frame;
use crate::gui::widgets::{icon::Icon, result_plot};
use crate::gui::{cli_line, theme};

/// Narrowest a card gets.
const NARROWEST: f32 = 340.0;
/// Height of a card's plot.
const PLOT: f32 = 150.0;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    state.list_claims();
    match state.compare.claims.chosen {
        Some(claim) => {
            tools(ui, state, claim);
            ui.add_space(theme::GAP);
            progress::show(ui, state, Mode::Claims);
            card::show(ui, state, textures, claim);
        }
        None => {
            progress::show(ui, state, Mode::Claims);
            overview(ui, state);
        }
    }
}

fn tools(ui: &mut Ui, state: &mut State, claim: Claim) {
    let compact = is_compact(ui);
    ui.horizontal(|ui| {
        let all = "Back to all claims";
        if Icon::Table.button_with_text(ui, all).clicked() {
            state.compare.claims.chosen = None;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let device = cli_line::device(state.settings.device);
            let shown = state.compare.claims.shown(claim).map(|outcome| outcome.order.clone());
            let order = shown.map_or_else(|| state.claim_order(claim).ok(), Some);
            exports(ui, state, compact);
            card::save_all(ui, state, claim, compact);
            copy_line(
                ui,
                state,
                compact,
                order.map(|order| cli_line::claim(&order) + &device),
                "A setting makes no sense",
            );
        });
    });
}

/// All claims, each with what came out last.
fn overview(ui: &mut Ui, state: &mut State) {
    let columns = ((ui.available_width() / NARROWEST).floor().max(1.0) as usize).min(2);
    let mut wish = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for row in Claim::ALL.chunks(columns) {
            ui.columns(columns, |places| {
                for (claim, ui) in row.iter().zip(places) {
                    wish = small(ui, state, *claim).or(wish);
                }
            });
            ui.add_space(theme::GAP);
        }
    });
    match wish {
        Some(CardAction::Open(claim)) => state.compare.claims.chosen = Some(claim),
        Some(CardAction::Test(claim)) => state.test_claim(claim),
        None => (),
    }
}

/// An action on a card.
#[derive(Clone, Copy)]
enum CardAction {
    Open(Claim),
    Test(Claim),
}

fn small(ui: &mut Ui, state: &State, claim: Claim) -> Option<CardAction> {
    let outcome = state.compare.claims.shown(claim).cloned();
    let testing = state.compare.is_testing(claim);
    let head = frame::CardHead { title: claim.title(), figure: "", help: &[claim.sentence()] };
    frame::show_with(
        ui,
        &head,
        |ui| {
            let open = ui.button("Open").on_hover_text("Settings, tables, pictures");
            if open.accessible_name(format!("Open {}", claim.title())).clicked() {
                return Some(CardAction::Open(claim));
            }
            None
        },
        |ui, open| {
            let mut wish = open;
            ui.add(Label::new(RichText::new(claim.sentence()).weak().italics()).wrap());
            let Some(outcome) = outcome else {
                ui.allocate_ui_with_layout(
                    vec2(ui.available_width(), PLOT + 40.0),
                    Layout::top_down(Align::Center),
                    |ui| {
                        ui.add_space(PLOT / 2.0 - 10.0);
                        let words = match () {
                            () if state.compare.is_waiting(claim) => "Waits for its turn",
                            () if testing => "Being tested…",
                            () => "Not tested yet",
                        };
                        ui.weak(words);
                        let button = theme::primary_button(ui, "Test");
                        let ready = state.claim_order(claim).is_ok() && !testing;
                        let name = format!("Test {}", claim.title());
                        if ui.add_enabled(ready, button).accessible_name(name).clicked() {
                            wish = Some(CardAction::Test(claim));
                        }
                    },
                );
                return wish;
            };
            if let Some(plot) = outcome.report.plots.first() {
                result_plot::show(ui, plot, PLOT);
            }
            if let Some(verdict) = outcome.report.verdict.first() {
                ui.add(Label::new(RichText::new(verdict).color(theme::colors(ui).text_strong)).wrap());
            }
            wish
        },
    )
}
