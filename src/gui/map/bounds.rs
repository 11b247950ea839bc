//! Upright rectangles of the plane.

/// An upright rectangle of the map's plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Least of each coordinate.
    pub min: [f32; 2],
    /// Greatest of each coordinate.
    pub max: [f32; 2],
}

impl Bounds {
    /// The rectangle around finite points; a unit square around zero where there are none.
    pub fn around(points: impl IntoIterator<Item = [f32; 2]>) -> Self {
        let mut bounds = Bounds { min: [f32::INFINITY; 2], max: [f32::NEG_INFINITY; 2] };
        for point in points.into_iter().filter(is_finite) {
            for (axis, value) in point.into_iter().enumerate() {
                bounds.min[axis] = bounds.min[axis].min(value);
                bounds.max[axis] = bounds.max[axis].max(value);
            }
        }
        if bounds.min[0] > bounds.max[0] { Bounds { min: [-0.5; 2], max: [0.5; 2] } } else { bounds }
    }

    /// The rectangle of two opposite corners.
    pub fn of_corners(a: [f32; 2], b: [f32; 2]) -> Self {
        Self::around([a, b])
    }

    /// Lengths of the sides.
    pub fn size(&self) -> [f32; 2] {
        [self.max[0] - self.min[0], self.max[1] - self.min[1]]
    }

    /// The point in the middle.
    pub fn center(&self) -> [f32; 2] {
        [0, 1].map(|axis| self.min[axis] + (self.max[axis] - self.min[axis]) / 2.0)
    }

    /// The rectangle with so much added on every side.
    pub fn expand(&self, by: f32) -> Self {
        Bounds { min: self.min.map(|v| v - by), max: self.max.map(|v| v + by) }
    }

    /// Whether a point lies in it or on its edge.
    #[inline]
    pub fn contains(&self, [x, y]: [f32; 2]) -> bool {
        x >= self.min[0] && x <= self.max[0] && y >= self.min[1] && y <= self.max[1]
    }

    /// The rectangle with sides that are not nothing, so that it can be divided by them.
    pub(super) fn with_area(self) -> Self {
        let [width, height] = self.size();
        let least = (width.max(height) * 1e-3).max(self.max.map(f32::abs)[0].max(1.0) * 1e-5);
        let grow = |side: f32| if side < least { least / 2.0 } else { 0.0 };
        let (x, y) = (grow(width), grow(height));
        Bounds { min: [self.min[0] - x, self.min[1] - y], max: [self.max[0] + x, self.max[1] + y] }
    }
}

/// Whether a place is somewhere.
pub(super) fn is_finite(point: &[f32; 2]) -> bool {
    point.iter().all(|value| value.is_finite())
}
