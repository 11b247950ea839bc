//! The cover of the window while a file is dragged over it.

use eframe::egui::{Align2, Area, Context, Id, Order, Rect, Ui, vec2};
use rust_i18n::t;

use crate::gui::theme;
use crate::gui::widgets::empty;
use crate::gui::widgets::icon::Icon;

/// Covers the window if a file hovers over it, and says what will become of it.
pub fn show(ctx: &Context, help: &str) {
    let hovered = ctx.input(|input| input.raw.hovered_files.len());
    if hovered == 0 {
        return;
    }
    let rect = ctx.content_rect();
    Area::new(Id::unique("drop overlay"))
        .order(Order::Foreground)
        .fixed_pos(rect.min)
        .interactable(false)
        .show(ctx, |ui| {
            ui.set_min_size(rect.size());
            paint(ui, rect, hovered, help);
        });
}

fn paint(ui: &Ui, rect: Rect, files: usize, help: &str) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, colors.veil);
    let inner = rect.shrink(24.0);
    empty::dashed(ui, inner, true);
    let sign = Rect::from_center_size(inner.center() - vec2(0.0, 52.0), vec2(44.0, 44.0));
    Icon::Photo.paint(painter, sign, colors.accent);
    let text = if files == 1 { t!("Drop it here") } else { t!("Drop %{n} files here", n = files) };
    let at = inner.center();
    painter.text(at, Align2::CENTER_CENTER, text, theme::semibold_font(20.0), colors.text_strong);
    painter.text(at + vec2(0.0, 28.0), Align2::CENTER_CENTER, help, theme::body_font(), colors.text);
}
