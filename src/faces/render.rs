//! One face as a picture.

use std::cell::RefCell;

use glam::{BVec4A, Vec3, Vec4};

use crate::image_buf::ImageBuf;

use super::appearance::Appearance;
use super::exposure::{Exposure, SceneView, Shot};
use super::factors::{Beard, Factors};
use super::math::Number;
use super::pose::Pose;
use super::raster::{Extent, NOTHING, Raster};
use super::scene::{Material, SPAN, Scene, Vertex, corner_rows, grid_normals};
use super::sculpt::{COLUMNS, HEAD, ROWS};
use super::tone::TONE;
use super::wide::noise;
use super::{brushes, glasses, hair, parts};

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

/// Renders as [`render`] does, into `size * size * 3` bytes.
pub fn render_into(factors: &Factors, size: usize, pixels: &mut [u8]) {
    thread_local! {
        static RENDERER: RefCell<Renderer> = RefCell::default();
    }
    RENDERER.with_borrow_mut(|renderer| renderer.render_into(factors, size, pixels));
}

/// Renders faces one after another, keeping its memory.
#[derive(Default)]
struct Renderer {
    /// Whether the picture is so small that fewer triangles and samples do.
    small: bool,
    scene: Scene,
    raster: Raster,
    exposure: Exposure,
    /// The part of every triangle.
    part_of: Vec<u8>,
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
}

impl Renderer {
    fn render_into(&mut self, factors: &Factors, size: usize, pixels: &mut [u8]) {
        let pose = Pose::head(factors);
        let appearance = Appearance::new(factors, pose);
        self.small = size <= SMALL;
        self.build(factors, pose, if self.small { 2 } else { 1 });
        self.raster.begin(&self.scene, size * FINE);
        self.draw(&appearance);
        self.expose(&appearance, size);
        let film = &*TONE;
        for (pixel, &light) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(&self.exposure.light) {
            *pixel = film.developed(light);
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
        grid_normals(positions, COLUMNS, step, normals);
        let corners = corner_rows(ROWS, step)
            .flat_map(|row| (0..COLUMNS).step_by(step).map(move |column| row * COLUMNS + column));
        let vertices = corners.zip(&*normals).map(|(index, &n)| Vertex {
            position: pose.point(positions[index]),
            normal: pose.direction(n),
            coords: HEAD.positions[index],
            openness: HEAD.openness[index],
        });
        scene.add(Material::Face, false, vertices, HEAD.meshes[step - 1].triangles.iter().copied());
        parts::ears(scene, f, pose);
        parts::neck(scene, f, step);
        parts::clothes(scene, f, step);
        hair::hair(scene, f, pose, step);
        glasses::glasses(scene, f, pose);
    }

    fn draw(&mut self, appearance: &Appearance) {
        self.part_of.clear();
        let ragged = appearance.cut.as_ref().map_or(0.0, |cut| cut.ragged);
        let seed = appearance.factors.detail;
        for (number, part) in self.scene.parts.iter().enumerate() {
            self.part_of.resize(part.triangles.end, number as u8);
            if part.material != Material::Hair {
                self.raster.draw(&self.scene, part, |_| Extent::Whole, |_, _| BVec4A::TRUE);
                continue;
            }
            // Hair ends at its hem, in tips of strands, coarse and fine.
            let vertices = &self.scene.vertices;
            let extent = |corners: [u32; 3]| {
                let above = corners.map(|i| vertices[i as usize].coords.z);
                if above.iter().all(|&above| above > ragged) {
                    Extent::Whole
                } else if above.iter().all(|&above| above < -ragged) {
                    Extent::Nothing
                } else {
                    Extent::Partly
                }
            };
            self.raster.draw(&self.scene, part, extent, |corners, weights| {
                let [a, b, c] = corners.map(|i| vertices[i as usize].coords);
                let blend = |a, b, c| weights[0] * a + weights[1] * b + weights[2] * c;
                let (across, above) = (blend(a.x, b.x, c.x), blend(a.z, b.z, c.z));
                let half = Vec4::splat(0.5);
                let tips = noise(across * 9.0, half, seed) * 0.6 + noise(across * 30.0, half, seed ^ 1) * 0.4;
                above.cmpgt(((tips - 0.5) * (1.6 * ragged)).at_least(-ragged).at_most(ragged))
            });
        }
    }

    /// Decides of each pixel which places stand for it, and has them exposed.
    fn expose(&mut self, appearance: &Appearance, size: usize) {
        let Self { raster, exposure, scene, part_of, small, .. } = self;
        let stage = SceneView { appearance, scene, raster };
        let fine = &HEAD.meshes[usize::from(*small)].fine;
        let unit = SPAN / raster.side as f32;
        let part = |triangle: u32| part_of.get(triangle as usize).copied();
        let material = |part: Option<u8>| part.map(|part| scene.parts[part as usize].material);
        exposure.begin(size * size);
        for y in 0..size {
            for x in 0..size {
                let first = FINE * (y * raster.stride + x);
                let places = [first, first + 1, first + raster.stride, first + raster.stride + 1];
                let triangles = places.map(|at| raster.triangle(at));
                let lenses =
                    if raster.has_lens { places.map(|at| raster.lens(at)) } else { [NOTHING; FINE * FINE] };
                let seen = triangles.map(part);
                let clear = lenses == [NOTHING; FINE * FINE];
                let alike = clear && seen == [seen[0]; FINE * FINE];
                let (middle_x, middle_y) = ((FINE * x + 1) as f32, (FINE * y + 1) as f32);
                let whole = Shot {
                    pixel: y * size + x,
                    share: 1.0,
                    x: middle_x,
                    y: middle_y,
                    triangle: triangles[0],
                    lens: NOTHING,
                    width: 2.0 * unit,
                    reach: if *small { [1.0; 2] } else { [REACH[0], REACH[2]] },
                };
                let smooth = || {
                    let depths = Vec4::from_array(places.map(|at| raster.depth[at]));
                    // The places with the finest paint, eyes and mouth, are left to the samples.
                    depths.max_element() - depths.min_element() <= 5.0 * unit
                        && fine.get(triangles[0] as usize) != Some(&true)
                };
                if alike && (seen[0].is_none() || smooth()) {
                    exposure.take(material(seen[0]), whole);
                    continue;
                }
                let mut add = |sample: usize, share: f32| {
                    let shot = Shot {
                        share,
                        x: middle_x - 0.5 + (sample % FINE) as f32,
                        y: middle_y - 0.5 + (sample / FINE) as f32,
                        triangle: triangles[sample],
                        lens: lenses[sample],
                        width: unit,
                        reach: [REACH[sample]; 2],
                        ..whole
                    };
                    exposure.take(material(seen[sample]), shot);
                };
                if !*small || !clear {
                    (0..FINE * FINE).for_each(|sample| add(sample, 0.25));
                } else if alike {
                    add(0, 0.5);
                    add(3, 0.5);
                } else {
                    // Of each surface one sample stands for all.
                    for (index, one) in seen.iter().enumerate() {
                        if !seen[..index].contains(one) {
                            add(index, 0.25 * seen.iter().filter(|&other| other == one).count() as f32);
                        }
                    }
                }
            }
            exposure.catch_up(stage, false);
        }
        exposure.catch_up(stage, true);
    }
}
