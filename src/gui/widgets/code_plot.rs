//! A code as bars: what a model keeps of a picture.

use eframe::egui::Ui;
use egui_plot::{Bar, BarChart, Plot};

use crate::gui::theme;

const HEIGHT: f32 = 96.0;
/// The axis reaches at least this many standard deviations, as the sliders do.
const SPAN: f64 = 3.0;

/// Shows `values` (dimension and position in standard deviations) from left to right; the pointer reads them.
pub fn show(ui: &mut Ui, values: &[(usize, f32)]) {
    let colors = theme::colors(ui);
    let bar = |(rank, (dim, value)): (usize, &(usize, f32))| {
        let fill = if *value < 0.0 { colors.measure } else { colors.accent };
        Bar::new(rank as f64, f64::from(*value)).width(0.8).fill(fill).name(format!("z{dim}"))
    };
    let bars = values.iter().enumerate().map(bar).collect();
    let read = |bar: &Bar, _: &BarChart| format!("{} {:+.2}", bar.name, bar.value);
    let chart = BarChart::new("code", bars).element_formatter(Box::new(read));
    Plot::new("code")
        .height(HEIGHT)
        .show_axes(false)
        .show_grid(false)
        .show_x(false)
        .show_y(false)
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .include_y(SPAN)
        .include_y(-SPAN)
        .show(ui, |plot| plot.bar_chart(chart));
}
