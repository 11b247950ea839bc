//! From what a sample sees to its light.

use glam::{Vec2, Vec3, vec2};

use super::factors::Clothes;
use super::look::Look;
use super::math::{bell, floor, hash, inside, line, mix, noise, smoothstep, squared};
use super::scene::Material;
use super::skin;

/// A point of a surface.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Picture space.
    pub position: Vec3,
    /// Normalised, towards the viewer.
    pub normal: Vec3,
    /// Where on the material.
    pub coords: Vec3,
    /// How much of the sky it sees.
    pub openness: f32,
    /// Distance between neighbouring samples, in units of picture space.
    pub width: f32,
    /// 0 in a cast shadow, 1 in the light.
    pub lit: f32,
    /// Seen from inside.
    pub inside: bool,
}

/// What a surface does with light.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// Reflectance.
    pub albedo: Vec3,
    /// How far light creeps round into the shade, per channel.
    pub wrap: Vec3,
    /// Strength of the highlight.
    pub gloss: f32,
    /// Light of its own: reflections painted on.
    pub glow: Vec3,
}

impl Surface {
    /// Covers it with `other`, as far as `cover` says.
    pub fn paint(&mut self, other: &Surface, cover: f32) {
        self.albedo = self.albedo.lerp(other.albedo, cover);
        self.wrap = self.wrap.lerp(other.wrap, cover);
        self.gloss = mix(self.gloss, other.gloss, cover);
        self.glow = self.glow.lerp(other.glow, cover);
    }
}

/// Light that reaches the viewer, linear RGB.
pub fn shade(look: &Look, material: Material, sample: &Sample) -> Vec3 {
    let surface = match material {
        Material::Face => skin::face(look, sample),
        Material::Skin => skin::bare(look, sample),
        Material::Hair => return hair(look, sample),
        Material::Cloth => cloth(look, sample),
        Material::Frame | Material::Lens => {
            Surface { albedo: look.frame, wrap: Vec3::ZERO, gloss: 1.1, glow: Vec3::ZERO }
        }
    };
    let n = sample.normal;
    let lights = &look.lights;
    let matte = lights.matte(n, surface.wrap, sample.openness, sample.lit);
    // A broad sheen, and a narrow highlight on top of it.
    let facing = n.dot(lights.half).max(0.0);
    let sheen = 0.40 * squared(facing, 3) + squared(facing, 5);
    let gloss = surface.gloss * 0.42 * sheen * sample.lit * sample.openness;
    surface.albedo * matte
        + Vec3::splat(gloss)
        + 0.55 * lights.outline(n) * sample.openness * (surface.albedo + 0.15)
        + surface.glow
}

fn hair(look: &Look, sample: &Sample) -> Vec3 {
    let Some(cut) = &look.cut else { return Vec3::ZERO };
    let lights = &look.lights;
    let seed = look.factors.detail;
    let (mut across, along) = (sample.coords.x, sample.coords.y);
    if cut.waves > 0.0 {
        across += 1.4 * cut.waves * (along * 9.0).sin() * smoothstep(0.2, 0.7, along);
    }
    let n = sample.normal;
    let (coarse, fine) = if cut.curls > 0.0 {
        let q = vec2(across * 6.5, along * 7.5);
        (curls(q, seed), curls(q * 2.3 + 3.0, seed ^ 1))
    } else {
        (noise(vec2(across * 7.0, along * 1.2), seed), noise(vec2(across * 34.0, along * 2.2), seed ^ 3))
    };
    // Where strands are finer than samples, their mean.
    let fine = mix(fine, 0.5, smoothstep(0.010, 0.035, sample.width));
    let strand = 0.6 * coarse + 0.4 * fine;
    // At the whorl all strands meet.
    let strand = mix(0.5, strand, smoothstep(0.01, 0.14, along));
    let mut albedo = look.hair.lerp(look.hair_tip, smoothstep(0.15, 0.95, strand));
    albedo *= mix(0.62, 1.12, strand);
    // Roots, and what hangs at the inside of a curtain, are darker.
    albedo *= mix(0.80, 1.0, smoothstep(0.0, 0.5, along));
    let sparse = if cut.hairline { 0.75 * smoothstep(0.16, 0.0, sample.coords.z) } else { 0.0 };
    let thin = cut.thin.max(sparse);
    if thin > 0.0 {
        let speckle = noise(vec2(across * 40.0, along * 12.0), seed ^ 6);
        albedo = albedo.lerp(look.skin * 0.75, thin * mix(0.4, 1.0, speckle));
    }
    if sample.inside {
        return albedo * lights.matte(-n, Vec3::splat(0.6), 0.75, 0.40);
    }
    // Strands catch light where they lie across its direction (Kajiya and Kay 1989).
    let towards = look.whorl - n * look.whorl.dot(n);
    let tangent = (-towards).lerp(Vec3::NEG_Y, smoothstep(0.55, 1.0, along)).normalize_or(Vec3::NEG_Y);
    let shifted = (tangent + n * (0.55 * (strand - 0.5) - 0.05)).normalize();
    let sine = |half: Vec3| (1.0 - shifted.dot(half).powi(2)).max(0.0);
    let toward_light = n.dot(lights.key).max(0.0).sqrt();
    let straight = if cut.curls > 0.0 { 0.35 } else { 1.0 };
    let shine = squared(sine(lights.half), 4) * toward_light * mix(0.5, 1.4, fine);
    let soft = squared(sine(lights.half), 2) * toward_light;
    let ribbon = Vec3::splat(0.030 * shine) + (albedo + 0.012) * (0.50 * soft + 0.80 * shine);
    let matte = lights.matte(n, Vec3::splat(0.15), sample.openness, mix(0.3, 1.0, sample.lit));
    let hem = if cut.hairline { 1.0 } else { mix(0.72, 1.0, smoothstep(0.0, 0.12, sample.coords.z)) };
    albedo * matte * 0.95 * hem
        + ribbon * straight * sample.lit * sample.openness
        + lights.outline(n) * (albedo * 0.9 + 0.04) * sample.openness
}

/// Round curls: brightest in the middle of each, dark between them.
fn curls(q: Vec2, seed: u32) -> f32 {
    let (column, row) = (floor(q.x), floor(q.y));
    let mut nearest: f32 = 2.0;
    for dy in -1..=1 {
        for dx in -1..=1 {
            let (x, y) = (column + dx, row + dy);
            let place = vec2(x as f32, y as f32) + vec2(hash(x, y, seed), hash(x, y, seed ^ 91));
            nearest = nearest.min(q.distance_squared(place));
        }
    }
    (1.0 - nearest).max(0.0)
}

fn cloth(look: &Look, sample: &Sample) -> Surface {
    let p = sample.coords;
    let f = &look.factors;
    let mut albedo = look.cloth;
    let weave = noise(vec2(p.x * 60.0, p.y * 60.0), 11);
    albedo *= mix(0.94, 1.06, weave);
    match f.clothes {
        Clothes::Turtleneck => {
            let rib = bell((p.x * 26.0 - (p.x * 26.0).round()) / 0.5);
            albedo *= mix(0.86, 1.0, rib);
        }
        Clothes::Crew => {
            if p.z > 1.0 {
                albedo *= 0.80;
            }
        }
        Clothes::Collar => {
            if p.z <= 1.0 {
                let placket = line(p.x.abs(), 0.035, sample.width);
                albedo *= mix(1.0, 0.88, placket);
            } else {
                albedo = albedo.lerp(look.cloth_second, 0.12);
            }
        }
        Clothes::VNeck => {
            // Below the throat the skin shows as far as the V.
            let v = 0.30 - (-1.20 - p.y) * 0.9 - p.x.abs();
            albedo *= mix(0.82, 1.0, smoothstep(0.02, -0.02, (v + 0.012).abs() - 0.02));
            albedo = albedo.lerp(look.skin, inside(v, sample.width));
        }
    }
    Surface { albedo, wrap: Vec3::splat(0.15), gloss: 0.02, glow: Vec3::ZERO }
}

/// What a lens adds to the light from behind it.
pub fn lens(look: &Look, coords: Vec3, behind: Vec3) -> Vec3 {
    let (tint, dark) = look.lens;
    let slanted = coords.x * 0.8 + coords.y;
    let streak = bell((slanted - 0.10) / 0.055) + 0.6 * bell((slanted - 0.01) / 0.025);
    let below = mix(1.0, 0.80, smoothstep(0.12, -0.16, coords.y));
    let reflection = mix(0.055, 0.16, dark) * streak + 0.012;
    behind.lerp(tint * 1.6, dark * below) + look.background[0] * reflection + reflection * 0.5
}

/// A wall, out of focus, with a vignette and a few discs of light.
pub fn background(look: &Look, x: f32, y: f32) -> Vec3 {
    let f = &look.factors;
    let [top, bottom] = look.background;
    let height = smoothstep(-1.4, 1.2, y);
    let glow_at = vec2(x - 0.5 * look.lights.key.x, y - 0.1);
    let glow = 1.0 + 0.30 * bell(glow_at.length() / 2.0);
    let mut light = bottom.lerp(top, height) * glow;
    light *= 1.0 + 0.10 * (noise(vec2(x * 1.3, y * 1.3) + 7.0, f.detail) - 0.5);
    for disc in &look.discs {
        let distance = vec2(x, y).distance(disc.at);
        light += smoothstep(disc.radius, disc.radius - 0.03, distance) * disc.light;
    }
    let corner: Vec2 = vec2(x, y + 0.1) / 1.9;
    light * (1.0 - 0.34 * corner.length_squared())
}
