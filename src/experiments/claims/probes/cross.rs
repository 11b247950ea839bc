//! Cross-validated linear probes.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::Result;
use crate::latent::directions::regression::logistic;
use crate::latent::directions::ridge_path::RidgePath;
use crate::metrics::prediction::{auc, r2};

/// Images by fold: of each known one its fold.
pub type Folds = Vec<Option<usize>>;

/// Deals images to folds by a seeded hash of their names. Those of which nothing is known are in none; of yes or no each
/// fold has as many of either as the others, give or take one.
pub fn deal(names: &[&str], values: &[Option<f64>], is_presence: bool, (folds, seed): (usize, u64)) -> Folds {
    let known = values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
    let mut order: Vec<(bool, u64, usize)> = known
        .map(|(at, value)| (is_presence && value > 0.5, xxh3_64_with_seed(names[at].as_bytes(), seed), at))
        .collect();
    order.sort_unstable();
    let mut dealt = vec![None; values.len()];
    order.into_iter().enumerate().for_each(|(place, (_, _, at))| dealt[at] = Some(place % folds));
    dealt
}

/// Rows dealt to folds, decomposed for every fit on all folds but one. Attributes that are known of the same images
/// share it.
pub struct Dealt {
    folds: Folds,
    each: Vec<Fold>,
}

struct Fold {
    path: RidgePath,
    /// Images to fit to, and their rows.
    train: (Vec<usize>, Vec<Vec<f32>>),
    /// Images of the fold, and their rows.
    test: (Vec<usize>, Vec<Vec<f32>>),
}

impl Dealt {
    /// Decomposes the rows of each fold's others.
    ///
    /// # Errors
    /// As for [`RidgePath::new`].
    pub fn new(rows: &[Vec<f32>], folds: Folds) -> Result<Self> {
        let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
        let part = |of: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..rows.len()).filter(|at| folds[*at].is_some_and(of)).collect()
        };
        let rows_of =
            |images: &[usize]| -> Vec<Vec<f32>> { images.iter().map(|at| rows[*at].clone()).collect() };
        let fold = |own: usize| {
            let (train, test) = (part(&|fold| fold != own), part(&|fold| fold == own));
            let fitted = rows_of(&train);
            let path = RidgePath::new(&fitted)?;
            let (turned, others) = (path.turned(&fitted), path.turned(&rows_of(&test)));
            Ok(Fold { path, train: (train, turned), test: (test, others) })
        };
        let each = (0..count).map(fold).collect::<Result<_>>()?;
        Ok(Self { folds, each })
    }

    /// Whether these are the folds.
    pub fn is_of(&self, folds: &Folds) -> bool {
        self.folds == *folds
    }

    /// The score of each fold that a predictor reaches which is fitted to all others: of yes or no the area under the
    /// ROC curve of a logistic regression, of an amount the R² of a ridge regression. Folds over which nothing varies
    /// have none.
    ///
    /// The penalty is that of the least leave-one-out error of a ridge regression on the images that are fitted to; for
    /// a logistic regression times p(1 − p), the weight that its Newton step gives an image at a share p of yes.
    ///
    /// # Errors
    /// As for [`logistic`].
    pub fn scores(&self, values: &[Option<f64>], is_presence: bool) -> Result<Vec<f64>> {
        let mut scores = Vec::with_capacity(self.each.len());
        for Fold { path, train: (train, rows), test: (test, others) } in &self.each {
            let of = |images: &[usize]| -> Vec<f64> { images.iter().filter_map(|at| values[*at]).collect() };
            let (y, truths) = (of(train), of(test));
            let mut penalty = path.best_penalty(&y);
            let predictor = if is_presence {
                let share = y.iter().sum::<f64>() / y.len() as f64;
                penalty *= share * (1.0 - share);
                logistic(rows, &y, penalty)?
            } else {
                path.ridge(&y, penalty)
            };
            let told: Vec<f64> = others.iter().map(|row| predictor.of(row)).collect();
            let score = if is_presence {
                let part = |has: bool| -> Vec<f64> {
                    let both = told.iter().zip(&truths).filter(|(_, truth)| (**truth > 0.5) == has);
                    both.map(|(told, _)| *told).collect()
                };
                auc(&part(true), &part(false))
            } else {
                let narrow =
                    |values: &[f64]| -> Vec<f32> { values.iter().map(|value| *value as f32).collect() };
                r2(&narrow(&told), &narrow(&truths))
            };
            scores.extend(score);
        }
        Ok(scores)
    }
}

/// Mean and standard deviation, dividing by one less than their number; no spread of fewer than two.
pub fn mean_and_spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (mean, if values.len() < 2 { f64::NAN } else { (squares / (n - 1.0)).sqrt() })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::random::RandomStream;

    /// Computed by `tests/reference/probes.py`.
    #[test]
    fn probes_are_those_of_scikit_learn() {
        #[derive(Deserialize)]
        struct Reference {
            cases: Vec<Case>,
        }
        #[derive(Deserialize)]
        struct Case {
            rows: Vec<Vec<f32>>,
            amount: Vec<f64>,
            yes: Vec<f64>,
            folds: Vec<usize>,
            penalties: Vec<f64>,
            errors: Vec<f64>,
            r2: Vec<f64>,
            auc: Vec<f64>,
        }
        let text = include_str!("../../../../tests/reference/probes.json");
        let Reference { cases } = serde_json::from_str(text).unwrap();
        assert_eq!(cases.len(), 2);
        for case in cases {
            let dealt = Dealt::new(&case.rows, case.folds.iter().map(|fold| Some(*fold)).collect()).unwrap();
            for ((fold, penalty), error) in dealt.each.iter().zip(&case.penalties).zip(&case.errors) {
                let y: Vec<f64> = fold.train.0.iter().map(|at| case.amount[*at]).collect();
                let found = fold.path.best_penalty(&y);
                assert!((found / penalty - 1.0).abs() < 1e-5, "{found} {penalty}");
                let found = fold.path.left_out_error(&y, found);
                assert!((found / error - 1.0).abs() < 1e-5, "{found} {error}");
            }
            let known = |values: &[f64]| values.iter().map(|value| Some(*value)).collect::<Vec<_>>();
            for (found, expected, tolerance) in [
                (dealt.scores(&known(&case.amount), false).unwrap(), case.r2, 1e-4),
                (dealt.scores(&known(&case.yes), true).unwrap(), case.auc, 1e-9),
            ] {
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() < tolerance, "{found} {expected}");
                }
            }
        }
    }

    type Values = Vec<Option<f64>>;

    /// Codes, names, a code's number as an attribute, and an attribute of which codes know nothing.
    fn constructed(n: usize) -> (Vec<Vec<f32>>, Vec<String>, Values, Values) {
        let mut generator = RandomStream::new(4);
        let codes: Vec<Vec<f32>> =
            (0..n).map(|_| (0..12).map(|_| generator.normal::<f32>()).collect()).collect();
        let by_chance = (0..n).map(|_| Some(f64::from(u8::from(generator.unit() > 0.5)))).collect();
        let own = codes.iter().map(|code| Some(f64::from(code[3]))).collect();
        (codes, (0..n).map(|at| format!("{at}.png")).collect(), own, by_chance)
    }

    #[test]
    fn what_a_code_says_is_told_and_what_it_does_not_is_not() {
        let (codes, names, own, by_chance) = constructed(400);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let scores = |values: &[Option<f64>], is_presence| {
            let dealt = Dealt::new(&codes, deal(&names, values, is_presence, (5, 0))).unwrap();
            mean_and_spread(&dealt.scores(values, is_presence).unwrap())
        };
        let (mean, _) = scores(&own, false);
        assert!(mean > 0.999, "{mean}");
        let yes: Vec<Option<f64>> = own.iter().map(|v| v.map(|v| f64::from(u8::from(v > 0.4)))).collect();
        let (mean, _) = scores(&yes, true);
        assert!(mean > 0.995, "{mean}");
        let (mean, spread) = scores(&by_chance, true);
        assert!((mean - 0.5).abs() < 2.0 * spread && spread < 0.15, "{mean} {spread}");
        let noise: Vec<Option<f64>> = by_chance.iter().rev().copied().collect();
        let (mean, _) = scores(&noise, false);
        assert!(mean < 0.05, "{mean}");
    }

    #[test]
    fn folds_are_alike_and_leave_out_what_is_not_known() {
        let (_, names, mut values, _) = constructed(103);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        values.iter_mut().for_each(|value| *value = value.map(|v| f64::from(u8::from(v > 1.0))));
        values[7] = None;
        let folds = deal(&names, &values, true, (5, 0));
        assert_eq!(folds, deal(&names, &values, true, (5, 0)));
        assert_ne!(folds, deal(&names, &values, true, (5, 1)));
        assert_eq!(folds[7], None);
        let count = |of: f64| -> Vec<usize> {
            let is = |fold: usize| {
                folds.iter().zip(&values).filter(|(f, v)| **f == Some(fold) && **v == Some(of)).count()
            };
            (0..5).map(is).collect()
        };
        for of in [0.0, 1.0] {
            let counts = count(of);
            assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
        }
        // Another image does not move the others to other folds at random: names alone decide their order.
        assert!(
            deal(&names, &values, false, (2, 0)).iter().flatten().filter(|fold| **fold == 0).count() == 51
        );
        assert!(mean_and_spread(&[1.0]).1.is_nan());
        assert_eq!(mean_and_spread(&[1.0, 3.0]), (2.0, 2f64.sqrt()));
    }
}
