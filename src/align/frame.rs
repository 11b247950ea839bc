//! The square of FFHQ around a face.
//!
//! Karras et al. 2019 (arXiv:1812.04948; `recreate_aligned_images` of NVlabs/ffhq-dataset) lay it by the eyes and the
//! mouth as dlib finds them. The network's points are others, and they follow the turning of a head in other ways, so
//! that a linear map of all of them, in the frame of the square that the formula gives, says how that is to be moved,
//! sized and turned. It is fitted to pictures of FFHQ, where the right square is the whole picture.

use serde::{Deserialize, Serialize};

use super::detections::Detection;
use crate::crop::TurnedSquare;

/// Numbers that the map takes: the middle and the size of the box, six points, 1.
pub const INPUTS: usize = 17;

/// The map from points to squares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// For the shift to the right and down in sides of the formula's square, the logarithm of its factor, and the
    /// degrees that it is turned clockwise: weights of the numbers that [`Frame::inputs`] gives.
    pub weights: [[f64; INPUTS]; 4],
}

impl Frame {
    /// The one inside the program. Errors: a sentence, if it is damaged.
    pub fn shipped() -> Result<Self, String> {
        serde_json::from_str(include_str!("../../models/ffhq-frame.json"))
            .map_err(|error| format!("its map to FFHQ's squares is damaged: {error}"))
    }

    /// FFHQ's square around a face.
    pub fn square(&self, face: &Detection) -> TurnedSquare {
        let plain = Self::plain_square(face);
        let inputs = Self::inputs(face, plain);
        let [right, down, size, degrees] = self
            .weights
            .map(|row| row.iter().zip(&inputs).map(|(weight, value)| weight * value).sum::<f64>());
        let (sin, cos) = plain.degrees.to_radians().sin_cos();
        let [x, y] = [right * plain.side, down * plain.side];
        TurnedSquare {
            center: [plain.center[0] + x * cos - y * sin, plain.center[1] + x * sin + y * cos],
            side: plain.side * size.exp(),
            degrees: plain.degrees + degrees,
        }
    }

    /// The square that FFHQ's formula gives for the network's points.
    pub fn plain_square(face: &Detection) -> TurnedSquare {
        let [left, right, _, mouth, ..] = face.points;
        let eyes = [0, 1].map(|axis| (left[axis] + right[axis]) / 2.0);
        let eye_to_eye = [0, 1].map(|axis| right[axis] - left[axis]);
        let eye_to_mouth = [0, 1].map(|axis| mouth[axis] - eyes[axis]);
        // eye_to_eye less eye_to_mouth turned by a quarter.
        let x = [eye_to_eye[0] + eye_to_mouth[1], eye_to_eye[1] - eye_to_mouth[0]];
        let length = |[x, y]: [f64; 2]| x.hypot(y);
        TurnedSquare {
            center: [0, 1].map(|axis| eyes[axis] + 0.1 * eye_to_mouth[axis]),
            side: 2.0 * (2.0 * length(eye_to_eye)).max(1.8 * length(eye_to_mouth)).max(1e-3),
            degrees: x[1].atan2(x[0]).to_degrees(),
        }
    }

    /// A face in the frame of a square, its sides 1 long.
    pub fn inputs(face: &Detection, square: TurnedSquare) -> [f64; INPUTS] {
        let (sin, cos) = square.degrees.to_radians().sin_cos();
        let within = |[x, y]: [f64; 2]| {
            let [x, y] = [x - square.center[0], y - square.center[1]].map(|v| v / square.side);
            [x * cos + y * sin, y * cos - x * sin]
        };
        let mut inputs = [1.0; INPUTS];
        let places = std::iter::once(face.center).chain(face.points).map(within);
        let numbers = places.flatten().chain(face.size.map(|side| side / square.side));
        inputs.iter_mut().zip(numbers).for_each(|(input, number)| *input = number);
        inputs
    }

    /// Numbers that [`Frame::weights`] should give for a face whose square is `right`, in the order of these.
    pub fn outputs(face: &Detection, right: TurnedSquare) -> [f64; 4] {
        let plain = Self::plain_square(face);
        let (sin, cos) = plain.degrees.to_radians().sin_cos();
        let [x, y] = [0, 1].map(|axis| (right.center[axis] - plain.center[axis]) / plain.side);
        let turn = (right.degrees - plain.degrees + 180.0).rem_euclid(360.0) - 180.0;
        [x * cos + y * sin, y * cos - x * sin, (right.side / plain.side).ln(), turn]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face() -> Detection {
        let points = [[40.0, 50.0], [60.0, 50.0], [50.0, 60.0], [50.0, 70.0], [30.0, 50.0], [70.0, 50.0]];
        Detection { score: 0.9, center: [50.0, 55.0], size: [40.0; 2], points }
    }

    #[test]
    fn the_formula_is_that_of_ffhq() {
        // The eyes 20 apart, the mouth 20 below them: max(2·20, 1.8·20) = 40, the square twice that.
        let square = Frame::plain_square(&face());
        assert_eq!(square, TurnedSquare { center: [50.0, 52.0], side: 80.0, degrees: 0.0 });
        let turn = |[x, y]: [f64; 2]| [-y, x];
        let turned = Detection { points: face().points.map(turn), center: turn(face().center), ..face() };
        let square = Frame::plain_square(&turned);
        assert_eq!((square.center, square.side), ([-52.0, 50.0], 80.0));
        assert!((square.degrees - 90.0).abs() < 1e-9);
    }

    #[test]
    fn the_map_moves_the_square_as_its_outputs_say() {
        let right = TurnedSquare { center: [47.0, 60.0], side: 66.0, degrees: -12.0 };
        let mut frame = Frame { weights: [[0.0; INPUTS]; 4] };
        assert_eq!(frame.square(&face()), Frame::plain_square(&face()));
        for (row, output) in frame.weights.iter_mut().zip(Frame::outputs(&face(), right)) {
            row[INPUTS - 1] = output;
        }
        let found = frame.square(&face());
        assert!((found.center[0] - 47.0).abs() < 1e-9 && (found.center[1] - 60.0).abs() < 1e-9);
        assert!((found.side - 66.0).abs() < 1e-9 && (found.degrees + 12.0).abs() < 1e-9);
        let inputs = Frame::inputs(&face(), Frame::plain_square(&face()));
        assert_eq!((inputs[2], inputs[3]), (-0.125, -0.025), "the left eye");
        assert_eq!(inputs[INPUTS - 3..], [0.5, 0.5, 1.0]);
    }

    #[test]
    fn what_is_inside_the_program_moves_little() {
        let (plain, found) = (Frame::plain_square(&face()), Frame::shipped().unwrap().square(&face()));
        assert!((found.side / plain.side).ln().abs() < 0.3 && found.degrees.abs() < 5.0, "{found:?}");
    }
}
