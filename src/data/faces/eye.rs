//! Eyes, painted into their sockets.

use glam::{Vec2, Vec3, vec2, vec3};

use super::look::Look;
use super::math::{bell, inside, line, mix, noise, smoothstep, srgb};
use super::shade::{Sample, Surface};

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

/// Paints the eye and its lids if the sample is near; says what the lids add to the skin.
pub fn paint(look: &Look, sample: &Sample, surface: &mut Surface) {
    let f = &look.factors;
    let p = sample.coords;
    let side = p.x.signum();
    let q = vec2(p.x.abs() - X, p.y - Y);
    if q.x.abs() > 0.25 || q.y.abs() > 0.19 {
        return;
    }
    let width = sample.width;
    let across = (q.x / HALF).clamp(-1.0, 1.0);
    // The arch is highest a little towards the nose, the lower lid lowest a little outwards.
    let arch = (1.0 - across * across) * (1.0 - 0.16 * across);
    let sag = (1.0 - across * across) * (1.0 + 0.22 * across);
    let line_between = 0.016 * across + 0.004;
    let squint = 0.35 * f.smile.max(0.0);
    let lower = line_between - sag * mix(0.040, 0.050, f.eye_openness) * (1.0 - 0.5 * squint);
    let open_height = mix(0.078, 0.086, f.softness) * mix(1.0, 0.94, squint);
    let wide = line_between + arch * open_height * mix(0.86, 1.14, smoothstep(0.55, 1.0, f.eye_openness));
    let upper = mix(lower + 0.004, wide, smoothstep(0.0, 0.72, f.eye_openness));
    let within = if q.x.abs() < HALF { (upper - q.y).min(q.y - lower) } else { -1.0 };

    // The socket, the fold above the lid, the shade below the eye.
    let socket = bell((q - vec2(-0.02, 0.03)).length() / 0.24);
    surface.albedo *= Vec3::ONE - vec3(0.10, 0.15, 0.14) * socket;
    let shadow = 0.65 * f.makeup * f.softness;
    let lid = bell((q.y - upper - 0.02) / 0.07) * bell(q.x / 0.21);
    let powder = [vec3(0.55, 0.38, 0.35), vec3(0.42, 0.40, 0.58), vec3(0.50, 0.34, 0.48)]
        [(f.detail >> 8) as usize % 3];
    surface.albedo *= Vec3::ONE.lerp(powder, shadow * lid);
    let bag = bell((q.y + 0.085 + 0.03 * across * across) / 0.05) * bell(q.x / 0.19);
    surface.albedo *= Vec3::ONE - vec3(0.13, 0.18, 0.14) * bag * (0.35 + 0.65 * f.age);
    let fold_y = wide + mix(0.020, 0.030, f.softness) - 0.010 * f.age;
    let fold = line((q.y - fold_y).abs(), 0.0055, width.max(0.012)) * bell(q.x / 0.18);
    surface.albedo *= 1.0 - 0.55 * fold;

    let cover = inside(within, width.max(0.006));
    if cover > 0.0 {
        let eye = ball(look, sample, q, side, upper, across);
        surface.paint(&eye, cover);
    }
    // Lashes: a band along the upper lid that thickens outwards, a hint below.
    let long = mix(0.007, 0.0125, f.softness) * (1.0 + 0.5 * f.makeup * f.softness);
    let outer = smoothstep(-1.0, 1.2, q.x / HALF);
    let wing = smoothstep(HALF + 0.035 * f.softness, HALF - 0.02, q.x)
        * smoothstep(-HALF - 0.008, -HALF + 0.05, q.x);
    let lifted = 0.020 * f.softness * smoothstep(0.6, 1.3, q.x / HALF);
    let band = line((q.y - upper - lifted - 0.3 * long).abs(), long * mix(0.55, 1.35, outer), width);
    let ink = look.brow.lerp(srgb(18, 13, 12), 0.8);
    let lash = Surface { albedo: ink, wrap: Vec3::ZERO, gloss: 0.0, glow: Vec3::ZERO };
    surface.paint(&lash, band * wing * mix(0.75, 0.97, f.softness));
    let below = line((q.y - lower).abs(), 0.0045, width.max(0.009)) * bell(q.x / (HALF + 0.02));
    let rose = Surface { albedo: surface.albedo * vec3(0.55, 0.38, 0.36), ..lash };
    surface.paint(&rose, below * mix(0.45, 0.75, f.softness));
    // The pink corner towards the nose.
    let corner = bell((q - vec2(-HALF + 0.012, line_between)).length() / 0.022);
    let pink = Surface { albedo: srgb(206, 130, 122), ..lash };
    surface.paint(&pink, corner * cover * 0.8);
}

/// The ball with iris and pupil.
fn ball(look: &Look, sample: &Sample, q: Vec2, side: f32, upper: f32, across: f32) -> Surface {
    let f = &look.factors;
    let width = sample.width;
    let gaze = vec2(side * f.gaze_x.to_radians().sin(), f.gaze_y.to_radians().sin()) * 0.155;
    let centre = vec2(gaze.x, gaze.y + 0.010);
    let d = q - centre;
    let r = d.length() / IRIS;

    let veins = 0.04 * noise(q * 60.0, f.detail);
    let white = vec3(0.80, 0.77, 0.74) - vec3(0.02, 0.10, 0.10) * (across * across) - veins;
    let mut albedo = white;
    // Iris: dark rim, fibres, brighter where the light that enters leaves again.
    let angle_noise = noise(vec2(d.normalize_or_zero().x * 9.0, d.normalize_or_zero().y * 9.0), f.detail ^ 5);
    let fibre = mix(0.78, 1.22, angle_noise);
    let key = vec2(look.lights.key.x * side, look.lights.key.y);
    let caustic = 1.0 + 0.95 * smoothstep(-0.2, 1.0, -d.dot(key) / IRIS) * smoothstep(0.2, 0.7, r);
    let inner = look.iris * fibre * caustic * mix(1.25, 0.9, r.clamp(0.0, 1.0));
    let iris = inner.lerp(look.iris_rim, smoothstep(0.72, 0.98, r));
    albedo = albedo.lerp(iris, inside((1.0 - r) * IRIS, width.max(0.008)));
    albedo = albedo.lerp(srgb(10, 8, 9), inside((0.46 - r) * IRIS, width.max(0.006)));
    // The upper lid and its lashes shade the ball.
    let shade = mix(0.42, 1.0, smoothstep(-0.004, 0.042, upper - q.y)) * mix(0.80, 1.0, bell(across * 0.8));
    let mut glow = Vec3::ZERO;
    // The light, reflected; and the window opposite, faintly.
    let spot = vec2(mix(0.012, 0.034, key.x.abs()) * key.x.signum(), 0.012 + 0.024 * key.y);
    let flat = |at: Vec2, radius: f32| inside(radius - (q - centre - at).length(), width.max(0.008));
    let shut = smoothstep(-0.002, 0.012, upper - q.y);
    glow += Vec3::splat(0.95 * flat(spot, 0.0185) * shut);
    glow += Vec3::splat(0.16 * flat(-spot * 0.9 - vec2(0.0, 0.006), 0.012) * shut);
    Surface { albedo: albedo * shade, wrap: vec3(0.9, 0.9, 0.9), gloss: 0.0, glow }
}
