//! Number of dimensions that carry information, over the steps.

use std::borrow::Cow;

use eframe::egui::{Shape, Stroke, Ui, pos2, vec2};
use rust_i18n::t;

use super::run::CockpitRun;
use crate::config::Change;
use crate::gui::state::messages::count;
use crate::gui::state::train::diagnosis::number;
use crate::gui::state::train::in_words;
use crate::gui::state::train::insight::CollapseReading;
use crate::gui::theme;
use crate::gui::widgets::card::{self, CardHead};
use crate::gui::widgets::chart::{Axes, Chart};

fn help() -> [Cow<'static, str>; 2] {
    [
        t!(
            "Dimensions whose μ has a variance above 0.01 over the images (Burda et al. 2016). For sparse codes, those \
             whose standard deviation is above a hundredth of the largest"
        ),
        t!(
            "A curve that falls is a posterior that collapses. The marks at the top are settings that were changed"
        ),
    ]
}

/// Shows the curve at this height.
pub fn show(ui: &mut Ui, run: &CockpitRun<'_>, height: f32) {
    let dims = run.config.model.latent_dim;
    let points: Vec<(usize, usize)> =
        run.insight.readings().filter_map(|reading| Some((reading.step, reading.active_units?))).collect();
    let figure = points
        .last()
        .map_or(Cow::Borrowed(""), |(_, units)| t!("%{n} of %{all}", n = count(*units), all = count(dims)));
    let (title, help) = (t!("Active units"), help());
    card::show(
        ui,
        &CardHead { title: &title, figure: &figure, help: &help.each_ref().map(|text| &**text) },
        |ui| {
            let first = points.first().filter(|_| points.len() > 1).map_or(0, |(step, _)| *step) as f64;
            let last = points.last().map_or(1, |(step, _)| *step) as f64;
            let x = first..=last.max(first + 1.0);
            let y = 0.0..=dims as f64 * 1.06;
            let name = t!("Active units over the steps, now %{figure}", figure = figure);
            let x_title = t!("step");
            let axes = Axes { name: &name, x, y, height, x_title: Some(&x_title), y_ticks: true };
            let chart = axes.show(ui);
            for change in &run.insight.changes {
                mark(ui, &chart, change);
            }
            let at = |(step, units): &(usize, usize)| chart.at(*step as f64, *units as f64);
            let line: Vec<_> = points.iter().map(at).collect();
            chart.area(&line, run.color.gamma_multiply(0.16));
            match line.last() {
                Some(end) => {
                    chart.painter.circle_filled(*end, 3.5, run.color);
                }
                None => chart.notice(ui, &t!("Counted as soon as the run trains on")),
            }
            chart.line(line, Stroke::new(2.0, run.color));
            read(ui, &chart, run, dims);
        },
    );
}

/// A line where a setting was changed.
fn mark(ui: &Ui, chart: &Chart, change: &Change) {
    let colors = theme::colors(ui);
    let x = chart.at(change.step as f64, 0.0).x;
    chart.painter.vline(x, chart.rect.y_range(), Stroke::new(1.0, colors.warning.gamma_multiply(0.4)));
    let tip = pos2(x, chart.rect.top());
    let triangle = vec![tip + vec2(-4.0, 0.0), tip + vec2(4.0, 0.0), tip + vec2(0.0, 5.0)];
    chart.painter.add(Shape::convex_polygon(triangle, colors.warning, Stroke::NONE));
}

/// Says what lies under the pointer.
fn read(ui: &Ui, chart: &Chart, run: &CockpitRun<'_>, dims: usize) {
    let Some(pointed) = chart.pointed() else { return };
    let away = |reading: &CollapseReading| (reading.step as f64 - pointed).abs();
    let counted = run.insight.readings().filter(|reading| reading.active_units.is_some());
    let Some(reading) = counted.min_by(|a, b| away(a).total_cmp(&away(b))) else { return };
    let units = reading.active_units.unwrap_or(0);
    let at = chart.at(reading.step as f64, units as f64);
    let colors = theme::colors(ui);
    chart.painter.vline(at.x, chart.rect.y_range(), Stroke::new(1.0, colors.text_weak.gamma_multiply(0.6)));
    chart.painter.circle_filled(at, 4.0, colors.text_strong);
    chart.response.clone().on_hover_ui_at_pointer(|ui| {
        ui.label(t!(
            "%{n} of %{all} active after %{step} steps",
            n = units,
            all = dims,
            step = count(reading.step)
        ));
        if let Some(weight) = reading.kl_weight {
            ui.label(t!("KL weight %{weight}", weight = number(weight)));
        }
        let before = run.insight.changes.iter().rev().find(|change| change.step <= reading.step);
        if let Some(change) = before {
            let words = in_words::change(change.adjustment);
            ui.weak(t!("Changed last at step %{step}, %{change}", step = count(change.step), change = words));
        }
    });
}
