//! Semantic factorisation (SeFa: Shen & Zhou 2021, <https://arxiv.org/abs/2007.06600>): the directions of a code that
//! the first layer of a decoder amplifies most, found in its weights alone.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};

use super::fix_sign;
use crate::error::{Error, Result};

/// The `count` eigenvectors of AᵀA with the largest eigenvalues, of unit length, where A are the weights of a layer: a
/// row for each of its outputs, `latent_dim` long. As in the authors' code each row counts at unit length; rows of
/// zeros do not count.
///
/// # Errors
/// Weights that are not whole rows; more directions than a code has numbers, or none.
pub fn sefa(weights: &[f32], latent_dim: usize, count: usize) -> Result<Vec<Vec<f64>>> {
    if latent_dim == 0 || weights.is_empty() || !weights.len().is_multiple_of(latent_dim) {
        return Err(Error::Invalid(format!("{} weights are no rows of {latent_dim}", weights.len())));
    }
    if count == 0 || count > latent_dim {
        return Err(Error::Invalid(format!(
            "the first layer has {latent_dim} directions; choose 1 to {latent_dim} instead of {count}"
        )));
    }
    let row_unit = |row: &[f32]| {
        let length = row.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>().sqrt();
        (length > 0.0).then(|| row.iter().map(|&w| f64::from(w) / length).collect::<Vec<f64>>())
    };
    let rows: Vec<Vec<f64>> = weights.chunks_exact(latent_dim).filter_map(row_unit).collect();
    let a = Mat::from_fn(rows.len(), latent_dim, |row, column| rows[row][column]);
    let mut product = Mat::<f64>::zeros(latent_dim, latent_dim);
    matmul(&mut product, Accum::Replace, a.transpose(), &a, 1.0, Par::rayon(0));
    let unfit = |_| Error::Invalid("the weights of the first layer cannot be decomposed".into());
    let eigen = product.self_adjoint_eigen(Side::Lower).map_err(unfit)?;
    let vectors = eigen.U();
    // Their values rise.
    let direction = |at: usize| {
        let mut direction: Vec<f64> =
            (0..latent_dim).map(|row| vectors[(row, latent_dim - 1 - at)]).collect();
        fix_sign(&mut direction);
        direction
    };
    Ok((0..count).map(direction).collect())
}

/// A direction of the channels of a code on a grid of `places` places, at all of them: `channels × places` numbers of
/// unit length, in PyTorch's order.
pub fn everywhere(direction: &[f64], places: usize) -> Vec<f64> {
    let part = 1.0 / (places as f64).sqrt();
    direction.iter().flat_map(|value| std::iter::repeat_n(value * part, places)).collect()
}
