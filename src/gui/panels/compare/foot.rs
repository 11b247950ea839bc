//! The foot of the side: help or an obstacle, and the button that begins; while something is measured, how far it is.

use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui, vec2};
use rust_i18n::t;

use crate::config::Claim;
use crate::gui::language::tr;
use crate::gui::panels::train::fields::FieldHelp;
use crate::gui::state::State;
use crate::gui::state::compare::{JobPurpose, Mode, Pending};
use crate::gui::state::messages::time_left;
use crate::gui::theme;

/// Height of it all: whatever it shows, nothing above it moves.
pub const HEIGHT: f32 = 110.0;
/// Height of the words and of the progress.
const WORDS: f32 = 56.0;

/// Shows the foot.
pub fn show(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    let mode = state.compare.mode;
    ui.separator();
    let problem = problem(state);
    let size = vec2(ui.available_width(), WORDS);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        match state.compare.pending_in(mode).next() {
            Some(pending) => progress(ui, state, pending),
            None => words(ui, mode, problem.as_deref(), told),
        }
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

fn words(ui: &mut Ui, mode: Mode, problem: Option<&str>, told: &FieldHelp) {
    let colors = theme::colors(ui);
    let hint = match mode {
        Mode::Runs => t!("Read again to take in newer numbers of runs that go on"),
        _ => t!("Point at a setting to read what it does"),
    };
    let (words, color) = match (problem, told.text()) {
        (_, Some(help)) => (help, colors.text_weak),
        (Some(problem), None) => (problem, colors.warning),
        (None, None) => (hint.as_ref(), colors.text_weak),
    };
    ui.add(Label::new(RichText::new(words).color(color).size(12.0)).wrap());
}

fn progress(ui: &mut Ui, state: &State, pending: &Pending) {
    let colors = theme::colors(ui);
    let line = state.messages.jobs.iter().find(|line| line.id == pending.job);
    let detail = match line {
        _ if pending.cancelling => t!("stopping…").into_owned(),
        Some(line) => line.detail.clone(),
        None => match state.messages.jobs.first() {
            Some(other) => {
                t!("waits until the job before it is over (%{job})", job = other.title).into_owned()
            }
            None => t!("waits for its turn").into_owned(),
        },
    };
    let left = line.and_then(|line| line.seconds_left).map(time_left).unwrap_or_default();
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !left.is_empty() {
                ui.label(RichText::new(left).size(12.0).color(colors.text_weak));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = theme::semibold(title(&pending.asked), 13.0).color(colors.text_strong);
                ui.add(Label::new(title).truncate());
            });
        });
    });
    let more = state.compare.pending_in(state.compare.mode).nth(1).and_then(|next| next_words(&next.asked));
    let detail = more.map_or_else(|| detail.clone(), |more| format!("{detail}. {more}"));
    ui.add(Label::new(RichText::new(&detail).size(12.0).color(colors.text_weak)).truncate())
        .on_hover_text(&detail);
    let part = line.and_then(|line| line.part).unwrap_or(0.0);
    let bar = ProgressBar::new(part).desired_width(ui.available_width()).desired_height(5.0);
    ui.add(bar.fill(colors.accent));
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
