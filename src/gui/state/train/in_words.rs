//! Settings, their changes and quantities in the language of the window.

use std::borrow::Cow;

use rust_i18n::t;

use super::form::capitalized;
use crate::config::{Adjustment, ModelKind, Recipe, Setting, Side, Target, TrainConfig};
use crate::gui::language::tr;
use crate::table::Quantity;

/// Name of the control of a setting.
pub fn name(setting: Setting) -> String {
    capitalized(tr(setting.label()).into_owned())
}

/// Name of a setting where there is little room.
pub fn short_name(setting: Setting) -> String {
    capitalized(tr(setting.short()).into_owned())
}

/// A change of a running run, as in "KL weight 2" or "KL weight to 0.1 over 500 updates".
pub fn change(adjustment: Adjustment) -> String {
    let (setting, target) = match adjustment {
        Adjustment::Set { setting, target } => (tr(setting.label()), target),
        Adjustment::Only(Side::Generator) => return t!("generator alone for one update").into_owned(),
        Adjustment::Only(Side::Discriminator) => {
            return t!("discriminator alone for one update").into_owned();
        }
    };
    match target {
        Target::Value { value, updates: 0 } => format!("{setting} {value}"),
        Target::Value { value, updates } => {
            t!("%{setting} to %{value} over %{n} updates", setting = setting, value = value, n = updates)
                .into_owned()
        }
        Target::Planned => t!("%{setting} as planned", setting = setting).into_owned(),
    }
}

/// The aim of a training beside the reconstruction, if it has one.
pub fn aim(config: &TrainConfig) -> Option<Cow<'static, str>> {
    let kind = config.model.kind;
    if kind == ModelKind::Dcgan {
        return Some(match config.adversarial.recipe.unwrap_or_default() {
            Recipe::Paper => t!("recipe of the paper"),
            Recipe::Recommended => t!("recommended recipe"),
            Recipe::R3gan => t!("R3GAN recipe"),
        });
    }
    if kind.is_variational() {
        let (weight, schedule) = (config.kl_weight, config.kl_schedule);
        let words = t!("KL weight %{weight} (%{schedule})", weight = weight, schedule = schedule);
        return Some(match config.free_bits {
            0.0 => words,
            nats => t!("%{aim}, %{nats} free nats in each dimension", aim = words, nats = nats),
        });
    }
    let sparsity = config.sparsity.map(|sparsity| t!("sparsity %{penalty}", penalty = sparsity));
    sparsity.or_else(|| config.noise.map(|noise| t!("noise %{noise}", noise = noise)))
}

/// The name of a quantity at the beginning of a line.
pub fn title(quantity: &Quantity) -> String {
    capitalized(tr(quantity.label).into_owned())
}

/// Its short name at the beginning of a line.
pub fn short_title(quantity: &Quantity) -> String {
    capitalized(tr(quantity.short).into_owned())
}

/// Its definition and the better direction.
pub fn help(quantity: &Quantity) -> String {
    let better = quantity.better.map_or(Cow::Borrowed(""), |better| tr(better.sentence()));
    format!("{} {better}", tr(quantity.definition)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_read_as_the_command_line_writes_them() {
        for adjustment in [
            Adjustment::to(Setting::KlWeight, 2.0),
            Adjustment::line(Setting::KlWeight, 0.1, 500),
            Adjustment::planned(Setting::LearningRate),
            Adjustment::Only(Side::Generator),
            Adjustment::Only(Side::Discriminator),
        ] {
            assert_eq!(change(adjustment), adjustment.to_string());
        }
        assert_eq!(name(Setting::KlWeight), "KL weight");
        assert_eq!(short_name(Setting::Noise), "Strength");
    }
}
