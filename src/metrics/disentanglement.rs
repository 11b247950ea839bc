//! Disentanglement of codes where the true factors are known: whether single numbers of a code stand for single factors.
//!
//! * MIG, mutual information gap (Chen et al. 2018, <https://arxiv.org/abs/1802.04942>): of each factor the mutual
//!   information with the number of the code that has most of it, less that with the next, over the factor's entropy;
//!   the mean over factors. Numbers are cut into 20 bins of equal width between their extremes, as in
//!   `disentanglement_lib` (Locatello et al. 2019), amounts too.
//! * DCI (Eastwood & Williams 2018, <https://openreview.net/forum?id=By-7dz-AZ>): the importance of each number of a code
//!   for each factor; how near a number is to standing for one factor alone (disentanglement), a factor to be stood for
//!   by one number (completeness), with the entropies of `disentanglement_lib`, and how well the factors are told
//!   (informativeness). The importances are the absolute weights of a lasso, the paper's first choice;
//!   `disentanglement_lib` has gradient boosted trees there, whose numbers are others.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::report::Disentanglement;

/// Bins of a number.
const BINS: usize = 20;
/// Penalty of the lasso on codes and factors of variance 1.
const LASSO: f64 = 0.01;
/// Rounds of the lasso through all numbers, at most.
const ROUNDS: usize = 200;
/// Change of a weight below which the lasso is done.
const TOLERANCE: f64 = 1e-5;

/// A true factor of some faces.
#[derive(Clone, Debug, PartialEq)]
pub enum Factor {
    /// A number of each face.
    Amount(Vec<f64>),
    /// One of some categories, numbered from 0.
    Category(Vec<usize>),
}

impl Factor {
    fn len(&self) -> usize {
        match self {
            Factor::Amount(values) => values.len(),
            Factor::Category(values) => values.len(),
        }
    }

    fn labels(&self) -> Vec<usize> {
        match self {
            Factor::Amount(values) => bins(values),
            Factor::Category(values) => values.clone(),
        }
    }

    /// The amount, or for each category whether it is that one.
    fn targets(&self) -> Vec<Vec<f64>> {
        match self {
            Factor::Amount(values) => vec![values.clone()],
            Factor::Category(values) => {
                let count = values.iter().max().map_or(0, |most| most + 1);
                let is = |category| values.iter().map(|v| f64::from(u8::from(*v == category))).collect();
                (0..count).map(is).collect()
            }
        }
    }
}

/// Measures codes, a row a face, and the factors of these faces; the lasso is fitted to the first `train` faces and the
/// factors are told of the others.
///
/// # Errors
/// No factor, no faces to fit to or to be measured on, rows or factors of unequal lengths.
pub fn measure(codes: &[Vec<f32>], factors: &[Factor], train: usize) -> Result<Disentanglement> {
    let dim = codes.first().map_or(0, Vec::len);
    let fits = codes.iter().all(|code| code.len() == dim) && factors.iter().all(|f| f.len() == codes.len());
    if dim == 0 || factors.is_empty() || !fits || train < 2 || train >= codes.len() {
        return Err(Error::Invalid(format!(
            "disentanglement cannot be measured on {} codes and {} factors, {train} to fit to",
            codes.len(),
            factors.len()
        )));
    }
    let (importance, informativeness) = lasso_importances(codes, factors, train);
    Ok(Disentanglement {
        mig: mutual_information_gap(codes, factors),
        disentanglement: entropy_score(&importance),
        completeness: entropy_score(&transposed(&importance)),
        informativeness,
        n: codes.len(),
    })
}

/// MIG.
pub fn mutual_information_gap(codes: &[Vec<f32>], factors: &[Factor]) -> f64 {
    let dim = codes.first().map_or(0, Vec::len);
    let column = |at: usize| bins(&codes.iter().map(|code| f64::from(code[at])).collect::<Vec<_>>());
    let numbers: Vec<Vec<usize>> = (0..dim).into_par_iter().map(column).collect();
    let gap = |factor: &Factor| {
        let labels = factor.labels();
        let entropy = mutual_information(&labels, &labels);
        let mut shared: Vec<f64> = numbers.par_iter().map(|bins| mutual_information(bins, &labels)).collect();
        shared.sort_by(|a, b| b.total_cmp(a));
        let next = shared.get(1).copied().unwrap_or(0.0);
        // A factor that does not vary has nothing to be told.
        if entropy > 0.0 { (shared[0] - next) / entropy } else { 0.0 }
    };
    factors.iter().map(gap).sum::<f64>() / factors.len() as f64
}

/// 1 − the entropy of each row's shares, in units of the largest that there can be, weighted by the row's part of the
/// whole: of a table (numbers of a code × factors) the disentanglement, of its transpose the completeness.
pub fn entropy_score(importance: &[Vec<f64>]) -> f64 {
    /// Added to each importance, so that a row of zeros is as mixed as can be.
    const LITTLE: f64 = 1e-11;
    let sums: Vec<f64> = importance.iter().map(|row| row.iter().sum()).collect();
    let all: f64 = sums.iter().sum();
    let of_row = |row: &Vec<f64>| {
        if row.len() < 2 {
            return 1.0;
        }
        let sum: f64 = row.iter().map(|v| v + LITTLE).sum();
        let entropy: f64 = row.iter().map(|v| (v + LITTLE) / sum).map(|p| -p * p.ln()).sum();
        1.0 - entropy / (row.len() as f64).ln()
    };
    let weight = |sum: &f64| if all > 0.0 { sum / all } else { 1.0 / sums.len() as f64 };
    importance.iter().zip(&sums).map(|(row, sum)| of_row(row) * weight(sum)).sum()
}

fn transposed(table: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = table.first().map_or(0, Vec::len);
    (0..columns).map(|column| table.iter().map(|row| row[column]).collect()).collect()
}

/// Bin of each number, as `numpy.digitize` with the edges of `numpy.histogram`.
fn bins(values: &[f64]) -> Vec<usize> {
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let width = (high - low) / BINS as f64;
    let bin = |value: &f64| match width > 0.0 {
        true => (((value - low) / width) as usize).min(BINS - 1),
        false => 0,
    };
    values.iter().map(bin).collect()
}

/// Mutual information of two labellings, in nats.
fn mutual_information(a: &[usize], b: &[usize]) -> f64 {
    let count = |labels: &[usize]| labels.iter().max().map_or(0, |most| most + 1);
    let (rows, columns, n) = (count(a), count(b), a.len() as f64);
    let mut joint = vec![0.0; rows * columns];
    a.iter().zip(b).for_each(|(row, column)| joint[row * columns + column] += 1.0 / n);
    let of_row: Vec<f64> = joint.chunks(columns.max(1)).map(|row| row.iter().sum()).collect();
    let of_column: Vec<f64> = (0..columns).map(|c| joint.iter().skip(c).step_by(columns).sum()).collect();
    let term = |(at, p): (usize, &f64)| match *p > 0.0 {
        true => p * (p / (of_row[at / columns] * of_column[at % columns])).ln(),
        false => 0.0,
    };
    joint.iter().enumerate().map(term).sum()
}

/// Absolute weights (numbers of a code × factors), and the mean R² on the faces that nothing was fitted to.
fn lasso_importances(codes: &[Vec<f32>], factors: &[Factor], train: usize) -> (Vec<Vec<f64>>, f64) {
    let dim = codes[0].len();
    let mut columns: Vec<Standardised> = Vec::with_capacity(dim);
    for at in 0..dim {
        columns.push(Standardised::new(codes.iter().map(|code| f64::from(code[at])).collect(), train));
    }
    let x = Mat::from_fn(train, dim, |row, column| columns[column].values[row]);
    let mut gram = Mat::<f64>::zeros(dim, dim);
    matmul(&mut gram, Accum::Replace, x.transpose(), &x, 1.0 / train as f64, Par::rayon(0));
    let of_factor = |factor: &Factor| {
        let targets = factor.targets();
        let (mut importance, mut told) = (vec![0.0; dim], 0.0);
        for target in &targets {
            let y = Standardised::new(target.clone(), train).values;
            let with_y = |column: &Standardised| {
                column.values[..train].iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / train as f64
            };
            let weights = lasso(&gram, &columns.iter().map(with_y).collect::<Vec<_>>());
            let answer = |row: usize| -> f64 {
                weights.iter().zip(&columns).map(|(weight, column)| weight * column.values[row]).sum()
            };
            let unseen = train..codes.len();
            let mean = y[train..].iter().sum::<f64>() / unseen.len() as f64;
            let around: f64 = y[train..].iter().map(|y| (y - mean).powi(2)).sum();
            let left: f64 = unseen.map(|row| (y[row] - answer(row)).powi(2)).sum();
            if around > 0.0 {
                told += (1.0 - left / around).max(0.0) / targets.len() as f64;
            }
            let part = |weight: &f64| weight.abs() / targets.len() as f64;
            importance.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += part(weight));
        }
        (importance, told)
    };
    let (by_factor, told): (Vec<Vec<f64>>, Vec<f64>) = factors.par_iter().map(of_factor).unzip();
    (transposed(&by_factor), told.iter().sum::<f64>() / factors.len() as f64)
}

/// Numbers with mean 0 and variance 1 over the first ones; all 0 where these do not vary.
struct Standardised {
    values: Vec<f64>,
}

impl Standardised {
    fn new(mut values: Vec<f64>, train: usize) -> Self {
        let mean = values[..train].iter().sum::<f64>() / train as f64;
        let variance = values[..train].iter().map(|v| (v - mean).powi(2)).sum::<f64>() / train as f64;
        let factor = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        values.iter_mut().for_each(|value| *value = (*value - mean) * factor);
        Self { values }
    }
}

/// Lasso (Tibshirani 1996) by coordinate descent: minimises 1/2n · Σ(y − ŷ)² + [`LASSO`] · Σ|weights|, given the mean
/// products of the columns with each other and with y.
fn lasso(gram: &Mat<f64>, with_y: &[f64]) -> Vec<f64> {
    let mut weights = vec![0.0; with_y.len()];
    // Mean product of each column with what is left of y.
    let mut left = with_y.to_vec();
    for _ in 0..ROUNDS {
        let mut largest = 0.0f64;
        for (at, weight) in weights.iter_mut().enumerate() {
            let own = gram[(at, at)];
            if own <= 0.0 {
                continue;
            }
            let pull: f64 = left[at] + own * *weight;
            let new = pull.signum() * (pull.abs() - LASSO).max(0.0) / own;
            let change = new - *weight;
            if change != 0.0 {
                left.iter_mut().enumerate().for_each(|(k, left)| *left -= gram[(k, at)] * change);
                *weight = new;
                largest = largest.max(change.abs());
            }
        }
        if largest < TOLERANCE {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::RandomStream;

    fn normals(n: usize, count: usize) -> Vec<Vec<f64>> {
        let mut generator = RandomStream::new(3);
        (0..n).map(|_| (0..count).map(|_| generator.normal::<f64>()).collect()).collect()
    }

    fn amounts(rows: &[Vec<f64>]) -> Vec<Factor> {
        transposed(rows).into_iter().map(Factor::Amount).collect()
    }

    fn codes(rows: &[Vec<f64>], of: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Vec<f32>> {
        rows.iter().map(|row| of(row).into_iter().map(|v| v as f32).collect()).collect()
    }

    #[test]
    fn a_code_that_is_the_factors_is_disentangled_and_a_turned_one_is_not() {
        let truth = normals(3000, 2);
        let factors = amounts(&truth);
        // The factors themselves, scaled and in another order, and a number that says nothing.
        let straight = codes(&truth, |f| vec![5.0 * f[1], f[0] - 2.0, 0.0]);
        let clean = measure(&straight, &factors, 2000).unwrap();
        assert!(clean.mig > 0.9, "{clean:?}");
        assert!(clean.disentanglement > 0.9 && clean.completeness > 0.9, "{clean:?}");
        assert!(clean.informativeness > 0.999, "{clean:?}");
        // By 45 degrees each number says as much of both.
        let turned = codes(&truth, |f| vec![f[0] + f[1], f[0] - f[1], 0.0]);
        let mixed = measure(&turned, &factors, 2000).unwrap();
        assert!(mixed.mig < 0.05, "{mixed:?}");
        assert!(mixed.disentanglement < 0.05 && mixed.completeness < 0.4, "{mixed:?}");
        assert!(mixed.informativeness > 0.99, "nothing is lost: {mixed:?}");
        // Each factor twice: disentangled, but not complete, and no gap.
        let twice = codes(&truth, |f| vec![f[0], f[0], f[1], f[1]]);
        let double = measure(&twice, &factors, 2000).unwrap();
        assert!(double.mig < 1e-9 && double.disentanglement > 0.9, "{double:?}");
    }

    #[test]
    fn the_gap_of_labels_is_counted_by_hand() {
        // The first number is the label, the second is independent of it: the gap is the whole entropy.
        let codes = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].map(|row| row.to_vec());
        let label = Factor::Category(vec![0, 0, 1, 1]);
        assert!((mutual_information_gap(&codes, std::slice::from_ref(&label)) - 1.0).abs() < 1e-12);
        let both = [label, Factor::Category(vec![0, 1, 1, 0])];
        assert!((mutual_information_gap(&codes, &both) - 0.5).abs() < 1e-12);
        let never = Factor::Category(vec![0; 4]);
        assert_eq!(mutual_information_gap(&codes, &[never]), 0.0);
    }

    #[test]
    fn shares_are_scored_by_their_entropy() {
        assert!((entropy_score(&[vec![1.0, 0.0], vec![0.0, 3.0]]) - 1.0).abs() < 1e-9);
        assert!(entropy_score(&[vec![1.0, 1.0], vec![2.0, 2.0]]).abs() < 1e-9);
        // A row of twice the weight counts twice.
        let score = entropy_score(&[vec![2.0, 0.0], vec![0.5, 0.5]]);
        assert!((score - 2.0 / 3.0).abs() < 1e-9, "{score}");
        assert!(entropy_score(&[vec![0.0, 0.0]]).abs() < 1e-9);
    }

    #[test]
    fn bins_are_those_of_numpy() {
        let values: Vec<f64> = (0..=40).map(f64::from).collect();
        let found = bins(&values);
        assert_eq!((found[0], found[1], found[2], found[39], found[40]), (0, 0, 1, 19, 19));
        assert_eq!(bins(&[3.0, 3.0]), [0, 0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let truth = normals(10, 2);
        let codes = codes(&truth, <[f64]>::to_vec);
        assert!(measure(&codes, &[], 5).is_err());
        assert!(measure(&codes, &amounts(&truth), 10).is_err());
        assert!(measure(&codes[..9], &amounts(&truth), 5).is_err());
    }
}
