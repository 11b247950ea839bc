//! Layout of the pictures of the Reconstruct screen: as large as the window allows.

use crate::gui::theme;

/// Largest side of a picture.
const LARGEST: f32 = 640.0;
/// Smallest side of a picture that is still looked at: beyond it the grid is scrolled.
const SMALLEST: f32 = 100.0;

/// Cells of equal size in rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Cells in a row.
    pub columns: usize,
    /// Side of a picture.
    pub side: f32,
}

impl Grid {
    /// The grid with the largest pictures for so many cells, whose words take `around` points beneath a picture. Where
    /// not all fit into the height, it is as wide as the room.
    pub fn fit(room: [f32; 2], cells: usize, around: f32) -> Self {
        let [width, height] = room;
        let cells = cells.max(1);
        let by_width = |columns: usize| (width + theme::GAP_LARGE) / columns as f32 - theme::GAP_LARGE;
        let side = |columns: usize| {
            let rows = cells.div_ceil(columns) as f32;
            by_width(columns).min((height + theme::GAP_LARGE) / rows - theme::GAP_LARGE - around)
        };
        let best = (1..=cells).max_by(|a, b| side(*a).total_cmp(&side(*b))).unwrap_or(1);
        if side(best) >= SMALLEST {
            return Grid { columns: best, side: side(best).min(LARGEST).floor() };
        }
        let columns = (1..=cells).rev().find(|columns| by_width(*columns) >= SMALLEST).unwrap_or(1);
        Grid { columns, side: by_width(columns).clamp(64.0, LARGEST).floor() }
    }

    /// Width of a row.
    pub fn width(self) -> f32 {
        self.columns as f32 * (self.side + theme::GAP_LARGE) - theme::GAP_LARGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_as_large_as_the_room_allows() {
        let two = Grid::fit([900.0, 500.0], 2, 60.0);
        assert_eq!((two.columns, two.side), (2, 440.0));
        let three = Grid::fit([2000.0, 1300.0], 3, 60.0);
        assert_eq!((three.columns, three.side), (3, 640.0));
        let ten = Grid::fit([730.0, 640.0], 10, 60.0);
        assert!(ten.side >= SMALLEST && ten.width() <= 730.0, "{ten:?}");
        let rows = 10usize.div_ceil(ten.columns) as f32;
        assert!(rows * (ten.side + 60.0 + theme::GAP_LARGE) - theme::GAP_LARGE <= 640.0, "{ten:?}");
    }

    #[test]
    fn a_grid_that_does_not_fit_uses_the_width_and_is_scrolled() {
        let many = Grid::fit([500.0, 300.0], 20, 60.0);
        assert!(many.side >= SMALLEST && many.width() <= 500.0, "{many:?}");
        assert_eq!(Grid::fit([10.0, 10.0], 3, 60.0), Grid { columns: 1, side: 64.0 });
    }
}
