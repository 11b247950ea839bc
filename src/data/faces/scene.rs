//! The meshes of one face, and the buffer that says which triangle each sample sees.

use glam::{Vec3, Vec4, vec3, vec4};

/// What a surface is made of, as the shader tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// The head: skin with everything that is painted on it. Its coordinates are those of the head at rest.
    Face,
    /// Ears and neck.
    Skin,
    /// Hair. Its coordinates: across the strands, along them, height above the hem.
    Hair,
    /// Clothes. Coordinates: around, down.
    Cloth,
    /// Frames of glasses.
    Frame,
    /// Lenses; drawn over what lies behind.
    Lens,
}

/// A corner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vertex {
    /// Picture space: x to the right, y up, z towards the viewer, eyes at the origin.
    pub position: Vec3,
    /// Not normalised.
    pub normal: Vec3,
    /// Where on the material.
    pub coords: Vec3,
    /// How much of the sky it sees, in [0, 1].
    pub openness: f32,
}

/// Triangles of one material.
pub struct Part {
    /// The material.
    pub material: Material,
    /// Which triangles.
    pub triangles: std::ops::Range<usize>,
    /// Whether the inside can be seen.
    pub two_sided: bool,
}

/// Everything in front of the background.
#[derive(Default)]
pub struct Scene {
    /// Corners of all parts.
    pub vertices: Vec<Vertex>,
    /// Counter-clockwise as seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// In drawing order.
    pub parts: Vec<Part>,
}

impl Scene {
    /// Empties it, keeping the memory.
    pub fn clear(&mut self) {
        self.vertices.clear();
        self.triangles.clear();
        self.parts.clear();
    }

    /// Appends a part; the triangles count from the first of `vertices`.
    pub fn add(
        &mut self,
        material: Material,
        two_sided: bool,
        vertices: impl IntoIterator<Item = Vertex>,
        triangles: impl IntoIterator<Item = [u32; 3]>,
    ) {
        let base = self.vertices.len() as u32;
        let first = self.triangles.len();
        self.vertices.extend(vertices);
        self.triangles.extend(triangles.into_iter().map(|t| t.map(|i| i + base)));
        self.parts.push(Part { material, triangles: first..self.triangles.len(), two_sided });
    }
}

/// Whether a row of a grid has corners of the [triangles](super::sculpt::grid_triangles) of this step.
pub fn has_corners(row: usize, rows: usize, step: usize) -> bool {
    row.is_multiple_of(step) || row + 1 == rows
}

/// Normals at the corners of a grid that closes around its columns, from their neighbours `reach` away; 0 at
/// vertices that are no corners.
pub fn grid_normals(positions: &[Vec3], columns: usize, step: usize, reach: usize, normals: &mut Vec<Vec3>) {
    let rows = positions.len() / columns;
    normals.clear();
    normals.resize(positions.len(), Vec3::ZERO);
    for row in (0..rows).filter(|&row| has_corners(row, rows, step)) {
        let above = &positions[row.saturating_sub(1) / reach * reach * columns..][..columns];
        let below = &positions[((row / reach + 1) * reach).min(rows - 1) * columns..][..columns];
        let here = &positions[row * columns..][..columns];
        for column in (0..columns).step_by(step) {
            let left = here[if column == 0 { columns - reach } else { column - reach }];
            let right = here[if column + reach == columns { 0 } else { column + reach }];
            let normal = (right - left).cross(above[column] - below[column]);
            // At a pole left and right fall together.
            let normal = if normal.length_squared() > 1e-12 { normal } else { here[column] };
            normals[row * columns + column] = normal.normalize_or_zero();
        }
    }
}

/// No triangle.
pub const NOTHING: u32 = u32::MAX;

/// What every sample of a square picture sees.
#[derive(Default)]
pub struct Raster {
    /// Samples on a side.
    pub side: usize,
    /// Nearest z; larger is nearer. A little longer than the picture.
    pub depth: Vec<f32>,
    /// Nearest triangle, or [`NOTHING`].
    pub triangle: Vec<u32>,
    /// Nearest lens in front of it, or [`NOTHING`].
    pub lens: Vec<u32>,
    /// Vertices in samples from the top left corner, and their z.
    pub screen: Vec<Vec3>,
}

/// How picture space lies in the picture: this many units across, eyes this far down.
pub const SPAN: f32 = 2.38;
/// Height of the eyes, from the top, as a part of the picture.
pub const EYE_LINE: f32 = 0.45;

/// Weights of a triangle's corners.
pub fn barycentric(a: Vec3, b: Vec3, c: Vec3, x: f32, y: f32) -> Vec3 {
    let (ab, ac) = (b - a, c - a);
    let area = ab.x * ac.y - ab.y * ac.x;
    let (px, py) = (x - a.x, y - a.y);
    let v = (px * ac.y - py * ac.x) / area;
    let w = (ab.x * py - ab.y * px) / area;
    vec3(1.0 - v - w, v, w)
}

/// Samples that are looked at together, and how far each is from the first.
const LANES: usize = 4;
const STEPS: Vec4 = vec4(0.0, 1.0, 2.0, 3.0);

impl Raster {
    /// Empties it for a picture of `side` samples and looks where the vertices fall.
    pub fn begin(&mut self, scene: &Scene, side: usize) {
        self.side = side;
        for (buffer, value) in [(&mut self.triangle, NOTHING), (&mut self.lens, NOTHING)] {
            buffer.clear();
            buffer.resize(side * side, value);
        }
        self.depth.clear();
        self.depth.resize(side * side + LANES, f32::NEG_INFINITY);
        let scale = side as f32 / SPAN;
        let (left, top) = (0.5 * side as f32, EYE_LINE * side as f32);
        self.screen.clear();
        self.screen.extend(scene.vertices.iter().map(|v| {
            let p = v.position;
            vec3(left + p.x * scale, top - p.y * scale, p.z)
        }));
    }

    /// Draws a part. A sample at which `keep` is false, given its triangle and weights, shows what lies behind.
    pub fn draw(&mut self, scene: &Scene, part: &Part, keep: impl Fn([u32; 3], Vec3) -> bool) {
        for number in part.triangles.clone() {
            let corners = scene.triangles[number];
            let [a, b, c] = corners.map(|i| self.screen[i as usize]);
            // Screen y points down, so what faces the viewer is negative.
            let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
            if area == 0.0 || (area > 0.0 && !part.two_sided) {
                continue;
            }
            // The first sample whose middle is not left of `v`.
            let side = self.side as f32;
            let sample = |v: f32| (v + 0.5).clamp(0.0, side) as usize;
            let (x0, x1) = (sample(a.x.min(b.x).min(c.x)), sample(a.x.max(b.x).max(c.x)));
            let (y0, y1) = (sample(a.y.min(b.y).min(c.y)), sample(a.y.max(b.y).max(c.y)));
            if x0 == x1 || y0 == y1 {
                continue;
            }
            let inverse = 1.0 / area;
            let (vx, vy) = ((c.y - a.y) * inverse, -(c.x - a.x) * inverse);
            let (wx, wy) = (-(b.y - a.y) * inverse, (b.x - a.x) * inverse);
            let (px, py) = (x0 as f32 + 0.5 - a.x, y0 as f32 + 0.5 - a.y);
            let mut row_v = Vec4::splat(px * vx + py * vy) + STEPS * vx;
            let mut row_w = Vec4::splat(px * wx + py * wy) + STEPS * wx;
            let (zv, zw) = (b.z - a.z, c.z - a.z);
            for y in y0..y1 {
                let (mut v, mut w) = (row_v, row_w);
                for x in (x0..x1).step_by(LANES) {
                    let first = y * self.side + x;
                    let z = Vec4::splat(a.z) + v * zv + w * zw;
                    let nearer = z.cmpgt(Vec4::from_slice(&self.depth[first..]));
                    let u = Vec4::ONE - v - w;
                    let mut seen = (u.min(v).min(w).cmpge(Vec4::ZERO) & nearer).bitmask();
                    while seen != 0 {
                        let lane = seen.trailing_zeros() as usize;
                        seen &= seen - 1;
                        let at = first + lane;
                        if x + lane >= x1 || !keep(corners, vec3(u[lane], v[lane], w[lane])) {
                            continue;
                        }
                        if part.material == Material::Lens {
                            self.lens[at] = number as u32;
                        } else {
                            self.depth[at] = z[lane];
                            self.triangle[at] = number as u32;
                        }
                    }
                    v += Vec4::splat(LANES as f32 * vx);
                    w += Vec4::splat(LANES as f32 * wx);
                }
                row_v += Vec4::splat(vy);
                row_w += Vec4::splat(wy);
            }
        }
    }
}
