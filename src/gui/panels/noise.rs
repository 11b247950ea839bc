//! Noise on pictures before the models see them: the choice, and its group in the inspector of the
//! Reconstruct screen.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use eframe::egui::{ComboBox, Ui};
use rust_i18n::t;

use crate::config::Corruption;
use crate::gui::panels::head;
use crate::gui::state::State;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::tick_box;
use crate::gui::widgets::track::{self, Track};

/// The choices, each as it begins.
const KINDS: [Option<Corruption>; 4] =
    [None, Some(Corruption::Gaussian(0.2)), Some(Corruption::SaltPepper(0.1)), Some(Corruption::Mask(0.3))];

/// Shows kind, strength and seed.
pub fn show(ui: &mut Ui, state: &mut State) {
    let reconstruct = &mut state.reconstruct;
    head(ui, &t!("Noise"), |ui| {
        let on = reconstruct.noise.is_some();
        let again = ui.add_enabled_ui(on, |ui| Icon::Dice.button(ui, &t!("New noise"))).inner;
        if again.on_hover_text(t!("New noise: draw the same kind anew")).clicked() {
            reconstruct.noise_seed += 1;
        }
        if on {
            let words = t!("seed %{seed}", seed = reconstruct.noise_seed);
            ui.weak(words).on_hover_text(t!("The same seed spoils the same pixels"));
        }
    });
    choice(ui, &mut reconstruct.noise);
    if reconstruct.noise.is_none() {
        ui.weak(t!("Spoil the photo and see which model repairs it"));
        return;
    }
    let help = t!(
        "Median, Gaussian blur and non-local means with settings that suit the noise: what a model that removes noise has to beat"
    );
    tick_box::show(ui, &mut state.settings.grid.filters, t!("Filters beside the models")).on_hover_text(help);
}

/// Shows kind and, where there is one, strength.
pub fn choice(ui: &mut Ui, noise: &mut Option<Corruption>) {
    let combo = ComboBox::from_id_salt("noise kind").width(ui.available_width());
    let combo = combo.selected_text(name(*noise)).show_ui(ui, |ui| {
        for kind in KINDS {
            let chosen = name(kind) == name(*noise);
            if ui.selectable_label(chosen, name(kind)).on_hover_text(help(kind)).clicked() && !chosen {
                *noise = kind;
            }
        }
    });
    combo.response.on_hover_text(help(*noise)).accessible_name(t!("Noise kind"));
    let Some(corruption) = *noise else { return };
    ui.horizontal(|ui| {
        ui.label(t!("Strength")).on_hover_text(help(*noise));
        let name = t!("Noise strength");
        let track = Track { name: &name, range: range(corruption), origin: 0.0, step: 0.01, quiet: false };
        let mut strength = corruption.strength() as f32;
        if track::with_field(ui, &track, 2, "", &mut strength) {
            // In hundredths, so that the command line says what the field says.
            let strength = f64::from((strength * 100.0).round()) / 100.0;
            *noise = Some(corruption.with_strength(strength));
        }
    });
}

fn name(noise: Option<Corruption>) -> Cow<'static, str> {
    match noise {
        None => t!("No noise"),
        Some(Corruption::Gaussian(_)) => t!("Gaussian"),
        Some(Corruption::SaltPepper(_)) => t!("Salt and pepper"),
        Some(Corruption::Mask(_)) => t!("Mask"),
    }
}

fn help(noise: Option<Corruption>) -> Cow<'static, str> {
    match noise {
        None => t!("The models see the photo without noise"),
        Some(Corruption::Gaussian(_)) => {
            t!("Normal noise on every channel; the strength is its standard deviation, with values in [0, 1]")
        }
        Some(Corruption::SaltPepper(_)) => {
            t!("Some pixels turn black or white; the strength is the part of them")
        }
        Some(Corruption::Mask(_)) => t!("Some pixels turn black; the strength is the part of them"),
    }
}

/// Beyond it there is hardly a photo left.
fn range(corruption: Corruption) -> RangeInclusive<f32> {
    match corruption {
        Corruption::Gaussian(_) | Corruption::SaltPepper(_) => 0.0..=0.5,
        Corruption::Mask(_) => 0.0..=0.9,
    }
}
