//! Places for pictures of points, when the map is near enough that they can be told apart.
//!
//! Of two points whose pictures would overlap the one that comes first in the fixed order of the points has the right
//! of way, also over points beyond the edge, so that pictures neither flicker nor jump when the map is moved.

use eframe::egui::{Rect, Vec2, vec2};

use super::bounds::Bounds;
use super::marks::MapMarks;
use super::points::MapPoints;
use super::view::MapView;

/// Pictures that are shown at most.
pub const MOST: usize = 200;
/// Sides of the smallest and the largest picture, in points.
pub const SIDES: [f32; 2] = [24.0, 128.0];
/// Side of a picture for a point of distance between typical neighbours.
const SIDE_PER_DISTANCE: f32 = 2.6;
/// Points between two pictures.
const GAP: f32 = 3.0;
/// Distances around the screen from which points have the right of way.
const AROUND: f32 = 4.0;

/// Side of the pictures in a view, in points; none when it is too far away.
pub fn side(points: &MapPoints, view: &MapView) -> Option<f32> {
    let distance = view.scale / points.density().sqrt();
    let side = SIDE_PER_DISTANCE * distance as f32;
    (side >= SIDES[0]).then(|| side.min(SIDES[1]))
}

/// The points whose pictures are shown, those with the right of way first. Those that stand out come before all
/// others.
pub fn place(points: &MapPoints, marks: &MapMarks, view: &MapView, size: Vec2) -> Vec<u32> {
    let Some(side) = side(points, view) else { return Vec::new() };
    let rect = Rect::from_center_size(eframe::egui::Pos2::ZERO, size);
    // So far apart that no more fit in; this depends on the size of the screen alone, not on what it shows.
    let distance = (side + GAP).max((0.6 * size.x * size.y / MOST as f32).sqrt());
    let seen = view.part(rect, rect.expand(AROUND * distance));
    let shown = view.part(rect, rect.expand(side / 2.0));
    let cell = f64::from(distance) / view.scale;
    let mut taken = Taken::new(cell, seen);
    let mut placed = Vec::new();
    let layers: &[Option<bool>] = if marks.some_bright() { &[Some(true), Some(false)] } else { &[None] };
    for bright in layers {
        for (point, at) in points.in_order() {
            let counts = seen.contains(at)
                && marks.is_visible(point)
                && bright.is_none_or(|bright| marks.is_bright(point) == bright);
            if counts && taken.take(at) && shown.contains(at) {
                placed.push(point);
            }
        }
    }
    placed.truncate(MOST);
    placed
}

/// Squares that are taken, by the cell with their middle. Cells are as large as squares and lie at multiples of their
/// side, so that each holds at most one.
struct Taken {
    cell: f64,
    first: [i64; 2],
    columns: i64,
    rows: i64,
    squares: Vec<Option<[f32; 2]>>,
}

impl Taken {
    fn new(cell: f64, area: Bounds) -> Self {
        let at = |value: f32| (f64::from(value) / cell).floor() as i64;
        // A cell more on every side, so that each that is looked at has neighbours.
        let first = area.min.map(|value| at(value) - 1);
        let [columns, rows] = [0, 1].map(|axis| at(area.max[axis]) - first[axis] + 2);
        Taken { cell, first, columns, rows, squares: vec![None; (columns * rows) as usize] }
    }

    /// Takes the square around a place in the area if none overlaps it.
    fn take(&mut self, at: [f32; 2]) -> bool {
        let [column, row] = [0, 1].map(|i| (f64::from(at[i]) / self.cell).floor() as i64 - self.first[i]);
        let (columns, rows) = (column - 1..=column + 1, row - 1..=row + 1);
        if *columns.start() < 0
            || *columns.end() >= self.columns
            || *rows.start() < 0
            || *rows.end() >= self.rows
        {
            return false;
        }
        let overlaps =
            |other: &[f32; 2]| (0..2).all(|axis| f64::from((other[axis] - at[axis]).abs()) < self.cell);
        for row in rows {
            let from = (row * self.columns + columns.start()) as usize;
            if self.squares[from..from + 3].iter().flatten().any(overlaps) {
                return false;
            }
        }
        self.squares[(row * self.columns + column) as usize] = Some(at);
        true
    }
}

/// The square of a point's picture on the screen.
pub fn square(view: &MapView, rect: Rect, at: [f32; 2], side: f32) -> Rect {
    Rect::from_center_size(view.to_screen(rect, at), vec2(side, side))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::points::made_up;
    use eframe::egui::Pos2;

    const SIZE: Vec2 = vec2(900.0, 600.0);

    fn near_view(points: &MapPoints, side: f32) -> MapView {
        let scale = f64::from(side / SIDE_PER_DISTANCE) * points.density().sqrt();
        let (_, at) = points.in_order().next().unwrap();
        MapView { center: at.map(f64::from), scale }
    }

    #[test]
    fn pictures_do_not_overlap_and_are_few() {
        let points = MapPoints::new(made_up(20_000, 6));
        let none = MapMarks::default();
        for side in [24.0, 40.0, 90.0, 128.0] {
            let view = near_view(&points, side * 1.001);
            let placed = place(&points, &none, &view, SIZE);
            assert!(placed.len() > 3 && placed.len() <= MOST, "{side}: {}", placed.len());
            let rect = Rect::from_min_size(Pos2::ZERO, SIZE);
            let squares: Vec<Rect> =
                placed.iter().map(|p| square(&view, rect, points.at(*p).unwrap(), side)).collect();
            for (at, a) in squares.iter().enumerate() {
                assert!(squares[..at].iter().all(|b| !a.intersects(*b)), "{side}");
            }
        }
        let far = near_view(&points, 20.0);
        assert!(place(&points, &none, &far, SIZE).is_empty());
    }

    #[test]
    fn pictures_stay_when_the_map_is_moved() {
        let points = MapPoints::new(made_up(20_000, 6));
        let none = MapMarks::default();
        for side in [30.0, 70.0] {
            let mut view = near_view(&points, side);
            let mut before = place(&points, &none, &view, SIZE);
            for step in 0..20 {
                let old = view;
                view.pan(vec2(13.0, if step % 2 == 0 { 5.0 } else { -9.0 }));
                let after = place(&points, &none, &view, SIZE);
                let rect = Rect::from_min_size(Pos2::ZERO, SIZE);
                let both = |point: &&u32| {
                    let at = points.at(**point).unwrap();
                    rect.contains(old.to_screen(rect, at)) && rect.contains(view.to_screen(rect, at))
                };
                let kept: Vec<_> = before.iter().filter(both).collect();
                assert_eq!(kept, after.iter().filter(both).collect::<Vec<_>>());
                before = after;
            }
        }
    }

    #[test]
    fn what_stands_out_comes_first_and_hidden_points_have_none() {
        let points = MapPoints::new(made_up(20_000, 6));
        let view = near_view(&points, 60.0);
        let all = place(&points, &MapMarks::default(), &view, SIZE);
        let hidden = all[0];
        let marks = MapMarks::new(20_000, |p| p == hidden, |p| p % 7 == 3, |_| false);
        let placed = place(&points, &marks, &view, SIZE);
        assert!(!placed.contains(&hidden) && placed[0] % 7 == 3);
    }
}
