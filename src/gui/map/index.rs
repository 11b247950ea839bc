//! A uniform grid over points, to find those near a place, in a rectangle or in a polygon.

use std::ops::RangeInclusive;

use super::bounds::Bounds;

/// Points in a cell, on average.
const PER_CELL: usize = 4;
/// Cells at most.
const MOST_CELLS: usize = 1 << 18;

/// The points sorted by the cell of a grid that they lie in.
#[derive(Debug)]
pub struct GridIndex {
    bounds: Bounds,
    columns: usize,
    rows: usize,
    /// Where the points of each cell begin in `points`; one more than cells.
    starts: Vec<u32>,
    points: Vec<u32>,
}

impl GridIndex {
    /// Sorts the finite points within `bounds`, whose sides are longer than nothing.
    pub fn new(xy: &[[f32; 2]], bounds: Bounds) -> Self {
        let cells = (xy.len() / PER_CELL).clamp(1, MOST_CELLS) as f32;
        let [width, height] = bounds.size();
        let columns = ((cells * (width / height)).sqrt().round() as usize).clamp(1, cells as usize);
        let rows = ((cells / columns as f32).round() as usize).max(1);
        let mut index =
            GridIndex { bounds, columns, rows, starts: vec![0; columns * rows + 1], points: Vec::new() };
        let cell = |index: &Self, point: [f32; 2]| {
            bounds.contains(point).then(|| index.row(point[1]) * columns + index.column(point[0]))
        };
        // Counts, then sums, then each point into its place.
        for point in xy {
            if let Some(cell) = cell(&index, *point) {
                index.starts[cell + 1] += 1;
            }
        }
        for cell in 0..columns * rows {
            index.starts[cell + 1] += index.starts[cell];
        }
        let mut next = index.starts.clone();
        index.points = vec![0; index.starts.last().copied().unwrap_or(0) as usize];
        for (number, point) in (0u32..).zip(xy) {
            if let Some(cell) = cell(&index, *point) {
                index.points[next[cell] as usize] = number;
                next[cell] += 1;
            }
        }
        index
    }

    fn column(&self, x: f32) -> usize {
        let part = (x - self.bounds.min[0]) / (self.bounds.max[0] - self.bounds.min[0]);
        ((part * self.columns as f32) as usize).min(self.columns - 1)
    }

    fn row(&self, y: f32) -> usize {
        let part = (y - self.bounds.min[1]) / (self.bounds.max[1] - self.bounds.min[1]);
        ((part * self.rows as f32) as usize).min(self.rows - 1)
    }

    /// The points in the cells of a row.
    fn run(&self, row: usize, columns: RangeInclusive<usize>) -> &[u32] {
        let first = row * self.columns;
        let (from, to) = (self.starts[first + columns.start()], self.starts[first + columns.end() + 1]);
        &self.points[from as usize..to as usize]
    }

    /// Points in a unit square where a typical point lies: the median over all points.
    pub(super) fn typical_density(&self) -> f64 {
        let [width, height] = self.bounds.size().map(f64::from);
        let area = width * height / (self.columns * self.rows) as f64;
        let mut counts: Vec<u32> = self.starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        counts.sort_unstable();
        let (half, mut seen) = (self.points.len() / 2, 0);
        let typical = counts.into_iter().find(|count| {
            seen += *count as usize;
            seen > half
        });
        // A point sees the others of its cell.
        (f64::from(typical.unwrap_or(1)) - 1.0).max(0.5) / area
    }

    pub(super) fn nearest(
        &self,
        xy: &[[f32; 2]],
        at: [f32; 2],
        radius: f32,
        accept: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let mut found: Option<(f32, u32)> = None;
        self.in_rect(xy, Bounds { min: at, max: at }.expand(radius), |point| {
            let [x, y] = xy[point as usize];
            let far = (x - at[0]).powi(2) + (y - at[1]).powi(2);
            let nearer = far <= radius * radius && found.is_none_or(|best| (far, point) < best);
            if nearer && accept(point) {
                found = Some((far, point));
            }
        });
        found.map(|(_, point)| point)
    }

    pub(super) fn in_rect(&self, xy: &[[f32; 2]], rect: Bounds, mut each: impl FnMut(u32)) {
        let apart = (0..2).any(|axis| {
            // The form that is true of NaN too.
            !(rect.max[axis] >= self.bounds.min[axis] && rect.min[axis] <= self.bounds.max[axis])
        });
        if apart {
            return;
        }
        let columns = self.column(rect.min[0])..=self.column(rect.max[0]);
        for row in self.row(rect.min[1])..=self.row(rect.max[1]) {
            let inside = self.run(row, columns.clone()).iter().copied();
            inside.filter(|point| rect.contains(xy[*point as usize])).for_each(&mut each);
        }
    }

    pub(super) fn in_polygon(&self, xy: &[[f32; 2]], polygon: &[[f32; 2]], mut each: impl FnMut(u32)) {
        if polygon.len() < 3 || polygon.iter().flatten().any(|value| !value.is_finite()) {
            return;
        }
        let around = Bounds::around(polygon.iter().copied());
        let bounds = self.bounds;
        if around.max[1] < bounds.min[1] || around.min[1] > bounds.max[1] {
            return;
        }
        let edges: Vec<Edge> = (0..polygon.len())
            .map(|at| Edge { a: polygon[at], b: polygon[(at + 1) % polygon.len()] })
            .collect();
        let rows = self.row(around.min[1])..=self.row(around.max[1]);
        // Few edges reach into a row, and only cells that one of them passes have to be looked at point by point.
        let mut by_row = vec![Vec::new(); rows.end() - rows.start() + 1];
        for edge in &edges {
            let (low, high) = (edge.a[1].min(edge.b[1]), edge.a[1].max(edge.b[1]));
            if high >= bounds.min[1] && low <= bounds.max[1] {
                let reached = self.row(low)..=self.row(high);
                reached.for_each(|row| by_row[row - rows.start()].push(*edge));
            }
        }
        let height = bounds.size()[1] / self.rows as f32;
        for (row, edges) in rows.zip(&by_row) {
            let low = bounds.min[1] + row as f32 * height;
            let mut passed: Vec<(usize, usize)> =
                edges.iter().map(|edge| self.columns_of(edge, low, low + height)).collect();
            passed.sort_unstable();
            let mut next = 0;
            for (from, to) in passed {
                if from > next {
                    self.between(xy, row, next..=from - 1, edges, &mut each);
                }
                let from = from.max(next);
                if to >= from {
                    let near = self.run(row, from..=to).iter().copied();
                    near.filter(|point| inside(edges, xy[*point as usize])).for_each(&mut each);
                    next = to + 1;
                }
            }
        }
    }

    /// Cells that no edge passes: all of them lie in the polygon, or none.
    fn between(
        &self,
        xy: &[[f32; 2]],
        row: usize,
        columns: RangeInclusive<usize>,
        edges: &[Edge],
        each: &mut impl FnMut(u32),
    ) {
        let run = self.run(row, columns);
        if run.first().is_some_and(|first| inside(edges, xy[*first as usize])) {
            run.iter().copied().for_each(each);
        }
    }

    /// First and last column that an edge touches between two heights, and one more at each side for rounding.
    fn columns_of(&self, edge: &Edge, low: f32, high: f32) -> (usize, usize) {
        let (bottom, top) = if edge.a[1] < edge.b[1] { (edge.a, edge.b) } else { (edge.b, edge.a) };
        let rise = top[1] - bottom[1];
        let at = |y: f32, level: f32| {
            let part = if rise > 0.0 { ((y - bottom[1]) / rise).clamp(0.0, 1.0) } else { level };
            bottom[0] + (top[0] - bottom[0]) * part
        };
        let (p, q) = (self.column(at(low, 0.0)), self.column(at(high, 1.0)));
        (p.min(q).saturating_sub(1), (p.max(q) + 1).min(self.columns - 1))
    }
}

#[derive(Clone, Copy)]
struct Edge {
    a: [f32; 2],
    b: [f32; 2],
}

/// Whether a ray to the right crosses an odd number of edges.
fn inside(edges: &[Edge], [x, y]: [f32; 2]) -> bool {
    let crosses = |edge: &&Edge| {
        (edge.a[1] > y) != (edge.b[1] > y)
            && x < edge.a[0] + (edge.b[0] - edge.a[0]) * ((y - edge.a[1]) / (edge.b[1] - edge.a[1]))
    };
    edges.iter().filter(crosses).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::points::{MapPoints, made_up};

    fn sorted(visit: impl FnOnce(&mut dyn FnMut(u32))) -> Vec<u32> {
        let mut found = Vec::new();
        visit(&mut |point| found.push(point));
        found.sort();
        found
    }

    #[test]
    fn picking_agrees_with_looking_at_every_point() {
        let xy = made_up(4000, 7);
        let points = MapPoints::new(xy.clone());
        for (number, at) in made_up(200, 3).into_iter().enumerate() {
            let radius = 0.02 * (1 + number % 40) as f32;
            let far = |p: &[f32; 2]| (p[0] - at[0]).powi(2) + (p[1] - at[1]).powi(2);
            let even = |point: u32| point.is_multiple_of(2);
            let wanted = (0u32..).zip(&xy).filter(|(i, p)| even(*i) && far(p) <= radius * radius);
            let wanted = wanted.min_by(|a, b| far(a.1).total_cmp(&far(b.1))).map(|(i, _)| i);
            assert_eq!(points.nearest(at, radius, even), wanted);
            let rect = Bounds { min: at, max: [at[0] + radius, at[1] + 3.0 * radius] };
            let wanted: Vec<u32> =
                (0u32..).zip(&xy).filter(|(_, p)| rect.contains(**p)).map(|(i, _)| i).collect();
            assert_eq!(sorted(|each| points.in_rect(rect, each)), wanted);
        }
    }

    #[test]
    fn a_lasso_agrees_with_looking_at_every_point() {
        let xy = made_up(4000, 7);
        let points = MapPoints::new(xy.clone());
        for (number, start) in made_up(60, 2).into_iter().enumerate() {
            // Stars and tangles, some far larger than the map.
            let corners = 3 + number % 30;
            let mut polygon: Vec<[f32; 2]> = (made_up(corners + number, 5).into_iter().skip(number))
                .enumerate()
                .map(|(corner, p)| {
                    let turn = corner as f32 / corners as f32 * std::f32::consts::TAU;
                    let far = if number % 3 == 0 { 1.0 + p[0].abs() } else { 0.2 * p[0] + number as f32 };
                    [start[0] + far * turn.cos(), start[1] + far * turn.sin()]
                })
                .collect();
            if number % 5 == 0 {
                let [x, y] = start;
                polygon = vec![[x, y], [x + 2.0, y], [x + 2.0, y + 1.3], [x, y + 1.3]];
            }
            let corners = polygon.len();
            let edges: Vec<Edge> =
                (0..corners).map(|i| Edge { a: polygon[i], b: polygon[(i + 1) % corners] }).collect();
            let wanted: Vec<u32> =
                (0u32..).zip(&xy).filter(|(_, p)| inside(&edges, **p)).map(|(i, _)| i).collect();
            assert_eq!(sorted(|each| points.in_polygon(&polygon, each)), wanted, "{number}");
        }
        assert!(sorted(|each| points.in_polygon(&[[0.0, 0.0], [1.0, 1.0]], each)).is_empty());
    }

    #[test]
    fn nothing_is_found_among_no_points_or_far_away() {
        let none = MapPoints::new(Vec::new());
        assert_eq!(none.nearest([0.0, 0.0], 10.0, |_| true), None);
        let points = MapPoints::new(vec![[0.0, 0.0], [f32::NAN, 1.0], [1.0, 1.0]]);
        assert_eq!(points.nearest([9.0, 9.0], 1.0, |_| true), None);
        assert_eq!(points.nearest([f32::NAN, 9.0], 1.0, |_| true), None);
        assert_eq!(points.nearest([0.9, 0.9], 1.0, |_| true), Some(2));
    }
}
