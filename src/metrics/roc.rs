//! Receiver operating characteristic of a score that is higher for what is to be found (Fawcett 2006, "An introduction
//! to ROC analysis", <https://doi.org/10.1016/j.patrec.2005.10.010>), and thresholds with their rates. The area under
//! the curve is [`auc`](super::prediction::auc).

/// The curve: false-positive rate and true-positive rate over falling thresholds, from (0, 0) to (1, 1), a point for
/// each value that scores have. Empty if there are no scores of either.
pub fn curve(known: &[f64], new: &[f64]) -> Vec<[f64; 2]> {
    if known.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let labelled = known.iter().map(|score| (*score, 0)).chain(new.iter().map(|score| (*score, 1)));
    let mut all: Vec<(f64, usize)> = labelled.collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut counts, mut curve) = ([0usize; 2], vec![[0.0, 0.0]]);
    for (at, (score, of)) in all.iter().enumerate() {
        counts[*of] += 1;
        // Equal scores pass a threshold together.
        if all.get(at + 1).is_none_or(|(next, _)| next != score) {
            curve.push([counts[0] as f64 / known.len() as f64, counts[1] as f64 / new.len() as f64]);
        }
    }
    curve
}

/// The least of these scores that no more than this share of them are above; not a number if there are none.
pub fn threshold(scores: &[f64], share: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let above = (share.clamp(0.0, 1.0) * sorted.len() as f64).floor() as usize;
    let at = sorted.len().saturating_sub(above + 1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// Share of scores above a threshold; not a number if there are none.
pub fn share_above(scores: &[f64], threshold: f64) -> f64 {
    scores.iter().filter(|score| **score > threshold).count() as f64 / scores.len() as f64
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::metrics::prediction::auc;

    /// Computed by `tests/reference/roc.py`.
    #[test]
    fn the_curve_and_its_area_are_those_of_scikit_learn() {
        #[derive(Deserialize)]
        struct Reference {
            known: Vec<f64>,
            new: Vec<f64>,
            false_positive_rates: Vec<f64>,
            true_positive_rates: Vec<f64>,
            area: f64,
        }
        let text = include_str!("../../tests/reference/roc.json");
        let cases: Vec<Reference> = serde_json::from_str(text).unwrap();
        assert!(cases.len() > 2);
        for case in cases {
            let found = curve(&case.known, &case.new);
            let expected = case.false_positive_rates.iter().zip(&case.true_positive_rates);
            assert_eq!(found.len(), expected.len());
            for (found, (x, y)) in found.iter().zip(expected) {
                assert!((found[0] - x).abs() < 1e-12 && (found[1] - y).abs() < 1e-12, "{found:?} {x} {y}");
            }
            let area = auc(&case.new, &case.known).unwrap();
            assert!((area - case.area).abs() < 1e-12, "{area} {}", case.area);
            // The trapezia under the curve are the same area.
            let trapezia: f64 =
                found.windows(2).map(|p| (p[1][0] - p[0][0]) * (p[0][1] + p[1][1]) / 2.0).sum();
            assert!((trapezia - area).abs() < 1e-12);
        }
        assert!(curve(&[], &[1.0]).is_empty());
    }

    #[test]
    fn a_threshold_lets_no_more_pass_than_its_share() {
        let scores: Vec<f64> = (0..200).map(|at| f64::from((at * 37) % 200)).collect();
        for (share, above) in [(0.05, 10), (0.0, 0), (0.012, 2), (1.0, 199)] {
            let at = threshold(&scores, share);
            assert_eq!(share_above(&scores, at), above as f64 / 200.0, "{share}");
        }
        // Ties at the threshold do not pass.
        assert_eq!(share_above(&[1.0, 1.0, 1.0, 0.0], threshold(&[1.0, 1.0, 1.0, 0.0], 0.5)), 0.0);
        assert!(threshold(&[], 0.05).is_nan() && share_above(&[], 0.0).is_nan());
    }
}
