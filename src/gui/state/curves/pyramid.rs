//! Summaries of blocks of a series, kept while it grows: a plot of a million numbers reads as many of
//! them as it has pixels.

use std::ops::Range;

/// Numbers in a block of the lowest level are 2 to this.
const LOWEST: u32 = 4;

/// Summary of a block of numbers. Numbers that are not finite are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The smallest; infinite where `count` is 0.
    pub min: f32,
    /// The largest; minus infinite where `count` is 0.
    pub max: f32,
    /// The mean; 0 where `count` is 0.
    pub mean: f32,
    /// Finite numbers in the block.
    pub count: u32,
}

impl Summary {
    /// The summary of no number at all.
    pub const NOTHING: Summary = Summary { min: f32::INFINITY, max: f32::NEG_INFINITY, mean: 0.0, count: 0 };

    /// The summary of some numbers.
    pub fn of(values: &[f32]) -> Summary {
        let mut summary = Summary::NOTHING;
        let mut sum = 0.0;
        for &value in values.iter().filter(|value| value.is_finite()) {
            summary.min = summary.min.min(value);
            summary.max = summary.max.max(value);
            summary.count += 1;
            sum += f64::from(value);
        }
        summary.mean = (sum / f64::from(summary.count.max(1))) as f32;
        summary
    }

    /// The summary of two blocks together.
    pub fn and(self, other: Summary) -> Summary {
        let count = self.count + other.count;
        let sum = |block: Summary| f64::from(block.mean) * f64::from(block.count);
        Summary {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            mean: ((sum(self) + sum(other)) / f64::from(count.max(1))) as f32,
            count,
        }
    }
}

/// Level 0 holds a summary for every whole block of 16 numbers, each further level one for every two whole
/// blocks of the level beneath. In all that is 2 bytes a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pyramid {
    levels: Vec<Vec<Summary>>,
}

impl Pyramid {
    /// Takes note that `values`, which it knows but for the last, has grown by one. The cost is constant on
    /// average.
    pub fn grown(&mut self, values: &[f32]) {
        let mut len = values.len();
        let lowest = 1 << LOWEST;
        if !len.is_multiple_of(lowest) {
            return;
        }
        let mut block = Summary::of(&values[len - lowest..]);
        len >>= LOWEST;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(block);
            if !len.is_multiple_of(2) {
                return;
            }
            block = self.levels[level][len - 2].and(block);
            len >>= 1;
        }
    }

    /// Takes note that only the first `len` numbers are left.
    pub fn truncate(&mut self, len: usize) {
        for (level, blocks) in self.levels.iter_mut().enumerate() {
            blocks.truncate(len >> (LOWEST as usize + level));
        }
        self.levels.retain(|blocks| !blocks.is_empty());
    }

    /// Summary of `values[range]`; `values` is all that it knows. Reads a few blocks of each level.
    pub fn summary(&self, values: &[f32], range: Range<usize>) -> Summary {
        let Range { mut start, end } = range;
        let mut whole = Summary::NOTHING;
        while start < end {
            // The largest block that begins here and does not reach beyond the end.
            let fits = (end - start).ilog2().min(start.trailing_zeros());
            let stored = fits.checked_sub(LOWEST).and_then(|level| {
                let level = (level as usize).min(self.levels.len().checked_sub(1)?);
                let size = 1 << (LOWEST as usize + level);
                Some((*self.levels[level].get(start / size)?, size))
            });
            let (block, size) = stored.unwrap_or_else(|| {
                let size = (1 << fits.min(LOWEST)).min(end - start);
                (Summary::of(&values[start..start + size]), size)
            });
            whole = whole.and(block);
            start += size;
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};

    use super::*;

    fn random(rng: &mut impl Rng) -> f32 {
        match rng.random_range(0..20) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => 1e-38 * rng.random::<f32>(),
            3 => 1e38 * (rng.random::<f32>() - 0.5),
            _ => rng.random_range(-100.0..100.0),
        }
    }

    fn check(pyramid: &Pyramid, values: &[f32], range: Range<usize>) {
        let finite: Vec<f64> =
            values[range.clone()].iter().filter(|v| v.is_finite()).map(|&v| f64::from(v)).collect();
        let found = pyramid.summary(values, range.clone());
        assert_eq!(found.count as usize, finite.len(), "{range:?} of {}", values.len());
        if finite.is_empty() {
            assert_eq!(found, Summary::NOTHING);
            return;
        }
        let (min, max) = finite.iter().fold((f64::MAX, f64::MIN), |(a, b), &v| (a.min(v), b.max(v)));
        assert_eq!((f64::from(found.min), f64::from(found.max)), (min, max), "{range:?}");
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        let scale = finite.iter().map(|v| v.abs()).fold(0.0, f64::max);
        assert!((f64::from(found.mean) - mean).abs() <= 1e-5 * scale, "{range:?}: {} {mean}", found.mean);
    }

    #[test]
    fn every_range_is_as_if_all_its_numbers_had_been_read() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let (mut pyramid, mut values) = (Pyramid::default(), Vec::new());
        for len in [0, 1, 15, 16, 17, 31, 32, 33, 100, 1000, 1024, 3000, 10_000] {
            while values.len() < len {
                values.push(random(&mut rng));
                pyramid.grown(&values);
            }
            check(&pyramid, &values, 0..len);
            for _ in 0..200 {
                let a = rng.random_range(0..=len);
                let b = rng.random_range(0..=len);
                check(&pyramid, &values, a.min(b)..a.max(b));
            }
        }
    }

    #[test]
    fn shortened_it_is_as_if_it_had_never_been_longer() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(6);
        let values: Vec<f32> = (0..2000).map(|_| random(&mut rng)).collect();
        let grown = |len: usize| {
            let mut pyramid = Pyramid::default();
            (1..=len).for_each(|n| pyramid.grown(&values[..n]));
            pyramid
        };
        for len in [0, 1, 15, 16, 500, 511, 512, 1999, 2000] {
            let mut cut = grown(2000);
            cut.truncate(len);
            assert_eq!(cut, grown(len), "{len}");
        }
    }

    #[test]
    fn a_long_range_reads_few_numbers() {
        // Only the summaries are right here, so that a sum over the numbers themselves would differ.
        let values = vec![1.0; 1 << 14];
        let mut pyramid = Pyramid::default();
        (1..=values.len()).for_each(|n| pyramid.grown(&values[..n]));
        let others = vec![2.0; values.len()];
        assert_eq!(pyramid.summary(&others, 0..others.len()).max, 1.0);
        assert_eq!(pyramid.summary(&others, 16..1 << 13).max, 1.0);
    }
}
