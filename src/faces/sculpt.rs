//! The head at rest: sculpted once from soft volumes, kept as a mesh.
//!
//! Head space: x to the viewer's right, y up, z towards the viewer; the eyes lie at y = 0, crown and chin
//! near y = ±1. The volumes are signed distances joined smoothly (after Inigo Quilez,
//! <https://iquilezles.org/articles/distfunctions/>); rays from inside the head find the outermost surface.

use std::f32::consts::PI;
use std::sync::LazyLock;

use glam::{Vec3, vec3};

use super::math::mix;
use super::scene::corner_rows;
use super::{eye, mouth};

/// Vertices around the head.
pub const COLUMNS: usize = 76;
/// Vertices from crown to throat.
pub const ROWS: usize = 62;
/// Where the rays begin.
const CENTRE: Vec3 = vec3(0.0, -0.15, 0.0);

/// The head at rest. Vertex (row, column) has the number `row * COLUMNS + column`.
pub struct HeadMesh {
    /// Where the vertices are.
    pub positions: Vec<Vec3>,
    /// Share of the sky that each vertex sees, in [0, 1].
    pub openness: Vec<f32>,
    /// All of it, and in steps of 2.
    pub meshes: [Mesh; 2],
}

/// The head's triangles, in steps of some width.
pub struct Mesh {
    /// Corners, counter-clockwise as seen from outside, numbered among the vertices at these steps.
    pub triangles: Vec<[u32; 3]>,
    /// The triangles that show an eye or the mouth.
    pub fine: Vec<bool>,
}

/// Sculpted on first use.
pub static HEAD: LazyLock<HeadMesh> = LazyLock::new(HeadMesh::sculpt);

impl HeadMesh {
    fn sculpt() -> Self {
        let mut positions = Vec::with_capacity(ROWS * COLUMNS);
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                positions.push(outermost(direction(row, column)));
            }
        }
        let openness = positions.iter().map(|&p| openness(p)).collect();
        let meshes = [1, 2].map(|step| Mesh::new(&positions, step));
        HeadMesh { positions, openness, meshes }
    }
}

impl Mesh {
    fn new(positions: &[Vec3], step: usize) -> Self {
        let corners: Vec<Vec3> = corner_rows(ROWS, step)
            .flat_map(|row| positions[row * COLUMNS..][..COLUMNS].iter().step_by(step).copied())
            .collect();
        let triangles = grid_triangles(corners.len() / (COLUMNS / step), COLUMNS / step);
        let is_fine = |triangle: &[u32; 3]| {
            let middle = triangle.map(|i| corners[i as usize]).iter().sum::<Vec3>() / 3.0;
            eye::is_near(middle) || mouth::is_near(middle)
        };
        let fine = triangles.iter().map(is_fine).collect();
        Mesh { triangles, fine }
    }
}

/// Triangles of a grid that closes around its columns. Rows go down, columns to the viewer's right in front.
pub fn grid_triangles(rows: usize, columns: usize) -> Vec<[u32; 3]> {
    let at = |row: usize, column: usize| (row * columns + column % columns) as u32;
    let mut triangles = Vec::with_capacity(rows * columns * 2);
    for row in 0..rows - 1 {
        for column in 0..columns {
            let (a, b) = (at(row, column), at(row, column + 1));
            let (c, d) = (at(row + 1, column), at(row + 1, column + 1));
            triangles.push([a, c, b]);
            triangles.push([b, c, d]);
        }
    }
    triangles
}

/// Finer in front, where the features are.
fn direction(row: usize, column: usize) -> Vec3 {
    let u = (column as f32 + 0.5) / COLUMNS as f32 * 2.0 - 1.0;
    let azimuth = PI * (0.5 * u + 0.5 * u * u * u);
    let v = row as f32 / (ROWS - 1) as f32;
    // From straight up to almost straight down, denser around the features.
    let w = v + 0.055 * (2.0 * PI * v).sin();
    let elevation = mix(0.5 * PI, -0.47 * PI, w);
    let flat = elevation.cos();
    vec3(azimuth.sin() * flat, elevation.sin(), azimuth.cos() * flat)
}

fn outermost(direction: Vec3) -> Vec3 {
    let mut along = 1.9;
    for _ in 0..90 {
        let d = distance(CENTRE + direction * along);
        if d < 1e-4 {
            break;
        }
        along -= 0.7 * d;
    }
    CENTRE + direction * along
}

fn openness(p: Vec3) -> f32 {
    let e = 0.004;
    let slope = |axis: Vec3| distance(p + axis * e) - distance(p - axis * e);
    let normal = vec3(slope(Vec3::X), slope(Vec3::Y), slope(Vec3::Z)).normalize_or_zero();
    let mut closed = 0.0;
    for (step, weight) in [(0.03, 3.2), (0.07, 1.9), (0.14, 0.9), (0.26, 0.35)] {
        closed += (step - distance(p + normal * step)).max(0.0) * weight;
    }
    (1.0 - 1.35 * closed).clamp(0.15, 1.0)
}

/// Signed distance to the head, about right near its surface.
fn distance(p: Vec3) -> f32 {
    let q = vec3(p.x.abs(), p.y, p.z);
    let cranium = ellipsoid(p - vec3(0.0, 0.30, -0.08), vec3(0.69, 0.71, 0.84));
    let face = ellipsoid(p - vec3(0.0, -0.22, 0.20), vec3(0.57, 0.80, 0.60));
    let mut d = join(cranium, face, 0.16);
    d = join(d, ellipsoid(q - vec3(0.27, -0.60, 0.17), vec3(0.20, 0.25, 0.33)), 0.22);
    d = join(d, ellipsoid(p - vec3(0.0, -0.91, 0.52), vec3(0.19, 0.15, 0.18)), 0.26);
    d = join(d, ellipsoid(p - vec3(0.0, -0.62, 0.55), vec3(0.30, 0.26, 0.25)), 0.16);
    // Cheeks and brows.
    d = join(d, sphere(q - vec3(0.365, -0.25, 0.49), 0.20), 0.18);
    d = join(d, capsule(q, vec3(0.04, 0.17, 0.70), vec3(0.44, 0.17, 0.55), 0.085), 0.14);
    // Sockets, and the balls with their lids in them.
    d = carve(d, ellipsoid(q - vec3(0.295, -0.01, 0.84), vec3(0.21, 0.14, 0.17)), 0.12);
    d = join(d, sphere(q - vec3(0.295, -0.005, 0.515), 0.195), 0.045);
    // The nose: bridge, tip, wings.
    let bridge = cone(p, vec3(0.0, 0.08, 0.71), vec3(0.0, -0.28, 0.90), 0.060, 0.080);
    d = join(d, bridge, 0.11);
    d = join(d, ellipsoid(p - vec3(0.0, -0.315, 0.905), vec3(0.108, 0.092, 0.100)), 0.05);
    d = join(d, ellipsoid(q - vec3(0.108, -0.345, 0.80), vec3(0.066, 0.066, 0.095)), 0.04);
    d = carve(d, ellipsoid(q - vec3(0.055, -0.415, 0.88), vec3(0.034, 0.030, 0.055)), 0.03);
    // Lips, with the valley between them and below.
    d = join(d, capsule(q, vec3(0.02, -0.545, 0.795), vec3(0.17, -0.575, 0.715), 0.036), 0.05);
    d = join(d, capsule(q, vec3(0.0, -0.635, 0.790), vec3(0.13, -0.615, 0.730), 0.047), 0.05);
    d = carve(d, capsule(q, vec3(0.0, -0.588, 0.875), vec3(0.20, -0.590, 0.770), 0.020), 0.05);
    d = carve(d, sphere(q - vec3(0.235, -0.59, 0.76), 0.05), 0.08);
    d = carve(d, capsule(q, vec3(0.0, -0.735, 0.86), vec3(0.10, -0.735, 0.84), 0.055), 0.09);
    carve(d, capsule(p, vec3(0.0, -0.44, 0.90), vec3(0.0, -0.51, 0.885), 0.022), 0.06)
}

fn sphere(p: Vec3, radius: f32) -> f32 {
    p.length() - radius
}

fn ellipsoid(p: Vec3, radii: Vec3) -> f32 {
    let a = (p / radii).length();
    let b = (p / (radii * radii)).length().max(1e-6);
    a * (a - 1.0) / b
}

fn capsule(p: Vec3, a: Vec3, b: Vec3, radius: f32) -> f32 {
    cone(p, a, b, radius, radius)
}

/// A capsule whose radius changes from `from` at `a` to `to` at `b`.
fn cone(p: Vec3, a: Vec3, b: Vec3, from: f32, to: f32) -> f32 {
    let along = ((p - a).dot(b - a) / (b - a).length_squared()).clamp(0.0, 1.0);
    (p - a.lerp(b, along)).length() - mix(from, to, along)
}

/// Both volumes, their seam rounded over `k`.
fn join(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}

/// The first without the second, the edge rounded over `k`.
fn carve(a: f32, b: f32, k: f32) -> f32 {
    -join(-a, b, k)
}
