//! One map turned onto another: the orthogonal Procrustes problem (Schönemann 1966,
//! <https://doi.org/10.1007/BF02289451>) in the plane, in closed form. Sizes stay, so that a map that shrinks is seen
//! to.

/// A rotation or reflection about a centre, and where the centre goes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Alignment {
    from: [f64; 2],
    to: [f64; 2],
    /// Rows of the orthogonal matrix.
    turn: [[f64; 2]; 2],
}

impl Alignment {
    /// Leaves every point where it is.
    const NONE: Alignment = Alignment { from: [0.0; 2], to: [0.0; 2], turn: [[1.0, 0.0], [0.0, 1.0]] };

    /// The one that brings `points` nearest to `onto`, see [`align`].
    fn between(points: &[[f32; 2]], onto: &[[f32; 2]]) -> Self {
        let n = points.len().min(onto.len());
        if n == 0 {
            return Self::NONE;
        }
        let (points, onto) = (&points[..n], &onto[..n]);
        let (from, to) = (centre(points), centre(onto));
        let mut products = [[0.0; 2]; 2];
        for (point, other) in points.iter().zip(onto) {
            for (row, products) in products.iter_mut().enumerate() {
                for (column, product) in products.iter_mut().enumerate() {
                    *product += (f64::from(other[row]) - to[row]) * (f64::from(point[column]) - from[column]);
                }
            }
        }
        let [[a, b], [c, d]] = products;
        // Sums of the products that the best rotation and the best reflection reach.
        let (rotation, reflection) = ((a + d).hypot(c - b), (a - d).hypot(b + c));
        let turn = if rotation >= reflection && rotation > 0.0 {
            let (cos, sin) = ((a + d) / rotation, (c - b) / rotation);
            [[cos, -sin], [sin, cos]]
        } else if reflection > 0.0 {
            let (cos, sin) = ((a - d) / reflection, (b + c) / reflection);
            [[cos, sin], [sin, -cos]]
        } else {
            Self::NONE.turn
        };
        Self { from, to, turn }
    }

    /// The place that a point gets.
    fn apply(&self, point: [f32; 2]) -> [f32; 2] {
        let gap = [f64::from(point[0]) - self.from[0], f64::from(point[1]) - self.from[1]];
        let along = |row: usize| self.turn[row][0] * gap[0] + self.turn[row][1] * gap[1] + self.to[row];
        [along(0) as f32, along(1) as f32]
    }
}

/// All of `points` turned and moved so that each comes as near to the one of the same number in `onto` as they all can,
/// in the sum of squares. Points without a partner say nothing; without any pair nothing moves.
pub fn align(points: &[[f32; 2]], onto: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let alignment = Alignment::between(points, onto);
    points.iter().map(|point| alignment.apply(*point)).collect()
}

fn centre(points: &[[f32; 2]]) -> [f64; 2] {
    [0, 1].map(|axis| points.iter().map(|point| f64::from(point[axis])).sum::<f64>() / points.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::standard_normal;

    #[test]
    fn a_turn_a_reflection_and_a_shift_are_undone() {
        let noise = standard_normal(1, 0, 200);
        let onto: Vec<[f32; 2]> = noise.chunks_exact(2).map(|p| [2.0 * p[0] + 1.0, p[1] - 4.0]).collect();
        for (angle, mirror) in [(0.0f32, 1.0), (1.0, 1.0), (2.5, -1.0), (-3.0, -1.0)] {
            let (sin, cos) = angle.sin_cos();
            let turned =
                |[x, y]: [f32; 2]| [cos * x * mirror - sin * y + 7.0, sin * x * mirror + cos * y - 30.0];
            let points: Vec<[f32; 2]> = onto.iter().map(|point| turned(*point)).collect();
            for (found, wanted) in align(&points, &onto).iter().zip(&onto) {
                assert!((0..2).all(|axis| (found[axis] - wanted[axis]).abs() < 1e-4));
            }
            // The size is left alone: of a map that shrank to a half, the points stay half as far apart.
            let half: Vec<[f32; 2]> = points.iter().map(|point| point.map(|v| v / 2.0)).collect();
            let found = align(&half, &onto);
            let apart =
                |points: &[[f32; 2]]| (points[0][0] - points[1][0]).hypot(points[0][1] - points[1][1]);
            assert!((apart(&found) / apart(&onto) - 0.5).abs() < 1e-4);
        }
    }

    #[test]
    fn no_pairs_and_equal_points_do_no_harm() {
        assert_eq!(align(&[[1.0, 2.0]], &[]), [[1.0, 2.0]]);
        assert_eq!(align(&[[1.0, 2.0]; 3], &[[5.0, 5.0]; 3]), [[5.0, 5.0]; 3]);
        assert_eq!(align(&[[1.0, 2.0], [3.0, 2.0]], &[[0.0, 0.0]]), [[0.0, 0.0], [2.0, 0.0]]);
    }
}
