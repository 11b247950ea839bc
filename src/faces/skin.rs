//! Skin of the face and what grows on it.

use glam::{Vec3, vec3};

use super::appearance::Appearance;
use super::eye;
use super::factors::Beard;
use super::math::{Number, bell, bump, inside, line, mix, smoothstep, srgb, unit};
use super::mouth;
use super::surface::{Surface, SurfaceSamples};
use super::wide::{Wide, Wide3, cells, length, noise, square};

/// Reach of light round into the shade under skin: red the farthest.
const WRAP: Vec3 = vec3(0.42, 0.22, 0.16);

/// Skin without a face: neck and ears.
pub fn bare(appearance: &Appearance, samples: &SurfaceSamples) -> Surface {
    let ear = samples.coords.z * 0.5;
    let albedo = Wide3::all(appearance.skin).lerp(Wide3::all(appearance.blush), ear);
    Surface { gloss: Wide::splat(0.16), ..Surface::matte(albedo, WRAP) }
}

/// The whole face.
pub fn face(appearance: &Appearance, samples: &SurfaceSamples) -> Surface {
    let f = &appearance.factors;
    let p = samples.coords;
    // Most is the same on both sides.
    let (x, y) = (p.x.abs(), p.y);
    let bare = Surface { gloss: Wide::splat(0.20), ..Surface::matte(Wide3::all(appearance.skin), WRAP) };
    let mut surface = bare;
    let front = p.z.cmpgt(Wide::ZERO);
    if front.any() {
        complexion(appearance, samples, x, &mut surface);
        folds(appearance, samples, x, &mut surface);
        nostrils(x, y, p.z, &mut surface);
        beard(appearance, samples, x, &mut surface);
        mouth::paint(appearance, samples, &mut surface);
        eye::paint(appearance, samples, &mut surface);
        brows(appearance, samples, x, &mut surface);
        if !front.all() {
            surface = Surface {
                albedo: Wide3::select(front, surface.albedo, bare.albedo),
                wrap: Wide3::select(front, surface.wrap, bare.wrap),
                gloss: Wide::select(front, surface.gloss, bare.gloss),
                glow: Wide3::select(front, surface.glow, bare.glow),
            };
        }
    }
    if appearance.has_hair() {
        let scalp = (smoothstep(0.60, 0.80, y) + smoothstep(-0.1, -0.35, p.z)).at_most(1.0);
        surface.albedo = surface.albedo.lerp(Wide3::all(appearance.hair * 0.6), scalp * 0.75);
    }
    surface.gloss *= mix(1.0, 1.45, bell(x * (1.0 / 0.30))) * mix(1.0, 0.7, f.age);
    surface
}

/// Red, mottling, freckles.
fn complexion(appearance: &Appearance, samples: &SurfaceSamples, x: Wide, surface: &mut Surface) {
    let f = &appearance.factors;
    let p = samples.coords;
    let y = p.y;
    let cheek = bump(square(x - 0.39, y + 0.27, (0.30, 0.30)));
    let nose = bump(square(x, y + 0.31, (0.20, 0.20)));
    let chin = bell((y + 0.98) * 5.0);
    let red = cheek * mix(0.10, 0.72, f.blush) + nose * mix(0.14, 0.45, f.blush) + chin * 0.10;
    surface.albedo = surface.albedo.lerp(Wide3::all(appearance.blush), red.at_most(0.9));
    let mottle = noise(p.x * 7.0, y * 7.0, f.detail) + noise(p.x * 21.0, y * 21.0, f.detail) * 0.5;
    surface.albedo = surface.albedo * ((mottle - 0.75) * mix(0.07, 0.12, f.age) + 1.0);
    if f.freckles > 0.02 {
        let often = bump(square(x - 0.26, y + 0.22, (0.40, 0.40)));
        let seldom = bump(square(x, y, (0.9, 0.9))) * 0.35;
        let (u, v) = (p.x * 27.0, y * 27.0);
        let (column, row) = (u.floor(), v.floor());
        let [a, b, c, d] = cells(column, row, f.detail);
        let away = length(u - column - 0.25 - a * 0.5, v - row - 0.25 - b * 0.5);
        let spot = inside(mix(0.10, 0.28, c) - away, (samples.width * 27.0).at_least(0.16));
        let there = d.cmplt(Wide::splat(0.85 * f.freckles));
        let strength = spot * often.max(seldom) * mix(0.35, 0.65, f.freckles);
        surface.darken(vec3(0.40, 0.58, 0.66), Wide::select(there, strength, Wide::ZERO));
    }
}

/// Lines of age and of expression.
fn folds(appearance: &Appearance, samples: &SurfaceSamples, x: Wide, surface: &mut Surface) {
    let f = &appearance.factors;
    let y = samples.coords.y;
    let grin = f.smile.max(0.0);
    // From the wings of the nose past the corners of the mouth.
    let t = unit((y + 0.37) * (-1.0 / 0.27));
    let bent = t * (t * -0.25 + 1.25);
    let strength = 0.42 * f.age + 0.34 * grin + 0.04;
    let off = square(x - mix(0.165, 0.285, bent), y + 0.37 + t * 0.27, (0.045, 0.045));
    let mut dark = bump(off) * mix(1.0, 0.35, t) * strength;
    if f.age > 0.05 || grin > 0.05 {
        // Crow's feet.
        let (outward, up) = (x - 0.455, y + 0.01);
        let near = bell((outward - 0.045) * (1.0 / 0.07));
        if near.cmpgt(Wide::ZERO).any() && up.abs().cmplt(Wide::splat(0.06)).any() {
            let fan = (up / (outward.at_least(-0.05) + 0.10) * 7.0).at_least(-1.6).at_most(1.6);
            let ray = bell((fan - (fan + 0.5).floor()) * (1.0 / 0.30));
            dark += ray * near * (0.34 * f.age + 0.12 * grin * f.age.sqrt());
        }
    }
    let lift = f.brow_height.max(0.0);
    if f.age + lift > 0.2 && y.cmpgt(Wide::splat(0.28)).any() {
        let wave = (y + x * x * 0.05) * 11.5 + noise(x * 4.0, y, f.detail) * 0.35;
        let groove = bell((wave - (wave + 0.5).floor()) * (1.0 / 0.22));
        let reach = bell((y - 0.46) * (1.0 / 0.17)) * bell(x * (1.0 / 0.46));
        dark += groove * reach * (0.28 * f.age + 0.10 * lift * (0.3 + f.age));
    }
    let stern = (f.brow_tilt - 0.1).max(0.0) * (0.4 + 0.6 * f.age);
    if stern > 0.0 {
        let between = line((x - 0.055).abs(), Wide::splat(0.006), samples.width.at_least(0.016));
        dark += between * bell((y - 0.15) * 10.0) * (0.40 * stern);
    }
    surface.darken(vec3(0.62, 0.78, 0.80), dark.at_most(0.8));
}

fn nostrils(x: Wide, y: Wide, z: Wide, surface: &mut Surface) {
    let near = z.cmpge(Wide::splat(0.6))
        & x.cmple(Wide::splat(0.25))
        & y.cmpge(Wide::splat(-0.5))
        & y.cmple(Wide::splat(-0.25));
    if !near.any() {
        return;
    }
    let only_near = |strength: Wide| Wide::select(near, strength, Wide::ZERO);
    let hole = bump(square(x - 0.060, y + 0.402, (0.046, 0.026)));
    surface.darken(vec3(0.80, 0.88, 0.88), only_near(smoothstep(0.0, 0.75, hole)));
    let (outward, up) = (x - 0.112, y + 0.345);
    let crease = bell((length(outward, up) - 0.064) * (1.0 / 0.022)) * smoothstep(-0.02, 0.04, outward);
    surface.darken(vec3(0.18, 0.26, 0.26), only_near(crease));
}

fn brows(appearance: &Appearance, samples: &SurfaceSamples, x: Wide, surface: &mut Surface) {
    let f = &appearance.factors;
    let y = samples.coords.y;
    let near = x.cmple(Wide::splat(0.58)) & y.cmpge(Wide::ZERO) & y.cmplt(Wide::splat(0.42));
    if !near.any() {
        return;
    }
    let u = (x - 0.115) * (1.0 / 0.39);
    let arch = bell((u - 0.66) * (1.0 / 0.85)) * mix(0.030, 0.052, f.softness);
    let tilt = (u - 0.45).at_least(-0.5).at_most(0.5) * (0.085 * f.brow_tilt);
    let off = y - (arch + tilt + (0.150 + 0.030 * f.brow_height));
    let body =
        smoothstep(-0.06, 0.16, u) * mix(1.0, 0.30, smoothstep(0.35, 1.0, u)) * smoothstep(1.06, 0.90, u);
    let thick = body * (mix(0.014, 0.054, f.brow_thickness) * mix(1.12, 0.80, f.softness));
    // Hairs lean outwards.
    let hairs = noise(x * 62.0 - off * 55.0, off * 22.0, f.detail);
    let edge = mix(0.020, 0.010, f.softness);
    let cover = inside(thick - off.abs() + (hairs - 0.5) * edge, samples.width.at_least(edge * 1.3));
    let strength = mix(0.72, 1.0, hairs) * mix(0.72, 0.95, f.brow_thickness);
    let hair =
        Surface { gloss: Wide::splat(0.05), ..Surface::matte(Wide3::all(appearance.brow), Vec3::ZERO) };
    let cover = cover * strength * smoothstep(0.0, 0.012, thick);
    surface.paint(&hair, Wide::select(near, cover, Wide::ZERO));
}

fn beard(appearance: &Appearance, samples: &SurfaceSamples, x: Wide, surface: &mut Surface) {
    let f = &appearance.factors;
    let p = samples.coords;
    let y = p.y;
    let near = y.cmple(Wide::splat(0.08));
    if f.beard == Beard::None || !near.any() {
        return;
    }
    let strands = noise(p.x * 34.0 + p.z * 20.0, y * 9.0, f.detail ^ 3);
    let fine = noise(p.x * 90.0, y * 60.0, f.detail ^ 4);
    let jaw = smoothstep(0.24, 0.68, x) * 0.50 - 0.53 - y;
    let lip = (Wide::splat(0.046) - (y + 0.487 + x * x * 0.9).abs()).min(0.25 - x);
    let (distance, edge, strength) = match f.beard {
        Beard::None => return,
        Beard::Stubble => (jaw.max(lip), 0.12, 0.50),
        Beard::Moustache => (lip + 0.006, 0.030, 0.95),
        Beard::Goatee => {
            let chin = (1.0 - square(x, y + 0.83, (0.24, 0.23)).sqrt()) * 0.22;
            let ring = 0.050 - (length(x, (y + 0.62) * (1.0 / 0.82)) - 0.262).abs();
            (chin.max(lip).max(ring.min(-0.42 - y)), 0.040, 0.92)
        }
        Beard::Full => (jaw.max(lip), 0.060, 0.97),
    };
    // The bare place on both sides under the lower lip.
    let bare = bump(square(x - 0.115, y + 0.70, (0.055, 0.055)));
    let outline = distance + (strands - 0.5) * edge - bare * 0.05;
    let cover = Wide::select(near, inside(outline, samples.width.at_least(edge)), Wide::ZERO);
    if f.beard == Beard::Stubble {
        let grey = Wide3::all(appearance.beard + srgb(20, 20, 24));
        let grown = surface.albedo.lerp(grey, Wide::splat(0.78));
        surface.albedo = surface.albedo.lerp(grown, cover * mix(0.7, 1.2, fine) * strength);
    } else {
        let colour = Wide3::all(appearance.beard) * (mix(0.62, 1.45, strands) * mix(0.85, 1.15, fine));
        let grown = Surface { gloss: Wide::splat(0.10), ..Surface::matte(colour, Vec3::splat(0.2)) };
        surface.paint(&grown, cover * strength);
    }
}
