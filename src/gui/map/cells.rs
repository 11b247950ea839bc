//! A grid of cells over a map, for pictures decoded from places on it.

use eframe::egui::{Rect, TextureId, Vec2};

use super::bounds::Bounds;
use super::view::MapView;

/// Cells of a view at most.
const MOST: i64 = 4096;

/// A cell of the grid that lies at multiples of its side. Panning keeps cells, zooming by two replaces them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MapCell {
    /// The side is two to the power of this.
    pub level: i32,
    /// Cells from zero to the right.
    pub column: i64,
    /// Cells from zero upwards.
    pub row: i64,
}

impl MapCell {
    /// Length of a side.
    pub fn side(&self) -> f64 {
        f64::from(self.level).exp2()
    }

    /// The place in the middle.
    pub fn center(&self) -> [f32; 2] {
        [self.column, self.row].map(|at| ((at as f64 + 0.5) * self.side()) as f32)
    }

    /// The rectangle that it covers.
    pub fn bounds(&self) -> Bounds {
        let corner = |more: i64| [self.column, self.row].map(|at| ((at + more) as f64 * self.side()) as f32);
        Bounds { min: corner(0), max: corner(1) }
    }
}

/// A picture in a rectangle of the plane, beneath the dots.
#[derive(Clone, Copy, Debug)]
pub struct MapFace {
    /// The rectangle.
    pub bounds: Bounds,
    /// The picture.
    pub texture: TextureId,
}

/// The cells that a view of this size shows, each about `side` points wide; those in the middle first.
pub fn cells(view: &MapView, size: Vec2, side: f32) -> Vec<MapCell> {
    let level = (f64::from(side.max(1.0)) / view.scale).log2().round();
    if !level.is_finite() || level.abs() > 100.0 {
        return Vec::new();
    }
    let level = level as i32;
    let length = f64::from(level).exp2();
    let bounds = view.bounds(Rect::from_center_size(eframe::egui::Pos2::ZERO, size));
    let first = bounds.min.map(|v| (f64::from(v) / length).floor() as i64);
    let last = bounds.max.map(|v| (f64::from(v) / length).floor() as i64);
    if (last[0] - first[0] + 1).saturating_mul(last[1] - first[1] + 1) > MOST {
        return Vec::new();
    }
    let mut cells: Vec<MapCell> = (first[1]..=last[1])
        .flat_map(|row| (first[0]..=last[0]).map(move |column| MapCell { level, column, row }))
        .collect();
    let far = |cell: &MapCell| {
        let at = cell.center();
        (f64::from(at[0]) - view.center[0]).hypot(f64::from(at[1]) - view.center[1])
    };
    cells.sort_by(|a, b| far(a).total_cmp(&far(b)));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::vec2;

    #[test]
    fn cells_cover_the_view_and_stay_when_it_moves() {
        let size = vec2(800.0, 600.0);
        let mut view = MapView { center: [0.3, -7.1], scale: 37.0 };
        let before = cells(&view, size, 64.0);
        let wide = before[0].side() * view.scale;
        assert!((45.0..91.0).contains(&wide), "{wide}");
        let area: f64 = before.len() as f64 * wide * wide;
        assert!(area >= 800.0 * 600.0 && before[0].bounds().contains([0.3, -7.1]));
        view.pan(vec2(40.0, 10.0));
        let after = cells(&view, size, 64.0);
        let kept = after.iter().filter(|cell| before.contains(cell)).count();
        assert!(kept * 10 > after.len() * 8, "{kept} of {}", after.len());
        assert!(cells(&view, size, 1.0).is_empty());
    }
}
