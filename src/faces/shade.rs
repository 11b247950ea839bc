//! From what samples see to their light, four at a time.

use glam::{Vec3, vec2};

use super::appearance::Appearance;
use super::factors::Clothes;
use super::math::{Number, bell, bump, cell, floor, inside, line, mix, smoothstep, squared};
use super::scene::Material;
use super::skin;
use super::surface::{Surface, SurfaceSamples};
use super::wide::{Wide, Wide3, blend, length, noise, square};

/// Light that reaches the viewer, linear RGB.
pub fn shade(appearance: &Appearance, material: Material, samples: &SurfaceSamples) -> Wide3 {
    let surface = match material {
        Material::Face => skin::face(appearance, samples),
        Material::Skin => skin::bare(appearance, samples),
        Material::Hair => return hair(appearance, samples),
        Material::Cloth => cloth(appearance, samples),
        Material::Frame | Material::Lens => {
            Surface { gloss: Wide::splat(1.1), ..Surface::matte(Wide3::all(appearance.frame), Vec3::ZERO) }
        }
    };
    let n = samples.normal;
    let lights = &appearance.lights;
    let matte = lights.matte(n, surface.wrap, samples.openness, samples.lit);
    // A broad sheen, and a narrow highlight on top of it.
    let facing = n.dot(lights.half).at_least(0.0);
    let broad = squared(facing, 3);
    let sheen = broad * 0.40 + squared(broad, 2);
    let gloss = surface.gloss * 0.42 * sheen * samples.lit * samples.openness;
    surface.albedo * matte
        + Wide3::grey(gloss)
        + lights.outline(n) * (samples.openness * 0.55) * (surface.albedo + 0.15)
        + surface.glow
}

fn hair(appearance: &Appearance, samples: &SurfaceSamples) -> Wide3 {
    let Some(cut) = &appearance.cut else { return Wide3::all(Vec3::ZERO) };
    let lights = &appearance.lights;
    let seed = appearance.factors.detail;
    let Wide3 { x: mut across, y: along, z: above } = samples.coords;
    if cut.waves > 0.0 {
        across += (along * 9.0).sin() * smoothstep(0.2, 0.7, along) * (1.4 * cut.waves);
    }
    let n = samples.normal;
    let (coarse, fine) = if cut.curls > 0.0 {
        let (x, y) = (across * 6.5, along * 7.5);
        (curls(x, y, seed), curls(x * 2.3 + 3.0, y * 2.3 + 3.0, seed ^ 1))
    } else {
        (noise(across * 7.0, along * 1.2, seed), noise(across * 34.0, along * 2.2, seed ^ 3))
    };
    // Where strands are finer than samples, their mean.
    let fine = blend(fine, Wide::splat(0.5), smoothstep(0.010, 0.035, samples.width));
    let strand = coarse * 0.6 + fine * 0.4;
    // At the whorl all strands meet.
    let strand = (strand - 0.5) * smoothstep(0.01, 0.14, along) + 0.5;
    // Roots, and what hangs at the inside of a curtain, are darker.
    let dark = mix(0.62, 1.12, strand) * mix(0.80, 1.0, smoothstep(0.0, 0.5, along));
    let lighter = smoothstep(0.15, 0.95, strand);
    let mut albedo = Wide3::all(appearance.hair).lerp(Wide3::all(appearance.hair_tip), lighter) * dark;
    if cut.hairline || cut.thin > 0.0 {
        let sparse = smoothstep(0.16, 0.0, above) * if cut.hairline { 0.75 } else { 0.0 };
        let thin = sparse.at_least(cut.thin);
        let speckle = noise(across * 40.0, along * 12.0, seed ^ 6);
        albedo = albedo.lerp(Wide3::all(appearance.skin * 0.75), thin * mix(0.4, 1.0, speckle));
    }
    // The inside of a curtain of hair.
    let within = || {
        let soft = Wide3::all(Vec3::splat(0.6));
        albedo * lights.matte(n * -1.0, soft, Wide::splat(0.75), Wide::splat(0.40))
    };
    if samples.inside.all() {
        return within();
    }
    // Strands catch light where they lie across its direction (Kajiya and Kay 1989).
    let towards = Wide3::all(appearance.whorl) - n * n.dot(appearance.whorl);
    let tangent = (towards * -1.0).lerp(Wide3::all(Vec3::NEG_Y), smoothstep(0.55, 1.0, along)).normalize();
    let shifted = (tangent + n * ((strand - 0.5) * 0.55 - 0.05)).normalize();
    let cosine = shifted.dot(lights.half);
    let sine = (cosine * cosine * -1.0 + 1.0).at_least(0.0);
    let toward_light = n.dot(lights.key).at_least(0.0).sqrt();
    let straight = if cut.curls > 0.0 { 0.35 } else { 1.0 };
    let broad = squared(sine, 2);
    let shine = squared(broad, 2) * toward_light * mix(0.5, 1.4, fine);
    let soft = broad * toward_light;
    let ribbon = (albedo + 0.012) * (soft * 0.50 + shine * 0.80) + Wide3::grey(shine * 0.030);
    let matte = lights.matte(n, Wide3::all(Vec3::splat(0.15)), samples.openness, mix(0.3, 1.0, samples.lit));
    let hem = if cut.hairline { Wide::ONE } else { mix(0.72, 1.0, smoothstep(0.0, 0.12, above)) };
    let outside = albedo * matte * (hem * 0.95)
        + ribbon * (samples.lit * samples.openness * straight)
        + lights.outline(n) * (albedo * 0.9 + 0.04) * samples.openness;
    if samples.inside.any() { Wide3::select(samples.inside, within(), outside) } else { outside }
}

/// Round curls: brightest in the middle of each, dark between them.
fn curls(x: Wide, y: Wide, seed: u32) -> Wide {
    let mut bright = [0.0; 4];
    for (lane, bright) in bright.iter_mut().enumerate() {
        let q = vec2(x[lane], y[lane]);
        let (column, row) = (floor(q.x), floor(q.y));
        let mut nearest: f32 = 2.0;
        for dy in -1..=1 {
            for dx in -1..=1 {
                let [a, _, _, b] = cell(column + dx, row + dy, seed).to_array();
                let place = vec2((column + dx) as f32 + a, (row + dy) as f32 + b);
                nearest = nearest.min(q.distance_squared(place));
            }
        }
        *bright = (1.0 - nearest).max(0.0);
    }
    Wide::from_array(bright)
}

fn cloth(appearance: &Appearance, samples: &SurfaceSamples) -> Surface {
    let p = samples.coords;
    let f = &appearance.factors;
    let mut albedo = Wide3::all(appearance.cloth);
    let weave = noise(p.x * 60.0, p.y * 60.0, 11);
    albedo = albedo * mix(0.94, 1.06, weave);
    let raised = p.z.cmpgt(Wide::ONE);
    match f.clothes {
        Clothes::Turtleneck => {
            let rib = p.x * 26.0;
            let rib = bell((rib - (rib + 0.5).floor()) * 2.0);
            albedo = albedo * mix(0.86, 1.0, rib);
        }
        Clothes::Crew => albedo = albedo * Wide::select(raised, Wide::splat(0.80), Wide::ONE),
        Clothes::Collar => {
            let placket = line(p.x.abs(), Wide::splat(0.035), samples.width);
            let body = albedo * mix(1.0, 0.88, placket);
            let collar = albedo.lerp(Wide3::all(appearance.cloth_second), Wide::splat(0.12));
            albedo = Wide3::select(raised, collar, body);
        }
        Clothes::VNeck => {
            // Below the throat the skin shows as far as the V.
            let v = (p.y + 1.20) * 0.9 + 0.30 - p.x.abs();
            albedo = albedo * mix(0.82, 1.0, smoothstep(0.02, -0.02, (v + 0.012).abs() - 0.02));
            albedo = albedo.lerp(Wide3::all(appearance.skin), inside(v, samples.width));
        }
    }
    Surface { gloss: Wide::splat(0.02), ..Surface::matte(albedo, Vec3::splat(0.15)) }
}

/// Light of a lens over the light from behind it.
pub fn lens(appearance: &Appearance, coords: Vec3, behind: Vec3) -> Vec3 {
    let (tint, dark) = appearance.lens;
    let slanted = coords.x * 0.8 + coords.y;
    let streak = bell((slanted - 0.10) / 0.055) + 0.6 * bell((slanted - 0.01) / 0.025);
    let below = mix(1.0, 0.80, smoothstep(0.12, -0.16, coords.y));
    let reflection = mix(0.055, 0.16, dark) * streak + 0.012;
    behind.lerp(tint * 1.6, dark * below) + appearance.background[0] * reflection + reflection * 0.5
}

/// A wall, out of focus, with a vignette and a few discs of light.
pub fn background(appearance: &Appearance, x: Wide, y: Wide) -> Wide3 {
    let f = &appearance.factors;
    let [top, bottom] = appearance.background;
    let height = smoothstep(-1.4, 1.2, y);
    let glow = bump(square(x - 0.5 * appearance.lights.key.x, y - 0.1, (2.0, 2.0))) * 0.30 + 1.0;
    let mottled = (noise(x * 1.3 + 7.0, y * 1.3 + 7.0, f.detail) - 0.5) * 0.10 + 1.0;
    let mut light = Wide3::all(bottom).lerp(Wide3::all(top), height) * (glow * mottled);
    for disc in &appearance.discs {
        let distance = length(x - disc.at.x, y - disc.at.y);
        if distance.cmplt(Wide::splat(disc.radius)).any() {
            let within = smoothstep(disc.radius, disc.radius - 0.03, distance);
            light = light + Wide3::all(disc.light) * within;
        }
    }
    let vignette = square(x, y + 0.1, (1.9, 1.9)) * -0.34 + 1.0;
    light * vignette
}
