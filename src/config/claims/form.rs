//! The settings of a test as a form: made from the options of the command line, so that each is described once.

use clap::{Arg, ArgAction, Args, Command, FromArgMatches};

use super::{
    AnomaliesConfig, Claim, ClaimConfig, DenoiseConfig, DimensionsConfig, ProbesConfig, SharpnessConfig,
};

/// A setting of a test, as a form shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimSetting {
    /// Its option without the dashes.
    pub name: String,
    /// Its meaning.
    pub help: String,
    /// Form of its value, as in "N".
    pub value_name: String,
    /// Values to choose from; empty where it is written.
    pub choices: Vec<String>,
    /// Whether it is on or off: its value is empty for off.
    pub is_switch: bool,
    /// Its usual value; empty for none.
    pub usual: String,
}

impl Claim {
    /// The settings that only the test of this claim has.
    pub fn settings(self) -> Vec<ClaimSetting> {
        let command = self.command();
        let settings =
            command.get_arguments().filter(|arg| arg.get_long().is_some_and(|long| long != "help"));
        settings.map(setting).collect()
    }

    /// The test with these settings, each its name and its value; an empty value leaves the usual one.
    ///
    /// # Errors
    /// A value that makes no sense, in a sentence.
    pub fn with(self, values: &[(String, String)]) -> Result<ClaimConfig, String> {
        let switches: Vec<String> =
            self.settings().into_iter().filter(|s| s.is_switch).map(|s| s.name).collect();
        let said = values.iter().filter(|(_, value)| !value.trim().is_empty());
        let words = said.flat_map(|(name, value)| {
            let value = (!switches.contains(name)).then(|| value.trim().to_owned());
            std::iter::once(format!("--{name}")).chain(value)
        });
        let matches = self.command().try_get_matches_from(words).map_err(|error| in_a_line(&error))?;
        let config = match self {
            Claim::Dimensions => DimensionsConfig::from_arg_matches(&matches).map(ClaimConfig::Dimensions),
            Claim::Anomalies => AnomaliesConfig::from_arg_matches(&matches).map(ClaimConfig::Anomalies),
            Claim::Denoise => DenoiseConfig::from_arg_matches(&matches).map(ClaimConfig::Denoise),
            Claim::Probes => ProbesConfig::from_arg_matches(&matches).map(ClaimConfig::Probes),
            Claim::Sharpness => SharpnessConfig::from_arg_matches(&matches).map(ClaimConfig::Sharpness),
        };
        config.map_err(|error| in_a_line(&error))
    }

    fn command(self) -> Command {
        let bare = Command::new(self.key()).no_binary_name(true).disable_help_flag(true);
        match self {
            Claim::Dimensions => DimensionsConfig::augment_args(bare),
            Claim::Anomalies => AnomaliesConfig::augment_args(bare),
            Claim::Denoise => DenoiseConfig::augment_args(bare),
            Claim::Probes => ProbesConfig::augment_args(bare),
            Claim::Sharpness => SharpnessConfig::augment_args(bare),
        }
    }
}

fn setting(arg: &Arg) -> ClaimSetting {
    let text = |text: Option<&clap::builder::StyledStr>| text.map(ToString::to_string).unwrap_or_default();
    let values = arg.get_default_values().iter().map(|value| value.to_string_lossy());
    ClaimSetting {
        name: arg.get_long().unwrap_or_default().into(),
        help: text(arg.get_help()),
        value_name: arg
            .get_value_names()
            .and_then(|names| names.first())
            .map(ToString::to_string)
            .unwrap_or_default(),
        choices: arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect(),
        is_switch: matches!(arg.get_action(), ArgAction::SetTrue),
        usual: values.collect::<Vec<_>>().join(","),
    }
}

/// The first line of what clap says, without its label.
fn in_a_line(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
