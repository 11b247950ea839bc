//! The settings that belong to one kind of model, in the form and in the dialog for forks.

use std::borrow::Cow;

use eframe::egui::Ui;
use rust_i18n::t;

use super::fields::{self, FieldHelp, choice, choice_row, number, real, row};
use super::{adversarial, feature_loss};
use crate::config::{
    Corruption, Group, KlSchedule, Likelihood, ModelKind, Plan, Setting, Sparsity, TrainConfig,
};
use crate::gui::state::Effect;
use crate::gui::state::train::extend::MOST_STEPS;
use crate::gui::widgets::plan_curve;

/// Shows those of the form's kind of model.
pub fn show(ui: &mut Ui, hint: &mut FieldHelp, config: &mut TrainConfig, effects: &mut Vec<Effect>) {
    let kind = config.model.kind;
    if kind == ModelKind::Ae {
        let (about, words) = match config.feature_loss.is_none() {
            true => (
                t!("A plain autoencoder minimises the squared error alone"),
                t!("squared error of the pixels"),
            ),
            false => (
                t!("The squared error of the pixels, and the distance in features"),
                t!("squared error and features"),
            ),
        };
        row(ui, hint, &t!("Loss"), &about, |ui| ui.weak(words));
    }
    Setting::of(kind, Group::Objective).for_each(|setting| one(ui, hint, setting, config, effects));
}

/// Shows what a fork of a run can have otherwise.
pub fn show_changeable(
    ui: &mut Ui,
    hint: &mut FieldHelp,
    config: &mut TrainConfig,
    effects: &mut Vec<Effect>,
) {
    let kind = config.model.kind;
    if Setting::FeatureLoss.belongs_to(kind) {
        feature_loss::show(ui, hint, config, effects);
    }
    for setting in Setting::changeable().filter(|setting| setting.belongs_to(kind)) {
        match setting {
            // The units of the code follow from the kind of penalty.
            Setting::Sparsity => fields::setting(ui, hint, setting, config),
            setting => one(ui, hint, setting, config, effects),
        }
        if setting == Setting::KlWeight {
            schedule(ui, hint, config);
        }
    }
}

/// Offered where pixels can be black or white.
fn likelihood(ui: &mut Ui, hint: &mut FieldHelp, config: &mut TrainConfig) {
    if config.model.channels != 1 {
        config.likelihood = Likelihood::Gaussian;
        return;
    }
    let choices = [
        (Likelihood::Gaussian, t!("Gaussian"), t!("The squared error")),
        (
            Likelihood::Bernoulli,
            t!("Bernoulli"),
            t!("Black or white, drawn anew for each grey pixel each time"),
        ),
    ];
    let about = t!(
        "The distribution of pictures around what the decoder gives; with Bernoulli the loss is the negative ELBO in \
         nats, as it is reported for binary MNIST"
    );
    if let Some(picked) = choice_row(ui, hint, &t!("Likelihood"), &about, config.likelihood, &choices) {
        config.likelihood = picked;
    }
}

fn one(
    ui: &mut Ui,
    hint: &mut FieldHelp,
    setting: Setting,
    config: &mut TrainConfig,
    effects: &mut Vec<Effect>,
) {
    match setting {
        Setting::FeatureLoss => feature_loss::show(ui, hint, config, effects),
        Setting::Likelihood => likelihood(ui, hint, config),
        Setting::KlSchedule => schedule(ui, hint, config),
        Setting::Sparsity => sparse(ui, hint, config),
        Setting::Noise => noise(ui, hint, config),
        Setting::Recipe
        | Setting::DiffAugment
        | Setting::LabelSmoothing
        | Setting::Relativistic
        | Setting::DiscriminatorNorm
        | Setting::R1
        | Setting::R2
        | Setting::PenaltyEvery
        | Setting::BurnIn => {
            adversarial::show(ui, hint, setting, config);
        }
        number => fields::setting(ui, hint, number, config),
    }
}

fn schedule(ui: &mut Ui, hint: &mut FieldHelp, config: &mut TrainConfig) {
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Constant,
        Warmup,
        Cyclical,
    }
    let kind = match config.kl_schedule {
        KlSchedule::Constant => Kind::Constant,
        KlSchedule::Warmup(_) => Kind::Warmup,
        KlSchedule::Cyclical { .. } => Kind::Cyclical,
    };
    let kinds = [
        (Kind::Constant, t!("Constant"), t!("The full weight from the first step on")),
        (Kind::Warmup, t!("Warm-up"), t!("A straight line from 0 to the full weight (Bowman et al. 2016)")),
        (Kind::Cyclical, t!("Cyclical"), t!("Starts again from 0 several times (Fu et al. 2019)")),
    ];
    let about = t!("How the KL weight develops over the steps");
    match choice_row(ui, hint, &t!("Schedule"), &about, kind, &kinds) {
        Some(Kind::Constant) => config.kl_schedule = KlSchedule::Constant,
        Some(Kind::Warmup) => config.kl_schedule = KlSchedule::Warmup((config.steps / 5).max(1)),
        Some(Kind::Cyclical) => config.kl_schedule = KlSchedule::Cyclical { cycles: 4, ramp: 0.5 },
        None => (),
    }
    match &mut config.kl_schedule {
        KlSchedule::Constant => return,
        KlSchedule::Warmup(steps) => {
            row(ui, hint, &t!("Warm-up"), &t!("Steps until the full weight is reached"), |ui| {
                number(ui, &t!("Warm-up steps"), steps, 1..=MOST_STEPS);
                ui.weak(t!("steps"));
            });
        }
        KlSchedule::Cyclical { cycles, ramp } => {
            let about = t!("Cycles over the run, and the part of each over which the weight grows");
            row(ui, hint, &t!("Cycles"), &about, |ui| {
                number(ui, &t!("Cycles"), cycles, 1..=1000);
                ui.weak(t!("ramp"));
                real(ui, &t!("Ramp"), ramp, 0.01..=1.0, 0.01);
            });
        }
    }
    let plan = Plan::new(config, &[]);
    row(ui, hint, "", &t!("The KL weight over the steps"), |ui| {
        plan_curve::show(ui, &t!("Planned KL weight"), config.steps, None, |step| {
            plan.value(Setting::KlWeight, step)
        });
    });
}

/// Penalty that keeps a code sparse.
fn sparse(ui: &mut Ui, hint: &mut FieldHelp, config: &mut TrainConfig) {
    let sparsity = config.sparsity.get_or_insert(Sparsity::USUAL);
    let is_kl = matches!(sparsity, Sparsity::Kl { .. });
    let kinds = [
        (true, Cow::from("KL"), t!("From a target activity to the mean activity of each unit (Ng 2011)")),
        (false, "L1".into(), t!("Sum of the absolute values of the code")),
    ];
    let about = t!("What keeps most units of the code inactive");
    match row(ui, hint, &t!("Penalty"), &about, |ui| choice(ui, is_kl, &kinds)) {
        Some(true) if !is_kl => *sparsity = Sparsity::USUAL,
        Some(false) if is_kl => *sparsity = Sparsity::L1 { weight: 1.0 },
        _ => (),
    }
    if let Sparsity::Kl { target, .. } = sparsity {
        let about = t!("Mean activity that every unit is drawn to, between 0 and 1");
        row(ui, hint, &t!("Target"), &about, |ui| {
            real(ui, &t!("Target activity"), target, 0.001..=0.999, 0.001);
        });
    }
    fields::setting(ui, hint, Setting::Sparsity, config);
}

/// Noise that a denoising autoencoder learns to remove.
fn noise(ui: &mut Ui, hint: &mut FieldHelp, config: &mut TrainConfig) {
    let noise = config.noise.get_or_insert(Corruption::USUAL);
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Gaussian,
        SaltPepper,
        Mask,
    }
    let kind = match noise {
        Corruption::Gaussian(_) => Kind::Gaussian,
        Corruption::SaltPepper(_) => Kind::SaltPepper,
        Corruption::Mask(_) => Kind::Mask,
    };
    let kinds = [
        (Kind::Gaussian, t!("Gaussian"), t!("Normal noise on every channel")),
        (Kind::SaltPepper, t!("Salt, pepper"), t!("Some pixels turn black, some white")),
        (Kind::Mask, t!("Mask"), t!("Some pixels turn black")),
    ];
    match choice_row(ui, hint, &t!("Noise"), &t!("What it learns to remove"), kind, &kinds) {
        Some(Kind::Gaussian) => *noise = Corruption::Gaussian(0.2),
        Some(Kind::SaltPepper) => *noise = Corruption::SaltPepper(0.1),
        Some(Kind::Mask) => *noise = Corruption::Mask(0.3),
        None => (),
    }
    fields::setting(ui, hint, Setting::Noise, config);
}
