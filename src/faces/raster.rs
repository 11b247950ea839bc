//! Rasterising: the triangle that each sample of the picture sees.

use glam::{BVec4A, Vec3, Vec4, vec3, vec4};

use super::scene::{EYE_LINE, Material, SPAN, Scene, ScenePart};

/// No triangle.
pub const NOTHING: u32 = u32::MAX;

/// Samples that are looked at together, and how far each is from the first.
const LANES: usize = 4;
const STEPS: Vec4 = vec4(0.0, 1.0, 2.0, 3.0);

/// The part of a triangle that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Nothing.
    Nothing,
    /// As the samples say.
    Partly,
}

/// The triangle that every sample of a square picture sees. Numbers of triangles are kept in the bits of floats,
/// so that
/// one instruction chooses among four as it does among their depths.
#[derive(Default)]
pub struct Raster {
    /// Samples on a side.
    pub side: usize,
    /// From the beginning of a row to the next: a little more than `side`.
    pub stride: usize,
    /// Nearest z; larger is nearer.
    pub depth: Vec<f32>,
    triangle: Vec<f32>,
    lens: Vec<f32>,
    /// Whether any sample has a lens.
    pub has_lens: bool,
    /// Vertices in samples from the top left corner, and their z.
    pub screen: Vec<Vec3>,
}

impl Raster {
    /// Empties it for a picture of `side` samples and looks where the vertices fall.
    pub fn begin(&mut self, scene: &Scene, side: usize) {
        self.side = side;
        self.stride = side + LANES;
        for (buffer, value) in [
            (&mut self.triangle, f32::from_bits(NOTHING)),
            (&mut self.lens, f32::from_bits(NOTHING)),
            (&mut self.depth, f32::NEG_INFINITY),
        ] {
            buffer.clear();
            buffer.resize(side * self.stride, value);
        }
        self.has_lens = false;
        let scale = side as f32 / SPAN;
        let (left, top) = (0.5 * side as f32, EYE_LINE * side as f32);
        self.screen.clear();
        self.screen.extend(scene.vertices.iter().map(|v| {
            let p = v.position;
            vec3(left + p.x * scale, top - p.y * scale, p.z)
        }));
    }

    /// Nearest triangle at a sample, or [`NOTHING`].
    pub fn triangle(&self, at: usize) -> u32 {
        self.triangle[at].to_bits()
    }

    /// Nearest lens in front of it, or [`NOTHING`].
    pub fn lens(&self, at: usize) -> u32 {
        self.lens[at].to_bits()
    }

    /// Draws a part. `extent` is asked of every triangle; of one that is there partly `keep` is given the
    /// weights of its corners at four samples, and says which samples show it.
    pub fn draw(
        &mut self,
        scene: &Scene,
        part: &ScenePart,
        extent: impl Fn([u32; 3]) -> Extent,
        keep: impl Fn([u32; 3], [Vec4; 3]) -> BVec4A,
    ) {
        let is_lens = part.material == Material::Lens;
        self.has_lens |= is_lens;
        let side = Vec4::splat(self.side as f32);
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
            let bounds = (vec4(low.x, low.y, high.x, high.y) + 0.5).clamp(Vec4::ZERO, side);
            let [x0, y0, x1, y1] = bounds.to_array().map(|v| v as i32 as usize);
            if x0 >= x1 || y0 >= y1 {
                continue;
            }
            let extent = extent(corners);
            if extent == Extent::Nothing {
                continue;
            }
            let inverse = 1.0 / area;
            let (vx, vy) = (ac.y * inverse, -ac.x * inverse);
            let (wx, wy) = (-ab.y * inverse, ab.x * inverse);
            let (px, py) = (x0 as i32 as f32 + 0.5 - a.x, y0 as i32 as f32 + 0.5 - a.y);
            let mut row_v = Vec4::splat(px * vx + py * vy) + STEPS * vx;
            let mut row_w = Vec4::splat(px * wx + py * wy) + STEPS * wx;
            let (further_v, further_w) = (Vec4::splat(LANES as f32 * vx), Vec4::splat(LANES as f32 * wx));
            let (down_v, down_w) = (Vec4::splat(vy), Vec4::splat(wy));
            let name = Vec4::splat(f32::from_bits(number as u32));
            for y in y0..y1 {
                let (mut v, mut w) = (row_v, row_w);
                let (mut at, end) = (y * self.stride + x0, y * self.stride + x1);
                while at < end {
                    let u = Vec4::ONE - v - w;
                    let z = Vec4::splat(a.z) + v * ab.z + w * ac.z;
                    let depth = &mut self.depth[at..at + LANES];
                    let behind = Vec4::from_slice(depth);
                    let mut seen = u.min(v).min(w).cmpge(Vec4::ZERO) & z.cmpgt(behind);
                    if extent == Extent::Partly && seen.any() {
                        seen &= keep(corners, [u, v, w]);
                    }
                    // No question whether anything is seen: a wrong guess of the answer costs more.
                    let names = if is_lens {
                        &mut self.lens[at..at + LANES]
                    } else {
                        Vec4::select(seen, z, behind).write_to_slice(depth);
                        &mut self.triangle[at..at + LANES]
                    };
                    Vec4::select(seen, name, Vec4::from_slice(names)).write_to_slice(names);
                    at += LANES;
                    v += further_v;
                    w += further_w;
                }
                row_v += down_v;
                row_w += down_w;
            }
        }
    }
}
