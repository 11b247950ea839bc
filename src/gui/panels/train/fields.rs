//! Rows of settings, and the line that says what the one under the pointer does.

use std::ops::RangeInclusive;

use eframe::egui::emath::Numeric;
use eframe::egui::{Align, Button, DragValue, Layout, Response, Ui, vec2};
use rust_i18n::t;

use crate::config::{NumberScale, Setting, TrainConfig};
use crate::gui::language::tr;
use crate::gui::state::messages::count;
use crate::gui::state::train::in_words;
use crate::gui::theme;
use crate::gui::widgets::log_track::LogTrack;
use crate::gui::widgets::{segmented, typed_number};

/// Width of the names.
const LABEL: f32 = 88.0;
/// Room that three words of a choice need.
const WIDE_CHOICE: f32 = 240.0;
/// Width of a field with a number.
const FIELD: f32 = 66.0;

/// Help of the setting under the pointer.
#[derive(Default)]
pub struct FieldHelp(Option<String>);

impl FieldHelp {
    /// A sentence, if the pointer is over a setting.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Keeps what scrolls from lying under the bar that scrolls it.
pub fn leave_room_for_bar(ui: &mut Ui) {
    ui.set_max_width(ui.available_width() - theme::GAP);
}

/// The head of a group of settings.
pub fn group(ui: &mut Ui, title: &str) {
    ui.add_space(theme::GAP);
    ui.label(theme::section(title).color(theme::colors(ui).text_strong));
}

/// A row: the name at the left, the control over the rest.
pub fn row<R>(
    ui: &mut Ui,
    hint: &mut FieldHelp,
    name: &str,
    help: &str,
    control: impl FnOnce(&mut Ui) -> R,
) -> R {
    let shown = ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL);
        ui.spacing_mut().item_spacing.x = 6.0;
        let size = vec2(LABEL, theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL);
            if !name.is_empty() {
                ui.weak(name);
            }
        });
        control(ui)
    });
    if !help.is_empty() && ui.rect_contains_pointer(shown.response.rect) {
        hint.0 = Some(help.to_owned());
    }
    shown.inner
}

/// A choice between words. Returns the one that was clicked.
pub fn choice<T: Copy + PartialEq, S: AsRef<str>>(
    ui: &mut Ui,
    current: T,
    choices: &[(T, S, S)],
) -> Option<T> {
    let choices: Vec<_> =
        choices.iter().map(|(value, name, help)| (*value, name.as_ref(), help.as_ref())).collect();
    segmented::choice(ui, current, &choices)
}

/// A choice between words that may be too many for a row: then they stand beneath their name.
pub fn choice_row<T: Copy + PartialEq, S: AsRef<str>>(
    ui: &mut Ui,
    hint: &mut FieldHelp,
    name: &str,
    help: &str,
    current: T,
    choices: &[(T, S, S)],
) -> Option<T> {
    if ui.available_width() - LABEL - 6.0 >= WIDE_CHOICE {
        return row(ui, hint, name, help, |ui| choice(ui, current, choices));
    }
    row(ui, hint, name, help, |_| ());
    ui.push_id(name, |ui| choice(ui, current, choices)).inner
}

/// A field with a number that can be dragged and typed.
pub fn number<N: Numeric>(ui: &mut Ui, name: &str, value: &mut N, range: RangeInclusive<N>) -> Response {
    let speed = (value.to_f64() / 100.0).max(0.05);
    sized(ui, name, DragValue::new(value).speed(speed).range(range))
}

/// A field with a part or a weight.
pub fn real(ui: &mut Ui, name: &str, value: &mut f64, range: RangeInclusive<f64>, speed: f64) -> Response {
    sized(ui, name, DragValue::new(value).speed(speed).range(range).max_decimals(3))
}

fn sized(ui: &mut Ui, name: &str, field: DragValue<'_>) -> Response {
    let size = vec2(FIELD, theme::CONTROL - 2.0);
    typed_number::show(ui, field, |ui, field| ui.add_sized(size, field)).accessible_name(name)
}

/// The control of a setting that is a number. Returns the number asked for, if any.
pub fn slider(ui: &mut Ui, setting: Setting, mark: Option<f64>, value: f64) -> Option<f64> {
    let number = setting.number()?;
    let (name, least) = (in_words::name(setting), number.range.least);
    let mut wanted = value;
    let wanted = match number.scale {
        NumberScale::Log { least, most, zero } => {
            return LogTrack { name: &name, least, most, zero, mark }.show(ui, value);
        }
        NumberScale::Real { most, speed } => {
            real(ui, &name, &mut wanted, least..=most, speed).changed().then_some(wanted)
        }
        NumberScale::Count { most } => {
            let mut count = value as usize;
            let changed = self::number(ui, &name, &mut count, least as usize..=most).changed();
            changed.then_some(count as f64)
        }
    };
    if !number.unit.is_empty() {
        ui.weak(tr(number.unit));
    }
    wanted
}

/// The row of a setting that is a number.
pub fn setting(ui: &mut Ui, hint: &mut FieldHelp, setting: Setting, config: &mut TrainConfig) {
    let Some(value) = setting.value(config) else { return };
    let wanted = row(ui, hint, &in_words::short_name(setting), &tr(setting.about()), |ui| {
        slider(ui, setting, None, value)
    });
    if let Some(wanted) = wanted {
        setting.set(config, wanted);
    }
}

/// The row for the steps of a run that goes on: those that are done, and more.
pub fn more_steps(ui: &mut Ui, hint: &mut FieldHelp, done: usize, more: &mut usize, most: usize) {
    let about = t!("Updates that are done already, and those to come");
    row(ui, hint, &t!("Steps"), &about, |ui| {
        ui.label(t!("%{done} done +", done = count(done)));
        number(ui, &t!("More steps"), more, 1..=most);
        ui.label(t!("more = %{all}", all = count(done.saturating_add(*more))));
    });
}

/// A button that fits beside others in a row.
pub fn small_button(ui: &mut Ui, text: &str) -> Response {
    ui.spacing_mut().button_padding.x = 7.0;
    ui.add(Button::new(text))
}
