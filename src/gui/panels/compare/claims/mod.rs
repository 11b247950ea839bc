//! The middle of the Compare screen where claims are tested: all of them as cards, or one with all that came out.

mod card;
pub(super) mod setup;

use eframe::egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui, UiBuilder, vec2};
use rust_i18n::t;

use super::middle::exports;
use crate::config::Claim;
use crate::gui::language::tr;
use crate::gui::panels::{copy_line, is_compact};
use crate::gui::said::said;
use crate::gui::state::State;
use crate::gui::textures::Textures;
use crate::gui::widgets::card as frame;
use crate::gui::widgets::{icon::Icon, result_plot};
use crate::gui::{cli_line, theme};

/// Narrowest a card gets.
const NARROWEST: f32 = 340.0;
/// Height of a card's plot.
const PLOT: f32 = 150.0;
/// Cards beside each other at most.
const MOST_COLUMNS: usize = 3;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State, textures: &mut Textures) {
    state.list_claims();
    match state.compare.claims.chosen {
        Some(claim) => {
            tools(ui, state, claim);
            ui.add_space(theme::GAP);
            card::show(ui, state, textures, claim);
        }
        None => overview(ui, state),
    }
}

fn tools(ui: &mut Ui, state: &mut State, claim: Claim) {
    let compact = is_compact(ui);
    ui.horizontal(|ui| {
        if Icon::Back.button_with_text(ui, &t!("Back to all claims")).clicked() {
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
                &t!("A setting makes no sense"),
            );
        });
    });
}

/// All claims, each with what came out last.
fn overview(ui: &mut Ui, state: &mut State) {
    let columns = ((ui.available_width() / NARROWEST).floor().max(1.0) as usize).min(MOST_COLUMNS);
    let mut wish = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let gap = theme::GAP;
        let width = (ui.available_width() - gap * (columns - 1) as f32) / columns as f32;
        for (number, row) in Claim::ALL.chunks(columns).enumerate() {
            // Cards beside each other are as high as the highest of them was in the frame before.
            let height_id = ui.scope_id().with(("height of row", number, columns));
            let height: f32 = ui.data(|data| data.get_temp(height_id)).unwrap_or(0.0);
            let mut highest = 0.0f32;
            let top_left = ui.cursor().min;
            for (at, claim) in row.iter().enumerate() {
                let left = top_left + vec2(at as f32 * (width + gap), 0.0);
                let room = eframe::egui::Rect::from_min_size(left, vec2(width, f32::INFINITY));
                let layout = Layout::top_down(Align::Min);
                let mut place =
                    ui.new_child(UiBuilder::new().id_salt(claim.key()).max_rect(room).layout(layout));
                wish = small(&mut place, state, *claim, height, &mut highest).or(wish);
            }
            ui.data_mut(|data| data.insert_temp(height_id, highest));
            if highest != height {
                ui.ctx().request_repaint();
            }
            ui.allocate_space(vec2(ui.available_width(), highest + 2.0 * frame::MARGIN_POINTS));
            ui.add_space(gap);
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

/// A claim on a card at least as high as `height` within its margins. Tells how high it is by itself.
fn small(ui: &mut Ui, state: &State, claim: Claim, height: f32, highest: &mut f32) -> Option<CardAction> {
    let outcome = state.compare.claims.shown(claim).cloned();
    let testing = state.compare.is_testing(claim);
    let (title, sentence) = (tr(claim.title()), tr(claim.sentence()));
    let head = frame::CardHead { title: &title, figure: "", help: &[&sentence] };
    frame::show_with(
        ui,
        &head,
        |ui| {
            let open = ui.button(t!("Open")).on_hover_text(t!("Settings, tables, pictures"));
            let open = open.accessible_name(t!("Open %{claim}", claim = title));
            open.clicked().then_some(CardAction::Open(claim))
        },
        |ui, open| {
            let mut wish = open;
            ui.add(Label::new(RichText::new(&*sentence).weak().italics()).wrap());
            match &outcome {
                Some(outcome) => {
                    if let Some(plot) = outcome.report.plots.first() {
                        result_plot::show(ui, plot, PLOT);
                    }
                    if let Some(verdict) = outcome.report.verdict.first() {
                        let strong = RichText::new(said(verdict)).color(theme::colors(ui).text_strong);
                        ui.add(Label::new(strong).wrap());
                    }
                }
                None => wish = untested(ui, state, claim, testing).or(wish),
            }
            let own = ui.min_rect().height();
            *highest = highest.max(own);
            ui.add_space((height - own).max(0.0));
            wish
        },
    )
}

/// The place of an outcome that is not there yet.
fn untested(ui: &mut Ui, state: &State, claim: Claim, testing: bool) -> Option<CardAction> {
    let room = vec2(ui.available_width(), PLOT + 40.0);
    let shown = ui.allocate_ui_with_layout(room, Layout::top_down(Align::Center), |ui| {
        ui.set_min_size(room);
        ui.add_space(PLOT / 2.0 - 10.0);
        ui.weak(match () {
            () if state.compare.is_waiting(claim) => t!("Waits for its turn"),
            () if testing => t!("Being tested…"),
            () => t!("Not tested yet"),
        });
        if testing {
            return None;
        }
        let problem = state.claim_order(claim).err();
        let test = ui.add_enabled(problem.is_none(), Button::new(t!("Test")));
        let test = test.accessible_name(t!("Test %{claim}", claim = tr(claim.title())));
        let test = test.on_disabled_hover_text(problem.unwrap_or_default());
        test.on_hover_text(t!("A look in a minute or a few")).clicked().then_some(CardAction::Test(claim))
    });
    shown.inner
}
