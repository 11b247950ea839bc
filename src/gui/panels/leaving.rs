//! The question that closing the window raises while a run goes on.

use eframe::egui::{Context, Spinner, Ui};

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
    ui.set_width(420.0);
    ui.heading("A run is still training");
    ui.add_space(theme::GAP);
    let name = state.train.active().map(|run| run.name());
    let first = match &name {
        Some(name) => format!("{name} can be saved now and go on the next time you open Morphospace."),
        None => "The run that waits can be started again another time.".into(),
    };
    ui.label(first);
    match state.train.queued() {
        0 => (),
        1 => drop(ui.label("A run that waits in the queue has not begun and is dropped.")),
        n => drop(ui.label(format!("{n} runs that wait in the queue have not begun and are dropped."))),
    }
    ui.add_space(theme::GAP_LARGE);
    ui.horizontal(|ui| {
        let save = ui.add(theme::primary_button(ui, "Save and close"));
        if save.on_hover_text("Write a checkpoint, then close the window").clicked() {
            state.save_and_close();
        }
        if ui.button("Keep training").on_hover_text("Leave the window open").clicked() {
            state.stay();
        }
    });
}

fn saving(ui: &mut Ui, state: &mut State) {
    ui.set_width(420.0);
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(16.0));
        ui.heading("Saving…");
    });
    ui.add_space(theme::GAP);
    ui.label("The window closes when the run is on the disk.");
    ui.add_space(theme::GAP_LARGE);
    let response = ui.button("Close without waiting");
    let help = "The run goes on from its last checkpoint; the steps since then are lost";
    if response.on_hover_text(help).clicked() {
        state.close_now();
    }
}
