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

use faer::{Mat, MatRef, Side};

use super::features::Features;
use crate::error::{Error, Result};

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
    /// Fewer than two images.
    pub fn fit(features: &Features) -> Result<Self> {
        let (n, dim) = (features.len(), features.dim());
        if n < 2 {
            return Err(Error::Invalid("a Fréchet distance needs at least two images in each set".into()));
        }
        let mean = features.mean();
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
        for first in (0..n).step_by(2 * dim) {
            let rows = first..n.min(first + 2 * dim);
            let (above, below) = (factor.nrows(), rows.len());
            let values = centred(rows);
            let below = MatRef::from_row_major_slice(&values, below, dim);
            let mut both = Mat::zeros(above + below.nrows(), dim);
            both.as_mut().subrows_mut(0, above).copy_from(&factor);
            both.as_mut().subrows_mut(above, below.nrows()).copy_from(below);
            factor = if both.nrows() > dim { both.qr().thin_R().to_owned() } else { both };
        }
        Ok(Self { mean, factor })
    }

    /// From a mean and a covariance (dim × dim, row by row), as `pytorch-fid` stores them.
    ///
    /// # Errors
    /// Sizes that do not fit, values that are not finite, a matrix that is no covariance.
    pub fn from_moments(mean: Vec<f64>, covariance: &[f64]) -> Result<Self> {
        let dim = mean.len();
        if dim == 0 || covariance.len() != dim * dim {
            return Err(Error::Invalid(format!(
                "a mean of {dim} numbers and a covariance of {} do not belong together",
                covariance.len()
            )));
        }
        if !mean.iter().chain(covariance).all(|v| v.is_finite()) {
            return Err(Error::Invalid(
                "a mean or covariance holds a value that is not a finite number".into(),
            ));
        }
        let matrix = MatRef::from_row_major_slice(covariance, dim, dim);
        let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| failed())?;
        let (vectors, values) = (eigen.U(), eigen.S());
        let (lowest, highest) = (values[0], values[dim - 1]);
        if lowest < -1e-6 * highest.abs() {
            return Err(Error::Invalid("the covariance has a negative variance in it".into()));
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
/// Gaussians of unequal dimensions.
pub fn frechet_distance(a: &Gaussian, b: &Gaussian) -> Result<f64> {
    if a.dim() != b.dim() {
        return Err(Error::Invalid(format!(
            "features of {} and of {} numbers cannot be compared; take both from the same extractor",
            a.dim(),
            b.dim()
        )));
    }
    let between: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let product = &a.factor * b.factor.transpose();
    let shared: f64 = product.singular_values().map_err(|_| failed())?.iter().sum();
    Ok((between + a.total_variance() + b.total_variance() - 2.0 * shared).max(0.0))
}

fn failed() -> Error {
    Error::Invalid("the decomposition of a covariance did not converge; are the features sound?".into())
}
