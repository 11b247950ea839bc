//! One quantity of one run over its steps.

use std::ops::{Range, RangeInclusive};

use super::pyramid::{Pyramid, Summary};
use super::steps::Steps;

/// Numbers over rising steps, ready to be drawn at any zoom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    steps: Steps,
    values: Vec<f32>,
    pyramid: Pyramid,
}

/// Neighbouring numbers that are drawn as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Step of the first.
    pub first: u32,
    /// Step of the last.
    pub last: u32,
    /// Their summary.
    pub summary: Summary,
}

impl Bin {
    /// Step at which a plot draws it.
    pub fn middle(&self) -> f64 {
        (f64::from(self.first) + f64::from(self.last)) / 2.0
    }
}

impl Series {
    /// Count of numbers.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Step and number at a place in the series.
    pub fn get(&self, index: usize) -> Option<(u32, f32)> {
        self.values.get(index).map(|&value| (self.steps.get(index), value))
    }

    /// The last step and its number.
    pub fn last(&self) -> Option<(u32, f32)> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All numbers.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All steps.
    pub fn steps(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|index| self.steps.get(index))
    }

    /// Appends a number. What there is at this step or later is dropped before: the run has gone back.
    pub fn push(&mut self, step: u32, value: f32) {
        if self.steps.last().is_some_and(|last| last >= step) {
            self.keep(self.steps.up_to(f64::from(step) - 1.0));
        }
        self.steps.push(step);
        self.values.push(value);
        self.pyramid.grown(&self.values);
    }

    /// Drops what came after `step`.
    pub fn truncate_after(&mut self, step: u32) {
        self.keep(self.steps.up_to(f64::from(step)));
    }

    fn keep(&mut self, len: usize) {
        self.steps.truncate(len);
        self.values.truncate(len);
        self.pyramid.truncate(len);
    }

    /// The places whose steps lie in a range.
    pub fn within(&self, steps: &RangeInclusive<f64>) -> Range<usize> {
        let start = self.steps.up_to(steps.start().next_down());
        start..self.steps.up_to(*steps.end()).max(start)
    }

    /// The numbers in a range of steps, in at most about `most` bins, with a bin before and after it so that
    /// lines go on to the edge. The cost goes with `most`, not with the numbers.
    pub fn bins(&self, steps: &RangeInclusive<f64>, most: usize) -> impl Iterator<Item = Bin> + '_ {
        let (blocks, size) = self.blocks(steps, most);
        blocks.map(move |block| self.bin(block, size))
    }

    /// The blocks that [`Series::bins`] are, and the numbers in each.
    pub(super) fn blocks(&self, steps: &RangeInclusive<f64>, most: usize) -> (Range<usize>, usize) {
        let places = self.within(steps);
        // A power of two, so that blocks stay the same while the view moves and the series grows.
        let size = places.len().div_ceil(most.max(1)).next_power_of_two();
        let first = (places.start / size).saturating_sub(1);
        let last = (places.end.div_ceil(size) + 1).min(self.len().div_ceil(size));
        (first..last.max(first), size)
    }

    /// Block number `block` of those with `size` numbers.
    pub(super) fn bin(&self, block: usize, size: usize) -> Bin {
        let range = block * size..((block + 1) * size).min(self.len());
        Bin {
            first: self.steps.get(range.start),
            last: self.steps.get(range.end - 1),
            summary: self.pyramid.summary(&self.values, range),
        }
    }
}
