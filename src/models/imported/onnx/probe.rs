//! Ranges of numbers, seen in the numbers themselves.

use crate::config::ValueRange;

/// Part of the numbers at either end that is not looked at.
const TAIL: f64 = 0.005;

/// The range that pictures of a decoder are in, and a note of it.
pub fn range(values: &[f32], notes: &mut Vec<String>) -> ValueRange {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f32::total_cmp);
    let at = |part: f64| {
        sorted.get((part * sorted.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0)
    };
    let (low, high) = (at(TAIL), at(1.0 - TAIL));
    let range = match () {
        () if high > 30.0 && low > -30.0 => ValueRange::Bytes,
        () if low >= -0.1 && high <= 1.2 => ValueRange::Unit,
        () if low >= -1.5 && high <= 1.5 => ValueRange::Signed,
        () => ValueRange::Logits,
    };
    notes.push(format!(
        "Its pictures are taken to be in {}: those of a few draws go from {low:.2} to {high:.2}.",
        range.label()
    ));
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_by_their_numbers() {
        let of = |low: f32, high: f32| {
            let values: Vec<f32> = (0..=1000).map(|i| low + (high - low) * i as f32 / 1000.0).collect();
            range(&values, &mut Vec::new())
        };
        assert_eq!(of(0.02, 0.97), ValueRange::Unit);
        assert_eq!(of(-0.9, 0.95), ValueRange::Signed);
        assert_eq!(of(3.0, 240.0), ValueRange::Bytes);
        assert_eq!(of(-9.0, 6.0), ValueRange::Logits);
        assert_eq!(range(&[f32::NAN], &mut Vec::new()), ValueRange::Unit);
    }
}
