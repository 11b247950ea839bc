//! The inspector of a run: what can be changed while it goes on, what was changed, what it is.

use eframe::egui::{DragValue, Label, RichText, ScrollArea, Ui, vec2};

use super::fields::{leave_room_for_bar, name, slider, small_button};
use crate::config::{Adjustment, Course, LiveChange, Plan, Setting, TrainConfig};
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head};
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::gui::state::train::run::Run;
use crate::gui::theme;
use crate::gui::widgets::log_track::short;
use crate::gui::widgets::{plan_curve, typed_number};

/// Why the controls are grey.
const NOT_LIVE: &str =
    "Only a run that is training or held can be changed; a fork begins with other settings";

/// Shows the inspector of the run in front.
pub fn show(ui: &mut Ui, state: &mut State) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        leave_room_for_bar(ui);
        if let Some(run) = state.train.run_mut() {
            live(ui, run);
            ui.add_space(theme::GAP_LARGE);
            changes(ui, run);
        }
        facts(ui, state);
    });
    let (now, at_rest) = ui.input(|input| (input.time, !input.pointer.any_down()));
    state.tell_changes(now, at_rest);
}

fn live(ui: &mut Ui, run: &mut Run) {
    let Some(plan) = run.plan.clone() else {
        ui.weak("Its settings come with its first step");
        return;
    };
    let alive = run.is_live();
    head(ui, "Live control", |ui| {
        let words = if alive { "acts on the next step" } else { "not training" };
        ui.weak(words).on_hover_text(if alive {
            "Every change is kept in the run's history"
        } else {
            NOT_LIVE
        });
    });
    let kind = plan.config().model.kind;
    ui.add_enabled_ui(alive, |ui| {
        let has = |setting: &Setting| setting.belongs_to(kind) && setting.value(plan.config()).is_some();
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
    let title = name(setting);
    let planned = setting.planned(plan.config(), run.step);
    let differs = (plan.value(setting, run.step) - planned).abs() > planned * 1e-6;
    head(ui, &title, |ui| {
        if differs {
            let back = ui.button("As planned").on_hover_text("Go back to the run's own schedule");
            if back.clicked() {
                run.live.set(Adjustment::planned(setting));
            }
        }
        ui.weak(format!("planned {}", short(planned)))
            .on_hover_text("What the run's own schedule has here; the triangle under the rail marks it");
    });
    if let Some(value) = slider(ui, setting, Some(planned), value(run, plan, setting)) {
        run.live.set(Adjustment::to(setting, value));
    }
    let steps = plan.config().steps;
    let name = format!("{title} over the steps");
    plan_curve::show(ui, &name, steps, Some(run.step), |step| plan.value(setting, step));
}

fn anneal(ui: &mut Ui, run: &mut Run, plan: &Plan, setting: Setting) {
    let config = plan.config();
    let began = setting.value(config).filter(|value| *value > 0.0);
    let mut to = run.live.anneal_to.or(began).unwrap_or(1.0);
    let mut steps = run.live.anneal_steps.unwrap_or((config.steps / 10).max(1));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.weak("Anneal to")
            .on_hover_text("A straight line from where the weight stands, over so many steps");
        let size = vec2(44.0, theme::CONTROL - 2.0);
        let speed = (to / 50.0).max(1e-3);
        let field = DragValue::new(&mut to).speed(speed).range(0.0..=1e6);
        let field = field.custom_formatter(|value, _| short(value));
        let field = typed_number::show(ui, field, |ui, field| ui.add_sized(size, field));
        if field.accessible_name("Anneal to").changed() {
            run.live.anneal_to = Some(to);
        }
        ui.weak("over").on_hover_text("So many steps");
        let speed = (steps as f64 / 50.0).max(1.0);
        let field = DragValue::new(&mut steps).speed(speed);
        let field = field.range(1..=10_000_000);
        let size = vec2(58.0, size.y);
        let field = typed_number::show(ui, field, |ui, field| ui.add_sized(size, field));
        if field.accessible_name("Anneal over").changed() {
            run.live.anneal_steps = Some(steps);
        }
        if small_button(ui, "Go").on_hover_text("Begin with the next step").clicked() {
            run.live.set(Adjustment::line(setting, to, steps));
        }
    });
}

fn one(ui: &mut Ui, run: &mut Run, plan: &Plan, setting: Setting) {
    let about = setting.about();
    ui.weak(name(setting)).on_hover_text(match setting.live().map(|live| live.course) {
        Some(Course::InProportion) => format!("{about}; what its schedule had planned goes on in proportion"),
        _ => about.to_owned(),
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
    head(ui, "Changes", |ui| {
        ui.weak(count(made.len())).on_hover_text("Kept in the run's history, and marked on the plots");
    });
    ui.spacing_mut().item_spacing.y = 2.0;
    for change in made.iter().take(SHOWN) {
        ui.horizontal(|ui| {
            ui.weak(format!("step {}", count(change.step)));
            let words = change.adjustment.to_string();
            ui.add(Label::new(&words).truncate());
        });
    }
    if made.len() > SHOWN {
        ui.weak(format!("and {} before", count(made.len() - SHOWN)));
    }
    ui.add_space(theme::GAP_LARGE);
}

fn facts(ui: &mut Ui, state: &mut State) {
    let Some(run) = state.train.run() else { return };
    let device = cli_line::device(state.settings.device);
    let line = run.config().map(|config| cli_line::train(config, &run.folder) + &device);
    let folder = run.folder.display().to_string();
    let lines = run.config().map_or_else(Vec::new, |config| settings(config, run));
    ui.spacing_mut().item_spacing.y = 3.0;
    head(ui, "Run", |ui| copy_line(ui, state, true, line, "Its settings are not known yet"));
    for (name, value) in lines {
        ui.horizontal(|ui| {
            let width = ui.weak(name).rect.width();
            ui.add_space((92.0 - width).max(0.0));
            ui.add(Label::new(RichText::new(&value)).truncate());
        });
    }
    ui.add(Label::new(RichText::new(&folder).weak()).truncate());
}

fn settings(config: &TrainConfig, run: &Run) -> Vec<(&'static str, String)> {
    let model = &config.model;
    let mut lines = vec![
        ("Model", format!("{}, {} px, {} dims", model.kind.label(), model.image_size, model.latent_dim)),
        ("Images", config.dataset.source.to_string()),
        ("Batch size", config.batch_size.to_string()),
        ("Seed", config.seed.to_string()),
    ];
    if let Some(aim) = config.aim() {
        lines.push(("Objective", aim));
    }
    if let Some(info) = &run.info {
        lines.push(("Weights", count(info.parameters)));
        let images =
            format!("{} and {} to validate", count(info.train_images), count(info.validation_images));
        lines.push(("Trained on", images));
        lines.push(("Device", info.device.clone()));
    }
    if let Some((from, step)) = &run.forked_from {
        let from = from.file_name().unwrap_or(from.as_os_str()).to_string_lossy();
        lines.push(("Forked from", format!("{from} at step {}", count(*step))));
    }
    lines
}
