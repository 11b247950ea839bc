//! A point for each run, one setting or quantity against another.

use eframe::egui::{Align2, CursorIcon, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use rust_i18n::t;

use super::hues;
use crate::gui::quantity_words::{self, minus};
use crate::gui::state::compare::runs::shown::{RunColumn, ShownRuns};
use crate::gui::theme;

/// Room for the numbers of the vertical axis.
const LEFT: f32 = 62.0;
/// Room for those of the horizontal one.
const BOTTOM: f32 = 24.0;
/// Distance of the outermost points from the axes.
const INSET: f32 = 16.0;
const RADIUS: f32 = 5.0;

/// Shows the choice of axes and the points.
pub fn show(ui: &mut Ui, shown: &mut ShownRuns, height: f32, hovered: &mut Option<usize>) {
    let weak = theme::colors(ui).text_weak;
    ui.horizontal_wrapped(|ui| {
        if let Some(id) = hues::column_list(ui, &t!("Vertical axis"), shown, Some(shown.y)) {
            shown.y = id;
        }
        ui.colored_label(weak, t!("over"));
        if let Some(id) = hues::column_list(ui, &t!("Horizontal axis"), shown, Some(shown.x)) {
            shown.x = id;
        }
    });
    let (Some(x), Some(y)) = (shown.column(shown.x), shown.column(shown.y)) else { return };
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let area = Rect::from_min_max(whole.min + vec2(LEFT, 6.0), whole.max - vec2(6.0, BOTTOM));
    axes(ui, area, x, y);
    let mut chosen = None;
    for run in 0..shown.set.runs.len() {
        let Some(at) = x.place(run).zip(y.place(run)).map(|(x, y)| place(area, x, y)) else { continue };
        let passes = shown.passes(run);
        let color = hues::color(ui, shown, run);
        if !passes {
            ui.painter().circle_filled(at, RADIUS - 2.0, color.gamma_multiply(0.25));
            continue;
        }
        let name = &shown.set.runs[run].name;
        let target = Rect::from_center_size(at, vec2(16.0, 16.0));
        // By keys a run is chosen in the table.
        let response = ui.interact(target, ui.scope_id().with(("point", name)), Sense::CLICK);
        let selected = shown.selected == Some(run);
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, selected, t!("Point of %{name}", name = name))
        });
        let near = response.hovered() || shown.hovered == Some(run);
        ui.painter().circle_filled(at, if near { RADIUS + 2.0 } else { RADIUS }, color);
        if selected || near {
            let ring = Stroke::new(if selected { 2.0 } else { 1.0 }, theme::colors(ui).text_strong);
            ui.painter().circle_stroke(at, RADIUS + 3.0, ring);
        }
        if response.hovered() {
            *hovered = Some(run);
        }
        if response
            .on_hover_cursor(CursorIcon::PointingHand)
            .on_hover_ui(|ui| readings(ui, shown, run))
            .clicked()
        {
            chosen = Some(run);
        }
    }
    if chosen.is_some() {
        shown.selected = chosen;
    }
}

/// Settings of a run and what came of it, for the pointer.
pub fn readings(ui: &mut Ui, shown: &ShownRuns, run: usize) {
    ui.label(theme::semibold(&shown.set.runs[run].name, 13.0));
    for column in shown.axes().filter(|column| column.place(run).is_some()) {
        ui.label(format!("{}  {}", quantity_words::title(&column.about), column.reading(run)));
    }
}

fn place(area: Rect, x: f32, y: f32) -> Pos2 {
    let inner = area.shrink(INSET);
    pos2(inner.left() + x * inner.width(), inner.bottom() - y * inner.height())
}

fn axes(ui: &Ui, area: Rect, x: &RunColumn, y: &RunColumn) {
    let colors = theme::colors(ui);
    let line = Stroke::new(1.0, colors.line);
    let painter = ui.painter();
    let mut free = f32::NEG_INFINITY;
    for (at, word) in x.scale.marks(&x.cells) {
        let across = place(area, at, 0.0).x;
        painter.vline(across, area.y_range(), line);
        let text = painter.layout_no_wrap(minus(word), theme::small_font(), colors.text_weak);
        let left = (across - text.size().x / 2.0).min(area.right() - text.size().x);
        // Words that lie close would lie on each other.
        if left > free {
            free = left + text.size().x + 6.0;
            painter.galley(pos2(left, area.bottom() + 5.0), text, colors.text_weak);
        }
    }
    let mut free = f32::INFINITY;
    for (at, word) in y.scale.marks(&y.cells) {
        let down = place(area, 0.0, at).y;
        painter.hline(area.x_range(), down, line);
        if down < free {
            free = down - 13.0;
            let word = shortened(minus(word), 9);
            painter.text(
                pos2(area.left() - 6.0, down),
                Align2::RIGHT_CENTER,
                word,
                theme::small_font(),
                colors.text_weak,
            );
        }
    }
}

/// At most so many letters.
pub fn shortened(text: String, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text;
    }
    text.chars().take(letters.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
