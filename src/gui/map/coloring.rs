//! The colours of points: by category, by a number, or real codes and draws; and the legend of each.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use eframe::egui::Color32;
use rust_i18n::t;

use crate::gui::theme::Colors;

/// Categories that have a colour of their own.
pub const MOST_CATEGORIES: usize = 24;
/// Colours of a number.
const STEPS: usize = 250;
/// Bars of the histogram of a number.
const BINS: usize = 24;

/// A class of points that share a colour.
pub type ColorClass = u8;
/// The class of all categories for which there is no colour.
pub const OTHER: ColorClass = 254;
/// The class of points of which nothing is known.
pub const UNKNOWN: ColorClass = 255;
/// The class of codes of real pictures.
pub const REAL: ColorClass = 0;
/// The class of draws.
pub const DRAW: ColorClass = 1;

/// Quantity by which points are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Plain,
    Categories,
    Number,
    Populations,
}

/// A line of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    /// Name of the class.
    pub label: String,
    /// Points of it.
    pub count: usize,
    /// The class, for its colour and to hide it.
    pub class: ColorClass,
}

/// The meaning of colours.
#[derive(Clone, Debug, PartialEq)]
pub enum Legend {
    /// All points have the same.
    Plain,
    /// Each class has one.
    Classes(Vec<LegendEntry>),
    /// Colours go from the lowest to the highest number.
    Range {
        /// Numbers at the ends; those beyond have the colour of the end.
        range: RangeInclusive<f32>,
        /// Points in equal parts of the range, from the lowest.
        bins: Vec<usize>,
        /// Points without a number.
        unknown: usize,
    },
}

/// The colour class of every point.
#[derive(Clone, Debug, PartialEq)]
pub struct MapColors {
    classes: Vec<ColorClass>,
    scheme: Scheme,
    legend: Legend,
}

impl MapColors {
    /// One colour for all.
    pub fn plain(count: usize) -> Self {
        MapColors { classes: vec![0; count], scheme: Scheme::Plain, legend: Legend::Plain }
    }

    /// Colours by category. `values` are places in `names`; points without a category have a larger number. The
    /// [`MOST_CATEGORIES`] with most points have colours, in the order of the names.
    pub fn categories(values: &[u32], names: &[String]) -> Self {
        let mut counts = vec![0; names.len()];
        let mut unknown = 0;
        for value in values {
            counts.get_mut(*value as usize).map_or_else(|| unknown += 1, |count| *count += 1);
        }
        let mut largest: Vec<usize> = (0..names.len()).collect();
        largest.sort_by_key(|at| std::cmp::Reverse(counts[*at]));
        largest.truncate(MOST_CATEGORIES);
        largest.sort_unstable();
        let mut class_of = vec![OTHER; names.len()];
        let mut entries = Vec::new();
        for (class, at) in (0..).zip(&largest) {
            class_of[*at] = class;
            entries.push(LegendEntry { label: names[*at].clone(), count: counts[*at], class });
        }
        let other =
            counts.iter().zip(&class_of).filter(|(_, class)| **class == OTHER).map(|(count, _)| count);
        for (label, count, class) in [(t!("Other"), other.sum(), OTHER), (t!("Unknown"), unknown, UNKNOWN)] {
            if count > 0 {
                entries.push(LegendEntry { label: label.into(), count, class });
            }
        }
        let class = |value: &u32| class_of.get(*value as usize).copied().unwrap_or(UNKNOWN);
        MapColors {
            classes: values.iter().map(class).collect(),
            scheme: Scheme::Categories,
            legend: Legend::Classes(entries),
        }
    }

    /// Colours by a number. Without a range it is that of the middle 98 of 100 values, so that single ones do not
    /// take the colours of all others; NaN is unknown.
    pub fn number(values: &[f32], range: Option<RangeInclusive<f32>>) -> Self {
        let range = range.unwrap_or_else(|| usual_range(values));
        let (low, width) = (*range.start(), range.end() - range.start());
        let part = |value: f32| if width > 0.0 { ((value - low) / width).clamp(0.0, 1.0) } else { 0.5 };
        let mut bins = vec![0; BINS];
        let mut unknown = 0;
        let class = |value: &f32| {
            if !value.is_finite() {
                unknown += 1;
                return UNKNOWN;
            }
            bins[((part(*value) * BINS as f32) as usize).min(BINS - 1)] += 1;
            ((part(*value) * STEPS as f32) as usize).min(STEPS - 1) as ColorClass
        };
        let classes = values.iter().map(class).collect();
        MapColors { classes, scheme: Scheme::Number, legend: Legend::Range { range, bins, unknown } }
    }

    /// Colours of codes of real pictures and of draws, for each point whether it is one of the latter.
    pub fn populations(draws: &[bool]) -> Self {
        let drawn = draws.iter().filter(|draw| **draw).count();
        let entry = |label: Cow<'_, str>, count, class| LegendEntry { label: label.into(), count, class };
        let entries = vec![entry(t!("Images"), draws.len() - drawn, REAL), entry(t!("Draws"), drawn, DRAW)];
        MapColors {
            classes: draws.iter().map(|draw| if *draw { DRAW } else { REAL }).collect(),
            scheme: Scheme::Populations,
            legend: Legend::Classes(entries),
        }
    }

    /// The class of a point.
    #[inline]
    pub fn class(&self, point: u32) -> ColorClass {
        self.classes.get(point as usize).copied().unwrap_or(UNKNOWN)
    }

    /// The meaning of the colours.
    pub fn legend(&self) -> &Legend {
        &self.legend
    }

    /// Whether the points are real codes and draws, whose densities are to be told apart.
    pub fn are_populations(&self) -> bool {
        self.scheme == Scheme::Populations
    }

    /// The colour of a class in a theme.
    pub fn color(&self, class: ColorClass, theme: &Colors) -> Color32 {
        match (self.scheme, class) {
            (_, UNKNOWN) => theme.rail,
            (_, OTHER) => theme.text_weak,
            (Scheme::Plain, _) => theme.accent,
            (Scheme::Categories, class) => theme.category(class.into()),
            (Scheme::Number, class) => theme.ramp(f32::from(class) / (STEPS - 1) as f32),
            (Scheme::Populations, REAL) => theme.real_codes,
            (Scheme::Populations, _) => theme.draws,
        }
    }
}

/// From the hundredth value to the last but a hundredth; from 0 to 1 where there is none.
fn usual_range(values: &[f32]) -> RangeInclusive<f32> {
    let mut values: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return 0.0..=1.0;
    }
    let last = values.len() - 1;
    let mut at = |rank: usize| *values.select_nth_unstable_by(rank, f32::total_cmp).1;
    let (low, high) = (at(last / 100), at(last - last / 100));
    // Where most values are the same, the rest decides.
    if low < high { low..=high } else { at(0)..=at(last) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::theme;

    #[test]
    fn categories_without_a_colour_are_counted_as_others() {
        let names: Vec<String> = (0..30).map(|i| format!("c{i}")).collect();
        // Category i has i + 1 points.
        let mut values: Vec<u32> = (0..30).flat_map(|i| vec![i; i as usize + 1]).collect();
        values.extend([30, u32::MAX]);
        let colors = MapColors::categories(&values, &names);
        let Legend::Classes(entries) = colors.legend() else { panic!() };
        assert_eq!(entries.len(), MOST_CATEGORIES + 2);
        assert_eq!((entries[0].label.as_str(), entries[0].count, entries[0].class), ("c6", 7, 0));
        assert_eq!((entries[24].label.as_str(), entries[24].count), ("Other", 21));
        assert_eq!((entries[25].label.as_str(), entries[25].count), ("Unknown", 2));
        assert_eq!(entries.iter().map(|entry| entry.count).sum::<usize>(), values.len());
        for (point, value) in (0u32..).zip(&values) {
            let expected = match value {
                0..6 => OTHER,
                6..30 => *value as u8 - 6,
                _ => UNKNOWN,
            };
            assert_eq!(colors.class(point), expected);
        }
        let shown: Vec<_> = (0..24).map(|class| colors.color(class, theme::dark())).collect();
        assert!(shown.iter().enumerate().all(|(at, color)| !shown[..at].contains(color)));
    }

    #[test]
    fn numbers_have_the_range_of_most_and_bear_bad_ones() {
        let mut values: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        values.extend([1e9, f32::NAN, f32::INFINITY]);
        let colors = MapColors::number(&values, None);
        let Legend::Range { range, bins, unknown } = colors.legend() else { panic!() };
        assert_eq!((range.clone(), *unknown, bins.iter().sum::<usize>()), (10.0..=990.0, 2, 1001));
        assert_eq!((colors.class(0), colors.class(1000), colors.class(1001)), (0, 249, UNKNOWN));
        let same = MapColors::number(&[2.0; 5], None);
        assert_eq!(
            (same.class(0), same.legend()),
            (125, &{
                let mut bins = vec![0; BINS];
                bins[BINS / 2] = 5;
                Legend::Range { range: 2.0..=2.0, bins, unknown: 0 }
            })
        );
        let mostly: Vec<f32> = (0..500).map(|i| if i == 7 { 3.0 } else { 0.0 }).collect();
        let Legend::Range { range, .. } = MapColors::number(&mostly, None).legend().clone() else { panic!() };
        assert_eq!(range, 0.0..=3.0);
        assert!(
            matches!(MapColors::number(&[], None).legend(), Legend::Range { range, .. } if *range == (0.0..=1.0))
        );
    }

    #[test]
    fn real_codes_and_draws_have_their_colours() {
        let colors = MapColors::populations(&[true, false, true]);
        let Legend::Classes(entries) = colors.legend() else { panic!() };
        assert_eq!((entries[0].count, entries[1].count), (1, 2));
        assert_eq!(colors.color(colors.class(0), theme::dark()), theme::dark().draws);
        assert_eq!(colors.color(colors.class(1), theme::dark()), theme::dark().real_codes);
    }
}
