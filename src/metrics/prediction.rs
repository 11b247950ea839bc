//! Agreement of predictions with what is true: the area under the ROC curve for yes or no (Hanley & McNeil 1982) and the
//! explained part of the variance for amounts.

use std::cmp::Ordering;

/// The probability that one of the first has a larger number than one of the second, ties counting half;
/// none if there is none of either.
pub fn auc<N: Copy + PartialOrd>(with: &[N], without: &[N]) -> Option<f64> {
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let mut sorted = without.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let wins = with.iter().map(|value| {
        let below = sorted.partition_point(|other| other < value);
        let not_above = sorted.partition_point(|other| other <= value);
        (below + not_above) as f64 / 2.0
    });
    Some(wins.sum::<f64>() / (with.len() as f64 * without.len() as f64))
}

/// 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; none where the truth does not vary.
pub fn r2(answers: &[f32], truths: &[f32]) -> Option<f64> {
    let mean = truths.iter().map(|y| f64::from(*y)).sum::<f64>() / truths.len() as f64;
    let around = truths.iter().map(|y| (f64::from(*y) - mean).powi(2)).sum::<f64>();
    let left = answers.iter().zip(truths).map(|(a, y)| f64::from(y - a).powi(2)).sum::<f64>();
    (around > 0.0).then(|| 1.0 - left / around)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_under_the_curve_counts_pairs() {
        assert_eq!(auc(&[2.0, 3.0], &[0.0, 1.0]), Some(1.0));
        assert_eq!(auc(&[0.0], &[1.0, 2.0]), Some(0.0));
        assert_eq!(auc(&[1.0, 1.0], &[1.0]), Some(0.5));
        assert_eq!(auc(&[1.0, 3.0], &[2.0, 0.0]), Some(0.75));
        assert_eq!((auc(&[], &[1.0f32]), auc(&[1.0f64], &[])), (None, None));
    }

    #[test]
    fn the_explained_share_is_one_of_the_truth_and_zero_of_its_mean() {
        let truths = [1.0, 2.0, 6.0];
        assert_eq!((r2(&truths, &truths), r2(&[3.0; 3], &truths)), (Some(1.0), Some(0.0)));
        assert!(r2(&[9.0; 3], &truths).unwrap() < 0.0);
        assert_eq!(r2(&[1.0], &[1.0]), None);
    }
}
