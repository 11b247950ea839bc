//! Lines of each run in a plot: a few points a pixel, however many numbers there are.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, Ui};
use egui_plot::{Line, LineStyle, PlotPoints, PlotUi, Points};

use super::scale::Scale;
use super::spec::{Planned, PlotSpec};
use crate::gui::state::curves::RunQuantity;
use crate::gui::theme;

/// Points that measurements have to lie apart on average to get a dot each.
const DOT_DISTANCE: f32 = 7.0;
/// Part of its colour that a line behind the smoothed one keeps.
const FAINT: f32 = 0.3;
/// Factor on the width of the lines of the run that is looked at.
const FRONT: f32 = 1.4;
/// Part of the ground in the colour of a run that is not looked at.
const DIMMED: f32 = 0.58;
/// Points across that the second and the third line of a run are drawn, and those that are left out.
const DASHES: [[f32; 2]; 2] = [[9.0, 5.0], [2.5, 3.5]];

/// A quantity of a run, as far as it is in view.
pub struct Drawn<'a> {
    /// The run's name.
    pub run: &'a str,
    /// The run's colour; nearer to the ground if another run is looked at.
    pub color: Color32,
    /// The quantity.
    pub quantity: RunQuantity,
    /// Its place among the lines of the run: the first is whole, the others are dashed.
    pub line_number: usize,
    /// Whether it is of the run that is looked at.
    pub is_front: bool,
    /// The numbers: step, smallest, largest. NaN is a gap.
    raw: Vec<[f64; 3]>,
    /// The line that is read: smoothed, or the numbers themselves.
    line: Vec<[f64; 2]>,
}

/// Everything that a plot draws of its runs for these steps at this width.
pub fn collect<'a>(
    ui: &Ui,
    spec: &'a PlotSpec<'a>,
    steps: &RangeInclusive<f64>,
    smoothing: f64,
    width: f32,
) -> Vec<Drawn<'a>> {
    let mut drawn = Vec::new();
    for (place, run) in spec.shown() {
        let color = tone(ui, spec, place);
        for (number, &quantity) in spec.quantities.iter().enumerate() {
            let series = run.curves.series(quantity);
            if series.is_empty() {
                continue;
            }
            let bins = series.bins(steps, width.max(1.0) as usize);
            let raw: Vec<[f64; 3]> = bins
                .map(|bin| match bin.summary.count {
                    0 => [bin.middle(), f64::NAN, f64::NAN],
                    _ => [bin.middle(), f64::from(bin.summary.min), f64::from(bin.summary.max)],
                })
                .collect();
            let line = series.smoothed(steps, smoothing_of(quantity, smoothing));
            // A measurement has its dots.
            let line_number = if quantity.is_measured() { 0 } else { number };
            drawn.push(Drawn { run: run.name, color, quantity, line_number, is_front: run.front, raw, line });
        }
    }
    drawn
}

/// The colour that a run is drawn in.
pub fn tone(ui: &Ui, spec: &PlotSpec<'_>, run: usize) -> Color32 {
    let color = spec.runs[run].color;
    if spec.is_dimmed(run) { color.lerp_to_gamma(theme::colors(ui).canvas, DIMMED) } else { color }
}

/// Smoothing of a quantity: measurements and settings are shown as they are.
fn smoothing_of(quantity: RunQuantity, smoothing: f64) -> f64 {
    if quantity.is_measured() || quantity.is_setting() { 0.0 } else { smoothing }
}

impl Drawn<'_> {
    /// The value at a step, on the line that is read; none outside of it and in a gap.
    pub fn read(&self, step: f64) -> Option<f64> {
        let after = self.line.partition_point(|point| point[0] < step);
        let [x1, y1] = *self.line.get(after)?;
        if x1 == step {
            return Some(y1).filter(|y| y.is_finite());
        }
        let [x0, y0] = *self.line.get(after.checked_sub(1)?)?;
        // Between two measurements or changes the last one holds, whatever the next one is.
        let value = match self.quantity.is_measured() || self.quantity.is_setting() {
            true => y0,
            false => y0 + (y1 - y0) * ((step - x0) / (x1 - x0)),
        };
        Some(value).filter(|y| y.is_finite())
    }

    /// The last value in view.
    pub fn last(&self) -> Option<[f64; 2]> {
        self.line.iter().rev().find(|point| point[1].is_finite()).copied()
    }

    /// Every value that is drawn within the steps.
    fn values<'a>(&'a self, steps: &'a RangeInclusive<f64>) -> impl Iterator<Item = f64> + 'a {
        let raw = self.raw.iter().filter(|[step, ..]| steps.contains(step));
        let line = self.line.iter().filter(|[step, _]| steps.contains(step));
        raw.flat_map(|[_, min, max]| [*min, *max]).chain(line.map(|[_, value]| *value))
    }

    /// Draws it. `spread` are the points across from one number to the next, `step` those of a step.
    fn draw(self, ui: &Ui, plot: &mut PlotUi<'_>, scale: Scale, smoothing: f64, [spread, step]: [f32; 2]) {
        let colors = theme::colors(ui);
        let weight = if self.is_front { FRONT } else { 1.0 };
        let id = format!("{} {}", self.run, self.quantity.about().column);
        if self.quantity.is_measured() {
            let faded = self.color.lerp_to_gamma(colors.canvas, 0.25);
            let line = |points| quiet(&id, points).color(faded).width(1.2 * weight);
            segments(self.line.iter().map(|[x, y]| [*x, scale.place(*y)])).for_each(|s| plot.line(line(s)));
            if spread >= DOT_DISTANCE {
                let finite = self.line.iter().map(|[x, y]| [*x, scale.place(*y)]);
                let points: Vec<[f64; 2]> = finite.filter(|point| point[1].is_finite()).collect();
                // A ring around each keeps dots and lines of others apart.
                for (radius, color) in [(4.0, colors.canvas), (2.7, self.color)] {
                    plot.points(
                        Points::new(id.clone(), points.clone())
                            .radius(radius)
                            .color(color)
                            .allow_hover(false),
                    );
                }
            }
            return;
        }
        let smooth = smoothing_of(self.quantity, smoothing) > 0.0;
        let color = if smooth { self.color.gamma_multiply(FAINT) } else { self.color };
        let dashes = self.line_number.checked_sub(1).and_then(|number| DASHES.get(number));
        let parts = |points: Vec<[f64; 2]>| match dashes {
            Some(dashes) => dashed(&points, dashes.map(|points| f64::from(points / step))),
            None => vec![points],
        };
        let ends = self.raw.iter().flat_map(|[x, min, max]| {
            let high = scale.place(*max);
            let low = scale.place(*min);
            // On a logarithmic axis, what reaches below 0 is drawn as far as it is above.
            [[*x, if low.is_nan() { high } else { low }], [*x, high]]
        });
        // Behind a smoothed line that is dashed nothing would tell them apart.
        if dashes.is_none() || !smooth {
            let width = 1.2 * weight;
            segments(ends).flat_map(parts).for_each(|s| plot.line(quiet(&id, s).color(color).width(width)));
        }
        if smooth {
            let (line, width) = (self.line.iter().map(|[x, y]| [*x, scale.place(*y)]), 2.0 * weight);
            segments(line)
                .flat_map(parts)
                .for_each(|s| plot.line(quiet(&id, s).color(self.color).width(width)));
        }
    }
}

/// The places from the lowest to the highest value, with room above and below.
pub fn fitting(
    drawn: &[Drawn<'_>],
    planned: &[Planned<'_>],
    steps: &RangeInclusive<f64>,
    scale: Scale,
) -> Option<RangeInclusive<f64>> {
    let plans = planned.iter().flat_map(|plan| plan.points);
    let plans = plans.filter(|point| steps.contains(&point[0])).map(|point| point[1]);
    let values = drawn.iter().flat_map(|drawn| drawn.values(steps)).chain(plans);
    let places = values.map(|value| scale.place(value)).filter(|place| place.is_finite());
    let (low, high) = places.fold((f64::MAX, f64::MIN), |(low, high), p| (low.min(p), high.max(p)));
    if low > high {
        return None;
    }
    let middle = (low + high) / 2.0;
    let smallest = match (scale.log, middle == 0.0) {
        (true, _) => 0.02,
        // Nothing but 0: it has no size of its own.
        (false, true) => 1.0,
        (false, false) => middle.abs() * 0.05,
    };
    let room = ((high - low) * 0.06).max(smallest);
    Some(low - room..=high + room)
}

/// Draws all of it over a width of so many points for a step: the lines of each run first, its measurements over them.
pub fn draw(
    ui: &Ui,
    plot: &mut PlotUi<'_>,
    mut drawn: Vec<Drawn<'_>>,
    scale: Scale,
    smoothing: f64,
    [width, step]: [f32; 2],
) {
    // The run that is looked at is the last one; the order of the others stays.
    drawn.sort_by_key(|drawn| (drawn.is_front, drawn.quantity.is_measured()));
    for drawn in drawn {
        let spread = width / drawn.line.len().max(1) as f32;
        drawn.draw(ui, plot, scale, smoothing, [spread, step]);
    }
}

/// Draws what is planned, dashed.
pub fn draw_planned(ui: &Ui, plot: &mut PlotUi<'_>, spec: &PlotSpec<'_>, scale: Scale) {
    for plan in spec.planned {
        let color = tone(ui, spec, plan.run).gamma_multiply(0.8);
        let points = plan.points.iter().map(|[step, value]| [*step, scale.place(*value)]);
        for segment in segments(points) {
            let style = LineStyle::Dashed { length: 5.0 };
            plot.line(quiet("plan", segment).color(color).width(1.3).style(style));
        }
    }
}

/// A line that does not react to the pointer.
fn quiet<'a>(id: &str, points: Vec<[f64; 2]>) -> Line<'a> {
    Line::new(id, PlotPoints::new(points)).allow_hover(false)
}

/// The parts of a line between its gaps.
fn segments(points: impl Iterator<Item = [f64; 2]>) -> impl Iterator<Item = Vec<[f64; 2]>> {
    let mut points = points.peekable();
    std::iter::from_fn(move || {
        while points.next_if(|point| !point[1].is_finite()).is_some() {}
        let mut segment = Vec::new();
        while let Some(point) = points.next_if(|point| point[1].is_finite()) {
            segment.push(point);
        }
        (!segment.is_empty()).then_some(segment)
    })
}

/// The parts of a line, which goes from the left to the right, that are drawn: so many steps, then so many left out.
fn dashed(points: &[[f64; 2]], [on, off]: [f64; 2]) -> Vec<Vec<[f64; 2]>> {
    let period = on + off;
    if !(period.is_finite() && on > 0.0 && off > 0.0) {
        return vec![points.to_vec()];
    }
    let Some(&first) = points.first() else { return Vec::new() };
    let mut cycle = (first[0] / period).floor();
    let mut is_on = first[0] - cycle * period < on;
    let (mut parts, mut part) = (Vec::new(), if is_on { vec![first] } else { Vec::new() });
    for pair in points.windows(2) {
        let ([x0, y0], [x1, y1]) = (pair[0], pair[1]);
        loop {
            let edge = if is_on { cycle * period + on } else { (cycle + 1.0) * period };
            if edge >= x1 {
                break;
            }
            part.push([edge, y0 + (y1 - y0) * ((edge - x0) / (x1 - x0))]);
            if is_on {
                parts.push(std::mem::take(&mut part));
            } else {
                cycle += 1.0;
            }
            is_on = !is_on;
        }
        if is_on {
            part.push(pair[1]);
        }
    }
    if part.len() > 1 {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashed_line_keeps_to_its_line_and_leaves_gaps() {
        let points: Vec<[f64; 2]> = (0..=100).map(|x| [f64::from(x) * 0.7, f64::from(x) * 1.4]).collect();
        let parts = dashed(&points, [9.0, 5.0]);
        assert_eq!(parts.len(), 5, "{parts:?}");
        for (number, part) in parts.iter().enumerate() {
            assert!(part.iter().all(|[x, y]| (y - 2.0 * x).abs() < 1e-9));
            let (start, end) = (part[0][0], part[part.len() - 1][0]);
            assert!((start - 14.0 * number as f64).abs() < 1e-9 && (end - start - 9.0).abs() < 1e-9);
        }
        // One long piece has as many dashes as its width has room for, however high it is.
        assert_eq!(dashed(&[[0.0, 0.0], [140.0, 1e12]], [9.0, 5.0]).len(), 10);
        assert_eq!(dashed(&[[0.0, 1.0], [1.0, 2.0]], [0.0, 5.0]).len(), 1, "there is no room for dashes");
        assert!(dashed(&[], [9.0, 5.0]).is_empty());
    }

    #[test]
    fn a_gap_takes_away_no_measurement_before_it() {
        let line = vec![[10.0, 20.0], [20.0, f64::INFINITY], [30.0, f64::NAN], [40.0, 22.0]];
        let read = |quantity, step| {
            let (run, color, raw, line) = ("a run", theme::dark().accent, Vec::new(), line.clone());
            Drawn { run, color, quantity, line_number: 0, is_front: false, raw, line }.read(step)
        };
        let at = |quantity| [10.0, 15.0, 25.0, 40.0, 45.0].map(|step| read(quantity, step));
        assert_eq!(at(RunQuantity::Psnr), [Some(20.0), Some(20.0), None, Some(22.0), None]);
        assert_eq!(at(RunQuantity::Loss), [Some(20.0), None, None, Some(22.0), None]);
    }

    #[test]
    fn measured_numbers_and_settings_are_never_smoothed() {
        for quantity in [RunQuantity::KlWeight, RunQuantity::LearningRate, RunQuantity::Psnr] {
            assert_eq!(smoothing_of(quantity, 0.9), 0.0, "{quantity:?}");
        }
        assert_eq!(smoothing_of(RunQuantity::Loss, 0.9), 0.9);
    }
}
