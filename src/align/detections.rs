//! Faces that are kept of those that the network sees.

use crate::crop::TurnedSquare;
use crate::models::FaceBox;

/// Overlap, over the union, from which on two boxes are of one face; MediaPipe's.
const OVERLAP: f32 = 0.3;

/// A face in pixels of a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// As in [`FaceBox`].
    pub score: f32,
    /// Middle of its box.
    pub center: [f64; 2],
    /// Width and height of its box, along the axes of the square that was looked at.
    pub size: [f64; 2],
    /// As in [`FaceBox`].
    pub points: [[f64; 2]; 6],
}

impl Detection {
    /// A face of a picture that shows this square of the photo.
    pub fn placed(face: &FaceBox, square: TurnedSquare) -> Self {
        let (sin, cos) = square.degrees.to_radians().sin_cos();
        let place = |[x, y]: [f32; 2]| {
            let [u, v] = [x, y].map(|part| (f64::from(part) - 0.5) * square.side);
            [square.center[0] + u * cos - v * sin, square.center[1] + u * sin + v * cos]
        };
        Detection {
            score: face.score,
            center: place(face.center),
            size: face.size.map(|part| f64::from(part) * square.side),
            points: face.points.map(place),
        }
    }

    /// Its mirror image in a photo of this width.
    pub fn mirrored(&self, width: f64) -> Self {
        let turn = |[x, y]: [f64; 2]| [width - x, y];
        Detection { center: turn(self.center), points: other_side(self.points.map(turn)), ..*self }
    }

    /// The mean of some; none of none.
    pub fn mean(faces: &[Detection]) -> Option<Self> {
        let mut mean = *faces.first()?;
        let parts = 1.0 / faces.len() as f64;
        let pair = |of: &dyn Fn(&Detection) -> [f64; 2]| {
            [0, 1].map(|axis| faces.iter().map(|face| of(face)[axis] * parts).sum())
        };
        mean.center = pair(&|face| face.center);
        mean.size = pair(&|face| face.size);
        mean.points = std::array::from_fn(|point| pair(&|face| face.points[point]));
        mean.score = faces.iter().map(|face| face.score).sum::<f32>() * parts as f32;
        Some(mean)
    }
}

/// Boxes that overlap as one, the mean of all weighted by their scores, with the best of these: MediaPipe's weighted
/// suppression. The best comes first.
pub(super) fn merged(faces: &[FaceBox]) -> Vec<FaceBox> {
    let mut rest = faces.to_vec();
    rest.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    rest.reverse();
    while let Some(best) = rest.pop() {
        let (mut one, others) =
            rest.into_iter().partition::<Vec<_>, _>(|face| overlap(&best, face) > OVERLAP);
        rest = others;
        one.push(best);
        let total: f32 = one.iter().map(|face| face.score).sum();
        let mean = |of: &dyn Fn(&FaceBox) -> [f32; 2]| {
            [0, 1].map(|axis| one.iter().map(|face| of(face)[axis] * face.score).sum::<f32>() / total)
        };
        merged.push(FaceBox {
            score: best.score,
            center: mean(&|face| face.center),
            size: mean(&|face| face.size),
            points: std::array::from_fn(|point| mean(&|face| face.points[point])),
        });
    }
    merged
}

/// Faces that do not lie on a better one. A box at the edge of a tile shows half a face; the whole one, in another
/// tile, is larger.
pub(super) fn without_doubles(mut faces: Vec<Detection>) -> Vec<Detection> {
    let worth = |face: &Detection| f64::from(face.score) * face.size[0].max(1.0).ln();
    faces.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    let mut kept: Vec<Detection> = Vec::new();
    for face in faces {
        let on = |other: &Detection| {
            let reach = 0.4 * other.size[0].max(face.size[0]);
            (other.center[0] - face.center[0]).hypot(other.center[1] - face.center[1]) < reach
        };
        if !kept.iter().any(on) {
            kept.push(face);
        }
    }
    kept
}

/// A face of a mirrored picture in the picture.
pub(super) fn mirrored(face: &FaceBox) -> FaceBox {
    let turn = |[x, y]: [f32; 2]| [1.0 - x, y];
    FaceBox { center: turn(face.center), points: other_side(face.points.map(turn)), ..*face }
}

/// The points of a mirrored face under the names that they have then.
fn other_side<T>([left_eye, right_eye, nose, mouth, left_ear, right_ear]: [T; 6]) -> [T; 6] {
    [right_eye, left_eye, nose, mouth, right_ear, left_ear]
}

fn overlap(a: &FaceBox, b: &FaceBox) -> f32 {
    let shared = [0, 1].map(|axis| {
        let low = (a.center[axis] - a.size[axis] / 2.0).max(b.center[axis] - b.size[axis] / 2.0);
        let high = (a.center[axis] + a.size[axis] / 2.0).min(b.center[axis] + b.size[axis] / 2.0);
        (high - low).max(0.0)
    });
    let area = |face: &FaceBox| face.size[0].max(0.0) * face.size[1].max(0.0);
    let shared = shared[0] * shared[1];
    let union = area(a) + area(b) - shared;
    if union > 0.0 { shared / union } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(score: f32, x: f32, side: f32) -> FaceBox {
        let points = std::array::from_fn(|point| [x + point as f32 / 100.0, 0.5]);
        FaceBox { score, center: [x, 0.5], size: [side; 2], points }
    }

    #[test]
    fn boxes_of_one_face_are_averaged_by_their_scores() {
        let found =
            merged(&[face(0.6, 0.3, 0.2), face(0.9, 0.32, 0.2), face(0.8, 0.7, 0.2), face(0.7, 0.9, 0.0)]);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].score, 0.9);
        assert!((found[0].center[0] - (0.6 * 0.3 + 0.9 * 0.32) / 1.5).abs() < 1e-6);
        assert_eq!((found[1].score, found[1].center[0]), (0.8, 0.7));
        assert!(merged(&[]).is_empty());
    }

    #[test]
    fn a_face_is_placed_where_the_square_lies_and_mirroring_swaps_its_sides() {
        let square = TurnedSquare { center: [100.0, 50.0], side: 40.0, degrees: 90.0 };
        let placed = Detection::placed(&face(0.9, 0.75, 0.5), square);
        // To the right in the square is down in the photo.
        assert!((placed.center[0] - 100.0).abs() < 1e-9 && (placed.center[1] - 60.0).abs() < 1e-9);
        assert_eq!(placed.size, [20.0; 2]);
        let other = mirrored(&face(0.9, 0.75, 0.5));
        assert_eq!(other.center, [0.25, 0.5]);
        assert!((other.points[0][0] - 0.24).abs() < 1e-6, "the right eye has become the left one");
        assert!((mirrored(&other).points[1][0] - 0.76).abs() < 1e-6);
        let mean = Detection::mean(&[placed, Detection { center: [0.0; 2], ..placed }]).unwrap();
        assert!((mean.center[1] - 30.0).abs() < 1e-9 && mean.points == placed.points);
        assert_eq!(Detection::mean(&[]), None);
    }

    #[test]
    fn of_doubles_the_larger_and_surer_stays() {
        let square = TurnedSquare { center: [50.0; 2], side: 100.0, degrees: 0.0 };
        let at = |score, x, side| Detection::placed(&face(score, x, side), square);
        let kept = without_doubles(vec![at(0.9, 0.30, 0.05), at(0.9, 0.3, 0.2), at(0.9, 0.8, 0.1)]);
        assert_eq!(kept.iter().map(|face| face.size[0].round()).collect::<Vec<_>>(), [20.0, 10.0]);
    }
}
