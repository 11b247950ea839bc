//! A small curve in a line of text.

use eframe::egui::{Pos2, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme;

/// Its size in points.
const SIZE: [f32; 2] = [72.0, 18.0];

/// Shows values from the left, `most` of which fill its width, between 0 and the largest one.
pub fn show(ui: &mut Ui, values: &[f32], most: usize, name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(SIZE[0], SIZE[1]), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let top = values.iter().copied().fold(0.0, f32::max);
    if top <= 0.0 || most < 2 {
        return;
    }
    let place = |(index, value): (usize, &f32)| {
        let x = rect.left() + rect.width() * index as f32 / (most - 1) as f32;
        pos2(x, rect.bottom() - 1.0 - (rect.height() - 2.0) * (value / top))
    };
    let points: Vec<Pos2> = values.iter().enumerate().map(place).collect();
    let colors = theme::colors(ui);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, colors.line));
    ui.painter().line(points, (1.5, colors.accent));
}
