//! The colours and lights of one face, worked out once before any sample is shaded.

use glam::{Vec2, Vec3, vec2, vec3};

use super::cut::{Cut, cut};
use super::factors::{Factors, Glasses, HairStyle};
use super::math::{Number, hash, hsv, mix, noise, ramp, smoothstep, srgb, unit};
use super::pose::Pose;
use super::wide::{Wide, Wide3};

/// Lights: a key, a fill opposite, sky and floor, and a rim from behind.
pub struct Lights {
    /// Towards the key light.
    pub key: Vec3,
    key_colour: Vec3,
    fill: Vec3,
    fill_colour: Vec3,
    sky: Vec3,
    floor: Vec3,
    rim: Vec3,
    rim_colour: Vec3,
    /// Halfway between key light and viewer.
    pub half: Vec3,
}

impl Lights {
    fn new(f: &Factors, background: Vec3, cloth: Vec3) -> Self {
        let (azimuth, elevation) = (f.light_azimuth.to_radians(), f.light_elevation.to_radians());
        let flat = elevation.cos();
        let key = vec3(azimuth.sin() * flat, elevation.sin(), azimuth.cos() * flat);
        let warm = vec3(1.06, 0.93, 0.76);
        let cool = vec3(0.84, 0.95, 1.06);
        let tint = cool.lerp(warm, 0.5 + 0.5 * f.light_warmth);
        let counter = cool.lerp(warm, 0.5 - 0.35 * f.light_warmth);
        let surround = background / background.max_element().max(0.05);
        // The other lights stand opposite, further round the further round the key light is.
        let side = (f.light_azimuth / 30.0).clamp(-1.0, 1.0);
        Lights {
            key,
            key_colour: tint * 1.02,
            fill: vec3(-side * 0.75, 0.10, 0.65).normalize(),
            fill_colour: counter * 0.20,
            sky: counter.lerp(surround, 0.35) * mix(0.31, 0.38, f.background_lightness),
            floor: vec3(0.16, 0.12, 0.10) + cloth * 0.22,
            rim: vec3(-side * 0.80, 0.35, -0.50).normalize(),
            rim_colour: surround.lerp(Vec3::ONE, 0.45) * mix(0.25, 0.80, f.background_lightness),
            half: (key + Vec3::Z).normalize(),
        }
    }

    /// Light that a matte surface sends back, per channel. `wrap` says how far light creeps round into the
    /// shade; `lit` is 0 in a cast shadow.
    pub fn matte(&self, normal: Wide3, wrap: Wide3, openness: Wide, lit: Wide) -> Wide3 {
        let (key, fill) = (normal.dot(self.key), normal.dot(self.fill));
        let (upward, from_fill) = (unit(normal.y * 0.5 + 0.5), mix(0.4, 1.0, openness));
        let channel = |wrap: Wide, key_colour: f32, fill_colour: f32, floor: f32, sky: f32| {
            let inverse = (wrap + 1.0).recip();
            let creep = |n: Wide| {
                let t = ((n + wrap) * inverse).at_least(0.0);
                t * (t + 1.0) * 0.5
            };
            creep(key) * lit * key_colour
                + creep(fill) * from_fill * fill_colour
                + mix(floor, sky, upward) * openness
        };
        let Lights { key_colour: k, fill_colour: f, floor, sky, .. } = self;
        Wide3 {
            x: channel(wrap.x, k.x, f.x, floor.x, sky.x),
            y: channel(wrap.y, k.y, f.y, floor.y, sky.y),
            z: channel(wrap.z, k.z, f.z, floor.z, sky.z),
        }
    }

    /// Light along the outline from behind.
    pub fn outline(&self, normal: Wide3) -> Wide3 {
        let edge = unit(normal.z) * -1.0 + 1.0;
        let behind = (normal.dot(self.rim) + 0.25).at_least(0.0);
        Wide3::all(self.rim_colour) * (edge * edge * edge * behind)
    }
}

/// A lamp far behind, out of focus.
pub struct Disc {
    /// Where, in picture space.
    pub at: Vec2,
    /// Half its width.
    pub radius: f32,
    /// Light that it adds.
    pub light: Vec3,
}

/// Everything that the shaders ask of a face.
pub struct Appearance {
    /// The lights on it.
    pub lights: Lights,
    /// Reflectance of the skin.
    pub skin: Vec3,
    /// As `skin`, where it is red.
    pub blush: Vec3,
    /// The lips', with lipstick.
    pub lip: Vec3,
    /// The hair's.
    pub hair: Vec3,
    /// As `hair`, of the lighter strands.
    pub hair_tip: Vec3,
    /// The brows'.
    pub brow: Vec3,
    /// The beard's.
    pub beard: Vec3,
    /// The iris's.
    pub iris: Vec3,
    /// As `iris`, at its rim.
    pub iris_rim: Vec3,
    /// The clothes'.
    pub cloth: Vec3,
    /// As `cloth`, of a collar's trim.
    pub cloth_second: Vec3,
    /// Light of the background, above and below.
    pub background: [Vec3; 2],
    /// Discs of light in the background.
    pub discs: Vec<Disc>,
    /// Reflectance of the frame of glasses.
    pub frame: Vec3,
    /// Colour of the lenses, and how much of it covers what lies behind.
    pub lens: (Vec3, f32),
    /// The cut of the hair; none on a bald head.
    pub cut: Option<Cut>,
    /// Where the strands begin, as a direction in picture space.
    pub whorl: Vec3,
    /// Factors that the painters read as they are.
    pub factors: Factors,
}

impl Appearance {
    /// The appearance of a face whose head is held in this pose.
    pub fn new(f: &Factors, pose: Pose) -> Self {
        let skin = skin_colour(f);
        let hair = hair_colour(f);
        let rosy = vec3(0.80, 0.22, 0.20);
        let background = background(f);
        let cloth =
            hsv(f.clothes_hue, mix(0.62, 0.34, f.clothes_lightness), mix(0.16, 0.92, f.clothes_lightness));
        let cloth_second =
            hsv(f.clothes_hue + 0.08, 0.35, if f.clothes_lightness > 0.5 { 0.45 } else { 0.80 });
        let cut = cut(f.hair_style);
        let whorl = cut.as_ref().map_or(Vec3::Y, |cut| pose.direction(cut.whorl_on(f.parting())));
        let natural = skin * vec3(0.92, 0.60, 0.58) + vec3(0.03, 0.0, 0.004);
        let stick = [srgb(176, 26, 44), srgb(150, 32, 70), srgb(196, 62, 58), srgb(120, 24, 40)]
            [(f.detail >> 3) as usize % 4];
        let pale_brow = hair.lerp(skin * 0.35, 0.35);
        Appearance {
            lights: Lights::new(f, 0.5 * (background[0] + background[1]), cloth),
            skin,
            blush: skin * rosy.lerp(Vec3::ONE, 0.25) * 1.15,
            lip: natural.lerp(stick, 0.85 * f.makeup),
            hair,
            hair_tip: hair.lerp(hair * vec3(1.55, 1.40, 1.2) + 0.005, 0.75),
            brow: pale_brow * mix(0.85, 0.55, smoothstep(0.3, 0.9, f.hair_lightness)),
            beard: hair * vec3(1.05, 0.88, 0.80) * 0.85,
            iris: iris_colour(f.eye_colour),
            iris_rim: iris_colour(f.eye_colour) * 0.22,
            cloth,
            cloth_second,
            discs: discs(f, background[0]),
            background,
            frame: frame_colour(f),
            lens: if f.glasses == Glasses::Sun { (srgb(30, 26, 30), 0.94) } else { (Vec3::ONE, 0.0) },
            cut,
            whorl,
            factors: f.clone(),
        }
    }
}

fn skin_colour(f: &Factors) -> Vec3 {
    let cool = [
        srgb(250, 220, 208),
        srgb(240, 190, 168),
        srgb(208, 150, 122),
        srgb(160, 104, 78),
        srgb(104, 66, 50),
        srgb(62, 40, 33),
    ];
    let warm = [
        srgb(252, 226, 196),
        srgb(243, 198, 154),
        srgb(216, 162, 110),
        srgb(172, 116, 70),
        srgb(118, 74, 42),
        srgb(72, 44, 28),
    ];
    ramp(&cool, f.skin_tone).lerp(ramp(&warm, f.skin_tone), 0.5 + 0.5 * f.skin_warmth)
}

fn hair_colour(f: &Factors) -> Vec3 {
    let plain = [
        srgb(22, 17, 17),
        srgb(48, 33, 26),
        srgb(88, 60, 40),
        srgb(142, 100, 60),
        srgb(206, 164, 98),
        srgb(238, 214, 162),
    ];
    let red = [
        srgb(40, 14, 14),
        srgb(84, 28, 18),
        srgb(140, 52, 22),
        srgb(188, 82, 30),
        srgb(220, 124, 54),
        srgb(240, 176, 112),
    ];
    let grey = srgb(112, 110, 112).lerp(srgb(226, 224, 220), smoothstep(0.4, 1.0, f.hair_grey));
    let young = ramp(&plain, f.hair_lightness).lerp(ramp(&red, f.hair_lightness), f.hair_redness);
    young.lerp(grey, smoothstep(0.05, 0.75, f.hair_grey))
}

fn iris_colour(t: f32) -> Vec3 {
    ramp(
        &[
            srgb(52, 30, 20),
            srgb(98, 58, 30),
            srgb(140, 96, 46),
            srgb(98, 128, 76),
            srgb(120, 148, 150),
            srgb(74, 136, 196),
        ],
        t,
    )
}

fn frame_colour(f: &Factors) -> Vec3 {
    let colours = [
        srgb(24, 22, 24),
        srgb(92, 52, 30),
        srgb(30, 40, 78),
        srgb(160, 40, 44),
        srgb(196, 156, 90),
        srgb(40, 84, 74),
    ];
    let choice = (f.detail >> 5) as usize;
    match f.glasses {
        Glasses::Round => [srgb(196, 156, 90), srgb(60, 60, 64), srgb(24, 22, 24)][choice % 3],
        Glasses::Sun => [srgb(24, 22, 24), srgb(92, 52, 30)][choice % 2],
        _ => colours[choice % colours.len()],
    }
}

/// Behind one face in four.
fn discs(f: &Factors, tint: Vec3) -> Vec<Disc> {
    let count = if f.detail & 6 == 0 { 9 } else { 0 };
    let disc = |index| {
        let place = |salt: u32| hash(index, 0, f.detail ^ salt);
        Disc {
            at: vec2(mix(-1.35, 1.35, place(41)), mix(-1.2, 1.25, place(42))),
            radius: mix(0.07, 0.24, place(43)),
            light: mix(0.03, 0.13, place(44)) * (tint + 0.12),
        }
    };
    (0..count).map(disc).collect()
}

/// Its colour above and below.
fn background(f: &Factors) -> [Vec3; 2] {
    let light = f.background_lightness;
    let saturation = mix(0.55, 0.30, light)
        * mix(0.55, 1.0, noise(vec3(f.background_hue * 40.0, 0.5, 0.0).truncate(), f.detail));
    let top = hsv(f.background_hue, saturation, mix(0.22, 0.90, light));
    let bottom = hsv(f.background_hue + 0.06, saturation * 0.9, mix(0.12, 0.78, light));
    [top, bottom]
}

impl Appearance {
    /// Whether there is hair that casts a shadow on the brow.
    pub fn has_hair(&self) -> bool {
        !matches!(self.factors.hair_style, HairStyle::Bald)
    }
}
