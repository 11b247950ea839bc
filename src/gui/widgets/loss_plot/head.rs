//! The line above a plot, and the controls that all plots share.

use std::borrow::Cow;

use eframe::egui::{
    Align, Button, Color32, Galley, Label, Layout, Rect, RichText, Role, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use rust_i18n::t;

use super::readout::Reading;
use super::scale::long_value;
use super::spec::PlotSpec;
use crate::gui::language::tr;
use crate::gui::state::curves::{LARGEST_FACTOR, RunQuantity};
use crate::gui::state::plot_view::PlotsView;
use crate::gui::state::train::in_words;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{Track, with_field};

/// Height of the line above a plot.
pub const HEAD: f32 = 24.0;
/// Room below which a unit would be nothing but dots.
const LEAST_UNIT: f32 = 24.0;
/// Width of a piece of a line that says which is meant.
const SAMPLE: f32 = 16.0;
/// Room for the number of values that have none.
const MORE: f32 = 22.0;
/// Width of the control of smoothing.
const SMOOTHING: f32 = 220.0;

/// Shows the line above a plot, with the values under the pointer if there are any. True when its numbers are wanted as
/// a table.
pub fn head(ui: &mut Ui, rect: Rect, view: &mut PlotsView, spec: &PlotSpec<'_>, read: &[Reading]) -> bool {
    let mut ui = ui.new_child(
        UiBuilder::new()
            .id_salt(("head", spec.id))
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    ui.spacing_mut().item_spacing.x = theme::GAP_SMALL + 2.0;
    let colors = theme::colors(&ui);
    let title = ui.label(theme::section(spec.title).color(colors.text_strong)).interact(Sense::hover());
    title.on_hover_ui(|ui| definitions(ui, spec.quantities));
    let unit = spec.quantities.first().map_or("", |quantity| quantity.about().unit);
    let mut wanted = false;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        wanted = buttons(ui, view, spec);
        let room = ui.available_rect_before_wrap();
        if read.is_empty() {
            let left = key(ui, room, spec);
            let unit_room = room.with_max_x(left - theme::GAP);
            if !unit.is_empty() && unit_room.width() >= LEAST_UNIT {
                let label = Label::new(RichText::new(tr(unit)).small().color(colors.text_weak)).truncate();
                let layout = Layout::left_to_right(Align::Center);
                ui.new_child(UiBuilder::new().max_rect(unit_room).layout(layout)).add(label);
            }
        } else {
            values(ui, room, read);
        }
    });
    wanted
}

/// The buttons at the right end, from the right to the left. True when the numbers are wanted as a table.
fn buttons(ui: &mut Ui, view: &mut PlotsView, spec: &PlotSpec<'_>) -> bool {
    ui.spacing_mut().button_padding = vec2(6.0, 1.0);
    let name = t!("Save the numbers of %{quantity}…", quantity = spec.title);
    let save = Icon::Save.button_sized(ui, &name, HEAD - 4.0);
    let wanted = save.on_hover_text(t!("Save the numbers of the visible runs as a table (.csv)")).clicked();
    let log = view.plot(spec.id).log;
    let button = ui.add(Button::selectable(log, RichText::new("log").small()));
    let name = t!("Logarithmic %{quantity}", quantity = spec.title);
    button.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), log, &*name));
    if button.on_hover_text(t!("Logarithmic axis; what is 0 or less is not on it")).clicked() {
        let plot = view.plot(spec.id);
        plot.log = !plot.log;
        // Places of one axis mean nothing on the other.
        plot.values = None;
    }
    wanted
}

/// The values under the pointer from the right to the left, as many as there is room for: those of the run that is
/// looked at are the last to go.
fn values(ui: &Ui, room: Rect, read: &[Reading]) {
    let colors = theme::colors(ui);
    let text = |text: String, color| ui.painter().layout_no_wrap(text, theme::small_font(), color);
    let mut shown: Vec<_> =
        read.iter().map(|reading| (reading, text(long_value(reading.value), colors.text_strong))).collect();
    let width = |galley: &Galley| SAMPLE + 4.0 + galley.size().x + theme::GAP;
    let all: f32 = shown.iter().map(|(_, galley)| width(galley)).sum();
    let mut right = room.right() - theme::GAP_SMALL;
    if all > room.width() {
        let (mut taken, mut fitting) = (MORE, 0);
        for (_, galley) in &shown {
            taken += width(galley);
            fitting += usize::from(taken <= room.width());
        }
        let more = text(format!("+{}", shown.len() - fitting), colors.text_weak);
        shown.truncate(fitting);
        right -= more.size().x;
        let y = room.center().y - more.size().y / 2.0;
        ui.painter().galley(pos2(right, y), more, colors.text_weak);
        right -= theme::GAP;
    }
    for (reading, galley) in shown.into_iter().rev() {
        right -= galley.size().x;
        let y = room.center().y - galley.size().y / 2.0;
        ui.painter().galley(pos2(right, y), galley, colors.text_strong);
        right -= SAMPLE + 4.0;
        let place = Rect::from_min_size(pos2(right, room.top()), vec2(SAMPLE, room.height()));
        sample(ui, place, reading.color, reading.is_measured, reading.line_number);
        right -= theme::GAP;
    }
}

/// A piece of a line as it is drawn.
fn sample(ui: &Ui, place: Rect, color: Color32, is_measured: bool, line_number: usize) {
    let y = place.center().y;
    let stroke = Stroke::new(2.0, color);
    let pieces: &[(f32, f32)] = match line_number {
        0 => &[(0.0, 1.0)],
        1 => &[(0.0, 0.4), (0.6, 1.0)],
        _ => &[(0.0, 0.16), (0.28, 0.44), (0.56, 0.72), (0.84, 1.0)],
    };
    for (from, to) in pieces {
        let x = |part: f32| place.left() + place.width() * part;
        ui.painter().hline(x(*from)..=x(*to), y, stroke);
    }
    if is_measured {
        ui.painter().circle_filled(place.center(), 3.0, color);
    }
}

/// Says what tells the lines of a run apart, if there are several, from the right to the left. Returns the left end.
fn key(ui: &Ui, room: Rect, spec: &PlotSpec<'_>) -> f32 {
    let colors = theme::colors(ui);
    let of_steps: Vec<_> = spec.quantities.iter().filter(|quantity| !quantity.is_measured()).collect();
    let measured = spec.quantities.len() > of_steps.len();
    let lines: Vec<(Cow<'_, str>, bool, usize)> = match (measured, of_steps.len()) {
        (true, 1..) => vec![(t!("training"), false, 0), (t!("validation"), true, 0)],
        (false, 2..) => {
            let named = of_steps.iter().enumerate();
            named.map(|(number, quantity)| (tr(quantity.about().short), false, number)).collect()
        }
        _ => Vec::new(),
    };
    let galleys: Vec<_> = (lines.into_iter())
        .map(|(text, is_measured, number)| {
            let galley =
                ui.painter().layout_no_wrap(text.into_owned(), theme::small_font(), colors.text_weak);
            (galley, is_measured, number)
        })
        .collect();
    let width: f32 = galleys.iter().map(|(galley, ..)| SAMPLE + 4.0 + galley.size().x + theme::GAP).sum();
    let mut right = room.right() - theme::GAP_SMALL;
    if width > room.width() {
        return right;
    }
    for (galley, is_measured, number) in galleys.into_iter().rev() {
        right -= galley.size().x;
        let y = room.center().y - galley.size().y / 2.0;
        ui.painter().galley(pos2(right, y), galley, colors.text_weak);
        right -= SAMPLE + 4.0;
        let place = Rect::from_min_size(pos2(right, room.top()), vec2(SAMPLE, room.height()));
        sample(ui, place, colors.text_weak, is_measured, number);
        right -= theme::GAP;
    }
    right
}

fn definitions(ui: &mut Ui, quantities: &[RunQuantity]) {
    for about in quantities.iter().map(|quantity| quantity.about()) {
        let title = in_words::title(about);
        let title = if about.unit.is_empty() { title } else { format!("{title} ({})", tr(about.unit)) };
        ui.label(theme::section(title));
        ui.label(in_words::help(about));
    }
    ui.label(RichText::new(super::navigate::help()).color(theme::colors(ui).text_weak));
}

/// Shows what all plots share: smoothing, and the way back from a zoom.
pub fn controls(ui: &mut Ui, view: &mut PlotsView) {
    ui.horizontal(|ui| {
        ui.label(t!("Smoothing")).on_hover_text(t!(
            "Exponential moving average of the training curves, without the bias towards its start; the numbers \
             themselves stay faint behind it. 0 shows the numbers alone. The factor is for each step, or for a \
             thousandth of what is in view where that is longer"
        ));
        let (_, place) = ui.allocate_space(vec2(SMOOTHING, theme::CONTROL));
        let mut inner = ui.new_child(UiBuilder::new().id_salt("smoothing").max_rect(place));
        let name = t!("Smoothing");
        let track =
            Track { name: &name, range: 0.0..=LARGEST_FACTOR as f32, origin: 0.0, step: 0.01, quiet: false };
        let mut factor = view.smoothing as f32;
        if with_field(&mut inner, &track, 2, "", &mut factor) {
            view.smoothing = f64::from(factor).clamp(0.0, LARGEST_FACTOR);
        }
        let whole = ui.add_enabled(!view.is_whole(), Button::new(t!("Reset zoom")));
        let help = t!("Undo every zoom and follow the runs again (or double-click a plot)");
        if whole.on_hover_text(help).on_disabled_hover_text(super::navigate::help()).clicked() {
            view.reset();
        }
    });
}

/// Where the plot itself is, below its head.
pub fn below(rect: Rect) -> Rect {
    Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD), rect.max)
}
