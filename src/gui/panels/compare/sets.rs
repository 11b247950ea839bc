//! The middle of the Compare screen where two sets are compared.

use std::sync::Arc;

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};
use rust_i18n::t;

use super::middle::{exports, sheet_card};
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
    if order.is_none() {
        let rect = ui.max_rect();
        if state.compare.is_measuring(Mode::Sets) {
            let help =
                t!("The tables appear here one after the other; how far it is stands at the lower left");
            return empty::paint(ui, rect, Icon::Table, &t!("Comparing…"), &help);
        }
        empty::dashed(ui, rect.shrink(8.0), false);
        let help = t!(
            "Two folders, zip archives or arrays of images, or two files of features (.npy, .npz) or statistics \
             (.npz). The first is taken for the real images"
        );
        let (drop, choose) = (t!("Drop two sets to compare"), t!("Choose two sets to compare at the left"));
        return empty::paint(ui, rect, Icon::Table, state.offer(&drop, &choose), &help);
    }
    tools(ui, state, order.as_deref());
    ui.add_space(theme::GAP);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let two = &state.compare.two;
        if let Some(measured) = &two.sets {
            let about = t!("How far the sets lie apart, whatever their images are called");
            sheet_card(
                ui,
                &sets_sheet(&measured.order, &measured.found),
                (&t!("As sets"), &about),
                None,
                None,
            );
            ui.add_space(theme::GAP_LARGE);
        }
        match two.pairs.as_ref().map(|measured| (&measured.order, &measured.found)) {
            Some((order, Ok(pairs))) => {
                let about = t!("How well each image agrees with the one of the same name in the other set");
                sheet_card(ui, &pairs_sheet(order, pairs), (&t!("In pairs"), &about), None, None);
            }
            Some((_, Err(message))) => {
                let text = RichText::new(t!("Not compared in pairs, %{why}", why = message)).weak();
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
        copy_line(ui, state, compact, order.map(cli_line::compare), &t!("There is no table yet"));
    });
}
