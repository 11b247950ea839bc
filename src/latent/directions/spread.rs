//! Spread of codes along a direction, which makes its length.

use super::{column_means, unit};
use crate::error::{Error, Result};

/// Spread of codes along any direction.
pub enum Spread<'a> {
    /// Of these codes.
    Codes(&'a [Vec<f32>]),
    /// Of codes whose numbers are independent and have these variances: where there are no codes at hand.
    Variances(&'a [f32]),
}

impl Spread<'_> {
    /// Standard deviation along a direction of unit length.
    pub fn along(&self, direction: &[f64]) -> f64 {
        match self {
            Spread::Codes(codes) => {
                let mean = column_means(codes);
                let at = |code: &Vec<f32>| -> f64 {
                    let numbers = code.iter().zip(&mean).zip(direction);
                    numbers.map(|((&value, mean), d)| (f64::from(value) - mean) * d).sum()
                };
                (codes.iter().map(|code| at(code).powi(2)).sum::<f64>() / codes.len().max(1) as f64).sqrt()
            }
            Spread::Variances(variances) => {
                let terms = variances.iter().zip(direction).map(|(&v, d)| f64::from(v) * d * d);
                terms.sum::<f64>().sqrt()
            }
        }
    }

    /// Amounts of a direction, as [`Spread::scaled`] gives it, between which 99 in 100 codes lie, from their mean.
    pub fn reach(&self, direction: &[f32]) -> [f32; 2] {
        /// Of a Gaussian.
        const USUAL: f32 = 2.576;
        let Spread::Codes(codes) = self else { return [-USUAL, USUAL] };
        let direction: Vec<f64> = direction.iter().map(|&v| f64::from(v)).collect();
        let squared: f64 = direction.iter().map(|v| v * v).sum();
        let mean = column_means(codes);
        let at = |code: &Vec<f32>| -> f64 {
            let numbers = code.iter().zip(&mean).zip(&direction);
            numbers.map(|((&value, mean), d)| (f64::from(value) - mean) * d).sum::<f64>() / squared
        };
        let mut amounts: Vec<f64> = codes.iter().map(at).collect();
        amounts.sort_unstable_by(f64::total_cmp);
        let last = amounts.len().saturating_sub(1) as f64;
        let quantile = |part: f64| amounts.get((part * last).round() as usize).copied().unwrap_or(0.0);
        [quantile(0.005) as f32, quantile(0.995) as f32]
    }

    /// The direction as long as the standard deviation along it: what an amount of 1 adds to a code.
    ///
    /// # Errors
    /// A direction of no length; codes that do not vary along it.
    pub fn scaled(&self, direction: &[f64]) -> Result<Vec<f32>> {
        let none = || Error::Invalid("the codes do not vary along this direction".into());
        let direction = unit(direction).ok_or_else(none)?;
        let deviation = self.along(&direction);
        if !(deviation.is_finite() && deviation > 0.0) {
            return Err(none());
        }
        Ok(direction.iter().map(|v| (v * deviation) as f32).collect())
    }
}
