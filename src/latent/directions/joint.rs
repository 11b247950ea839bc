//! Joint regression of codes on attributes: one least-squares fit of every number of a code to all attributes at once,
//! so that what belongs to one of them is not given to another that often comes with it. A regression on each alone
//! would make old faces bald because many are.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::regression::solve;
use super::{centred, column_means};
use crate::error::{Error, Result};

/// Penalty in parts of the number of codes, for attributes that nearly say the same.
const RIDGE: f64 = 1e-3;

/// Change of a code with each attribute, the others held.
pub struct JointRegression {
    /// (attributes × numbers of a code), per unit of the attribute as it was given.
    coefficients: Mat<f64>,
}

impl JointRegression {
    /// Fits codes (a row each) to attributes (a column each, as long as there are codes): amounts brought to a variance
    /// of 1, yes or no as 1 and 0. What is not known of a face counts as the mean of the others.
    ///
    /// # Errors
    /// No attribute, none that varies, columns of another length.
    pub fn fit(codes: &[Vec<f32>], attributes: &[Vec<Option<f64>>]) -> Result<Self> {
        let n = codes.len();
        if n < 2 || attributes.is_empty() || attributes.iter().any(|column| column.len() != n) {
            return Err(Error::Invalid(format!(
                "{n} codes and {} attributes are no regression",
                attributes.len()
            )));
        }
        let columns: Vec<Vec<f64>> = attributes.iter().map(|column| without_mean(column)).collect();
        let a = Mat::from_fn(n, columns.len(), |row, column| columns[column][row]);
        let z = centred(codes, &column_means(codes));
        let mut gram = Mat::<f64>::zeros(columns.len(), columns.len());
        matmul(&mut gram, Accum::Replace, a.transpose(), &a, 1.0, Par::rayon(0));
        let mut products = Mat::<f64>::zeros(columns.len(), z.ncols());
        matmul(&mut products, Accum::Replace, a.transpose(), &z, 1.0, Par::rayon(0));
        Ok(Self { coefficients: solve(gram, RIDGE * n as f64, &products)? })
    }

    /// Change of a code with a mixture of attributes: each with its weight. One alone is that attribute; 1 and −1 lead
    /// from one category to another.
    pub fn direction(&self, mixture: &[(usize, f64)]) -> Vec<f64> {
        let number = |at: usize| mixture.iter().map(|(k, weight)| weight * self.coefficients[(*k, at)]).sum();
        (0..self.coefficients.ncols()).map(number).collect()
    }
}

fn without_mean(column: &[Option<f64>]) -> Vec<f64> {
    let known: Vec<f64> = column.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    column.iter().map(|value| value.map_or(0.0, |value| value - mean)).collect()
}
