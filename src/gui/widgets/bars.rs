//! Any number of bars side by side, sorted by their height: where they would be narrower than can be seen,
//! neighbours share one.

use std::ops::Range;

/// Least width of a bar with the gap after it, in points.
const LEAST_PITCH: f32 = 3.0;
/// Largest width of a bar with its gap, in points: eight bars need not fill a wide window.
const MOST_PITCH: f32 = 60.0;

/// Where bars stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarLayout {
    /// Number of values.
    values: usize,
    /// Number of bars that are shown.
    columns: usize,
    /// Points from one bar to the next.
    pub pitch: f32,
}

impl BarLayout {
    /// Bars for this many values over a width.
    pub fn over(width: f32, values: usize) -> Self {
        let room = (width / LEAST_PITCH).floor().max(1.0) as usize;
        let columns = values.clamp(1, room);
        BarLayout { values, columns, pitch: (width / columns as f32).min(MOST_PITCH) }
    }

    /// Number of bars that are shown.
    pub fn columns(&self) -> usize {
        if self.values == 0 { 0 } else { self.columns }
    }

    /// The ranks that share a bar: one each, unless there are too many.
    pub fn ranks(&self, column: usize) -> Range<usize> {
        let edge = |column: usize| column * self.values / self.columns;
        edge(column)..edge(column + 1)
    }

    /// The bar at this distance from the left, in points.
    pub fn column_at(&self, x: f32) -> Option<usize> {
        let column = (x / self.pitch).floor();
        (column >= 0.0 && (column as usize) < self.columns()).then_some(column as usize)
    }

    /// Points from the left to where the bar of a rank begins.
    pub fn left_of(&self, rank: usize) -> f32 {
        let column = (0..self.columns()).find(|column| self.ranks(*column).end > rank);
        column.unwrap_or(self.columns()) as f32 * self.pitch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_in_one_bar_from_8_to_4096() {
        for values in [1, 8, 32, 128, 200, 201, 512, 4096] {
            let layout = BarLayout::over(600.0, values);
            let mut next = 0;
            for column in 0..layout.columns() {
                let ranks = layout.ranks(column);
                assert!(ranks.start == next && !ranks.is_empty(), "{values}: {ranks:?}");
                next = ranks.end;
            }
            assert_eq!(next, values);
            assert!(layout.columns() as f32 * layout.pitch <= 600.01);
            assert!(layout.pitch >= LEAST_PITCH - 0.01, "{values}: {}", layout.pitch);
        }
        assert_eq!(BarLayout::over(600.0, 200).columns(), 200);
        assert_eq!(BarLayout::over(600.0, 4096).ranks(0), 0..20);
        assert_eq!(BarLayout::over(600.0, 0).columns(), 0);
    }

    #[test]
    fn the_pointer_finds_the_bar_it_is_over() {
        let layout = BarLayout::over(600.0, 30);
        assert_eq!(layout.column_at(0.0), Some(0));
        assert_eq!(layout.column_at(layout.left_of(7) + 0.1), Some(7));
        assert_eq!(layout.column_at(599.9), Some(29));
        assert_eq!((layout.column_at(600.1), layout.column_at(-1.0)), (None, None));
        assert_eq!(BarLayout::over(600.0, 8).column_at(500.0), None, "few bars keep to the left");
    }
}
