//! The inspector of a run: what can be changed while it goes on, what was changed, what it is.

use eframe::egui::{DragValue, Label, RichText, ScrollArea, Ui, vec2};

use super::fields::{leave_room_for_bar, small_button};
use super::objective::{KL_WEIGHTS, sparsity_track};
use crate::config::{Adjustment, Plan, Setting, TrainConfig};
use crate::gui::cli_line;
use crate::gui::panels::{copy_line, head};
use crate::gui::state::State;
use crate::gui::state::messages::count;
use crate::gui::state::train::run::Run;
use crate::gui::theme;
use crate::gui::widgets::log_track::{LogTrack, short};
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
        if Setting::KlWeight.belongs_to(kind) {
            kl_weight(ui, run, &plan);
            anneal(ui, run, &plan);
            ui.add_space(theme::GAP);
        }
        for setting in
            [Setting::FreeBits, Setting::SparsityWeight, Setting::NoiseStrength, Setting::LearningRate]
        {
            if setting.belongs_to(kind) {
                one(ui, run, &plan, setting);
            }
        }
    });
}

/// What a person wants of a setting, or what it is now.
fn value(run: &Run, plan: &Plan, setting: Setting) -> f64 {
    let number = |adjustment| match adjustment {
        Adjustment::KlWeight(value)
        | Adjustment::LearningRate(value)
        | Adjustment::FreeBits(value)
        | Adjustment::SparsityWeight(value)
        | Adjustment::NoiseStrength(value) => Some(value),
        Adjustment::KlAnneal { .. } | Adjustment::KlPlanned | Adjustment::Only(_) => None,
    };
    run.live.wanted(setting).and_then(number).unwrap_or_else(|| now(plan, setting, run.step))
}

/// What a setting is at a step; 0 for what is no number.
fn now(plan: &Plan, setting: Setting, step: usize) -> f64 {
    match setting {
        Setting::KlWeight => plan.kl_weight(step),
        Setting::LearningRate => plan.learning_rate(step),
        Setting::FreeBits => plan.free_bits(step),
        Setting::SparsityWeight => plan.sparsity(step).map_or(0.0, |sparsity| sparsity.weight()),
        Setting::NoiseStrength => plan.noise(step).map_or(0.0, |noise| noise.strength()),
        Setting::Turn => 0.0,
    }
}

fn kl_weight(ui: &mut Ui, run: &mut Run, plan: &Plan) {
    let planned = Plan::new(plan.config(), &[]).kl_weight(run.step);
    let differs = (now(plan, Setting::KlWeight, run.step) - planned).abs() > planned * 1e-6;
    head(ui, "KL weight", |ui| {
        if differs {
            let back = ui.button("As planned").on_hover_text("Go back to the run's own schedule");
            if back.clicked() {
                run.live.set(Adjustment::KlPlanned);
            }
        }
        ui.weak(format!("planned {}", short(planned)))
            .on_hover_text("What the run's own schedule has here; the triangle under the rail marks it");
    });
    let (least, most) = KL_WEIGHTS;
    let track = LogTrack { name: "KL weight", least, most, zero: true, mark: Some(planned) };
    if let Some(weight) = track.show(ui, value(run, plan, Setting::KlWeight)) {
        run.live.set(Adjustment::KlWeight(weight));
    }
    let steps = plan.config().steps;
    plan_curve::show(ui, "KL weight over the steps", steps, Some(run.step), |step| plan.kl_weight(step));
}

fn anneal(ui: &mut Ui, run: &mut Run, plan: &Plan) {
    let config = plan.config();
    let mut to = run.live.anneal_to.unwrap_or(if config.kl_weight > 0.0 { config.kl_weight } else { 1.0 });
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
            run.live.set(Adjustment::KlAnneal { to, steps });
        }
    });
}

fn one(ui: &mut Ui, run: &mut Run, plan: &Plan, setting: Setting) {
    let (name, help, track) = match setting {
        Setting::LearningRate => (
            "Learning rate",
            "How far an update goes; what its schedule had planned goes on in proportion",
            LogTrack { name: "Learning rate", least: 1e-6, most: 1e-1, zero: false, mark: None },
        ),
        Setting::FreeBits => (
            "Free bits",
            "Nats of KL that each dimension may have at no cost",
            LogTrack { name: "Free bits", least: 1e-3, most: 10.0, zero: true, mark: None },
        ),
        Setting::SparsityWeight => {
            ("Sparsity weight", "What the penalty counts against the reconstruction", sparsity_track())
        }
        Setting::NoiseStrength => (
            "Noise strength",
            "Standard deviation of the noise, or part of the pixels that it spoils",
            LogTrack { name: "Noise strength", least: 1e-2, most: 1.0, zero: true, mark: None },
        ),
        Setting::KlWeight | Setting::Turn => return,
    };
    ui.weak(name).on_hover_text(help);
    if let Some(value) = track.show(ui, value(run, plan, setting)) {
        run.live.set(match setting {
            Setting::LearningRate => Adjustment::LearningRate(value),
            Setting::FreeBits => Adjustment::FreeBits(value),
            Setting::SparsityWeight => Adjustment::SparsityWeight(value),
            Setting::NoiseStrength => Adjustment::NoiseStrength(value),
            Setting::KlWeight | Setting::Turn => return,
        });
    }
}

/// What was changed while the run went on, the latest first.
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
