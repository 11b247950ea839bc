//! The next part of a guided demonstration, above the plots.

use eframe::egui::{Frame, Label, Margin, RichText, Ui};

use crate::gui::state::train::run::Run;
use crate::gui::theme;

/// Shows the part of the demonstration, if the run is one; at its end what it found.
pub fn show(ui: &mut Ui, run: &Run) {
    if run.chapter.is_none() && run.outcome.is_none() {
        return;
    }
    let colors = theme::colors(ui);
    let frame = Frame::new().fill(colors.accent_soft).corner_radius(theme::RADIUS);
    frame.inner_margin(Margin::symmetric(14, 9)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        if let Some(outcome) = &run.outcome {
            ui.label(theme::semibold("What was seen", 14.0).color(colors.text_strong));
            ui.add(Label::new(outcome).wrap());
            return;
        }
        let Some(chapter) = &run.chapter else { return };
        ui.horizontal(|ui| {
            ui.label(theme::semibold(&chapter.title, 14.0).color(colors.text_strong));
            ui.weak(format!("{} of {}", chapter.number + 1, chapter.of));
        });
        ui.add(Label::new(RichText::new(&chapter.text)).wrap());
    });
    ui.add_space(theme::GAP_SMALL);
}
