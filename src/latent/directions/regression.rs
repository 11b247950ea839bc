//! Linear predictors of one number from many: ridge regression (Hoerl & Kennard 1970) for amounts, logistic regression
//! with the same penalty for yes or no. Both agree with scikit-learn's `Ridge` and `LogisticRegression`
//! (`tests/reference/directions.py`): the intercept is not penalised.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, Par, Side};

use super::{centred, column_means};
use crate::error::{Error, Result};

/// Newton steps of a logistic regression, at most; it is convex, and some eight are enough.
const STEPS: usize = 50;
/// Largest change of a weight, in units of the predictor's, after which nothing changes any more.
const TOLERANCE: f64 = 1e-9;
/// Penalty of [`penalty`], in parts of what the rows say of a direction of mean variance.
const RIDGE: f64 = 0.01;

/// `intercept + weights · x`: the amount, or the log-odds of yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    /// One for each number of a row.
    pub weights: Vec<f64>,
    /// Added to all.
    pub intercept: f64,
}

impl Predictor {
    /// The amount, or the log-odds of yes, of a row.
    pub fn of(&self, row: &[f32]) -> f64 {
        self.intercept + self.weights.iter().zip(row).map(|(w, &x)| w * f64::from(x)).sum::<f64>()
    }
}

/// A penalty that suits rows of this spread, whatever their units: a hundredth of their number times the mean variance
/// of a column.
pub fn penalty(rows: &[Vec<f32>]) -> f64 {
    let mean = column_means(rows);
    let squares = rows.iter().flat_map(|row| row.iter().zip(&mean).map(|(&x, m)| (f64::from(x) - m).powi(2)));
    (RIDGE * squares.sum::<f64>() / mean.len().max(1) as f64).max(f64::MIN_POSITIVE)
}

/// Ridge regression: minimises Σ(y − ŷ)² + `penalty` · |weights|².
///
/// # Errors
/// No rows, not a number for each, numbers that are not finite.
pub fn ridge(rows: &[Vec<f32>], y: &[f64], penalty: f64) -> Result<Predictor> {
    check(rows, y)?;
    let mean = column_means(rows);
    let x = centred(rows, &mean);
    let y_mean = y.iter().sum::<f64>() / y.len() as f64;
    let target = Mat::from_fn(y.len(), 1, |row, _| y[row] - y_mean);
    let mut gram = Mat::<f64>::zeros(mean.len(), mean.len());
    matmul(&mut gram, Accum::Replace, x.transpose(), &x, 1.0, Par::rayon(0));
    let solved = solve(gram, penalty, &(x.transpose() * &target))?;
    Ok(uncentred((0..mean.len()).map(|at| solved[(at, 0)]).collect(), y_mean, &mean))
}

/// Logistic regression: minimises Σ log-loss + ½ · `penalty` · |weights|² by Newton's method (iteratively reweighted
/// least squares) with halved steps where a whole one goes too far. `y` is 1 for yes, 0 for no.
///
/// # Errors
/// As for [`ridge`]; nothing but yes or nothing but no.
pub fn logistic(rows: &[Vec<f32>], y: &[f64], penalty: f64) -> Result<Predictor> {
    check(rows, y)?;
    let share = y.iter().sum::<f64>() / y.len() as f64;
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::Invalid("a yes or no cannot be told from examples of one alone".into()));
    }
    let (mean, n, d) = (column_means(rows), rows.len(), rows.first().map_or(0, Vec::len));
    // The last column is the intercept's.
    let centred = centred(rows, &mean);
    let x = Mat::from_fn(n, d + 1, |row, column| if column < d { centred[(row, column)] } else { 1.0 });
    let mut weights = Mat::<f64>::zeros(d + 1, 1);
    weights[(d, 0)] = (share / (1.0 - share)).ln();
    let loss = |weights: &Mat<f64>, odds: &Mat<f64>| {
        let fit: f64 = (0..n).map(|i| softplus(odds[(i, 0)]) - y[i] * odds[(i, 0)]).sum();
        fit + 0.5 * penalty * (0..d).map(|at| weights[(at, 0)].powi(2)).sum::<f64>()
    };
    let mut odds = &x * &weights;
    let mut now = loss(&weights, &odds);
    for _ in 0..STEPS {
        let p = |row: usize| 1.0 / (1.0 + (-odds[(row, 0)]).exp());
        let missed = Mat::from_fn(n, 1, |row, _| y[row] - p(row));
        let weighted = Mat::from_fn(n, d + 1, |row, column| {
            let p = p(row);
            x[(row, column)] * (p * (1.0 - p)).max(1e-12)
        });
        let mut hessian = Mat::<f64>::zeros(d + 1, d + 1);
        matmul(&mut hessian, Accum::Replace, x.transpose(), &weighted, 1.0, Par::rayon(0));
        let pull = x.transpose() * &missed;
        let gradient = Mat::from_fn(d + 1, 1, |at, _| {
            pull[(at, 0)] - if at < d { penalty * weights[(at, 0)] } else { 0.0 }
        });
        for at in 0..d {
            hessian[(at, at)] += penalty;
        }
        let step = solve(hessian, 0.0, &gradient)?;
        let mut factor = 1.0;
        let (next, next_odds, next_loss) = loop {
            let next = Mat::from_fn(d + 1, 1, |at, _| weights[(at, 0)] + factor * step[(at, 0)]);
            let next_odds = &x * &next;
            let next_loss = loss(&next, &next_odds);
            if next_loss <= now || factor < 1e-6 {
                break (next, next_odds, next_loss);
            }
            factor *= 0.5;
        };
        let size = (0..=d).map(|at| weights[(at, 0)].abs()).fold(1.0, f64::max);
        let change = (0..=d).map(|at| (next[(at, 0)] - weights[(at, 0)]).abs()).fold(0.0, f64::max);
        (weights, odds, now) = (next, next_odds, next_loss);
        if change <= TOLERANCE * size {
            break;
        }
    }
    Ok(uncentred((0..d).map(|at| weights[(at, 0)]).collect(), weights[(d, 0)], &mean))
}

/// ln(1 + eˣ) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Of weights that were found for rows less their mean.
fn uncentred(weights: Vec<f64>, intercept: f64, mean: &[f64]) -> Predictor {
    let intercept = intercept - weights.iter().zip(mean).map(|(w, m)| w * m).sum::<f64>();
    Predictor { weights, intercept }
}

/// Solves (A + ridge · I) X = B for a positive definite A.
pub(super) fn solve(mut a: Mat<f64>, ridge: f64, b: &Mat<f64>) -> Result<Mat<f64>> {
    for at in 0..a.nrows() {
        a[(at, at)] += ridge;
    }
    let unfit = |_| Error::Invalid("the regression has no answer: its numbers are too alike".into());
    Ok(a.llt(Side::Lower).map_err(unfit)?.solve(b))
}

fn check(rows: &[Vec<f32>], y: &[f64]) -> Result<()> {
    let width = rows.first().map_or(0, Vec::len);
    if width == 0 || rows.len() != y.len() || rows.iter().any(|row| row.len() != width) {
        return Err(Error::Invalid(format!("{} rows and {} numbers are no regression", rows.len(), y.len())));
    }
    match rows.iter().flatten().all(|value| value.is_finite()) && y.iter().all(|value| value.is_finite()) {
        true => Ok(()),
        false => Err(Error::Invalid("a regression needs finite numbers".into())),
    }
}
