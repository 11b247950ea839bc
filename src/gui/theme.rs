//! Theme of the window: every colour, distance and typeface, for the dark and the light one.

use std::sync::Arc;

use eframe::egui::epaint::text::{FontTweak, VariationCoords};
use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText, Shadow,
    Stroke, Style, TextStyle, Theme, Ui, Vec2, Visuals, vec2,
};

use crate::image_buf;

/// Inter 4.001 (SIL Open Font License), weight axis kept, optical size 14, digits of equal width.
const INTER: &[u8] = include_bytes!("../../assets/fonts/Inter.ttf");
const SEMIBOLD: &str = "semibold";

/// Distance between things that belong together.
pub const GAP_SMALL: f32 = 4.0;
/// Distance between neighbours.
pub const GAP: f32 = 8.0;
/// Distance between groups.
pub const GAP_LARGE: f32 = 16.0;
/// Margin of panels.
pub const MARGIN: i8 = 14;
/// Around the content of a dialog.
pub const DIALOG_MARGIN: i8 = 20;
/// Corners of cards and large pictures.
pub const RADIUS: u8 = 8;
/// Corners of buttons and small pictures.
pub const RADIUS_SMALL: u8 = 5;
/// Height of the bar at the top.
pub const TOP_BAR: f32 = 46.0;
/// Height of the bar at the bottom.
pub const STATUS_BAR: f32 = 28.0;
/// Height of a button or a field.
pub const CONTROL: f32 = 26.0;
/// Height of a row of the latent sliders.
pub const SLIDER_ROW: f32 = 24.0;
/// Side of a small icon.
pub const ICON: f32 = 14.0;
/// Factor of a texture that is shown as it is.
pub const UNTINTED: Color32 = Color32::WHITE;

/// Colours that runs have.
const RUNS: usize = 8;

/// The colours of one theme, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colors {
    /// Behind the pictures.
    pub canvas: Color32,
    /// Panels at the sides.
    pub panel: Color32,
    /// Bars at the top and the bottom.
    pub bar: Color32,
    /// Cards and fields on a panel.
    pub raised: Color32,
    /// A card under the pointer.
    pub raised_hover: Color32,
    /// Fields, empty cells, places for pictures to come.
    pub well: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Rails of sliders.
    pub rail: Color32,
    /// Knobs of sliders.
    pub knob: Color32,
    /// Around knobs.
    pub knob_edge: Color32,
    /// Text to be read.
    pub text: Color32,
    /// Parts that are only looked at when needed.
    pub text_weak: Color32,
    /// Colour of what should stand out of the text.
    pub text_strong: Color32,
    /// Selected or movable things.
    pub accent: Color32,
    /// A quiet ground for what is chosen.
    pub accent_soft: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// The second colour, for what is measured.
    pub measure: Color32,
    /// Good news.
    pub good: Color32,
    /// Warnings.
    pub warning: Color32,
    /// Errors.
    pub error: Color32,
    /// Over everything while a file is dragged in or a dialog is open.
    pub veil: Color32,
    /// Over what is not spoken of, while a part of the window is explained.
    pub shade: Color32,
    /// Lines drawn on photos.
    pub on_photo: Color32,
    /// Parts of a photo that are left out.
    pub photo_shade: Color32,
    /// Codes of real pictures on a map.
    pub real_codes: Color32,
    /// Draws of a prior on a map.
    pub draws: Color32,
    /// Part of [`VIRIDIS`] that stands out from the ground.
    ramp: [f32; 2],
    /// Training runs, see [`run_color`].
    runs: [Color32; RUNS],
}

const DARK: Colors = Colors {
    canvas: Color32::from_rgb(14, 15, 18),
    panel: Color32::from_rgb(21, 23, 27),
    bar: Color32::from_rgb(17, 18, 22),
    raised: Color32::from_rgb(31, 34, 40),
    raised_hover: Color32::from_rgb(40, 44, 52),
    well: Color32::from_rgb(27, 29, 35),
    line: Color32::from_rgb(41, 44, 52),
    rail: Color32::from_rgb(52, 56, 66),
    knob: Color32::from_rgb(240, 242, 248),
    knob_edge: Color32::from_rgb(21, 23, 27),
    text: Color32::from_rgb(207, 211, 220),
    text_weak: Color32::from_rgb(148, 155, 169),
    text_strong: Color32::from_rgb(244, 246, 250),
    accent: Color32::from_rgb(134, 157, 255),
    accent_soft: Color32::from_rgb(41, 47, 78),
    on_accent: Color32::from_rgb(14, 16, 30),
    measure: Color32::from_rgb(86, 190, 178),
    good: Color32::from_rgb(104, 201, 140),
    warning: Color32::from_rgb(240, 180, 84),
    error: Color32::from_rgb(255, 118, 118),
    veil: Color32::from_rgba_premultiplied(9, 10, 14, 216),
    shade: Color32::from_rgba_premultiplied(0, 0, 0, 150),
    on_photo: Color32::from_rgb(255, 255, 255),
    photo_shade: Color32::from_rgba_premultiplied(0, 0, 0, 150),
    real_codes: Color32::from_rgb(86, 180, 233),
    draws: Color32::from_rgb(230, 159, 0),
    ramp: [0.25, 1.0],
    runs: [
        Color32::from_rgb(63, 187, 242),
        Color32::from_rgb(243, 164, 31),
        Color32::from_rgb(22, 171, 137),
        Color32::from_rgb(136, 123, 195),
        Color32::from_rgb(240, 228, 66),
        Color32::from_rgb(90, 89, 255),
        Color32::from_rgb(231, 89, 31),
        Color32::from_rgb(118, 105, 115),
    ],
};

const LIGHT: Colors = Colors {
    canvas: Color32::from_rgb(242, 244, 248),
    panel: Color32::from_rgb(251, 252, 254),
    bar: Color32::from_rgb(255, 255, 255),
    raised: Color32::from_rgb(255, 255, 255),
    raised_hover: Color32::from_rgb(244, 246, 252),
    well: Color32::from_rgb(233, 236, 243),
    line: Color32::from_rgb(219, 223, 232),
    rail: Color32::from_rgb(205, 209, 219),
    knob: Color32::from_rgb(255, 255, 255),
    knob_edge: Color32::from_rgb(128, 136, 152),
    text: Color32::from_rgb(46, 51, 62),
    text_weak: Color32::from_rgb(92, 99, 114),
    text_strong: Color32::from_rgb(12, 15, 22),
    accent: Color32::from_rgb(67, 89, 214),
    accent_soft: Color32::from_rgb(224, 230, 255),
    on_accent: Color32::from_rgb(255, 255, 255),
    measure: Color32::from_rgb(10, 116, 106),
    good: Color32::from_rgb(16, 118, 59),
    warning: Color32::from_rgb(148, 88, 0),
    error: Color32::from_rgb(194, 34, 44),
    veil: Color32::from_rgba_premultiplied(220, 221, 226, 228),
    shade: Color32::from_rgba_premultiplied(8, 9, 12, 110),
    on_photo: Color32::from_rgb(255, 255, 255),
    photo_shade: Color32::from_rgba_premultiplied(0, 0, 0, 130),
    real_codes: Color32::from_rgb(0, 104, 168),
    draws: Color32::from_rgb(196, 92, 0),
    ramp: [0.0, 0.86],
    runs: [
        Color32::from_rgb(0, 110, 160),
        Color32::from_rgb(151, 92, 4),
        Color32::from_rgb(0, 148, 106),
        Color32::from_rgb(136, 119, 209),
        Color32::from_rgb(147, 132, 3),
        Color32::from_rgb(89, 0, 247),
        Color32::from_rgb(157, 23, 6),
        Color32::from_rgb(113, 98, 110),
    ],
};

/// Viridis at 0, 1/10, …, 1 (Smith & van der Walt, CC0): even in brightness, and read alike by colour-blind eyes.
const VIRIDIS: [Color32; 11] = [
    Color32::from_rgb(68, 1, 84),
    Color32::from_rgb(72, 36, 117),
    Color32::from_rgb(65, 68, 135),
    Color32::from_rgb(53, 95, 141),
    Color32::from_rgb(42, 120, 142),
    Color32::from_rgb(33, 145, 140),
    Color32::from_rgb(34, 168, 132),
    Color32::from_rgb(68, 191, 112),
    Color32::from_rgb(122, 209, 81),
    Color32::from_rgb(189, 223, 38),
    Color32::from_rgb(253, 231, 37),
];

impl Colors {
    /// The colour of a category, by its number: the eight hues of runs, then the same farther from the ground, then
    /// nearer to it.
    pub fn category(&self, number: usize) -> Color32 {
        let hue = self.runs[number % RUNS];
        match number / RUNS % 3 {
            0 => hue,
            1 => hue.lerp_to_gamma(self.text_strong, 0.5),
            _ => hue.lerp_to_gamma(self.canvas, 0.45),
        }
    }

    /// The colour of a value in [0, 1] that has a size; bad numbers are those of 0.
    pub fn ramp(&self, value: f32) -> Color32 {
        let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
        let [from, to] = self.ramp;
        let place = (from + (to - from) * value) * (VIRIDIS.len() - 1) as f32;
        let below = (place as usize).min(VIRIDIS.len() - 2);
        VIRIDIS[below].lerp_to_gamma(VIRIDIS[below + 1], place - below as f32)
    }
}

/// A colour as a number with the red in its lowest byte, alpha multiplied in.
pub fn bits(color: Color32) -> u32 {
    u32::from_le_bytes(color.to_array())
}

/// The colour of such a number.
pub fn from_bits(bits: u32) -> Color32 {
    let [red, green, blue, alpha] = bits.to_le_bytes();
    Color32::from_rgba_premultiplied(red, green, blue, alpha)
}

/// The colours of the theme in use.
pub fn colors(ui: &Ui) -> &'static Colors {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// The colours of the theme in use, for what is drawn outside of panels.
pub fn colors_of(ctx: &egui::Context) -> &'static Colors {
    if ctx.global_style().visuals.dark_mode { &DARK } else { &LIGHT }
}

/// The colour of a training run, by its number; after eight they come again. Their order of hues is that of
/// Okabe & Ito (2008), the same in both themes, chosen so that they stay apart for colour-blind eyes.
pub fn run_color(ui: &Ui, run: usize) -> Color32 {
    colors(ui).runs[run % RUNS]
}

/// The colours of the dark theme, for what is drawn without a window.
pub fn dark() -> &'static Colors {
    &DARK
}

/// The colours of the light theme, for the same.
pub fn light() -> &'static Colors {
    &LIGHT
}

/// [Heat](image_buf::heat) for a value in [0, 1].
pub fn heat(value: f32) -> Color32 {
    let [red, green, blue] = image_buf::heat(value);
    Color32::from_rgb(red, green, blue)
}

/// Text of a section's head.
pub fn section(text: impl Into<String>) -> RichText {
    RichText::new(text).family(FontFamily::Name(SEMIBOLD.into())).size(13.0)
}

/// Text with weight.
pub fn semibold(text: impl Into<String>, size: f32) -> RichText {
    RichText::new(text).family(FontFamily::Name(SEMIBOLD.into())).size(size)
}

/// A typeface with weight, for painting.
pub fn semibold_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// The typeface of small text, for painting.
pub fn small_font() -> FontId {
    FontId::proportional(11.5)
}

/// The typeface of ordinary text, for painting.
pub fn body_font() -> FontId {
    FontId::proportional(13.0)
}

/// The typeface of what is typed into the only field of a dialog.
pub fn large_font() -> FontId {
    FontId::proportional(15.0)
}

/// A button for what is most likely wanted.
pub fn primary_button<'a>(ui: &Ui, text: &str) -> egui::Button<'a> {
    let colors = colors(ui);
    egui::Button::new(semibold(text, 13.0).color(colors.on_accent)).fill(colors.accent)
}

/// A dialog over the window, with air around what it holds.
pub fn modal(ctx: &egui::Context, name: &str) -> egui::Modal {
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(DIALOG_MARGIN);
    egui::Modal::new(egui::Id::unique(name)).frame(frame)
}

/// Teaches a context the typefaces and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| restyle(style, theme));
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let inter = |weight: f32| {
        let tweak = FontTweak { coords: VariationCoords::new([(b"wght", weight)]), ..FontTweak::default() };
        Arc::new(FontData::from_static(INTER).tweak(tweak))
    };
    fonts.font_data.insert("inter".into(), inter(430.0));
    fonts.font_data.insert("inter-semibold".into(), inter(610.0));
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let before = |name: &str| std::iter::once(name.to_owned()).chain(fallback.clone()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), before("inter-semibold"));
    fonts.families.insert(FontFamily::Proportional, before("inter"));
    fonts
}

fn restyle(style: &mut Style, theme: Theme) {
    let (colors, mut visuals) = match theme {
        Theme::Dark => (&DARK, Visuals::dark()),
        Theme::Light => (&LIGHT, Visuals::light()),
    };
    style.text_styles = [
        (TextStyle::Small, small_font()),
        (TextStyle::Body, body_font()),
        (TextStyle::Button, FontId::proportional(13.0)),
        (TextStyle::Heading, semibold_font(17.0)),
        (TextStyle::Monospace, FontId::monospace(12.0)),
    ]
    .into();
    style.spacing.item_spacing = vec2(GAP, 6.0);
    style.spacing.button_padding = vec2(10.0, 4.0);
    style.spacing.interact_size = Vec2::new(32.0, CONTROL);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.window_margin = Margin::same(18);
    style.spacing.tooltip_width = 320.0;
    style.spacing.slider_rail_height = 4.0;
    style.spacing.combo_width = 60.0;
    style.spacing.scroll.bar_width = 7.0;
    style.spacing.scroll.floating = true;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style.animation_time = 0.12;

    visuals.panel_fill = colors.panel;
    visuals.window_fill = colors.panel;
    visuals.window_stroke = Stroke::new(1.0, colors.line);
    visuals.extreme_bg_color = colors.well;
    // On light grounds a field is known by its edge, not by a darker ground.
    visuals.text_edit_bg_color = (theme == Theme::Light).then_some(colors.raised);
    visuals.faint_bg_color = colors.raised;
    visuals.code_bg_color = colors.well;
    visuals.weak_text_color = Some(colors.text_weak);
    visuals.hyperlink_color = colors.accent;
    visuals.warn_fg_color = colors.warning;
    visuals.error_fg_color = colors.error;
    visuals.selection.bg_fill = colors.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, colors.accent);
    visuals.window_corner_radius = CornerRadius::same(12);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS);
    let depth = if theme == Theme::Light { 45 } else { 90 };
    let shadow = Shadow { offset: [0, 8], blur: 28, spread: 0, color: Color32::from_black_alpha(depth) };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;

    // White buttons need an edge on the light grounds.
    let edge = if theme == Theme::Light { colors.line } else { Color32::TRANSPARENT };
    let strong_edge = if theme == Theme::Light { colors.text_weak } else { Color32::TRANSPARENT };
    let widgets = &mut visuals.widgets;
    let radius = CornerRadius::same(RADIUS_SMALL);
    for (state, ground, line, text) in [
        (&mut widgets.noninteractive, colors.panel, colors.line, colors.text),
        (&mut widgets.inactive, colors.raised, edge, colors.text),
        (&mut widgets.hovered, colors.raised_hover, strong_edge, colors.text_strong),
        (&mut widgets.active, colors.accent_soft, colors.accent, colors.text_strong),
        (&mut widgets.open, colors.raised_hover, strong_edge, colors.text_strong),
    ] {
        state.bg_fill = ground;
        state.weak_bg_fill = ground;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    style.visuals = visuals;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_runs_from_dark_to_light_and_bears_bad_numbers() {
        let brightness = |v: f32| heat(v).to_array()[..3].iter().map(|&c| u32::from(c)).sum::<u32>();
        let row: Vec<u32> = (0..=8).map(|i| brightness(i as f32 / 8.0)).collect();
        assert!(row.windows(2).all(|pair| pair[0] < pair[1]), "{row:?}");
        assert_eq!(heat(f32::NAN), heat(0.0));
        assert_eq!(heat(7.0), heat(1.0));
    }

    #[test]
    fn the_ramp_runs_in_one_direction_and_stands_out_from_the_ground() {
        for colors in [&DARK, &LIGHT] {
            let light = |v: f32| {
                let [r, g, b] = seen(colors.ramp(v), &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
                0.2126 * r + 0.7152 * g + 0.0722 * b
            };
            let row: Vec<f64> = (0..=16).map(|i| light(i as f32 / 16.0)).collect();
            assert!(row.windows(2).all(|pair| pair[0] < pair[1]), "{row:?}");
            assert_eq!(colors.ramp(f32::NAN), colors.ramp(0.0));
        }
        assert_eq!(from_bits(bits(DARK.draws)), DARK.draws);
    }

    /// Linear light of a colour, as somebody sees it whose eyes have not the cones of one kind (Machado et
    /// al. 2009, severity 1; the rows are red, green, blue).
    fn seen(color: Color32, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
        let linear = color.to_array().map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        eyes.map(|row| (0..3).map(|i| row[i] * linear[i]).sum::<f64>().clamp(0.0, 1.0))
    }

    /// Distance in Oklab (Ottosson 2020), where 1 lies between black and white.
    fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
        let lab = |[r, g, b]: [f64; 3]| {
            let l = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b).cbrt();
            let m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b).cbrt();
            let s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b).cbrt();
            [
                0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
            ]
        };
        lab(a).iter().zip(lab(b)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn every_text_can_be_read_on_every_ground() {
        let light = |color| {
            let [r, g, b] = seen(color, &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let contrast = |a, b| {
            let (a, b): (f64, f64) = (light(a), light(b));
            a.max(b) / a.min(b)
        };
        for c in [&DARK, &LIGHT] {
            let grounds = [c.canvas, c.panel, c.bar, c.raised, c.raised_hover, c.well, c.accent_soft];
            let texts = [c.text, c.text_weak, c.text_strong, c.accent, c.measure, c.good, c.warning, c.error];
            let pairs = grounds.iter().flat_map(|ground| texts.map(|text| (text, *ground)));
            for (text, ground) in pairs.chain([(c.on_accent, c.accent)]) {
                // The AA of WCAG for small text.
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
            }
        }
    }

    #[test]
    fn runs_can_be_told_apart_and_from_the_ground_by_every_eye() {
        const ALL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        const NO_RED: [[f64; 3]; 3] = [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ];
        const NO_GREEN: [[f64; 3]; 3] = [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ];
        const NO_BLUE: [[f64; 3]; 3] = [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ];
        let light = |color| {
            let [r, g, b] = seen(color, &ALL);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        for colors in [&DARK, &LIGHT] {
            for (index, run) in colors.runs.iter().enumerate() {
                for ground in [colors.canvas, colors.panel] {
                    let (a, b) = (light(*run), light(ground));
                    // What WCAG asks of things that are not text.
                    assert!(a.max(b) / a.min(b) >= 3.0, "{run:?} on {ground:?}");
                }
                for other in &colors.runs[..index] {
                    for eyes in [&ALL, &NO_RED, &NO_GREEN, &NO_BLUE] {
                        let apart = distance(seen(*run, eyes), seen(*other, eyes));
                        assert!(apart >= 0.06, "{run:?} and {other:?}: {apart}");
                    }
                }
            }
        }
    }
}
