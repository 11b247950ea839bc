//! Directions in a code space: from a table of attributes ([`joint`]), from codes alone ([`components`]) and from the
//! weights of a decoder alone ([`sefa`]); and the linear predictors that say how well an attribute can be told
//! ([`regression`], and [`ridge_path`] for the penalty that suits them).
//!
//! Codes are rows of `f32`; everything is summed and solved in double precision. A direction comes back as a vector
//! of unit length; [`Spread::scaled`] gives it the length of an amount of 1.

pub mod components;
pub mod joint;
pub mod regression;
pub mod ridge_path;
pub mod sefa;
mod spread;

use faer::Mat;

pub use spread::Spread;

/// Mean of each column.
fn column_means(rows: &[Vec<f32>]) -> Vec<f64> {
    let mut mean = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(mean, &value)| *mean += f64::from(value));
    }
    mean.iter_mut().for_each(|mean| *mean /= rows.len().max(1) as f64);
    mean
}

/// The rows less `mean`, a row each.
fn centred(rows: &[Vec<f32>], mean: &[f64]) -> Mat<f64> {
    Mat::from_fn(rows.len(), mean.len(), |row, column| f64::from(rows[row][column]) - mean[column])
}

/// Turns a direction, which a decomposition gives up to its sign, so that its largest number is positive: the same
/// weights give the same direction on every machine.
fn fix_sign(direction: &mut [f64]) {
    let largest =
        direction.iter().copied().fold(0.0f64, |most, v| if v.abs() > most.abs() { v } else { most });
    if largest < 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
}

/// The vector at unit length; none if it has no length.
fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    (length.is_finite() && length > 0.0).then(|| vector.iter().map(|v| v / length).collect())
}

#[cfg(test)]
mod tests;
