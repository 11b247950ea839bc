//! Which triangle each sample of the picture sees.

use glam::{BVec4A, Vec3, Vec4, vec3, vec4};

use super::scene::{EYE_LINE, Material, Part, SPAN, Scene};

/// No triangle.
pub const NOTHING: f32 = -1.0;

/// Samples that are looked at together, and how far each is from the first.
const LANES: usize = 4;
const STEPS: Vec4 = vec4(0.0, 1.0, 2.0, 3.0);

/// What every sample of a square picture sees. Triangles are named by numbers of the same kind as depths, so
/// that one instruction chooses among four.
#[derive(Default)]
pub struct Raster {
    /// Samples on a side.
    pub side: usize,
    /// From the beginning of a row to the next: a little more than `side`.
    pub stride: usize,
    /// Nearest z; larger is nearer.
    pub depth: Vec<f32>,
    /// Nearest triangle, or [`NOTHING`].
    pub triangle: Vec<f32>,
    /// Nearest lens in front of it, or [`NOTHING`].
    pub lens: Vec<f32>,
    /// Vertices in samples from the top left corner, and their z.
    pub screen: Vec<Vec3>,
}

impl Raster {
    /// Empties it for a picture of `side` samples and looks where the vertices fall.
    pub fn begin(&mut self, scene: &Scene, side: usize) {
        self.side = side;
        self.stride = side + LANES;
        for (buffer, value) in [
            (&mut self.triangle, NOTHING),
            (&mut self.lens, NOTHING),
            (&mut self.depth, f32::NEG_INFINITY),
        ] {
            buffer.clear();
            buffer.resize(side * self.stride, value);
        }
        let scale = side as f32 / SPAN;
        let (left, top) = (0.5 * side as f32, EYE_LINE * side as f32);
        self.screen.clear();
        self.screen.extend(scene.vertices.iter().map(|v| {
            let p = v.position;
            vec3(left + p.x * scale, top - p.y * scale, p.z)
        }));
    }

    /// Draws a part. `keep` is given a triangle, the weights of its corners at four samples and which of these
    /// it would cover, and says which it does; the others show what lies behind.
    pub fn draw(
        &mut self,
        scene: &Scene,
        part: &Part,
        keep: impl Fn([u32; 3], [Vec4; 3], BVec4A) -> BVec4A,
    ) {
        let side = self.side as f32;
        for number in part.triangles.clone() {
            let corners = scene.triangles[number];
            let [a, b, c] = corners.map(|i| self.screen[i as usize]);
            let (ab, ac) = (b - a, c - a);
            // Screen y points down, so what faces the viewer is negative.
            let area = ab.x * ac.y - ab.y * ac.x;
            if area == 0.0 || (area > 0.0 && !part.two_sided) {
                continue;
            }
            // The first samples whose middles are not left of or above the corners, and the first beyond.
            let (low, high) = (a.min(b).min(c), a.max(b).max(c));
            let bounds = vec4(low.x, low.y, high.x, high.y) + 0.5;
            let [x0, y0, x1, y1] = bounds.clamp(Vec4::ZERO, Vec4::splat(side)).to_array().map(|v| v as usize);
            if x0 >= x1 || y0 >= y1 {
                continue;
            }
            let inverse = 1.0 / area;
            let (vx, vy) = (ac.y * inverse, -ac.x * inverse);
            let (wx, wy) = (-ab.y * inverse, ab.x * inverse);
            let (px, py) = (x0 as f32 + 0.5 - a.x, y0 as f32 + 0.5 - a.y);
            let mut row_v = Vec4::splat(px * vx + py * vy) + STEPS * vx;
            let mut row_w = Vec4::splat(px * wx + py * wy) + STEPS * wx;
            let name = Vec4::splat(number as f32);
            for y in y0..y1 {
                let (mut v, mut w) = (row_v, row_w);
                for x in (x0..x1).step_by(LANES) {
                    let u = Vec4::ONE - v - w;
                    let within = u.min(v).min(w).cmpge(Vec4::ZERO);
                    if within.any() {
                        let at = y * self.stride + x;
                        let z = Vec4::splat(a.z) + v * ab.z + w * ac.z;
                        let depth = &mut self.depth[at..at + LANES];
                        let behind = Vec4::from_slice(depth);
                        let seen = within & z.cmpgt(behind);
                        if seen.any() {
                            let seen = keep(corners, [u, v, w], seen);
                            let names = if part.material == Material::Lens {
                                &mut self.lens[at..at + LANES]
                            } else {
                                Vec4::select(seen, z, behind).write_to_slice(depth);
                                &mut self.triangle[at..at + LANES]
                            };
                            Vec4::select(seen, name, Vec4::from_slice(names)).write_to_slice(names);
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
