//! The foot of the side: help or an obstacle, and the button that begins; while something is measured, how far it is.

use std::borrow::Cow;

use eframe::egui::{Align, Layout, Ui};
use rust_i18n::t;

use crate::config::Claim;
use crate::gui::language::tr;
use crate::gui::panels::foot;
use crate::gui::panels::train::fields::FieldHelp;
use crate::gui::state::State;
use crate::gui::state::compare::{JobPurpose, Mode, Pending};
use crate::gui::theme;

/// Shows the foot.
pub fn show(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    let mode = state.compare.mode;
    ui.separator();
    let problem = problem(state);
    foot::upper(ui, |ui| match state.compare.pending_in(mode).next() {
        Some(pending) => progress(ui, state, pending),
        None => foot::words(ui, problem.as_deref(), told, &hint(mode)),
    });
    ui.horizontal(|ui| {
        begin(ui, state, problem);
        if state.compare.is_measuring(mode) {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let cancel = ui.button(t!("Cancel"));
                if cancel.on_hover_text(t!("Stop; the tables of the last time stay")).clicked() {
                    state.cancel_measuring(mode);
                }
            });
        }
    });
}

/// Why the button cannot be pressed, if it cannot.
fn problem(state: &State) -> Option<String> {
    match state.compare.mode {
        Mode::Models => state.compare_problem(),
        Mode::Claims => match state.compare.claims.chosen {
            Some(claim) => state.claim_order(claim).err(),
            None => Claim::ALL.into_iter().find_map(|claim| state.claim_order(claim).err()),
        },
        Mode::Runs => state.compare.runs.obstacle(),
        Mode::Sets => state.compare.two.problem(&state.compare.form),
    }
}

fn hint(mode: Mode) -> Cow<'static, str> {
    match mode {
        Mode::Runs => t!("Read again to take in newer numbers of runs that go on"),
        _ => t!("Point at a setting to read what it does"),
    }
}

fn progress(ui: &mut Ui, state: &State, pending: &Pending) {
    let next = state.compare.pending_in(state.compare.mode).nth(1);
    let then = next.and_then(|next| next_words(&next.asked)).map(Cow::Owned);
    foot::progress(ui, state, (pending.job, pending.cancelling), &title(&pending.asked), then);
}

fn title(purpose: &JobPurpose) -> String {
    match purpose {
        JobPurpose::Claim(order) => tr(order.claim.claim().title()),
        JobPurpose::Pixels(_) => t!("Measuring reconstructions"),
        JobPurpose::Draws(_) => t!("Measuring draws"),
        JobPurpose::Smoothness(_) => t!("Measuring smoothness"),
        JobPurpose::Pairs(_) => t!("Comparing in pairs"),
        JobPurpose::Sets(_) => t!("Comparing as sets"),
    }
    .into_owned()
}

/// Words for what follows.
fn next_words(purpose: &JobPurpose) -> Option<String> {
    Some(
        match purpose {
            JobPurpose::Claim(order) => t!("Then: %{claim}", claim = tr(order.claim.claim().title())),
            JobPurpose::Draws(_) => t!("Then their draws"),
            JobPurpose::Smoothness(_) => t!("Then the smoothness of their code spaces"),
            JobPurpose::Sets(_) => t!("Then as sets"),
            JobPurpose::Pixels(_) | JobPurpose::Pairs(_) => return None,
        }
        .into_owned(),
    )
}

/// The button that begins.
fn begin(ui: &mut Ui, state: &mut State, problem: Option<String>) {
    let (mode, claim) = (state.compare.mode, state.compare.claims.chosen);
    let measuring = match (mode, claim) {
        (Mode::Claims, Some(claim)) => state.compare.is_testing(claim),
        (Mode::Runs, _) => state.compare.runs.is_reading,
        _ => state.compare.is_measuring(mode),
    };
    let text = match (mode, claim) {
        (Mode::Models, _) => t!("Measure"),
        (Mode::Claims, Some(_)) => t!("Test"),
        (Mode::Claims, None) => t!("Test all"),
        (Mode::Runs, _) => t!("Read again"),
        (Mode::Sets, _) => t!("Compare"),
    };
    // A folder that could not be read may be there by now.
    let possible = match mode {
        Mode::Runs => state.compare.runs.folder.is_some(),
        _ => problem.is_none(),
    };
    let why = problem.unwrap_or_else(|| t!("It is under way").into_owned());
    let button = theme::primary_button(ui, &text);
    let response = ui.add_enabled(possible && !measuring, button).on_disabled_hover_text(why);
    let help = t!("Works in the background; the tables that are shown stay until it is done");
    if !response.on_hover_text(help).clicked() {
        return;
    }
    match mode {
        Mode::Models => state.measure_models(),
        Mode::Claims => {
            let claims = claim.map_or(Claim::ALL.to_vec(), |claim| vec![claim]);
            claims.into_iter().for_each(|claim| state.test_claim(claim));
        }
        Mode::Runs => state.read_runs(),
        Mode::Sets => state.compare_two_sets(),
    }
}
