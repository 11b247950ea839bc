//! Hair: a sheet that covers the skull and hangs from it, cut by a hem.

use std::f32::consts::PI;
use std::sync::LazyLock;

use glam::{Vec2, Vec3, vec2, vec3};

use super::cut::{Cut, cut};
use super::factors::{Factors, HairStyle};
use super::math::{atan2, bell, mix, noise, smoothstep};
use super::pose::Pose;
use super::scene::{Material, Scene, Vertex, corner_rows, grid_normals};
use super::sculpt::grid_triangles;

const COLUMNS: usize = 84;
const ROWS: usize = 28;
/// Rows on the upper half of the skull.
const TOP_ROWS: usize = 15;
/// The skull that the hair grows on.
const SKULL: Vec3 = vec3(0.0, 0.30, -0.08);
const RADII: Vec3 = vec3(0.695, 0.715, 0.845);

/// Sine and cosine of every column's angle from the front.
static AROUND: LazyLock<Vec<(f32, f32, f32)>> = LazyLock::new(|| {
    (0..COLUMNS)
        .map(|column| {
            let angle = (column as f32 + 0.5) / COLUMNS as f32 * 2.0 * PI - PI;
            (angle, angle.sin(), angle.cos())
        })
        .collect()
});

static TRIANGLES: LazyLock<[Vec<[u32; 3]>; 2]> =
    LazyLock::new(|| [1, 2].map(|step| grid_triangles(corner_rows(ROWS, step).count(), COLUMNS / step)));

/// Paint of a vertex: its coordinates on the material, and the share of the sky it sees.
type Paint = (Vec3, f32);

/// Adds the hair to the scene; with a `step` of 2, for small pictures, in fewer triangles.
pub fn hair(scene: &mut Scene, f: &Factors, pose: Pose, step: usize) {
    let Some(cut) = cut(f.hair_style) else { return };
    let growth = Growth::new(f, cut);
    let side = f.parting();
    let hems: Vec<(f32, f32)> =
        AROUND.iter().map(|(angle, ..)| growth.cut.hem_at(angle.to_degrees(), side, f.hair_length)).collect();
    let columns = COLUMNS / step;
    let mut positions = Vec::with_capacity(ROWS * columns);
    let mut paints = Vec::with_capacity(ROWS * columns);
    for row in corner_rows(ROWS, step) {
        // On the skull down to its widest, then hanging to the end.
        let (out, height, hang) = if row < TOP_ROWS {
            let (sin, cos) = (row as f32 / (TOP_ROWS - 1) as f32 * 0.5 * PI).sin_cos();
            (sin, cos, 0.0)
        } else {
            (1.0, 0.0, (row - TOP_ROWS + 1) as f32 / (ROWS - TOP_ROWS) as f32)
        };
        for (&(angle, sin, cos), &(hem, grown)) in AROUND.iter().zip(&hems).step_by(step) {
            let hem = hem - grown;
            let end = hem - 0.10 - growth.cut.ragged;
            let fall = hang * (SKULL.y - end).max(0.02);
            let place =
                SheetPoint { angle, cos, outward: vec3(sin * out, height, cos * out), fall, hem, end };
            let (position, paint) = growth.vertex(&place);
            positions.push(position);
            paints.push(paint);
        }
    }
    add_shell(scene, pose, columns, &positions, |index, _| paints[index], &TRIANGLES[step - 1]);
    if f.hair_style == HairStyle::Bun {
        bun(scene, f, pose, growth.full);
    }
}

/// Where on the sheet a vertex is.
struct SheetPoint {
    /// From the front.
    angle: f32,
    cos: f32,
    /// From the middle of the skull.
    outward: Vec3,
    /// Length that it hangs below the widest place.
    fall: f32,
    /// Heights of the hem, and of the last row beneath it.
    hem: f32,
    end: f32,
}

/// Growth of the hair of one head.
struct Growth<'a> {
    f: &'a Factors,
    cut: Cut,
    full: f32,
    whorl: Vec3,
    /// Two directions across the whorl; the seam of the angle between them is behind, or, for a whorl
    /// in front, beneath it.
    right: Vec3,
    down: Vec3,
}

impl<'a> Growth<'a> {
    fn new(f: &'a Factors, cut: Cut) -> Self {
        let whorl = cut.whorl_on(f.parting());
        let right = whorl.cross(if whorl.z > 0.7 { Vec3::NEG_Y } else { Vec3::NEG_Z }).normalize();
        Growth { f, cut, full: 1.0 + 0.38 * f.hair_volume, whorl, right, down: whorl.cross(right) }
    }

    fn vertex(&self, place: &SheetPoint) -> (Vec3, Paint) {
        let Growth { cut, whorl, right, down, .. } = self;
        let &SheetPoint { angle, cos, outward, fall, hem, end } = place;
        let above = SKULL.y + RADII.y * outward.y - fall - hem;
        // Curls know no direction.
        let (across, along) = if cut.curls > 0.0 {
            (angle, fall - outward.y)
        } else {
            (atan2(right.dot(outward), down.dot(outward)), 1.0 - whorl.dot(outward) + fall)
        };
        let thick = self.thickness(place, above, across, along);
        let wave = if cut.waves == 0.0 {
            0.0
        } else {
            cut.waves * (along * 9.0 + 2.0 * noise(vec2(across * 2.0, 0.5), self.f.detail)).sin()
        };
        // Below its widest the head narrows; hanging hair does not follow.
        let back = 0.5 - 0.5 * cos;
        let hanging = smoothstep(0.2, 1.1, SKULL.y - end - 0.4);
        let cheek = smoothstep(-0.25, 0.35, cos) * smoothstep(0.15, 0.75, fall);
        let narrow = (1.0 - 0.13 * cheek)
            * (1.0 - (1.0 - hanging) * mix(0.10, 0.30, back) * (fall / 0.8).min(1.2).powi(2));
        let spread = cut.flare * smoothstep(0.3, 1.6, fall) * hanging;
        let radial = vec3(outward.x, 0.0, outward.z) * ((spread + wave * smoothstep(0.1, 0.6, fall)) + 0.02);
        let p = SKULL
            + RADII * vec3(outward.x * narrow, outward.y, outward.z * narrow)
            + outward * thick
            + radial
            - Vec3::Y * fall;
        let openness = mix(1.0, 0.55, smoothstep(0.5, 1.6, fall));
        (p * vec3(self.f.width(), 1.0, 1.0), (vec3(across, along, above), openness))
    }

    /// Distance of the sheet from the skull.
    fn thickness(&self, place: &SheetPoint, above: f32, across: f32, along: f32) -> f32 {
        let Growth { f, cut, full, .. } = self;
        let &SheetPoint { cos, outward, fall, .. } = place;
        let height = outward.y;
        let back = 0.5 - 0.5 * cos;
        // Flat on the brow, and thin where a curtain of hair begins.
        let brow = smoothstep(0.25, 0.75, cos) * mix(1.0, 0.25, height);
        let mut thick = mix(mix(cut.thickness.y, cut.thickness.z, back), cut.thickness.x, height);
        thick *= full * mix(1.0, 0.40, brow);
        thick += cut.lift * full * bell((outward - vec3(0.0, 0.70, 0.62)).length() / 0.75);
        if cut.hairline {
            thick *= mix(0.12, 1.0, smoothstep(-0.02, 0.24, above));
        }
        if cut.clumps > 0.0 {
            thick += cut.clumps * full * (noise(vec2(across * 4.5, along * 1.5), f.detail) - 0.5);
        }
        if cut.curls > 0.0 {
            thick += cut.curls * full * curl_bumps(outward, fall, f.detail);
        }
        thick
    }
}

/// Adds a closed surface; `paint` is given the number and the normal of each vertex.
fn add_shell(
    scene: &mut Scene,
    pose: Pose,
    columns: usize,
    positions: &[Vec3],
    paint: impl Fn(usize, Vec3) -> Paint,
    triangles: &[[u32; 3]],
) {
    let mut normals = Vec::with_capacity(positions.len());
    grid_normals(positions, columns, 1, &mut normals);
    let vertices = positions.iter().zip(&normals).enumerate().map(|(index, (&p, &n))| {
        let (coords, openness) = paint(index, n);
        Vertex { position: pose.point(p), normal: pose.direction(n), coords, openness }
    });
    scene.add(Material::Hair, true, vertices, triangles.iter().copied());
}

const RINGS: usize = 12;
const SPOKES: usize = 20;
static BUN: LazyLock<Vec<[u32; 3]>> = LazyLock::new(|| grid_triangles(RINGS, SPOKES));

/// The knot on top.
fn bun(scene: &mut Scene, f: &Factors, pose: Pose, full: f32) {
    let centre = vec3(0.0, 1.10, -0.22);
    let radius = 0.25 * full.sqrt() * (1.0 + 0.15 * f.hair_length);
    let mut positions = Vec::with_capacity(RINGS * SPOKES);
    let mut coords = Vec::with_capacity(RINGS * SPOKES);
    for ring in 0..RINGS {
        let down = ring as f32 / (RINGS - 1) as f32 * PI;
        for spoke in 0..SPOKES {
            let angle = spoke as f32 / SPOKES as f32 * 2.0 * PI - PI;
            let d = vec3(angle.sin() * down.sin(), down.cos(), angle.cos() * down.sin());
            let twist = angle + 1.1 * down;
            let lump = 1.0 + 0.06 * (3.0 * twist).sin() * down.sin();
            positions.push(centre + d * radius * lump * vec3(1.1, 0.85, 1.0));
            coords.push(vec3(twist, down * 0.4, 1.0));
        }
    }
    // Darker underneath.
    let paint = |index: usize, normal: Vec3| (coords[index], smoothstep(-0.3, 0.3, normal.y) * 0.5 + 0.5);
    add_shell(scene, pose, SPOKES, &positions, paint, &BUN);
}

/// Rounded bumps on the skull, in [-0.5, 1].
fn curl_bumps(outward: Vec3, fall: f32, seed: u32) -> f32 {
    let bumps = |q: Vec2, seed: u32| 1.0 - (2.0 * noise(q, seed) - 1.0).abs() * 1.5;
    let y = outward.y - fall;
    let around = vec2(outward.x * 5.5 + outward.z * 2.3, y * 5.5 - outward.z * 3.1);
    0.65 * bumps(around, seed) + 0.35 * bumps(vec2(around.y, -around.x) * 1.9, seed ^ 77)
}
