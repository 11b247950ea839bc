//! Clusters of a map: hills of the density of its points.
//!
//! The density is a sum of Gaussians on a grid. Cells go to the hill that they climb to, from the densest on, and two
//! hills become one where the pass between them is nearly as high as the lower of them (Chazal, Guibas, Oudot, Skraba
//! 2013, "Persistence-based clustering in Riemannian manifolds", <https://doi.org/10.1145/2535927>).

use super::grid::GridIndex;

/// Most clusters.
pub const MOST_CLUSTERS: usize = 24;
/// Cells along the longer side of the map.
const CELLS: usize = 256;
/// Hills are one where the pass between them has more than this share of the lower one's height.
const PASS: f32 = 0.7;
/// Points where the density is below this share of their hill's height belong to none.
const FOOT: f32 = 0.1;
/// A cluster has at least this share of all points, and so many.
const LEAST_SHARE: f64 = 0.01;
const LEAST_POINTS: usize = 5;
/// Points whose distances to a neighbour are looked at for the bandwidth.
const LOOKED_AT: usize = 2000;

/// A cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cluster {
    /// Place of the greatest density.
    pub peak: [f32; 2],
    /// Points in it.
    pub size: usize,
}

/// Clusters of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    /// At most [`MOST_CLUSTERS`], the largest first.
    pub clusters: Vec<Cluster>,
    /// The cluster of each point, if it is in one.
    pub of: Vec<Option<u8>>,
}

/// Finds the clusters of a map. The bandwidth of the Gaussians is the median distance of a point to its k-th nearest
/// neighbour, k being half the root of their number and at least 5, and no less than two cells of the grid.
pub fn find(points: &[[f32; 2]]) -> Clusters {
    let none = Clusters { clusters: Vec::new(), of: vec![None; points.len()] };
    if points.len() < LEAST_POINTS || points.iter().flatten().any(|v| !v.is_finite()) {
        return none;
    }
    let raster = Raster::new(points, bandwidth(points));
    let hills = hills(&raster);
    let mut sizes = vec![0usize; raster.density.len()];
    let hill_of = |point: &[f32; 2]| {
        let cell = raster.cell(*point);
        let hill = hills[cell];
        (raster.density[cell] >= FOOT * raster.density[hill] && raster.density[cell] > 0.0).then_some(hill)
    };
    let of: Vec<Option<usize>> = points.iter().map(hill_of).collect();
    of.iter().flatten().for_each(|hill| sizes[*hill] += 1);
    let least = LEAST_POINTS.max((points.len() as f64 * LEAST_SHARE) as usize);
    let mut order: Vec<usize> = (0..sizes.len()).filter(|hill| sizes[*hill] >= least).collect();
    order.sort_by_key(|hill| (std::cmp::Reverse(sizes[*hill]), *hill));
    order.truncate(MOST_CLUSTERS);
    let mut number = vec![None; sizes.len()];
    order.iter().zip(0..).for_each(|(hill, at)| number[*hill] = Some(at));
    let cluster = |hill: &usize| Cluster { peak: raster.place(*hill), size: sizes[*hill] };
    Clusters {
        clusters: order.iter().map(cluster).collect(),
        of: of.iter().map(|hill| hill.and_then(|hill| number[hill])).collect(),
    }
}

fn bandwidth(points: &[[f32; 2]]) -> f64 {
    let index = GridIndex::new(points);
    let k = (((points.len() as f64).sqrt() / 2.0) as usize).max(5);
    let step = points.len().div_ceil(LOOKED_AT);
    // The point itself comes first.
    let last = |point: &[f32; 2]| index.nearest(*point, k + 1).last().map_or(0.0, |(_, distance)| *distance);
    let mut distances: Vec<f32> = points.iter().step_by(step).map(last).collect();
    distances.sort_by(f32::total_cmp);
    f64::from(distances[distances.len() / 2])
}

/// Density on a grid of square cells.
struct Raster {
    corner: [f64; 2],
    side: f64,
    columns: usize,
    /// Row after row.
    density: Vec<f32>,
}

impl Raster {
    fn new(points: &[[f32; 2]], bandwidth: f64) -> Self {
        let bounds = [0, 1].map(|axis| {
            let values = points.iter().map(|point| f64::from(point[axis]));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        });
        let longest = bounds.iter().map(|(low, high)| high - low).fold(0.0, f64::max);
        let side = if longest > 0.0 { longest / CELLS as f64 } else { 1.0 };
        let sigma = (bandwidth / side).clamp(2.0, CELLS as f64 / 8.0);
        // Room for a hill at the edge to fall off.
        let margin = sigma.ceil() as usize;
        let [columns, rows] = bounds.map(|(low, high)| ((high - low) / side) as usize + 1 + 2 * margin);
        let mut raster = Self {
            corner: bounds.map(|(low, _)| low - margin as f64 * side),
            side,
            columns,
            density: vec![0.0; columns * rows],
        };
        for point in points {
            let cell = raster.cell(*point);
            raster.density[cell] += 1.0;
        }
        let kernel = gaussian(sigma);
        raster.density = blurred(&raster.density, columns, &kernel);
        raster
    }

    fn rows(&self) -> usize {
        self.density.len() / self.columns
    }

    fn cell(&self, point: [f32; 2]) -> usize {
        let at = |axis: usize, cells: usize| {
            let at = (f64::from(point[axis]) - self.corner[axis]) / self.side;
            (at.max(0.0) as usize).min(cells - 1)
        };
        at(1, self.rows()) * self.columns + at(0, self.columns)
    }

    /// The middle of a cell.
    fn place(&self, cell: usize) -> [f32; 2] {
        let at = |axis: usize, at: usize| (self.corner[axis] + (at as f64 + 0.5) * self.side) as f32;
        [at(0, cell % self.columns), at(1, cell / self.columns)]
    }

    /// The cells around one.
    fn around(&self, cell: usize) -> impl Iterator<Item = usize> {
        let (column, row) = (cell % self.columns, cell / self.columns);
        let (columns, rows) = (self.columns, self.rows());
        let rows = row.saturating_sub(1)..=(row + 1).min(rows - 1);
        rows.flat_map(move |row| {
            let near = column.saturating_sub(1)..=(column + 1).min(columns - 1);
            near.map(move |column| row * columns + column)
        })
        .filter(move |other| *other != cell)
    }
}

/// The cell of the peak that each cell belongs to.
fn hills(raster: &Raster) -> Vec<usize> {
    const NOT_YET: usize = usize::MAX;
    let density = &raster.density;
    let mut order: Vec<usize> = (0..density.len()).collect();
    order.sort_by(|a, b| density[*b].total_cmp(&density[*a]).then(a.cmp(b)));
    // A forest over the cells, whose roots are peaks.
    let mut above = vec![NOT_YET; density.len()];
    for cell in order {
        let steepest = raster.around(cell).filter(|other| above[*other] != NOT_YET);
        let steepest = steepest.max_by(|a, b| density[*a].total_cmp(&density[*b]).then(b.cmp(a)));
        let Some(steepest) = steepest else {
            above[cell] = cell;
            continue;
        };
        above[cell] = root(&mut above, steepest);
        for other in raster.around(cell) {
            if above[other] == NOT_YET {
                continue;
            }
            let (own, other) = (root(&mut above, cell), root(&mut above, other));
            let higher = |a: usize, b: usize| density[a].total_cmp(&density[b]).then(b.cmp(&a)).is_gt();
            let (high, low) = if higher(own, other) { (own, other) } else { (other, own) };
            if high != low && density[cell] > PASS * density[low] {
                above[low] = high;
            }
        }
    }
    (0..density.len()).map(|cell| root(&mut above, cell)).collect()
}

fn root(above: &mut [usize], mut cell: usize) -> usize {
    while above[cell] != cell {
        above[cell] = above[above[cell]];
        cell = above[cell];
    }
    cell
}

fn gaussian(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let kernel: Vec<f64> =
        (-reach..=reach).map(|at| (-0.5 * (f64::from(at) / sigma).powi(2)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    kernel.iter().map(|v| (v / sum) as f32).collect()
}

/// Blurred along both axes.
fn blurred(values: &[f32], columns: usize, kernel: &[f32]) -> Vec<f32> {
    let along = |values: &[f32], columns: usize| {
        let rows = values.len() / columns;
        let reach = kernel.len() / 2;
        // Turned, so that the same once more does the other axis.
        let mut out = vec![0.0; values.len()];
        for (row, line) in values.chunks_exact(columns).enumerate() {
            for (column, value) in line.iter().enumerate().filter(|(_, value)| **value > 0.0) {
                for to in column.saturating_sub(reach)..(column + reach + 1).min(columns) {
                    out[to * rows + row] += value * kernel[to + reach - column];
                }
            }
        }
        out
    };
    let rows = values.len() / columns;
    along(&along(values, columns), rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::standard_normal;

    fn blobs(centres: &[([f32; 2], usize)], spread: f32) -> Vec<[f32; 2]> {
        let mut points = Vec::new();
        for (seed, (centre, n)) in centres.iter().enumerate() {
            let noise = standard_normal(seed as u64, 0, 2 * n);
            points.extend(
                noise.chunks_exact(2).map(|p| [centre[0] + spread * p[0], centre[1] + spread * p[1]]),
            );
        }
        points
    }

    #[test]
    fn blobs_are_clusters_and_the_largest_comes_first() {
        for spread in [0.3, 0.8] {
            let points = blobs(
                &[([0.0, 0.0], 300), ([6.0, 1.0], 900), ([-3.0, 7.0], 150), ([4.0, -6.0], 500)],
                spread,
            );
            let found = find(&points);
            assert_eq!(found.clusters.len(), 4, "{:?}", found.clusters);
            let blobs = [(300..1200, 0u8), (1350..1850, 1), (0..300, 2), (1200..1350, 3)];
            for (blob, number) in blobs {
                let own = &found.of[blob.clone()];
                let right = own.iter().filter(|of| **of == Some(number)).count();
                assert!(right as f64 > 0.85 * own.len() as f64, "{right} of {blob:?}");
                assert!(own.iter().all(|of| of.is_none_or(|of| of == number)));
                assert_eq!(found.clusters[usize::from(number)].size, right);
            }
            let peak = found.clusters[0].peak;
            assert!((peak[0] - 6.0).hypot(peak[1] - 1.0) < spread);
            assert_eq!(found, find(&points));
        }
    }

    #[test]
    fn one_blob_is_one_cluster_and_a_point_far_off_is_in_none() {
        let mut points = blobs(&[([0.0, 0.0], 2000)], 1.0);
        points.push([9.0, 9.0]);
        let found = find(&points);
        assert_eq!(found.clusters.len(), 1, "{:?}", found.clusters);
        assert_eq!(found.of[2000], None);
    }

    #[test]
    fn many_blobs_make_no_more_clusters_than_are_allowed() {
        let centres: Vec<([f32; 2], usize)> =
            (0..36u8).map(|at| ([f32::from(at % 6) * 10.0, f32::from(at / 6) * 10.0], 40)).collect();
        let found = find(&blobs(&centres, 0.7));
        assert_eq!(found.clusters.len(), MOST_CLUSTERS);
    }

    #[test]
    fn few_and_equal_points_do_no_harm() {
        assert_eq!(find(&[]), Clusters::default());
        assert_eq!(find(&[[1.0, 1.0]; 3]).of, [None; 3]);
        let equal = find(&[[1.0, 1.0]; 20]);
        assert_eq!((equal.clusters.len(), equal.clusters[0].size), (1, 20));
        assert!(find(&[[f32::NAN, 0.0]; 20]).clusters.is_empty());
        let line: Vec<[f32; 2]> = (0..100u8).map(|at| [f32::from(at), 0.0]).collect();
        assert!(find(&line).of.len() == 100);
    }
}
