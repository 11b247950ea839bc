//! What the command line knows of the settings, for those who show them in another way.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use clap::{Args, Command, FromArgMatches};

use super::TrainConfig;

fn options() -> Command {
    TrainConfig::augment_args(Command::new("train"))
}

/// The settings of a run when nothing is said.
pub fn defaults() -> TrainConfig {
    static DEFAULTS: LazyLock<TrainConfig> = LazyLock::new(|| {
        let matches = options().try_get_matches_from(["train"]).expect("every setting has a default");
        TrainConfig::from_arg_matches(&matches).expect("the defaults are settings")
    });
    DEFAULTS.clone()
}

/// The line of help of a setting, named as its field is; empty for a name that is none.
pub fn help(setting: &str) -> &'static str {
    static LINES: OnceLock<HashMap<String, String>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let line = |arg: &clap::Arg| Some((arg.get_id().to_string(), arg.get_help()?.to_string()));
        options().get_arguments().filter_map(line).collect()
    });
    lines.get(setting).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_a_line_of_help() {
        let config = defaults();
        config.validate().unwrap();
        assert_eq!((config.steps, config.model.latent_dim), (20_000, 128));
        assert_eq!(help("latent_dim"), "Numbers in a code");
        assert_eq!(help("kl_weight"), "Weight of the KL term (VAE)");
        assert_eq!(help("nothing"), "");
    }
}
