//! Posterior collapse (Bowman et al. 2016, <https://arxiv.org/abs/1511.06349>; Lucas et al. 2019,
//! <https://arxiv.org/abs/1911.02469>): whether codes still say anything about their images, and whether
//! the decoder still listens. KL per dimension and active units (Burda et al. 2016,
//! <https://arxiv.org/abs/1509.00519>) are measured with the code space, in [`crate::latent`].

use crate::config::CodeUnits;

/// Bins of the codes' histogram; an odd number, so that one is centred on 0.
pub const HISTOGRAM_BINS: usize = 61;
/// Range of the histogram of draws from q(z|x): four standard deviations of the prior to either side.
pub const PRIOR_RANGE: (f32, f32) = (-4.0, 4.0);

/// Whose code image `index` of `n` is given when codes are shuffled: the one half the set away, so that no
/// image keeps its own, each code is used once, and neighbours by name, which are often pictures of one
/// thing, are not exchanged for each other. None where there is no other.
pub fn partner(index: usize, n: usize) -> Option<usize> {
    (n >= 2).then(|| (index + n / 2) % n)
}

/// Counts of the values in each of `bins` equal parts of `range`, those beyond in the outermost ones. What is
/// not a number is left out.
pub fn histogram(values: impl IntoIterator<Item = f32>, bins: usize, range: (f32, f32)) -> Vec<u32> {
    let mut counts = vec![0; bins];
    let (low, high) = range;
    for value in values {
        let position = (value - low) / (high - low) * bins as f32;
        // Casts of floats end at the ends of the integers.
        let bin = (position as usize).min(bins.saturating_sub(1));
        if let Some(count) = counts.get_mut(bin).filter(|_| !position.is_nan()) {
            *count += 1;
        }
    }
    counts
}

/// A range for the histogram of deterministic codes, which no prior holds in place: [0, 1] for sigmoids, else
/// out to the power of two at or above four times the root mean square, so that it seldom changes. `codes`
/// is a row an image.
pub fn range_of_codes(codes: &[Vec<f32>], units: CodeUnits) -> (f32, f32) {
    let squares = codes.iter().flatten().map(|v| f64::from(*v).powi(2));
    let count = codes.iter().map(Vec::len).sum::<usize>().max(1);
    let reach = 4.0 * (squares.sum::<f64>() / count as f64).sqrt();
    // Codes that are all 0, and those that are no numbers, get a range all the same.
    let reach = if reach.is_finite() { reach.clamp(1e-6, 1e6) } else { 1.0 };
    let reach = reach.log2().ceil().exp2() as f32;
    match units {
        CodeUnits::Linear => (-reach, reach),
        CodeUnits::Relu => (0.0, reach),
        CodeUnits::Sigmoid => (0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_moves_every_code_and_loses_none() {
        assert_eq!((partner(0, 0), partner(0, 1)), (None, None));
        for n in 2..20 {
            let mut others: Vec<usize> = (0..n).map(|index| partner(index, n).unwrap()).collect();
            assert!(others.iter().enumerate().all(|(index, other)| index != *other), "{others:?}");
            others.sort_unstable();
            assert!(others.into_iter().eq(0..n));
        }
    }

    #[test]
    fn every_number_lies_in_one_bin_and_strays_in_the_outermost() {
        let values = [-9.0, -1.0, -0.5, -0.1, 0.0, 0.99, 1.0, f32::INFINITY, f32::NAN];
        assert_eq!(histogram(values, 4, (-1.0, 1.0)), [2, 2, 1, 3]);
        assert_eq!(histogram([0.0], HISTOGRAM_BINS, PRIOR_RANGE)[HISTOGRAM_BINS / 2], 1);
        assert!(histogram(values, 0, PRIOR_RANGE).is_empty());
    }

    #[test]
    fn the_range_of_deterministic_codes_follows_them_in_steps() {
        // Root mean square 5: four times it is 20, and 32 the next power of two.
        let codes = [vec![3.0, -4.0], vec![5.0, 7.071_068]];
        assert_eq!(range_of_codes(&codes, CodeUnits::Linear), (-32.0, 32.0));
        assert_eq!(range_of_codes(&codes, CodeUnits::Relu), (0.0, 32.0));
        assert_eq!(range_of_codes(&codes, CodeUnits::Sigmoid), (0.0, 1.0));
        for strange in [vec![], vec![vec![0.0; 3]], vec![vec![f32::NAN]], vec![vec![f32::INFINITY]]] {
            let (low, high) = range_of_codes(&strange, CodeUnits::Linear);
            assert!(low.is_finite() && low < 0.0 && high > 0.0, "{strange:?}: {low} {high}");
        }
    }
}
