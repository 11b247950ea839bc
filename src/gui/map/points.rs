//! The points of a map, with all that is worked out about them once.

use super::bounds::{Bounds, is_finite};
use super::index::GridIndex;

/// Points on a plane. They are numbered as they were given; those that are not finite keep their number and
/// are nowhere.
#[derive(Debug)]
pub struct MapPoints {
    xy: Vec<[f32; 2]>,
    bounds: Bounds,
    index: GridIndex,
    order: Vec<u32>,
    ordered_xy: Vec<[f32; 2]>,
    density: f64,
}

impl MapPoints {
    /// Indexes points: some ten milliseconds for half a million, so not in a frame.
    pub fn new(xy: Vec<[f32; 2]>) -> Self {
        let bounds = Bounds::around(xy.iter().copied()).with_area();
        let index = GridIndex::new(&xy, bounds);
        let mut order: Vec<u32> =
            (0u32..).zip(&xy).filter(|(_, point)| is_finite(point)).map(|(at, _)| at).collect();
        shuffle(&mut order);
        let ordered_xy = order.iter().map(|at| xy[*at as usize]).collect();
        let density = index.typical_density();
        MapPoints { xy, bounds, index, order, ordered_xy, density }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.xy.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.xy.is_empty()
    }

    /// Place of a point; none of a number that no point has, or of a place that is not finite.
    pub fn at(&self, point: u32) -> Option<[f32; 2]> {
        self.xy.get(point as usize).copied().filter(is_finite)
    }

    /// All places, in the order of the numbers.
    #[cfg(test)]
    pub fn xy(&self) -> &[[f32; 2]] {
        &self.xy
    }

    /// The rectangle around all points; its sides are longer than nothing.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Finite points and their places in a fixed order that has nothing to do with their numbers. Drawn in it no
    /// group always lies above another, and whoever comes first in it has the right of way.
    pub fn in_order(&self) -> impl Iterator<Item = (u32, [f32; 2])> + '_ {
        self.order.iter().copied().zip(self.ordered_xy.iter().copied())
    }

    /// Points in a unit square around a typical point.
    pub fn density(&self) -> f64 {
        self.density
    }

    /// The point nearest to a place within a radius, of those that `accept` lets pass.
    pub fn nearest(&self, at: [f32; 2], radius: f32, accept: impl Fn(u32) -> bool) -> Option<u32> {
        self.index.nearest(&self.xy, at, radius, accept)
    }

    /// Calls `each` for the points in a rectangle.
    pub fn in_rect(&self, rect: Bounds, each: impl FnMut(u32)) {
        self.index.in_rect(&self.xy, rect, each);
    }

    /// Calls `each` for the points in a closed polygon (by the even-odd rule).
    pub fn in_polygon(&self, polygon: &[[f32; 2]], each: impl FnMut(u32)) {
        self.index.in_polygon(&self.xy, polygon, each);
    }
}

/// Shuffles by Fisher and Yates; always alike.
fn shuffle(order: &mut [u32]) {
    let mut state = 0u64;
    for last in (1..order.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let other = (u128::from(mixed(state)) * (last as u128 + 1)) >> 64;
        order.swap(last, other as usize);
    }
}

/// The finaliser of SplitMix64.
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Points in `blobs` round heaps of different size, always alike; for tests and timing.
pub fn made_up(count: usize, blobs: usize) -> Vec<[f32; 2]> {
    let unit =
        |number: u64| (mixed(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 40) as f32 / (1u32 << 24) as f32;
    let normal = |number: u64| {
        let (length, turn) = (unit(2 * number).max(1e-7), unit(2 * number + 1) * std::f32::consts::TAU);
        let length = (-2.0 * length.ln()).sqrt();
        [length * turn.cos(), length * turn.sin()]
    };
    let blobs = blobs.max(1) as u64;
    (0..count as u64)
        .map(|number| {
            let blob = (unit(number + (3 << 40)).powi(2) * blobs as f32) as u64;
            let [x, y] = normal(blob + (1 << 40)).map(|v| 4.0 * v);
            let wide = 0.3 + unit(blob + (2 << 40));
            let [dx, dy] = normal(number);
            [x + wide * dx, y + wide * (0.4 * dy + 0.4 * (dx * 1.5).sin())]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_holds_every_finite_point_once_and_has_no_pattern() {
        let mut xy = made_up(5000, 4);
        xy[17] = [f32::NAN, 0.0];
        xy[18] = [0.0, f32::INFINITY];
        let points = MapPoints::new(xy);
        let mut seen: Vec<u32> = points.in_order().map(|(at, _)| at).collect();
        let early = seen[..2499].iter().filter(|at| **at < 2500).count();
        assert!((1150..1350).contains(&early), "{early}");
        seen.sort();
        let all: Vec<u32> = (0..5000).filter(|at| ![17, 18].contains(at)).collect();
        assert_eq!(seen, all);
        assert_eq!((points.at(17), points.at(5000)), (None, None));
    }

    #[test]
    fn bounds_bear_no_points_and_points_in_one_place() {
        for xy in [Vec::new(), vec![[3.0, 4.0]; 10], vec![[f32::NAN; 2]], vec![[1e6, 0.0], [1e6, 1.0]]] {
            let points = MapPoints::new(xy);
            let [width, height] = points.bounds().size();
            assert!(width > 0.0 && height > 0.0 && points.density().is_finite(), "{points:?}");
        }
    }

    #[test]
    fn the_density_is_that_of_an_even_square() {
        let side = 200;
        let xy = (0..side * side).map(|i| [(i % side) as f32 / 10.0, (i / side) as f32 / 10.0]).collect();
        let density = MapPoints::new(xy).density();
        assert!((60.0..140.0).contains(&density), "{density}");
    }
}
