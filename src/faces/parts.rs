//! Ears, neck and clothes.

use std::f32::consts::PI;
use std::sync::LazyLock;

use glam::{Vec3, vec3};

use super::factors::{Clothes, Factors};
use super::math::{bell, mix, smoothstep};
use super::pose::Pose;
use super::scene::{Material, Scene, Vertex, corner_rows, grid_normals};
use super::sculpt::grid_triangles;

const EAR_RINGS: usize = 7;
const EAR_COLUMNS: usize = 18;
const AROUND: usize = 36;
const NECK_ROWS: usize = 10;
const CLOTH_ROWS: usize = 12;
const COLLAR_ROWS: usize = 4;
/// The last coordinate of a raised collar; on the body itself it goes from 0 down to 1.
const COLLAR: f32 = 1.5;

static EAR: LazyLock<Vec<[u32; 3]>> = LazyLock::new(|| grid_triangles(EAR_RINGS, EAR_COLUMNS));
/// Sine and cosine of the columns' angles from the front.
static CIRCLE: LazyLock<[(f32, f32); AROUND]> =
    LazyLock::new(|| std::array::from_fn(|column| (column as f32 / AROUND as f32 * 2.0 * PI - PI).sin_cos()));

/// Both ears.
pub fn ears(scene: &mut Scene, f: &Factors, pose: Pose) {
    for side in [-1.0, 1.0] {
        let wide = f.width();
        let base = vec3(0.640 * wide, -0.10, -0.06);
        let (up, back, out) = (vec3(0.10, 1.0, -0.16), vec3(0.52, 0.0, -0.85), vec3(0.85, 0.0, 0.52));
        let mut positions = Vec::with_capacity(EAR_RINGS * EAR_COLUMNS);
        let mut openness = Vec::with_capacity(EAR_RINGS * EAR_COLUMNS);
        for ring in 0..EAR_RINGS {
            let r = ring as f32 / (EAR_RINGS - 1) as f32;
            for column in 0..EAR_COLUMNS {
                let angle = column as f32 / EAR_COLUMNS as f32 * 2.0 * PI;
                let (sin, cos) = angle.sin_cos();
                // Narrower at the lobe.
                let narrow = mix(0.72, 1.0, smoothstep(-1.0, 0.3, sin));
                let height = 0.045 * bell((r - 0.84) / 0.22) - 0.05 * bell(r / 0.7);
                let p =
                    base + up * (0.205 * r * sin) + back * (0.115 * r * cos * narrow + 0.075) + out * height;
                positions.push(vec3(p.x * side, p.y, p.z));
                openness.push(mix(0.45, 1.0, smoothstep(0.15, 0.8, r)));
            }
        }
        let mut normals = Vec::new();
        grid_normals(&positions, EAR_COLUMNS, 1, &mut normals);
        let facing = vec3(out.x * side, out.y, out.z);
        let vertices = positions.iter().zip(&normals).zip(&openness).map(|((&p, &n), &openness)| Vertex {
            position: pose.point(p),
            normal: pose.direction(if n.dot(facing) < 0.0 { -n } else { n }),
            coords: vec3(0.0, 0.0, 1.0),
            openness,
        });
        scene.add(Material::Skin, true, vertices, EAR.iter().copied());
    }
}

/// The neck, which turns with the head at the top and with the body below. In a `step` of 2, for small
/// pictures, of fewer triangles, as the clothes.
pub fn neck(scene: &mut Scene, f: &Factors, step: usize) {
    let width = f.neck();
    let mut openness = Vec::with_capacity(NECK_ROWS);
    let positions = around(NECK_ROWS, step, |t| {
        let y = mix(-0.50, -1.75, t);
        let flare = 1.0 + 0.9 * smoothstep(-1.22, -1.75, y);
        let pose = Pose::neck(f, smoothstep(-1.25, -0.6, y));
        openness.push(mix(0.38, 1.0, smoothstep(-0.85, -1.35, y)));
        move |sin, cos| pose.point(vec3(width * flare * sin, y, -0.16 + 0.36 * cos * flare.sqrt() - 0.10 * t))
    });
    add_grid(scene, Material::Skin, step, &positions, |index| (Vec3::ZERO, openness[index * step / AROUND]));
}

/// Shirt or jumper. Coordinates: x and y of the body at rest, and how far down or [`COLLAR`].
pub fn clothes(scene: &mut Scene, f: &Factors, step: usize) {
    let pose = Pose::body(f);
    let neck = f.neck();
    let broad = mix(1.18, 0.98, f.softness);
    let neckline = if f.clothes == Clothes::VNeck { 0.03 } else { 0.0 };
    // The rim is low in front and high behind.
    let rim = |cos: f32| -1.20 - 0.06 * cos;
    let mut down = Vec::with_capacity(CLOTH_ROWS);
    let body = around(CLOTH_ROWS, step, |t| {
        down.push(t);
        let out = mix(neck + 0.055, broad, smoothstep(0.0, 1.0, t).powf(0.9));
        move |sin, cos: f32| {
            let slope = mix(0.42, 0.75, cos.max(0.0)) * t;
            vec3(out * sin, rim(cos) - neckline - slope, -0.20 + mix(0.42, 0.62, t) * cos)
        }
    });
    let positions: Vec<Vec3> = body.iter().map(|&p| pose.point(p)).collect();
    add_grid(scene, Material::Cloth, step, &positions, |index| {
        let t = down[index * step / AROUND];
        (vec3(body[index].x, body[index].y, t), mix(0.6, 1.0, t))
    });

    let (height, slack) = match f.clothes {
        Clothes::Turtleneck => (0.26, 0.045),
        Clothes::Collar => (0.17, 0.075),
        Clothes::Crew => (0.012, 0.050),
        Clothes::VNeck => return,
    };
    let collar = around(COLLAR_ROWS, step, |t| {
        move |sin, cos| {
            // A shirt's collar stands open in front.
            let open = if f.clothes == Clothes::Collar { smoothstep(0.55, 1.0, cos) } else { 0.0 };
            let y = rim(cos) - 0.05 + (height + 0.05) * (1.0 - t) * mix(1.0, 0.25, open);
            let out = slack + 0.035 * bell((t - 0.3) / 0.5) + 0.03 * t;
            let x = (neck + out) * sin * (1.0 + 0.12 * open);
            vec3(x, y, -0.20 + (0.40 + out + 0.06 * open) * cos)
        }
    });
    let positions: Vec<Vec3> = collar.iter().map(|&p| pose.point(p)).collect();
    add_grid(scene, Material::Cloth, step, &positions, |index| {
        (vec3(collar[index].x, collar[index].y, COLLAR), 0.95)
    });
}

/// A grid around the vertical axis. `row` is told how far down a row is, from 0 to 1, and makes what is told
/// sine and cosine of each vertex's angle from the front.
fn around<P: Fn(f32, f32) -> Vec3>(rows: usize, step: usize, mut row: impl FnMut(f32) -> P) -> Vec<Vec3> {
    let mut positions = Vec::with_capacity(rows * AROUND);
    for number in corner_rows(rows, step) {
        let place = row(number as f32 / (rows - 1) as f32);
        positions.extend(CIRCLE.iter().step_by(step).map(|&(sin, cos)| place(sin, cos)));
    }
    positions
}

/// Adds what is in place already; `paint` says coordinates and openness of each vertex.
fn add_grid(
    scene: &mut Scene,
    material: Material,
    step: usize,
    positions: &[Vec3],
    paint: impl Fn(usize) -> (Vec3, f32),
) {
    let columns = AROUND / step;
    let mut normals = Vec::with_capacity(positions.len());
    grid_normals(positions, columns, 1, &mut normals);
    let vertices = positions.iter().zip(&normals).enumerate().map(|(index, (&position, &normal))| {
        let (coords, openness) = paint(index);
        Vertex { position, normal, coords, openness }
    });
    scene.add(material, true, vertices, grid_triangles(positions.len() / columns, columns));
}
