//! Principal components as directions (GANSpace: Härkönen et al. 2020, <https://arxiv.org/abs/2004.02546>): of codes,
//! or, for a model whose codes are noise, of what its first layer makes of many draws, mapped back to codes by a
//! regression.

use std::ops::Range;

use faer::Mat;
use faer::linalg::matmul::matmul;
use faer::{Accum, Par};

use super::regression::solve;
use super::{centred, column_means, fix_sign, unit};
use crate::error::{Error, Result};
use crate::latent::pca::{FitObserver, Pca};

/// A direction of unit length, and its part of the variance, in [0, 1].
pub type Component = (Vec<f64>, f64);

/// The `count` principal components of codes, that of the largest variance first.
///
/// # Errors
/// As for [`Pca::fit`].
pub fn of_codes(
    codes: &[Vec<f32>],
    count: usize,
    seed: u64,
    watch: FitObserver<'_>,
) -> Result<Vec<Component>> {
    let dim = codes.first().map_or(0, Vec::len);
    let pca = fit(codes, count, seed, watch)?;
    let shares = shares(&pca, codes);
    let component = |(at, share): (usize, f64)| {
        let mut direction: Vec<f64> = (0..dim).map(|row| pca.component(at, row)).collect();
        fix_sign(&mut direction);
        (direction, share)
    };
    Ok(shares.into_iter().enumerate().map(component).collect())
}

/// The `count` principal components of `activations`, which a layer made of `codes`, as directions of codes: of each
/// the one that a least-squares fit of codes to the components' coordinates gives.
///
/// # Errors
/// As for [`Pca::fit`]; not an activation for each code.
pub fn of_activations(
    codes: &[Vec<f32>],
    activations: &[Vec<f32>],
    count: usize,
    seed: u64,
    watch: FitObserver<'_>,
) -> Result<Vec<Component>> {
    if codes.len() != activations.len() {
        return Err(Error::Invalid(format!(
            "{} codes have no {} activations",
            codes.len(),
            activations.len()
        )));
    }
    let pca = fit(activations, count, seed, watch)?;
    let coordinates = pca.encode(&activations.concat())?;
    let x = Mat::from_fn(codes.len(), count, |row, column| f64::from(coordinates[row * count + column]));
    let z = centred(codes, &column_means(codes));
    let mut gram = Mat::<f64>::zeros(count, count);
    matmul(&mut gram, Accum::Replace, x.transpose(), &x, 1.0, Par::rayon(0));
    let mut products = Mat::<f64>::zeros(count, z.ncols());
    matmul(&mut products, Accum::Replace, x.transpose(), &z, 1.0, Par::rayon(0));
    let ridge = 1e-9 * (0..count).map(|at| gram[(at, at)]).fold(f64::MIN_POSITIVE, f64::max);
    let back = solve(gram, ridge, &products)?;
    let mut components = Vec::with_capacity(count);
    for (at, share) in shares(&pca, activations).into_iter().enumerate() {
        let direction: Vec<f64> = (0..z.ncols()).map(|column| back[(at, column)]).collect();
        let flat = || Error::Invalid(format!("no code changes component {}; ask for fewer", at + 1));
        let mut direction = unit(&direction).ok_or_else(flat)?;
        fix_sign(&mut direction);
        components.push((direction, share));
    }
    Ok(components)
}

fn fit(rows: &[Vec<f32>], count: usize, seed: u64, watch: FitObserver<'_>) -> Result<Pca> {
    let dim = rows.first().map_or(0, Vec::len);
    let mut copy = |range: Range<usize>, out: &mut [f32]| {
        out.chunks_exact_mut(dim).zip(&rows[range]).for_each(|(out, row)| out.copy_from_slice(row));
        Ok(())
    };
    Pca::fit((rows.len(), dim), count, seed, &mut copy, watch)
}

/// Parts of the whole variance.
fn shares(pca: &Pca, rows: &[Vec<f32>]) -> Vec<f64> {
    let mean = column_means(rows);
    let squares = rows.iter().flat_map(|row| row.iter().zip(&mean).map(|(&x, m)| (f64::from(x) - m).powi(2)));
    let all = squares.sum::<f64>() / rows.len() as f64;
    pca.variance().iter().map(|variance| (variance / all).min(1.0)).collect()
}
