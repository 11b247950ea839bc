//! Exponential moving averages for plots.
//!
//! The average is TensorBoard's: `s = f·s + (1 − f)·x`, divided by `1 − fⁿ` so that it does not start at
//! 0 (the bias correction of Kingma & Ba 2015); numbers that are not finite are skipped and leave a gap.
//!
//! TensorBoard averages over the at most 1000 points that it keeps of a run. Here all are kept, and an
//! average over the last hundred of a million numbers would look as noisy as they are. So the unit of the
//! factor is a number of the run or, where it is more, a thousandth of the steps in view: up to a thousand
//! numbers in view it is exactly TensorBoard's average, beyond that the line stays equally smooth to the
//! eye at every zoom. Blocks of numbers enter with their mean, and what lies so far back that it has no
//! weight is not read: the cost does not grow with the run, so that the factor can be moved as one looks.

use std::ops::RangeInclusive;

use super::series::Series;

/// The factor's unit is this part of the view, or a number of the run where those lie further apart.
const UNITS_IN_VIEW: usize = 1000;
/// Least weight of a reading that is read.
const NEGLIGIBLE: f64 = 1e-6;
/// The largest factor there is.
pub const LARGEST_FACTOR: f64 = 0.99;

/// An exponential moving average without the bias towards its start.
#[derive(Clone, Copy, Debug, Default)]
struct Average {
    sum: f64,
    weight: f64,
}

impl Average {
    /// Takes in `value`; what was before keeps `decay` of its weight.
    fn push(&mut self, value: f64, decay: f64) -> f64 {
        self.sum = decay * self.sum + (1.0 - decay) * value;
        self.weight = decay * self.weight + (1.0 - decay);
        self.sum / self.weight
    }
}

impl Series {
    /// The smoothed line over a range of steps as points (step, value), with one before and after it; NaN is
    /// a gap. `factor` is in [0, 1): 0 leaves the numbers, or the means of their blocks.
    pub fn smoothed(&self, steps: &RangeInclusive<f64>, factor: f64) -> Vec<[f64; 2]> {
        let (blocks, size) = self.blocks(steps, UNITS_IN_VIEW);
        // For each number; blocks that are not full or have gaps weigh less.
        let decay = factor.clamp(0.0, LARGEST_FACTOR).powf(1.0 / self.unit(steps));
        let reach = if decay > 0.0 { NEGLIGIBLE.ln() / decay.ln() / size as f64 } else { 0.0 };
        let of_full = decay.powf(size as f64);
        let mut average = Average::default();
        let mut line = Vec::with_capacity(blocks.len());
        for block in blocks.start.saturating_sub(reach.ceil() as usize)..blocks.end {
            let bin = self.bin(block, size);
            let value = match bin.summary.count {
                0 => f64::NAN,
                count => {
                    let full = count as usize == size;
                    let decay = if full { of_full } else { decay.powf(f64::from(count)) };
                    average.push(f64::from(bin.summary.mean), decay)
                }
            };
            if block >= blocks.start {
                line.push([f64::from(bin.last), value]);
            }
        }
        line
    }

    /// Numbers in the factor's unit, at least 1.
    fn unit(&self, steps: &RangeInclusive<f64>) -> f64 {
        let places = self.within(steps);
        if places.len() < 2 {
            return 1.0;
        }
        let ends = [places.start, places.end - 1].map(|place| self.get(place).map_or(0, |(step, _)| step));
        let distance = f64::from(ends[1] - ends[0]) / (places.len() - 1) as f64;
        ((steps.end() - steps.start()) / UNITS_IN_VIEW as f64 / distance).max(1.0)
    }
}
