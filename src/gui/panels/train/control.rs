//! The inspector of a run: what can be changed while it goes on, what was changed, what it is.

use std::borrow::Cow;

use eframe::egui::{DragValue, ScrollArea, Ui, UiBuilder, vec2};
use rust_i18n::t;

use super::fields::{leave_room_for_bar, slider, small_button};
use crate::config::{Adjustment, Course, LiveChange, Plan, Setting, TrainConfig};
use crate::gui::cli_line;
use crate::gui::language::tr;
use crate::gui::panels::{copy_line, head};
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::gui::state::train::in_words;
use crate::gui::state::train::run::Run;
use crate::gui::theme;
use crate::gui::widgets::log_track::short;
use crate::gui::widgets::{middle_cut, plan_curve, typed_number};

/// Width of the names of facts.
const FACT: f32 = 92.0;
/// Width of the steps of changes, which leave room for "KL weight to 1 over 150 updates".
const STEP: f32 = 70.0;

/// Shows the inspector of the run in front.
pub fn show(ui: &mut Ui, state: &mut State) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        leave_room_for_bar(ui);
        if let Some(run) = state.train.run_mut() {
            part(ui, "live", |ui| live(ui, run));
            ui.add_space(theme::GAP_LARGE);
            part(ui, "changes", |ui| changes(ui, run));
        }
        part(ui, "facts", |ui| facts(ui, state));
    });
    let (now, at_rest) = ui.input(|input| (input.time, !input.pointer.any_down()));
    state.tell_changes(now, at_rest);
}

/// A part whose widgets keep the keyboard's focus when those above it come and go with the run's phase.
fn part(ui: &mut Ui, name: &'static str, content: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().scope_id(ui.scope_id().with(name)), content);
}

fn live(ui: &mut Ui, run: &mut Run) {
    let Some(plan) = run.plan.clone() else {
        ui.weak(t!("Its settings come with its first step"));
        return;
    };
    let kind = plan.config().model.kind;
    let has = |setting: &Setting| setting.belongs_to(kind) && setting.value(plan.config()).is_some();
    if run.job.is_none() {
        head(ui, &t!("Settings"), |ui| {
            ui.weak(t!("as of step %{step}", step = count(run.step)))
                .on_hover_text(t!("Resume the run to change them as it trains, or fork it"));
        });
        ui.spacing_mut().item_spacing.y = 3.0;
        for setting in Setting::changeable().filter(has) {
            fact(ui, &in_words::name(setting), &short(plan.value(setting, run.step)));
        }
        return;
    }
    let alive = run.is_live();
    head(ui, &t!("Live control"), |ui| {
        let (words, help) = match alive {
            true => (t!("acts on the next step"), t!("Every change is kept in the run's history")),
            false => (t!("not training yet"), t!("They can be moved as soon as the run trains")),
        };
        ui.weak(words).on_hover_text(help);
    });
    ui.add_enabled_ui(alive, |ui| {
        for setting in Setting::changeable().filter(has) {
            match setting.live() {
                Some(LiveChange { course: Course::Held, schedule: Some(_), .. }) => {
                    scheduled(ui, run, &plan, setting);
                    anneal(ui, run, &plan, setting);
                    ui.add_space(theme::GAP);
                }
                _ => one(ui, run, &plan, setting),
            }
        }
    });
}

/// Value that a person wants of a setting, or its value now.
fn value(run: &Run, plan: &Plan, setting: Setting) -> f64 {
    let wanted = run.live.wanted(setting).and_then(Adjustment::value);
    wanted.unwrap_or_else(|| plan.value(setting, run.step))
}

/// A setting that holds in place of its schedule.
fn scheduled(ui: &mut Ui, run: &mut Run, plan: &Plan, setting: Setting) {
    let title = in_words::name(setting);
    let planned = setting.planned(plan.config(), run.step);
    let differs = (plan.value(setting, run.step) - planned).abs() > planned * 1e-6;
    head(ui, &title, |ui| {
        if differs {
            let back = ui.button(t!("As planned")).on_hover_text(t!("Go back to the run's own schedule"));
            if back.clicked() {
                run.live.set(Adjustment::planned(setting));
            }
        }
        ui.weak(t!("planned %{value}", value = short(planned)))
            .on_hover_text(t!("What the run's own schedule has here; the triangle under the rail marks it"));
    });
    if let Some(value) = slider(ui, setting, Some(planned), value(run, plan, setting)) {
        run.live.set(Adjustment::to(setting, value));
    }
    let steps = plan.config().steps;
    let name = t!("%{setting} over the steps", setting = title);
    plan_curve::show(ui, &name, steps, Some(run.step), |step| plan.value(setting, step));
}

fn anneal(ui: &mut Ui, run: &mut Run, plan: &Plan, setting: Setting) {
    let config = plan.config();
    let began = setting.value(config).filter(|value| *value > 0.0);
    let mut to = run.live.anneal_to.or(began).unwrap_or(1.0);
    let mut steps = run.live.anneal_steps.unwrap_or((config.steps / 10).max(1));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let help = t!("A straight line from where the weight stands, over so many steps");
        ui.weak(t!("Anneal to")).on_hover_text(&*help);
        let size = vec2(44.0, theme::CONTROL - 2.0);
        let speed = (to / 50.0).max(1e-3);
        let field = DragValue::new(&mut to).speed(speed).range(0.0..=1e6);
        let field = field.custom_formatter(|value, _| short(value));
        let field = typed_number::show(ui, field, |ui, field| ui.add_sized(size, field));
        if field.accessible_name(t!("Anneal to")).changed() {
            run.live.anneal_to = Some(to);
        }
        ui.weak(t!("over")).on_hover_text(&*help);
        let speed = (steps as f64 / 50.0).max(1.0);
        let field = DragValue::new(&mut steps).speed(speed);
        let field = field.range(1..=10_000_000);
        let size = vec2(58.0, size.y);
        let field = typed_number::show(ui, field, |ui, field| ui.add_sized(size, field));
        if field.accessible_name(t!("Anneal over")).changed() {
            run.live.anneal_steps = Some(steps);
        }
        if small_button(ui, &t!("Go")).on_hover_text(t!("Begin with the next step")).clicked() {
            run.live.set(Adjustment::line(setting, to, steps));
        }
    });
}

fn one(ui: &mut Ui, run: &mut Run, plan: &Plan, setting: Setting) {
    let about = tr(setting.about());
    ui.weak(in_words::name(setting)).on_hover_text(match setting.live().map(|live| live.course) {
        Some(Course::InProportion) => {
            t!("%{help}; what its schedule had planned goes on in proportion", help = about)
        }
        _ => about,
    });
    if let Some(value) = slider(ui, setting, None, value(run, plan, setting)) {
        run.live.set(Adjustment::to(setting, value));
    }
}

/// Changes while the run went on, the latest first.
fn changes(ui: &mut Ui, run: &Run) {
    let changes = run.plan.as_ref().map_or(&[][..], Plan::changes);
    // A demonstration has planned its changes; they are told when they come.
    let made: Vec<_> = changes.iter().rev().filter(|change| change.step <= run.step).collect();
    if made.is_empty() {
        return;
    }
    const SHOWN: usize = 6;
    head(ui, &t!("Changes"), |ui| {
        ui.weak(count(made.len())).on_hover_text(t!("Kept in the run's history, and marked on the plots"));
    });
    ui.spacing_mut().item_spacing.y = 2.0;
    for change in made.iter().take(SHOWN) {
        let step = t!("step %{step}", step = count(change.step));
        fact_of(ui, STEP, &step, &in_words::change(change.adjustment));
    }
    if made.len() > SHOWN {
        ui.weak(t!("and %{n} before", n = count(made.len() - SHOWN)));
    }
    ui.add_space(theme::GAP_LARGE);
}

fn facts(ui: &mut Ui, state: &mut State) {
    let Some(run) = state.train.run() else { return };
    let key = run.key;
    let device = cli_line::device(state.settings.device);
    let line = run.config().map(|config| cli_line::train(config, &run.folder) + &device);
    let folder = run.folder.display().to_string();
    let lines = run.config().map_or_else(Vec::new, |config| settings(config, run));
    let refused = [state.refuses_renaming(run), state.refuses_to_show_folder(run)];
    ui.spacing_mut().item_spacing.y = 3.0;
    let why = t!("Its settings are not known yet");
    head(ui, &t!("Run"), |ui| copy_line(ui, state, true, line, &why));
    for (name, value) in lines {
        fact(ui, &name, &value);
    }
    fact(ui, &t!("Folder"), &folder);
    ui.add_space(theme::GAP_SMALL);
    let [no_renaming, no_folder] = refused;
    ui.horizontal(|ui| {
        if button(ui, &t!("Rename…"), no_renaming) {
            state.set_up_renaming(key);
        }
        if button(ui, &t!("Show in folder"), no_folder) {
            state.show_run_folder(key);
        }
    });
}

/// A button that says why it is grey.
fn button(ui: &mut Ui, text: &str, why_not: Option<Cow<'static, str>>) -> bool {
    let response = ui.add_enabled_ui(why_not.is_none(), |ui| small_button(ui, text)).inner;
    response.on_disabled_hover_text(why_not.unwrap_or_default()).clicked()
}

/// A name with what it says, whose middle is left out where it is too long.
fn fact(ui: &mut Ui, name: &str, value: &str) {
    fact_of(ui, FACT, name, value);
}

fn fact_of(ui: &mut Ui, room: f32, name: &str, value: &str) {
    ui.horizontal(|ui| {
        let width = ui.weak(name).rect.width();
        ui.add_space((room - width).max(0.0));
        let color = theme::colors(ui).text;
        middle_cut::label(ui, value, color);
    });
}

fn settings(config: &TrainConfig, run: &Run) -> Vec<(Cow<'static, str>, String)> {
    let model = &config.model;
    let shape = t!(
        "%{kind}, %{size} px, %{dims} dims",
        kind = model.kind.label(),
        size = model.image_size,
        dims = model.latent_dim
    );
    let mut lines = vec![
        (t!("Model"), shape.into_owned()),
        (t!("Images"), config.dataset.source.to_string()),
        (t!("Batch size"), config.batch_size.to_string()),
        (t!("Seed"), config.seed.to_string()),
    ];
    if let Some(aim) = in_words::aim(config) {
        lines.push((t!("Objective"), aim.into_owned()));
    }
    if let Some(info) = &run.info {
        lines.push((t!("Weights"), count(info.parameters)));
        let (train, validation) = (count(info.train_images), count(info.validation_images));
        let images = t!("%{train} and %{validation} to validate", train = train, validation = validation);
        lines.push((t!("Trained on"), images.into_owned()));
        lines.push((t!("Device"), info.device.clone()));
    }
    if let Some((from, step)) = &run.forked_from {
        let from = from.file_name().unwrap_or(from.as_os_str()).to_string_lossy();
        let words = t!("%{name} at step %{step}", name = from, step = count(*step));
        lines.push((t!("Forked from"), words.into_owned()));
    }
    lines
}
