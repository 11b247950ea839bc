//! An index of points on a plane: a uniform grid, whose cells hold about two of them.

/// Points in a cell, on average, and most cells of a side.
const PER_CELL: f64 = 2.0;
const MOST_CELLS: usize = 2048;

/// Points of a map, for the question which are near.
#[derive(Clone, Debug)]
pub struct GridIndex {
    points: Vec<[f32; 2]>,
    /// Corner of the smallest coordinates.
    corner: [f64; 2],
    /// Side of a cell.
    side: f64,
    cells: [usize; 2],
    /// Where in `order` the points of each cell begin, row after row, and their end.
    starts: Vec<u32>,
    order: Vec<u32>,
}

impl GridIndex {
    /// Sorts the points into cells.
    pub fn new(points: &[[f32; 2]]) -> Self {
        let bounds = [0, 1].map(|axis| {
            let values = points.iter().map(|point| f64::from(point[axis]));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        });
        let extent = bounds.map(|(low, high)| if high > low { high - low } else { 0.0 });
        let wanted = (points.len() as f64 / PER_CELL).max(1.0);
        // On a line the cells lie side by side.
        let longest = extent[0].max(extent[1]);
        let side = (extent[0] * extent[1] / wanted).sqrt().max(longest / MOST_CELLS as f64);
        let side = if side.is_finite() && side > 0.0 { side } else { 1.0 };
        let mut index = Self {
            points: points.to_vec(),
            corner: bounds.map(|(low, _)| if low.is_finite() { low } else { 0.0 }),
            side,
            cells: extent.map(|extent| ((extent / side) as usize + 1).min(MOST_CELLS + 1)),
            starts: Vec::new(),
            order: vec![0; points.len()],
        };
        let cells: Vec<usize> = points.iter().map(|point| index.number(index.cell(*point))).collect();
        let mut starts = vec![0u32; index.cells[0] * index.cells[1] + 1];
        cells.iter().for_each(|cell| starts[cell + 1] += 1);
        (1..starts.len()).for_each(|cell| starts[cell] += starts[cell - 1]);
        let mut next = starts.clone();
        for (point, cell) in cells.iter().enumerate() {
            index.order[next[*cell] as usize] = point as u32;
            next[*cell] += 1;
        }
        index.starts = starts;
        index
    }

    /// The `k` nearest points with their distances, the nearest first; fewer if there are fewer. Equally near ones in
    /// their order.
    pub fn nearest(&self, place: [f32; 2], k: usize) -> Vec<(u32, f32)> {
        let k = k.min(self.points.len());
        if k == 0 || place.iter().any(|v| !v.is_finite()) {
            return Vec::new();
        }
        let at = place.map(f64::from);
        let middle = self.cell(place);
        let far = self.cells[0].max(self.cells[1]);
        let mut found: Vec<(f64, u32)> = Vec::with_capacity(k + 1);
        for ring in 0..=far {
            // Whatever is beyond the rings that were seen is at least so far away.
            let least = (0..2)
                .flat_map(|axis| {
                    let low = self.corner[axis] + (middle[axis] as f64 - ring as f64 + 1.0) * self.side;
                    let high = self.corner[axis] + (middle[axis] as f64 + ring as f64) * self.side;
                    let below = middle[axis] + 1 > ring;
                    let above = middle[axis] + ring < self.cells[axis];
                    [below.then_some(at[axis] - low), above.then_some(high - at[axis])]
                })
                .flatten()
                .fold(f64::INFINITY, f64::min);
            if ring > 0 && found.len() == k && least > 0.0 && found[k - 1].0 <= least * least {
                break;
            }
            self.each_of_ring(middle, ring, |point| {
                let own = self.points[point as usize];
                let square = (at[0] - f64::from(own[0])).powi(2) + (at[1] - f64::from(own[1])).powi(2);
                let entry = (square, point);
                if found.len() < k || entry < found[k - 1] {
                    let place = found.partition_point(|other| *other < entry);
                    found.insert(place, entry);
                    found.truncate(k);
                }
            });
        }
        found
            .into_iter()
            .map(|(square, point)| (point, square.sqrt().min(f64::from(f32::MAX)) as f32))
            .collect()
    }

    /// The cell of a place, or the nearest one.
    fn cell(&self, place: [f32; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            let at = (f64::from(place[axis]) - self.corner[axis]) / self.side;
            (at.max(0.0) as usize).min(self.cells[axis] - 1)
        })
    }

    fn number(&self, [column, row]: [usize; 2]) -> usize {
        row * self.cells[0] + column
    }

    /// Points of the cells that are `ring` cells away from one.
    fn each_of_ring(&self, [column, row]: [usize; 2], ring: usize, mut see: impl FnMut(u32)) {
        let mut see_cells = |row: usize, first: usize, last: usize| {
            let cells = self.number([first, row])..=self.number([last, row]);
            let range = self.starts[*cells.start()] as usize..self.starts[*cells.end() + 1] as usize;
            self.order[range].iter().for_each(|point| see(*point));
        };
        let last = |axis: usize, at: usize| (at + ring).min(self.cells[axis] - 1);
        for other in row.saturating_sub(ring)..=last(1, row) {
            if other.abs_diff(row) == ring {
                see_cells(other, column.saturating_sub(ring), last(0, column));
                continue;
            }
            if let Some(left) = column.checked_sub(ring) {
                see_cells(other, left, left);
            }
            if ring > 0 && column + ring < self.cells[0] {
                see_cells(other, column + ring, column + ring);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::standard_normal;

    fn points(n: usize, seed: u64) -> Vec<[f32; 2]> {
        standard_normal(seed, 0, 2 * n).chunks_exact(2).map(|point| [point[0], 3.0 * point[1]]).collect()
    }

    fn one_by_one(points: &[[f32; 2]], place: [f32; 2], k: usize) -> Vec<u32> {
        let square = |point: u32| {
            let own = points[point as usize];
            (f64::from(place[0]) - f64::from(own[0])).powi(2)
                + (f64::from(place[1]) - f64::from(own[1])).powi(2)
        };
        let mut all: Vec<u32> = (0..points.len() as u32).collect();
        all.sort_by(|a, b| square(*a).total_cmp(&square(*b)).then(a.cmp(b)));
        all.truncate(k);
        all
    }

    #[test]
    fn they_are_those_of_a_search_one_by_one() {
        let line: Vec<[f32; 2]> = points(500, 1).iter().map(|point| [point[0], 2.0]).collect();
        let mut outlier = points(500, 2);
        outlier.push([1e4, -1e5]);
        for set in [points(3000, 3), points(7, 4), line, outlier, vec![[1.0, 1.0]; 9]] {
            let index = GridIndex::new(&set);
            for place in points(200, 5).into_iter().chain([[100.0, -3.0], [-7.0, 90.0], [9e3, -9e4]]) {
                for k in [1, 6] {
                    let found: Vec<u32> = index.nearest(place, k).iter().map(|(point, _)| *point).collect();
                    assert_eq!(found, one_by_one(&set, place, k), "{place:?}");
                }
            }
        }
        assert!(GridIndex::new(&[]).nearest([0.0, 0.0], 3).is_empty());
        assert!(GridIndex::new(&[[0.0, 0.0]]).nearest([f32::NAN, 0.0], 3).is_empty());
    }
}
