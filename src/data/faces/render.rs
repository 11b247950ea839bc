//! One face as a picture.

use std::cell::RefCell;
use std::sync::LazyLock;

use glam::{Vec3, vec3};

use crate::image_buf::ImageBuf;

use super::factors::{Beard, Factors};
use super::look::Look;
use super::math::{noise, smoothstep};
use super::pose::Pose;
use super::scene::{EYE_LINE, Material, NOTHING, Raster, SPAN, Scene, Vertex, barycentric, grid_normals};
use super::sculpt::{COLUMNS, HEAD};
use super::shade::{Sample, background, lens, shade};
use super::{brushes, eye, glasses, hair, mouth, parts};

/// Samples per pixel, along each side.
const FINE: usize = 2;
/// Up to this size a picture is small.
const SMALL: usize = 96;

/// The samples of a pixel look for shadows at different distances, so that no edges of single steps show.
const REACH: [f32; FINE * FINE] = [0.82, 1.03, 1.13, 0.92];

/// The face as a square picture of `size` pixels a side.
///
/// On one machine the same factors and size give the same bytes, on any thread; another processor's
/// library may round a sine otherwise. The picture is the same at every size, only finer.
pub fn render(factors: &Factors, size: usize) -> ImageBuf {
    let mut image = vec![0; size * size * 3];
    render_into(factors, size, &mut image);
    ImageBuf::new(size, size, image).unwrap_or_else(|| ImageBuf::filled(1, 1, [0; 3]))
}

/// As [`render`], into `size * size * 3` bytes.
pub fn render_into(factors: &Factors, size: usize, pixels: &mut [u8]) {
    thread_local! {
        static RENDERER: RefCell<Renderer> = RefCell::default();
    }
    RENDERER.with_borrow_mut(|renderer| renderer.render_into(factors, size, pixels));
}

/// What is turned away from the key light by more than this cosine gets none that a shadow could take.
const AVERTED: f32 = -0.45;

/// What lies at a sample.
#[derive(Clone, Copy, PartialEq)]
struct Seen {
    /// None is the background.
    part: Option<u8>,
    through_lens: bool,
}

/// Renders faces one after another, keeping its memory.
#[derive(Default)]
struct Renderer {
    /// Whether the picture is so small that fewer triangles and samples do.
    small: bool,
    scene: Scene,
    raster: Raster,
    /// The part of every triangle.
    part_of: Vec<u8>,
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
}

impl Renderer {
    fn render_into(&mut self, factors: &Factors, size: usize, pixels: &mut [u8]) {
        let pose = Pose::head(factors);
        let look = Look::new(factors, pose);
        self.small = size <= SMALL;
        self.build(factors, pose, if self.small { 2 } else { 1 });
        self.raster.begin(&self.scene, size * FINE);
        self.draw(&look);
        let film = FILM.as_slice();
        for (y, row) in pixels.chunks_exact_mut(size * 3).enumerate() {
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                *pixel = developed(film, self.pixel(&look, x * FINE, y * FINE));
            }
        }
    }

    fn build(&mut self, f: &Factors, pose: Pose, step: usize) {
        let Self { scene, positions, normals, .. } = self;
        scene.clear();
        let (depth, length) = match f.beard {
            Beard::Full => (0.10, 0.12),
            Beard::Goatee => (0.025, 0.08),
            _ => (0.0, 0.0),
        };
        brushes::shape(f, depth, length, positions);
        grid_normals(positions, COLUMNS, step, 1, normals);
        let vertices = positions.iter().zip(&*normals).enumerate().map(|(index, (&p, &n))| {
            if n == Vec3::ZERO {
                return Vertex::default();
            }
            Vertex {
                position: pose.point(p),
                normal: pose.direction(n),
                coords: HEAD.positions[index],
                openness: HEAD.openness[index],
            }
        });
        scene.add(Material::Face, false, vertices, HEAD.triangles[step - 1].iter().copied());
        parts::ears(scene, f, pose);
        parts::neck(scene, f);
        parts::clothes(scene, f);
        hair::hair(scene, f, pose, step);
        glasses::glasses(scene, f, pose);
    }

    fn draw(&mut self, look: &Look) {
        self.part_of.clear();
        let ragged = look.cut.as_ref().map_or(0.0, |cut| cut.ragged);
        let seed = look.factors.detail;
        for (number, part) in self.scene.parts.iter().enumerate() {
            self.part_of.resize(part.triangles.end, number as u8);
            if part.material != Material::Hair {
                self.raster.draw(&self.scene, part, |_, _| true);
                continue;
            }
            let vertices = &self.scene.vertices;
            self.raster.draw(&self.scene, part, |corners, weights| {
                let [a, b, c] = corners.map(|i| vertices[i as usize].coords);
                let at = a * weights.x + b * weights.y + c * weights.z;
                if at.z > ragged || at.z < -ragged {
                    return at.z > 0.0;
                }
                // Tips of strands, coarse and fine.
                let tips = 0.6 * noise(vec3(at.x * 9.0, 0.5, 0.0).truncate(), seed)
                    + 0.4 * noise(vec3(at.x * 30.0, 0.5, 0.0).truncate(), seed ^ 1);
                at.z > ragged * (tips - 0.5) * 1.6
            });
        }
    }

    /// Light of the pixel whose first sample is at (`x`, `y`).
    fn pixel(&self, look: &Look, x: usize, y: usize) -> Vec3 {
        if let Some(light) = self.whole(look, x, y) {
            return light;
        }
        let places = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
        let light = |(x, y): (usize, usize)| self.sample(look, x, y).min(Vec3::splat(1.1));
        let seen = places.map(|(x, y)| self.seen(x, y));
        if !self.small || seen.iter().any(|seen| seen.through_lens) {
            return 0.25 * places.map(light).iter().sum::<Vec3>();
        }
        if seen == [seen[0]; 4] {
            return 0.5 * (light(places[0]) + light(places[3]));
        }
        // Of each surface one sample stands for all.
        let mut sum = Vec3::ZERO;
        for (index, &one) in seen.iter().enumerate() {
            if !seen[..index].contains(&one) {
                let alike = seen.iter().filter(|&&other| other == one).count();
                sum += 0.25 * alike as f32 * light(places[index]);
            }
        }
        sum
    }

    /// Which surface a sample sees.
    fn seen(&self, x: usize, y: usize) -> Seen {
        let at = y * self.raster.side + x;
        let number = self.raster.triangle[at];
        let part = if number == NOTHING { None } else { Some(self.part_of[number as usize]) };
        Seen { part, through_lens: self.raster.lens[at] != NOTHING }
    }

    /// Light of a pixel all of which sees one smooth piece of one surface: shaded once. The places with
    /// the finest paint, eyes and mouth, are left to the samples.
    fn whole(&self, look: &Look, x: usize, y: usize) -> Option<Vec3> {
        let side = self.raster.side;
        let unit = self.unit();
        let first = y * side + x;
        let all = [first, first + 1, first + side, first + side + 1];
        let (middle_x, middle_y) = (x as f32 + 1.0, y as f32 + 1.0);
        if all.iter().any(|&at| self.raster.lens[at] != NOTHING) {
            return None;
        }
        let numbers = all.map(|at| self.raster.triangle[at]);
        if numbers == [NOTHING; 4] {
            return Some(self.background(look, middle_x, middle_y));
        }
        if numbers.contains(&NOTHING) {
            return None;
        }
        let part = self.part_of[numbers[0] as usize];
        if numbers.iter().any(|&number| self.part_of[number as usize] != part) {
            return None;
        }
        let depths = all.map(|at| self.raster.depth[at]);
        let near = depths.iter().fold(f32::MIN, |a, &b| a.max(b));
        let far = depths.iter().fold(f32::MAX, |a, &b| a.min(b));
        if near - far > 5.0 * unit {
            return None;
        }
        let material = self.scene.parts[part as usize].material;
        let sample = self.surface(numbers[0], middle_x, middle_y);
        if material == Material::Face && (eye::is_near(sample.coords) || mouth::is_near(sample.coords)) {
            return None;
        }
        let lit = |reach| self.lit(look, middle_x, middle_y, &sample, reach);
        let lit = if self.small { lit(1.0) } else { 0.5 * (lit(REACH[0]) + lit(REACH[2])) };
        let sample = Sample { width: 2.0 * unit, lit, ..sample };
        Some(shade(look, material, &sample))
    }

    /// Light of one sample.
    fn sample(&self, look: &Look, x: usize, y: usize) -> Vec3 {
        let at = y * self.raster.side + x;
        let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
        let number = self.raster.triangle[at];
        let light = if number == NOTHING {
            self.background(look, px, py)
        } else {
            let part = &self.scene.parts[self.part_of[number as usize] as usize];
            let mut sample = self.surface(number, px, py);
            sample.lit = self.lit(look, px, py, &sample, REACH[x % FINE + FINE * (y % FINE)]);
            shade(look, part.material, &sample)
        };
        match self.raster.lens[at] {
            NOTHING => light,
            number => lens(look, self.surface(number, px, py).coords, light),
        }
    }

    /// Width of a sample in picture space.
    fn unit(&self) -> f32 {
        SPAN / self.raster.side as f32
    }

    /// The background at a place in samples.
    fn background(&self, look: &Look, px: f32, py: f32) -> Vec3 {
        let (side, unit) = (self.raster.side as f32, self.unit());
        background(look, (px - 0.5 * side) * unit, (EYE_LINE * side - py) * unit)
    }

    /// The surface of a triangle at a place in samples, as if in full light.
    fn surface(&self, number: u32, px: f32, py: f32) -> Sample {
        let corners = self.scene.triangles[number as usize];
        let [a, b, c] = corners.map(|i| self.raster.screen[i as usize]);
        let weights = barycentric(a, b, c, px, py);
        let [va, vb, vc] = corners.map(|i| &self.scene.vertices[i as usize]);
        let blend = |of: fn(&Vertex) -> Vec3| of(va) * weights.x + of(vb) * weights.y + of(vc) * weights.z;
        let position = blend(|v| v.position);
        let normal = blend(|v| v.normal).normalize_or(Vec3::Z);
        let faces = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) < 0.0;
        let openness = va.openness * weights.x + vb.openness * weights.y + vc.openness * weights.z;
        let coords = blend(|v| v.coords);
        Sample { position, normal, coords, openness, width: self.unit(), lit: 1.0, inside: !faces }
    }

    /// Looks along the way to the key light for something nearer to it.
    fn lit(&self, look: &Look, x: f32, y: f32, sample: &Sample, reach: f32) -> f32 {
        let side = self.raster.side;
        let scale = side as f32 / SPAN;
        let key = look.lights.key;
        if sample.normal.dot(key) < AVERTED {
            return 1.0;
        }
        let z = sample.position.z;
        let (right, up) = (key.x * scale * reach, key.y * scale * reach);
        let mut dark: f32 = 0.0;
        for (step, weight) in [(0.045, 0.28), (0.10, 0.30), (0.165, 0.24), (0.25, 0.18)] {
            let (sx, sy) = ((x + right * step) as usize, (y - up * step) as usize);
            if sx >= side || sy >= side {
                break;
            }
            let above = self.raster.depth[sy * side + sx] - (z + key.z * step * reach);
            if above > -0.005 {
                dark += weight * smoothstep(-0.005, 0.07, above) * smoothstep(0.75, 0.35, above);
            }
        }
        1.0 - 0.92 * dark
    }
}

/// Steps of [`FILM`] up to the light that is white.
const FILM_STEPS: usize = 4096;
const WHITE: f32 = 1.4;

/// Exposure, a film's shoulder, and sRGB.
static FILM: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let curve = |step: usize| {
        let v = step as f32 / (FILM_STEPS - 1) as f32 * WHITE * 1.12;
        let v = v * (1.0 + v * 0.16) / (1.0 + v * 0.34);
        let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v.min(1.0) * 255.0 + 0.5) as u8
    };
    (0..FILM_STEPS).map(curve).collect()
});

/// Light as three bytes.
fn developed(film: &[u8], light: Vec3) -> [u8; 3] {
    let step = |v: f32| film[((v * ((FILM_STEPS - 1) as f32 / WHITE) + 0.5) as usize).min(FILM_STEPS - 1)];
    [step(light.x), step(light.y), step(light.z)]
}
