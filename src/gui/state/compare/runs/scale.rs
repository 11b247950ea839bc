//! Places of values on an axis: by size, by decades, or one beside the other.

use crate::table::Cell;

/// Values that are marked one by one instead of by round numbers.
const MOST_MARKED: usize = 7;
/// From this ratio on values lie decades apart.
const DECADES: f64 = 100.0;
/// Part of an axis of decades that a zero takes at its beginning.
const ZERO: f32 = 0.14;

/// The scale of an axis; places on it are in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// By size between two numbers.
    Linear {
        /// At 0.
        from: f64,
        /// At 1.
        to: f64,
    },
    /// By the decimal logarithm between two of these.
    Decades {
        /// At 0, or behind the zero.
        from: f64,
        /// At 1.
        to: f64,
        /// Whether 0 stands before them.
        zero: bool,
    },
    /// Words, one beside the other.
    Words(Vec<String>),
}

impl Scale {
    /// The scale of some values. Those that are spread over decades get a scale of decades if they may.
    pub fn of(cells: &[Cell], may_have_decades: bool) -> Self {
        if cells.iter().any(|cell| matches!(cell, Cell::Text(_))) {
            let mut words: Vec<String> = Vec::new();
            for word in cells.iter().filter_map(word) {
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            return Scale::Words(words);
        }
        let numbers = || cells.iter().filter_map(Cell::number).filter(|number| number.is_finite());
        let least = numbers().fold(f64::INFINITY, f64::min);
        let most = numbers().fold(f64::NEG_INFINITY, f64::max);
        let positive = numbers().filter(|number| *number > 0.0).fold(f64::INFINITY, f64::min);
        if may_have_decades && least >= 0.0 && positive.is_finite() && most / positive >= DECADES {
            return Scale::Decades { from: positive.log10(), to: most.log10(), zero: least == 0.0 };
        }
        match least.is_finite() {
            true => Scale::Linear { from: least, to: most },
            false => Scale::Linear { from: 0.0, to: 1.0 },
        }
    }

    /// The place of a value; none of nothing.
    pub fn place(&self, cell: &Cell) -> Option<f32> {
        match self {
            Scale::Words(words) => {
                let at = words.iter().position(|other| Some(other) == word(cell).as_ref())?;
                Some((at as f32 + 0.5) / words.len() as f32)
            }
            _ => self.place_of(cell.number()?),
        }
    }

    fn place_of(&self, number: f64) -> Option<f32> {
        let part = |from: f64, to: f64, at: f64| match to - from {
            0.0 => 0.5,
            span => ((at - from) / span).clamp(0.0, 1.0) as f32,
        };
        match self {
            Scale::Linear { from, to } => Some(part(*from, *to, number)),
            Scale::Decades { zero: true, .. } if number == 0.0 => Some(0.0),
            Scale::Decades { from, to, zero } => {
                let before = if *zero { ZERO } else { 0.0 };
                (number > 0.0).then(|| before + (1.0 - before) * part(*from, *to, number.log10()))
            }
            Scale::Words(_) => None,
        }
    }

    /// Marks with their words: the values themselves where they are few, else round numbers.
    pub fn marks(&self, cells: &[Cell]) -> Vec<(f32, String)> {
        if let Scale::Words(words) = self {
            let mark = |(at, word): (usize, &String)| ((at as f32 + 0.5) / words.len() as f32, word.clone());
            return words.iter().enumerate().map(mark).collect();
        }
        let mut numbers: Vec<f64> = cells.iter().filter_map(Cell::number).filter(|n| n.is_finite()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        let numbers = match self {
            _ if numbers.len() <= MOST_MARKED => numbers,
            Scale::Linear { from, to } => round_numbers(*from, *to),
            Scale::Decades { from, to, zero } => {
                let decades = from.ceil() as i32..=to.floor() as i32;
                let zero = zero.then_some(0.0).into_iter();
                zero.chain(decades.map(|decade| 10f64.powi(decade))).collect()
            }
            Scale::Words(_) => Vec::new(),
        };
        let mark = |number: f64| Some((self.place_of(number)?, short(number)));
        numbers.into_iter().filter_map(mark).collect()
    }
}

/// About five round numbers between two.
fn round_numbers(from: f64, to: f64) -> Vec<f64> {
    let rough = (to - from) / 4.0;
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * decade).into_iter().find(|step| *step >= rough);
    let Some(step) = step.filter(|step| *step > 0.0 && step.is_finite()) else { return vec![from] };
    let first = (from / step).ceil() as i64;
    (first..).map(|at| at as f64 * step).take_while(|number| *number <= to + step * 1e-9).take(12).collect()
}

/// A number or a word as a word.
fn word(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Empty => None,
        Cell::Text(text) => Some(text.clone()),
        Cell::Number(number) => Some(number.to_string()),
        Cell::Infinite => Some("∞".into()),
    }
}

/// Four digits that say something.
pub fn short(value: f64) -> String {
    let magnitude = value.abs().max(1e-9).log10().floor();
    let decimals = (3.0 - magnitude).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(numbers: &[f64]) -> Vec<Cell> {
        numbers.iter().map(|number| Cell::from(*number)).collect()
    }

    #[test]
    fn decades_are_even_and_a_zero_stands_before_them() {
        let spread = cells(&[0.01, 0.1, 1.0]);
        let scale = Scale::of(&spread, true);
        let places: Vec<f32> = spread.iter().filter_map(|cell| scale.place(cell)).collect();
        assert_eq!(places, [0.0, 0.5, 1.0]);
        assert_eq!(Scale::of(&spread, false), Scale::Linear { from: 0.01, to: 1.0 });
        let with_zero = cells(&[0.0, 0.01, 1.0]);
        let scale = Scale::of(&with_zero, true);
        assert_eq!((scale.place(&with_zero[0]), scale.place(&with_zero[2])), (Some(0.0), Some(1.0)));
        assert!(scale.place(&with_zero[1]).is_some_and(|place| (0.1..0.2).contains(&place)));
        let marks: Vec<String> = scale.marks(&with_zero).into_iter().map(|(_, word)| word).collect();
        assert_eq!(marks, ["0", "0.01", "1"]);
        assert_eq!(scale.place(&Cell::Number(-1.0)), None);
    }

    #[test]
    fn words_stand_one_beside_the_other_and_nothing_has_no_place() {
        let mixed = [Cell::Text("ae".into()), Cell::Text("vae".into()), Cell::Empty, Cell::Text("ae".into())];
        let scale = Scale::of(&mixed, true);
        assert_eq!(scale.place(&mixed[0]), Some(0.25));
        assert_eq!(scale.place(&mixed[1]), Some(0.75));
        assert_eq!(scale.place(&mixed[2]), None);
        assert_eq!(scale.marks(&mixed).len(), 2);
    }

    #[test]
    fn equal_and_missing_values_have_a_scale_too() {
        let same = cells(&[3.0, 3.0]);
        assert_eq!(Scale::of(&same, true).place(&same[0]), Some(0.5));
        assert_eq!(Scale::of(&[], true), Scale::Linear { from: 0.0, to: 1.0 });
        let infinite = [Cell::Infinite, Cell::Number(1.0), Cell::Number(2.0)];
        assert_eq!(Scale::of(&infinite, false).place(&infinite[0]), Some(1.0));
    }

    #[test]
    fn many_numbers_are_marked_by_round_ones() {
        let many = cells(&(0..20).map(|at| 10.3 + f64::from(at) * 0.7).collect::<Vec<_>>());
        let scale = Scale::of(&many, false);
        let marks: Vec<String> = scale.marks(&many).into_iter().map(|(_, word)| word).collect();
        assert_eq!(marks, ["15", "20"]);
        assert_eq!([0.00012345, 1234.5, 0.0, 28.371].map(short), ["0.0001234", "1234", "0", "28.37"]);
    }
}
