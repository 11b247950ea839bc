//! Sums and differences of codes.

use super::directions::Spread;
use crate::error::{Error, Result};

/// The sum of codes with weights: for each code one number, or one for each of its numbers.
///
/// # Errors
/// No codes, codes of different lengths, weights that are neither, or not as many as codes.
pub fn weighted_sum(codes: &[Vec<f32>], weights: &[Vec<f32>]) -> Result<Vec<f32>> {
    let length = codes.first().map_or(0, Vec::len);
    let fits = |weights: &Vec<f32>| weights.len() == 1 || weights.len() == length;
    if length == 0
        || codes.len() != weights.len()
        || codes.iter().any(|code| code.len() != length)
        || !weights.iter().all(fits)
    {
        return Err(Error::Invalid(format!(
            "{} codes cannot be added up with the weights of {}; each needs 1 number or {length}",
            codes.len(),
            weights.len()
        )));
    }
    let mut sum = vec![0.0; length];
    for (code, weights) in codes.iter().zip(weights) {
        let weights = weights.iter().cycle();
        sum.iter_mut().zip(code).zip(weights).for_each(|((sum, z), w)| *sum += z * w);
    }
    Ok(sum)
}

/// The direction from the mean of `without` to that of `with`, as long as the standard deviation along it of codes
/// whose numbers have these variances and know nothing of each other.
///
/// # Errors
/// An empty side, codes of different lengths, means that do not differ, codes that do not vary along the direction.
pub fn between(with: &[Vec<f32>], without: &[Vec<f32>], variances: &[f32]) -> Result<Vec<f32>> {
    let mean = |codes: &[Vec<f32>]| {
        let part = 1.0 / codes.len().max(1) as f32;
        weighted_sum(codes, &vec![vec![part]; codes.len()])
    };
    if with.is_empty() || without.is_empty() {
        return Err(Error::Invalid("a direction needs faces that have it and faces that do not".into()));
    }
    let difference = weighted_sum(&[mean(with)?, mean(without)?], &[vec![1.0], vec![-1.0]])?;
    if difference.iter().all(|v| *v == 0.0) {
        return Err(Error::Invalid("the faces of the two sides do not differ; choose others".into()));
    }
    let difference: Vec<f64> = difference.into_iter().map(f64::from).collect();
    Spread::Variances(variances).scaled(&difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_added_as_a_whole_or_number_by_number() {
        let codes = [vec![1.0, 2.0], vec![3.0, 5.0], vec![0.5, 0.5]];
        let whole = [vec![1.0], vec![-1.0], vec![2.0]];
        assert_eq!(weighted_sum(&codes, &whole).unwrap(), [-1.0, -2.0]);
        let mixed = [vec![1.0, 0.0], vec![0.0, 1.0], vec![0.0]];
        assert_eq!(weighted_sum(&codes, &mixed).unwrap(), [1.0, 5.0]);
        assert!(weighted_sum(&codes, &whole[..2]).is_err());
        assert!(weighted_sum(&codes[..1], &[vec![1.0; 3]]).is_err());
        assert!(weighted_sum(&[], &[]).is_err());
    }

    #[test]
    fn a_direction_is_as_long_as_codes_vary_along_it() {
        let with = [vec![3.0, 1.0], vec![5.0, 1.0]];
        let without = [vec![0.0, 1.0]];
        assert_eq!(between(&with, &without, &[4.0, 81.0]).unwrap(), [2.0, 0.0]);
        assert!(between(&with, &with, &[1.0; 2]).is_err());
        assert!(between(&with, &[], &[1.0; 2]).is_err());
    }
}
