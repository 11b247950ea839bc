//! Ridge regression under every penalty from one decomposition of the rows, and the penalty that predicts best what it
//! was not fitted to: leave-one-out cross-validation in closed form (Golub, Heath & Wahba 1979; scikit-learn's
//! `RidgeCV`).

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};

use super::regression::Predictor;
use super::{centred, column_means};
use crate::error::{Error, Result};

/// Penalties that are tried, from 10⁻⁴ to 10³ of the mean squared singular value, in half powers of ten.
const HALF_POWERS: std::ops::RangeInclusive<i32> = -8..=6;
/// Squared singular values below this part of the largest are rounding.
const RANK: f64 = 1e-10;

/// The singular value decomposition of rows less their mean. A predictor with a penalty on the length of its weights
/// lies in the span of the rows, so that it is found exactly, and sooner where there are fewer rows than numbers, from
/// the rows [turned](RidgePath::turned) into it.
pub struct RidgePath {
    mean: Vec<f64>,
    /// (numbers × rank), orthonormal columns.
    directions: Mat<f64>,
    /// (rows × rank), orthonormal columns.
    left: Mat<f64>,
    /// Singular values, falling.
    singular: Vec<f64>,
}

impl RidgePath {
    /// The decomposition of rows of equal length.
    ///
    /// # Errors
    /// Fewer than two rows, or all alike.
    pub fn new(rows: &[Vec<f32>]) -> Result<Self> {
        let mean = column_means(rows);
        let (n, d) = (rows.len(), mean.len());
        if n < 2 || rows.iter().any(|row| row.len() != d || row.iter().any(|value| !value.is_finite())) {
            return Err(Error::Invalid(format!("{n} rows of {d} numbers are no regression")));
        }
        let x = centred(rows, &mean);
        let is_wide = d > n;
        let side = n.min(d);
        let mut gram = Mat::<f64>::zeros(side, side);
        match is_wide {
            true => matmul(&mut gram, Accum::Replace, &x, x.transpose(), 1.0, Par::rayon(0)),
            false => matmul(&mut gram, Accum::Replace, x.transpose(), &x, 1.0, Par::rayon(0)),
        }
        let unfit = |_| Error::Invalid("the rows of a regression cannot be decomposed".into());
        let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(unfit)?;
        let (vectors, values) = (eigen.U(), eigen.S());
        // They rise.
        let largest = values[side - 1];
        let rank = (0..side).filter(|at| values[*at] > RANK * largest && values[*at] > 0.0).count();
        if rank == 0 {
            return Err(Error::Invalid("the rows of a regression are all alike".into()));
        }
        let singular: Vec<f64> = (0..rank).map(|at| values[side - 1 - at].sqrt()).collect();
        let own = Mat::from_fn(side, rank, |row, column| vectors[(row, side - 1 - column)]);
        let mut other = Mat::<f64>::zeros(n.max(d), rank);
        match is_wide {
            true => matmul(&mut other, Accum::Replace, x.transpose(), &own, 1.0, Par::rayon(0)),
            false => matmul(&mut other, Accum::Replace, &x, &own, 1.0, Par::rayon(0)),
        }
        for (column, singular) in singular.iter().enumerate() {
            other.col_mut(column).iter_mut().for_each(|value| *value /= singular);
        }
        let (directions, left) = if is_wide { (other, own) } else { (own, other) };
        Ok(Self { mean, directions, left, singular })
    }

    /// Rows in the span of those that it was made of, `rank` numbers each.
    pub fn turned(&self, rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let x = centred(rows, &self.mean);
        let mut turned = Mat::<f64>::zeros(rows.len(), self.singular.len());
        matmul(&mut turned, Accum::Replace, &x, &self.directions, 1.0, Par::rayon(0));
        let row = |row: usize| (0..self.singular.len()).map(|at| turned[(row, at)] as f32).collect();
        (0..rows.len()).map(row).collect()
    }

    /// The ridge regression of `y` on turned rows: minimises Σ(y − ŷ)² + `penalty` · |weights|².
    pub fn ridge(&self, y: &[f64], penalty: f64) -> Predictor {
        let (intercept, along) = self.along(y);
        let weight = |(a, s): (&f64, &f64)| a * s / (s * s + penalty);
        Predictor { weights: along.iter().zip(&self.singular).map(weight).collect(), intercept }
    }

    /// Squared error of the ridge regression on each row when it is fitted to all others, mean over the rows.
    pub fn left_out_error(&self, y: &[f64], penalty: f64) -> f64 {
        let (mean, along) = self.along(y);
        let n = y.len() as f64;
        let shrunk: Vec<f64> = self.singular.iter().map(|s| s * s / (s * s + penalty)).collect();
        let error = |row: usize| {
            let (mut told, mut own) = (mean, 1.0 / n);
            for (at, (shrunk, along)) in shrunk.iter().zip(&along).enumerate() {
                let left = self.left[(row, at)];
                told += shrunk * left * along;
                own += shrunk * left * left;
            }
            ((y[row] - told) / (1.0 - own).max(f64::EPSILON)).powi(2)
        };
        (0..y.len()).map(error).sum::<f64>() / n
    }

    /// The one of the penalties from 10⁻⁴ to 10³ of the mean squared singular value that has the least
    /// [error](RidgePath::left_out_error); of equals the largest.
    pub fn best_penalty(&self, y: &[f64]) -> f64 {
        let unit = self.singular.iter().map(|s| s * s).sum::<f64>() / self.singular.len() as f64;
        let penalties = HALF_POWERS.rev().map(|half| unit * 10f64.powf(f64::from(half) / 2.0));
        let tried = penalties.map(|penalty| (self.left_out_error(y, penalty), penalty));
        tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(unit, |(_, penalty)| penalty)
    }

    /// Mean of `y`, and the rest of it along each singular vector of the rows.
    fn along(&self, y: &[f64]) -> (f64, Vec<f64>) {
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let along = |at: usize| y.iter().enumerate().map(|(row, y)| self.left[(row, at)] * (y - mean)).sum();
        (mean, (0..self.singular.len()).map(along).collect())
    }
}
