use std::ops::ControlFlow;

use serde::Deserialize;

use super::components::{of_activations, of_codes};
use super::joint::JointRegression;
use super::regression::{Predictor, logistic, penalty, ridge};
use super::sefa::{everywhere, sefa};
use super::*;
use crate::metrics::prediction::{auc, r2};
use crate::random::RandomStream;

fn normals(n: usize, count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut generator = RandomStream::new(seed);
    (0..n).map(|_| (0..count).map(|_| generator.normal::<f64>()).collect()).collect()
}

fn narrow(rows: &[Vec<f64>]) -> Vec<Vec<f32>> {
    rows.iter().map(|row| row.iter().map(|&v| v as f32).collect()).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn go_on(_: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Computed by `tests/reference/directions.py`.
#[test]
fn the_predictors_are_those_of_scikit_learn() {
    #[derive(Deserialize)]
    struct Reference {
        rows: Vec<Vec<f32>>,
        amount: Vec<f64>,
        yes: Vec<f64>,
        penalty: f64,
        ridge: Vec<f64>,
        logistic: Vec<f64>,
        r2: f64,
        auc: f64,
    }
    let text = include_str!("../../../tests/reference/directions.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    let Reference { rows, amount, yes, penalty, .. } = &reference;
    for (found, expected, tolerance) in [
        (ridge(rows, amount, *penalty).unwrap(), &reference.ridge, 1e-5),
        (logistic(rows, yes, *penalty).unwrap(), &reference.logistic, 1e-5),
    ] {
        let numbers = found.weights.iter().chain([&found.intercept]);
        for (found, expected) in numbers.zip(expected) {
            assert!((found - expected).abs() < tolerance, "{found} {expected}");
        }
        assert_eq!(found.weights.len() + 1, expected.len());
    }
    let told = |predictor: Predictor| rows.iter().map(|row| predictor.of(row) as f32).collect::<Vec<_>>();
    let amounts: Vec<f32> = amount.iter().map(|&y| y as f32).collect();
    let found = r2(&told(ridge(rows, amount, *penalty).unwrap()), &amounts).unwrap();
    assert!((found - reference.r2).abs() < 1e-5, "{found}");
    let odds = told(logistic(rows, yes, *penalty).unwrap());
    let part =
        |is: f64| -> Vec<f32> { odds.iter().zip(yes).filter(|(_, y)| **y == is).map(|(o, _)| *o).collect() };
    let found = auc(&part(1.0), &part(0.0)).unwrap();
    assert!((found - reference.auc).abs() < 1e-9, "{found}");
}

#[test]
fn what_is_no_regression_is_refused() {
    let rows = narrow(&normals(6, 2, 1));
    assert!(ridge(&rows, &[1.0; 5], 1.0).is_err() && ridge(&[], &[], 1.0).is_err());
    assert!(logistic(&rows, &[1.0; 6], 1.0).unwrap_err().to_string().contains("one alone"));
    assert!(ridge(&rows, &[f64::NAN; 6], 1.0).is_err());
    assert!(JointRegression::fit(&rows, &[]).is_err());
    assert!(penalty(&vec![vec![1.0f32; 2]; 3]) > 0.0, "also where nothing varies");
    // Apart by a plane: without a penalty the weights would grow for ever.
    let apart: Vec<Vec<f32>> = [-2.0f32, -1.0, 1.0, 2.0].iter().map(|&x| vec![x]).collect();
    let told = logistic(&apart, &[0.0, 0.0, 1.0, 1.0], 0.1).unwrap();
    assert!(told.weights[0] > 0.0 && told.weights[0].is_finite() && told.of(&[3.0]) > 2.0);
}

/// Two attributes that come together: a regression on one alone gives it a part of the other.
#[test]
fn a_joint_regression_separates_what_comes_together() {
    let (n, dim) = (4000, 12);
    let noise = normals(n, dim + 2, 2);
    let (age, hair) = (normals(1, dim, 3).concat(), normals(1, dim, 4).concat());
    let mut ages = Vec::new();
    let mut bald = Vec::new();
    let mut codes = Vec::new();
    for row in &noise {
        // Old and bald, with a correlation of about 0.6.
        let years = row[dim];
        let is_bald = f64::from(u8::from(years + 0.7 * row[dim + 1] > 0.5));
        let number = |at: usize| 2.0 + years * age[at] + is_bald * hair[at] + 0.3 * row[at];
        codes.push((0..dim).map(|at| number(at) as f32).collect::<Vec<f32>>());
        ages.push(Some(years));
        bald.push(Some(is_bald));
    }
    let joint = JointRegression::fit(&codes, &[ages.clone(), bald.clone()]).unwrap();
    let (by_age, by_hair) = (joint.direction(&[(0, 1.0)]), joint.direction(&[(1, 1.0)]));
    assert!(cosine(&by_age, &age) > 0.999 && cosine(&by_hair, &hair) > 0.99, "{}", cosine(&by_hair, &hair));
    let alone = JointRegression::fit(&codes, &[bald.clone()]).unwrap().direction(&[(0, 1.0)]);
    let leaks = cosine(&alone, &age);
    assert!(leaks > cosine(&by_hair, &age) + 0.3, "{leaks}");
    // The change itself, and mixtures of attributes.
    assert!((by_age[0] - age[0]).abs() < 0.05);
    let both = joint.direction(&[(0, 1.0), (1, -2.0)]);
    assert!(both.iter().zip(&by_age).zip(&by_hair).all(|((b, a), h)| (b - (a - 2.0 * h)).abs() < 1e-9));
    // Of some faces little is known.
    let some = |column: &[Option<f64>], every: usize| -> Vec<Option<f64>> {
        column.iter().enumerate().map(|(at, value)| value.filter(|_| at % every > 0)).collect()
    };
    let fewer = JointRegression::fit(&codes, &[some(&ages, 7), some(&bald, 5)]).unwrap();
    assert!(cosine(&fewer.direction(&[(0, 1.0)]), &age) > 0.99);
}

#[test]
fn an_amount_of_one_is_the_deviation_of_codes_along_it() {
    let codes =
        narrow(&normals(5000, 2, 5)).into_iter().map(|c| vec![3.0 * c[0] + 9.0, c[1]]).collect::<Vec<_>>();
    let scaled = Spread::Codes(&codes).scaled(&[0.5, 0.0]).unwrap();
    assert!((scaled[0] - 3.0).abs() < 0.1 && scaled[1] == 0.0, "{scaled:?}");
    let scaled = Spread::Variances(&[9.0, 1.0]).scaled(&[-2.0, 0.0]).unwrap();
    assert_eq!(scaled, [-3.0, 0.0]);
    let reach = Spread::Codes(&codes).reach(&[3.0, 0.0]);
    assert!((reach[0] + 2.576).abs() < 0.3 && (reach[1] - 2.576).abs() < 0.3, "{reach:?}");
    assert!(Spread::Variances(&[9.0, 0.0]).scaled(&[0.0, 1.0]).is_err());
    assert!(Spread::Codes(&codes).scaled(&[0.0, 0.0]).is_err());
}

/// Weights whose rows are already of length 1: A = diag(σ)·Vᵀ would lose σ, so the rows repeat.
#[test]
fn the_directions_of_weights_are_their_eigenvectors() {
    let turn = [[0.6f32, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, -1.0]];
    // Three outputs along the third direction, two along the second, one along the first; another length says nothing.
    let rows = [turn[2], turn[1], turn[2], turn[0], turn[1], turn[2]];
    let weights: Vec<f32> = rows
        .iter()
        .enumerate()
        .flat_map(|(at, row)| row.map(|w| w * (at as f32 + 0.5)))
        .chain([0.0; 3])
        .collect();
    let found = sefa(&weights, 3, 3).unwrap();
    // Of each the largest number is positive.
    for (found, expected) in found.iter().zip([[0.0, 0.0, 1.0], [0.8, -0.6, 0.0], [0.6, 0.8, 0.0]]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    }
    assert!(sefa(&weights, 3, 4).unwrap_err().to_string().contains("choose 1 to 3"));
    assert!(sefa(&weights[..4], 3, 1).is_err());
    assert_eq!(everywhere(&[0.6, -0.8], 4), [0.3, 0.3, 0.3, 0.3, -0.4, -0.4, -0.4, -0.4]);
}

#[test]
fn components_are_those_of_codes_or_of_what_a_layer_makes_of_them() {
    // Deviations of 5, 2 and 1 along the axes.
    let codes: Vec<Vec<f32>> =
        narrow(&normals(3000, 3, 6)).iter().map(|c| vec![2.0 * c[0], c[1], 5.0 * c[2]]).collect();
    let found = of_codes(&codes, 2, 0, &mut go_on).unwrap();
    assert!(cosine(&found[0].0, &[0.0, 0.0, 1.0]) > 0.999 && cosine(&found[1].0, &[1.0, 0.0, 0.0]) > 0.99);
    assert!((found[0].1 - 25.0 / 30.0).abs() < 0.02 && (found[1].1 - 4.0 / 30.0).abs() < 0.02);
    // A layer that makes much of the first number of codes of noise, and little of the others.
    let noise = narrow(&normals(3000, 3, 7));
    let layer = |c: &Vec<f32>| vec![4.0 * c[0], 4.0 * c[0] + 0.1 * c[1], 0.1 * c[2], c[1]];
    let activations: Vec<Vec<f32>> = noise.iter().map(layer).collect();
    let back = of_activations(&noise, &activations, 2, 0, &mut go_on).unwrap();
    assert!(cosine(&back[0].0, &[1.0, 0.0, 0.0]) > 0.999, "{back:?}");
    assert!(cosine(&back[1].0, &[0.0, 1.0, 0.0]) > 0.99 && back[0].1 > 0.9, "{back:?}");
    assert!(of_activations(&noise[1..], &activations, 2, 0, &mut go_on).is_err());
}
