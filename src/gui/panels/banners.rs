//! Messages that stay until they are closed, under the top bar.

use eframe::egui::{Align, Frame, Label, Layout, Margin, Panel, Rect, Ui, vec2};

use crate::gui::state::State;
use crate::gui::state::messages::{Banner, Remedy, Severity};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Shows the banners, if there are any.
pub fn show(ui: &mut Ui, state: &mut State) {
    if state.messages.banners.is_empty() {
        return;
    }
    let frame = Frame::new().fill(theme::colors(ui).bar).inner_margin(Margin {
        left: theme::MARGIN,
        right: theme::MARGIN,
        top: 8,
        bottom: 8,
    });
    let mut closed = None;
    let mut wanted = None;
    Panel::top("banners").resizable(false).show_separator_line(false).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        for (index, banner) in state.messages.banners.iter().enumerate() {
            ui.push_id(index, |ui| one(ui, banner, || closed = Some(index), || wanted = banner.remedy));
        }
    });
    if let Some(index) = closed {
        state.messages.banners.remove(index);
    }
    match wanted {
        Some(Remedy::Resume(key)) => state.resume_run(key),
        Some(Remedy::Restart) => state.restart_worker(),
        None => (),
    }
}

fn one(ui: &mut Ui, banner: &Banner, close: impl FnOnce(), help: impl FnOnce()) {
    let colors = theme::colors(ui);
    let (color, word) = match banner.notice.severity {
        Severity::Info => (colors.accent, "Note"),
        Severity::Warning => (colors.warning, "Warning"),
        Severity::Error => (colors.error, "Error"),
    };
    let frame = Frame::new().fill(colors.raised).corner_radius(theme::RADIUS_SMALL).inner_margin(Margin {
        left: 14,
        right: 6,
        top: 5,
        bottom: 5,
    });
    let shown = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let end = if banner.remedy.is_some() { 120.0 } else { 36.0 };
            let times = if banner.times > 1 { 40.0 } else { 0.0 };
            ui.label(theme::semibold(word, 13.0).color(color));
            let width = (ui.available_width() - end - times).max(100.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(Label::new(&banner.notice.message).wrap().selectable(true));
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                let response = Icon::Close.button_sized(ui, "Close message", 22.0);
                if response.on_hover_text("Close this message").clicked() {
                    close();
                }
                let remedy = banner.remedy.map(|remedy| match remedy {
                    Remedy::Resume(_) => ("Resume", "Go on from the last checkpoint"),
                    Remedy::Restart => ("Restart", "Start the worker again and open the models anew"),
                });
                if let Some((text, tip)) = remedy
                    && ui.button(text).on_hover_text(tip).clicked()
                {
                    help();
                }
                if banner.times > 1 {
                    ui.weak(format!("×{}", banner.times)).on_hover_text("How often this was said");
                }
            });
        });
    });
    let rect = shown.response.rect;
    let mark = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
    ui.painter().rect_filled(mark, 1.5, color);
}
