//! A plot of an outcome: lines, bars or points with their legend; what is under the pointer is read out.

use eframe::egui::{Color32, Painter, Pos2, Rangef, Rect, Role, Sense, Shape, Ui, WidgetInfo, vec2};
use egui_plot::{
    AxisHints, Bar, BarChart, GridMark, HoverPosition, Line, LineStyle, MarkerShape, Plot as Canvas,
    PlotPoints, PlotUi, Points,
};

use rust_i18n::t;

use crate::gui::quantity_words::minus;
use crate::gui::said::said;
use crate::gui::theme;
use crate::worker::protocol::{Axis, Mark, Plot, Series};

/// Part of a place that the bars at it take.
const BARS: f64 = 0.8;
/// Names with less room than this are left out.
const LEAST_NAME: f32 = 40.0;
/// Air between two names.
const GAP: f32 = 6.0;
/// Shapes of the points of series, so that they are told apart without their colours; after these they come again.
const SHAPES: [MarkerShape; 5] =
    [MarkerShape::Circle, MarkerShape::Diamond, MarkerShape::Square, MarkerShape::Up, MarkerShape::Down];
/// Room for the numbers at the left.
const LEFT: f32 = 46.0;
/// Room for the numbers beneath with the name of the axis.
const BENEATH: f32 = 34.0;

/// Shows a plot over the width.
pub fn show(ui: &mut Ui, plot: &Plot, height: f32) {
    let colors = theme::colors(ui);
    if plot.series.len() > 1 {
        legend(ui, plot);
    }
    // At both sides there is some air.
    let room = (ui.available_width() - LEFT) / (1.1 * plot.x.names.len().max(1) as f32);
    let axis = |hints: AxisHints<'static>, axis: &Axis| {
        let mut hints = hints.label(said(&axis.label).into_owned()).tick_label_font(theme::small_font());
        let mut axis = axis.clone();
        if !axis.names.is_empty() && room > LEAST_NAME {
            // Names are wanted at every mark, and are cut so that they fit.
            hints = hints.label_spacing(Rangef::new(0.0, LEAST_NAME));
            axis.names.iter_mut().for_each(|name| *name = fitted(ui, &said(name), room - GAP));
        }
        hints.tick_label_color(colors.text_weak).formatter(move |mark, _| tick(mark, &axis))
    };
    let mut canvas = Canvas::new(plot.title.clone())
        .height(height)
        .sense(Sense::hover())
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .grid_color(colors.line)
        .custom_x_axes(vec![axis(AxisHints::new_x(), &plot.x).min_thickness(BENEATH)])
        .custom_y_axes(vec![axis(AxisHints::new_y(), &plot.y).min_thickness(LEFT)]);
    if !plot.x.names.is_empty() {
        let count = plot.x.names.len();
        canvas = canvas.show_grid([false, true]).x_grid_spacer(move |_| {
            (0..count).map(|at| GridMark { value: at as f64, step_size: 1.0 }).collect()
        });
    }
    let (x, y) = (plot.x.clone(), plot.y.clone());
    let hues: Vec<Color32> = (0..plot.series.len()).map(|at| theme::run_color(ui, at)).collect();
    let shown = canvas
        .label_formatter(move |at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{}\n{}\n{}", said(plot_name), value(&x, position.x), value(&y, position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |canvas| {
            let beside = plot.series.iter().filter(|series| series.mark == Mark::Bars).count();
            let mut bars = 0;
            for (number, (series, hue)) in plot.series.iter().zip(hues).enumerate() {
                let shift = (series.mark == Mark::Bars).then(|| {
                    bars += 1;
                    BARS * ((bars as f64 - 0.5) / beside as f64 - 0.5)
                });
                let shape = SHAPES[number % SHAPES.len()];
                draw(canvas, plot, (series, hue, shape), shift.unwrap_or(0.0), BARS / beside.max(1) as f64);
            }
        });
    let names = plot.series.iter().map(|series| said(&series.name)).collect::<Vec<_>>().join(", ");
    let (y, x) = (said(&plot.y.label), said(&plot.x.label));
    let words = t!("Plot of %{y} over %{x}: %{names}", y = y, x = x, names = names);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &*words));
}

/// The names of the series with their colours.
fn legend(ui: &mut Ui, plot: &Plot) {
    let color = theme::colors(ui).text;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0 * theme::GAP_SMALL, 1.0);
        for (at, series) in plot.series.iter().enumerate() {
            // A name stands in one line with its colour.
            let words = said(&series.name);
            let galley = ui.painter().layout_no_wrap(words.to_string(), theme::small_font(), color);
            let sign = 10.0 + theme::GAP_SMALL;
            let size = vec2(sign + galley.size().x, theme::ICON + 4.0);
            let (place, response) = ui.allocate_exact_size(size, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &*words));
            let rect = Rect::from_center_size(place.left_center() + vec2(5.0, 0.0), vec2(10.0, 10.0));
            let (painter, hue) = (ui.painter(), theme::run_color(ui, at));
            match series.mark {
                Mark::Reference => {
                    let line = [rect.left_center(), rect.right_center()];
                    let stroke = eframe::egui::Stroke::new(1.5, hue);
                    painter.extend(Shape::dashed_line(&line, stroke, 4.0, 2.0));
                }
                Mark::Steps | Mark::Bars => drop(painter.rect_filled(rect, 2.0, hue)),
                Mark::Line | Mark::Points => marker(painter, rect.center(), SHAPES[at % SHAPES.len()], hue),
            }
            let at = place.left_center() + vec2(sign, -galley.size().y / 2.0);
            painter.galley(at, galley, color);
        }
    });
}

/// A point of a series as it stands in the plot.
fn marker(painter: &Painter, at: Pos2, shape: MarkerShape, color: Color32) {
    let corners: &[(f32, f32)] = match shape {
        MarkerShape::Diamond => &[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)],
        MarkerShape::Square => &[(-3.8, -3.8), (3.8, -3.8), (3.8, 3.8), (-3.8, 3.8)],
        MarkerShape::Up => &[(0.0, -4.5), (4.5, 3.5), (-4.5, 3.5)],
        MarkerShape::Down => &[(0.0, 4.5), (-4.5, -3.5), (4.5, -3.5)],
        _ => {
            painter.circle_filled(at, 4.2, color);
            return;
        }
    };
    let corners = corners.iter().map(|(x, y)| at + vec2(*x, *y)).collect();
    painter.add(Shape::convex_polygon(corners, color, eframe::egui::Stroke::NONE));
}

/// A name in so much room, with its end left out where it is too long.
fn fitted(ui: &Ui, name: &str, room: f32) -> String {
    let width = |text: &str| {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small_font(), Color32::PLACEHOLDER);
        galley.size().x
    };
    if width(name) <= room {
        return name.to_owned();
    }
    let mut kept = name.to_owned();
    while kept.pop().is_some() && width(&format!("{}…", kept.trim_end())) > room {}
    format!("{}…", kept.trim_end())
}

fn draw(
    canvas: &mut PlotUi<'_>,
    plot: &Plot,
    (series, hue, shape): (&Series, Color32, MarkerShape),
    shift: f64,
    width: f64,
) {
    let place = |axis: &Axis, value: f64| if axis.log { value.log10() } else { value };
    let points: Vec<[f64; 2]> = series
        .points
        .iter()
        .map(|[x, y]| [place(&plot.x, *x) + shift, place(&plot.y, *y)])
        .filter(|[x, y]| x.is_finite() && y.is_finite())
        .collect();
    let line = |points: Vec<[f64; 2]>| {
        Line::new(series.name.clone(), PlotPoints::from(points)).color(hue).width(2.0)
    };
    let dots = |points: Vec<[f64; 2]>| {
        Points::new(series.name.clone(), PlotPoints::from(points)).color(hue).shape(shape).radius(3.5)
    };
    match series.mark {
        Mark::Line => {
            canvas.line(line(points.clone()));
            canvas.points(dots(points));
        }
        Mark::Points => canvas.points(dots(points)),
        Mark::Reference => canvas.line(line(points).width(1.5).style(LineStyle::dashed_dense())),
        Mark::Steps => {
            // Seen as a band, all that lies above each other would be filled.
            canvas.line(line(stairs(&points)).allow_band(false));
        }
        Mark::Bars => {
            let bar = |[x, y]: [f64; 2]| Bar::new(x, y).width(width * 0.92).fill(hue);
            let bars = points.into_iter().map(bar).collect();
            canvas.bar_chart(BarChart::new(series.name.clone(), bars).color(hue));
        }
    }
    for ([x, y], spread) in series.points.iter().zip(&series.spread).filter(|(_, spread)| spread.is_finite())
    {
        let x = place(&plot.x, *x) + shift;
        let ends = vec![[x, place(&plot.y, y - spread)], [x, place(&plot.y, y + spread)]];
        let whisker =
            Line::new(String::new(), PlotPoints::from(ends)).color(hue.gamma_multiply(0.75)).width(1.5);
        canvas.line(whisker.allow_hover(false));
    }
}

/// The corners of stairs through points: along first, then up.
fn stairs(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let ahead = points.iter().zip(points.iter().skip(1)).flat_map(|(a, b)| [*a, [b[0], a[1]]]);
    let mut corners: Vec<[f64; 2]> = ahead.chain(points.last().copied()).collect();
    corners.dedup();
    corners
}

/// The words at a mark of an axis.
fn tick(mark: GridMark, axis: &Axis) -> String {
    match axis.names.is_empty() {
        true => minus(short(if axis.log { 10f64.powf(mark.value) } else { mark.value })),
        false if mark.value.fract().abs() < 1e-6 && mark.value >= 0.0 => {
            axis.names.get(mark.value as usize).map(|name| said(name).into_owned()).unwrap_or_default()
        }
        false => String::new(),
    }
}

/// A value under the pointer with the name of its axis.
fn value(axis: &Axis, place: f64) -> String {
    match axis.names.get(place.round().max(0.0) as usize) {
        Some(name) => said(name).into_owned(),
        None => {
            let number = minus(short(if axis.log { 10f64.powf(place) } else { place }));
            format!("{} {number}", said(&axis.label))
        }
    }
}

/// Three digits that say something.
fn short(value: f64) -> String {
    let magnitude = value.abs().max(f64::MIN_POSITIVE).log10().floor();
    let decimals = (2.0 - magnitude).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::{short, stairs};

    #[test]
    fn stairs_reach_the_last_point_and_have_no_corner_twice() {
        let points = [[0.0, 0.0], [0.0, 0.5], [0.0, 0.5], [0.5, 0.5], [1.0, 0.5], [1.0, 1.0]];
        let corners = stairs(&points);
        assert_eq!(corners, [[0.0, 0.0], [0.0, 0.5], [0.5, 0.5], [1.0, 0.5], [1.0, 1.0]]);
    }

    #[test]
    fn numbers_are_as_short_as_three_digits_allow() {
        assert_eq!([0.25, 1000.0, 0.00123, 0.0, -1.5].map(short), ["0.25", "1000", "0.00123", "0", "−1.5"]);
    }
}
