//! A mixture of Gaussians with full covariances, fitted by expectation maximisation (Dempster, Laird & Rubin 1977;
//! Bishop 2006, section 9.2).

use std::ops::ControlFlow;

use candle_core::{Device, Result as TensorResult, Tensor};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::stored::Stored;
use crate::error::{Error, Result};
use crate::random::RandomStream;

/// Rounds of expectation and maximisation, unless it settles before.
const ROUNDS: usize = 60;
/// It has settled when a round gains less than this, in nats a code.
const SETTLED: f64 = 1e-3;
/// Added to the variances, in parts of those of all codes, which are 1: a Gaussian of few codes would be flat.
const REGULARIZATION: f64 = 1e-2;

/// Gaussian `k` of the mixture is `N(mean_k, L_k·L_kᵀ)`.
pub struct Mixture {
    weights: Vec<f64>,
    /// A row each.
    means: Mat<f64>,
    /// Lower triangles `L_k`.
    factors: Vec<Mat<f64>>,
}

impl Mixture {
    /// Fits `count` Gaussians to the rows of `codes`, beginning with centres far from each other (k-means++, Arthur &
    /// Vassilvitskii 2007). `watch` hears how many rounds of how many are done, and breaks to cancel.
    ///
    /// # Errors
    /// More Gaussians than rows, rows that do not vary; [`Error::Cancelled`].
    pub fn fit(
        codes: MatRef<'_, f64>,
        count: usize,
        seed: u64,
        watch: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Self> {
        let (n, m) = (codes.nrows(), codes.ncols());
        if count == 0 || count > n {
            return Err(Error::Invalid(format!(
                "a mixture of {count} Gaussians cannot be fitted to {n} codes; choose 1 to {n}"
            )));
        }
        let mut responsibilities = nearest(codes, &centres(codes, count, seed));
        let mut before = f64::NEG_INFINITY;
        for round in 0..ROUNDS {
            if watch(round, ROUNDS).is_break() {
                return Err(Error::Cancelled);
            }
            let mixture = Self::maximize(codes, &responsibilities)?;
            let mean = mixture.expect(codes, &mut responsibilities)?;
            if mean - before < SETTLED * (m as f64).sqrt().min(1.0) {
                return Ok(mixture);
            }
            before = mean;
        }
        Self::maximize(codes, &responsibilities)
    }

    /// The Gaussians of the codes that each is responsible for (n, count).
    fn maximize(codes: MatRef<'_, f64>, responsibilities: &Mat<f64>) -> Result<Self> {
        let (n, m, count) = (codes.nrows(), codes.ncols(), responsibilities.ncols());
        let totals: Vec<f64> = (0..count)
            .map(|k| (0..n).map(|row| responsibilities[(row, k)]).sum::<f64>().max(f64::MIN_POSITIVE))
            .collect();
        let mut means = Mat::<f64>::zeros(count, m);
        matmul(&mut means, Accum::Replace, responsibilities.transpose(), codes, 1.0, Par::rayon(0));
        for (k, total) in totals.iter().enumerate() {
            (0..m).for_each(|column| means[(k, column)] /= total);
        }
        let mut factors = Vec::with_capacity(count);
        for (k, total) in totals.iter().enumerate() {
            let weighed = Mat::from_fn(n, m, |row, column| {
                (codes[(row, column)] - means[(k, column)]) * (responsibilities[(row, k)] / total).sqrt()
            });
            let mut covariance =
                Mat::from_fn(m, m, |row, column| if row == column { REGULARIZATION } else { 0.0 });
            matmul(&mut covariance, Accum::Add, weighed.transpose(), &weighed, 1.0, Par::rayon(0));
            let factor = covariance.llt(Side::Lower).map_err(|_| {
                Error::Invalid(
                    "the codes do not vary enough for a mixture of Gaussians; choose another kind".into(),
                )
            })?;
            factors.push(factor.L().to_owned());
        }
        Ok(Self { weights: totals.iter().map(|total| total / n as f64).collect(), means, factors })
    }

    /// Sets each Gaussian's part in each code (n, count); returns the mean log-likelihood of a code in nats.
    fn expect(&self, codes: MatRef<'_, f64>, responsibilities: &mut Mat<f64>) -> Result<f64> {
        let n = codes.nrows();
        for k in 0..self.weights.len() {
            for (row, value) in self.log_joint(codes, k).into_iter().enumerate() {
                responsibilities[(row, k)] = value;
            }
        }
        let mut sum = 0.0;
        for row in 0..n {
            let values: Vec<f64> = (0..self.weights.len()).map(|k| responsibilities[(row, k)]).collect();
            let total = log_sum_exp(&values);
            sum += total;
            for (k, value) in values.into_iter().enumerate() {
                responsibilities[(row, k)] = (value - total).exp();
            }
        }
        match sum.is_finite() {
            true => Ok(sum / n as f64),
            false => Err(Error::Invalid("the codes hold values that are not finite numbers".into())),
        }
    }

    /// ln (weight_k · N(code; k)) of each row.
    fn log_joint(&self, codes: MatRef<'_, f64>, k: usize) -> Vec<f64> {
        let (n, m) = (codes.nrows(), codes.ncols());
        let factor = &self.factors[k];
        let mut centred = Mat::from_fn(m, n, |row, column| codes[(column, row)] - self.means[(k, row)]);
        solve_lower_triangular_in_place(factor.as_ref(), centred.as_mut(), Par::rayon(0));
        let log_volume: f64 = (0..m).map(|i| factor[(i, i)].ln()).sum();
        let constant = self.weights[k].ln() - log_volume - 0.5 * m as f64 * (2.0 * std::f64::consts::PI).ln();
        (0..n)
            .map(|column| constant - 0.5 * (0..m).map(|row| centred[(row, column)].powi(2)).sum::<f64>())
            .collect()
    }

    /// Log-likelihood of each row in nats.
    pub fn log_likelihood(&self, codes: MatRef<'_, f64>) -> Vec<f64> {
        let joint: Vec<Vec<f64>> = (0..self.weights.len()).map(|k| self.log_joint(codes, k)).collect();
        (0..codes.nrows())
            .map(|row| log_sum_exp(&joint.iter().map(|values| values[row]).collect::<Vec<_>>()))
            .collect()
    }

    /// A draw: a Gaussian by its weight, then a point of it.
    pub fn draw(&self, random: &mut RandomStream) -> Vec<f32> {
        let mut left = f64::from(random.unit());
        let last = self.weights.len() - 1;
        let k = self.weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        let k = k.unwrap_or(last);
        let m = self.dim();
        let normal: Vec<f64> = (0..m).map(|_| random.normal()).collect();
        let factor = &self.factors[k];
        (0..m)
            .map(|row| {
                let moved: f64 = (0..=row).map(|column| factor[(row, column)] * normal[column]).sum();
                (self.means[(k, row)] + moved) as f32
            })
            .collect()
    }

    /// Numbers in a code.
    pub fn dim(&self) -> usize {
        self.means.ncols()
    }

    /// Number of Gaussians.
    pub fn count(&self) -> usize {
        self.weights.len()
    }

    /// Its tensors, for a file.
    pub fn store(&self, stored: &mut Stored) -> TensorResult<()> {
        let (count, m) = (self.count(), self.dim());
        let weights = self.weights.iter().map(|&w| w as f32).collect();
        let means = (0..count).flat_map(|k| (0..m).map(move |column| (k, column)));
        let means = means.map(|at| self.means[at] as f32).collect();
        let mut factors = Vec::with_capacity(count * m * m);
        for factor in &self.factors {
            for row in 0..m {
                factors.extend(
                    (0..m).map(|column| if column <= row { factor[(row, column)] as f32 } else { 0.0 }),
                );
            }
        }
        stored.put("mixture.weights", Tensor::from_vec(weights, count, &Device::Cpu)?);
        stored.put("mixture.means", Tensor::from_vec(means, (count, m), &Device::Cpu)?);
        stored.put("mixture.factors", Tensor::from_vec(factors, (count, m, m), &Device::Cpu)?);
        Ok(())
    }

    /// A mixture from the tensors of a file.
    pub fn load(stored: &Stored, count: usize, m: usize) -> TensorResult<Self> {
        let numbers = |name: &str, shape: &[usize]| -> TensorResult<Vec<f32>> {
            stored.get(name, shape, &Device::Cpu)?.flatten_all()?.to_vec1()
        };
        let weights = numbers("mixture.weights", &[count])?;
        let means = numbers("mixture.means", &[count, m])?;
        let factors = numbers("mixture.factors", &[count, m, m])?;
        Ok(Self {
            weights: weights.into_iter().map(f64::from).collect(),
            means: Mat::from_fn(count, m, |row, column| f64::from(means[row * m + column])),
            factors: factors
                .chunks_exact(m * m)
                .map(|factor| Mat::from_fn(m, m, |row, column| f64::from(factor[row * m + column])))
                .collect(),
        })
    }
}

/// `ln Σ exp(value)` without overflow.
fn log_sum_exp(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + values.iter().map(|value| (value - most).exp()).sum::<f64>().ln()
}

fn squared_distance(codes: MatRef<'_, f64>, row: usize, other: usize) -> f64 {
    (0..codes.ncols()).map(|column| (codes[(row, column)] - codes[(other, column)]).powi(2)).sum()
}

/// Rows far from each other: the first at random, each further one with a chance that grows with the square of its
/// distance to the nearest chosen.
fn centres(codes: MatRef<'_, f64>, count: usize, seed: u64) -> Vec<usize> {
    let n = codes.nrows();
    let mut random = RandomStream::new(seed);
    let mut chosen = vec![(random.next_u64() % n as u64) as usize];
    let mut distances: Vec<f64> = (0..n).map(|row| squared_distance(codes, row, chosen[0])).collect();
    while chosen.len() < count {
        let mut left = f64::from(random.unit()) * distances.iter().sum::<f64>();
        let next = distances.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        let next = next.unwrap_or(n - 1);
        for (row, distance) in distances.iter_mut().enumerate() {
            *distance = distance.min(squared_distance(codes, row, next));
        }
        chosen.push(next);
    }
    chosen
}

/// Responsibilities (n, count): 1 for the nearest of the rows `chosen`.
fn nearest(codes: MatRef<'_, f64>, chosen: &[usize]) -> Mat<f64> {
    let mut responsibilities = Mat::zeros(codes.nrows(), chosen.len());
    for row in 0..codes.nrows() {
        let distance = |k: &usize| squared_distance(codes, row, chosen[*k]);
        let nearest = (0..chosen.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        responsibilities[(row, nearest.unwrap_or(0))] = 1.0;
    }
    responsibilities
}
