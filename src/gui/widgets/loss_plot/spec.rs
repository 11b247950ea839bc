//! The content of a plot.

use eframe::egui::Color32;

use crate::gui::state::curves::{Curves, RunQuantity};

/// A run as a plot sees it.
pub struct RunCurves<'a> {
    /// Name.
    pub name: &'a str,
    /// Its colour in all plots, from [`theme::run_color`](crate::gui::theme::run_color).
    pub color: Color32,
    /// Whether it is drawn.
    pub visible: bool,
    /// Whether it is the one that is looked at: it lies over the others, which are dimmed.
    pub front: bool,
    /// Its numbers.
    pub curves: &'a Curves,
    /// Events in it.
    pub marks: &'a [Mark],
}

/// Something that happened at a step, as a change of a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Updates done before it.
    pub step: usize,
    /// The event, as in "KL weight 4".
    pub label: String,
}

/// Values that are planned for steps to come, drawn dashed.
pub struct Planned<'a> {
    /// The run, by its place in the plot.
    pub run: usize,
    /// Step and value, connected by straight lines.
    pub points: &'a [[f64; 2]],
}

/// The content of a plot.
pub struct PlotSpec<'a> {
    /// Its id among the plots that share a view; stable.
    pub id: &'a str,
    /// Name.
    pub title: &'a str,
    /// Quantities that are drawn of each run, most often one and the same on the validation images. All in one
    /// unit.
    pub quantities: &'a [RunQuantity],
    /// The runs, those that are not visible among them.
    pub runs: &'a [RunCurves<'a>],
    /// The plan.
    pub planned: &'a [Planned<'a>],
    /// Height in points, head and axis included; the width is what is there.
    pub height: f32,
}

impl PlotSpec<'_> {
    /// The runs that are drawn, the one that is looked at last, each with its place.
    pub(super) fn shown(&self) -> impl Iterator<Item = (usize, &RunCurves<'_>)> {
        let runs = self.runs;
        let visible = move |front: bool| {
            let runs = runs.iter().enumerate();
            runs.filter(move |(_, run)| run.visible && run.front == front)
        };
        visible(false).chain(visible(true))
    }

    /// Whether a run lies behind the one that is looked at.
    pub(super) fn is_dimmed(&self, run: usize) -> bool {
        !self.runs[run].front && self.runs.iter().any(|run| run.front && run.visible)
    }
}
