//! Hair: a sheet that covers the skull and hangs from it, cut by a hem.

use std::f32::consts::PI;
use std::sync::LazyLock;

use glam::{Vec2, Vec3, vec2, vec3};

use super::factors::{Factors, HairStyle};
use super::math::{atan2, bell, mix, noise, smoothstep};
use super::pose::Pose;
use super::scene::{Material, Scene, Vertex, grid_normals};
use super::sculpt::grid_triangles;

const COLUMNS: usize = 84;
const ROWS: usize = 28;
/// Rows on the upper half of the skull.
const TOP_ROWS: usize = 15;
/// The skull that the hair grows on.
const SKULL: Vec3 = vec3(0.0, 0.30, -0.08);
const RADII: Vec3 = vec3(0.695, 0.715, 0.845);

/// Angles from the front, degrees, at which a style says where its hem lies.
const STOPS: [f32; 11] = [0.0, 15.0, 30.0, 42.0, 52.0, 62.0, 74.0, 86.0, 105.0, 140.0, 180.0];

/// How a style is cut.
pub struct Cut {
    /// Height of the hem at [`STOPS`].
    hem: [f32; 11],
    /// How much lower the hem goes per unit of length, at the sides and behind.
    growth: f32,
    /// Thickness on top, at the sides, behind.
    thickness: Vec3,
    /// Where the strands begin: they flow away from here.
    whorl: Vec3,
    /// How far the strands' tips scatter around the hem.
    pub ragged: f32,
    /// Depth of the clumps.
    clumps: f32,
    /// Depth of the curls, 0 for straight hair.
    pub curls: f32,
    /// Depth of the waves along the strands.
    pub waves: f32,
    /// Lift of the front.
    lift: f32,
    /// How much is swept to one side: lowers the hem there.
    sweep: f32,
    /// Whether the front is a hairline, where the hair leaves the skin.
    pub hairline: bool,
    /// How far hanging hair spreads at its end.
    flare: f32,
    /// How much of the skin shows through.
    pub thin: f32,
}

const HAIRLINE: [f32; 11] = [0.67, 0.665, 0.63, 0.50, 0.30, 0.10, -0.10, 0.07, -0.22, -0.55, -0.62];
const SHORT: Cut = Cut {
    hem: HAIRLINE,
    growth: 0.03,
    thickness: vec3(0.15, 0.075, 0.10),
    whorl: vec3(0.05, 0.9, -0.45),
    ragged: 0.10,
    clumps: 0.045,
    curls: 0.0,
    waves: 0.0,
    lift: 0.0,
    sweep: 0.0,
    hairline: true,
    flare: 0.0,
    thin: 0.0,
};

/// The cut of a style; none for a bald head.
pub fn cut(style: HairStyle) -> Option<Cut> {
    let long = |front: [f32; 6]| {
        let [a, b, c, d, e, f] = front;
        [a, b, c, d, e, f, -1.30, -1.42, -1.48, -1.50, -1.50]
    };
    Some(match style {
        HairStyle::Bald => return None,
        HairStyle::Receding => Cut {
            hem: [1.4, 1.35, 1.2, 0.98, 0.62, 0.20, -0.10, 0.07, -0.22, -0.55, -0.62],
            thickness: vec3(0.03, 0.085, 0.09),
            ragged: 0.14,
            thin: 0.15,
            ..SHORT
        },
        HairStyle::Buzz => {
            Cut { thickness: vec3(0.030, 0.020, 0.022), clumps: 0.0, ragged: 0.05, thin: 0.35, ..SHORT }
        }
        HairStyle::Short => Cut {
            hem: [0.46, 0.47, 0.46, 0.40, 0.26, 0.08, -0.12, 0.07, -0.22, -0.55, -0.62],
            ragged: 0.26,
            hairline: false,
            ..SHORT
        },
        HairStyle::SidePart => Cut {
            hem: [0.60, 0.58, 0.54, 0.44, 0.26, 0.08, -0.12, 0.07, -0.22, -0.55, -0.62],
            thickness: vec3(0.21, 0.075, 0.10),
            whorl: vec3(0.42, 0.80, 0.45),
            lift: 0.05,
            sweep: 0.16,
            ..SHORT
        },
        HairStyle::Quiff => Cut {
            thickness: vec3(0.26, 0.035, 0.06),
            whorl: vec3(0.0, 0.30, 0.95),
            lift: 0.16,
            clumps: 0.06,
            ..SHORT
        },
        HairStyle::Curly => Cut {
            hem: [0.50, 0.50, 0.47, 0.38, 0.22, 0.06, -0.10, -0.02, -0.28, -0.60, -0.66],
            thickness: vec3(0.27, 0.19, 0.22),
            curls: 0.085,
            clumps: 0.0,
            ragged: 0.16,
            hairline: false,
            ..SHORT
        },
        HairStyle::Afro => Cut {
            hem: [0.60, 0.59, 0.55, 0.42, 0.22, 0.02, -0.20, -0.40, -0.55, -0.70, -0.75],
            thickness: vec3(0.46, 0.46, 0.46),
            curls: 0.05,
            clumps: 0.0,
            ragged: 0.08,
            growth: 0.06,
            ..SHORT
        },
        HairStyle::Bob => Cut {
            hem: [0.27, 0.27, 0.26, 0.22, 0.05, -0.55, -0.78, -0.80, -0.80, -0.80, -0.80],
            growth: 0.18,
            thickness: vec3(0.15, 0.14, 0.14),
            whorl: vec3(0.0, 0.98, -0.10),
            ragged: 0.07,
            clumps: 0.025,
            hairline: false,
            flare: 0.05,
            ..SHORT
        },
        HairStyle::LongParted => Cut {
            hem: long([0.72, 0.60, 0.42, 0.18, -0.25, -0.95]),
            growth: 0.25,
            thickness: vec3(0.13, 0.13, 0.13),
            whorl: vec3(0.0, 0.86, 0.50),
            ragged: 0.10,
            hairline: false,
            flare: 0.10,
            ..SHORT
        },
        HairStyle::LongFringe => Cut {
            hem: long([0.26, 0.26, 0.25, 0.18, -0.15, -0.90]),
            growth: 0.25,
            thickness: vec3(0.15, 0.13, 0.13),
            whorl: vec3(0.0, 0.98, 0.0),
            ragged: 0.14,
            hairline: false,
            flare: 0.08,
            ..SHORT
        },
        HairStyle::LongWavy => Cut {
            hem: long([0.66, 0.58, 0.44, 0.22, -0.15, -0.80]),
            growth: 0.25,
            thickness: vec3(0.20, 0.22, 0.20),
            whorl: vec3(0.30, 0.84, 0.45),
            ragged: 0.16,
            clumps: 0.05,
            waves: 0.07,
            sweep: 0.12,
            hairline: false,
            flare: 0.16,
            ..SHORT
        },
        HairStyle::Bun => Cut {
            thickness: vec3(0.075, 0.060, 0.065),
            whorl: vec3(0.0, 0.28, 0.95),
            ragged: 0.06,
            clumps: 0.015,
            ..SHORT
        },
    })
}

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
    LazyLock::new(|| [1, 2].map(|step| grid_triangles(ROWS, COLUMNS, step)));

/// Adds the hair to the scene; for small pictures with fewer triangles.
pub fn hair(scene: &mut Scene, f: &Factors, pose: Pose, coarse: bool) {
    let Some(cut) = cut(f.hair_style) else { return };
    let side = if f.detail & 1 == 0 { 1.0 } else { -1.0 };
    let wide = vec3(1.0 + 0.075 * f.face_width, 1.0, 1.0);
    let full = 1.0 + 0.38 * f.hair_volume;
    let whorl = (cut.whorl * vec3(side, 1.0, 1.0)).normalize();
    // Two directions across the whorl, the seam of the angle between them at the back.
    let right = whorl.cross(if whorl.z > 0.7 { Vec3::Y } else { Vec3::NEG_Z }).normalize();
    let down = whorl.cross(right);

    let mut positions = Vec::with_capacity(ROWS * COLUMNS);
    let mut paints: Vec<(Vec3, f32)> = Vec::with_capacity(ROWS * COLUMNS);
    let hems: Vec<(f32, f32)> =
        AROUND.iter().map(|(angle, ..)| cut.hem_at(angle.to_degrees(), side, f.hair_length)).collect();
    for row in 0..ROWS {
        // On the skull down to its widest, then hanging to the end.
        let (sin_down, height, hang) = if row < TOP_ROWS {
            let (sin, cos) = (row as f32 / (TOP_ROWS - 1) as f32 * 0.5 * PI).sin_cos();
            (sin, cos, 0.0)
        } else {
            (1.0, 0.0, (row - TOP_ROWS + 1) as f32 / (ROWS - TOP_ROWS) as f32)
        };
        for (&(angle, sin, cos), &(hem, growth)) in AROUND.iter().zip(&hems) {
            let end = hem - growth - 0.10 - cut.ragged;
            let outward = vec3(sin * sin_down, height, cos * sin_down);
            let fall = hang * (SKULL.y - end).max(0.02);
            let y = SKULL.y + RADII.y * height - fall;
            let above = y - (hem - growth);

            let across = atan2(right.dot(outward), down.dot(outward));
            let along = 1.0 - whorl.dot(outward) + fall;
            // Curls know no direction.
            let (across, along) = if cut.curls > 0.0 { (angle, fall - height) } else { (across, along) };
            let back = 0.5 - 0.5 * cos;
            // Flat on the brow, and thin where a curtain of hair begins.
            let brow = smoothstep(0.25, 0.75, cos) * mix(1.0, 0.25, height);
            let mut thick = mix(mix(cut.thickness.y, cut.thickness.z, back), cut.thickness.x, height);
            thick *= full * mix(1.0, 0.40, brow);
            thick += cut.lift * full * bell((outward - vec3(0.0, 0.70, 0.62)).length() / 0.75);
            if cut.hairline {
                let rise = smoothstep(-0.02, 0.24, above);
                thick *= mix(0.12, 1.0, rise);
            }
            if cut.clumps > 0.0 {
                thick += cut.clumps * full * (noise(vec2(across * 4.5, along * 1.5), f.detail) - 0.5);
            }
            if cut.curls > 0.0 {
                thick += cut.curls * full * curl_bumps(outward, fall, f.detail);
            }
            let wave = if cut.waves == 0.0 {
                0.0
            } else {
                cut.waves * (along * 9.0 + 2.0 * noise(vec2(across * 2.0, 0.5), f.detail)).sin()
            };
            // Below its widest the head narrows; hanging hair does not follow.
            let hanging = smoothstep(0.2, 1.1, SKULL.y - end - 0.4);
            let cheek = smoothstep(-0.25, 0.35, cos) * smoothstep(0.15, 0.75, fall);
            let narrow = (1.0 - 0.13 * cheek)
                * (1.0 - (1.0 - hanging) * mix(0.10, 0.30, back) * (fall / 0.8).min(1.2).powi(2));
            let spread = cut.flare * smoothstep(0.3, 1.6, fall) * hanging;
            let radial =
                vec3(outward.x, 0.0, outward.z) * ((spread + wave * smoothstep(0.1, 0.6, fall)) + 0.02);
            let p = SKULL
                + RADII * vec3(outward.x * narrow, outward.y, outward.z * narrow)
                + outward * thick
                + radial
                - Vec3::Y * fall;
            positions.push(p * wide);
            let coords = vec3(across, along, above);
            paints.push((coords, mix(1.0, 0.55, smoothstep(0.5, 1.6, fall))));
        }
    }
    let mut normals = Vec::with_capacity(positions.len());
    grid_normals(&positions, COLUMNS, &mut normals);
    let vertices = positions.iter().zip(&normals).zip(&paints).map(|((&p, &n), &(coords, openness))| {
        Vertex { position: pose.point(p), normal: pose.direction(n), coords, openness }
    });
    scene.add(Material::Hair, true, vertices, TRIANGLES[usize::from(coarse)].iter().copied());
    if f.hair_style == HairStyle::Bun {
        bun(scene, f, pose, full);
    }
}

/// The knot on top.
fn bun(scene: &mut Scene, f: &Factors, pose: Pose, full: f32) {
    const RINGS: usize = 12;
    const SPOKES: usize = 20;
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
    let mut normals = Vec::new();
    grid_normals(&positions, SPOKES, &mut normals);
    let vertices = positions.iter().zip(&normals).zip(&coords).map(|((&p, &n), &coords)| Vertex {
        position: pose.point(p),
        normal: pose.direction(n),
        coords,
        openness: smoothstep(-0.3, 0.3, n.y) * 0.5 + 0.5,
    });
    scene.add(Material::Hair, false, vertices, grid_triangles(RINGS, SPOKES, 1));
}

/// Rounded bumps on the skull, in [-0.5, 1].
fn curl_bumps(outward: Vec3, fall: f32, seed: u32) -> f32 {
    let bumps = |q: Vec2, seed: u32| 1.0 - (2.0 * noise(q, seed) - 1.0).abs() * 1.5;
    let y = outward.y - fall;
    let around = vec2(outward.x * 5.5 + outward.z * 2.3, y * 5.5 - outward.z * 3.1);
    0.65 * bumps(around, seed) + 0.35 * bumps(vec2(around.y, -around.x) * 1.9, seed ^ 77)
}

impl Cut {
    /// Height of the hem at an angle from the front, and how much lower it grows by the length.
    fn hem_at(&self, degrees: f32, side: f32, length: f32) -> (f32, f32) {
        let at = degrees.abs();
        let mut hem = self.hem[STOPS.len() - 1];
        for i in 1..STOPS.len() {
            if at <= STOPS[i] {
                hem = mix(self.hem[i - 1], self.hem[i], (at - STOPS[i - 1]) / (STOPS[i] - STOPS[i - 1]));
                break;
            }
        }
        // Combed to one side: lower there, higher at the part.
        hem -= self.sweep * bell((degrees * side + 24.0) / 42.0);
        hem += 0.6 * self.sweep * bell((degrees * side - 30.0) / 30.0);
        let growth = self.growth * length * mix(0.35, 1.0, smoothstep(30.0, 65.0, at));
        (hem, growth)
    }
}

impl Cut {
    /// Where the strands begin when the hair is parted on this side.
    pub fn whorl_on(&self, side: f32) -> Vec3 {
        (self.whorl * vec3(side, 1.0, 1.0)).normalize()
    }
}
