//! Eyes, painted into their sockets.

use glam::{Vec3, vec3};

use super::appearance::Appearance;
use super::math::{Number, bell, bump, inside, line, mix, smoothstep, srgb, unit};
use super::surface::{Surface, SurfaceSamples};
use super::wide::{Wide, Wide3, blend, length, noise, square};

/// Middle of the eye at rest.
const X: f32 = 0.295;
const Y: f32 = -0.012;
/// Half its width.
const HALF: f32 = 0.148;
const IRIS: f32 = 0.074;

/// Whether a place on the head at rest lies on an eye or its lashes.
pub fn is_near(p: Vec3) -> bool {
    p.z > 0.0 && (p.x.abs() - X).abs() < 0.20 && (-0.075..0.13).contains(&(p.y - Y))
}

/// Paints the eye and its lids where samples are near.
pub fn paint(appearance: &Appearance, samples: &SurfaceSamples, surface: &mut Surface) {
    let f = &appearance.factors;
    let p = samples.coords;
    // From the middle of the eye on that side, x outwards.
    let (x, y) = (p.x.abs() - X, p.y - Y);
    let near = x.abs().cmple(Wide::splat(0.25)) & y.abs().cmple(Wide::splat(0.19));
    if !near.any() {
        return;
    }
    let only_near = |cover: Wide| Wide::select(near, cover, Wide::ZERO);
    let width = samples.width;
    let across = (x * (1.0 / HALF)).at_least(-1.0).at_most(1.0);
    // The arch is highest a little towards the nose, the lower lid lowest a little outwards.
    let round = across * across * -1.0 + 1.0;
    let arch = round * (across * -0.16 + 1.0);
    let sag = round * (across * 0.22 + 1.0);
    let line_between = across * 0.016 + 0.004;
    let squint = 0.35 * f.smile.max(0.0);
    let lower = line_between - sag * (mix(0.040, 0.050, f.eye_openness) * (1.0 - 0.5 * squint));
    let open_height = mix(0.078, 0.086, f.softness) * mix(1.0, 0.94, squint);
    let wide = line_between + arch * (open_height * mix(0.86, 1.14, smoothstep(0.55, 1.0, f.eye_openness)));
    let upper = blend(lower + 0.004, wide, Wide::splat(smoothstep(0.0, 0.72, f.eye_openness)));
    let between = near & x.abs().cmplt(Wide::splat(HALF));
    let within = Wide::select(between, (upper - y).min(y - lower), Wide::NEG_ONE);

    // The socket, the fold above the lid, the shade below the eye.
    let socket = bump(square(x + 0.02, y - 0.03, (0.24, 0.24)));
    surface.darken(vec3(0.10, 0.15, 0.14), only_near(socket));
    let shadow = 0.65 * f.makeup * f.softness;
    if shadow > 0.0 {
        let lid = bell((y - upper - 0.02) * (1.0 / 0.07)) * bell(x * (1.0 / 0.21));
        let powder = [vec3(0.55, 0.38, 0.35), vec3(0.42, 0.40, 0.58), vec3(0.50, 0.34, 0.48)]
            [(f.detail >> 8) as usize % 3];
        surface.darken(Vec3::ONE - powder, only_near(lid) * shadow);
    }
    let bag = bell((y + 0.085 + across * across * 0.03) * 20.0) * bell(x * (1.0 / 0.19));
    surface.darken(vec3(0.13, 0.18, 0.14), only_near(bag) * (0.35 + 0.65 * f.age));
    let fold_y = wide + (mix(0.020, 0.030, f.softness) - 0.010 * f.age);
    let fold = line((y - fold_y).abs(), Wide::splat(0.0055), width.at_least(0.012)) * bell(x * (1.0 / 0.18));
    surface.darken(Vec3::splat(0.55), only_near(fold));

    let cover = inside(within, width.at_least(0.006));
    if cover.cmpgt(Wide::ZERO).any() {
        let side = Wide::ONE.copysign(p.x);
        let eye = ball(appearance, samples, (x, y), side, upper, across);
        surface.paint(&eye, cover);
    }
    // Lashes: a band along the upper lid that thickens outwards, a hint below.
    let long = mix(0.007, 0.0125, f.softness) * (1.0 + 0.5 * f.makeup * f.softness);
    let outer = smoothstep(-1.0, 1.2, x * (1.0 / HALF));
    let wing =
        smoothstep(HALF + 0.035 * f.softness, HALF - 0.02, x) * smoothstep(-HALF - 0.008, -HALF + 0.05, x);
    let lifted = smoothstep(0.6, 1.3, x * (1.0 / HALF)) * (0.020 * f.softness);
    let band = line((y - upper - lifted - 0.3 * long).abs(), mix(0.55, 1.35, outer) * long, width);
    let ink = appearance.brow.lerp(srgb(18, 13, 12), 0.8);
    let lash = Surface::matte(Wide3::all(ink), Vec3::ZERO);
    surface.paint(&lash, only_near(band * wing) * mix(0.75, 0.97, f.softness));
    let below =
        line((y - lower).abs(), Wide::splat(0.0045), width.at_least(0.009)) * bell(x * (1.0 / (HALF + 0.02)));
    let rose = Surface::matte(surface.albedo * vec3(0.55, 0.38, 0.36), Vec3::ZERO);
    surface.paint(&rose, only_near(below) * mix(0.45, 0.75, f.softness));
    // The pink corner towards the nose.
    let corner = bump(square(x + (HALF - 0.012), y - line_between, (0.022, 0.022))) * cover;
    if corner.cmpgt(Wide::ZERO).any() {
        surface.paint(&Surface::matte(Wide3::all(srgb(206, 130, 122)), Vec3::ZERO), corner * 0.8);
    }
}

/// The ball with iris and pupil.
fn ball(
    appearance: &Appearance,
    samples: &SurfaceSamples,
    (x, y): (Wide, Wide),
    side: Wide,
    upper: Wide,
    across: Wide,
) -> Surface {
    let f = &appearance.factors;
    let width = samples.width;
    let (sideways, up) = (f.gaze_x.to_radians().sin() * 0.155, f.gaze_y.to_radians().sin() * 0.155);
    // From the middle of the iris.
    let (dx, dy) = (x - side * sideways, y - (up + 0.010));
    let distance = length(dx, dy);
    let r = distance * (1.0 / IRIS);

    let veins = noise(x * 60.0, y * 60.0, f.detail) * 0.04;
    let yellow = across * across * 0.10;
    let white = Wide3 {
        x: 0.80 - across * across * 0.02 - veins,
        y: 0.77 - yellow - veins,
        z: 0.74 - yellow - veins,
    };
    // Iris: dark rim, fibres, brighter where the light that enters leaves again.
    let outward = distance.at_least(1e-6).recip() * 9.0;
    let fibre = mix(0.78, 1.22, noise(dx * outward, dy * outward, f.detail ^ 5));
    let (key_x, key_y) = (side * appearance.lights.key.x, appearance.lights.key.y);
    let across_light = (dx * key_x + dy * key_y) * (-1.0 / IRIS);
    let caustic = smoothstep(-0.2, 1.0, across_light) * smoothstep(0.2, 0.7, r) * 0.95 + 1.0;
    let inner = Wide3::all(appearance.iris) * (fibre * caustic * mix(1.25, 0.9, unit(r)));
    let iris = inner.lerp(Wide3::all(appearance.iris_rim), smoothstep(0.72, 0.98, r));
    let albedo = white.lerp(iris, inside((1.0 - r) * IRIS, width.at_least(0.008)));
    let albedo = albedo.lerp(Wide3::all(srgb(10, 8, 9)), inside((0.46 - r) * IRIS, width.at_least(0.006)));
    // The upper lid and its lashes shade the ball.
    let beneath = upper - y;
    let shade = mix(0.42, 1.0, smoothstep(-0.004, 0.042, beneath)) * mix(0.80, 1.0, bell(across * 0.8));
    // The light, reflected; and the window opposite, faintly.
    let key = appearance.lights.key;
    let spot_x = side * (mix(0.012, 0.034, key.x.abs()) * key.x.signum());
    let spot_y = 0.012 + 0.024 * key.y;
    let flat = |away: Wide, radius: f32| inside(radius - away, width.at_least(0.008));
    let shut = smoothstep(-0.002, 0.012, beneath);
    let light = flat(length(dx - spot_x, dy - spot_y), 0.0185) * 0.95;
    let window = flat(length(dx + spot_x * 0.9, dy + (0.9 * spot_y + 0.006)), 0.012) * 0.16;
    let glow = Wide3::grey((light + window) * shut);
    Surface { glow, ..Surface::matte(albedo * shade, Vec3::splat(0.9)) }
}
