//! The line above a plot, and the controls that all plots share.

use eframe::egui::{
    Align, Button, Color32, Label, Layout, Rect, RichText, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use super::spec::PlotSpec;
use crate::gui::state::curves::{LARGEST_FACTOR, RunQuantity};
use crate::gui::state::plot_view::PlotsView;
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::track::{Track, with_field};

/// Height of the line above a plot.
pub const HEAD: f32 = 24.0;
/// Width of the buttons there.
const BUTTONS: f32 = 72.0;
/// Room below which a unit would be nothing but dots.
const LEAST_UNIT: f32 = 24.0;
/// Width of what tells training and validation apart.
const KEY: f32 = 158.0;
/// Width of what tells several lines of a run apart.
const WIDE_KEY: f32 = 176.0;
/// Width of the control of smoothing.
const SMOOTHING: f32 = 220.0;
/// Room at which the button behind it has all its words.
const ROOMY: f32 = 180.0;

/// Shows the line above a plot. True when its numbers are wanted as a table.
pub fn head(ui: &mut Ui, rect: Rect, view: &mut PlotsView, spec: &PlotSpec<'_>) -> bool {
    let mut ui = ui.new_child(
        UiBuilder::new()
            .id_salt(("head", spec.id))
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    ui.spacing_mut().item_spacing.x = theme::GAP_SMALL + 2.0;
    let title = ui.label(theme::section(spec.title)).interact(Sense::hover());
    let mut wanted = false;
    title.on_hover_ui(|ui| definitions(ui, spec.quantities));
    let measured = |q: &&RunQuantity| q.is_measured();
    let both = (1..spec.quantities.len()).contains(&spec.quantities.iter().filter(measured).count());
    let unit = spec.quantities.first().map_or("", |quantity| quantity.about().unit);
    let unit = RichText::new(unit).small().color(theme::colors(&ui).text_weak);
    let several: Vec<RunQuantity> = spec.quantities.iter().copied().filter(|q| !q.is_measured()).collect();
    let shades = several.len() > 1;
    let buttons = match (both, shades) {
        (true, _) => KEY + BUTTONS,
        (false, true) => WIDE_KEY + BUTTONS,
        (false, false) => BUTTONS,
    };
    let room = (ui.available_width() - buttons).max(0.0);
    if room >= LEAST_UNIT {
        ui.allocate_ui(vec2(room, rect.height()), |ui| ui.add(Label::new(unit).truncate()));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().button_padding = vec2(6.0, 1.0);
        let name = format!("Save the numbers of {}…", spec.title);
        let save = Icon::Save.button_sized(ui, &name, HEAD - 4.0);
        wanted = save.on_hover_text("Save the numbers of the visible runs as a table (.csv)").clicked();
        let log = &mut view.plot(spec.id).log;
        let button = ui.add(Button::selectable(*log, RichText::new("log").small()));
        let name = format!("Logarithmic {}", spec.title);
        button.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), *log, &name));
        if button.on_hover_text("Logarithmic axis; what is 0 or less is not on it").clicked() {
            let plot = view.plot(spec.id);
            plot.log = !plot.log;
            // Places of one axis mean nothing on the other.
            plot.values = None;
        }
        if both {
            key(ui);
        } else if shades {
            let run = spec.runs.iter().find(|run| run.visible);
            key_of_shades(ui, run.map_or(theme::colors(ui).text_weak, |run| run.color), &several);
        }
    });
    wanted
}

/// Says how training and validation are told apart.
fn key(ui: &mut Ui) {
    let color = theme::colors(ui).text_weak;
    let sample = |ui: &mut Ui, dot: bool| {
        let (place, _) = ui.allocate_exact_size(vec2(16.0, HEAD), Sense::hover());
        ui.painter().hline(place.x_range(), place.center().y, Stroke::new(1.5, color));
        if dot {
            ui.painter().circle_filled(place.center(), 2.7, color);
        }
    };
    // From the right to the left.
    ui.label(RichText::new("validation").small().color(color));
    sample(ui, true);
    ui.label(RichText::new("training").small().color(color));
    sample(ui, false);
}

/// Says which shade is what.
fn key_of_shades(ui: &mut Ui, color: Color32, quantities: &[RunQuantity]) {
    // From the right to the left.
    for (which, quantity) in quantities.iter().enumerate().rev() {
        ui.label(RichText::new(quantity.about().short).small().color(theme::colors(ui).text_weak));
        let (place, _) = ui.allocate_exact_size(vec2(12.0, HEAD), Sense::hover());
        ui.painter().hline(place.x_range(), place.center().y, Stroke::new(2.0, theme::shade(color, which)));
    }
}

fn definitions(ui: &mut Ui, quantities: &[RunQuantity]) {
    for about in quantities.iter().map(|quantity| quantity.about()) {
        ui.label(theme::section(about.in_column().heading()));
        ui.label(about.help());
    }
    ui.label(RichText::new(super::navigate::HELP).color(theme::colors(ui).text_weak));
}

/// Shows what all plots share: smoothing, and the way back from a zoom.
pub fn controls(ui: &mut Ui, view: &mut PlotsView) {
    ui.horizontal(|ui| {
        ui.label("Smoothing").on_hover_text(
            "Exponential moving average of the training curves, without the bias towards its start; the \
             numbers themselves stay faint behind it. 0 shows the numbers alone. The factor is for each \
             step, or for a thousandth of what is in view where that is longer",
        );
        let (_, place) = ui.allocate_space(vec2(SMOOTHING, theme::CONTROL));
        let mut inner = ui.new_child(UiBuilder::new().id_salt("smoothing").max_rect(place));
        let track = Track {
            name: "Smoothing",
            range: 0.0..=LARGEST_FACTOR as f32,
            origin: 0.0,
            step: 0.01,
            quiet: false,
        };
        let mut factor = view.smoothing as f32;
        if with_field(&mut inner, &track, 2, "", &mut factor) {
            view.smoothing = f64::from(factor).clamp(0.0, LARGEST_FACTOR);
        }
        let whole_text = if ui.available_width() < ROOMY { "All" } else { "Show everything" };
        let whole = ui.add_enabled(!view.is_whole(), Button::new(whole_text));
        if whole.on_hover_text("Undo every zoom and follow the runs again (or double-click a plot)").clicked()
        {
            view.reset();
        }
    });
}

/// Where the plot itself is, below its head.
pub fn below(rect: Rect) -> Rect {
    Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD), rect.max)
}
