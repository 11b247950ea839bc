//! The measurement that goes on, its progress, and the way to stop it.

use eframe::egui::{Align, Frame, Label, Layout, Margin, ProgressBar, RichText, Ui};

use crate::gui::state::State;
use crate::gui::state::compare::{JobPurpose, Mode};
use crate::gui::state::messages::time_left;
use crate::gui::theme;

/// Shows the jobs whose results this mode shows, if there are any.
pub fn show(ui: &mut Ui, state: &mut State, mode: Mode) {
    let Some(pending) = state.compare.pending_in(mode).next() else { return };
    let colors = theme::colors(ui);
    let line = state.messages.jobs.iter().find(|line| line.id == pending.job);
    let what = match &pending.asked {
        JobPurpose::Claim(order) => order.claim.claim().title(),
        JobPurpose::Pixels(_) => "Measuring reconstructions",
        JobPurpose::Draws(_) => "Measuring draws",
        JobPurpose::Smoothness(_) => "Measuring smoothness",
        JobPurpose::Pairs(_) => "Comparing in pairs",
        JobPurpose::Sets(_) => "Comparing as sets",
    };
    let detail = match line {
        _ if pending.cancelling => "stopping…".to_owned(),
        Some(line) => line.detail.clone(),
        None => match state.messages.jobs.first() {
            Some(other) => format!("waits until the job before it is over ({})", other.title),
            None => "waits for its turn".into(),
        },
    };
    let left = line.and_then(|line| line.seconds_left).map(time_left).unwrap_or_default();
    let part = line.and_then(|line| line.part).unwrap_or(0.0);
    let more = state.compare.pending_in(mode).count() - 1;
    let frame = Frame::new().fill(colors.panel).corner_radius(theme::RADIUS);
    let stop = frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let stop = ui.horizontal(|ui| {
            ui.label(theme::semibold(what, 13.0).color(colors.text_strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let stop = ui.button("Cancel").on_hover_text("Stop; the tables of the last time stay");
                if !left.is_empty() {
                    ui.weak(left);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(detail).weak()).truncate());
                });
                stop.clicked()
            })
            .inner
        });
        let width = ui.available_width();
        ui.add(ProgressBar::new(part).desired_width(width).desired_height(5.0).fill(colors.accent));
        if more > 0 {
            let next = state.compare.pending_in(mode).nth(1).map(|next| &next.asked);
            ui.weak(match next {
                Some(JobPurpose::Claim(order)) => {
                    format!("Then {}", order.claim.claim().title().to_lowercase())
                }
                Some(JobPurpose::Draws(_)) => "Then their draws".into(),
                Some(JobPurpose::Smoothness(_)) => "Then how smooth their code spaces are".into(),
                _ => "Then as sets".into(),
            });
        }
        stop.inner
    });
    ui.add_space(theme::GAP);
    if stop.inner {
        state.cancel_measuring(mode);
    }
}
