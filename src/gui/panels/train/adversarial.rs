//! Settings of a DCGAN and a VAE-GAN that are no plain numbers: the recipe, what is on or off, and what goes with it.

use eframe::egui::Ui;

use super::fields::{self, FieldHelp, choice_row, row};
use crate::config::{AdversarialConfig, DiscriminatorNorm, Recipe, Setting, TrainConfig};

/// Shows one of them.
pub fn show(ui: &mut Ui, hint: &mut FieldHelp, setting: Setting, config: &mut TrainConfig) {
    let settled = config.adversarial.settled(config.model.kind);
    let chosen = &mut config.adversarial;
    match setting {
        Setting::Recipe => {
            let recipes = [
                (
                    Recipe::Recommended,
                    "Recommended",
                    "With what helps where there are thousands of pictures, not millions",
                ),
                (
                    Recipe::R3gan,
                    "R3GAN",
                    "Pictures compared in pairs, with penalties and no norm (Huang et al. 2024)",
                ),
                (Recipe::Paper, "Paper", "As published, without any extras"),
            ];
            let about = "A set of choices for what follows";
            let recipe = chosen.recipe.unwrap_or_default();
            if let Some(recipe) = choice_row(ui, hint, "Recipe", about, recipe, &recipes) {
                *chosen = AdversarialConfig { recipe: Some(recipe), ..AdversarialConfig::default() };
            }
        }
        Setting::DiffAugment => {
            let about = "Show the discriminator all pictures in changing colours, moved and with a part cut out \
                         (Zhao et al. 2020): it cannot learn few of them by heart";
            row(ui, hint, "Augment", about, |ui| {
                let mut on = settled.diff_augment;
                if ui.checkbox(&mut on, "what the discriminator sees").changed() {
                    chosen.diff_augment = Some(on);
                }
            });
        }
        Setting::Relativistic => {
            let about = "Compare each generated picture with a real one, in place of judging each by itself \
                         (Jolicoeur-Martineau 2018): few kinds of picture are then forgotten";
            row(ui, hint, "Pairs", about, |ui| {
                let mut on = settled.relativistic;
                if ui.checkbox(&mut on, "compared, not judged").changed() {
                    chosen.relativistic = Some(on);
                    // Pairs have no labels; they come back with them.
                    chosen.label_smoothing = None;
                }
            });
        }
        Setting::DiscriminatorNorm => {
            let norms = [
                (DiscriminatorNorm::Batch, "Batch", "Batch norm, as in the papers"),
                (
                    DiscriminatorNorm::Spectral,
                    "Spectral",
                    "Weights bounded by spectral norm (Miyato et al. 2018)",
                ),
                (DiscriminatorNorm::None, "None", "Nothing but the first weights (Huang et al. 2024)"),
            ];
            let about = "What keeps the scale of the discriminator's layers";
            let norm = settled.discriminator_norm;
            if let Some(norm) = choice_row(ui, hint, "Norm of D", about, norm, &norms) {
                chosen.discriminator_norm = Some(norm);
                // They do not go with batch norm, and come back without it.
                (chosen.r1, chosen.r2) = (None, None);
            }
        }
        Setting::LabelSmoothing => enabled(ui, hint, setting, config, !settled.relativistic),
        Setting::R1 | Setting::R2 => {
            let possible = settled.discriminator_norm != DiscriminatorNorm::Batch;
            enabled(ui, hint, setting, config, possible);
        }
        Setting::PenaltyEvery | Setting::BurnIn => enabled(ui, hint, setting, config, settled.has_penalty()),
        number => fields::setting(ui, hint, number, config),
    }
}

/// Shows a number that means something only where others are so.
fn enabled(ui: &mut Ui, hint: &mut FieldHelp, setting: Setting, config: &mut TrainConfig, possible: bool) {
    ui.add_enabled_ui(possible, |ui| fields::setting(ui, hint, setting, config));
}
