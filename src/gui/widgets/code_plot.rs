//! Codes as bars: what a model keeps of a picture, and how active its units are.

use eframe::egui::{Role, Sense, Stroke, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, HLine, Plot};
use rust_i18n::t;

use super::loss_plot::still_plot;
use crate::gui::theme;

/// Height of the bars of a code.
const CODE: f32 = 96.0;
/// Height of the bars of activities.
const ACTIVITY: f32 = 56.0;
/// The axis reaches at least this many standard deviations, as the sliders do.
const SPAN: f64 = 3.0;

/// Shows a code, dimensions with their position in standard deviations, from left to right; the pointer
/// reads them.
pub fn code(ui: &mut Ui, values: &[(usize, f32)]) {
    let colors = theme::colors(ui);
    let fill = |value: f32| if value < 0.0 { colors.measure } else { colors.accent };
    let read = |bar: &Bar| format!("{} {:+.2}", bar.name, bar.value).replace('-', "−");
    let chart = chart("code", values, fill, read);
    let plot = quiet("code", CODE).include_y(SPAN).include_y(-SPAN);
    let shown = plot.show(ui, |plot| plot.bar_chart(chart));
    let words = match farthest(values) {
        Some((dim, value)) => t!(
            "Code of %{n} numbers, the farthest from its mean is z%{dim} with %{value}",
            n = values.len(),
            dim = dim,
            value = format!("{value:+.2}").replace('-', "−")
        ),
        None => t!("Code without numbers"),
    };
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &*words));
}

/// Shows the mean activity of units from left to right, and a line at the one that they were drawn to.
pub fn activity(ui: &mut Ui, values: &[(usize, f32)], target: Option<f64>) {
    let colors = theme::colors(ui);
    let chart = chart("activity", values, |_| colors.measure, |bar| format!("{} {:.3}", bar.name, bar.value));
    let shown = quiet("activity", ACTIVITY).include_y(0.0).show(ui, |plot| {
        plot.bar_chart(chart);
        if let Some(target) = target {
            plot.hline(HLine::new("target", target).stroke(Stroke::new(1.0, colors.text_weak)));
        }
    });
    let words = t!("Mean activity of %{n} units", n = values.len());
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &*words));
}

/// The number of a code that is farthest from its mean.
fn farthest(values: &[(usize, f32)]) -> Option<(usize, f32)> {
    values.iter().copied().max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))
}

fn chart(
    name: &'static str,
    values: &[(usize, f32)],
    fill: impl Fn(f32) -> eframe::egui::Color32,
    read: impl Fn(&Bar) -> String + 'static,
) -> BarChart {
    let bar = |(rank, (dim, value)): (usize, &(usize, f32))| {
        Bar::new(rank as f64, f64::from(*value)).width(0.8).fill(fill(*value)).name(format!("z{dim}"))
    };
    let bars = values.iter().enumerate().map(bar).collect();
    BarChart::new(name, bars).element_formatter(Box::new(move |bar, _| read(bar)))
}

/// Bars alone: no axes, nothing to drag.
fn quiet(name: &str, height: f32) -> Plot<'static> {
    still_plot(name)
        .sense(Sense::hover())
        .height(height)
        .show_axes(false)
        .show_grid(false)
        .show_x(false)
        .show_y(false)
}
