//! From head space to picture space.

use glam::{Mat3, Vec3, vec3};

use super::factors::Factors;

/// Where the head turns on the neck.
const PIVOT: Vec3 = vec3(0.0, -0.55, -0.15);
/// Between the eyes: what the picture is centred on, for the larger part.
const EYES: Vec3 = vec3(0.0, 0.0, 0.62);
/// Part of the way that the eyes are brought back to their place when the head turns.
const FOLLOW: f32 = 0.72;
/// From the camera to the eyes.
const DISTANCE: f32 = 6.0;

/// The pose of a head, or of the body under it.
#[derive(Clone, Copy)]
pub struct Pose {
    turn: Mat3,
    shift: Vec3,
}

impl Pose {
    /// The head's.
    pub fn head(factors: &Factors) -> Self {
        Pose::turned(factors, 1.0, Self::shift_of(factors))
    }

    /// The shoulders': they follow the head a little way.
    pub fn body(factors: &Factors) -> Self {
        Pose::turned(factors, 0.22, Self::shift_of(factors))
    }

    /// The pose between, `t` of the way from the body to the head.
    pub fn neck(factors: &Factors, t: f32) -> Self {
        Pose::turned(factors, 0.22 + 0.78 * t, Self::shift_of(factors))
    }

    fn turned(factors: &Factors, part: f32, shift: Vec3) -> Self {
        let angle = |degrees: f32| (part * degrees).to_radians();
        let turn = Mat3::from_rotation_z(-angle(factors.roll))
            * Mat3::from_rotation_y(angle(factors.yaw))
            * Mat3::from_rotation_x(-angle(factors.pitch));
        Pose { turn, shift }
    }

    fn shift_of(factors: &Factors) -> Vec3 {
        let turned = Pose::turned(factors, 1.0, Vec3::ZERO);
        let eyes = turned.turn * (EYES - PIVOT) + PIVOT;
        vec3(-FOLLOW * eyes.x, -FOLLOW * eyes.y, 0.0)
    }

    /// A point of head space, seen in perspective.
    pub fn point(&self, p: Vec3) -> Vec3 {
        let q = self.turn * (p - PIVOT) + PIVOT + self.shift;
        let nearer = DISTANCE / (DISTANCE - (q.z - EYES.z));
        vec3(q.x * nearer, q.y * nearer, q.z)
    }

    /// A direction of head space.
    pub fn direction(&self, d: Vec3) -> Vec3 {
        self.turn * d
    }
}
