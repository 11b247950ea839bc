//! The head of the middle: which run is in front, where it stands, what can be done with it.

use eframe::egui::{
    Align, Align2, Button, Label, Layout, Rect, Response, RichText, Sense, Ui, WidgetInfo, vec2,
};

use super::level::level_color;
use crate::config::{Adjustment, ModelKind, Side};
use crate::gui::panels::is_compact;
use crate::gui::state::State;
use crate::gui::state::curves::RunQuantity;
use crate::gui::state::messages::{count, time_left};
use crate::gui::state::train::View;
use crate::gui::state::train::diagnosis::sentence;
use crate::gui::state::train::run::{Phase, Run};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::log_track::short;
use crate::gui::widgets::segmented;
use crate::table::Digits;
use crate::worker::protocol::Control;

/// Height of a tile.
const TILE: f32 = 44.0;
/// Narrowest a tile gets.
const NARROWEST: f32 = 92.0;

/// Shows the head.
pub fn show(ui: &mut Ui, state: &mut State) {
    title(ui, state);
    ui.horizontal(|ui| {
        let compact = is_compact(ui) || ui.available_width() < 720.0;
        ui.spacing_mut().item_spacing.x = if compact { 1.0 } else { theme::GAP_SMALL };
        buttons(ui, state, compact);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| views(ui, state));
    });
}

fn views(ui: &mut Ui, state: &mut State) {
    let views = [
        (View::Curves, "Curves", "Numbers over the steps"),
        (View::Pictures, "Pictures", "Photos, reconstructions and samples as the run goes on"),
        (View::Collapse, "Collapse", "What the codes carry, dimension by dimension"),
    ];
    let config = state.train.run().and_then(Run::config);
    let encoder = config.is_none_or(|config| config.model.kind.has_encoder());
    let views = if encoder { &views[..] } else { &views[..2] };
    if let Some(view) = segmented::choice(ui, state.train.shown_view(), views) {
        state.train.view = view;
    }
}

fn title(ui: &mut Ui, state: &State) {
    let Some(run) = state.train.run() else { return };
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, theme::CONTROL), Sense::hover());
        ui.painter().circle_filled(rect.center(), 6.0, theme::run_color(ui, run.color));
        ui.add(Label::new(RichText::new(run.name()).heading()).truncate());
        ui.add(Label::new(RichText::new(status_text(run)).weak()).truncate());
    });
}

/// Where a run stands, in a line.
fn status_text(run: &Run) -> String {
    let steps = format!("step {} of {}", count(run.step), count(run.steps()));
    if run.stopping {
        return format!("{steps} · saving and stopping…");
    }
    match &run.phase {
        Phase::Reading => "reading its past…".into(),
        Phase::Queued => "waits until the job before it is over".into(),
        Phase::Preparing { what, .. } => format!("{}…", what.to_lowercase()),
        Phase::Training => {
            let left = run.latest.map(|step| time_left(step.seconds_left)).unwrap_or_default();
            let left = if left.is_empty() { left } else { format!(" · {left}") };
            format!("{steps}{left}")
        }
        Phase::Held => format!("{steps} · held"),
        Phase::Done => format!("{steps} · done"),
        Phase::Stopped => format!("{steps} · stopped"),
        Phase::Failed(message) => format!("{steps} · {message}"),
    }
}

/// A button that says why it is grey.
fn tool(ui: &mut Ui, icon: Icon, text: &str, compact: bool, enabled: bool, help: &str, why: &str) -> bool {
    let show = |ui: &mut Ui| -> Response {
        if compact { icon.button_sized(ui, text, 24.0) } else { icon.button_with_text(ui, text) }
    };
    let response = ui.add_enabled_ui(enabled, show).inner;
    let words = if compact { format!("{text}. {help}") } else { help.to_owned() };
    response.on_hover_text(words).on_disabled_hover_text(why).clicked()
}

fn buttons(ui: &mut Ui, state: &mut State, compact: bool) {
    let Some(run) = state.train.run() else { return };
    let (key, live, saved) = (run.key, run.is_live(), run.saved_step.is_some());
    let held = run.phase == Phase::Held;
    let adversarial = run.config().is_some_and(|config| config.model.kind.is_adversarial());
    let under_way = run.job.is_some();
    let (stopping, resumable, queued) = (run.stopping, run.can_resume(), run.phase == Phase::Queued);
    let not_yet = "The run has not begun to train";
    if under_way {
        let (icon, text, control, help) = if held {
            (Icon::Play, "Continue", Control::Continue, "Let the run go on")
        } else {
            (Icon::Pause, "Pause", Control::Pause, "Hold the run before its next step")
        };
        if tool(ui, icon, text, compact, live, help, not_yet) {
            state.control(key, control);
        }
        let why = if live { "Pause the run first" } else { not_yet };
        if tool(ui, Icon::Step, "Step", compact, live && held, "Do one step and hold again", why) {
            state.control(key, Control::StepOnce);
        }
        if adversarial && held {
            for side in [Side::Generator, Side::Discriminator] {
                let (text, help) = match side {
                    Side::Generator => ("Step G", "Move the generator alone by one update and hold again"),
                    Side::Discriminator => {
                        ("Step D", "Move the discriminator alone by one update and hold again")
                    }
                };
                if ui.add_enabled(live, Button::new(text)).on_hover_text(help).clicked() {
                    state.control(key, Control::Adjust(Adjustment::Only(side)));
                    state.control(key, Control::StepOnce);
                }
            }
        }
        if tool(ui, Icon::Save, "Save", compact, live, "Write a checkpoint now", not_yet) {
            state.control(key, Control::Save);
        }
        let (text, help) = match queued {
            true => ("Cancel", "Take it out of the queue"),
            false => ("Stop", "Save the run and end it; it can go on later"),
        };
        if tool(ui, Icon::Stop, text, compact, !stopping, help, "It is stopping already") {
            state.stop_run(key);
        }
    } else {
        let why =
            if saved { "The run has done all its steps" } else { "There is no checkpoint to go on from" };
        if tool(ui, Icon::Play, "Resume", compact, resumable, "Go on from the last checkpoint", why) {
            state.resume_run(key);
        }
    }
    let why = "There is no checkpoint yet; save one first";
    let help = "Begin another run from the last checkpoint, with other settings";
    if tool(ui, Icon::Fork, "Fork…", compact, saved, help, why) {
        state.set_up_fork(key);
    }
    if tool(ui, Icon::Sliders, "Explore", compact, saved, "Open the last checkpoint on Explore", why) {
        state.explore_run(key);
    }
}

/// The numbers of the last step, side by side.
pub fn tiles(ui: &mut Ui, run: &Run) {
    let numbers = numbers(run);
    let gap = 6.0;
    let fitting =
        (((ui.available_width() + gap) / (NARROWEST + gap)) as usize).clamp(1, numbers.len().max(1));
    let width = (ui.available_width() - gap * (fitting - 1) as f32) / fitting as f32;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for (name, value, help) in numbers.into_iter().take(fitting) {
            tile(ui, width, &name, &value, &help);
        }
    });
}

/// Diagnosis of the code space, in a sentence.
pub fn diagnosis(ui: &mut Ui, run: &Run) {
    let Some(config) = run.config().filter(|config| config.model.kind.is_variational()) else { return };
    if run.insight.last().is_none() {
        return;
    }
    let diagnosis = sentence(run.insight.readings(), config);
    let colors = theme::colors(ui);
    let color = level_color(diagnosis.level, colors);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 18.0), Sense::hover());
        ui.painter().circle_filled(rect.center(), 4.0, color);
        ui.add(Label::new(&diagnosis.sentence).truncate()).on_hover_text(&diagnosis.advice);
    });
}

fn tile(ui: &mut Ui, width: f32, name: &str, value: &str, help: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, TILE), Sense::hover());
    let words = format!("{name} {value}");
    response.widget_info(|| WidgetInfo::labeled(eframe::egui::Role::Label, true, &words));
    let colors = theme::colors(ui);
    ui.painter().rect_filled(rect, theme::RADIUS_SMALL, colors.panel);
    let inner = Rect::from_min_max(rect.min + vec2(10.0, 6.0), rect.max);
    let painter = ui.painter().with_clip_rect(rect);
    painter.text(inner.min, Align2::LEFT_TOP, name, theme::small_font(), colors.text_weak);
    let at = inner.min + vec2(0.0, 14.0);
    painter.text(at, Align2::LEFT_TOP, value, theme::semibold_font(15.0), colors.text_strong);
    response.on_hover_text(help);
}

/// Name, value and definition of a number.
type Tile = (String, String, String);

/// The most telling first.
fn numbers(run: &Run) -> Vec<Tile> {
    use RunQuantity::*;
    let config = run.config();
    let kind = config.map(|config| config.model.kind);
    let mut numbers = Vec::new();
    if let Some(terms) = run.latest.and_then(|step| step.adversarial) {
        let help = "nats, mean over the batch; 0.69 is a draw between the two";
        let discriminator = digits(0.5 * (terms.real + terms.fake));
        let named = |quantity: RunQuantity| {
            let (_, value, help) = number(run, quantity);
            (quantity.about().title(), value, help)
        };
        numbers.push(named(GeneratorLoss));
        numbers.push(("Discriminator loss".to_owned(), discriminator, help.to_owned()));
        numbers.extend([named(DReal), named(DFake)]);
    }
    if kind.is_none_or(ModelKind::has_encoder) {
        numbers.extend([Loss, Re, ValidationRe].map(|quantity| number(run, quantity)));
    }
    if kind.is_some_and(ModelKind::is_variational) {
        numbers.push(number(run, Kl));
        let active = run.insight.last().and_then(|reading| reading.active_units);
        let dims = config.map_or(0, |config| config.model.latent_dim);
        let active = active.map_or_else(|| "–".to_owned(), |active| format!("{active} of {dims}"));
        let (name, _, help) = number(run, ActiveUnits);
        numbers.push((name, active, help));
    }
    if run.latest.is_some_and(|step| step.sparsity.is_some()) {
        numbers.extend([MeanActivity, InactiveShare].map(|quantity| number(run, quantity)));
    }
    numbers.extend([ImagesPerSecond, GradientNorm].map(|quantity| number(run, quantity)));
    numbers
}

/// A quantity as it was told last.
fn number(run: &Run, quantity: RunQuantity) -> Tile {
    let about = quantity.about();
    let step = run.latest.and_then(|step| quantity.of_step(&step));
    let value = step.or_else(|| quantity.of_validation(&run.validation?));
    let shown = match (about.digits, value) {
        (Digits::Significant, Some(value)) => digits(value),
        _ => about.brief(value),
    };
    (about.short_title(), shown, about.help())
}

fn digits(value: f64) -> String {
    if value.abs() >= 100.0 && value.abs() < 1e5 { format!("{value:.0}") } else { short(value) }
}
