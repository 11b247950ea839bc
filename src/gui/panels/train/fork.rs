//! The dialog that begins a run from where another stands.

use eframe::egui::{Context, Id, Modal, RichText, ScrollArea, TextEdit, Ui};

use super::fields::{Told, number, row};
use super::objective;
use crate::config::ModelKind;
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::gui::state::train::fork::Fork;
use crate::gui::theme;
use crate::gui::widgets::log_track::LogTrack;

/// Shows the dialog if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    let Some(fork) = &mut state.train.fork else { return };
    let busy = state.train.runs.iter().any(|run| run.job.is_some());
    let modal = Modal::new(Id::unique("fork")).show(ctx, |ui| contents(ui, fork, busy));
    match modal.inner {
        Some(true) => state.start_fork(),
        Some(false) => state.train.fork = None,
        None if modal.should_close() => state.train.fork = None,
        None => (),
    }
}

/// True to begin, false to leave it.
fn contents(ui: &mut Ui, fork: &mut Fork, busy: bool) -> Option<bool> {
    ui.set_width(380.0);
    ui.heading(format!("Fork {}", fork.from_name));
    ui.weak(format!(
        "A new run begins at step {} with the same weights; both curves are drawn together",
        count(fork.step)
    ));
    ui.add_space(theme::GAP);
    let mut told = Told::default();
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        settings(ui, &mut told, fork);
    });
    ui.add_space(theme::GAP);
    let problem = fork.problem();
    let words = problem.as_deref().or(told.text()).unwrap_or("Shape, data and kind of model stay");
    let colors = theme::colors(ui);
    let color = if problem.is_some() { colors.warning } else { colors.text_weak };
    ui.label(RichText::new(words).color(color));
    ui.add_space(theme::GAP);
    let mut answer = None;
    ui.horizontal(|ui| {
        let text = if busy { "Add fork to the queue" } else { "Start fork" };
        let start = ui.add_enabled(problem.is_none(), theme::primary_button(ui, text));
        if start.on_disabled_hover_text(problem.unwrap_or_default()).clicked() {
            answer = Some(true);
        }
        if ui.button("Cancel").clicked() {
            answer = Some(false);
        }
    });
    answer
}

fn settings(ui: &mut Ui, told: &mut Told, fork: &mut Fork) {
    row(ui, told, "Name", "The new run's folder, beside that of the old one", |ui| {
        let field = TextEdit::singleline(&mut fork.name).desired_width(f32::INFINITY);
        if ui.add(field).accessible_name("Fork name").changed() {
            fork.look();
        }
    });
    let config = &mut fork.config;
    match config.model.kind {
        ModelKind::Vae | ModelKind::VaeGan => objective::variational(ui, told, config),
        ModelKind::Sae => {
            if let Some(sparsity) = &mut config.sparsity {
                let track = objective::sparsity_track();
                let about = "What the penalty counts against the reconstruction";
                row(ui, told, "Weight", about, |ui| {
                    if let Some(weight) = track.show(ui, sparsity.weight()) {
                        *sparsity = sparsity.with_weight(weight);
                    }
                });
            }
        }
        ModelKind::Dae => {
            if let Some(noise) = &mut config.noise {
                objective::noise(ui, told, noise);
            }
        }
        ModelKind::Ae | ModelKind::Dcgan => (),
    }
    row(ui, told, "Learning rate", "How far an update goes, at its highest", |ui| {
        let track = LogTrack { name: "Fork learning rate", least: 1e-5, most: 1e-1, zero: false, mark: None };
        if let Some(rate) = track.show(ui, config.learning_rate) {
            config.learning_rate = rate;
        }
    });
    row(ui, told, "Steps", "Updates in all, those before the fork included", |ui| {
        number(ui, "Fork steps", &mut config.steps, 1..=10_000_000);
    });
    row(ui, told, "Seed", "Seed of the batches and the noise from here on", |ui| {
        number(ui, "Fork seed", &mut config.seed, 0..=u64::from(u32::MAX));
    });
}
