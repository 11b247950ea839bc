//! Skin of the face and what grows on it.

use glam::{Vec2, Vec3, vec2, vec3};

use super::eye;
use super::factors::Beard;
use super::look::Look;
use super::math::{bell, floor, hash, inside, line, mix, noise, smoothstep, srgb};
use super::mouth;
use super::shade::{Sample, Surface};

/// How light creeps round into the shade under skin: red the farthest.
const WRAP: Vec3 = vec3(0.42, 0.22, 0.16);

/// Skin without a face: neck and ears.
pub fn bare(look: &Look, sample: &Sample) -> Surface {
    let ear = sample.coords.z;
    let albedo = look.skin.lerp(look.blush, 0.5 * ear);
    Surface { albedo, wrap: WRAP, gloss: 0.16, glow: Vec3::ZERO }
}

/// The whole face.
pub fn face(look: &Look, sample: &Sample) -> Surface {
    let f = &look.factors;
    let p = sample.coords;
    let q = vec2(p.x.abs(), p.y);
    let mut surface = Surface { albedo: look.skin, wrap: WRAP, gloss: 0.20, glow: Vec3::ZERO };
    if p.z > 0.0 {
        complexion(look, sample, q, &mut surface);
        folds(look, sample, q, &mut surface);
        nostrils(q, p.z, &mut surface);
        beard(look, sample, q, &mut surface);
        mouth::paint(look, sample, &mut surface);
        eye::paint(look, sample, &mut surface);
        brows(look, sample, q, &mut surface);
    }
    if look.has_hair() {
        let scalp = smoothstep(0.60, 0.80, p.y) + smoothstep(-0.1, -0.35, p.z);
        surface.albedo = surface.albedo.lerp(look.hair * 0.6, 0.75 * scalp.min(1.0));
    }
    surface.gloss *= mix(1.0, 1.45, bell(q.x / 0.30)) * mix(1.0, 0.7, f.age);
    surface
}

/// Red, mottling, freckles.
fn complexion(look: &Look, sample: &Sample, q: Vec2, surface: &mut Surface) {
    let f = &look.factors;
    let p = sample.coords;
    let cheek = bell((q - vec2(0.39, -0.27)).length() / 0.30);
    let nose = bell((q - vec2(0.0, -0.31)).length() / 0.20);
    let red =
        cheek * mix(0.10, 0.72, f.blush) + nose * mix(0.14, 0.45, f.blush) + 0.10 * bell((q.y + 0.98) / 0.2);
    surface.albedo = surface.albedo.lerp(look.blush, red.min(0.9));
    let mottle =
        noise(vec2(p.x * 7.0, p.y * 7.0), f.detail) + 0.5 * noise(vec2(p.x * 21.0, p.y * 21.0), f.detail);
    surface.albedo *= 1.0 + (mottle - 0.75) * mix(0.07, 0.12, f.age);
    if f.freckles > 0.02 {
        let where_ = bell((q - vec2(0.26, -0.22)).length() / 0.40).max(0.35 * bell(q.length() / 0.9));
        let lattice = vec2(p.x, p.y) * 27.0;
        let (x, y) = (floor(lattice.x), floor(lattice.y));
        let place =
            vec2(x as f32, y as f32) + 0.25 + 0.5 * vec2(hash(x, y, f.detail), hash(x, y, f.detail ^ 9));
        let size = mix(0.10, 0.28, hash(x, y, f.detail ^ 17));
        let there = hash(x, y, f.detail ^ 31) < 0.85 * f.freckles;
        let spot = inside(size - lattice.distance(place), (sample.width * 27.0).max(0.16));
        let strength = if there { spot * where_ * mix(0.35, 0.65, f.freckles) } else { 0.0 };
        surface.albedo *= Vec3::ONE - vec3(0.40, 0.58, 0.66) * strength;
    }
}

/// Lines of age and of expression.
fn folds(look: &Look, sample: &Sample, q: Vec2, surface: &mut Surface) {
    let f = &look.factors;
    let width = sample.width;
    let grin = f.smile.max(0.0);
    let mut dark = 0.0;
    // From the wings of the nose past the corners of the mouth.
    let t = ((-0.37 - q.y) / 0.27).clamp(0.0, 1.0);
    let along = vec2(mix(0.165, 0.285, t.powf(0.8)), -0.37 - 0.27 * t);
    let strength = 0.42 * f.age + 0.34 * grin + 0.04;
    dark += strength * bell(q.distance(along) / 0.045) * mix(1.0, 0.35, t);
    if f.age > 0.05 || grin > 0.05 {
        // Crow's feet.
        let c = q - vec2(0.455, -0.01);
        if c.x > -0.02 && c.x < 0.14 {
            let fan = (c.y / (c.x + 0.10) * 7.0).clamp(-1.6, 1.6);
            let ray = bell((fan - floor(fan + 0.5) as f32) / 0.30);
            dark += ray * bell((c.x - 0.045) / 0.07) * (0.34 * f.age + 0.12 * grin * f.age.sqrt());
        }
    }
    let lift = f.brow_height.max(0.0);
    if f.age + lift > 0.2 && q.y > 0.28 {
        let wave = (q.y + 0.05 * q.x * q.x) * 11.5 + 0.35 * noise(vec2(q.x * 4.0, q.y), f.detail);
        let groove = bell((wave - floor(wave + 0.5) as f32) / 0.22);
        let reach = bell((q.y - 0.46) / 0.17) * bell(q.x / 0.46);
        dark += groove * reach * (0.28 * f.age + 0.10 * lift * (0.3 + f.age));
    }
    let stern = (f.brow_tilt - 0.1).max(0.0) * (0.4 + 0.6 * f.age);
    dark += 0.40 * stern * line((q.x - 0.055).abs(), 0.006, width.max(0.016)) * bell((q.y - 0.15) / 0.10);
    surface.albedo *= Vec3::ONE - vec3(0.62, 0.78, 0.80) * dark.min(0.8);
}

fn nostrils(q: Vec2, z: f32, surface: &mut Surface) {
    if z < 0.6 || q.x > 0.25 || q.y < -0.5 || q.y > -0.25 {
        return;
    }
    let hole = bell((vec2(q.x - 0.060, q.y + 0.402) / vec2(0.046, 0.026)).length());
    surface.albedo *= Vec3::ONE - vec3(0.80, 0.88, 0.88) * smoothstep(0.0, 0.75, hole);
    let wing = vec2(q.x - 0.112, q.y + 0.345);
    let crease = bell((wing.length() - 0.064) / 0.022) * smoothstep(-0.02, 0.04, wing.x);
    surface.albedo *= Vec3::ONE - vec3(0.18, 0.26, 0.26) * crease;
}

fn brows(look: &Look, sample: &Sample, q: Vec2, surface: &mut Surface) {
    let f = &look.factors;
    if q.x > 0.58 || !(0.0..0.42).contains(&q.y) {
        return;
    }
    let u = (q.x - 0.115) / 0.39;
    let arch = mix(0.030, 0.052, f.softness) * bell((u - 0.66) / 0.85);
    let centre = 0.150 + 0.030 * f.brow_height + arch + 0.085 * f.brow_tilt * (u - 0.45).clamp(-0.5, 0.5);
    let body =
        smoothstep(-0.06, 0.16, u) * mix(1.0, 0.30, smoothstep(0.35, 1.0, u)) * smoothstep(1.06, 0.90, u);
    let thick = mix(0.014, 0.054, f.brow_thickness) * mix(1.12, 0.80, f.softness) * body;
    // Hairs lean outwards.
    let hairs = noise(vec2(q.x * 62.0 - (q.y - centre) * 55.0, (q.y - centre) * 22.0), f.detail);
    let edge = mix(0.020, 0.010, f.softness);
    let cover = inside(thick - (q.y - centre).abs() + edge * (hairs - 0.5), sample.width.max(edge * 1.3));
    let strength = mix(0.72, 0.95, f.brow_thickness) * mix(0.72, 1.0, hairs);
    let hair = Surface { albedo: look.brow, wrap: Vec3::ZERO, gloss: 0.05, glow: Vec3::ZERO };
    surface.paint(&hair, cover * strength * smoothstep(0.0, 0.012, thick));
}

fn beard(look: &Look, sample: &Sample, q: Vec2, surface: &mut Surface) {
    let f = &look.factors;
    if f.beard == Beard::None || q.y > 0.08 {
        return;
    }
    let p = sample.coords;
    let strands = noise(vec2(p.x * 34.0 + p.z * 20.0, p.y * 9.0), f.detail ^ 3);
    let fine = noise(vec2(p.x * 90.0, p.y * 60.0), f.detail ^ 4);
    let jaw = -0.53 + 0.50 * smoothstep(0.24, 0.68, q.x) - q.y;
    let chin = 0.22 * (1.0 - (vec2(q.x, q.y + 0.83) / vec2(0.24, 0.23)).length());
    let ring = 0.050 - ((vec2(q.x, q.y + 0.62) / vec2(1.0, 0.82)).length() - 0.262).abs();
    let lip = (0.046 - (q.y + 0.487 + 0.9 * q.x * q.x).abs()).min(0.25 - q.x);
    let (distance, edge, strength) = match f.beard {
        Beard::None => return,
        Beard::Stubble => (jaw.max(lip), 0.12, 0.50),
        Beard::Moustache => (lip + 0.006, 0.030, 0.95),
        Beard::Goatee => (chin.max(lip).max(ring.min(-0.42 - q.y)), 0.040, 0.92),
        Beard::Full => (jaw.max(lip), 0.060, 0.97),
    };
    // The bare place on both sides under the lower lip.
    let bare = bell((q - vec2(0.115, -0.70)).length() / 0.055);
    let cover = inside(distance + edge * (strands - 0.5) - 0.05 * bare, edge.max(sample.width));
    let colour = look.beard * mix(0.62, 1.45, strands) * mix(0.85, 1.15, fine);
    let grown = if f.beard == Beard::Stubble {
        Surface { albedo: surface.albedo.lerp(look.beard + srgb(20, 20, 24), 0.78), ..*surface }
    } else {
        Surface { albedo: colour, wrap: Vec3::splat(0.2), gloss: 0.10, glow: Vec3::ZERO }
    };
    let strength = if f.beard == Beard::Stubble { strength * mix(0.7, 1.2, fine) } else { strength };
    surface.paint(&grown, cover * strength);
}
