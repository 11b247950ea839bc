//! Settings of a DCGAN and a VAE-GAN that are no plain numbers: the recipe, what is on or off, and what goes with it.

use eframe::egui::Ui;

use super::fields::{self, FieldHelp, choice_row, row};
use crate::config::{AdversarialConfig, Recipe, Setting, TrainConfig};

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
        Setting::SpectralNorm => {
            let about = "Bound the discriminator's layers by spectral norm, in place of batch norm (Miyato et al. 2018)";
            row(ui, hint, "Spectral norm", about, |ui| {
                let mut on = settled.spectral_norm;
                if ui.checkbox(&mut on, "for batch norm").changed() {
                    chosen.spectral_norm = Some(on);
                    // It goes with spectral norm alone, and comes back with it.
                    chosen.r1 = None;
                }
            });
        }
        Setting::R1 => {
            ui.add_enabled_ui(settled.spectral_norm, |ui| fields::setting(ui, hint, setting, config));
        }
        number => fields::setting(ui, hint, number, config),
    }
}
