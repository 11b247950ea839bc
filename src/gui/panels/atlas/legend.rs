//! The meaning of the colours on the map: what colours stand for, how many points have each, and what is hidden.

use eframe::egui::{
    Align, Align2, Color32, ComboBox, CursorIcon, Frame, Layout, Margin, Rect, RichText, Role, Sense, Shape,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use crate::gui::language::tr;
use crate::gui::map::coloring::{ColorClass, DRAW, Legend, MapColors};
use crate::gui::quantity_words::minus;
use crate::gui::said::said;
use crate::gui::state::messages::count;
use crate::gui::theme;
use crate::gui::widgets::row_focus::RowFocus;
use crate::report::shown;

/// Width of the legend.
const WIDTH: f32 = 168.0;
/// Height of a line.
const LINE: f32 = 18.0;
/// Lines at most; the rest can be seen by colouring by something else.
const LINES: usize = 12;
/// Height of the bars over a range.
const BARS: f32 = 26.0;

/// Choice of a person in the legend.
#[derive(Debug, PartialEq)]
pub enum LegendWish {
    /// Colour by this column, or by none.
    Color(Option<String>),
    /// Show or hide a class.
    Toggle(ColorClass),
}

/// Shows the choice of the column and the meaning of its colours.
pub fn show(
    ui: &mut Ui,
    colors: &MapColors,
    (current, names): (Option<&str>, &[String]),
    about: &str,
    hidden: &[ColorClass],
) -> Option<LegendWish> {
    let mut wish = None;
    let theme_colors = theme::colors(ui);
    let frame = Frame::new().fill(theme_colors.panel).corner_radius(theme::RADIUS);
    frame.inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 3.0;
        let selected = current.map_or_else(|| t!("one colour"), tr);
        let combo = ComboBox::from_id_salt("color by").width(WIDTH).truncate().selected_text(selected);
        let combo = combo.show_ui(ui, |ui| {
            for name in names {
                if ui.selectable_label(current == Some(name.as_str()), tr(name)).clicked() {
                    wish = Some(LegendWish::Color(Some(name.clone())));
                }
            }
            if ui.selectable_label(current.is_none(), t!("one colour")).clicked() {
                wish = Some(LegendWish::Color(None));
            }
        });
        let help = if about.is_empty() { t!("The column that points are coloured by") } else { tr(about) };
        combo.response.accessible_name(t!("Colour by")).on_hover_text(help);
        match colors.legend() {
            Legend::Plain => (),
            Legend::Classes(entries) => {
                let focus = RowFocus::new(ui, entries.len().min(LINES), 0);
                for (at, entry) in entries.iter().take(LINES).enumerate() {
                    let color = colors.color(entry.class, theme_colors);
                    let is_diamond = colors.are_populations() && entry.class == DRAW;
                    let label = said(&entry.label);
                    let row = (&focus, at, hidden.contains(&entry.class));
                    if class(ui, (&label, entry.count), (color, is_diamond), row) {
                        wish = Some(LegendWish::Toggle(entry.class));
                    }
                }
                if entries.len() > LINES {
                    ui.weak(t!("and %{n} more", n = entries.len() - LINES));
                }
            }
            Legend::Range { range, bins, unknown } => {
                let [from, to] = [range.start(), range.end()].map(|end| minus(shown(*end)));
                bars(ui, bins, &t!("Numbers of points from %{from} to %{to}", from = from, to = to));
                let small = |text: String| RichText::new(text).font(theme::small_font());
                ui.horizontal(|ui| {
                    ui.label(small(from));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(small(to)));
                });
                if *unknown > 0 {
                    ui.label(small(t!("%{n} without a value, grey", n = count(*unknown)).into_owned()));
                }
            }
        }
    });
    wish
}

/// A class with its colour, name and number; a click hides it.
fn class(
    ui: &mut Ui,
    (label, n): (&str, usize),
    (color, is_diamond): (Color32, bool),
    (focus, at, hidden): (&RowFocus, usize, bool),
) -> bool {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let response = focus.row(ui, at, rect, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, !hidden, label));
    let colors = theme::colors(ui);
    let dot = pos2(rect.left() + 6.0, rect.center().y);
    let (fill, stroke) = match hidden {
        true => (Color32::TRANSPARENT, Stroke::new(1.0, color)),
        false => (color, Stroke::NONE),
    };
    if is_diamond {
        let corners =
            [vec2(0.0, -5.5), vec2(5.5, 0.0), vec2(0.0, 5.5), vec2(-5.5, 0.0)].map(|corner| dot + corner);
        ui.painter().add(Shape::convex_polygon(corners.into(), fill, stroke));
    } else {
        ui.painter().circle(dot, 4.5, fill, stroke);
    }
    let text = if hidden || !response.hovered() { colors.text } else { colors.text_strong };
    let text = if hidden { colors.text_weak } else { text };
    let right = ui.painter().text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        count(n),
        theme::small_font(),
        colors.text_weak,
    );
    let room = Rect::from_min_max(rect.min, pos2(right.left() - 4.0, rect.bottom()));
    let begin = pos2(rect.left() + 16.0, rect.center().y);
    let painter = ui.painter().with_clip_rect(room);
    painter.text(begin, Align2::LEFT_CENTER, label, theme::small_font(), text);
    if hidden {
        let struck = Stroke::new(1.0, colors.text_weak.gamma_multiply(0.6));
        ui.painter().hline(begin.x..=right.left() - 4.0, begin.y, struck);
    }
    let help = match hidden {
        true => t!("%{label}: hidden. Click to show these points", label = label),
        false => t!("%{label}: click to hide these points", label = label),
    };
    response.on_hover_text(help).on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Numbers of points over a range, as bars in the colours of the map.
fn bars(ui: &mut Ui, bins: &[usize], name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BARS), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let most = bins.iter().copied().max().unwrap_or(0).max(1) as f32;
    let width = rect.width() / bins.len().max(1) as f32;
    let theme_colors = theme::colors(ui);
    for (at, n) in bins.iter().enumerate() {
        let part = (at as f32 + 0.5) / bins.len() as f32;
        let height = (rect.height() * *n as f32 / most).max(2.0);
        let left = rect.left() + width * at as f32;
        let bar = Rect::from_min_max(pos2(left, rect.bottom() - height), pos2(left + width, rect.bottom()));
        ui.painter().rect_filled(bar, 0.0, theme_colors.ramp(part));
    }
}
