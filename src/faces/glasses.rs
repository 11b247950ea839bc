//! Frames and lenses.

use std::f32::consts::PI;

use glam::{Vec3, vec3};

use super::factors::{Factors, Glasses};
use super::math::mix;
use super::pose::Pose;
use super::scene::{Material, Scene, Vertex};

const SEGMENTS: usize = 32;
const SIDES: usize = 6;

/// A frame's outline around one eye.
struct Rim {
    width: f32,
    height: f32,
    /// 2 is an ellipse, more is squarer.
    corner: f32,
    wire: f32,
    /// Rise of the outer upper corner.
    rise: f32,
}

fn rim(style: Glasses) -> Option<Rim> {
    Some(match style {
        Glasses::None => return None,
        Glasses::Round => Rim { width: 0.215, height: 0.205, corner: 2.0, wire: 0.0125, rise: 0.0 },
        Glasses::Square => Rim { width: 0.235, height: 0.165, corner: 3.6, wire: 0.025, rise: 0.0 },
        Glasses::CatEye => Rim { width: 0.225, height: 0.160, corner: 2.5, wire: 0.021, rise: 0.085 },
        Glasses::Sun => Rim { width: 0.245, height: 0.185, corner: 2.8, wire: 0.024, rise: 0.02 },
    })
}

/// Adds them, lenses last.
pub fn glasses(scene: &mut Scene, f: &Factors, pose: Pose) {
    let Some(rim) = rim(f.glasses) else { return };
    let centre = 0.300 + 0.022 * f.eye_spacing;
    let out = 0.025 * f.nose_bridge.max(0.0);
    let bend = |x: f32, y: f32| vec3(x, y, 0.855 + out - 0.42 * x * x);
    let wide = f.width();
    for side in [-1.0, 1.0] {
        let outline: Vec<Vec3> = (0..SEGMENTS)
            .map(|i| {
                let angle = i as f32 / SEGMENTS as f32 * 2.0 * PI;
                let power = |v: f32| v.signum() * v.abs().powf(2.0 / rim.corner);
                let (x, y) = (rim.width * power(angle.cos()), rim.height * power(angle.sin()));
                let rise =
                    rim.rise * (x / rim.width).max(0.0).powi(2) * ((y / rim.height) * 0.6 + 0.4).max(0.0);
                bend(side * (centre + x), y - 0.025 + rise)
            })
            .collect();
        tube(scene, pose, &outline, true, rim.wire);
        let hinge = bend(side * (centre + rim.width), 0.03 + 0.8 * rim.rise);
        let temple = [
            hinge,
            hinge + vec3(side * 0.02, 0.0, -0.05),
            vec3(side * 0.660 * wide, 0.03, 0.25),
            vec3(side * 0.690 * wide, 0.0, -0.12),
        ];
        tube(scene, pose, &temple, false, rim.wire * 0.9);
        lens(scene, pose, &outline);
    }
    let half = centre - rim.width;
    let bridge: Vec<Vec3> = (0..7)
        .map(|i| {
            let x = mix(-half, half, i as f32 / 6.0);
            bend(x, 0.015 + 0.035 * (1.0 - (x / half).powi(2))) + vec3(0.0, 0.0, 0.02)
        })
        .collect();
    tube(scene, pose, &bridge, false, rim.wire);
}

/// A round wire along points.
fn tube(scene: &mut Scene, pose: Pose, path: &[Vec3], closed: bool, radius: f32) {
    let count = path.len();
    let mut vertices = Vec::with_capacity(count * SIDES);
    for (i, &p) in path.iter().enumerate() {
        let before = if i > 0 {
            path[i - 1]
        } else if closed {
            path[count - 1]
        } else {
            p
        };
        let after = if i + 1 < count {
            path[i + 1]
        } else if closed {
            path[0]
        } else {
            p
        };
        let along = (after - before).normalize_or(Vec3::X);
        let first = along.cross(vec3(0.13, 0.29, 0.95)).normalize_or(Vec3::Y);
        let second = along.cross(first);
        for side in 0..SIDES {
            let (sin, cos) = (side as f32 / SIDES as f32 * 2.0 * PI).sin_cos();
            let normal = first * cos + second * sin;
            vertices.push(Vertex {
                position: pose.point(p + normal * radius),
                normal: pose.direction(normal),
                coords: Vec3::ZERO,
                openness: 1.0,
            });
        }
    }
    let mut triangles = Vec::with_capacity(count * SIDES * 2);
    for i in 0..if closed { count } else { count - 1 } {
        for side in 0..SIDES {
            let at = |i: usize, side: usize| ((i % count) * SIDES + side % SIDES) as u32;
            triangles.push([at(i, side), at(i + 1, side), at(i, side + 1)]);
            triangles.push([at(i, side + 1), at(i + 1, side), at(i + 1, side + 1)]);
        }
    }
    scene.add(Material::Frame, true, vertices, triangles);
}

fn lens(scene: &mut Scene, pose: Pose, outline: &[Vec3]) {
    let middle = outline.iter().sum::<Vec3>() / outline.len() as f32;
    let vertex = |p: Vec3| Vertex {
        position: pose.point(p),
        normal: pose.direction(Vec3::Z),
        coords: p - middle,
        openness: 1.0,
    };
    let vertices = outline.iter().map(|&p| vertex(p)).chain([vertex(middle)]);
    let count = outline.len() as u32;
    scene.add(Material::Lens, true, vertices, (0..count).map(|i| [i, (i + 1) % count, count]));
}
