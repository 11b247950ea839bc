//! Density of points: counted in a grid, blurred, and drawn as shades with lines of equal density between them.
//!
//! The lines bound the densest places that hold fixed shares of all points, as 25 or 90 of 100. The grid lies at
//! multiples of its cells, so that nothing shimmers when the map is moved.

use eframe::egui::Color32;

use super::bounds::Bounds;
use super::points::MapPoints;
use super::raster::{in_bands, over};
use super::view::PixelFrame;
use crate::gui::theme;

/// Shares of the points that lie within the lines, from the outermost to the innermost.
pub const SHARES: [f32; 5] = [0.97, 0.85, 0.65, 0.4, 0.15];
/// Standard deviation of the blur, in cells.
const BLUR: f32 = 2.5;
/// Cells that the blur reaches.
const REACH: usize = 8;
/// Cells along the longer side of the grid that the lines' levels are found on.
const LEVEL_CELLS: f64 = 256.0;

/// Densities on a grid, in points for a unit square, at the middles of cells.
#[derive(Clone, Debug)]
pub struct DensityField {
    columns: usize,
    rows: usize,
    /// Side of a cell.
    cell: f64,
    /// Place of the corner at the lower left.
    corner: [f64; 2],
    values: Vec<f32>,
}

impl DensityField {
    /// The density over an area of the points that `include` lets pass. None for an area without cells, or with
    /// far too many.
    pub fn of(
        points: &MapPoints,
        area: Bounds,
        cell: f64,
        include: impl Fn(u32) -> bool,
    ) -> Option<DensityField> {
        let mut field = DensityField::empty(area, cell)?;
        let [x, y] = field.corner;
        let per_cell = 1.0 / cell;
        for (point, place) in points.in_order() {
            let column = (f64::from(place[0]) - x) * per_cell;
            let row = (f64::from(place[1]) - y) * per_cell;
            if column >= 0.0
                && row >= 0.0
                && column < field.columns as f64
                && row < field.rows as f64
                && include(point)
            {
                field.values[row as usize * field.columns + column as usize] += 1.0;
            }
        }
        field.blur((per_cell * per_cell) as f32);
        Some(field)
    }

    fn empty(area: Bounds, cell: f64) -> Option<Self> {
        const MOST: f64 = 4096.0;
        let first = area.min.map(|v| (f64::from(v) / cell).floor() - REACH as f64);
        let last = area.max.map(|v| (f64::from(v) / cell).floor() + 1.0 + REACH as f64);
        let [columns, rows] = [last[0] - first[0], last[1] - first[1]];
        let fits = |side: f64| (1.0..=MOST).contains(&side);
        (cell > 0.0 && fits(columns) && fits(rows)).then(|| DensityField {
            columns: columns as usize,
            rows: rows as usize,
            cell,
            corner: first.map(|v| v * cell),
            values: vec![0.0; columns as usize * rows as usize],
        })
    }

    /// A Gaussian blur along rows, then along columns, times a factor.
    fn blur(&mut self, factor: f32) {
        let weight = |away: usize| (-0.5 * (away as f32 / BLUR).powi(2)).exp();
        let sum: f32 = weight(0) + 2.0 * (1..=REACH).map(weight).sum::<f32>();
        let kernel: [f32; REACH + 1] = std::array::from_fn(|away| weight(away) / sum);
        let columns = self.columns;
        let add = |values: &mut [f32], weight: f32, from: &[f32]| {
            values.iter_mut().zip(from).for_each(|(value, from)| *value += weight * from);
        };
        let mut padded = vec![0.0; columns + 2 * REACH];
        let mut empty = vec![true; self.rows];
        for (row, empty) in self.values.chunks_mut(columns).zip(&mut empty) {
            *empty = row.iter().all(|value| *value == 0.0);
            if *empty {
                continue;
            }
            padded[REACH..REACH + columns].copy_from_slice(row);
            row.fill(0.0);
            for shift in 0..=2 * REACH {
                add(row, factor * kernel[shift.abs_diff(REACH)], &padded[shift..]);
            }
        }
        let across = self.values.clone();
        for (row, values) in self.values.chunks_mut(columns).enumerate() {
            values.fill(0.0);
            for other in row.saturating_sub(REACH)..(row + REACH + 1).min(self.rows) {
                if !empty[other] {
                    add(values, kernel[row.abs_diff(other)], &across[other * columns..(other + 1) * columns]);
                }
            }
        }
    }

    /// The points that the field accounts for.
    pub fn mass(&self) -> f64 {
        self.values.iter().map(|value| f64::from(*value)).sum::<f64>() * self.cell * self.cell
    }

    /// Densities such that the denser places hold the shares of the points.
    fn levels(&self, shares: [f32; SHARES.len()]) -> Levels {
        let mut values: Vec<f32> = self.values.iter().copied().filter(|value| *value > 0.0).collect();
        values.sort_unstable_by(|a, b| b.total_cmp(a));
        let whole: f64 = values.iter().map(|value| f64::from(*value)).sum();
        let mut sum = 0.0;
        let mut sums = values.iter().map(|value| {
            sum += f64::from(*value);
            (sum, *value)
        });
        let mut levels = [f32::INFINITY; SHARES.len()];
        for (level, share) in levels.iter_mut().zip(shares).rev() {
            let reached = sums.find(|(sum, _)| *sum >= f64::from(share) * whole);
            *level = reached.map_or(f32::INFINITY, |(_, value)| value);
        }
        Levels(levels)
    }
}

/// Densities of the lines, from the outermost to the innermost, in points for a unit square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels([f32; SHARES.len()]);

impl Levels {
    /// The levels for the points that `include` lets pass, seen as a whole.
    pub fn of(points: &MapPoints, include: impl Fn(u32) -> bool) -> Option<Levels> {
        let bounds = points.bounds();
        let [width, height] = bounds.size().map(f64::from);
        let field = DensityField::of(points, bounds, width.max(height) / LEVEL_CELLS, include)?;
        (field.mass() > 0.0).then(|| field.levels(SHARES))
    }
}

/// Colours of a density.
#[derive(Clone, Copy, Debug)]
pub struct Shading {
    /// The colour of shades and lines.
    pub color: Color32,
    /// Opacity of the innermost shade.
    pub shade: f32,
    /// Opacity of the innermost line.
    pub line: f32,
    /// Pixels that a line is wide.
    pub width: f32,
}

/// Paints a density over what is there.
pub fn paint(
    pixels: &mut [Color32],
    frame: &PixelFrame,
    field: &DensityField,
    levels: &Levels,
    look: &Shading,
) {
    let color = theme::bits(look.color);
    let part = |number: usize, most: f32| {
        // The outer ones are fainter.
        let rise = (number + 1) as f32 / SHARES.len() as f32;
        (most.clamp(0.0, 1.0) * rise.powf(0.8) * 256.0) as u32
    };
    let shades: [u32; SHARES.len()] = std::array::from_fn(|number| part(number, look.shade));
    let lines: [f32; SHARES.len()] = std::array::from_fn(|number| part(number, look.line) as f32);
    in_bands(pixels, frame, frame.width * frame.height, |band, first| {
        let mut row_values = vec![0.0; field.columns];
        for (line, row) in band.chunks_mut(frame.width).enumerate() {
            let y = frame.world([0.0, (first + line) as f64 + 0.5])[1];
            let Some(rises) = field.row(y, &mut row_values) else { continue };
            let painter =
                RowPainter { field, levels, color, shades: &shades, lines: &lines, width: look.width };
            painter.paint(row, frame, &row_values, rises);
        }
    });
}

impl DensityField {
    /// The values along a height, at the middles of columns, into `values`; and the two rows of cells between.
    fn row(&self, y: f64, values: &mut [f32]) -> Option<(&[f32], &[f32])> {
        let place = (y - self.corner[1]) / self.cell - 0.5;
        if place < 0.0 || place >= (self.rows - 1) as f64 {
            return None;
        }
        let (row, part) = (place as usize, place.fract() as f32);
        let below = &self.values[row * self.columns..(row + 1) * self.columns];
        let above = &self.values[(row + 1) * self.columns..(row + 2) * self.columns];
        for ((value, below), above) in values.iter_mut().zip(below).zip(above) {
            *value = below + (above - below) * part;
        }
        Some((below, above))
    }
}

struct RowPainter<'a> {
    field: &'a DensityField,
    levels: &'a Levels,
    color: u32,
    shades: &'a [u32; SHARES.len()],
    lines: &'a [f32; SHARES.len()],
    width: f32,
}

impl RowPainter<'_> {
    fn paint(
        &self,
        row: &mut [Color32],
        frame: &PixelFrame,
        values: &[f32],
        (below, above): (&[f32], &[f32]),
    ) {
        let pixels_per_cell = self.field.cell * frame.scale;
        let left = frame.world([0.0, 0.0])[0];
        // Pixels from the left to the middle of the first column.
        let start = (self.field.corner[0] - left) * frame.scale + 0.5 * pixels_per_cell;
        let per_pixel = (1.0 / pixels_per_cell) as f32;
        for column in 0..values.len() - 1 {
            let (a, b) = (values[column], values[column + 1]);
            // Most of a map is empty, and no line reaches far into a cell without points.
            if a.max(b) < 0.5 * self.levels.0[0] {
                continue;
            }
            let begin = start + column as f64 * pixels_per_cell;
            let (rise_a, rise_b) = (above[column] - below[column], above[column + 1] - below[column + 1]);
            let (across, up) = (b - a, (rise_a + rise_b) / 2.0);
            let steep = (across * across + up * up).sqrt() * per_pixel;
            let around = steep * (self.width / 2.0 + 1.0);
            let (least, most) = (a.min(b) - around, a.max(b) + around);
            let first = (begin - 0.5).ceil().clamp(0.0, row.len() as f64) as usize;
            let last = (begin + pixels_per_cell - 0.5).ceil().clamp(0.0, row.len() as f64) as usize;
            let pixels = first..last.max(first);
            if !self.levels.0.iter().any(|level| (least..=most).contains(level)) {
                let (shade, _) = self.at(a, steep);
                if shade > 0 {
                    row[pixels].iter_mut().for_each(|pixel| self.lay(pixel, shade));
                }
                continue;
            }
            for at in pixels {
                let part = ((at as f64 + 0.5 - begin) as f32) * per_pixel;
                let (shade, line) = self.at(a + (b - a) * part, steep);
                self.lay(&mut row[at], shade);
                self.lay(&mut row[at], line);
            }
        }
    }

    fn lay(&self, pixel: &mut Color32, cover: u32) {
        if cover > 0 {
            *pixel = theme::from_bits(over(theme::bits(*pixel), self.color, cover));
        }
    }

    /// Covers of shade and line for a value and its change over a pixel.
    fn at(&self, value: f32, steep: f32) -> (u32, u32) {
        let levels = &self.levels.0;
        let reached = levels.iter().filter(|level| value >= **level).count();
        let shade = if reached > 0 { self.shades[reached - 1] } else { 0 };
        let cover = |number: usize| {
            let away = (value - levels[number]).abs() / steep.max(1e-30);
            (self.width / 2.0 + 0.5 - away).clamp(0.0, self.width.min(1.0)) * self.lines[number]
        };
        let below = if reached > 0 { cover(reached - 1) } else { 0.0 };
        let above = if reached < levels.len() { cover(reached) } else { 0.0 };
        (shade, below.max(above) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::points::made_up;
    use crate::gui::map::view::MapView;
    use eframe::egui::vec2;

    #[test]
    fn no_point_is_lost_or_counted_twice() {
        let points = MapPoints::new(made_up(3000, 4));
        for cell in [0.02, 0.1, 0.7] {
            let mass = DensityField::of(&points, points.bounds(), cell, |_| true).unwrap().mass();
            assert!((mass - 3000.0).abs() < 0.5, "{mass}");
            let half = DensityField::of(&points, points.bounds(), cell, |i| i < 1500).unwrap().mass();
            assert!((half - 1500.0).abs() < 0.5, "{half}");
        }
        assert!(DensityField::of(&points, points.bounds(), 1e-6, |_| true).is_none());
        assert!(Levels::of(&points, |_| false).is_none());
    }

    #[test]
    fn the_lines_hold_their_shares() {
        let points = MapPoints::new(made_up(20_000, 3));
        let bounds = points.bounds();
        let cell = f64::from(bounds.size()[0].max(bounds.size()[1])) / LEVEL_CELLS;
        let field = DensityField::of(&points, bounds, cell, |_| true).unwrap();
        let levels = field.levels(SHARES).0;
        assert!(levels.windows(2).all(|pair| pair[0] < pair[1]), "{levels:?}");
        for (level, share) in levels.iter().zip(SHARES) {
            let within = points.in_order().filter(|(_, place)| {
                let [column, row] = [0, 1].map(|i| ((f64::from(place[i]) - field.corner[i]) / cell) as usize);
                field.values[row * field.columns + column] >= *level
            });
            let within = within.count() as f32 / 20_000.0;
            assert!((within - share).abs() < 0.05, "{within} in place of {share}");
        }
    }

    #[test]
    fn a_density_is_painted_where_points_are() {
        let points = MapPoints::new(made_up(20_000, 1));
        let view = MapView::fit(points.bounds(), vec2(300.0, 200.0));
        let frame = PixelFrame::new(&view, 300, 200, 1.0);
        let field =
            DensityField::of(&points, frame.bounds(0, 200, 0.0), 4.0 / frame.scale, |_| true).unwrap();
        let levels = Levels::of(&points, |_| true).unwrap();
        let look = Shading { color: theme::dark().accent, shade: 0.3, line: 0.8, width: 1.2 };
        let mut pixels = vec![Color32::TRANSPARENT; 300 * 200];
        paint(&mut pixels, &frame, &field, &levels, &look);
        let alpha = |x: usize, y: usize| pixels[y * 300 + x].a();
        let mean = [0, 1].map(|i| points.xy().iter().map(|p| p[i]).sum::<f32>() / 20_000.0);
        let [x, y] = frame.place(mean).map(|v| v as usize);
        assert!(alpha(x, y) > 60 && alpha(1, 1) == 0 && alpha(298, 198) == 0, "{}", alpha(x, y));
    }
}
