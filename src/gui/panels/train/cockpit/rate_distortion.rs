//! The path of a run through the plane of rate and distortion.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use eframe::egui::{Align2, Color32, Pos2, Shape, Stroke, Ui, vec2};
use rust_i18n::t;

use super::run::CockpitRun;
use crate::config::Change;
use crate::gui::state::messages::count;
use crate::gui::state::train::in_words;
use crate::gui::state::train::insight::CollapseReading;
use crate::gui::theme;
use crate::gui::widgets::card::{self, CardHead};
use crate::gui::widgets::chart::{Axes, Chart};

/// Opacity of the beginning of a trail; its end is opaque.
const OLDEST: f32 = 0.14;
/// Opacity of other runs.
const FAINT: f32 = 0.35;
/// Width at which the words at the top have room beside each other.
const WORDS: f32 = 240.0;
/// Points around a place in which the pointer finds it.
const REACH: f32 = 24.0;

fn help() -> [Cow<'static, str>; 3] {
    [
        t!(
            "Rate is the KL of the codes from the prior in nats, summed over dimensions: what the codes tell about an \
             image. Distortion is the RE of the reconstructions, mean squared error per pixel and channel; less is \
             better"
        ),
        t!(
            "The KL weight moves a model along the frontier between the two (Alemi et al. 2018): to the left and up \
             when it is raised, to the right and down when it is lowered. At the left end the posterior has collapsed"
        ),
        t!(
            "The trail fades into the past, diamonds are settings that were changed, other visible runs are faint"
        ),
    ]
}

/// Shows the plane at this height.
pub fn show(ui: &mut Ui, run: &CockpitRun<'_>, others: &[CockpitRun<'_>], height: f32) {
    let path: Vec<&CollapseReading> = run.insight.readings().collect();
    let now = path.last();
    let figure = match now.and_then(|now| Some((now.rate?, now.distortion))) {
        Some((rate, distortion)) if run.has_prior() => {
            t!("%{rate} nats, RE %{re}", rate = format!("{rate:.1}"), re = format!("{distortion:.4}"))
        }
        _ => "".into(),
    };
    let (title, help) = (t!("Rate and distortion"), help());
    card::show(
        ui,
        &CardHead { title: &title, figure: &figure, help: &help.each_ref().map(|text| &**text) },
        |ui| {
            let colors = theme::colors(ui);
            let others = || others.iter().filter(|other| other.has_prior());
            let elsewhere = others().flat_map(|other| other.insight.readings());
            let all: Vec<&CollapseReading> = path.iter().copied().chain(elsewhere).collect();
            let x = span(all.iter().filter_map(|reading| reading.rate), 1.15);
            // The words at the top have a strip of their own.
            let y = span(all.iter().map(|reading| reading.distortion), 1.4);
            let name = t!("Path of rate and distortion, now %{figure}", figure = figure);
            let (rate, y_ticks) = (t!("rate, nats"), run.has_prior());
            let x_title = run.has_prior().then_some(&*rate);
            let chart = Axes { name: &name, x, y, height, x_title, y_ticks }.show(ui);
            if !run.has_prior() {
                return chart.notice(ui, &t!("Without a prior there is no rate"));
            }
            let corner = chart.rect.shrink2(vec2(7.0, 4.0));
            let direction = t!("← higher KL weight · lower →");
            if corner.width() >= WORDS {
                chart.words(corner.right_top(), Align2::RIGHT_TOP, &direction, colors.text_weak);
            }
            chart.words(corner.left_top(), Align2::LEFT_TOP, "RE", colors.text_weak);
            chart.words(corner.left_bottom(), Align2::LEFT_BOTTOM, &t!("← collapsed"), colors.text_weak);
            for other in others() {
                let readings = other.insight.readings();
                let line: Vec<Pos2> = readings.filter_map(|reading| place(&chart, reading)).collect();
                let color = other.color.gamma_multiply(FAINT);
                if let Some(end) = line.last() {
                    chart.painter.circle_filled(*end, 3.0, color);
                }
                chart.line(line, Stroke::new(1.5, color));
            }
            trail(&chart, &path, colors.canvas, run.color);
            for change in &run.insight.changes {
                if let Some(at) = place_of(&chart, &path, change) {
                    diamond(&chart, at, colors.warning);
                }
            }
            if let Some(at) = now.and_then(|now| place(&chart, now)) {
                chart.painter.circle_filled(at, 9.0, run.color.gamma_multiply(0.3));
                chart.painter.circle(at, 4.5, run.color, Stroke::new(1.5, colors.text_strong));
            }
            read(ui, &chart, &path, &run.insight.changes);
        },
    );
}

/// From 0 to so many times the largest number.
fn span(numbers: impl Iterator<Item = f64>, times: f64) -> RangeInclusive<f64> {
    let most = numbers.filter(|number| number.is_finite()).fold(0.0, f64::max);
    0.0..=if most > 0.0 { most * times } else { 1.0 }
}

fn place(chart: &Chart, reading: &CollapseReading) -> Option<Pos2> {
    Some(chart.at(reading.rate?, reading.distortion))
}

/// A line that fades into the past, towards the colour of the ground: see-through pieces would show where
/// they meet.
fn trail(chart: &Chart, path: &[&CollapseReading], ground: Color32, color: Color32) {
    let points: Vec<Pos2> = path.iter().filter_map(|reading| place(chart, reading)).collect();
    let last = points.len().saturating_sub(1).max(1) as f32;
    for (index, pair) in points.windows(2).enumerate() {
        let age = (index + 1) as f32 / last;
        let color = ground.lerp_to_gamma(color, OLDEST + (1.0 - OLDEST) * age * age);
        chart.painter.line_segment([pair[0], pair[1]], Stroke::new(2.0, color));
    }
}

/// Where the run stood when a setting was changed.
fn place_of(chart: &Chart, path: &[&CollapseReading], change: &Change) -> Option<Pos2> {
    place(chart, path[..path.partition_point(|reading| reading.step <= change.step)].last()?)
}

fn diamond(chart: &Chart, at: Pos2, color: Color32) {
    let corners = [vec2(0.0, -5.0), vec2(5.0, 0.0), vec2(0.0, 5.0), vec2(-5.0, 0.0)];
    let corners = corners.map(|corner| at + corner).into();
    chart.painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
}

/// Says what lies near the pointer.
fn read(ui: &Ui, chart: &Chart, path: &[&CollapseReading], changes: &[Change]) {
    let Some(pointer) = chart.response.hover_pos().filter(|at| chart.rect.contains(*at)) else { return };
    let near = path.iter().filter_map(|reading| {
        let at = place(chart, reading)?;
        Some((at.distance(pointer), at, *reading))
    });
    let Some((distance, at, reading)) = near.min_by(|a, b| a.0.total_cmp(&b.0)) else { return };
    if distance > REACH {
        return;
    }
    chart.painter.circle_stroke(at, 6.0, Stroke::new(1.5, theme::colors(ui).text_strong));
    let change = changes.iter().rev().find(|change| place_of(chart, path, change) == Some(at));
    chart.response.clone().on_hover_ui_at_pointer(|ui| {
        ui.label(t!("After %{step} steps", step = count(reading.step)));
        let (rate, re) = (reading.rate.unwrap_or(0.0), reading.distortion);
        ui.label(t!("Rate %{rate} nats, RE %{re}", rate = format!("{rate:.2}"), re = format!("{re:.4}")));
        if let Some(change) = change {
            ui.label(t!("Changed here, %{change}", change = in_words::change(change.adjustment)));
        }
    });
}
