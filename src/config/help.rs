//! Help of the command line's settings, for those who show them in another way.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use clap::{Args, Command, FromArgMatches, ValueEnum};

use super::{AdversarialConfig, ModelKind, OptimizerKind, TrainConfig};

pub(super) fn options() -> Command {
    TrainConfig::augment_args(Command::new("train"))
}

/// The settings of a run when nothing is said.
pub fn defaults() -> TrainConfig {
    defaults_of(ModelKind::Vae)
}

/// The settings of a run when nothing but the kind of model is said.
pub fn defaults_of(kind: ModelKind) -> TrainConfig {
    static DEFAULTS: LazyLock<[(ModelKind, TrainConfig); 6]> = LazyLock::new(|| {
        ModelKind::ALL.map(|kind| {
            let name = kind.to_possible_value().expect("every kind has a name");
            let line = ["train", "--model", name.get_name()];
            let matches = options().try_get_matches_from(line).expect("every setting has a default");
            (kind, TrainConfig::from_arg_matches(&matches).expect("the defaults are settings"))
        })
    });
    let of_kind = DEFAULTS.iter().find(|(known, _)| *known == kind);
    of_kind.map_or_else(|| DEFAULTS[0].1.clone(), |(_, config)| config.clone())
}

/// The learning rate of a run when nothing but the kind of model and the optimiser are said.
pub fn learning_rate_of(kind: ModelKind, optimizer: OptimizerKind) -> f64 {
    static OF_MUON: LazyLock<f64> = LazyLock::new(|| {
        let line = ["train", "--optimizer", "muon"];
        let matches = options().try_get_matches_from(line).expect("every setting has a default");
        TrainConfig::from_arg_matches(&matches).expect("the defaults are settings").learning_rate
    });
    match optimizer {
        OptimizerKind::Adamw => defaults_of(kind).learning_rate,
        OptimizerKind::Muon => *OF_MUON,
    }
}

/// The settings of a run that has the kind of model, the optimiser and the recipe of this one when nothing else is said;
/// optimiser and recipe themselves are the usual ones.
pub fn usual(config: &TrainConfig) -> TrainConfig {
    let kind = config.model.kind;
    let mut usual = defaults_of(kind).completed();
    let recipe = AdversarialConfig { recipe: config.adversarial.recipe, ..AdversarialConfig::default() };
    usual.adversarial = AdversarialConfig { recipe: usual.adversarial.recipe, ..recipe.completed(kind) };
    usual.learning_rate = learning_rate_of(kind, config.optimizer);
    usual
}

/// The option and the line of help of each setting.
fn lines() -> &'static HashMap<String, [String; 2]> {
    static LINES: OnceLock<HashMap<String, [String; 2]>> = OnceLock::new();
    LINES.get_or_init(|| {
        let line = |arg: &clap::Arg| {
            let flag = format!("--{}", arg.get_long()?);
            Some((arg.get_id().to_string(), [flag, arg.get_help()?.to_string()]))
        };
        options().get_arguments().filter_map(line).collect()
    })
}

/// The option of a setting, named as its field is; empty for a name that is none.
pub fn flag(setting: &str) -> &'static str {
    lines().get(setting).map_or("", |[flag, _]| flag)
}

/// The line of help of a setting, named as its field is; empty for a name that is none.
pub fn help(setting: &str) -> &'static str {
    lines().get(setting).map_or("", |[_, help]| help)
}

/// The line of help of every setting, in no order.
pub fn all_help() -> impl Iterator<Item = &'static str> {
    lines().values().map(|[_, help]| help.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LrSchedule;

    #[test]
    fn settings_have_defaults_and_a_line_of_help() {
        let config = defaults();
        config.validate().unwrap();
        assert_eq!((config.steps, config.model.latent_dim), (20_000, 128));
        assert!(help("latent_dim").starts_with("Numbers in a code"));
        assert_eq!(help("kl_weight"), "Weight of the KL term (VAE, VAE-GAN)");
        let gan = defaults_of(ModelKind::Dcgan);
        assert_eq!(
            (gan.model.latent_dim, gan.learning_rate, gan.lr_schedule),
            (100, 2e-4, LrSchedule::Constant)
        );
        assert_eq!(learning_rate_of(ModelKind::Ae, OptimizerKind::Adamw), 1e-3);
        assert_eq!(learning_rate_of(ModelKind::Ae, OptimizerKind::Muon), 5e-3);
        assert_eq!((help("nothing"), flag("nothing")), ("", ""));
        assert_eq!(flag("learning_rate"), "--lr");
    }
}
