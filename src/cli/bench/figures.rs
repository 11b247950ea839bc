//! Figures of a part, and functions that all parts share.

use serde::Serialize;

pub use crate::cli::counts::at_least_one;
use crate::cli::output::print_error;
use crate::config::DeviceConfig;
use crate::device::{Compute, OpenedDevice};
use crate::error::Result;

/// Number of repetitions of a measurement.
#[derive(clap::Args)]
pub struct Times {
    /// Measured repetitions; the median counts
    #[arg(long, default_value_t = 20)]
    pub repeat: usize,
    /// Measure when asked: for each number on stdin so many repetitions, answered by a line of JSON.
    /// For `benches/pytorch.py`.
    #[arg(long, hide = true, conflicts_with = "repeat")]
    pub serve: bool,
}

/// The figures of one part.
#[derive(Serialize)]
pub struct Figures {
    /// Median of the repetitions.
    pub milliseconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images_per_second: Option<f64>,
    /// The most memory the process held at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_rss_mib: Option<f64>,
    /// The peak above what it held before the part began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_growth_mib: Option<f64>,
    /// Repetitions.
    pub repeat: usize,
    /// Device, where there is a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Threads that did the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

/// Device of a part. Why it is not a card goes to stderr.
pub fn open(device: DeviceConfig) -> Result<Compute> {
    let OpenedDevice { compute, note } = Compute::open(device)?;
    note.iter().for_each(|note| print_error(note));
    Ok(compute)
}

/// The middle value, or the mean of the two in the middle; NaN of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n => (values[(n - 1) / 2] + values[n / 2]) / 2.0,
    }
}

/// The smallest of the values that this share of them does not exceed.
pub fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(quantile(values.clone(), 0.95), 19.0);
        assert_eq!(quantile(values.clone(), 1.0), 20.0);
        assert_eq!(quantile(vec![7.0], 0.95), 7.0);
        assert!(quantile(Vec::new(), 0.95).is_nan());
        assert_eq!(median(values), 10.5);
    }
}
