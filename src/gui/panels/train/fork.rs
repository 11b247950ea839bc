//! The dialog that begins a run from where another stands.

use eframe::egui::{Align, Context, Label, Layout, RichText, ScrollArea, TextEdit, Ui, vec2};
use rust_i18n::t;

use super::fields::{FieldHelp, choice_row, leave_room_for_bar, more_steps, number, row};
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
    ui.set_width(400.0);
    ui.heading(t!("Fork %{name}", name = fork.from_name));
    ui.weak(t!(
        "A new run begins at step %{step} with the same weights; both curves are drawn together",
        step = count(fork.step)
    ));
    ui.add_space(theme::GAP);
    let mut hint = FieldHelp::default();
    let room = (ui.ctx().content_rect().height() - 320.0).clamp(160.0, 420.0);
    ScrollArea::vertical().max_height(room).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        leave_room_for_bar(ui);
        settings(ui, &mut hint, fork, effects);
    });
    ui.add_space(theme::GAP);
    let problem = fork.problem();
    let caution = fork.caution();
    let usual = t!("The shape of the model and the data stay as they are");
    let words = problem.as_deref().or(hint.text()).or(caution.as_deref()).unwrap_or(&usual);
    let colors = theme::colors(ui);
    let color = if problem.is_some() { colors.warning } else { colors.text_weak };
    // Room for two lines, so that the buttons stay where they are.
    let size = vec2(ui.available_width(), 34.0);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.add(Label::new(RichText::new(words).color(color)).wrap());
    });
    ui.add_space(theme::GAP);
    let mut answer = None;
    ui.horizontal(|ui| {
        let text = if busy { t!("Add fork to the queue") } else { t!("Start fork") };
        let start = ui.add_enabled(problem.is_none(), theme::primary_button(ui, &text));
        if start.on_disabled_hover_text(problem.unwrap_or_default()).clicked() {
            answer = Some(true);
        }
        if ui.button(t!("Cancel")).clicked() {
            answer = Some(false);
        }
    });
    answer
}

fn settings(ui: &mut Ui, hint: &mut FieldHelp, fork: &mut Fork, effects: &mut Vec<Effect>) {
    row(ui, hint, &t!("Name"), &t!("The new run's folder, beside that of the old one"), |ui| {
        let field = TextEdit::singleline(&mut fork.name).desired_width(f32::INFINITY);
        if ui.add(field).accessible_name(t!("Fork name")).changed() {
            fork.look();
        }
    });
    let (most, mut more) = (fork.most(), fork.more());
    more_steps(ui, hint, fork.step, &mut more, most);
    fork.set_more(more);
    if fork.has_kinds() {
        let kinds = [
            (ModelKind::Vae, "VAE".into(), t!("The same kind of model, with the optimiser as it stands")),
            (
                ModelKind::VaeGan,
                "VAE-GAN".into(),
                t!("Encoder and decoder go on against a new discriminator"),
            ),
        ];
        let about = t!("What the model goes on as");
        let kind = fork.config.model.kind;
        if let Some(kind) = choice_row(ui, hint, &t!("Goes on as"), &about, kind, &kinds) {
            fork.set_kind(kind);
        }
    }
    let config = &mut fork.config;
    objective::show_changeable(ui, hint, config, effects);
    row(ui, hint, &t!("Seed"), &t!("Seed of the batches and the noise from here on"), |ui| {
        number(ui, &t!("Fork seed"), &mut config.seed, 0..=u64::from(u32::MAX));
    });
}
