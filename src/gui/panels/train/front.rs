//! The head of the middle: which run is in front, where it stands, what can be done with it.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align, Align2, Button, Frame, Label, Layout, Margin, Rect, Response, RichText, Sense, Ui, WidgetInfo,
    vec2,
};

use rust_i18n::t;

use super::fields::choice;
use super::level::level_color;
use crate::config::{Adjustment, ModelKind, Side};
use crate::gui::panels::is_compact;
use crate::gui::state::State;
use crate::gui::state::curves::RunQuantity;
use crate::gui::state::messages::{count, time_left};
use crate::gui::state::train::diagnosis::sentence;
use crate::gui::state::train::run::{Phase, Run};
use crate::gui::state::train::{View, in_words};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::log_track::short;
use crate::gui::widgets::{middle_cut, track};
use crate::table::Digits;
use crate::worker::protocol::Control;

/// Height of a tile.
const TILE: f32 = 44.0;
/// Narrowest a tile gets.
const NARROWEST: f32 = 92.0;
/// Least room for the name of a run.
const LEAST_NAME: f32 = 140.0;

/// Shows the head.
pub fn show(ui: &mut Ui, state: &mut State) {
    title(ui, state);
    ui.horizontal(|ui| {
        // A run that is over has fewer of them.
        let room = if state.train.run().is_some_and(|run| run.job.is_some()) { 720.0 } else { 590.0 };
        let compact = is_compact(ui) || ui.available_width() < room;
        ui.spacing_mut().item_spacing.x = if compact { 1.0 } else { theme::GAP_SMALL };
        buttons(ui, state, compact);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| views(ui, state));
    });
}

fn views(ui: &mut Ui, state: &mut State) {
    let views = [
        (View::Curves, t!("Curves"), t!("Numbers over the steps")),
        (View::Pictures, t!("Pictures"), t!("Photos, reconstructions and samples as the run goes on")),
        (View::Collapse, t!("Collapse"), t!("What the codes carry, dimension by dimension")),
    ];
    let config = state.train.run().and_then(Run::config);
    let encoder = config.is_none_or(|config| config.model.kind.has_encoder());
    let views = if encoder { &views[..] } else { &views[..2] };
    if let Some(view) = choice(ui, state.train.shown_view(), views) {
        state.train.view = view;
    }
}

fn title(ui: &mut Ui, state: &State) {
    let Some(run) = state.train.run() else { return };
    ui.horizontal(|ui| {
        let colors = theme::colors(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, theme::CONTROL), Sense::hover());
        ui.painter().circle_filled(rect.center(), 6.0, theme::run_color(ui, run.color));
        let (name, status) = (run.name(), status_text(run));
        let status_width = {
            let galley = ui.painter().layout_no_wrap(status.clone(), theme::body_font(), colors.text_weak);
            galley.size().x + ui.spacing().item_spacing.x
        };
        let font = theme::semibold_font(17.0);
        let room = (ui.available_width() - status_width).max(LEAST_NAME);
        let shown = middle_cut::fitted(ui, &name, &font, room);
        let label = ui.add(Label::new(RichText::new(&shown).heading().color(colors.text_strong)).extend());
        if shown != name {
            label.on_hover_text(&name);
        }
        ui.add(Label::new(RichText::new(&status).weak()).truncate());
    });
}

/// Says why a run has failed, in whole sentences.
pub fn failure(ui: &mut Ui, run: &Run) {
    let Phase::Failed(message) = &run.phase else { return };
    let colors = theme::colors(ui);
    let margin = Margin { left: 18, right: 12, top: 9, bottom: 9 };
    let frame = Frame::new().fill(colors.panel).corner_radius(theme::RADIUS).inner_margin(margin);
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(RichText::new(message).color(colors.text)).wrap());
        let help = match run.can_resume() {
            true => t!("Resume goes on from the last checkpoint, Fork… with other settings"),
            false => t!("There is no checkpoint to go on from; change what is at fault and start a new run"),
        };
        ui.weak(help);
    });
    let inner = shown.response.rect.shrink2(vec2(7.0, 9.0));
    let stripe = Rect::from_min_size(inner.min, vec2(4.0, inner.height()));
    ui.painter().rect_filled(stripe, 2.0, colors.error);
}

/// Where a run stands, in a line.
fn status_text(run: &Run) -> String {
    let steps = t!("step %{step} of %{steps}", step = count(run.step), steps = count(run.steps()));
    if run.stopping {
        return t!("%{steps} · saving and stopping…", steps = steps).into_owned();
    }
    match &run.phase {
        Phase::Reading => t!("reading its past…").into_owned(),
        Phase::Queued => t!("waits until the job before it is over").into_owned(),
        Phase::Preparing { what, .. } => format!("{}…", what.to_lowercase()),
        Phase::Training => {
            let left = run.latest.map(|step| time_left(step.seconds_left)).unwrap_or_default();
            if left.is_empty() { steps.into_owned() } else { format!("{steps} · {left}") }
        }
        Phase::Held => t!("%{steps} · held", steps = steps).into_owned(),
        Phase::Done => t!("%{steps} · done", steps = steps).into_owned(),
        Phase::Stopped => t!("%{steps} · stopped", steps = steps).into_owned(),
        Phase::Failed(_) => t!("%{steps} · failed", steps = steps).into_owned(),
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
    let extendable = run.can_extend();
    let not_yet = t!("The run has not begun to train");
    if under_way {
        let (icon, text, control, help) = match held {
            true => (Icon::Play, t!("Continue"), Control::Continue, t!("Let the run go on")),
            false => (Icon::Pause, t!("Pause"), Control::Pause, t!("Hold the run before its next step")),
        };
        if tool(ui, icon, &text, compact, live, &help, &not_yet) {
            state.control(key, control);
        }
        let why = if live { t!("Pause the run first") } else { not_yet.clone() };
        let (text, help) = (t!("Step"), t!("Do one step and hold again"));
        if tool(ui, Icon::Step, &text, compact, live && held, &help, &why) {
            state.control(key, Control::StepOnce);
        }
        if adversarial && held {
            let sides = [
                (Side::Generator, t!("Step G"), t!("Update the generator alone, once, and hold again")),
                (
                    Side::Discriminator,
                    t!("Step D"),
                    t!("Update the discriminator alone, once, and hold again"),
                ),
            ];
            for (side, text, help) in sides {
                if ui.add_enabled(live, Button::new(text)).on_hover_text(help).clicked() {
                    state.control(key, Control::Adjust(Adjustment::Only(side)));
                    state.control(key, Control::StepOnce);
                }
            }
        }
        if tool(ui, Icon::Save, &t!("Save"), compact, live, &t!("Write a checkpoint now"), &not_yet) {
            state.control(key, Control::Save);
        }
        let (text, help) = match queued {
            true => (t!("Cancel"), t!("Take it out of the queue")),
            false => (t!("Stop"), t!("Save the run and end it; it can go on later")),
        };
        if tool(ui, Icon::Stop, &text, compact, !stopping, &help, &t!("It is stopping already")) {
            state.stop_run(key);
        }
    } else if extendable {
        let help = t!("Train it for more steps than it was planned for");
        if tool(ui, Icon::Play, &t!("Continue for…"), compact, true, &help, "") {
            state.set_up_extension(key);
        }
    } else {
        let (help, why) = (t!("Go on from the last checkpoint"), t!("There is no checkpoint to go on from"));
        if tool(ui, Icon::Play, &t!("Resume"), compact, resumable, &help, &why) {
            state.resume_run(key);
        }
    }
    let why = t!("There is no checkpoint yet; save one first");
    let help = t!("Begin another run from the last checkpoint, with other settings");
    if tool(ui, Icon::Fork, &t!("Fork…"), compact, saved, &help, &why) {
        state.set_up_fork(key);
    }
    let help = t!("Open the last checkpoint on Explore");
    if tool(ui, Icon::Sliders, &t!("Explore"), compact, saved, &help, &why) {
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
    // Its place is taken from the beginning, so that nothing moves when the first codes are measured.
    let Some(config) = run.config().filter(|config| config.model.kind.is_variational()) else { return };
    let diagnosis = sentence(run.insight.readings(), config);
    let colors = theme::colors(ui);
    let color = level_color(diagnosis.level, colors);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 20.0), Sense::hover());
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
    let mut job = LayoutJob::simple_singleline(name.to_owned(), theme::small_font(), colors.text_weak);
    job.wrap = TextWrapping::truncate_at_width(inner.width() - 6.0);
    painter.galley(inner.min, painter.layout_job(job), colors.text_weak);
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
    if kind.is_some_and(ModelKind::is_adversarial) {
        let help = t!("Mean of both losses of the discriminator in nats; 0.69 is a draw between the two");
        let both = value(run, DiscriminatorLossReal).zip(value(run, DiscriminatorLossFake));
        let discriminator = both.map_or_else(|| "–".into(), |(real, fake)| digits(0.5 * (real + fake)));
        let named = |quantity: RunQuantity| {
            let (_, value, help) = number(run, quantity);
            (in_words::title(quantity.about()), value, help)
        };
        numbers.push(named(GeneratorLoss));
        numbers.push((t!("Discriminator loss").into_owned(), discriminator, help.into_owned()));
        numbers.extend([named(DReal), named(DFake)]);
    }
    if kind.is_none_or(ModelKind::has_encoder) {
        numbers.extend([Loss, Re, ValidationRe].map(|quantity| number(run, quantity)));
    }
    if kind.is_some_and(ModelKind::is_variational) {
        numbers.push(number(run, Kl));
        let active = run.insight.last().and_then(|reading| reading.active_units);
        let dims = config.map_or(0, |config| config.model.latent_dim);
        let active = active.map_or_else(
            || "–".to_owned(),
            |active| t!("%{n} of %{all}", n = count(active), all = count(dims)).into_owned(),
        );
        let (name, _, help) = number(run, ActiveUnits);
        numbers.push((name, active, help));
    }
    if run.latest.is_some_and(|step| step.sparsity.is_some()) {
        numbers.extend([MeanActivity, InactiveShare].map(|quantity| number(run, quantity)));
    }
    numbers.extend([GradientNorm, ImagesPerSecond].map(|quantity| number(run, quantity)));
    // What was not recorded does not come any more once the run is over.
    numbers.retain(|(_, value, _)| run.job.is_some() || value != "–");
    numbers
}

/// A quantity as it was told last.
fn value(run: &Run, quantity: RunQuantity) -> Option<f64> {
    let step = run.latest.and_then(|step| quantity.of_step(&step));
    let value = step.or_else(|| quantity.of_validation(&run.validation?));
    // Of a run of another day its record is known.
    value.or_else(|| Some(f64::from(run.curves.series(quantity).last()?.1)))
}

fn number(run: &Run, quantity: RunQuantity) -> Tile {
    let about = quantity.about();
    let value = value(run, quantity);
    let shown = match (about.digits, value) {
        (Digits::Significant, Some(value)) => digits(value),
        _ => about.brief(value),
    };
    (in_words::short_title(about), shown, in_words::help(about))
}

fn digits(value: f64) -> String {
    if value.abs() >= 100.0 && value.abs() < 1e5 { track::number(value, 0) } else { short(value) }
}
