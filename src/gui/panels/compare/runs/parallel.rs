//! Parallel coordinates: an axis for each setting and quantity, a line for each run.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Color32, CursorIcon, EventFilter, Id, Key, Modifiers, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use super::hues;
use super::scatter::{readings, shortened};
use crate::gui::quantity_words::{self, minus};
use crate::gui::state::compare::runs::shown::{ColumnId, ShownRuns};
use crate::gui::theme;

/// Height of the names of the axes.
const NAMES: f32 = 36.0;
/// Narrowest distance of two axes.
const NARROWEST: f32 = 92.0;
/// Distance of the outer axes from the edges.
const MARGIN: f32 = 40.0;
/// Width around an axis that can be dragged on.
const GRIP: f32 = 26.0;
/// Distance from which a line is meant.
const NEAR: f32 = 7.0;

/// An axis on the screen.
struct Axis {
    id: ColumnId,
    x: f32,
    line: Rect,
}

/// Shows the axes and the lines.
pub fn show(ui: &mut Ui, shown: &mut ShownRuns, height: f32, hovered: &mut Option<usize>) {
    let count = shown.axes().count();
    if count < 2 {
        ui.weak(t!("Tick at least two settings or results at the left"));
        return;
    }
    let least = 2.0 * MARGIN + (count - 1) as f32 * NARROWEST;
    let width = ui.available_width().max(least);
    ScrollArea::horizontal().id_salt("axes").show(ui, |ui| {
        // By keys a run is chosen in the table.
        let (whole, response) = ui.allocate_exact_size(vec2(width, height), Sense::CLICK);
        let words = t!("Parallel coordinates of %{n} runs", n = shown.set.runs.len());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        let axes = places(shown, whole);
        // The grips of the axes lie over the lines.
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|_| response.contains_pointer());
        let pointed = pointer.and_then(|pointer| nearest(shown, &axes, pointer));
        lines(ui, shown, &axes, pointed.or(shown.hovered));
        for axis in &axes {
            names_and_marks(ui, shown, axis, (width - 2.0 * MARGIN) / (count - 1) as f32);
        }
        let mut clicked = response.clicked().then_some(pointed).flatten();
        for axis in &axes {
            clicked = filter(ui, shown, axis, pointed).or(clicked);
        }
        if let Some(run) = pointed {
            *hovered = Some(run);
            response
                .on_hover_cursor(CursorIcon::PointingHand)
                .on_hover_ui_at_pointer(|ui| readings(ui, shown, run));
        }
        if clicked.is_some() {
            shown.selected = clicked;
        }
    });
}

fn places(shown: &ShownRuns, whole: Rect) -> Vec<Axis> {
    let last = (shown.axes().count() - 1) as f32;
    let y = whole.top() + NAMES..=whole.bottom() - 10.0;
    let axis = |(at, id): (usize, ColumnId)| {
        let x = whole.left() + MARGIN + at as f32 / last * (whole.width() - 2.0 * MARGIN);
        Axis { id, x, line: Rect::from_x_y_ranges(x..=x, y.clone()) }
    };
    shown.axes().map(|column| column.id()).enumerate().map(axis).collect()
}

/// The points of a run's line; none where it has no value.
fn points(shown: &ShownRuns, axes: &[Axis], run: usize) -> Vec<Option<Pos2>> {
    let point = |axis: &Axis| {
        let place = shown.column(axis.id)?.place(run)?;
        Some(pos2(axis.x, axis.line.bottom() - place * axis.line.height()))
    };
    axes.iter().map(point).collect()
}

/// The run whose line is nearest to the pointer, if one is near.
fn nearest(shown: &ShownRuns, axes: &[Axis], pointer: Pos2) -> Option<usize> {
    let distance = |run: usize| {
        let points = points(shown, axes, run);
        let parts = points.windows(2).filter_map(|pair| Some(distance_to(pointer, pair[0]?, pair[1]?)));
        parts.fold(f32::INFINITY, f32::min)
    };
    let runs = shown.passing().map(|run| (run, distance(run)));
    runs.filter(|(_, d)| *d < NEAR).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(run, _)| run)
}

/// Distance of a point to the line from `a` to `b`.
fn distance_to(point: Pos2, a: Pos2, b: Pos2) -> f32 {
    let (along, to) = (b - a, point - a);
    let part = (to.dot(along) / along.length_sq().max(1e-6)).clamp(0.0, 1.0);
    (to - along * part).length()
}

fn lines(ui: &Ui, shown: &ShownRuns, axes: &[Axis], hovered: Option<usize>) {
    let colors = theme::colors(ui);
    let draw = |run: usize, width: f32, color: Color32| {
        for part in points(shown, axes, run).windows(2) {
            if let [Some(a), Some(b)] = part {
                ui.painter().line_segment([*a, *b], Stroke::new(width, color));
            }
        }
    };
    let faint = colors.line;
    for run in (0..shown.set.runs.len()).filter(|run| !shown.passes(*run)) {
        draw(run, 1.0, faint);
    }
    let in_front = |run: &usize| hovered == Some(*run) || shown.selected == Some(*run);
    for run in shown.passing().filter(|run| !in_front(run)) {
        let color = hues::color(ui, shown, run);
        // Beside one that is meant the others step back.
        draw(
            run,
            1.5,
            if hovered.is_some() { color.gamma_multiply(0.35) } else { color.gamma_multiply(0.85) },
        );
    }
    for run in shown.passing().filter(in_front) {
        let color = hues::color(ui, shown, run);
        draw(run, 3.0, color);
        if shown.selected == Some(run) {
            for at in points(shown, axes, run).into_iter().flatten() {
                ui.painter().circle(at, 4.5, color, Stroke::new(1.5, colors.text_strong));
            }
        }
    }
}

fn names_and_marks(ui: &Ui, shown: &ShownRuns, axis: &Axis, room: f32) {
    let Some(column) = shown.column(axis.id) else { return };
    let colors = theme::colors(ui);
    let painter = ui.painter();
    painter.line_segment(
        [axis.line.center_top(), axis.line.center_bottom()],
        Stroke::new(1.0, colors.text_weak),
    );
    let color = if column.is_setting { colors.text_strong } else { colors.text };
    let arrow = column.about.better.map(|better| format!(" {}", better.arrow())).unwrap_or_default();
    let name = format!("{}{arrow}", quantity_words::short_title(&column.about));
    let mut job = LayoutJob::simple(name.clone(), theme::small_font(), color, room - 8.0);
    job.wrap = TextWrapping { max_width: room - 8.0, max_rows: 2, ..TextWrapping::default() };
    job.halign = eframe::egui::Align::Center;
    let galley = painter.layout_job(job);
    let bottom = axis.line.top() - 8.0;
    painter.galley(pos2(axis.x, bottom - galley.size().y), galley, color);
    let head = Rect::from_min_max(
        pos2(axis.x - room / 2.0 + 4.0, axis.line.top() - NAMES),
        pos2(axis.x + room / 2.0 - 4.0, bottom),
    );
    let response = ui.interact(head, ui.scope_id().with(("axis", axis.id)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(format!(
        "{}. {}",
        quantity_words::title(&column.about),
        quantity_words::help(&column.about)
    ));
    let mut free = f32::INFINITY;
    for (place, word) in column.scale.marks(&column.cells) {
        let y = axis.line.bottom() - place * axis.line.height();
        painter.hline(axis.x - 3.0..=axis.x + 3.0, y, Stroke::new(1.0, colors.text_weak));
        if y < free {
            free = y - 13.0;
            let word = shortened(minus(word), ((room - 16.0) / 6.5).max(4.0) as usize);
            let galley = painter.layout_no_wrap(word, theme::small_font(), colors.text_weak);
            let at = pos2(axis.x + 6.0, y - galley.size().y / 2.0);
            // Lines run behind the words.
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(2.0, -1.0));
            painter.rect_filled(ground, theme::RADIUS_SMALL, colors.panel.gamma_multiply(0.8));
            painter.galley(at, galley, colors.text_weak);
        }
    }
}

/// The part of an axis that runs have to lie in, to be dragged. Returns a run that was clicked through it.
fn filter(ui: &mut Ui, shown: &mut ShownRuns, axis: &Axis, pointed: Option<usize>) -> Option<usize> {
    let colors = theme::colors(ui);
    let rect = axis.line.expand2(vec2(GRIP / 2.0, 6.0));
    let id = ui.scope_id().with(("filter", axis.id));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let title = shown.column(axis.id).map(|column| quantity_words::title(&column.about)).unwrap_or_default();
    let filtered = shown.filters.contains_key(axis.id);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, filtered, t!("Filter by %{name}", name = title))
    });
    let place = |at: Pos2| ((axis.line.bottom() - at.y) / axis.line.height()).clamp(0.0, 1.0);
    let begun: Id = id.with("begun");
    let mut clicked = None;
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin())
    {
        ui.data_mut(|data| data.insert_temp(begun, place(at)));
    }
    if response.dragged()
        && let (Some(at), Some(from)) =
            (response.interact_pointer_pos(), ui.data(|data| data.get_temp::<f32>(begun)))
    {
        shown.filter(axis.id, from, place(at));
    } else if response.clicked() {
        match filtered {
            true => drop(shown.filters.remove(axis.id)),
            false => clicked = pointed,
        }
    }
    if response.has_focus() {
        filter_by_keys(ui, shown, axis.id, id);
    }
    if let Some(part) = shown.filters.get(axis.id) {
        let y = |place: &f32| axis.line.bottom() - place * axis.line.height();
        let kept = Rect::from_x_y_ranges(axis.x - 6.0..=axis.x + 6.0, y(part.end())..=y(part.start()));
        ui.painter().rect(
            kept,
            3,
            colors.accent.gamma_multiply(0.28),
            Stroke::new(1.0, colors.accent),
            StrokeKind::Inside,
        );
    } else if response.hovered() {
        let ground =
            Shape::rect_filled(axis.line.expand2(vec2(6.0, 0.0)), 3, colors.accent.gamma_multiply(0.12));
        ui.painter().add(ground);
    }
    response.on_hover_cursor(CursorIcon::ResizeVertical);
    clicked
}

/// Narrows the part of an axis by the arrows: up leaves the lowest out, down the highest.
fn filter_by_keys(ui: &Ui, shown: &mut ShownRuns, axis: ColumnId, focus: Id) {
    const STEP: f32 = 0.1;
    let keys = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focus, keys));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (from, to) = shown.filters.get(axis).map_or((0.0, 1.0), |part| (*part.start(), *part.end()));
    if pressed(Key::ArrowUp) {
        shown.filter(axis, (from + STEP).min(to - STEP), to);
    } else if pressed(Key::ArrowDown) {
        shown.filter(axis, from, (to - STEP).max(from + STEP));
    }
}
