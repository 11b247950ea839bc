//! The Fréchet distance between the Gaussians that fit two sets of features.
//!
//! Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter: "GANs trained by a two time-scale update rule
//! converge to a local Nash equilibrium", 2017, <https://arxiv.org/abs/1706.08500>. With the features of
//! [`Inception`](crate::models::Inception) and the standard weights it is the FID; it equals
//! `pytorch-fid`'s `calculate_frechet_distance` on the same features.
//!
//! ‖m₁ − m₂‖² + tr C₁ + tr C₂ − 2 tr √(C₁C₂), with covariances that are divided by N − 1.
//!
//! No square root of a matrix is taken. With C = FᵀF the trace of √(C₁C₂) is the sum of the singular
//! values of F₁F₂ᵀ, and for F serve the centred features themselves or the R of their QR decomposition.
//! No digits are lost to squares, and where there are fewer images than features, which makes the
//! covariances singular, the matrices are only smaller.

use std::ops::ControlFlow;

use faer::{Mat, MatRef, Side};

use super::features::Features;
use crate::detached::{Patience, detached};
use crate::error::{Error, Result};

/// Multiplications below which a decomposition is done before a person has noticed.
const QUICK: usize = 1 << 27;
/// Rows that are gone through at once, at least.
const ROWS: usize = 4096;

/// Error that a covariance in single precision may have, of its largest variance.
const ROUNDING: f64 = 1e-6;

/// A normal distribution of feature vectors.
pub struct Gaussian {
    mean: Vec<f64>,
    /// Any number of rows × dim; its transpose times itself is the covariance.
    factor: Mat<f64>,
}

impl Gaussian {
    /// Mean and covariance of features, divided by N − 1.
    ///
    /// # Errors
    /// Fewer than two images; [`Error::Cancelled`] when `patience` broke.
    pub fn fit(features: &Features, patience: Patience<'_>) -> Result<Self> {
        let (n, dim) = (features.len(), features.dim());
        if n < 2 {
            return Err(Error::Invalid(
                "a Fréchet distance needs at least two images in each set; add images to the set of one"
                    .into(),
            ));
        }
        let mean = mean(features, patience)?;
        let scale = 1.0 / ((n - 1) as f64).sqrt();
        let centred = |rows: std::ops::Range<usize>| {
            let mut values = vec![0.0; rows.len() * dim];
            features.copy_rows(rows, &mut values);
            for row in values.chunks_exact_mut(dim) {
                row.iter_mut().zip(&mean).for_each(|(v, mean)| *v = (*v - mean) * scale);
            }
            values
        };
        let mut factor = Mat::zeros(0, dim);
        // Some rows at a time: QR(QR(first rows), next rows) has the R of all rows.
        let step = ROWS.max(2 * dim);
        for first in (0..n).step_by(step) {
            let rows = first..n.min(first + step);
            let (above, below) = (factor.nrows(), rows.len());
            let values = centred(rows);
            let below = MatRef::from_row_major_slice(&values, below, dim);
            let mut both = Mat::zeros(above + below.nrows(), dim);
            both.as_mut().subrows_mut(0, above).copy_from(&factor);
            both.as_mut().subrows_mut(above, below.nrows()).copy_from(below);
            factor = if both.nrows() > dim {
                let cost = both.nrows().saturating_mul(dim * dim);
                patiently(cost, move || both.qr().thin_R().to_owned(), patience)?
            } else {
                both
            };
        }
        Ok(Self { mean, factor })
    }

    /// Statistics from a mean and a covariance (dim × dim, row by row), as `pytorch-fid` and `clean-fid` keep them.
    ///
    /// # Errors
    /// Sizes that do not fit, values that are not finite, a matrix that is no covariance;
    /// [`Error::Cancelled`] when `patience` broke.
    pub fn from_moments(mean: Vec<f64>, covariance: &[f64], patience: Patience<'_>) -> Result<Self> {
        let dim = mean.len();
        if dim == 0 || dim.checked_mul(dim) != Some(covariance.len()) {
            return Err(Error::Invalid(format!(
                "a mean of {dim} numbers and a covariance of {} do not belong together",
                covariance.len()
            )));
        }
        if !mean.iter().chain(covariance).all(|v| v.is_finite()) {
            return Err(Error::Invalid(
                "a mean or covariance holds a value that is not a finite number; compute the statistics anew"
                    .into(),
            ));
        }
        let matrix = MatRef::from_row_major_slice(covariance, dim, dim).to_owned();
        let largest = matrix.norm_max();
        let is_symmetric = (0..dim).all(|row| {
            (0..row).all(|column| (matrix[(row, column)] - matrix[(column, row)]).abs() <= ROUNDING * largest)
        });
        if !is_symmetric {
            return Err(Error::Invalid(
                "the covariance is not symmetric, so it is none; compute the statistics anew".into(),
            ));
        }
        let decompose = move || matrix.self_adjoint_eigen(Side::Lower);
        let eigen = patiently(dim.saturating_pow(3), decompose, patience)?.map_err(|_| failed())?;
        let (vectors, values) = (eigen.U(), eigen.S());
        let (lowest, highest) = (values[0], values[dim - 1]);
        if lowest < -ROUNDING * highest.abs() {
            return Err(Error::Invalid(
                "the covariance has a negative variance in it; compute the statistics anew".into(),
            ));
        }
        let factor =
            Mat::from_fn(dim, dim, |row, column| values[row].max(0.0).sqrt() * vectors[(column, row)]);
        Ok(Self { mean, factor })
    }

    /// Numbers in a feature vector.
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    fn total_variance(&self) -> f64 {
        self.factor.squared_norm_l2()
    }
}

/// The squared 2-Wasserstein distance between two Gaussians, which is what the FID is; never below 0, and 0
/// for equal ones. In units of squared features.
///
/// # Errors
/// Gaussians of unequal dimensions; [`Error::Cancelled`] when `patience` broke.
pub fn frechet_distance(a: &Gaussian, b: &Gaussian, patience: Patience<'_>) -> Result<f64> {
    if a.dim() != b.dim() {
        return Err(Error::Invalid(format!(
            "features of {} and of {} numbers cannot be compared; take both from the same extractor",
            a.dim(),
            b.dim()
        )));
    }
    let between: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let (rows, columns) = (a.factor.nrows(), b.factor.nrows());
    let cost = rows.saturating_mul(columns).saturating_mul(a.dim().max(rows.min(columns)));
    let (left, right) = (a.factor.clone(), b.factor.clone());
    let decompose = move || (left * right.transpose()).singular_values();
    let shared: f64 = patiently(cost, decompose, patience)?.map_err(|_| failed())?.iter().sum();
    let distance = between + a.total_variance() + b.total_variance() - 2.0 * shared;
    // No number would pass for the distance of equal sets.
    if distance.is_finite() { Ok(distance.max(0.0)) } else { Err(failed()) }
}

/// The mean of each number.
fn mean(features: &Features, patience: Patience<'_>) -> Result<Vec<f64>> {
    let (n, dim) = (features.len(), features.dim());
    let mut mean = vec![0.0; dim];
    let mut row = vec![0.0; dim];
    for first in (0..n).step_by(ROWS) {
        for index in first..n.min(first + ROWS) {
            features.copy_rows(index..index + 1, &mut row);
            mean.iter_mut().zip(&row).for_each(|(mean, v)| *mean += v);
        }
        if patience().is_break() {
            return Err(Error::Cancelled);
        }
    }
    mean.iter_mut().for_each(|mean| *mean /= n as f64);
    Ok(mean)
}

/// Does work of so many multiplications: at once if it is quick.
fn patiently<T: Send + 'static>(
    cost: usize,
    work: impl FnOnce() -> T + Send + 'static,
    patience: Patience<'_>,
) -> Result<T> {
    match patience() {
        ControlFlow::Break(()) => Err(Error::Cancelled),
        ControlFlow::Continue(()) if cost <= QUICK => Ok(work()),
        ControlFlow::Continue(()) => detached(work, patience),
    }
}

fn failed() -> Error {
    Error::Invalid("a distance between such numbers cannot be computed; are the features sound?".into())
}
