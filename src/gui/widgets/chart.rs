//! A small chart to be taken in at a glance: a ground, a few ticks, and a mapping from numbers to points.
//! Whoever shows it paints what is on it. There is nothing to zoom or to drag.

use std::ops::RangeInclusive;

use eframe::egui::emath::GuiRounding;
use eframe::egui::epaint::Mesh;
use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Align2, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::gui::theme;

/// Points for the numbers beneath a chart.
const BENEATH: f32 = 16.0;
/// Points between a number at the left and the ground.
const BESIDE: f32 = 6.0;
/// Points that a number at the bottom takes, with what keeps it apart from the next.
const TICK_WIDTH: f32 = 64.0;
/// Points between two lines across.
const TICK_HEIGHT: f32 = 26.0;

/// The axes of a chart.
pub struct Axes<'a> {
    /// Description for those who cannot see it.
    pub name: &'a str,
    /// Numbers from the left to the right.
    pub x: RangeInclusive<f64>,
    /// Numbers from the bottom to the top.
    pub y: RangeInclusive<f64>,
    /// Points from the top to below the numbers.
    pub height: f32,
    /// Meaning of the numbers across, if it has any.
    pub x_title: Option<&'a str>,
    /// Whether it has numbers at the left.
    pub y_ticks: bool,
}

/// A chart that is being painted.
pub struct Chart {
    /// The ground.
    pub rect: Rect,
    /// Paints on the ground and nowhere else.
    pub painter: Painter,
    /// For what is said under the pointer.
    pub response: Response,
    x: RangeInclusive<f64>,
    y: RangeInclusive<f64>,
}

impl Axes<'_> {
    /// Takes its place over the width and paints ground, lines and numbers.
    pub fn show(&self, ui: &mut Ui) -> Chart {
        let size = vec2(ui.available_width(), self.height);
        let (whole, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.name));
        let colors = theme::colors(ui);
        let (font, outside) = (theme::small_font(), ui.painter());
        let beneath = if self.x_title.is_some() { BENEATH } else { 0.0 };
        let rows = ((whole.height() - beneath) / TICK_HEIGHT).floor().max(1.0) as usize;
        let ticks = if self.y_ticks { Ticks::over(&self.y, rows) } else { Ticks::default() };
        let numbers: Vec<_> = (ticks.places.iter())
            .map(|y| outside.layout_no_wrap(ticks.text(*y), font.clone(), colors.text_weak))
            .collect();
        let widest = numbers.iter().map(|number| number.size().x).fold(0.0, f32::max);
        let left = if self.y_ticks { widest + BESIDE } else { 0.0 };
        let rect = Rect::from_min_max(whole.min + vec2(left, 0.0), whole.max - vec2(0.0, beneath)).round_ui();
        let chart = Chart {
            rect,
            painter: outside.with_clip_rect(rect.intersect(ui.clip_rect())),
            response,
            x: self.x.clone(),
            y: self.y.clone(),
        };
        outside.rect_filled(rect, theme::RADIUS_SMALL - 2, colors.canvas);
        for (y, number) in ticks.places.iter().zip(numbers) {
            let height = chart.at(*self.x.start(), *y).y;
            chart.painter.hline(rect.x_range(), height, Stroke::new(1.0, colors.line.gamma_multiply(0.6)));
            let top = (height - number.size().y / 2.0).clamp(whole.top() - 2.0, rect.bottom() - 10.0);
            let at = pos2(rect.left() - BESIDE - number.size().x, top);
            outside.galley(at, number, colors.text_weak);
        }
        if let Some(title) = self.x_title {
            self.numbers_beneath(&chart, outside, title, colors.text_weak);
        }
        chart
    }

    fn numbers_beneath(&self, chart: &Chart, outside: &Painter, title: &str, color: Color32) {
        let (rect, font) = (chart.rect, theme::small_font());
        let y = rect.bottom() + 3.0;
        let title = outside.text(pos2(rect.right(), y), Align2::RIGHT_TOP, title, font.clone(), color);
        let ticks = Ticks::over(&self.x, (rect.width() / TICK_WIDTH).floor().max(1.0) as usize);
        for x in &ticks.places {
            let galley = outside.layout_no_wrap(ticks.text(*x), font.clone(), color);
            let middle = chart.at(*x, 0.0).x - galley.size().x / 2.0;
            let left = middle.max(rect.left());
            if left + galley.size().x + 6.0 < title.left() {
                outside.galley(pos2(left, y), galley, color);
            }
        }
    }
}

impl Chart {
    /// Where a pair of numbers lies.
    pub fn at(&self, x: f64, y: f64) -> Pos2 {
        let part = |value: f64, range: &RangeInclusive<f64>| {
            let length = range.end() - range.start();
            let part = if length > 0.0 { (value - range.start()) / length } else { 0.5 };
            // Far outside is as good as infinitely far, and can be painted.
            part.clamp(-8.0, 9.0) as f32
        };
        let (across, up) = (part(x, &self.x), part(y, &self.y));
        pos2(self.rect.left() + across * self.rect.width(), self.rect.bottom() - up * self.rect.height())
    }

    /// The number across under the pointer, if it is over the ground.
    pub fn pointed(&self) -> Option<f64> {
        let pointer = self.response.hover_pos().filter(|at| self.rect.contains(*at))?;
        let part = f64::from((pointer.x - self.rect.left()) / self.rect.width().max(1.0));
        Some(self.x.start() + part * (self.x.end() - self.x.start()))
    }

    /// A line through points of the screen.
    pub fn line(&self, points: Vec<Pos2>, stroke: Stroke) {
        if points.len() > 1 {
            self.painter.add(Shape::line(points, stroke));
        }
    }

    /// The area between points of the screen, which go from the left to the right, and the bottom.
    pub fn area(&self, points: &[Pos2], color: Color32) {
        let mut mesh = Mesh::default();
        for (index, point) in (0u32..).zip(points) {
            mesh.colored_vertex(*point, color);
            mesh.colored_vertex(pos2(point.x, self.rect.bottom()), color);
            if index > 0 {
                let first = 2 * (index - 1);
                mesh.add_triangle(first, first + 1, first + 2);
                mesh.add_triangle(first + 1, first + 2, first + 3);
            }
        }
        self.painter.add(Shape::mesh(mesh));
    }

    /// Words in place of what is missing.
    pub fn notice(&self, ui: &Ui, text: &str) {
        let color = theme::colors(ui).text_weak;
        let width = self.rect.width() - 2.0 * BESIDE;
        let mut job = LayoutJob::simple(text.to_owned(), theme::small_font(), color, width);
        job.halign = Align::Center;
        let words = self.painter.layout_job(job);
        self.painter.galley(self.rect.center() - vec2(0.0, words.size().y / 2.0), words, color);
    }

    /// Small words on the ground.
    pub fn words(&self, at: Pos2, align: Align2, text: &str, color: Color32) -> Rect {
        self.painter.text(at, align, text, theme::small_font(), color)
    }
}

/// Round numbers over a range.
#[derive(Debug, Default)]
struct Ticks {
    places: Vec<f64>,
    step: f64,
}

impl Ticks {
    /// At most about `most` multiples of 1, 2 or 5 times a power of ten.
    fn over(range: &RangeInclusive<f64>, most: usize) -> Self {
        let length = range.end() - range.start();
        if !(length.is_finite() && length > 0.0) {
            return Ticks::default();
        }
        let least = length / most.max(1) as f64;
        let power = 10f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
        let step = step.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power);
        let first = (range.start() / step - 1e-6).ceil() as i64;
        let last = (range.end() / step + 1e-6).floor() as i64;
        Ticks { places: (first..=last).map(|index| index as f64 * step).collect(), step }
    }

    fn text(&self, value: f64) -> String {
        if value.abs() < self.step / 2.0 {
            return "0".into();
        }
        if self.step >= 1000.0 {
            return format!("{}k", value / 1000.0).replace('-', "−");
        }
        let decimals = (-self.step.log10().floor()).clamp(0.0, 9.0) as usize;
        format!("{value:.decimals$}").replace('-', "−")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(range: RangeInclusive<f64>, most: usize) -> Vec<String> {
        let ticks = Ticks::over(&range, most);
        ticks.places.iter().map(|place| ticks.text(*place)).collect()
    }

    #[test]
    fn ticks_are_few_and_round() {
        assert_eq!(texts(0.0..=23.4, 4), ["0", "10", "20"]);
        assert_eq!(texts(0.0..=0.0471, 3), ["0", "0.02", "0.04"]);
        assert_eq!(texts(-4.0..=4.0, 8), ["−4", "−3", "−2", "−1", "0", "1", "2", "3", "4"]);
        assert_eq!(texts(0.0..=12_400.0, 3), ["0", "5k", "10k"]);
        assert!(texts(2.0..=2.0, 4).is_empty() && texts(0.0..=f64::NAN, 4).is_empty());
    }
}
