//! The settings that belong to one kind of model, in the form and in the dialog for forks.

use eframe::egui::Ui;

use super::adversarial;
use super::fields::{Told, choice_row, number, real, row};
use crate::config::{Corruption, KlSchedule, ModelKind, Plan, Sparsity, TrainConfig};
use crate::gui::state::train::form::Form;
use crate::gui::widgets::log_track::LogTrack;
use crate::gui::widgets::{plan_curve, segmented};

/// Range of the KL weight on a slider, above 0.
pub const KL_WEIGHTS: (f64, f64) = (1e-3, 1e3);
/// Range of the weight of a sparsity penalty on a slider, above 0.
const SPARSITY_WEIGHTS: (f64, f64) = (1e-3, 1e3);

/// Shows those of the form's kind of model.
pub fn show(ui: &mut Ui, told: &mut Told, form: &mut Form) {
    match form.config.model.kind {
        ModelKind::Ae => {
            let about = "A plain autoencoder minimises the squared error alone";
            row(ui, told, "Error", about, |ui| ui.weak("squared, nothing else"));
        }
        ModelKind::Vae => variational(ui, told, &mut form.config),
        ModelKind::VaeGan => {
            variational(ui, told, &mut form.config);
            adversarial::show(ui, told, &mut form.config);
        }
        ModelKind::Dcgan => adversarial::show(ui, told, &mut form.config),
        ModelKind::Sae => sparse(ui, told, &mut form.sparsity),
        ModelKind::Dae => noise(ui, told, &mut form.noise),
    }
}

/// KL weight, its schedule and free bits.
pub fn variational(ui: &mut Ui, told: &mut Told, config: &mut TrainConfig) {
    let about = "What the KL counts against the reconstruction: 1 is the ELBO, 0 a plain autoencoder, too much \
                 and the posterior collapses";
    row(ui, told, "KL weight", about, |ui| {
        let (least, most) = KL_WEIGHTS;
        let track = LogTrack { name: "KL weight", least, most, zero: true, mark: None };
        if let Some(weight) = track.show(ui, config.kl_weight) {
            config.kl_weight = weight;
        }
    });
    schedule(ui, told, config);
    let about = "Nats of KL that each dimension may have at no cost (Kingma et al. 2016): some keep it alive";
    row(ui, told, "Free bits", about, |ui| {
        real(ui, "Free bits", &mut config.free_bits, 0.0..=100.0, 0.005);
        ui.weak("nats");
    });
}

fn schedule(ui: &mut Ui, told: &mut Told, config: &mut TrainConfig) {
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
        (Kind::Constant, "Constant", "The full weight from the first step on"),
        (Kind::Warmup, "Warm-up", "A straight line from 0 to the full weight (Bowman et al. 2016)"),
        (Kind::Cyclical, "Cyclical", "Starts again from 0 several times (Fu et al. 2019)"),
    ];
    let about = "How the KL weight develops over the steps";
    match choice_row(ui, told, "Schedule", about, kind, &kinds) {
        Some(Kind::Constant) => config.kl_schedule = KlSchedule::Constant,
        Some(Kind::Warmup) => config.kl_schedule = KlSchedule::Warmup((config.steps / 5).max(1)),
        Some(Kind::Cyclical) => config.kl_schedule = KlSchedule::Cyclical { cycles: 4, ramp: 0.5 },
        None => (),
    }
    match &mut config.kl_schedule {
        KlSchedule::Constant => return,
        KlSchedule::Warmup(steps) => {
            row(ui, told, "Warm-up", "Steps until the full weight is reached", |ui| {
                number(ui, "Warm-up steps", steps, 1..=10_000_000);
                ui.weak("steps");
            });
        }
        KlSchedule::Cyclical { cycles, ramp } => {
            let about = "Cycles over the run, and the part of each over which the weight grows";
            row(ui, told, "Cycles", about, |ui| {
                number(ui, "Cycles", cycles, 1..=1000);
                ui.weak("ramp");
                real(ui, "Ramp", ramp, 0.01..=1.0, 0.01);
            });
        }
    }
    let plan = Plan::new(config, &[]);
    row(ui, told, "", "The KL weight over the steps", |ui| {
        plan_curve::show(ui, "Planned KL weight", config.steps, None, |step| plan.kl_weight(step));
    });
}

/// A slider for the weight of a sparsity penalty.
pub fn sparsity_track() -> LogTrack<'static> {
    let (least, most) = SPARSITY_WEIGHTS;
    LogTrack { name: "Sparsity weight", least, most, zero: true, mark: None }
}

/// What keeps a code sparse.
fn sparse(ui: &mut Ui, told: &mut Told, sparsity: &mut Sparsity) {
    let is_kl = matches!(sparsity, Sparsity::Kl { .. });
    let kinds = [
        (true, "KL", "From a target activity to the mean activity of each unit (Ng 2011)"),
        (false, "L1", "Sum of the absolute values of the code"),
    ];
    let about = "What keeps most units of the code inactive";
    match row(ui, told, "Penalty", about, |ui| segmented::choice(ui, is_kl, &kinds)) {
        Some(true) if !is_kl => *sparsity = Sparsity::USUAL,
        Some(false) if is_kl => *sparsity = Sparsity::L1 { weight: 1.0 },
        _ => (),
    }
    if let Sparsity::Kl { target, .. } = sparsity {
        row(ui, told, "Target", "Mean activity that every unit is drawn to, between 0 and 1", |ui| {
            real(ui, "Target activity", target, 0.001..=0.999, 0.001);
        });
    }
    let (Sparsity::Kl { weight, .. } | Sparsity::L1 { weight }) = sparsity;
    row(ui, told, "Weight", "What the penalty counts against the reconstruction", |ui| {
        if let Some(wanted) = sparsity_track().show(ui, *weight) {
            *weight = wanted;
        }
    });
}

/// What a denoising autoencoder learns to remove.
pub fn noise(ui: &mut Ui, told: &mut Told, noise: &mut Corruption) {
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
        (Kind::Gaussian, "Gaussian", "Normal noise on every channel"),
        (Kind::SaltPepper, "Salt", "Salt and pepper: some pixels turn black or white"),
        (Kind::Mask, "Mask", "Some pixels turn black"),
    ];
    match choice_row(ui, told, "Noise", "What it learns to remove", kind, &kinds) {
        Some(Kind::Gaussian) => *noise = Corruption::Gaussian(0.2),
        Some(Kind::SaltPepper) => *noise = Corruption::SaltPepper(0.1),
        Some(Kind::Mask) => *noise = Corruption::Mask(0.3),
        None => (),
    }
    let mut strength = noise.strength();
    let about = "Standard deviation of the noise, or part of the pixels";
    row(ui, told, "Strength", about, |ui| {
        real(ui, "Noise strength", &mut strength, 0.0..=1.0, 0.005);
    });
    *noise = noise.with_strength(strength);
}
