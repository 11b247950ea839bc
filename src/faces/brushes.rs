//! Soft brushes that move parts of the head at rest: its shape and its expression.

use std::sync::LazyLock;

use glam::{Vec3, vec3};

use super::factors::Factors;
use super::math::{bell, mix};
use super::sculpt::HEAD;

/// The effect of a brush on the vertices it reaches.
enum Stroke {
    /// Moves them; on the left of a mirrored brush x is mirrored.
    Move(Vec3),
    /// Spreads them from the brush's centre, per axis.
    Spread(Vec3),
}

/// The movement of each vertex for an amount of 1.
type Brush = Vec<(u32, Vec3)>;

struct Brushes {
    face_width: Brush,
    jaw_width: Brush,
    jaw_square: Brush,
    chin: Brush,
    chin_point: Brush,
    cheeks: Brush,
    brow_ridge: Brush,
    eye_size: Brush,
    eye_spacing: Brush,
    eye_tilt: Brush,
    nose_length: Brush,
    nose_width: Brush,
    nose_bridge: Brush,
    nose_out: Brush,
    mouth_width: Brush,
    lips: Brush,
    smile_cheeks: Brush,
    smile_corners: Brush,
    smile_wide: Brush,
    jaw_open: Brush,
    jowls: Brush,
    temples: Brush,
    beard: Brush,
    beard_length: Brush,
    brows_up: Brush,
}

static BRUSHES: LazyLock<Brushes> = LazyLock::new(|| Brushes {
    face_width: everywhere(vec3(1.0, 0.0, 0.0)),
    jaw_width: brush(vec3(0.46, -0.62, 0.25), vec3(0.55, 0.50, 0.75), Stroke::Move(vec3(1.0, 0.0, 0.1))),
    jaw_square: brush(vec3(0.44, -0.72, 0.25), vec3(0.36, 0.34, 0.50), Stroke::Move(vec3(1.0, -0.6, 0.3))),
    chin: brush(vec3(0.0, -1.00, 0.45), vec3(0.75, 0.50, 0.75), Stroke::Move(vec3(0.0, -1.0, 0.15))),
    chin_point: brush(vec3(0.0, -0.96, 0.50), vec3(0.48, 0.36, 0.6), Stroke::Spread(vec3(1.0, 0.0, 0.0))),
    cheeks: brush(vec3(0.46, -0.42, 0.45), vec3(0.36, 0.42, 0.50), Stroke::Move(vec3(1.0, -0.2, 0.7))),
    brow_ridge: brush(vec3(0.24, 0.17, 0.70), vec3(0.36, 0.16, 0.35), Stroke::Move(vec3(0.0, -0.5, 1.0))),
    eye_size: brush(vec3(0.295, -0.01, 0.70), vec3(0.30, 0.22, 0.50), Stroke::Spread(vec3(1.0, 1.1, 0.6))),
    eye_spacing: brush(vec3(0.30, 0.03, 0.65), vec3(0.34, 0.40, 0.60), Stroke::Move(vec3(1.0, 0.0, 0.0))),
    eye_tilt: brush(vec3(0.46, 0.0, 0.65), vec3(0.26, 0.22, 0.50), Stroke::Move(vec3(0.0, 1.0, 0.0))),
    nose_length: brush(vec3(0.0, -0.38, 0.85), vec3(0.27, 0.30, 0.45), Stroke::Move(vec3(0.0, -1.0, 0.25))),
    nose_width: brush(vec3(0.0, -0.34, 0.82), vec3(0.27, 0.25, 0.45), Stroke::Spread(vec3(1.0, 0.0, 0.0))),
    nose_bridge: brush(vec3(0.0, -0.06, 0.80), vec3(0.20, 0.30, 0.40), Stroke::Move(vec3(0.0, 0.0, 1.0))),
    nose_out: brush(vec3(0.0, -0.31, 0.90), vec3(0.22, 0.22, 0.40), Stroke::Move(vec3(0.0, 0.0, 1.0))),
    mouth_width: brush(vec3(0.0, -0.585, 0.75), vec3(0.40, 0.24, 0.50), Stroke::Spread(vec3(1.0, 0.0, 0.0))),
    lips: brush(vec3(0.0, -0.59, 0.80), vec3(0.26, 0.15, 0.30), Stroke::Spread(vec3(0.0, 0.9, 0.9))),
    smile_cheeks: brush(vec3(0.40, -0.30, 0.55), vec3(0.28, 0.24, 0.45), Stroke::Move(vec3(0.25, 0.75, 0.9))),
    smile_corners: brush(vec3(0.25, -0.58, 0.70), vec3(0.24, 0.24, 0.40), Stroke::Move(vec3(0.9, 1.0, -0.5))),
    smile_wide: brush(vec3(0.0, -0.60, 0.75), vec3(0.36, 0.22, 0.50), Stroke::Move(vec3(0.0, 0.0, -1.0))),
    jaw_open: jaw(),
    jowls: brush(vec3(0.38, -0.76, 0.35), vec3(0.26, 0.24, 0.45), Stroke::Move(vec3(0.7, -1.0, 0.3))),
    temples: brush(vec3(0.62, 0.22, 0.40), vec3(0.30, 0.40, 0.55), Stroke::Move(vec3(-1.0, 0.0, -0.2))),
    beard: brush(vec3(0.0, -0.92, 0.30), vec3(0.80, 0.52, 0.85), Stroke::Spread(vec3(1.0, 0.7, 1.0))),
    beard_length: brush(vec3(0.0, -1.08, 0.40), vec3(0.60, 0.42, 0.60), Stroke::Move(vec3(0.0, -1.0, 0.25))),
    brows_up: brush(vec3(0.28, 0.20, 0.65), vec3(0.40, 0.22, 0.45), Stroke::Move(vec3(0.0, 1.0, 0.0))),
});

/// An ellipsoid's worth of influence, mirrored to the other side when it lies on one.
fn brush(centre: Vec3, radii: Vec3, stroke: Stroke) -> Brush {
    let mut reached = Vec::new();
    for (index, &p) in HEAD.positions.iter().enumerate() {
        let side = if centre.x > 0.0 && p.x < 0.0 { -1.0 } else { 1.0 };
        let q = vec3(p.x * side, p.y, p.z);
        let weight = bell(((q - centre) / radii).length().min(1.0));
        if weight > 1e-3 {
            let moved = match stroke {
                Stroke::Move(by) => by * weight,
                Stroke::Spread(by) => (q - centre) * by * weight,
            };
            reached.push((index as u32, vec3(moved.x * side, moved.y, moved.z)));
        }
    }
    reached
}

fn everywhere(spread: Vec3) -> Brush {
    HEAD.positions.iter().enumerate().map(|(index, &p)| (index as u32, p * spread)).collect()
}

/// The lower jaw sinks; the upper lip stays. What lies between stretches: that is the open mouth.
fn jaw() -> Brush {
    let mut reached = Vec::new();
    for (index, &p) in HEAD.positions.iter().enumerate() {
        let below = ((-0.578 - p.y) / 0.05).clamp(0.0, 1.0);
        let front = ((p.z + 0.05) / 0.5).clamp(0.0, 1.0);
        let weight = below * front * mix(0.75, 1.0, bell(p.x / 0.6));
        if weight > 1e-3 {
            reached.push((index as u32, vec3(0.0, -1.0, -0.18) * weight));
        }
    }
    reached
}

/// The head of a face: rest positions under all its brushes.
pub fn shape(factors: &Factors, beard_depth: f32, beard_length: f32, positions: &mut Vec<Vec3>) {
    let f = factors;
    let b = &*BRUSHES;
    let soft = f.softness;
    let (grin, frown) = (f.smile.max(0.0), (-f.smile).max(0.0));
    positions.clear();
    positions.extend_from_slice(&HEAD.positions);
    for (brush, amount) in [
        (&b.face_width, 0.075 * f.face_width),
        (&b.jaw_width, 0.065 * f.jaw_width - 0.060 * (soft - 0.5)),
        (&b.jaw_square, mix(0.042, -0.015, soft)),
        (&b.chin, 0.115 * f.chin_length + mix(0.05, -0.03, soft)),
        (&b.chin_point, mix(0.22, -0.16, soft) + 0.12 * f.jaw_width),
        (&b.cheeks, 0.058 * f.cheeks + 0.015),
        (&b.brow_ridge, mix(0.045, -0.025, soft)),
        (&b.eye_size, 0.17 * f.eye_size + mix(0.07, 0.21, soft)),
        (&b.eye_spacing, 0.036 * f.eye_spacing),
        (&b.eye_tilt, 0.042 * f.eye_tilt + mix(-0.008, 0.015, soft)),
        (&b.nose_length, 0.080 * f.nose_length + mix(0.03, -0.025, soft)),
        (&b.nose_width, 0.40 * f.nose_width + mix(0.14, -0.14, soft)),
        (&b.nose_bridge, 0.060 * f.nose_bridge + mix(0.012, -0.015, soft)),
        (&b.nose_out, 0.035 * f.nose_length + mix(0.02, -0.015, soft)),
        (&b.mouth_width, 0.22 * f.mouth_width),
        (&b.lips, 0.34 * f.lip_fullness + mix(-0.10, 0.16, soft) - 0.22 * f.age),
        (&b.smile_cheeks, 0.052 * grin),
        (&b.smile_corners, 0.080 * grin - 0.030 * frown),
        (&b.smile_wide, 0.020 * grin),
        (&b.jaw_open, 0.17 * f.mouth_open),
        (&b.jowls, 0.045 * f.age),
        (&b.temples, 0.010 + 0.022 * f.age),
        (&b.beard, beard_depth),
        (&b.beard_length, beard_length),
        (&b.brows_up, 0.030 * f.brow_height),
    ] {
        if amount != 0.0 {
            for &(index, by) in brush {
                positions[index as usize] += by * amount;
            }
        }
    }
}
