//! Ears, neck and clothes.

use std::f32::consts::PI;

use glam::{Vec3, vec3};

use super::factors::{Clothes, Factors};
use super::math::{bell, mix, smoothstep};
use super::pose::Pose;
use super::scene::{Material, Scene, Vertex, grid_normals};
use super::sculpt::grid_triangles;

const EAR_RINGS: usize = 7;
const EAR_COLUMNS: usize = 18;
const AROUND: usize = 36;
const NECK_ROWS: usize = 10;
const CLOTH_ROWS: usize = 12;

/// Both ears.
pub fn ears(scene: &mut Scene, f: &Factors, pose: Pose) {
    for side in [-1.0, 1.0] {
        let wide = 1.0 + 0.075 * f.face_width;
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
        grid_normals(&positions, EAR_COLUMNS, &mut normals);
        let facing = vec3(out.x * side, out.y, out.z);
        let vertices = positions.iter().zip(&normals).zip(&openness).map(|((&p, &n), &openness)| Vertex {
            position: pose.point(p),
            normal: pose.direction(if n.dot(facing) < 0.0 { -n } else { n }),
            coords: vec3(0.0, 0.0, 1.0),
            openness,
        });
        scene.add(Material::Skin, true, vertices, grid_triangles(EAR_RINGS, EAR_COLUMNS, 1));
    }
}

/// The neck, which turns with the head at the top and with the body below.
pub fn neck(scene: &mut Scene, f: &Factors) {
    let width = mix(0.46, 0.34, f.softness) + 0.02 * f.jaw_width;
    let mut positions = Vec::with_capacity(NECK_ROWS * AROUND);
    let mut openness = Vec::with_capacity(NECK_ROWS * AROUND);
    for row in 0..NECK_ROWS {
        let t = row as f32 / (NECK_ROWS - 1) as f32;
        let y = mix(-0.50, -1.75, t);
        let flare = 1.0 + 0.9 * smoothstep(-1.22, -1.75, y);
        let pose = Pose::neck(f, smoothstep(-1.25, -0.6, y));
        for column in 0..AROUND {
            let (sin, cos) = (column as f32 / AROUND as f32 * 2.0 * PI - PI).sin_cos();
            let p = vec3(width * flare * sin, y, -0.16 + 0.36 * cos * flare.sqrt() - 0.10 * t);
            positions.push(pose.point(p));
            openness.push(mix(0.38, 1.0, smoothstep(-0.85, -1.35, y)));
        }
    }
    add_grid(scene, Material::Skin, &positions, AROUND, |index| (vec3(0.0, 0.0, 0.0), openness[index]));
}

/// Shirt or jumper. Coordinates: x and y of the body at rest, and 1 on a raised collar.
pub fn clothes(scene: &mut Scene, f: &Factors) {
    let pose = Pose::body(f);
    let neck = mix(0.46, 0.34, f.softness) + 0.02 * f.jaw_width;
    let broad = mix(1.18, 0.98, f.softness);
    let neckline = if f.clothes == Clothes::VNeck { 0.03 } else { 0.0 };
    let mut positions = Vec::with_capacity(CLOTH_ROWS * AROUND);
    let mut rest = Vec::with_capacity(CLOTH_ROWS * AROUND);
    for row in 0..CLOTH_ROWS {
        let t = row as f32 / (CLOTH_ROWS - 1) as f32;
        let shoulder = smoothstep(0.0, 1.0, t);
        for column in 0..AROUND {
            let (sin, cos) = (column as f32 / AROUND as f32 * 2.0 * PI - PI).sin_cos();
            // The rim is low in front and high behind.
            let rim = -1.20 - 0.06 * cos - neckline;
            let slope = mix(0.42, 0.75, cos.max(0.0)) * t;
            let x = mix(neck + 0.055, broad, shoulder.powf(0.9)) * sin;
            let z = -0.20 + mix(0.42, 0.62, t) * cos;
            let p = vec3(x, rim - slope, z);
            rest.push(vec3(p.x, p.y, t));
            positions.push(pose.point(p));
        }
    }
    add_grid(scene, Material::Cloth, &positions, AROUND, |index| (rest[index], mix(0.6, 1.0, rest[index].z)));
    let (height, slack) = match f.clothes {
        Clothes::Turtleneck => (0.26, 0.045),
        Clothes::Collar => (0.17, 0.075),
        Clothes::Crew => (0.012, 0.050),
        Clothes::VNeck => return,
    };
    let mut positions = Vec::with_capacity(4 * AROUND);
    let mut rest = Vec::with_capacity(4 * AROUND);
    for row in 0..4 {
        let t = row as f32 / 3.0;
        for column in 0..AROUND {
            let (sin, cos) = (column as f32 / AROUND as f32 * 2.0 * PI - PI).sin_cos();
            let rim = -1.20 - 0.06 * cos;
            // A shirt's collar stands open in front.
            let open = if f.clothes == Clothes::Collar { smoothstep(0.55, 1.0, cos) } else { 0.0 };
            let y = rim - 0.05 + (height + 0.05) * (1.0 - t) * mix(1.0, 0.25, open);
            let out = slack + 0.035 * bell((t - 0.3) / 0.5) + 0.03 * t;
            let p =
                vec3((neck + out) * sin * (1.0 + 0.12 * open), y, -0.20 + (0.40 + out + 0.06 * open) * cos);
            rest.push(vec3(p.x, p.y, 1.5));
            positions.push(pose.point(p));
        }
    }
    add_grid(scene, Material::Cloth, &positions, AROUND, |index| (rest[index], 0.95));
}

fn add_grid(
    scene: &mut Scene,
    material: Material,
    positions: &[Vec3],
    columns: usize,
    paint: impl Fn(usize) -> (Vec3, f32),
) {
    let mut normals = Vec::with_capacity(positions.len());
    grid_normals(positions, columns, &mut normals);
    let vertices = positions.iter().zip(&normals).enumerate().map(|(index, (&position, &normal))| {
        let (coords, openness) = paint(index);
        Vertex { position, normal, coords, openness }
    });
    scene.add(material, true, vertices, grid_triangles(positions.len() / columns, columns, 1));
}
