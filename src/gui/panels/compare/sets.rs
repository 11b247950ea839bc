//! The middle of the Compare screen where two sets are compared.

use std::sync::Arc;

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use super::middle::{exports, sheet_card};
use super::progress;
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, is_compact};
use crate::gui::state::State;
use crate::gui::state::compare::Mode;
use crate::gui::state::compare::sets::{SetsOrder, pairs_sheet, sets_sheet};
use crate::gui::theme;
use crate::gui::widgets::empty;
use crate::gui::widgets::icon::Icon;

/// Shows the middle.
pub fn show(ui: &mut Ui, state: &mut State) {
    let two = &state.compare.two;
    let pairs = two.pairs.as_ref().map(|pairs| Arc::clone(&pairs.order));
    let order = pairs.or(two.sets.as_ref().map(|sets| Arc::clone(&sets.order)));
    if order.is_none() && !state.compare.is_measuring(Mode::Sets) {
        let rect = ui.max_rect();
        empty::dashed(ui, rect.shrink(8.0), false);
        let help = "Two folders, zip archives or arrays of images, or two files of features (.npy, .npz) or statistics (.npz). \
                    The first is taken for the real images";
        return empty::paint(
            ui,
            rect,
            Icon::Table,
            state.offer("Drop two sets to compare", "Choose two sets to compare"),
            help,
        );
    }
    tools(ui, state, order.as_deref());
    ui.add_space(theme::GAP);
    progress::show(ui, state, Mode::Sets);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let two = &state.compare.two;
        if let Some(measured) = &two.sets {
            let about = &["How far the sets lie apart, whatever their images are called"];
            sheet_card(ui, &sets_sheet(&measured.order, &measured.found), about, None);
            ui.add_space(theme::GAP_LARGE);
        }
        match two.pairs.as_ref().map(|measured| (&measured.order, &measured.found)) {
            Some((order, Ok(pairs))) => {
                let about = &["How well each image agrees with the one of the same name in the other set"];
                sheet_card(ui, &pairs_sheet(order, pairs), about, None);
            }
            Some((_, Err(message))) => {
                let text = RichText::new(format!("Not compared in pairs, {message}")).weak();
                ui.add(Label::new(text).wrap());
            }
            None => (),
        }
    });
}

fn tools(ui: &mut Ui, state: &mut State, order: Option<&SetsOrder>) {
    let compact = is_compact(ui);
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        exports(ui, state, compact);
        copy_line(ui, state, compact, order.map(cli_line::compare), "There is no table yet");
    });
}
