//! Dots on pixels: antialiased, laid over each other in the fixed order of the points, in bands of rows that
//! threads paint beside each other. The same dots give the same pixels, however many threads there are.

use eframe::egui::Color32;

use super::coloring::{DRAW, MapColors};
use super::marks::MapMarks;
use super::points::MapPoints;
use super::view::PixelFrame;
use crate::gui::theme;

/// Places within a pixel, in each direction, that a dot is told apart by.
const PARTS: usize = 4;
/// Points from which on threads are worth their start.
const WORTH_THREADS: usize = 20_000;
/// Threads at most.
const MOST_THREADS: usize = 4;

/// The dots to paint.
#[derive(Clone, Copy)]
pub struct Dots<'a> {
    /// Their places and their order.
    pub points: &'a MapPoints,
    /// Their colours.
    pub colors: &'a MapColors,
    /// Hidden dots, and those that stand out.
    pub marks: &'a MapMarks,
    /// The theme.
    pub theme: &'a theme::Colors,
    /// Pixels from the middle of a dot to its edge.
    pub radius: f32,
    /// Opacity, in [0, 1].
    pub alpha: f32,
    /// Pixels of the ring around a dot that stands out.
    pub ring: f32,
    /// Opacity of the edge that sets large dots apart, in [0, 1].
    pub edge: f32,
}

/// Opacity of the dots that do not stand out, by that of all.
const DIMMED: f32 = 0.22;

impl Dots<'_> {
    /// Paints them over what is there. There are `frame.width * frame.height` pixels.
    pub fn paint(&self, pixels: &mut [Color32], frame: &PixelFrame) {
        let palette: Vec<u32> =
            (0..=255).map(|class| theme::bits(self.colors.color(class, self.theme))).collect();
        let layers = self.layers(&palette);
        in_bands(pixels, frame, self.points.len(), |band, first| {
            for layer in &layers {
                layer.paint(self, band, frame, first);
            }
        });
    }

    /// The dimmed dots lie below the bright ones. Without any of these all are alike.
    fn layers<'a>(&self, palette: &'a [u32]) -> Vec<Layer<'a>> {
        // Draws differ from real codes in more than their colour.
        let both =
            |radius, alpha| [Shape::Disc, Shape::Diamond].map(|shape| Stamps::new(shape, radius, alpha));
        let layer = |stamps, bright, ring| Layer { palette, stamps, bright, ring };
        if !self.marks.some_bright() {
            let edge = || both(self.radius + 0.6 * self.ring, self.edge * self.alpha);
            let edge = (self.edge > 0.0).then(|| (edge(), theme::bits(self.theme.canvas)));
            return vec![layer(both(self.radius, self.alpha), None, edge)];
        }
        let ring = (both(self.radius + self.ring, 1.0), theme::bits(self.theme.text_strong));
        vec![
            layer(both(self.radius, self.alpha * DIMMED), Some(false), None),
            layer(both(self.radius.max(self.ring), 1.0), Some(true), Some(ring)),
        ]
    }
}

/// Lets threads work on bands of rows; each is told its first row.
pub(super) fn in_bands(
    pixels: &mut [Color32],
    frame: &PixelFrame,
    work: usize,
    paint: impl Fn(&mut [Color32], usize) + Sync,
) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let threads = if work < WORTH_THREADS { 1 } else { cores };
    let rows = frame.height.div_ceil(threads).max(1);
    if frame.width == 0 || pixels.len() != frame.width * frame.height {
        return;
    }
    if threads == 1 {
        return paint(pixels, 0);
    }
    // Not the pool of rayon: a training run may have filled that.
    std::thread::scope(|scope| {
        let mut bands = pixels.chunks_mut(rows * frame.width).enumerate();
        let own = bands.next();
        for (number, band) in bands {
            let paint = &paint;
            scope.spawn(move || paint(band, number * rows));
        }
        if let Some((_, band)) = own {
            paint(band, 0);
        }
    });
}

/// Dots that are painted before the next layer.
struct Layer<'a> {
    palette: &'a [u32],
    /// Of discs and of diamonds.
    stamps: [Stamps; 2],
    /// Dots that it has: all, or only those that are bright, or not.
    bright: Option<bool>,
    /// Painted below each dot.
    ring: Option<([Stamps; 2], u32)>,
}

impl Layer<'_> {
    fn paint(&self, dots: &Dots<'_>, band: &mut [Color32], frame: &PixelFrame, first: usize) {
        let rows = band.len() / frame.width;
        let reach = self.ring.as_ref().map_or(&self.stamps, |(ring, _)| ring).iter().map(|of| of.reach).max();
        let reach = reach.unwrap_or_default();
        let two = dots.colors.are_populations();
        let seen = frame.bounds(first, rows, (reach + 1) as f64);
        let plain = dots.marks.is_plain();
        for (point, place) in dots.points.in_order() {
            if !seen.contains(place) {
                continue;
            }
            let marks = dots.marks;
            let left_out =
                || !marks.is_visible(point) || self.bright.is_some_and(|is| is != marks.is_bright(point));
            if !plain && left_out() {
                continue;
            }
            let [x, y] = frame.place(place);
            let at = [x, y - first as f64];
            let class = dots.colors.class(point);
            let shape = usize::from(two && class == DRAW);
            if let Some((ring, color)) = &self.ring {
                ring[shape].stamp(band, frame.width, at, *color);
            }
            self.stamps[shape].stamp(band, frame.width, at, self.palette[usize::from(class)]);
        }
    }
}

/// The shape of a dot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Disc,
    /// A square on its corner, of about the same area.
    Diamond,
}

impl Shape {
    /// Distance of a place beside the middle of a dot beyond an edge that has this radius.
    fn beyond(self, x: f32, y: f32, radius: f32) -> f32 {
        match self {
            Shape::Disc => x.hypot(y) - radius,
            Shape::Diamond => (x.abs() + y.abs()) * std::f32::consts::FRAC_1_SQRT_2 - 0.89 * radius,
        }
    }
}

/// A dot at all the places within a pixel at which it may lie.
struct Stamps {
    /// Pixels from the one with the middle to the farthest.
    reach: usize,
    /// Covers from 0 to 256, a square for each place.
    covers: Vec<u16>,
    /// Where the covers of a row of a square begin and end being more than nothing.
    spans: Vec<(u16, u16)>,
}

impl Stamps {
    fn new(shape: Shape, radius: f32, alpha: f32) -> Self {
        // The corners of a diamond reach farther than its edges.
        let farthest = if shape == Shape::Diamond { 1.26 * radius } else { radius };
        let reach = (farthest + 0.5).ceil().max(1.0) as usize;
        let side = 2 * reach + 1;
        let (mut covers, mut spans) = (Vec::new(), Vec::new());
        for place in 0..PARTS * PARTS {
            let middle = |part: usize| reach as f32 + (part as f32 + 0.5) / PARTS as f32;
            let (x, y) = (middle(place % PARTS), middle(place / PARTS));
            for row in 0..side {
                let cover = |column: usize| {
                    let beyond = shape.beyond(column as f32 + 0.5 - x, row as f32 + 0.5 - y, radius);
                    // A dot smaller than a pixel covers a part of it.
                    let most = (radius * radius * std::f32::consts::PI).min(1.0);
                    ((0.5 - beyond).clamp(0.0, most) * alpha.clamp(0.0, 1.0) * 256.0).round() as u16
                };
                let row: Vec<u16> = (0..side).map(cover).collect();
                let from = row.iter().position(|cover| *cover > 0).unwrap_or(side);
                let to = row.iter().rposition(|cover| *cover > 0).map_or(from, |last| last + 1);
                spans.push((from as u16, to as u16));
                covers.extend(row);
            }
        }
        Stamps { reach, covers, spans }
    }

    /// Lays the dot over a band at a place in pixels. What lies outside is left out.
    #[inline]
    fn stamp(&self, band: &mut [Color32], width: usize, [x, y]: [f64; 2], color: u32) {
        let (side, reach) = (2 * self.reach + 1, self.reach as i64);
        // Left of the first pixel and above it a dot may lie by less than this, so that cutting off rounds down.
        let before = reach + 2;
        let (x, y) = (x + before as f64, y + before as f64);
        let (column, row) = (x as i64, y as i64);
        let part = |rest: f64| ((rest * PARTS as f64) as usize).min(PARTS - 1);
        let place = part(y - row as f64) * PARTS + part(x - column as f64);
        let (left, top) = (column - before - reach, row - before - reach);
        let rows = (band.len() / width) as i64;
        for line in (-top).max(0)..(rows - top).min(side as i64) {
            let at = place * side + line as usize;
            let (from, to) = self.spans[at];
            let from = i64::from(from).max(-left);
            let to = i64::from(to).min(width as i64 - left);
            if from >= to {
                continue;
            }
            let begin = (top + line) as usize * width + (left + from) as usize;
            let covers = &self.covers[at * side + from as usize..at * side + to as usize];
            for (pixel, cover) in band[begin..begin + covers.len()].iter_mut().zip(covers) {
                *pixel = theme::from_bits(over(theme::bits(*pixel), color, u32::from(*cover)));
            }
        }
    }
}

/// A colour laid over another, `cover` of 256 of it. Two channels are reckoned at once; both colours have their
/// alpha multiplied in.
#[inline]
pub(super) fn over(below: u32, color: u32, cover: u32) -> u32 {
    const EVEN: u32 = 0x00FF_00FF;
    let scaled = |color: u32, by: u32| {
        let even = (((color & EVEN) * by) >> 8) & EVEN;
        let odd = (((color >> 8) & EVEN) * by) & !EVEN;
        even | odd
    };
    let color = scaled(color, cover);
    color + scaled(below, 256 - (color >> 24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::points::made_up;
    use crate::gui::map::view::MapView;

    const BLANK: Color32 = Color32::TRANSPARENT;

    fn dots<'a>(points: &'a MapPoints, colors: &'a MapColors, marks: &'a MapMarks) -> Dots<'a> {
        Dots { points, colors, marks, theme: theme::dark(), radius: 2.0, alpha: 1.0, ring: 1.5, edge: 0.0 }
    }

    #[test]
    fn a_dot_is_where_it_should_be_and_nowhere_else() {
        let points = MapPoints::new(vec![[0.0, 0.0], [500.0, 0.0], [f32::NAN, 0.0]]);
        let (colors, marks) = (MapColors::plain(3), MapMarks::default());
        let view = MapView { center: [1.0, -0.5], scale: 10.0 };
        let frame = PixelFrame::new(&view, 60, 40, 1.0);
        let mut pixels = vec![BLANK; 60 * 40];
        dots(&points, &colors, &marks).paint(&mut pixels, &frame);
        // The middle lies at (20, 15).
        let mut area = 0.0;
        for (at, pixel) in pixels.iter().enumerate() {
            let far = ((at % 60) as f32 + 0.5 - 20.0).hypot((at / 60) as f32 + 0.5 - 15.0);
            assert!(far < 3.0 || *pixel == BLANK, "{far}");
            assert!(far > 1.2 || *pixel == theme::dark().accent, "{far} {pixel:?}");
            area += f32::from(pixel.a()) / 255.0;
        }
        assert!((area - 4.0 * std::f32::consts::PI).abs() < 1.0, "{area}");
    }

    #[test]
    fn hidden_dots_are_not_painted_and_bright_ones_lie_above() {
        let points = MapPoints::new(vec![[0.0, 0.0]; 3]);
        let colors = MapColors::categories(&[0, 1, 2], &["a".into(), "b".into(), "c".into()]);
        let view = MapView { center: [0.0, 0.0], scale: 10.0 };
        let frame = PixelFrame::new(&view, 21, 21, 1.0);
        for bright in 0..2 {
            let marks = MapMarks::new(3, |i| i == 2, |i| i == bright, |_| false);
            let mut pixels = vec![BLANK; 21 * 21];
            dots(&points, &colors, &marks).paint(&mut pixels, &frame);
            assert_eq!(pixels[10 * 21 + 10], colors.color(bright as u8, theme::dark()));
            assert!(pixels[10 * 21 + 13].a() > 100);
        }
        let marks = MapMarks::new(3, |_| true, |_| false, |_| false);
        let mut pixels = vec![BLANK; 21 * 21];
        dots(&points, &colors, &marks).paint(&mut pixels, &frame);
        assert!(pixels.iter().all(|pixel| *pixel == BLANK));
    }

    #[test]
    fn draws_have_another_shape_than_real_codes() {
        let points = MapPoints::new(vec![[0.0, 0.0]]);
        let marks = MapMarks::default();
        let view = MapView { center: [0.0, 0.0], scale: 10.0 };
        let frame = PixelFrame::new(&view, 21, 21, 1.0);
        let covered = [false, true].map(|draw| {
            let colors = MapColors::populations(&[draw]);
            let mut pixels = vec![BLANK; 21 * 21];
            Dots { radius: 5.0, ..dots(&points, &colors, &marks) }.paint(&mut pixels, &frame);
            [
                pixels[10 * 21 + 15].a(),
                pixels[14 * 21 + 14].a(),
                pixels.iter().filter(|p| p.a() > 127).count() as u8,
            ]
        });
        let [disc, diamond] = covered;
        assert!(diamond[0] > disc[0] && diamond[1] < disc[1], "its corners lie to the sides: {covered:?}");
        assert!(disc[2].abs_diff(diamond[2]) < 12, "and it is as large: {covered:?}");
    }

    #[test]
    fn bands_give_the_pixels_of_one() {
        let xy = made_up(WORTH_THREADS + 1, 5);
        let points = MapPoints::new(xy.clone());
        let names: Vec<String> = (0..9).map(|i| i.to_string()).collect();
        let values: Vec<u32> = (0..xy.len() as u32).map(|i| i % 9).collect();
        let (colors, marks) = (MapColors::categories(&values, &names), MapMarks::default());
        let view = MapView::fit(points.bounds(), eframe::egui::vec2(200.0, 150.0));
        let frame = PixelFrame::new(&view, 200, 150, 1.0);
        let dots = Dots { alpha: 0.6, ..dots(&points, &colors, &marks) };
        let mut banded = vec![BLANK; 200 * 150];
        dots.paint(&mut banded, &frame);
        let mut whole = vec![BLANK; 200 * 150];
        let palette: Vec<u32> = (0..=255).map(|c| theme::bits(colors.color(c, theme::dark()))).collect();
        for layer in dots.layers(&palette) {
            layer.paint(&dots, &mut whole, &frame, 0);
        }
        assert!(banded == whole && whole.iter().any(|pixel| pixel.a() > 0));
    }

    #[test]
    fn laying_over_keeps_opaque_pixels_opaque_and_colours_in_their_bounds() {
        for color in [0xFF80_FF00u32, 0x8040_8000, 0x0000_0000, 0xFFFF_FFFF] {
            for cover in [0, 1, 77, 200, 256] {
                let result = over(0xFF20_60FF, color, cover).to_le_bytes();
                assert!(result[3] >= 253, "{result:?}");
                assert!(result.iter().all(|channel| *channel <= result[3].saturating_add(2)));
            }
        }
        assert_eq!(over(0x1234_5678, 0xFF11_2233, 256), 0xFF11_2233);
        assert_eq!(over(0x7F12_3456, 0xFF11_2233, 0), 0x7F12_3456);
    }
}
