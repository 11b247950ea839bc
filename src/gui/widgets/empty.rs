//! The placeholder where nothing is yet: a sign, what is missing, what to do.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Align2, Rect, Stroke, Ui, UiBuilder, vec2};

use crate::gui::theme;
use crate::gui::widgets::icon::Icon;

/// Widest lines of help: longer ones are hard to read.
const WIDEST: f32 = 520.0;

/// Fills a place with a sign, a headline and a line of help.
pub fn paint(ui: &Ui, rect: Rect, icon: Icon, headline: &str, help: &str) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let center = rect.center();
    let sign = Rect::from_center_size(center - vec2(0.0, 34.0), vec2(34.0, 34.0));
    icon.paint(painter, sign, colors.text_weak);
    let font = theme::semibold_font(15.0);
    painter.text(center + vec2(0.0, 6.0), Align2::CENTER_CENTER, headline, font, colors.text);
    let mut job = LayoutJob::simple(
        help.to_owned(),
        theme::body_font(),
        colors.text_weak,
        (rect.width() - 32.0).min(WIDEST),
    );
    job.halign = Align::Center;
    painter.galley(center + vec2(0.0, 22.0), painter.layout_job(job), colors.text_weak);
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
