//! View of the plots of a screen: zoom, smoothing, axes, the step under the pointer.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::curves::Curves;

/// Length of the plan that is shown, as a part of what has been done.
const AHEAD: f64 = 0.2;

/// View shared by all plots of a screen.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotsView {
    /// The steps in view; none follows the runs as they grow.
    pub steps: Option<RangeInclusive<f64>>,
    /// Factor of the exponential moving average, from 0 (the numbers as they are) to
    /// [`LARGEST_FACTOR`](super::curves::LARGEST_FACTOR).
    pub smoothing: f64,
    /// Whether the wheel scrolls the page that the plots stand on, and zooms only with Ctrl.
    pub wheel_scrolls: bool,
    /// The step that is read in all plots.
    pub cursor: Option<Cursor>,
    /// State of single plots, by their ids.
    plots: BTreeMap<String, PlotView>,
}

impl Default for PlotsView {
    fn default() -> Self {
        PlotsView { steps: None, smoothing: 0.8, wheel_scrolls: false, cursor: None, plots: BTreeMap::new() }
    }
}

/// State of a single plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlotView {
    /// The values in view, as they are drawn (powers of ten on a logarithmic axis); none fits what is drawn.
    pub values: Option<RangeInclusive<f64>>,
    /// The axis of the values is logarithmic.
    pub log: bool,
    /// The last step that something is planned for.
    pub planned_to: Option<f64>,
}

/// A step under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The plot that the pointer is on, by its id.
    pub plot: String,
    /// The step, not necessarily whole.
    pub step: f64,
}

impl PlotsView {
    /// State of a single plot.
    pub fn plot(&mut self, id: &str) -> &mut PlotView {
        self.plots.entry(id.to_owned()).or_default()
    }

    /// The steps to show: those that were zoomed to, or all that these runs have done and a part of what is
    /// planned for them.
    pub fn steps_in_view<'a>(&self, runs: impl Iterator<Item = &'a Curves>) -> RangeInclusive<f64> {
        if let Some(steps) = self.steps.clone() {
            return steps;
        }
        let last = runs.filter_map(Curves::last_step).max().map_or(0.0, f64::from);
        let planned = self.plots.values().filter_map(|plot| plot.planned_to).fold(last, f64::max);
        let end = if last > 0.0 { planned.min(last * (1.0 + AHEAD)) } else { planned };
        0.0..=end.max(1.0)
    }

    /// Takes note that the pointer is at a step of a plot, or not on it. True if that is new.
    pub fn point_at(&mut self, plot: &str, step: Option<f64>) -> bool {
        let cursor = step.map(|step| Cursor { plot: plot.to_owned(), step });
        let owned = self.cursor.as_ref().is_none_or(|cursor| cursor.plot == plot);
        let changed = (owned || cursor.is_some()) && self.cursor != cursor;
        if changed {
            self.cursor = cursor;
        }
        changed
    }

    /// Whether nobody has zoomed into any plot.
    pub fn is_whole(&self) -> bool {
        self.steps.is_none() && self.plots.values().all(|plot| plot.values.is_none())
    }

    /// Shows everything again, and follows the runs.
    pub fn reset(&mut self) {
        self.steps = None;
        self.plots.values_mut().for_each(|plot| plot.values = None);
    }
}
