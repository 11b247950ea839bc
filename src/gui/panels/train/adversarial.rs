//! The settings of a DCGAN and a VAE-GAN: a recipe, and each of its extras.

use eframe::egui::Ui;

use super::fields::{Told, choice_row, real, row};
use crate::config::{AdversarialConfig, ModelKind, Recipe, TrainConfig};
use crate::gui::widgets::log_track::LogTrack;

/// Shows them.
pub fn show(ui: &mut Ui, told: &mut Told, config: &mut TrainConfig) {
    let kind = config.model.kind;
    let chosen = &mut config.adversarial;
    let recipes = [
        (
            Recipe::Recommended,
            "Recommended",
            "With what helps where there are thousands of pictures, not millions",
        ),
        (Recipe::Paper, "Paper", "As published, without any extras"),
    ];
    let about = "A set of choices for what follows";
    let recipe = chosen.recipe.unwrap_or_default();
    if let Some(recipe) = choice_row(ui, told, "Recipe", about, recipe, &recipes) {
        *chosen = AdversarialConfig { recipe: Some(recipe), ..AdversarialConfig::default() };
    }
    let settled = chosen.settled(kind);
    if kind == ModelKind::VaeGan {
        let about = "What the reconstruction in the discriminator's features counts against the adversarial loss \
                     for the decoder, gamma of Larsen et al. 2016";
        row(ui, told, "Gamma", about, |ui| {
            let track =
                LogTrack { name: "Reconstruction weight", least: 1e-5, most: 10.0, zero: true, mark: None };
            if let Some(weight) = track.show(ui, settled.reconstruction_weight) {
                chosen.reconstruction_weight = Some(weight);
            }
        });
    }
    let about =
        "Decay of the running mean of the generator's weights, which is what is shown and kept; 0 for none";
    row(ui, told, "Mean weights", about, |ui| {
        let mut decay = settled.ema;
        if real(ui, "EMA decay", &mut decay, 0.0..=0.9999, 0.001).changed() {
            chosen.ema = Some(decay);
        }
    });
    let about = "Show the discriminator all pictures in changing colours, moved and with a part cut out \
                 (Zhao et al. 2020): it cannot learn few of them by heart";
    row(ui, told, "Augment", about, |ui| {
        let mut on = settled.diff_augment;
        if ui.checkbox(&mut on, "what the discriminator sees").changed() {
            chosen.diff_augment = Some(on);
        }
    });
    let about = "How far below 1 the discriminator's target for real pictures lies (Salimans et al. 2016)";
    row(ui, told, "Smoothing", about, |ui| {
        let mut part = settled.label_smoothing;
        if real(ui, "Label smoothing", &mut part, 0.0..=0.5, 0.005).changed() {
            chosen.label_smoothing = Some(part);
        }
    });
    let about =
        "Bound the discriminator's layers by spectral norm, in place of batch norm (Miyato et al. 2018)";
    row(ui, told, "Spectral norm", about, |ui| {
        let mut on = settled.spectral_norm;
        if ui.checkbox(&mut on, "for batch norm").changed() {
            chosen.spectral_norm = Some(on);
            // It goes with spectral norm alone, and comes back with it.
            chosen.r1 = None;
        }
    });
    let about = "Weight of a penalty on the discriminator's gradient at real pictures (Mescheder et al. 2018); \
                 needs spectral norm";
    row(ui, told, "R1 penalty", about, |ui| {
        ui.add_enabled_ui(settled.spectral_norm, |ui| {
            let track = LogTrack { name: "R1 penalty", least: 1e-2, most: 100.0, zero: true, mark: None };
            if let Some(gamma) = track.show(ui, settled.r1) {
                chosen.r1 = Some(gamma);
            }
        });
    });
}
