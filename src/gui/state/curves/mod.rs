//! The numbers of a run over its steps, as its plots need them.

mod pyramid;
mod series;
mod smoothing;
mod steps;

use crate::config::ModelKind;
use crate::report::QuantitySource;
use crate::worker::protocol::{
    CollapseReport, JobEvent, RunHistory, StepReport, TableColumn, ValidationReport,
};

pub use crate::report::RunQuantity;
pub use pyramid::Summary;
pub use series::{Bin, Series};
pub use smoothing::LARGEST_FACTOR;

/// Every quantity of one run. Training steps come in their order; a run that goes back to an earlier step, as
/// after a resume, loses everything that it had from there on.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    kind: Option<ModelKind>,
    /// One a quantity, in their order.
    series: Vec<Series>,
}

impl Default for Curves {
    fn default() -> Self {
        Self { kind: None, series: vec![Series::default(); RunQuantity::ALL.len()] }
    }
}

impl Curves {
    /// No numbers yet. What models of this `kind` do not have stays empty.
    pub fn new(kind: ModelKind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// The past of a run.
    pub fn from_history(history: &RunHistory) -> Self {
        let mut curves = Self::new(history.config.model.kind);
        for &quantity in RunQuantity::ALL {
            let name = |name: &String| name == quantity.about().column;
            let Some(column) = history.names.iter().position(name) else { continue };
            for (&step, &value) in history.steps.iter().zip(&history.columns[column]) {
                if matches!(quantity.source(), QuantitySource::SomeSteps(_)) && value.is_nan() {
                    continue;
                }
                curves.push(quantity, step, f64::from(value));
            }
        }
        if curves.series(RunQuantity::Re).is_empty() {
            // The files of earlier versions have the sum alone.
            let side = history.config.model.image_size as f64;
            let sums = curves.series(RunQuantity::Reconstruction).clone();
            for (step, &sum) in sums.steps().zip(sums.values()) {
                curves.push(RunQuantity::Re, step, f64::from(sum) / (3.0 * side * side));
            }
        }
        curves
    }

    /// Puts the past of a run before what it has told since.
    pub fn load(&mut self, past: Self) {
        let live = std::mem::replace(self, past);
        if let Some((first, _)) = live.series(RunQuantity::Loss).get(0) {
            self.truncate_after(first.saturating_sub(1) as usize);
        }
        for &quantity in RunQuantity::ALL {
            let series = live.series(quantity);
            for (step, &value) in series.steps().zip(series.values()) {
                self.push(quantity, step, f64::from(value));
            }
        }
    }

    /// Takes in what the job of this run tells.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Run(info) => {
                self.kind = Some(info.config.model.kind);
                self.truncate_after(info.step);
            }
            JobEvent::Steps(reports) => self.add_steps(reports),
            JobEvent::Validation(report) => self.add_validation(report),
            JobEvent::Collapse(report) => self.add_collapse(report),
            _ => {}
        }
    }

    /// One quantity.
    pub fn series(&self, quantity: RunQuantity) -> &Series {
        &self.series[quantity as usize]
    }

    /// Whether there is nothing to plot.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(Series::is_empty)
    }

    /// The last step of any quantity.
    pub fn last_step(&self) -> Option<u32> {
        self.series.iter().filter_map(|series| Some(series.last()?.0)).max()
    }

    /// Takes in training steps.
    pub fn add_steps(&mut self, reports: &[StepReport]) {
        let Some(first) = reports.first() else { return };
        if self.last_step().is_some_and(|last| last as usize >= first.step) {
            self.truncate_after(first.step.saturating_sub(1));
        }
        for report in reports {
            self.push_all(report.step, |quantity| quantity.of_step(report));
        }
    }

    /// Takes in a measurement on the validation images.
    pub fn add_validation(&mut self, report: &ValidationReport) {
        self.push_all(report.step, |quantity| quantity.of_validation(report));
    }

    /// Takes in what the codes carry.
    pub fn add_collapse(&mut self, report: &CollapseReport) {
        self.push_all(report.step, |quantity| quantity.of_codes(report));
    }

    fn push_all(&mut self, step: usize, read: impl Fn(RunQuantity) -> Option<f64>) {
        for &quantity in RunQuantity::ALL {
            if let Some(value) = read(quantity) {
                self.push(quantity, clamped(step), value);
            }
        }
    }

    /// Drops what came after `step`.
    pub fn truncate_after(&mut self, step: usize) {
        self.series.iter_mut().for_each(|series| series.truncate_after(clamped(step)));
    }

    fn push(&mut self, quantity: RunQuantity, step: u32, value: f64) {
        let series = &mut self.series[quantity as usize];
        // A measurement that is no number is one that was not made; a step without one is a gap. Reports of
        // measurements come from more than one place, and an older one says nothing about the later.
        let late = || series.last().is_some_and(|(last, _)| last > step);
        let left_out = quantity.is_measured() && (value.is_nan() || late());
        if self.kind.is_none_or(|kind| quantity.applies_to(kind)) && !left_out {
            series.push(step, value as f32);
        }
    }
}

/// These quantities of these runs, as a table of all their numbers. A column is called after the run where
/// there are several. The worker lays the columns beside each other.
pub fn table<'a>(
    runs: impl Iterator<Item = (&'a str, &'a Curves)> + Clone,
    quantities: &[RunQuantity],
) -> Vec<TableColumn> {
    let several = runs.clone().count() > 1;
    let mut columns = Vec::new();
    for (run, curves) in runs {
        for &quantity in quantities {
            let series = curves.series(quantity);
            if series.is_empty() {
                continue;
            }
            let column = quantity.about().column;
            columns.push(TableColumn {
                name: if several { format!("{run} {column}") } else { column.to_owned() },
                steps: series.steps().collect(),
                values: series.values().to_vec(),
            });
        }
    }
    columns
}

fn clamped(step: usize) -> u32 {
    u32::try_from(step).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
