//! The cut of each hair style: where it ends, how thick it is, which way it flows.

use glam::{Vec3, vec3};

use super::factors::HairStyle;
use super::math::{bell, mix, smoothstep};

/// Angles from the front, degrees, at which a style says where its hem lies.
const STOPS: [f32; 11] = [0.0, 15.0, 30.0, 42.0, 52.0, 62.0, 74.0, 86.0, 105.0, 140.0, 180.0];

/// The cut of a style.
pub struct Cut {
    /// Height of the hem at [`STOPS`].
    hem: [f32; 11],
    /// Drop of the hem per unit of length, at the sides and behind.
    growth: f32,
    /// Thickness on top, at the sides, behind.
    pub thickness: Vec3,
    /// Where the strands begin: they flow away from here.
    whorl: Vec3,
    /// Scatter of the strands' tips around the hem.
    pub ragged: f32,
    /// Depth of the clumps.
    pub clumps: f32,
    /// Depth of the curls, 0 for straight hair.
    pub curls: f32,
    /// Depth of the waves along the strands.
    pub waves: f32,
    /// Lift of the front.
    pub lift: f32,
    /// Amount swept to one side: lowers the hem there.
    sweep: f32,
    /// Whether the front is a hairline, where the hair leaves the skin.
    pub hairline: bool,
    /// Spread of hanging hair at its end.
    pub flare: f32,
    /// Share of the skin that shows through.
    pub thin: f32,
}

const HAIRLINE: [f32; 11] = [0.67, 0.665, 0.63, 0.50, 0.30, 0.10, -0.10, 0.07, -0.22, -0.55, -0.62];
const SHORT: Cut = Cut {
    hem: HAIRLINE,
    growth: 0.03,
    thickness: vec3(0.15, 0.075, 0.10),
    whorl: vec3(0.05, 0.9, -0.45),
    ragged: 0.10,
    clumps: 0.045,
    curls: 0.0,
    waves: 0.0,
    lift: 0.0,
    sweep: 0.0,
    hairline: true,
    flare: 0.0,
    thin: 0.0,
};

/// The cut of a style; none for a bald head.
pub fn cut(style: HairStyle) -> Option<Cut> {
    let long = |front: [f32; 6]| {
        let [a, b, c, d, e, f] = front;
        [a, b, c, d, e, f, -1.30, -1.42, -1.48, -1.50, -1.50]
    };
    Some(match style {
        HairStyle::Bald => return None,
        HairStyle::Receding => Cut {
            hem: [1.4, 1.35, 1.2, 0.98, 0.62, 0.20, -0.10, 0.07, -0.22, -0.55, -0.62],
            thickness: vec3(0.03, 0.085, 0.09),
            ragged: 0.14,
            thin: 0.15,
            ..SHORT
        },
        HairStyle::Buzz => {
            Cut { thickness: vec3(0.030, 0.020, 0.022), clumps: 0.0, ragged: 0.05, thin: 0.35, ..SHORT }
        }
        HairStyle::Short => Cut {
            hem: [0.46, 0.47, 0.46, 0.40, 0.26, 0.08, -0.12, 0.07, -0.22, -0.55, -0.62],
            ragged: 0.26,
            hairline: false,
            ..SHORT
        },
        HairStyle::SidePart => Cut {
            hem: [0.60, 0.58, 0.54, 0.44, 0.26, 0.08, -0.12, 0.07, -0.22, -0.55, -0.62],
            thickness: vec3(0.21, 0.075, 0.10),
            whorl: vec3(0.42, 0.80, 0.45),
            lift: 0.05,
            sweep: 0.16,
            ..SHORT
        },
        HairStyle::Quiff => Cut {
            thickness: vec3(0.26, 0.035, 0.06),
            whorl: vec3(0.0, 0.30, 0.95),
            lift: 0.16,
            clumps: 0.06,
            ..SHORT
        },
        HairStyle::Curly => Cut {
            hem: [0.50, 0.50, 0.47, 0.38, 0.22, 0.06, -0.10, -0.02, -0.28, -0.60, -0.66],
            thickness: vec3(0.27, 0.19, 0.22),
            curls: 0.085,
            clumps: 0.0,
            ragged: 0.16,
            hairline: false,
            ..SHORT
        },
        HairStyle::Afro => Cut {
            hem: [0.60, 0.59, 0.55, 0.42, 0.22, 0.02, -0.20, -0.40, -0.55, -0.70, -0.75],
            thickness: vec3(0.46, 0.46, 0.46),
            curls: 0.05,
            clumps: 0.0,
            ragged: 0.08,
            growth: 0.06,
            ..SHORT
        },
        HairStyle::Bob => Cut {
            hem: [0.27, 0.27, 0.26, 0.22, 0.05, -0.55, -0.78, -0.80, -0.80, -0.80, -0.80],
            growth: 0.18,
            thickness: vec3(0.15, 0.14, 0.14),
            whorl: vec3(0.0, 0.98, -0.10),
            ragged: 0.07,
            clumps: 0.025,
            hairline: false,
            flare: 0.05,
            ..SHORT
        },
        HairStyle::LongParted => Cut {
            hem: long([0.72, 0.60, 0.42, 0.18, -0.25, -0.95]),
            growth: 0.25,
            thickness: vec3(0.13, 0.13, 0.13),
            whorl: vec3(0.0, 0.86, 0.50),
            ragged: 0.10,
            hairline: false,
            flare: 0.10,
            ..SHORT
        },
        HairStyle::LongFringe => Cut {
            hem: long([0.26, 0.26, 0.25, 0.18, -0.15, -0.90]),
            growth: 0.25,
            thickness: vec3(0.15, 0.13, 0.13),
            whorl: vec3(0.0, 0.98, 0.0),
            ragged: 0.14,
            hairline: false,
            flare: 0.08,
            ..SHORT
        },
        HairStyle::LongWavy => Cut {
            hem: long([0.66, 0.58, 0.44, 0.22, -0.15, -0.80]),
            growth: 0.25,
            thickness: vec3(0.20, 0.22, 0.20),
            whorl: vec3(0.30, 0.84, 0.45),
            ragged: 0.16,
            clumps: 0.05,
            waves: 0.07,
            sweep: 0.12,
            hairline: false,
            flare: 0.16,
            ..SHORT
        },
        HairStyle::Bun => Cut {
            thickness: vec3(0.075, 0.060, 0.065),
            whorl: vec3(0.0, 0.28, 0.95),
            ragged: 0.06,
            clumps: 0.015,
            ..SHORT
        },
    })
}

impl Cut {
    /// Height of the hem at an angle from the front, and how much lower it grows by the length.
    pub fn hem_at(&self, degrees: f32, side: f32, length: f32) -> (f32, f32) {
        let at = degrees.abs();
        let mut hem = self.hem[STOPS.len() - 1];
        for i in 1..STOPS.len() {
            if at <= STOPS[i] {
                hem = mix(self.hem[i - 1], self.hem[i], (at - STOPS[i - 1]) / (STOPS[i] - STOPS[i - 1]));
                break;
            }
        }
        // Combed to one side: lower there, higher at the part.
        hem -= self.sweep * bell((degrees * side + 24.0) / 42.0);
        hem += 0.6 * self.sweep * bell((degrees * side - 30.0) / 30.0);
        let growth = self.growth * length * mix(0.35, 1.0, smoothstep(30.0, 65.0, at));
        (hem, growth)
    }

    /// Place where the strands begin when the hair is parted on this side.
    pub fn whorl_on(&self, side: f32) -> Vec3 {
        (self.whorl * vec3(side, 1.0, 1.0)).normalize()
    }
}
