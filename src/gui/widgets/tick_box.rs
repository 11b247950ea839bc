//! A box to tick, with an edge that is seen in both themes, ticked or not.

use eframe::egui::{Checkbox, IntoAtoms, Response, Stroke, Ui};

use crate::gui::theme;

/// Shows a box with its words.
pub fn show<'a>(ui: &mut Ui, ticked: &'a mut bool, words: impl IntoAtoms<'a>) -> Response {
    ui.scope(|ui| {
        let colors = theme::colors(ui);
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.inactive.bg_fill = colors.raised;
        widgets.inactive.bg_stroke = Stroke::new(1.0, colors.text_weak);
        widgets.hovered.bg_stroke = Stroke::new(1.0, colors.text_strong);
        ui.add(Checkbox::new(ticked, words))
    })
    .inner
}
