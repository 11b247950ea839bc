//! Where the codes lie, against the prior.

use std::borrow::Cow;

use eframe::egui::{Align2, Rect, Stroke, Ui, pos2, vec2};
use rust_i18n::t;

use super::run::CockpitRun;
use crate::gui::theme;
use crate::gui::widgets::card::{self, CardHead};
use crate::gui::widgets::chart::{Axes, Chart};
use crate::worker::protocol::CollapseReport;

/// Points of the curve of the prior.
const CURVE: usize = 97;
/// Density of N(0, 1) at 0, 1/√(2π).
const PEAK: f64 = 0.398_942_280_401_432_7;

fn help() -> [Cow<'static, str>; 2] {
    [
        t!(
            "How often a number of a code lies in each bin, over all images and dimensions; for a VAE drawn from \
             q(z|x). What lies beyond counts in the outermost bins. At the right, mean and standard deviation"
        ),
        t!(
            "The line is the prior N(0, 1), which draws come from. Where the bars leave it, draws show the decoder \
             codes that it has not seen in training"
        ),
    ]
}

/// Shows the histogram at this height.
pub fn show(ui: &mut Ui, run: &CockpitRun<'_>, height: f32) {
    let measured = run.insight.report.as_ref().and_then(Density::of);
    let figure =
        measured.as_ref().map_or(String::new(), |m| format!("{} ± {:.2}", signed(m.mean), m.deviation));
    let (title, help) = (t!("Codes"), help());
    card::show(
        ui,
        &CardHead { title: &title, figure: &figure, help: &help.each_ref().map(|text| &**text) },
        |ui| {
            let (low, high) = measured.as_ref().map_or((-4.0, 4.0), |measured| measured.range);
            let most = measured.iter().flat_map(|measured| &measured.bins).copied().fold(1e-9, f64::max);
            let y = 0.0..=if run.has_prior() { most.max(PEAK) } else { most } * 1.15;
            let name = match run.has_prior() {
                true => t!("Histogram of the codes against N(0, 1), %{figure}", figure = figure),
                false => t!("Histogram of the codes, %{figure}", figure = figure),
            };
            let x_title = t!("code");
            let x_title = Some(&*x_title);
            let chart = Axes { name: &name, x: low..=high, y, height, x_title, y_ticks: false }.show(ui);
            match &measured {
                Some(measured) => bars(ui, &chart, measured),
                None => chart.notice(ui, &t!("Measured as the run trains on")),
            }
            if run.has_prior() && measured.is_some() {
                let color = theme::colors(ui).text_strong;
                let density = |z: f64| PEAK * (-z * z / 2.0).exp();
                let places = (0..CURVE).map(|index| low + (high - low) * index as f64 / (CURVE - 1) as f64);
                let curve = places.map(|z| chart.at(z, density(z))).collect();
                chart.line(curve, Stroke::new(1.5, color));
                let corner = chart.rect.right_top() + vec2(-6.0, 4.0);
                let words = chart.words(corner, Align2::RIGHT_TOP, "N(0, 1)", color);
                let sample = words.left() - 20.0..=words.left() - 6.0;
                chart.painter.hline(sample, words.center().y, Stroke::new(1.5, color));
            }
        },
    );
}

/// With two digits after the point and a minus sign, of which 0 has none.
fn signed(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text.replace('-', "−") }
}

/// A histogram as a density.
struct Density {
    range: (f64, f64),
    bins: Vec<f64>,
    mean: f64,
    deviation: f64,
}

impl Density {
    /// None without codes.
    fn of(report: &CollapseReport) -> Option<Self> {
        let (low, high) = (f64::from(report.histogram_range.0), f64::from(report.histogram_range.1));
        let all: f64 = report.histogram.iter().map(|n| f64::from(*n)).sum();
        let width = (high - low) / report.histogram.len() as f64;
        if all == 0.0 || !(width.is_finite() && width > 0.0) {
            return None;
        }
        let middle = |bin: usize| low + width * (bin as f64 + 0.5);
        let moment = |of: &dyn Fn(f64) -> f64| {
            let parts = report.histogram.iter().enumerate();
            parts.map(|(bin, n)| f64::from(*n) * of(middle(bin))).sum::<f64>() / all
        };
        let mean = moment(&|z| z);
        let bins = report.histogram.iter().map(|n| f64::from(*n) / (all * width)).collect();
        Some(Density { range: (low, high), bins, mean, deviation: moment(&|z| (z - mean).powi(2)).sqrt() })
    }
}

fn bars(ui: &Ui, chart: &Chart, density: &Density) {
    let colors = theme::colors(ui);
    let (low, high) = density.range;
    let width = (high - low) / density.bins.len() as f64;
    let pointed = chart.pointed().map(|z| ((z - low) / width) as usize);
    for (bin, height) in density.bins.iter().enumerate() {
        let from = low + width * bin as f64;
        let left_top = chart.at(from, *height);
        let right = chart.at(from + width, 0.0).x - 1.0;
        let bar = Rect::from_min_max(left_top, pos2(right.max(left_top.x + 0.5), chart.rect.bottom()));
        let color = if pointed == Some(bin) { colors.measure } else { colors.measure.gamma_multiply(0.65) };
        chart.painter.rect_filled(bar, 1.0, color);
        if pointed == Some(bin) {
            let part = height * width * 100.0;
            let words = t!(
                "%{part} % of the numbers lie from %{from} to %{to}",
                part = format!("{part:.1}"),
                from = signed(from),
                to = signed(from + width)
            );
            chart.response.clone().on_hover_text_at_pointer(words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::state::train::samples;

    #[test]
    fn nothing_is_minus_nothing() {
        assert_eq!([-0.004, -0.5, 1.0].map(signed), ["0.00", "−0.50", "1.00"]);
    }

    #[test]
    fn a_density_has_the_area_and_the_moments_of_its_counts() {
        let mut report = samples::report(1, 8, 8);
        report.histogram = vec![1, 3, 3, 1];
        report.histogram_range = (-2.0, 2.0);
        let density = Density::of(&report).unwrap();
        assert!((density.bins.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // Middles −1.5, −0.5, 0.5, 1.5: variance (2 · 1 · 2.25 + 2 · 3 · 0.25) / 8.
        assert_eq!((density.mean, density.deviation), (0.0, 0.75f64.sqrt()));
        report.histogram = vec![0; 4];
        assert!(Density::of(&report).is_none());
        report.histogram = vec![1];
        report.histogram_range = (1.0, 1.0);
        assert!(Density::of(&report).is_none());
    }
}
