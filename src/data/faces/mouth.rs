//! The mouth: lips, and what shows between them.

use glam::{Vec3, vec3};

use super::factors::Factors;
use super::look::Look;
use super::math::{bell, inside, line, mix, noise, smoothstep, srgb};
use super::shade::{Sample, Surface};

/// Half its width at rest.
const HALF: f32 = 0.232;
/// Where the lips meet at rest.
const Y: f32 = -0.588;

/// Whether a place on the head at rest lies on the mouth.
pub fn is_near(p: Vec3) -> bool {
    p.z > 0.3 && p.x.abs() < 0.26 && (-0.70..-0.51).contains(&p.y)
}

/// Paints the mouth if the sample is near.
pub fn paint(look: &Look, sample: &Sample, surface: &mut Surface) {
    let f = &look.factors;
    let p = sample.coords;
    let x = p.x.abs();
    if x > 0.30 || !(-0.76..-0.47).contains(&p.y) || p.z < 0.3 {
        return;
    }
    let width = sample.width;
    let across = (x / HALF).min(1.0);
    let round = (1.0 - across * across).max(0.0);
    let (grin, frown) = (f.smile.max(0.0), (-f.smile).max(0.0));
    let y = p.y - Y - 0.026 * across * across * grin
        + 0.014 * across * across * frown
        + 0.007 * bell(x / 0.06) * (1.0 - f.mouth_open);

    let full = round.powf(0.65);
    let opening = smoothstep(0.0, 0.22, f.mouth_open);
    let gap = 0.046 * opening * round.powf(0.55);
    let (high, low) = (0.006 * opening, 0.006 * opening - gap);
    let top = 0.060 * full - 0.015 * bell(x / 0.055) + 0.004;
    let bottom = -0.080 * round.powf(0.55) - 0.012 * opening * round - 0.003;
    let within = if x < HALF { (top - y).min(y - bottom) } else { -1.0 };
    let lips = inside(within, width.max(0.013));
    let crease = 0.90 + 0.2 * noise(vec3(p.x * 60.0, y * 9.0, 0.0).truncate(), 3);
    let shade = mix(0.86, 1.06, smoothstep(0.01, -0.05, y)) * crease;
    let natural = mix(0.62, 0.92, f.softness.max(f.makeup)) * mix(1.0, 0.8, f.age * (1.0 - f.makeup));
    let skin = Surface {
        albedo: look.lip * shade,
        wrap: vec3(0.45, 0.2, 0.18),
        gloss: mix(0.30, 0.75, f.makeup),
        glow: Vec3::ZERO,
    };
    surface.paint(&skin, lips * natural);

    // The line where closed lips meet, with a dimple at the corner.
    let reach = smoothstep(HALF + 0.030, HALF - 0.025, x);
    let seam = line(y.abs(), mix(0.0065, 0.0085, across), width.max(0.009)) * reach * (1.0 - opening);
    let dark =
        Surface { albedo: look.lip * vec3(0.22, 0.14, 0.15), wrap: Vec3::ZERO, gloss: 0.0, glow: Vec3::ZERO };
    surface.paint(&dark, 0.9 * seam);
    let dimple = bell(vec3(x - HALF - 0.008, y, 0.0).length() / 0.040);
    surface.albedo *= 1.0 - dimple * (0.30 + 0.25 * grin);

    let hole = if x < HALF { inside((high - y).min(y - low), width.max(0.006)) } else { 0.0 };
    if opening > 0.0 && hole > 0.0 {
        surface.paint(&inner(f, gap, (high - y) / gap.max(1e-4), across, x), hole * opening);
    }
}

/// Teeth, tongue and dark, `down` of the way from the upper lip to the lower.
fn inner(f: &Factors, gap: f32, down: f32, across: f32, x: f32) -> Surface {
    let open = f.mouth_open;
    // What was `gap` high at rest is stretched by the sinking jaw.
    let height = gap * (1.0 + 3.4 * open);
    let shown = mix(0.040, 0.095, smoothstep(-0.2, 0.7, f.smile));
    let teeth = (shown / height.max(0.01)).min(0.92);
    let edge = inside(teeth - down - 0.10 * across * across, 0.12);
    let between = 1.0 - 0.10 * bell((x * 22.0 - (x * 22.0).round()) / 0.2);
    let enamel = vec3(0.80, 0.77, 0.70) * mix(1.0, 0.35, smoothstep(0.45, 1.0, across)) * between;
    let tongue = bell(across / 0.8) * smoothstep(0.45, 0.95, down) * smoothstep(0.25, 0.7, open);
    let throat = srgb(58, 14, 16).lerp(srgb(190, 84, 84), 0.85 * tongue);
    let shade = mix(0.55, 1.0, smoothstep(0.0, 0.35, down / teeth));
    let albedo = throat.lerp(enamel * shade, edge);
    Surface { albedo, wrap: Vec3::splat(0.5), gloss: 0.25 * edge, glow: Vec3::ZERO }
}
