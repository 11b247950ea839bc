//! The choice of the network that reconstructions are compared by besides their pixels.

use eframe::egui::{Align, Layout, Ui};
use rust_i18n::t;

use super::fields::{FieldHelp, choice_row, row};
use crate::config::{FeatureLoss, TrainConfig, help};
use crate::gui::language::tr;
use crate::gui::state::{Effect, Pick};
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::middle_cut;

/// Shows it.
pub fn show(ui: &mut Ui, hint: &mut FieldHelp, config: &mut TrainConfig, effects: &mut Vec<Effect>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Network {
        None,
        Embedded,
        Inception,
    }
    let network = match config.feature_loss {
        FeatureLoss::None => Network::None,
        FeatureLoss::Embedded => Network::Embedded,
        FeatureLoss::Inception(_) => Network::Inception,
    };
    let networks = [
        (
            Network::None,
            t!("None"),
            t!("Reconstructions are compared with their pictures pixel by pixel alone"),
        ),
        (
            Network::Embedded,
            t!("Embedded"),
            t!("Also in the layers of the program's own small network for faces"),
        ),
        (
            Network::Inception,
            "Inception".into(),
            t!(
                "Also in the first layers of the FID's network, whose weights you bring (Johnson et al. 2016)"
            ),
        ),
    ];
    match choice_row(ui, hint, &t!("Features"), &tr(help("feature_loss")), network, &networks) {
        Some(Network::None) => config.feature_loss = FeatureLoss::None,
        Some(Network::Embedded) => config.feature_loss = FeatureLoss::Embedded,
        Some(Network::Inception) => effects.push(Effect::Pick(Pick::FeatureLoss)),
        None => (),
    }
    let FeatureLoss::Inception(file) = &config.feature_loss else { return };
    let about = t!("pt_inception-2015-12-05 as .safetensors or PyTorch's .pth");
    row(ui, hint, &t!("Weights"), &about, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Icon::Folder.button(ui, &t!("Choose other weights…"));
            if button.on_hover_text(t!("Choose another file")).clicked() {
                effects.push(Effect::Pick(Pick::FeatureLoss));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                middle_cut::path(ui, &file.display().to_string());
            });
        });
    });
}
