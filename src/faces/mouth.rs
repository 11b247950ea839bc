//! The mouth: lips, and what shows between them.

use glam::{Vec3, vec3};

use super::appearance::Appearance;
use super::factors::Factors;
use super::math::{Number, bell, bump, inside, line, mix, smoothstep, srgb};
use super::surface::{Surface, SurfaceSamples};
use super::wide::{Wide, Wide3, noise, square};

/// Half its width at rest.
const HALF: f32 = 0.232;
/// Where the lips meet at rest.
const Y: f32 = -0.588;

/// Whether a place on the head at rest lies on the mouth.
pub fn is_near(p: Vec3) -> bool {
    p.z > 0.3 && p.x.abs() < 0.26 && (-0.70..-0.51).contains(&p.y)
}

/// Paints the mouth where samples are near.
pub fn paint(appearance: &Appearance, samples: &SurfaceSamples, surface: &mut Surface) {
    let f = &appearance.factors;
    let p = samples.coords;
    let x = p.x.abs();
    let near = x.cmple(Wide::splat(0.30))
        & p.y.cmpge(Wide::splat(-0.76))
        & p.y.cmplt(Wide::splat(-0.47))
        & p.z.cmpge(Wide::splat(0.3));
    if !near.any() {
        return;
    }
    let only_near = |cover: Wide| Wide::select(near, cover, Wide::ZERO);
    let width = samples.width;
    let across = (x * (1.0 / HALF)).at_most(1.0);
    let round = (across * across * -1.0 + 1.0).at_least(0.0);
    let (grin, frown) = (f.smile.max(0.0), (-f.smile).max(0.0));
    let y = p.y - Y - across * across * (0.026 * grin - 0.014 * frown)
        + bell(x * (1.0 / 0.06)) * (0.007 * (1.0 - f.mouth_open));

    // Fuller than half an ellipse, and less full.
    let ellipse = round.sqrt();
    let corner = ellipse.sqrt();
    let (flat, full) = (ellipse * mix(0.32, 1.0, corner), ellipse * mix(0.75, 1.0, corner));
    let opening = smoothstep(0.0, 0.22, f.mouth_open);
    let gap = full * (0.046 * opening);
    let (high, low) = (0.006 * opening, 0.006 * opening - gap);
    let top = flat * 0.060 - bell(x * (1.0 / 0.055)) * 0.015 + 0.004;
    let bottom = full * -0.080 - round * (0.012 * opening) - 0.003;
    let between = near & x.cmplt(Wide::splat(HALF));
    let within = |signed: Wide, width: Wide| Wide::select(between, inside(signed, width), Wide::ZERO);
    let lips = within((top - y).min(y - bottom), width.at_least(0.013));
    let crease = noise(p.x * 60.0, y * 9.0, 3) * 0.2 + 0.90;
    let shade = mix(0.86, 1.06, smoothstep(0.01, -0.05, y)) * crease;
    let natural = mix(0.62, 0.92, f.softness.max(f.makeup)) * mix(1.0, 0.8, f.age * (1.0 - f.makeup));
    let skin = Surface {
        gloss: Wide::splat(mix(0.30, 0.75, f.makeup)),
        ..Surface::matte(Wide3::all(appearance.lip) * shade, vec3(0.45, 0.2, 0.18))
    };
    surface.paint(&skin, lips * natural);

    // The line where closed lips meet, with a dimple at the corner.
    let reach = smoothstep(HALF + 0.030, HALF - 0.025, x);
    let seam = line(y.abs(), mix(0.0065, 0.0085, across), width.at_least(0.009)) * reach * (1.0 - opening);
    let dark = Surface::matte(Wide3::all(appearance.lip * vec3(0.22, 0.14, 0.15)), Vec3::ZERO);
    surface.paint(&dark, only_near(seam) * 0.9);
    let dimple = square(x - HALF - 0.008, y, (0.040, 0.040));
    surface.darken(Vec3::splat(0.30 + 0.25 * grin), only_near(bump(dimple)));

    let hole = within((high - y).min(y - low), width.at_least(0.006));
    if opening > 0.0 && hole.cmpgt(Wide::ZERO).any() {
        surface.paint(&inner(f, gap, (high - y) / gap.at_least(1e-4), across, x), hole * opening);
    }
}

/// Teeth, tongue and dark, `down` of the way from the upper lip to the lower.
fn inner(f: &Factors, gap: Wide, down: Wide, across: Wide, x: Wide) -> Surface {
    let open = f.mouth_open;
    // What was `gap` high at rest is stretched by the sinking jaw.
    let height = gap * (1.0 + 3.4 * open);
    let shown = mix(0.040, 0.095, smoothstep(-0.2, 0.7, f.smile));
    let teeth = (shown / height.at_least(0.01)).at_most(0.92);
    let edge = inside(teeth - down - across * across * 0.10, Wide::splat(0.12));
    let apart = x * 22.0;
    let between = bell((apart - (apart + 0.5).floor()) * 5.0) * -0.10 + 1.0;
    let enamel = Wide3::all(vec3(0.80, 0.77, 0.70))
        * (mix(1.0, 0.35, smoothstep(0.45, 1.0, across))
            * between
            * mix(0.55, 1.0, smoothstep(0.0, 0.35, down / teeth)));
    let tongue = bell(across * (1.0 / 0.8)) * smoothstep(0.45, 0.95, down) * smoothstep(0.25, 0.7, open);
    let throat = Wide3::all(srgb(58, 14, 16)).lerp(Wide3::all(srgb(190, 84, 84)), tongue * 0.85);
    Surface { gloss: edge * 0.25, ..Surface::matte(throat.lerp(enamel, edge), Vec3::splat(0.5)) }
}
