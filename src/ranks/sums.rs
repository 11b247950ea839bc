//! Sums over all ranks, added up in the order of ranks.

use super::link::Link;

/// Numbers up to which a sum goes in one exchange, in which everybody gets everything.
pub(super) const SMALL: usize = 1024;

/// The sum of all ranks' values in the order of ranks.
pub(super) fn sum_over(link: &dyn Link, values: Vec<f32>, size: usize) -> Vec<f32> {
    let add = |all: &[f32], length: usize| {
        let mut sum = all[..length].to_vec();
        for part in all[length..].chunks_exact(length) {
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        sum
    };
    let length = values.len();
    if length == 0 {
        return values;
    }
    if length <= SMALL {
        return add(&link.gather_f32(&values), length);
    }
    let part = length.div_ceil(size);
    let mut padded = values;
    padded.resize(part * size, 0.0);
    let of_part = link.swap_f32(&padded);
    let mut sums = link.gather_f32(&add(&of_part, part));
    sums.truncate(length);
    sums
}
