//! The factors of a face: every number and choice that the renderer looks at.

use super::math::mix;

/// A continuous factor: what it is called, and between which values it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorRange {
    /// The name, as in the CSV.
    pub name: &'static str,
    /// The smallest value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
}

/// A choice among a few styles, as text in the CSV.
macro_rules! style {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every style.
            #[cfg(test)]
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word in the CSV.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
    };
}

style! {
    /// Hair style.
    HairStyle {
        /// None at all.
        Bald = "bald",
        /// A crown around a bald top.
        Receding = "receding",
        /// A few millimetres everywhere.
        Buzz = "buzz",
        /// Short, combed forward.
        Short = "short",
        /// Short sides, the top parted and combed over.
        SidePart = "side-part",
        /// Short sides, the top swept up and back.
        Quiff = "quiff",
        /// A short cap of curls.
        Curly = "curly",
        /// A large round head of curls.
        Afro = "afro",
        /// To the jaw, with a straight fringe.
        Bob = "bob",
        /// To the shoulders, parted in the middle.
        LongParted = "long-parted",
        /// To the shoulders, with a fringe.
        LongFringe = "long-fringe",
        /// To the shoulders, in waves.
        LongWavy = "long-wavy",
        /// Combed back into a knot on top.
        Bun = "bun",
    }
}

style! {
    /// Glasses.
    Glasses {
        /// Nothing.
        None = "none",
        /// Thin and round.
        Round = "round",
        /// Wide, with a strong frame.
        Square = "square",
        /// Rising to the outer corners.
        CatEye = "cat-eye",
        /// Square with dark lenses.
        Sun = "sun",
    }
}

style! {
    /// Beard.
    Beard {
        /// Nothing.
        None = "none",
        /// A few days.
        Stubble = "stubble",
        /// Above the lip alone.
        Moustache = "moustache",
        /// Around the mouth.
        Goatee = "goatee",
        /// From ear to ear.
        Full = "full",
    }
}

style! {
    /// Clothes around the neck.
    Clothes {
        /// A round neck.
        Crew = "crew",
        /// An open V.
        VNeck = "v-neck",
        /// A collar.
        Collar = "collar",
        /// Up to the chin.
        Turtleneck = "turtleneck",
    }
}

macro_rules! factors {
    ($($(#[$doc:meta])* $name:ident: $low:literal, $high:literal;)+) => {
        /// A face. Angles are in degrees, positive yaw, gaze and light to the viewer's right, positive
        /// pitch, gaze and light upwards; everything else is on a scale whose ends [`Factors::RANGES`] gives.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Factors {
            $($(#[$doc])* pub $name: f32,)+
            /// Hair style.
            pub hair_style: HairStyle,
            /// Glasses.
            pub glasses: Glasses,
            /// Beard.
            pub beard: Beard,
            /// Clothes around the neck.
            pub clothes: Clothes,
            /// Seed of what has no name: where single locks, freckles and spots of light fall.
            pub detail: u32,
        }

        impl Factors {
            /// Every continuous factor, in the order of the struct.
            pub const RANGES: &[FactorRange] =
                &[$(FactorRange { name: stringify!($name), low: $low, high: $high },)+];

            /// The middle of every range, no beard, no glasses, short hair.
            #[cfg(test)]
            pub fn middle() -> Self {
                Factors {
                    $($name: 0.5 * ($low + $high),)+
                    hair_style: HairStyle::Short,
                    glasses: Glasses::None,
                    beard: Beard::None,
                    clothes: Clothes::Crew,
                    detail: 0,
                }
            }

            /// The continuous factors, in the order of [`Factors::RANGES`].
            pub fn values(&self) -> Vec<f32> {
                vec![$(self.$name,)+]
            }

            /// The continuous factors to change, in the order of [`Factors::RANGES`].
            #[cfg(test)]
            pub fn values_mut(&mut self) -> Vec<&mut f32> {
                vec![$(&mut self.$name,)+]
            }
        }
    };
}

factors! {
    /// Turn of the head, degrees.
    yaw: -38.0, 38.0;
    /// Nod of the head, degrees.
    pitch: -16.0, 16.0;
    /// Tilt of the head to a shoulder, degrees.
    roll: -9.0, 9.0;
    /// From a young adult (0) to an old one (1): folds, thinner lips.
    age: 0.0, 1.0;
    /// From a broad jaw, strong brow (0) to soft ones, fuller lips, longer lashes (1).
    softness: 0.0, 1.0;
    /// Width of the whole head.
    face_width: -1.0, 1.0;
    /// Width of the jaw.
    jaw_width: -1.0, 1.0;
    /// Length of the chin.
    chin_length: -1.0, 1.0;
    /// From hollow to full cheeks.
    cheeks: -1.0, 1.0;
    /// From the lightest skin (0) to the darkest (1).
    skin_tone: 0.0, 1.0;
    /// From cool, rosy skin to warm, golden skin.
    skin_warmth: -1.0, 1.0;
    /// Red of the cheeks.
    blush: 0.0, 1.0;
    /// Number and strength of freckles.
    freckles: 0.0, 1.0;
    /// From black hair (0) to platinum (1).
    hair_lightness: 0.0, 1.0;
    /// Red in the hair.
    hair_redness: 0.0, 1.0;
    /// Share of the hair that is grey.
    hair_grey: 0.0, 1.0;
    /// From short to long within the style.
    hair_length: -1.0, 1.0;
    /// From flat to full within the style.
    hair_volume: -1.0, 1.0;
    /// Size of the eyes.
    eye_size: -1.0, 1.0;
    /// From close to wide-set eyes.
    eye_spacing: -1.0, 1.0;
    /// From drooping to rising outer corners.
    eye_tilt: -1.0, 1.0;
    /// From closed (0) over relaxed (0.7) to wide open (1).
    eye_openness: 0.0, 1.0;
    /// Colour of the iris, from dark brown (0) over hazel, green and grey to blue (1).
    eye_colour: 0.0, 1.0;
    /// Gaze to the side, relative to the head, degrees.
    gaze_x: -28.0, 28.0;
    /// Gaze up or down, relative to the head, degrees.
    gaze_y: -16.0, 16.0;
    /// From thin to bushy brows.
    brow_thickness: 0.0, 1.0;
    /// From lowered to raised brows.
    brow_height: -1.0, 1.0;
    /// From worried (inner ends up) to stern (inner ends down).
    brow_tilt: -1.0, 1.0;
    /// From a short to a long nose.
    nose_length: -1.0, 1.0;
    /// From a narrow to a broad nose.
    nose_width: -1.0, 1.0;
    /// From a flat to a high bridge of the nose.
    nose_bridge: -1.0, 1.0;
    /// Width of the mouth.
    mouth_width: -1.0, 1.0;
    /// From thin to full lips.
    lip_fullness: -1.0, 1.0;
    /// From none (0) to strong lipstick, and with soft features shadow on the lids (1).
    makeup: 0.0, 1.0;
    /// From corners down (-1) to a broad smile (1).
    smile: -1.0, 1.0;
    /// From closed lips (0) to a wide open mouth (1).
    mouth_open: 0.0, 1.0;
    /// Hue of the clothes, turns of the colour circle.
    clothes_hue: 0.0, 1.0;
    /// From dark to light clothes.
    clothes_lightness: 0.0, 1.0;
    /// Hue of the background, turns of the colour circle.
    background_hue: 0.0, 1.0;
    /// From a dark to a light background.
    background_lightness: 0.0, 1.0;
    /// From which side the light comes, degrees.
    light_azimuth: -65.0, 65.0;
    /// From how high the light comes, degrees.
    light_elevation: 5.0, 60.0;
    /// From cool to warm light.
    light_warmth: -1.0, 1.0;
}

impl Factors {
    /// The side on which the hair is parted: 1 to the viewer's right, -1 to the left.
    pub(super) fn parting(&self) -> f32 {
        if self.detail & 1 == 0 { 1.0 } else { -1.0 }
    }

    /// Factor by which the head is wider than the one at rest.
    pub(super) fn width(&self) -> f32 {
        1.0 + 0.075 * self.face_width
    }

    /// Half the width of the neck.
    pub(super) fn neck(&self) -> f32 {
        mix(0.46, 0.34, self.softness) + 0.02 * self.jaw_width
    }
}

/// The names of all factors, in the order of [`Factors::cells`].
pub fn names() -> impl Iterator<Item = &'static str> {
    let styles = ["hair_style", "glasses", "beard", "clothes", "detail"];
    Factors::RANGES.iter().map(|range| range.name).chain(styles)
}

impl Factors {
    /// All factors as text, numbers as short as they can be without loss.
    pub fn cells(&self) -> Vec<String> {
        let mut cells: Vec<String> = self.values().iter().map(f32::to_string).collect();
        let styles =
            [self.hair_style.label(), self.glasses.label(), self.beard.label(), self.clothes.label()];
        cells.extend(styles.map(str::to_owned));
        cells.push(self.detail.to_string());
        cells
    }
}
