//! The dialog that begins a run from where another stands.

use eframe::egui::{Context, RichText, ScrollArea, TextEdit, Ui};

use super::fields::{FieldHelp, choice_row, number, row};
use super::objective;
use crate::config::ModelKind;
use crate::gui::state::messages::count;
use crate::gui::state::train::fork::Fork;
use crate::gui::state::{Effect, State};
use crate::gui::theme;

/// Shows the dialog if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    let Some(fork) = &mut state.train.fork else { return };
    let busy = state.train.runs.iter().any(|run| run.job.is_some());
    let effects = &mut state.effects;
    let modal = theme::modal(ctx, "fork").show(ctx, |ui| contents(ui, fork, busy, effects));
    match modal.inner {
        Some(true) => state.start_fork(),
        Some(false) => state.train.fork = None,
        None if modal.should_close() => state.train.fork = None,
        None => (),
    }
}

/// True to begin, false to leave it.
fn contents(ui: &mut Ui, fork: &mut Fork, busy: bool, effects: &mut Vec<Effect>) -> Option<bool> {
    ui.set_width(380.0);
    ui.heading(format!("Fork {}", fork.from_name));
    ui.weak(format!(
        "A new run begins at step {} with the same weights; both curves are drawn together",
        count(fork.step)
    ));
    ui.add_space(theme::GAP);
    let mut hint = FieldHelp::default();
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        settings(ui, &mut hint, fork, effects);
    });
    ui.add_space(theme::GAP);
    let problem = fork.problem();
    let caution = fork.caution();
    let words = problem.as_deref().or(hint.text()).or(caution.as_deref());
    let words = words.unwrap_or("Shape and data stay");
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

fn settings(ui: &mut Ui, hint: &mut FieldHelp, fork: &mut Fork, effects: &mut Vec<Effect>) {
    row(ui, hint, "Name", "The new run's folder, beside that of the old one", |ui| {
        let field = TextEdit::singleline(&mut fork.name).desired_width(f32::INFINITY);
        if ui.add(field).accessible_name("Fork name").changed() {
            fork.look();
        }
    });
    if fork.has_kinds() {
        let kinds = [
            (ModelKind::Vae, "VAE", "The same kind of model, with the optimiser as it stands"),
            (ModelKind::VaeGan, "VAE-GAN", "Encoder and decoder go on against a new discriminator"),
        ];
        let about = "What the model goes on as";
        if let Some(kind) = choice_row(ui, hint, "Goes on as", about, fork.config.model.kind, &kinds) {
            fork.set_kind(kind);
        }
    }
    let config = &mut fork.config;
    objective::show_changeable(ui, hint, config, effects);
    row(ui, hint, "Steps", "Updates in all, those before the fork included", |ui| {
        number(ui, "Fork steps", &mut config.steps, 1..=10_000_000);
    });
    row(ui, hint, "Seed", "Seed of the batches and the noise from here on", |ui| {
        number(ui, "Fork seed", &mut config.seed, 0..=u64::from(u32::MAX));
    });
}
