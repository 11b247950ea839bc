//! Nats that each dimension carries, the largest first.

use std::borrow::Cow;

use eframe::egui::{Align2, Rect, Shape, Stroke, Ui, pos2, vec2};
use rust_i18n::t;

use super::run::CockpitRun;
use crate::gui::panels::train::fields::choice;
use crate::gui::state::messages::count;
use crate::gui::theme;
use crate::gui::widgets::bars::BarLayout;
use crate::gui::widgets::card::{self, CardHead};
use crate::gui::widgets::chart::{Axes, Chart};

/// The bottom of the logarithmic scale, in nats.
const LOG_FLOOR: f64 = 1e-4;
/// Least KL that an active dimension can have, in nats: the KL is at least ½ E\[μ²\], and the variance of its
/// μ is above 0.01.
const LEAST_ACTIVE: f64 = 0.005;
/// The linear scale reaches at least to here, in nats, so that noise does not look like information.
const LEAST_TOP: f64 = 0.1;
/// The scales: whether it is the logarithmic one, its name and its help.
fn scales() -> [(bool, Cow<'static, str>, Cow<'static, str>); 2] {
    [
        (false, t!("Linear"), t!("Heights in nats")),
        (true, t!("Log"), t!("Each line is ten times the one beneath")),
    ]
}

fn help() -> [Cow<'static, str>; 3] {
    [
        t!(
            "KL of q(z|x) from the prior N(0, 1) in nats, mean over the images, a bar a dimension: what it tells about \
             an image (Kingma & Welling 2014). 1 nat is 1.44 bits"
        ),
        t!(
            "In colour the active ones: the variance of their μ over the images is above 0.01 (Burda et al. 2016). The \
             grey ones give every image the same code"
        ),
        t!(
            "On the logarithmic scale the dashed line at 0.005 nats is the least that an active dimension can carry"
        ),
    ]
}

/// Shows the bars at this height.
pub fn show(ui: &mut Ui, run: &CockpitRun<'_>, height: f32) {
    let ranking = &run.insight.ranking;
    let active = run.insight.report.as_ref().map_or(0, |report| report.active_units).min(ranking.len());
    let sum: f64 = ranking.iter().map(|(_, kl)| f64::from(*kl)).sum();
    let figure = match ranking.len() {
        0 => String::new(),
        _ => t!("%{nats} nats in all", nats = format!("{sum:.1}")).into_owned(),
    };
    let (title, help) = (t!("KL per dimension"), help());
    let head = CardHead { title: &title, figure: &figure, help: &help.each_ref().map(|text| &**text) };
    let key = ui.scope_id().with("logarithmic");
    let logarithmic = ui.data(|data| data.get_temp::<bool>(key)).unwrap_or(false);
    let choose = |ui: &mut Ui| choice(ui, logarithmic, &scales());
    card::show_with(ui, &head, choose, |ui, chosen| {
        let scale = NatsScale::of(ranking, logarithmic);
        let name = t!(
            "KL per dimension, %{active} of %{dims} active, %{nats} nats in all",
            active = active,
            dims = ranking.len(),
            nats = format!("{sum:.1}")
        );
        let y = 0.0..=scale.top();
        let axes = Axes { name: &name, x: 0.0..=1.0, y, height, x_title: None, y_ticks: !logarithmic };
        let chart = axes.show(ui);
        if logarithmic {
            scale.lines(ui, &chart);
        }
        match ranking.is_empty() {
            true => chart.notice(ui, &t!("Measured as soon as the run trains on")),
            false => paint(ui, &chart, ranking, active, scale),
        }
        if let Some(chosen) = chosen {
            ui.data_mut(|data| data.insert_temp(key, chosen));
        }
    });
}

/// Scale from nats to heights.
#[derive(Clone, Copy)]
struct NatsScale {
    logarithmic: bool,
    most: f64,
}

impl NatsScale {
    fn of(ranking: &[(usize, f32)], logarithmic: bool) -> Self {
        let most = ranking.first().map_or(0.0, |(_, kl)| f64::from(*kl)).max(LEAST_TOP);
        NatsScale { logarithmic, most: if most.is_finite() { most } else { LEAST_TOP } }
    }

    /// Height of a number of nats.
    fn of_nats(self, nats: f64) -> f64 {
        if self.logarithmic { (nats.max(LOG_FLOOR) / LOG_FLOOR).log10() } else { nats.max(0.0) }
    }

    /// Height of the chart: there is room for words over the highest bar.
    fn top(self) -> f64 {
        self.of_nats(self.most) * 1.25
    }

    fn lines(self, ui: &Ui, chart: &Chart) {
        let colors = theme::colors(ui);
        for power in [-3, -2, -1, 0, 1, 2, 3] {
            let nats = 10f64.powi(power);
            if nats <= self.most * 1.2 {
                let y = chart.at(0.0, self.of_nats(nats)).y;
                let stroke = Stroke::new(1.0, colors.line.gamma_multiply(0.6));
                chart.painter.hline(chart.rect.x_range(), y, stroke);
                let place = pos2(chart.rect.right() - 4.0, y);
                chart.words(place, Align2::RIGHT_BOTTOM, &format!("{nats}"), colors.text_weak);
            }
        }
        let y = chart.at(0.0, self.of_nats(LEAST_ACTIVE)).y;
        let ends = [pos2(chart.rect.left(), y), pos2(chart.rect.right(), y)];
        let stroke = Stroke::new(1.0, colors.warning.gamma_multiply(0.8));
        chart.painter.extend(Shape::dashed_line(&ends, stroke, 4.0, 4.0));
    }
}

fn paint(ui: &Ui, chart: &Chart, ranking: &[(usize, f32)], active: usize, scale: NatsScale) {
    let colors = theme::colors(ui);
    let inner = chart.rect.shrink2(vec2(4.0, 0.0));
    let layout = BarLayout::over(inner.width(), ranking.len());
    let pointed = chart.response.hover_pos().filter(|at| inner.contains(*at));
    let pointed = pointed.and_then(|at| layout.column_at(at.x - inner.left()));
    let gap = (layout.pitch * 0.22).clamp(1.0, 4.0);
    for column in 0..layout.columns() {
        let ranks = layout.ranks(column);
        let Some((_, kl)) = ranking.get(ranks.start) else { continue };
        // Even a dimension without information has a place that can be seen.
        let top = chart.at(0.0, scale.of_nats(f64::from(*kl))).y.min(inner.bottom() - 2.0);
        let left = inner.left() + column as f32 * layout.pitch;
        let bar = Rect::from_min_max(pos2(left, top), pos2(left + layout.pitch - gap, inner.bottom()));
        let color = match (ranks.start < active, pointed == Some(column)) {
            (_, true) => colors.text_strong,
            (true, false) => colors.accent,
            (false, false) => colors.text_weak.gamma_multiply(0.55),
        };
        chart.painter.rect_filled(bar, (layout.pitch * 0.12).clamp(0.0, 3.0), color);
    }
    divide(ui, chart, inner, &layout, active, ranking.len());
    if let Some(column) = pointed {
        chart.response.clone().on_hover_text_at_pointer(read(ranking, &layout, column, active));
    }
}

/// A line between the active and the dead, and how many they are.
fn divide(ui: &Ui, chart: &Chart, inner: Rect, layout: &BarLayout, active: usize, all: usize) {
    let colors = theme::colors(ui);
    let edge = (inner.left() + layout.left_of(active)).min(inner.right());
    let (line, right) = (inner.top() + 3.0, inner.right());
    let font = theme::small_font();
    let width = |text: &str| {
        let galley = chart.painter.layout_no_wrap(text.to_owned(), font.clone(), colors.text);
        galley.size().x
    };
    let alive = t!("%{n} active", n = count(active));
    let dead = t!("%{n} without information", n = count(all - active));
    // The words stand on their side of the edge where they fit, else as near to it as they can.
    let alive_width = if active > 0 { width(&alive) } else { 0.0 };
    let alive_left = (edge - 8.0 - alive_width).min(right - alive_width).max(inner.left());
    if active > 0 {
        chart.words(pos2(alive_left, line), Align2::LEFT_TOP, &alive, colors.accent);
    }
    if active < all {
        let dead_left = (edge + 6.0).max(alive_left + alive_width + 14.0);
        if dead_left + width(&dead) <= right {
            chart.words(pos2(dead_left, line), Align2::LEFT_TOP, &dead, colors.text_weak);
        }
        if active > 0 {
            let ends = [pos2(edge - 1.0, inner.top()), pos2(edge - 1.0, inner.bottom())];
            let stroke = Stroke::new(1.0, colors.text_weak.gamma_multiply(0.6));
            chart.painter.extend(Shape::dashed_line(&ends, stroke, 3.0, 3.0));
        }
    }
}

/// Meaning of a bar, in words.
fn read(ranking: &[(usize, f32)], layout: &BarLayout, column: usize, active: usize) -> String {
    let ranks = layout.ranks(column);
    match ranking.get(ranks.clone()).unwrap_or_default() {
        [] => String::new(),
        [(dim, kl)] => {
            let state = if ranks.start < active { t!("active") } else { t!("without information") };
            t!("z%{dim} · %{nats} nats · %{state}", dim = dim, nats = format!("{kl:.3}"), state = state)
                .into_owned()
        }
        shared @ [(first, most), .., (last, least)] => {
            let words = t!(
                "%{n} dimensions, from z%{first} with %{most} to z%{last} with %{least} nats",
                n = shared.len(),
                first = first,
                most = format!("{most:.3}"),
                last = last,
                least = format!("{least:.3}")
            );
            words.into_owned()
        }
    }
}
