//! The light of the picture, gathered from places whose surfaces are shaded four at a time.

use glam::{Mat4, Vec3, Vec4, vec4};

use super::appearance::Appearance;
use super::math::smoothstep;
use super::raster::{NOTHING, Raster};
use super::scene::{EYE_LINE, Material, SPAN, Scene};
use super::shade::{background, lens, shade};
use super::surface::SurfaceSamples;
use super::wide::{Wide, Wide3};

/// Cosine with the key light below which a surface gets none that a shadow could take.
const AVERTED: f32 = -0.45;
/// Samples that are shaded together.
const LANES: usize = 4;
/// Kinds of surface, and the background.
const KINDS: usize = Material::ALL.len() + 1;

/// A place of the picture that is to be exposed.
#[derive(Clone, Copy)]
pub struct Shot {
    /// The pixel that the light is for, and how much of the pixel's light it is.
    pub pixel: usize,
    /// As a part of 1.
    pub share: f32,
    /// Where, in samples from the top left corner.
    pub x: f32,
    /// As `x`, downwards.
    pub y: f32,
    /// The triangle there, or [`NOTHING`].
    pub triangle: u32,
    /// The lens before it, or [`NOTHING`].
    pub lens: u32,
    /// Width, in units of picture space.
    pub width: f32,
    /// Distances over which shadows are looked for: the mean of two.
    pub reach: [f32; 2],
}

/// Everything in front of the camera.
#[derive(Clone, Copy)]
pub struct SceneView<'a> {
    /// Colours and lights.
    pub appearance: &'a Appearance,
    /// Surfaces.
    pub scene: &'a Scene,
    /// Where they are in the picture.
    pub raster: &'a Raster,
}

/// The light of every pixel so far, and the shots that wait for others of their kind.
#[derive(Default)]
pub struct Exposure {
    /// Linear red, green, blue and nothing, row by row.
    pub light: Vec<Vec4>,
    waiting: [Vec<Shot>; KINDS],
}

impl Exposure {
    /// Darkens all of this many pixels.
    pub fn begin(&mut self, pixels: usize) {
        self.light.clear();
        self.light.resize(pixels, Vec4::ZERO);
    }

    /// Asks for a shot of a material, or of the background.
    pub fn take(&mut self, material: Option<Material>, shot: Shot) {
        self.waiting[material.map_or(0, |material| material as usize + 1)].push(shot);
    }

    /// Exposes what waits in fours; with `all` the rest too.
    pub fn catch_up(&mut self, stage: SceneView, all: bool) {
        let Self { light, waiting } = self;
        for (kind, shots) in waiting.iter_mut().enumerate() {
            let material = kind.checked_sub(1).map(|index| Material::ALL[index]);
            let (fours, rest) = shots.as_chunks::<LANES>();
            for four in fours {
                stage.expose(material, four, LANES, light);
            }
            let left = rest.len();
            if all && left > 0 {
                let four = std::array::from_fn(|lane| rest[lane.min(left - 1)]);
                stage.expose(material, &four, left, light);
            }
            let done = if all { shots.len() } else { shots.len() - left };
            shots.drain(..done);
        }
    }
}

/// Surfaces at four shots, and their z.
struct Surfaces {
    samples: SurfaceSamples,
    z: Wide,
}

impl SceneView<'_> {
    /// Adds the light of the first `count` of four shots of one material.
    fn expose(self, material: Option<Material>, shots: &[Shot; LANES], count: usize, light: &mut [Vec4]) {
        let of = |f: fn(&Shot) -> f32| Wide::from_array(shots.each_ref().map(f));
        let (x, y) = (of(|shot| shot.x), of(|shot| shot.y));
        let seen = match material {
            None => {
                let (side, unit) = (self.raster.side as f32, SPAN / self.raster.side as f32);
                background(self.appearance, (x - 0.5 * side) * unit, (EYE_LINE * side - y) * unit)
            }
            Some(material) => {
                let Surfaces { mut samples, z } = self.surfaces(shots);
                samples.width = of(|shot| shot.width);
                let (near, far) = (of(|shot| shot.reach[0]), of(|shot| shot.reach[1]));
                samples.lit = self.lit((x, y, z), samples.normal, near);
                if near != far {
                    samples.lit = (samples.lit + self.lit((x, y, z), samples.normal, far)) * 0.5;
                }
                shade(self.appearance, material, &samples)
            }
        };
        let turned = Mat4::from_cols(seen.x, seen.y, seen.z, Vec4::ZERO).transpose();
        for (lane, shot) in shots[..count].iter().enumerate() {
            let mut seen = turned.col(lane);
            if shot.lens != NOTHING {
                let (_, place, _) = self.corner_mean(shot.lens, shot.x, shot.y);
                seen = lens(self.appearance, place.truncate(), seen.truncate()).extend(0.0);
            }
            light[shot.pixel] += seen.min(Vec4::splat(1.1)) * shot.share;
        }
    }

    /// A triangle at a place in samples: normal and openness, coordinates and z, and its area, which is
    /// negative as seen from outside.
    fn corner_mean(self, triangle: u32, x: f32, y: f32) -> (Vec4, Vec4, f32) {
        let corners = self.scene.triangles[triangle as usize];
        let [a, b, c] = corners.map(|i| self.raster.screen[i as usize]);
        let (ab, ac) = (b - a, c - a);
        let area = ab.x * ac.y - ab.y * ac.x;
        let (px, py, inverse) = (x - a.x, y - a.y, 1.0 / area);
        let v = (px * ac.y - py * ac.x) * inverse;
        let w = (ab.x * py - ab.y * px) * inverse;
        let u = 1.0 - v - w;
        let [va, vb, vc] = corners.map(|i| &self.scene.vertices[i as usize]);
        let shape = va.normal.extend(va.openness) * u
            + vb.normal.extend(vb.openness) * v
            + vc.normal.extend(vc.openness) * w;
        let place = va.coords.extend(a.z) * u + vb.coords.extend(b.z) * v + vc.coords.extend(c.z) * w;
        (shape, place, area)
    }

    /// As if in full light, and of no width.
    fn surfaces(self, shots: &[Shot; LANES]) -> Surfaces {
        let means = shots.each_ref().map(|shot| self.corner_mean(shot.triangle, shot.x, shot.y));
        let [a, b, c, d] = means;
        let shape = Mat4::from_cols(a.0, b.0, c.0, d.0).transpose();
        let place = Mat4::from_cols(a.1, b.1, c.1, d.1).transpose();
        let samples = SurfaceSamples {
            normal: Wide3 { x: shape.x_axis, y: shape.y_axis, z: shape.z_axis }.normalize(),
            coords: Wide3 { x: place.x_axis, y: place.y_axis, z: place.z_axis },
            openness: shape.w_axis,
            width: Wide::ZERO,
            lit: Wide::ONE,
            inside: vec4(a.2, b.2, c.2, d.2).cmpge(Wide::ZERO),
        };
        Surfaces { samples, z: place.w_axis }
    }

    /// Looks along the way to the key light for something nearer to it.
    fn lit(self, (x, y, z): (Wide, Wide, Wide), normal: Wide3, reach: Wide) -> Wide {
        let Raster { side, stride, ref depth, .. } = *self.raster;
        let key: Vec3 = self.appearance.lights.key;
        let facing = normal.dot(key).cmpge(Wide::splat(AVERTED));
        if !facing.any() {
            return Wide::ONE;
        }
        let scale = side as f32 / SPAN;
        let (right, down) = (reach * (key.x * scale), reach * (-key.y * scale));
        let (end, last) = (Wide::splat(side as f32), Wide::splat(side as f32 - 1.0));
        let mut dark = Wide::ZERO;
        for (step, weight) in [(0.045, 0.28), (0.10, 0.30), (0.165, 0.24), (0.25, 0.18)] {
            let (sx, sy) = (x + right * step, y + down * step);
            let within = sx.cmplt(end) & sy.cmplt(end);
            let column = sx.clamp(Wide::ZERO, last).to_array();
            let row = sy.clamp(Wide::ZERO, last).to_array();
            let there = std::array::from_fn(|lane| {
                depth[row[lane] as i32 as usize * stride + column[lane] as i32 as usize]
            });
            let above = Wide::from_array(there) - (z + reach * (key.z * step));
            let shadow = within & facing & above.cmpgt(Wide::splat(-0.005));
            if shadow.any() {
                let deep = smoothstep(-0.005, 0.07, above) * smoothstep(0.75, 0.35, above) * weight;
                dark += Wide::select(shadow, deep, Wide::ZERO);
            }
        }
        1.0 - dark * 0.92
    }
}
