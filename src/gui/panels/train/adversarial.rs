//! Settings of a DCGAN and a VAE-GAN that are no plain numbers: the recipe, what is on or off, and what goes with it.

use eframe::egui::Ui;
use rust_i18n::t;

use super::fields::{self, FieldHelp, choice_row, row};
use crate::config::{AdversarialConfig, DiscriminatorNorm, Recipe, Setting, TrainConfig};
use crate::gui::widgets::tick_box;

/// Shows one of them.
pub fn show(ui: &mut Ui, hint: &mut FieldHelp, setting: Setting, config: &mut TrainConfig) {
    let settled = config.adversarial.settled(config.model.kind);
    let chosen = &mut config.adversarial;
    match setting {
        Setting::Recipe => {
            let recipes = [
                (
                    Recipe::Recommended,
                    t!("Recommended"),
                    t!("With the extras that help where there are thousands of pictures, not millions"),
                ),
                (
                    Recipe::R3gan,
                    "R3GAN".into(),
                    t!("Pictures compared in pairs, with penalties and no norm (Huang et al. 2024)"),
                ),
                (Recipe::Paper, t!("Paper"), t!("As published, without any extras")),
            ];
            let about = t!("A set of choices for the settings beneath");
            let recipe = chosen.recipe.unwrap_or_default();
            if let Some(recipe) = choice_row(ui, hint, &t!("Recipe"), &about, recipe, &recipes) {
                *chosen = AdversarialConfig { recipe: Some(recipe), ..AdversarialConfig::default() };
            }
        }
        Setting::DiffAugment => {
            let about = t!(
                "Show the discriminator all pictures in changing colours, moved and with a part cut out (Zhao et al. \
                 2020): it cannot learn few of them by heart"
            );
            row(ui, hint, &t!("Augment"), &about, |ui| {
                let mut on = settled.diff_augment;
                if tick_box::show(ui, &mut on, t!("the discriminator's pictures")).changed() {
                    chosen.diff_augment = Some(on);
                }
            });
        }
        Setting::Relativistic => {
            let about =
                t!("Compare each generated picture with a real one, in place of judging each by itself \
                 (Jolicoeur-Martineau 2018): fewer kinds of picture are forgotten then");
            row(ui, hint, &t!("Compare"), &about, |ui| {
                let mut on = settled.relativistic;
                if tick_box::show(ui, &mut on, t!("in pairs")).changed() {
                    chosen.relativistic = Some(on);
                    // Pairs have no labels; they come back with them.
                    chosen.label_smoothing = None;
                }
            });
        }
        Setting::DiscriminatorNorm => {
            let norms = [
                (DiscriminatorNorm::Batch, t!("Batch"), t!("Batch norm, as in the papers")),
                (
                    DiscriminatorNorm::Spectral,
                    t!("Spectral"),
                    t!("Weights bounded by spectral norm (Miyato et al. 2018)"),
                ),
                (
                    DiscriminatorNorm::None,
                    t!("None"),
                    t!("Nothing but the scale of the first weights (Huang et al. 2024)"),
                ),
            ];
            let about = t!("What keeps the scale of the discriminator's layers");
            let norm = settled.discriminator_norm;
            if let Some(norm) = choice_row(ui, hint, &t!("Norm of D"), &about, norm, &norms) {
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
