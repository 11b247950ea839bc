//! Plots and named pictures as images, for files: the window draws its own.

use std::sync::Once;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, FontTransform, register_font};

use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::memory;
use crate::report::{Axis, Mark, PictureTable, Plot, Series};

/// Size of a plot in pixels.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 750;
/// Width of a plot over things with names, where each asks for room.
const BY_NAME: u32 = 90;
/// Part of the letters' height that a letter is wide, on the average.
const LETTER: f64 = 0.56;
const WIDEST: u32 = 4000;
const FONT: &str = "Inter";
const TEXT: u32 = 22;
const TITLE: u32 = 28;
const INK: RGBColor = RGBColor(40, 44, 52);
const FAINT: RGBColor = RGBColor(214, 218, 224);
/// Okabe and Ito's colours, which people tell apart who do not see all colours (<https://jfly.uni-koeln.de/color/>), and
/// two more.
const COLORS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(120, 120, 120),
    RGBColor(222, 203, 40),
    RGBColor(20, 20, 20),
    RGBColor(120, 80, 40),
];

/// A plot as an image on white.
///
/// # Errors
/// No finite value to draw.
pub fn draw_plot(plot: &Plot) -> Result<ImageBuf> {
    know_font();
    let names = plot.x.names.len().max(plot.series.len()) as u32;
    let width = if plot.x.names.is_empty() { WIDTH } else { (names * BY_NAME).clamp(WIDTH, WIDEST) };
    let (x, y) = (Range::across(plot)?, Range::upwards(plot)?);
    let letters =
        |names: &mut dyn Iterator<Item = &String>| names.map(|name| name.chars().count()).max().unwrap_or(0);
    let long = |count: usize| (count as f64 * LETTER * f64::from(TEXT)) as u32;
    let longest = long(letters(&mut plot.x.names.iter()));
    // Names that would lie over each other stand upright.
    let upright = longest > (width - 140) / plot.x.names.len().max(1) as u32;
    let beneath = if upright { longest + 50 } else { 75 };
    let key = if plot.series.len() > 1 {
        long(letters(&mut plot.series.iter().map(|series| &series.name))) + 60
    } else {
        0
    };
    let height = HEIGHT + if upright { longest } else { 0 };
    drawn(width + key, height, |area| {
        let (area, beside) = area.split_horizontally(width);
        legend(&beside, &plot.series)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(&plot.title, (FONT, TITLE).into_font().color(&INK))
            .margin(20)
            .x_label_area_size(beneath)
            .y_label_area_size(100)
            .build_cartesian_2d(x.from..x.to, y.from..y.to)?;
        let (across, upwards) = (|v: &f64| x.label(*v, &plot.x), |v: &f64| y.label(*v, &plot.y));
        let mut mesh = chart.configure_mesh();
        mesh.light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(INK)
            .label_style((FONT, TEXT).into_font().color(&INK))
            .x_desc(&plot.x.label)
            .y_desc(&plot.y.label)
            .x_label_formatter(&across)
            .y_label_formatter(&upwards)
            .x_labels(if plot.x.names.is_empty() { 8 } else { plot.x.names.len() })
            .y_labels(8);
        if !plot.x.names.is_empty() {
            mesh.disable_x_mesh();
        }
        if upright {
            let font = (FONT, TEXT).into_font().transform(FontTransform::Rotate270);
            mesh.x_label_style(font.color(&INK).pos(Pos::new(HPos::Right, VPos::Center)));
        }
        mesh.draw()?;
        let beside = plot.series.iter().filter(|series| series.mark == Mark::Bars).count();
        let mut bars = 0;
        // So that many points do not lie on each other.
        let count = plot.series.iter().filter(|series| series.mark == Mark::Points).map(|s| s.points.len());
        let radius = match count.sum() {
            0..400 => 5,
            400..2000 => 3,
            2000..20_000 => 2,
            _ => 1,
        };
        for (series, color) in plot.series.iter().zip(colors(&plot.series)) {
            let points: Vec<(f64, f64)> =
                series.points.iter().map(|[a, b]| (x.place(*a), y.place(*b))).collect();
            let line = ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: 3 };
            match series.mark {
                Mark::Line | Mark::Points => {
                    if series.mark == Mark::Line {
                        chart.draw_series(LineSeries::new(points.iter().copied(), line))?;
                    }
                    let radius = if series.mark == Mark::Points { radius } else { 5 };
                    chart.draw_series(points.iter().map(|p| Circle::new(*p, radius, color.filled())))?;
                }
                Mark::Reference => {
                    chart.draw_series(DashedLineSeries::new(points.iter().copied(), 10, 8, line))?;
                }
                Mark::Steps => {
                    let corners =
                        points.iter().zip(points.iter().skip(1)).flat_map(|(a, b)| [*a, (b.0, a.1)]);
                    chart.draw_series(LineSeries::new(corners.collect::<Vec<_>>(), line))?;
                }
                Mark::Bars => {
                    let place = bars;
                    bars += 1;
                    let part = 0.8 / beside.max(1) as f64;
                    let bar = |(a, b): &(f64, f64)| {
                        let left = a - 0.4 + place as f64 * part;
                        Rectangle::new([(left, y.place(0.0)), (left + part * 0.92, *b)], color.filled())
                    };
                    chart.draw_series(points.iter().map(bar))?;
                }
            }
            let shift = if series.mark == Mark::Bars {
                let part = 0.8 / beside.max(1) as f64;
                (bars - 1) as f64 * part - 0.4 + part * 0.46
            } else {
                0.0
            };
            let whiskers = series.points.iter().zip(&series.spread).filter(|(_, spread)| spread.is_finite());
            chart.draw_series(whiskers.map(|([a, b], spread)| {
                let a = x.place(*a) + shift;
                PathElement::new(vec![(a, y.place(b - spread)), (a, y.place(b + spread))], INK)
            }))?;
        }
        Ok(())
    })
}

/// The colours of the series; what the others are held against has none of theirs.
fn colors(series: &[Series]) -> impl Iterator<Item = RGBColor> {
    let mut others = COLORS.iter().cycle();
    let color = move |series: &Series| match series.mark {
        Mark::Reference => INK,
        _ => others.next().copied().unwrap_or(INK),
    };
    series.iter().map(color)
}

/// The names of the series with their colours, beneath each other.
fn legend(area: &Area<'_>, series: &[Series]) -> Drawn {
    if series.len() < 2 {
        return Ok(());
    }
    for (at, (series, color)) in series.iter().zip(colors(series)).enumerate() {
        let top = 70 + at as i32 * (TEXT as i32 + 12);
        area.draw(&Rectangle::new([(4, top + 5), (26, top + 17)], color.filled()))?;
        area.draw(&Text::new(series.name.clone(), (36, top), (FONT, TEXT).into_font().color(&INK)))?;
    }
    Ok(())
}

/// The values along an axis, in what is drawn: logarithms where equal distances are equal ratios.
struct Range {
    from: f64,
    to: f64,
    log: bool,
}

impl Range {
    fn across(plot: &Plot) -> Result<Self> {
        if !plot.x.names.is_empty() {
            return Ok(Range { from: -0.5, to: plot.x.names.len() as f64 - 0.5, log: false });
        }
        Range::over(plot.series.iter().flat_map(|s| s.points.iter().map(|[x, _]| *x)), &plot.x)
    }

    fn upwards(plot: &Plot) -> Result<Self> {
        let with_spread = |series: &Series| {
            let spread = |at: usize| series.spread.get(at).copied().unwrap_or(0.0);
            let from = if series.mark == Mark::Bars { Some(0.0) } else { None };
            let points = series.points.iter().enumerate();
            points.flat_map(|(at, [_, y])| [y - spread(at), y + spread(at)]).chain(from).collect::<Vec<_>>()
        };
        Range::over(plot.series.iter().flat_map(with_spread), &plot.y)
    }

    /// From the least to the largest finite value, with a little room.
    fn over(values: impl Iterator<Item = f64>, axis: &Axis) -> Result<Self> {
        let place = |value: f64| if axis.log { value.log10() } else { value };
        let ends = values.map(place).filter(|value| value.is_finite());
        let (from, to) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if from > to {
            return Err(Error::Invalid(format!("there is no value of {} to draw", axis.label)));
        }
        let room = if to > from { 0.04 * (to - from) } else { 0.5 * from.abs().max(1.0) };
        // What begins at 0 is drawn from 0.
        let from = if from == 0.0 && !axis.log { 0.0 } else { from - room };
        Ok(Range { from, to: to + room, log: axis.log })
    }

    fn place(&self, value: f64) -> f64 {
        let place = if self.log { value.log10() } else { value };
        if place.is_finite() { place.clamp(self.from, self.to) } else { self.from }
    }

    fn label(&self, place: f64, axis: &Axis) -> String {
        if !axis.names.is_empty() {
            let at = place.round();
            let name =
                (at >= 0.0 && (place - at).abs() < 1e-6).then(|| axis.names.get(at as usize)).flatten();
            return name.cloned().unwrap_or_default();
        }
        let value = if self.log { 10f64.powf(place) } else { place };
        let step = (self.to - self.from) / 8.0;
        let decimals =
            if self.log { 2 - value.abs().log10().floor() as i32 } else { 1 - step.log10().floor() as i32 };
        let text = format!("{value:.*}", decimals.clamp(0, 6) as usize);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    }
}

/// Pictures in rows with their names, on white.
///
/// # Errors
/// No picture; more than the memory holds.
pub fn draw_pictures(table: &PictureTable) -> Result<ImageBuf> {
    know_font();
    const GAP: usize = 4;
    const MARGIN: usize = 14;
    let images = || table.rows.iter().flat_map(|(_, images)| images);
    let nothing = || Error::Invalid("there is no picture to write".into());
    let side = images().map(|image| image.width().max(image.height())).max().ok_or_else(nothing)?;
    // Small pictures are shown larger, each pixel a square.
    let times = (128 / side).max(1);
    let cell = side * times + GAP;
    let columns = table.rows.iter().map(|(_, images)| images.len()).max().unwrap_or(0);
    let letters = table.rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let left = MARGIN + (letters as f64 * LETTER * f64::from(TEXT)) as usize + MARGIN;
    let top = MARGIN + TITLE as usize + MARGIN + if table.columns.is_empty() { 0 } else { TEXT as usize + 8 };
    let (width, height) = (left + columns * cell + MARGIN, top + table.rows.len() * cell + MARGIN);
    memory::check("pictures", height as u64, 6 * width as u64, 0)?;
    let text = (FONT, TEXT).into_font().color(&INK);
    let mut image = drawn(width as u32, height as u32, |area| {
        area.draw(&Text::new(
            table.title.clone(),
            (MARGIN as i32, MARGIN as i32),
            (FONT, TITLE).into_font().color(&INK),
        ))?;
        for (at, name) in table.columns.iter().enumerate() {
            let room = (cell as f64 / (LETTER * f64::from(TEXT))) as usize;
            let at = ((left + at * cell) as i32, (top - TEXT as usize - 6) as i32);
            area.draw(&Text::new(shortened(name, room), at, text.clone()))?;
        }
        for (at, (name, _)) in table.rows.iter().enumerate() {
            let at = (MARGIN as i32, (top + at * cell + (cell - TEXT as usize) / 2) as i32);
            area.draw(&Text::new(name.clone(), at, text.clone()))?;
        }
        Ok(())
    })?
    .pixels()
    .to_vec();
    for (row, (_, images)) in table.rows.iter().enumerate() {
        for (column, picture) in images.iter().enumerate() {
            let (x, y) = (left + column * cell, top + row * cell);
            for (line, pixels) in picture.pixels().chunks_exact(3 * picture.width()).enumerate() {
                let wide: Vec<u8> =
                    pixels.as_chunks::<3>().0.iter().flat_map(|pixel| pixel.repeat(times)).collect();
                for down in 0..times {
                    let at = 3 * ((y + line * times + down) * width + x);
                    image[at..at + wide.len()].copy_from_slice(&wide);
                }
            }
        }
    }
    ImageBuf::new(width, height, image).ok_or_else(nothing)
}

/// At most so many letters.
fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

type Area<'a> = DrawingArea<BitMapBackend<'a>, plotters::coord::Shift>;
type Drawn =
    std::result::Result<(), DrawingAreaErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>>;

/// Makes the font known, before any style names it.
fn know_font() {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        let inter = include_bytes!("../../assets/fonts/Inter.ttf");
        // Fails for a font that cannot be read, and this one is tested.
        let _ = register_font(FONT, FontStyle::Normal, inter);
    });
}

/// An image on which something was drawn.
fn drawn(width: u32, height: u32, draw: impl FnOnce(&Area) -> Drawn) -> Result<ImageBuf> {
    let mut pixels = vec![255; 3 * width as usize * height as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        draw(&area)
            .and_then(|()| area.present())
            .map_err(|error| Error::Invalid(format!("the plot cannot be drawn: {error}")))?;
    }
    ImageBuf::new(width as usize, height as usize, pixels)
        .ok_or_else(|| Error::Fault("a plot has no pixels; please report this".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(mark: Mark, points: Vec<[f64; 2]>, x: Axis, y: Axis) -> Plot {
        Plot { title: "Test".into(), x, y, series: vec![Series::new("one", mark, points)] }
    }

    /// Pixels of the first colour: their number and their bounds.
    fn coloured(image: &ImageBuf) -> (usize, [usize; 4]) {
        let RGBColor(r, g, b) = COLORS[0];
        let pixels = image.pixels().as_chunks::<3>().0;
        let found = pixels.iter().enumerate().filter(|(_, pixel)| **pixel == [r, g, b]);
        found.fold((0, [usize::MAX, 0, usize::MAX, 0]), |(count, [left, right, top, bottom]), (at, _)| {
            let (x, y) = (at % image.width(), at / image.width());
            (count + 1, [left.min(x), right.max(x), top.min(y), bottom.max(y)])
        })
    }

    #[test]
    fn bars_are_as_high_as_their_values() {
        let names = || Axis::over("thing", vec!["a".into(), "b".into()]);
        let height = |values: [f64; 2]| {
            let points = vec![[0.0, values[0]], [1.0, values[1]]];
            coloured(&draw_plot(&plot(Mark::Bars, points, names(), Axis::of("value"))).unwrap()).0
        };
        let (both, half) = (height([1.0, 1.0]), height([1.0, 0.5]));
        assert!((half as f64 / both as f64 - 0.75).abs() < 0.02, "{half} of {both} pixels");
    }

    #[test]
    fn equal_ratios_lie_equally_far_apart_on_a_logarithmic_axis() {
        let points = vec![[1.0, 1.0], [10.0, 10.0], [100.0, 100.0]];
        let axes = || (Axis::of("x").log(), Axis::of("y").log());
        let (x, y) = axes();
        let image = draw_plot(&plot(Mark::Points, points, x, y)).unwrap();
        let (_, [left, right, top, bottom]) = coloured(&image);
        let middle = ((left + right) / 2, (top + bottom) / 2);
        let at = 3 * (middle.1 * image.width() + middle.0);
        let RGBColor(r, g, b) = COLORS[0];
        assert_eq!(image.pixels()[at..at + 3], [r, g, b], "the dot of the second point lies in the middle");
    }

    /// The colour of a line stands beside its name, whatever is drawn before it.
    #[test]
    fn names_have_the_colours_of_their_lines() {
        let line = plot(Mark::Line, vec![[0.0, 1.0], [1.0, 2.0]], Axis::of("x"), Axis::of("y"));
        let reference = Series::new("real", Mark::Reference, vec![[0.0, 1.5], [1.0, 1.5]]);
        let image = draw_plot(&Plot { series: [vec![reference], line.series].concat(), ..line }).unwrap();
        let (_, [left, right, ..]) = coloured(&image);
        assert!(left < 400 && right > WIDTH as usize, "in the plot and beside it: {left} to {right}");
        let RGBColor(r, g, b) = COLORS[1];
        assert!(!image.pixels().as_chunks::<3>().0.contains(&[r, g, b]), "there is one line alone");
    }

    #[test]
    fn words_are_drawn_and_nothing_to_draw_is_said() {
        let line = |points| plot(Mark::Line, points, Axis::of("x"), Axis::of("y"));
        let image = draw_plot(&line(vec![[0.0, 1.0], [1.0, 2.0]])).unwrap();
        let title = image.pixels()[..3 * 60 * image.width()].iter().any(|value| *value < 100);
        assert!(title, "no title");
        let nothing = draw_plot(&line(vec![[0.0, f64::NAN]])).unwrap_err().to_string();
        assert_eq!(nothing, "there is no value of y to draw");
    }

    #[test]
    fn pictures_stand_as_they_are_under_their_names() {
        let picture = |value| ImageBuf::filled(64, 64, [value, 7, 9]);
        let rows =
            vec![("first".into(), vec![picture(50), picture(51)]), ("second".into(), vec![picture(52)])];
        let table = PictureTable { title: "Faces".into(), columns: vec!["a".into(), "b".into()], rows };
        let image = draw_pictures(&table).unwrap();
        let count =
            |value| image.pixels().as_chunks::<3>().0.iter().filter(|pixel| **pixel == [value, 7, 9]).count();
        assert_eq!([50, 51, 52].map(count), [128 * 128; 3]);
        assert!(draw_pictures(&PictureTable { rows: Vec::new(), ..table }).is_err());
    }
}
