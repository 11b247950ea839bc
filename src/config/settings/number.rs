//! Settings that are numbers: what they can be, how they are chosen, how they change while a run goes on.

use super::Setting;
use crate::config::TrainConfig;

/// The numbers that a setting can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberRange {
    /// The smallest.
    pub least: f64,
    /// The largest; infinite where there is none.
    pub most: f64,
    /// Whether `least` itself is left out.
    pub(super) open_below: bool,
    /// Whether `most` itself is left out.
    pub(super) open_above: bool,
}

impl NumberRange {
    pub(super) const ABOVE_0: NumberRange =
        NumberRange { open_below: true, ..NumberRange::from(0.0, f64::INFINITY) };
    pub(super) const NOT_NEGATIVE: NumberRange = NumberRange::from(0.0, f64::INFINITY);

    pub(super) const fn from(least: f64, most: f64) -> Self {
        Self { least, most, open_below: false, open_above: false }
    }

    /// Whether a number lies in it; one that is none or infinite never does.
    pub fn contains(self, value: f64) -> bool {
        let above = if self.open_below { value > self.least } else { value >= self.least };
        let below = if self.open_above { value < self.most } else { value <= self.most };
        value.is_finite() && above && below
    }
}

/// As in "above 0" or "from 1 to 4096".
impl std::fmt::Display for NumberRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let NumberRange { least, most, open_below, open_above } = self;
        match (most.is_finite(), open_below, open_above) {
            (false, true, _) => write!(f, "above {least}"),
            (false, false, _) => write!(f, "{least} or more"),
            (true, _, true) => write!(f, "{least} or more and below {most}"),
            (true, ..) => write!(f, "from {least} to {most}"),
        }
    }
}

/// The control for a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberScale {
    /// A slider over powers of ten.
    Log {
        /// Its smallest number above 0.
        least: f64,
        /// Its largest number.
        most: f64,
        /// Whether its left end is 0 instead of `least`.
        zero: bool,
    },
    /// A field for a part or a weight.
    Real {
        /// The largest number that is dragged to.
        most: f64,
        /// Change by each pixel of a drag.
        speed: f64,
    },
    /// A field for a whole number.
    Count {
        /// The largest number that is dragged to.
        most: usize,
    },
}

/// Course of a number from where a running run changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It stays, in place of what its schedule had planned.
    Held,
    /// Its schedule goes on in proportion.
    InProportion,
}

/// The way in which a setting can change while a run goes on.
#[derive(Clone, Copy)]
pub struct LiveChange {
    /// Its name in `events.csv` and checkpoints.
    pub column: &'static str,
    /// The beginning of its names there for a line to a value (`…_anneal`) and for the way back to what was planned
    /// (`…_planned`).
    pub(super) stem: &'static str,
    /// Course from there.
    pub course: Course,
    /// The setting that says how it develops when nobody changes it, if there is one.
    pub schedule: Option<Setting>,
    /// Whether a run can diverge because it was raised.
    pub can_diverge: bool,
    /// Its number in the update after so many others when nobody changes it.
    pub(super) planned: Option<fn(&TrainConfig, usize) -> f64>,
    /// Updates until its schedule has led it to its full value.
    pub(super) rises_over: fn(&TrainConfig) -> usize,
}

impl LiveChange {
    pub(super) const fn held(column: &'static str) -> Self {
        Self {
            column,
            stem: column,
            course: Course::Held,
            schedule: None,
            can_diverge: false,
            planned: None,
            rises_over: |_| 0,
        }
    }
}

/// A setting that is a number.
pub struct NumberSetting {
    pub(super) get: fn(&TrainConfig) -> Option<f64>,
    pub(super) set: fn(&mut TrainConfig, f64),
    /// Range.
    pub range: NumberRange,
    /// Scale by which it is chosen.
    pub scale: NumberScale,
    /// Unit behind its field; empty for a pure number.
    pub unit: &'static str,
}
