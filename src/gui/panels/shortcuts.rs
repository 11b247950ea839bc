//! The list of keyboard shortcuts, and beneath it the cache of data sets.

use eframe::egui::{Context, Grid, RichText, Ui};

use crate::gui::intents::{self, Intent};
use crate::gui::panels::{cache, head};
use crate::gui::state::State;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Shows the list if it is open.
pub fn show(ctx: &Context, state: &mut State) {
    if !state.shortcuts_open {
        return;
    }
    let modal = theme::modal(ctx, "shortcuts").show(ctx, |ui| {
        ui.set_width(620.0);
        let closed = head(ui, "Keyboard shortcuts", |ui| Icon::Close.button(ui, "Close shortcuts").clicked());
        ui.add_space(theme::GAP_SMALL);
        list(ui);
        ui.add_space(theme::GAP_LARGE);
        cache::show(ui, state);
        ui.add_space(theme::GAP_LARGE);
        intents::button(ui, state, Intent::About);
        closed
    });
    if modal.inner || modal.should_close() {
        state.shortcuts_open = false;
    }
}

fn list(ui: &mut Ui) {
    let colors = theme::colors(ui);
    let ctx = ui.ctx().clone();
    let intents = Intent::ALL.into_iter().filter_map(|intent| {
        let keys = intents::keys(&ctx, &intent.shortcut()?);
        Some((keys, intent.text().trim_end_matches('…')))
    });
    let others = [
        ("Arrows", "Move the slider or pad in focus"),
        ("Double click", "Put a slider in the middle"),
        ("Esc", "Close what is open"),
    ];
    let lines: Vec<_> = intents.chain(others.map(|(keys, text)| (keys.to_owned(), text))).collect();
    let half = lines.len().div_ceil(2);
    Grid::new("shortcut list").num_columns(4).spacing([20.0, 7.0]).show(ui, |ui| {
        for index in 0..half {
            for (keys, text) in [lines.get(index), lines.get(index + half)].into_iter().flatten() {
                ui.label(RichText::new(keys).color(colors.accent));
                ui.label(*text);
            }
            ui.end_row();
        }
    });
}
