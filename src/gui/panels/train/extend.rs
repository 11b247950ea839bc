//! The dialog that lets a run that is done go on for more steps.

use eframe::egui::{Context, RichText, Ui};
use rust_i18n::t;

use super::fields::{FieldHelp, more_steps};
use crate::gui::state::State;
use crate::gui::state::train::extend::Extension;
use crate::gui::theme;

/// Shows the dialog if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    let Some(extension) = &mut state.train.extension else { return };
    let busy = state.train.runs.iter().any(|run| run.job.is_some());
    let modal = theme::modal(ctx, "extend").show(ctx, |ui| contents(ui, extension, busy));
    match modal.inner {
        Some(true) => state.extend_run(),
        Some(false) => state.train.extension = None,
        None if modal.should_close() => state.train.extension = None,
        None => (),
    }
}

/// True to go on, false to leave it.
fn contents(ui: &mut Ui, extension: &mut Extension, busy: bool) -> Option<bool> {
    ui.set_width(400.0);
    ui.heading(t!("Continue %{name}", name = extension.name));
    ui.weak(t!("The same run goes on from its last checkpoint, with its settings as they are"));
    ui.add_space(theme::GAP);
    let mut hint = FieldHelp::default();
    let (most, mut more) = (extension.most(), extension.more);
    more_steps(ui, &mut hint, extension.done, &mut more, most);
    extension.more = more;
    if let Some(caution) = extension.caution() {
        ui.add_space(theme::GAP);
        ui.label(RichText::new(caution).color(theme::colors(ui).text_weak));
    }
    ui.add_space(theme::GAP_LARGE);
    let mut answer = None;
    ui.horizontal(|ui| {
        let text = if busy { t!("Add to the queue") } else { t!("Continue") };
        if ui.add(theme::primary_button(ui, &text)).clicked() {
            answer = Some(true);
        }
        if ui.button(t!("Cancel")).clicked() {
            answer = Some(false);
        }
    });
    answer
}
