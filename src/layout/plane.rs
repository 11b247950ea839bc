//! The plane of the largest variance: principal component analysis (Pearson 1901) with two components, whose map can
//! be read backwards.

use std::ops::ControlFlow;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::watch::{LayoutObserver, tell};
use crate::detached::detached;
use crate::error::{Error, Result};
use crate::latent::pca::Pca;
use crate::metrics::features::Features;

/// Part of the work, for who waits.
const PART: &str = "Finding the plane";
/// Rows in memory in double precision at once.
const BLOCK: usize = 512;
/// Numbers of a row up to which all components are found, and so exact ones: a second of work.
const MOST_EXACT: usize = 1024;

/// A plane in a code space: its origin is the mean of the rows that it was fitted to, its axes are the two directions
/// in which these vary most. Rows of one number have a second axis of no length.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    mean: Vec<f32>,
    /// Of unit length and at right angles; the number of largest size in each is positive, as with `svd_flip` of
    /// scikit-learn.
    axes: [Vec<f32>; 2],
    shares: [f64; 2],
}

impl Plane {
    /// Fits a plane. Rows of up to 1,024 numbers get the exact one; of longer rows the axes come from a randomised
    /// iteration ([`Pca`]), which `seed` begins.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when `watch` breaks; a decomposition that fails.
    pub fn fit(features: &Features, seed: u64, watch: LayoutObserver<'_>) -> Result<Self> {
        let (n, dim) = (features.len(), features.dim());
        let mean = column_means(features, watch)?;
        let mut variance = 0.0;
        each_block(features, watch, |rows, dim| {
            let squares = rows.iter().enumerate().map(|(at, v)| (v - mean[at % dim]).powi(2));
            variance += squares.sum::<f64>() / n as f64;
        })?;
        if !variance.is_finite() {
            return Err(Error::Invalid("the codes hold numbers too large to be laid out on a plane".into()));
        }
        let (mut axes, variances) = if variance == 0.0 {
            ([vec![0.0; dim], vec![0.0; dim]], [0.0; 2])
        } else if dim <= MOST_EXACT || n < 4 {
            exact(features, &mean, watch)?
        } else {
            iterated(features, seed, watch)?
        };
        complete(&mut axes);
        axes.iter_mut().for_each(|axis| fix_sign(axis));
        Ok(Self {
            mean: mean.iter().map(|v| *v as f32).collect(),
            axes: axes.map(|axis| axis.iter().map(|v| *v as f32).collect()),
            shares: variances.map(|own| if variance > 0.0 { (own / variance).clamp(0.0, 1.0) } else { 0.0 }),
        })
    }

    /// Numbers of a row.
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    /// The two axes.
    #[cfg(test)]
    pub fn axes(&self) -> &[Vec<f32>; 2] {
        &self.axes
    }

    /// Share of the variance of the rows that each axis holds, from 0 to 1.
    pub fn shares(&self) -> [f64; 2] {
        self.shares
    }

    /// Position of the point of the plane that is nearest to a row.
    ///
    /// # Panics
    /// If the row has another length.
    pub fn project(&self, row: &[f32]) -> [f32; 2] {
        assert_eq!(row.len(), self.dim(), "a row of the space that the plane lies in");
        let along = |axis: &Vec<f32>| {
            let product = |((v, mean), axis): ((&f32, &f32), &f32)| {
                (f64::from(*v) - f64::from(*mean)) * f64::from(*axis)
            };
            row.iter().zip(&self.mean).zip(axis).map(product).sum::<f64>()
        };
        // Single precision ends before the sum of many of its largest numbers.
        self.axes.each_ref().map(|axis| along(axis).clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32)
    }

    /// The row at a position: the mean and so much of each axis.
    pub fn unproject(&self, [x, y]: [f32; 2]) -> Vec<f32> {
        let [a, b] = &self.axes;
        self.mean.iter().zip(a).zip(b).map(|((mean, a), b)| mean + x * a + y * b).collect()
    }

    /// Positions of all rows.
    ///
    /// # Errors
    /// Rows of another length; [`Error::Cancelled`] when `watch` breaks.
    pub fn project_all(&self, features: &Features, watch: LayoutObserver<'_>) -> Result<Vec<[f32; 2]>> {
        if features.dim() != self.dim() {
            return Err(Error::Invalid(format!(
                "rows of {} numbers have no place on a plane among codes of {}; take them from the same model",
                features.dim(),
                self.dim()
            )));
        }
        let values = features.to_f32();
        let mut points = Vec::with_capacity(features.len());
        for block in values.chunks(BLOCK * self.dim()) {
            tell(watch, PART, points.len(), features.len())?;
            points.extend(block.chunks_exact(self.dim()).map(|row| self.project(row)));
        }
        Ok(points)
    }
}

fn column_means(features: &Features, watch: LayoutObserver<'_>) -> Result<Vec<f64>> {
    let mut mean = vec![0.0; features.dim()];
    let part = 1.0 / features.len() as f64;
    each_block(features, watch, |rows, dim| {
        for row in rows.chunks_exact(dim) {
            mean.iter_mut().zip(row).for_each(|(mean, v)| *mean += v * part);
        }
    })?;
    Ok(mean)
}

/// Once through all rows, some at a time, with their length.
fn each_block(
    features: &Features,
    watch: LayoutObserver<'_>,
    mut work: impl FnMut(&[f64], usize),
) -> Result<()> {
    let (n, dim) = (features.len(), features.dim());
    let mut values = vec![0.0; BLOCK.min(n) * dim];
    for first in (0..n).step_by(BLOCK) {
        tell(watch, PART, first, n)?;
        let rows = first..n.min(first + BLOCK);
        let values = &mut values[..rows.len() * dim];
        features.copy_rows(rows, values);
        work(values, dim);
    }
    Ok(())
}

type Found = ([Vec<f64>; 2], [f64; 2]);

/// The axes and the variances along them, from all eigenvectors of the covariance.
fn exact(features: &Features, mean: &[f64], watch: LayoutObserver<'_>) -> Result<Found> {
    let (n, dim) = (features.len(), features.dim());
    let mut scatter = Mat::<f64>::zeros(dim, dim);
    let mut centred = Vec::new();
    each_block(features, watch, |rows, dim| {
        centred.clear();
        centred.extend(rows.iter().enumerate().map(|(at, v)| v - mean[at % dim]));
        let rows = MatRef::from_row_major_slice(&centred, rows.len() / dim, dim);
        // In one thread the sums are the same however many there are.
        matmul(&mut scatter, Accum::Add, rows.transpose(), rows, 1.0 / n as f64, Par::Seq);
    })?;
    let eigen = detached(move || scatter.self_adjoint_eigen(Side::Lower), &mut || watch(PART, n, n))?;
    let eigen =
        eigen.map_err(|_| Error::Invalid("the plane could not be found; are the codes sound?".into()))?;
    // Its values rise.
    let axis = |at: usize| match dim.checked_sub(at + 1) {
        Some(column) => (0..dim).map(|row| eigen.U()[(row, column)]).collect(),
        None => vec![0.0; dim],
    };
    let variance = |at: usize| dim.checked_sub(at + 1).map_or(0.0, |column| eigen.S()[column].max(0.0));
    Ok(([axis(0), axis(1)], [variance(0), variance(1)]))
}

/// As [`exact`], for rows of which a covariance would be too large.
fn iterated(features: &Features, seed: u64, watch: LayoutObserver<'_>) -> Result<Found> {
    let (n, dim) = (features.len(), features.dim());
    let values = features.to_f32();
    let mut rows = |range: std::ops::Range<usize>, out: &mut [f32]| {
        out.copy_from_slice(&values[range.start * dim..range.end * dim]);
        Ok(())
    };
    let mut told = |done, total| -> ControlFlow<()> { watch(PART, done, total) };
    let pca = Pca::fit((n, dim), 2, seed, &mut rows, &mut told)?;
    let axis = |at: usize| (0..dim).map(|row| pca.component(at, row)).collect();
    Ok(([axis(0), axis(1)], [pca.variance()[0], pca.variance()[1]]))
}

/// Gives axes that are none, because rows do not vary in as many directions, unit length and a right angle.
fn complete(axes: &mut [Vec<f64>; 2]) {
    let length = |axis: &[f64]| axis.iter().map(|v| v * v).sum::<f64>();
    let sound = |axis: &[f64]| axis.iter().all(|v| v.is_finite()) && length(axis) > 0.5;
    let [first, second] = axes;
    if !sound(first) {
        first.fill(0.0);
        first[0] = 1.0;
    }
    if !sound(second) {
        second.fill(0.0);
        // The direction of one number that the first axis has least of.
        let at = (0..first.len()).min_by(|a, b| first[*a].abs().total_cmp(&first[*b].abs())).unwrap_or(0);
        if first.len() > 1 {
            second.iter_mut().zip(&*first).for_each(|(second, v)| *second = -v * first[at]);
            second[at] += 1.0;
            let scale = length(second).sqrt();
            second.iter_mut().for_each(|v| *v /= scale);
        }
    }
}

/// Turns an axis, which a decomposition gives up to its sign, so that its number of largest size is positive.
fn fix_sign(axis: &mut [f64]) {
    let largest = axis.iter().copied().fold(0.0f64, |most, v| if v.abs() > most.abs() { v } else { most });
    if largest < 0.0 {
        axis.iter_mut().for_each(|v| *v = -*v);
    }
}
