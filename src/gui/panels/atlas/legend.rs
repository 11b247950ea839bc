//! The meaning of the colours on the map: what colours stand for, how many points have each, and what is hidden.

use eframe::egui::{
    Align2, ComboBox, CursorIcon, Frame, Margin, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use crate::gui::map::coloring::{ColorClass, Legend, MapColors};
use crate::gui::state::messages::count;
use crate::gui::theme;
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
        let combo =
            ComboBox::from_id_salt("color by").width(WIDTH).selected_text(current.unwrap_or("one colour"));
        let combo = combo.show_ui(ui, |ui| {
            for name in names {
                if ui.selectable_label(current == Some(name.as_str()), name).clicked() {
                    wish = Some(LegendWish::Color(Some(name.clone())));
                }
            }
            if ui.selectable_label(current.is_none(), "one colour").clicked() {
                wish = Some(LegendWish::Color(None));
            }
        });
        let help = if about.is_empty() { "Column that points are coloured by" } else { about };
        combo.response.accessible_name("Colour by").on_hover_text(help);
        match colors.legend() {
            Legend::Plain => (),
            Legend::Classes(entries) => {
                for entry in entries.iter().take(LINES) {
                    let color = colors.color(entry.class, theme_colors);
                    if class(ui, (&entry.label, entry.count), color, hidden.contains(&entry.class)) {
                        wish = Some(LegendWish::Toggle(entry.class));
                    }
                }
                if entries.len() > LINES {
                    ui.weak(format!("and {} more", entries.len() - LINES));
                }
            }
            Legend::Range { range, bins, unknown } => {
                bars(ui, bins);
                ui.horizontal(|ui| {
                    ui.label(RichText::new(shown(*range.start())).font(theme::small_font()));
                    ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                        ui.label(RichText::new(shown(*range.end())).font(theme::small_font()));
                    });
                });
                if *unknown > 0 {
                    ui.label(
                        RichText::new(format!("{} without a value, grey", count(*unknown)))
                            .font(theme::small_font()),
                    );
                }
            }
        }
    });
    wish
}

/// A class with its colour, name and number; a click hides it.
fn class(ui: &mut Ui, (label, n): (&str, usize), color: eframe::egui::Color32, hidden: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, !hidden, label));
    let colors = theme::colors(ui);
    let dot = pos2(rect.left() + 6.0, rect.center().y);
    match hidden {
        true => drop(ui.painter().circle_stroke(dot, 4.0, eframe::egui::Stroke::new(1.0, color))),
        false => drop(ui.painter().circle_filled(dot, 4.5, color)),
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
    let at = pos2(rect.left() + 16.0, rect.center().y);
    let painter = ui.painter().with_clip_rect(room);
    painter.text(at, Align2::LEFT_CENTER, label, theme::small_font(), text);
    let help = if hidden { "Show these points" } else { "Hide these points" };
    response.on_hover_text(format!("{label}: {help}")).on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Numbers of points over a range, as bars in the colours of the map.
fn bars(ui: &mut Ui, bins: &[usize]) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BARS), Sense::hover());
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
