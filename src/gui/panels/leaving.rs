//! The question that closing the window raises while a run goes on.

use eframe::egui::{Context, Spinner, Ui};
use rust_i18n::t;

use crate::gui::state::State;
use crate::gui::state::train::Leaving;
use crate::gui::theme;

/// Asks, or says that the run saves itself, if the window is about to close.
pub fn show(ctx: &Context, state: &mut State) {
    match state.train.leaving {
        Leaving::Asking => {
            let modal = theme::modal(ctx, "leaving").show(ctx, |ui| ask(ui, state));
            if modal.should_close() && state.train.leaving == Leaving::Asking {
                state.stay();
            }
        }
        Leaving::Saving => {
            theme::modal(ctx, "leaving").show(ctx, |ui| saving(ui, state));
        }
        Leaving::No | Leaving::Now => (),
    }
}

fn ask(ui: &mut Ui, state: &mut State) {
    ui.set_width(440.0);
    ui.heading(t!("A run is still training"));
    ui.add_space(theme::GAP);
    let name = state.train.active().map(|run| run.name());
    let first = match &name {
        Some(name) => {
            t!("%{name} can be saved now and go on the next time you open Morphospace.", name = name)
        }
        None => t!("The run that waits can be started again another time."),
    };
    ui.label(first);
    match state.train.queued() {
        0 => (),
        1 => drop(ui.label(t!("A run that waits in the queue has not begun and is dropped."))),
        n => drop(ui.label(t!("%{n} runs that wait in the queue have not begun and are dropped.", n = n))),
    }
    ui.add_space(theme::GAP_LARGE);
    ui.horizontal(|ui| {
        let save = ui.add(theme::primary_button(ui, &t!("Save and close")));
        if save.on_hover_text(t!("Write a checkpoint, then close the window")).clicked() {
            state.save_and_close();
        }
        let help = t!("The run goes on from its last checkpoint another time; the steps since then are lost");
        if ui.button(t!("Close without saving")).on_hover_text(help).clicked() {
            state.close_unsaved();
        }
        if ui.button(t!("Keep training")).on_hover_text(t!("Leave the window open")).clicked() {
            state.stay();
        }
    });
}

fn saving(ui: &mut Ui, state: &mut State) {
    ui.set_width(440.0);
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(16.0));
        ui.heading(t!("Saving…"));
    });
    ui.add_space(theme::GAP);
    ui.label(t!("The window closes when the run is on the disk."));
    ui.add_space(theme::GAP_LARGE);
    let response = ui.button(t!("Close without waiting"));
    let help = t!("The run goes on from its last checkpoint; the steps since then are lost");
    if response.on_hover_text(help).clicked() {
        state.close_now();
    }
}
