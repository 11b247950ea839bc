//! A plot of some quantities of some runs over their steps.

mod head;
mod lines;
mod navigate;
mod readout;
mod scale;
mod spec;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use eframe::egui::{Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use egui_plot::{AxisHints, Plot};
use rust_i18n::t;

use crate::gui::state::plot_view::PlotsView;
use crate::gui::theme;
use crate::gui::widgets::empty;
use crate::gui::widgets::icon::Icon;
use lines::Drawn;
use readout::Reading;
use scale::{Scale, short_step, short_value, step_marks};

pub use head::controls;
pub use spec::{Mark, Planned, PlotSpec, RunCurves};

/// Room for the numbers on the left, the same in all plots so that their steps lie beneath each other.
const LEFT: f32 = 54.0;
/// Room for the numbers beneath.
const BOTTOM: f32 = 18.0;

/// Shows a plot. Its zoom, its cursor and its axis live in `view`, which plots on one screen share: they
/// show the same steps and are read at the same step. Returns whether somebody asked for its numbers, see
/// [`table`](crate::gui::state::curves::table).
pub fn plot(ui: &mut Ui, view: &mut PlotsView, spec: &PlotSpec<'_>) -> bool {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), spec.height), Sense::hover());
    let place = head::below(rect);
    view.plot(spec.id).planned_to =
        spec.planned.iter().filter_map(|plan| Some(plan.points.last()?[0])).reduce(f64::max);
    let steps = view.steps_in_view(spec.runs.iter().filter(|run| run.visible).map(|run| run.curves));
    let drawn = lines::collect(ui, spec, &steps, view.smoothing, place.width());
    let several = spec.quantities.len() > 1;
    let read = view.cursor.as_ref().map(|cursor| readout::readings(&drawn, several, cursor.step));
    let head_place = rect.with_max_y(rect.top() + head::HEAD);
    let table_wanted = head::head(ui, head_place, view, spec, read.as_deref().unwrap_or_default());
    let scale = Scale { log: view.plot(spec.id).log };
    let fitting = lines::fitting(&drawn, spec.planned, &steps, scale);
    match view.plot(spec.id).values.clone().or(fitting) {
        Some(values) => canvas(ui, place, view, spec, (drawn, read), scale, [steps, values]),
        None => empty(ui, place, spec, drawn.is_empty()),
    }
    table_wanted
}

/// Reason why there is nothing to plot of any of these runs, with what to do, to be said once in place of all plots.
pub fn nothing_to_plot(runs: &[RunCurves<'_>]) -> Option<[Cow<'static, str>; 2]> {
    match () {
        () if runs.is_empty() => {
            Some([t!("Nothing to plot yet"), t!("Start a training run, and its numbers appear here.")])
        }
        () if runs.iter().all(|run| !run.visible) => Some([
            t!("Every run is hidden"),
            t!("Show one with the eye beside its name in the list of runs."),
        ]),
        () if runs.iter().filter(|run| run.visible).all(|run| run.curves.is_empty()) => {
            Some([t!("No numbers yet"), t!("They appear with the first training steps.")])
        }
        () => None,
    }
}

/// Says in place of all plots why there are none.
pub fn notice(ui: &mut Ui, place: Rect, [headline, help]: &[Cow<'static, str>; 2]) {
    empty::paint(ui, place, Icon::Curve, headline, help);
}

/// A plot without a background that no pointer moves.
pub(super) fn still_plot(id: &str) -> Plot<'static> {
    Plot::new(id.to_owned())
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
}

/// Axes, grid and lines, and what the pointer reads and does.
fn canvas(
    ui: &mut Ui,
    place: Rect,
    view: &mut PlotsView,
    spec: &PlotSpec<'_>,
    (drawn, read): (Vec<Drawn<'_>>, Option<Vec<Reading>>),
    scale: Scale,
    [steps, values]: [RangeInclusive<f64>; 2],
) {
    let colors = theme::colors(ui);
    let axis = |axis: AxisHints<'static>| {
        axis.tick_label_font(theme::small_font()).tick_label_color(colors.text_weak).label_spacing(1.0..=2.0)
    };
    let marks_across = f64::from((place.width() - LEFT) / 72.0).max(1.0);
    let marks_up = f64::from((place.height() - BOTTOM) / 38.0).max(1.0);
    let plot = still_plot(spec.id)
        .show_crosshair(false)
        .grid_color(colors.line)
        .grid_spacing(0.0..=1.0)
        .x_grid_spacer(move |seen| step_marks(seen.bounds.0, seen.bounds.1, marks_across))
        .y_grid_spacer(move |seen| scale.marks(seen.bounds.0, seen.bounds.1, marks_up))
        .custom_x_axes(vec![
            axis(AxisHints::new_x().formatter(|mark, _| short_step(mark.value))).min_thickness(BOTTOM),
        ])
        .custom_y_axes(vec![
            axis(AxisHints::new_y().formatter(move |mark, _| short_value(scale.value(mark.value))))
                .min_thickness(LEFT),
        ]);
    let several = spec.quantities.len() > 1;
    let step = view.cursor.as_ref().map(|cursor| cursor.step);
    let pointed = view.cursor.as_ref().is_some_and(|cursor| cursor.plot == spec.id);
    let latest = drawn.iter().filter_map(|drawn| Some(drawn.last()?[0])).reduce(f64::max);
    let spoken = match (step, &read, latest) {
        (Some(step), Some(read), _) => readout::sentence(step, read),
        (_, _, Some(latest)) => readout::sentence(latest, &readout::readings(&drawn, several, latest)),
        _ => String::new(),
    };
    let mut child = ui.new_child(UiBuilder::new().id_salt(("canvas", spec.id)).max_rect(place));
    let smoothing = view.smoothing;
    let across = [place.width(), (place.width() - LEFT) / (steps.end() - steps.start()).max(1.0) as f32];
    let shown = {
        let ui = &child.new_child(UiBuilder::new().max_rect(place));
        plot.show(&mut child, |plot| {
            plot.set_plot_bounds_x(steps);
            plot.set_plot_bounds_y(values);
            lines::draw_planned(ui, plot, spec, scale);
            lines::draw(ui, plot, drawn, scale, smoothing, across);
        })
    };
    let (response, transform) = (shown.response, shown.transform);
    let name = t!("Plot of %{quantity}", quantity = spec.title);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &*name));
    child.ctx().accesskit_node_builder(response.id, |node| node.set_value(spoken));
    let pointer = response.hover_pos().map(|pointer| pointer.x);
    readout::marks(&child, &transform, spec, pointer);
    if let (Some(step), Some(read)) = (step, read) {
        readout::paint(&child, &transform, scale, step, &read, pointed);
    }
    let hovered = response.hover_pos().map(|pointer| transform.value_from_position(pointer).x);
    let read =
        hovered.or_else(|| navigate::step_by_keys(&child, view, spec.id, &response, &transform, latest));
    if view.point_at(spec.id, read) {
        // The plots before this one have been drawn without it.
        child.ctx().request_repaint();
    }
    navigate::navigate(&child, view, spec.id, &response, &transform);
}

/// Says why there is nothing in one plot and what to do.
fn empty(ui: &mut Ui, place: Rect, spec: &PlotSpec<'_>, nothing: bool) {
    let colors = theme::colors(ui);
    let inner = place.shrink(theme::GAP_SMALL);
    ui.painter().rect_filled(inner, theme::RADIUS, colors.panel);
    let [headline, help] = match nothing {
        true => [t!("Not measured"), t!("The visible runs have no such number.")],
        false => {
            [t!("Nothing to draw"), t!("No number fits this axis. Double-click a plot to see everything.")]
        }
    };
    // Several plots may say the same.
    let child = ui.new_child(UiBuilder::new().id_salt((spec.id, "empty")).max_rect(inner));
    empty::paint(&child, inner, Icon::Curve, &headline, &help);
}
