//! Faces at random: every factor from ChaCha8 keyed by (seed, index).

use super::factors::{Beard, Clothes, Factors, Glasses, HairStyle};
use super::math::{mix, smoothstep};
use crate::random::{Purpose, RandomStream};

/// Draws numbers of one face.
struct FactorDraws(RandomStream);

impl FactorDraws {
    fn unit(&mut self) -> f32 {
        self.0.unit()
    }

    /// Between -1 and 1, the middle more often: the mean of three uniform draws, widened.
    fn central(&mut self) -> f32 {
        let mean = (self.unit() + self.unit() + self.unit()) / 3.0;
        (3.0 * mean - 1.5).clamp(-1.0, 1.0)
    }

    fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// One of `choices` by weight.
    fn pick<T: Copy>(&mut self, choices: &[(T, f32)]) -> T {
        let total: f32 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        for &(choice, weight) in choices {
            left -= weight;
            if left < 0.0 {
                return choice;
            }
        }
        choices[choices.len() - 1].0
    }
}

impl Factors {
    /// Face number `index` of the endless row that `seed` stands for.
    ///
    /// Most factors are drawn on their own. The exceptions, so that the faces read as people: hair greys
    /// and thins and cheeks are less full with `age`; a high `skin_tone` goes with dark hair, dark eyes and
    /// more curls, a low one and red hair with freckles; beards, bald heads and thick brows come with low
    /// `softness`, make-up, long hair and cat-eye glasses mostly with high; a mouth is open more often in a
    /// smile.
    pub fn draw(seed: u64, index: u64) -> Self {
        let d = &mut FactorDraws(RandomStream::of_purpose(seed, Purpose::Face, index));
        let softness = {
            let u = d.unit();
            mix(smoothstep(0.0, 1.0, u), u, 0.4)
        };
        let age = d.unit().powf(1.6);
        let skin_tone = d.unit().powf(1.25);
        let grey = smoothstep(0.55, 1.0, age + 0.25 * d.central());
        let dark = smoothstep(0.35, 0.70, skin_tone);
        let fair = d.unit();
        let hair_lightness = mix(fair, 0.25 * fair * fair, dark);
        let red = d.chance(0.16);
        let hair_redness = mix(if red { mix(0.5, 1.0, d.unit()) } else { 0.25 * d.unit() }, 0.0, 0.8 * dark);
        let hair_style = hair_style(d, softness, age, skin_tone);
        let hairy = smoothstep(0.62, 0.22, softness);
        let beard = d.pick(&[
            (Beard::None, mix(400.0, 2.6, hairy)),
            (Beard::Stubble, 1.2),
            (Beard::Moustache, 0.5),
            (Beard::Goatee, 0.7),
            (Beard::Full, 1.3),
        ]);
        let made_up = smoothstep(0.45, 0.85, softness);
        let smile = 0.22 + 0.85 * d.central();
        let mouth_open = if d.chance(0.30 + 0.30 * smile.max(0.0)) { d.unit().powf(1.6) } else { 0.0 };
        Factors {
            yaw: 38.0 * d.central(),
            pitch: 16.0 * d.central(),
            roll: 9.0 * d.central(),
            age,
            softness,
            face_width: d.central(),
            jaw_width: d.central(),
            chin_length: d.central(),
            cheeks: (d.central() - 0.2 * age).clamp(-1.0, 1.0),
            skin_tone,
            skin_warmth: d.central(),
            blush: d.unit().powf(1.3),
            freckles: if d.chance(0.25 * (1.0 - dark) + 0.25 * hair_redness) { d.unit() } else { 0.0 },
            hair_lightness,
            hair_redness,
            hair_grey: grey,
            hair_length: d.central(),
            hair_volume: d.central(),
            eye_size: d.central(),
            eye_spacing: d.central(),
            eye_tilt: d.central(),
            eye_openness: if d.chance(0.03) { 0.05 } else { (0.72 + 0.28 * d.central()).clamp(0.0, 1.0) },
            eye_colour: mix(d.unit(), 0.25 * d.unit(), dark),
            gaze_x: 28.0 * d.central() * d.unit(),
            gaze_y: 16.0 * d.central() * d.unit(),
            brow_thickness: (mix(0.62, 0.38, softness) + 0.40 * d.central()).clamp(0.0, 1.0),
            brow_height: d.central(),
            brow_tilt: d.central(),
            nose_length: d.central(),
            nose_width: d.central(),
            nose_bridge: d.central(),
            mouth_width: d.central(),
            lip_fullness: d.central(),
            makeup: if d.chance(0.65 * made_up) { d.unit() } else { 0.0 },
            smile: smile.clamp(-1.0, 1.0),
            mouth_open,
            hair_style,
            glasses: d.pick(&[
                (Glasses::None, 0.74),
                (Glasses::Round, 0.075),
                (Glasses::Square, 0.085),
                (Glasses::CatEye, 0.065 * softness),
                (Glasses::Sun, 0.025),
            ]),
            beard,
            clothes: d.pick(&[
                (Clothes::Crew, 0.36),
                (Clothes::VNeck, 0.2),
                (Clothes::Collar, 0.26),
                (Clothes::Turtleneck, 0.18),
            ]),
            clothes_hue: d.unit(),
            clothes_lightness: d.unit(),
            background_hue: d.unit(),
            background_lightness: d.unit(),
            light_azimuth: 65.0 * d.central(),
            light_elevation: mix(5.0, 60.0, d.unit()),
            light_warmth: d.central(),
            detail: d.0.next_u32(),
        }
    }
}

fn hair_style(d: &mut FactorDraws, softness: f32, age: f32, skin_tone: f32) -> HairStyle {
    let rough = smoothstep(0.70, 0.30, softness);
    let soft = smoothstep(0.30, 0.70, softness);
    let curls = mix(0.6, 2.2, smoothstep(0.45, 0.85, skin_tone));
    d.pick(&[
        (HairStyle::Bald, 0.7 * rough * mix(0.4, 1.6, age)),
        (HairStyle::Receding, 1.1 * rough * smoothstep(0.35, 0.8, age)),
        (HairStyle::Buzz, 0.7 * rough),
        (HairStyle::Short, mix(0.35, 1.2, rough)),
        (HairStyle::SidePart, mix(0.15, 1.3, rough)),
        (HairStyle::Quiff, mix(0.08, 1.0, rough)),
        (HairStyle::Curly, 0.7 * curls),
        (HairStyle::Afro, 0.28 * curls * curls),
        (HairStyle::Bob, mix(0.02, 1.1, soft)),
        (HairStyle::LongParted, mix(0.12, 1.2, soft)),
        (HairStyle::LongFringe, mix(0.03, 0.9, soft)),
        (HairStyle::LongWavy, mix(0.08, 1.2, soft)),
        (HairStyle::Bun, mix(0.05, 0.8, soft)),
    ])
}
