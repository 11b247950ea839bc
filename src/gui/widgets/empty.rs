//! The placeholder where nothing is yet: a sign, what is missing, what to do.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, vec2};

use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Widest lines of help: longer ones are hard to read.
const WIDEST: f32 = 520.0;

/// Fills a place with a sign, a headline and a line of help.
pub fn paint(ui: &Ui, rect: Rect, icon: Icon, headline: &str, help: &str) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let center = rect.center();
    let width = (rect.width() - 32.0).min(WIDEST);
    let words = |text: &str, font, color| {
        let mut job = LayoutJob::simple(text.to_owned(), font, color, width);
        job.halign = Align::Center;
        painter.layout_job(job)
    };
    // A headline of several lines grows upwards, so that what callers put beneath the help stays beneath it.
    let headline_words = words(headline, theme::semibold_font(15.0), colors.text);
    let at = center + vec2(0.0, 16.0 - headline_words.size().y);
    say(ui, headline_words.rect.translate(at.to_vec2()), headline);
    let sign = Rect::from_center_size(at - vec2(0.0, 31.0), vec2(34.0, 34.0));
    icon.paint(painter, sign, colors.text_weak);
    painter.galley(at, headline_words, colors.text);
    let help_words = words(help, theme::body_font(), colors.text_weak);
    let at = center + vec2(0.0, 22.0);
    say(ui, help_words.rect.translate(at.to_vec2()), help);
    painter.galley(at, help_words, colors.text_weak);
}

/// Tells those who have the screen read to them what is painted here.
pub fn say(ui: &Ui, rect: Rect, text: &str) {
    let place = ui.interact(rect, ui.scope_id().with(("words", text)), Sense::hover());
    place.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
}

/// Shows buttons side by side in the middle of a place.
pub fn row<R>(ui: &mut Ui, rect: Rect, buttons: impl FnOnce(&mut Ui) -> R) -> R {
    // How wide they are is known once they were shown.
    let id = ui.scope_id().with("row of buttons");
    let width: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(rect.width());
    let place = Rect::from_center_size(rect.center(), vec2(width, rect.height()));
    let shown = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.horizontal(buttons)).inner;
    let found = shown.response.rect.width().min(rect.width());
    if (found - width).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, found));
        ui.ctx().request_repaint();
    }
    shown.inner
}

/// A dashed frame around a place where something can be dropped.
pub fn dashed(ui: &Ui, rect: Rect, strong: bool) {
    let colors = theme::colors(ui);
    let color = if strong { colors.accent } else { colors.line };
    let stroke = Stroke::new(if strong { 2.0 } else { 1.0 }, color);
    let inner = rect.shrink(1.0);
    let corners =
        [inner.left_top(), inner.right_top(), inner.right_bottom(), inner.left_bottom(), inner.left_top()];
    for pair in corners.windows(2) {
        ui.painter().extend(eframe::egui::Shape::dashed_line(pair, stroke, 6.0, 5.0));
    }
}
