//! The settings of a test as a form: made from the options of the command line, so that each is described once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

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
    /// Whether it takes several values, with commas between them.
    pub is_list: bool,
    /// Whether it is a folder or archive.
    pub is_folder: bool,
    /// Its usual value; empty for none.
    pub usual: String,
}

impl Claim {
    /// The settings that only the test of this claim has.
    pub fn settings(self) -> &'static [ClaimSetting] {
        // The form asks in every frame.
        static SETTINGS: OnceLock<BTreeMap<Claim, Vec<ClaimSetting>>> = OnceLock::new();
        let of = |claim: Claim| (claim, claim.command().get_arguments().map(setting).collect());
        SETTINGS.get_or_init(|| Claim::ALL.map(of).into()).get(&self).map_or(&[], Vec::as_slice)
    }

    /// The test with these settings, each its name and its value; an empty value leaves the usual one.
    ///
    /// # Errors
    /// A value that makes no sense, in a sentence.
    pub fn with(self, values: &[(String, String)]) -> Result<ClaimConfig, String> {
        if values.iter().all(|(_, value)| value.trim().is_empty()) {
            return Ok(self.usual());
        }
        self.parsed(values)
    }

    fn parsed(self, values: &[(String, String)]) -> Result<ClaimConfig, String> {
        let settings = self.settings();
        let said = values.iter().filter(|(_, value)| !value.trim().is_empty());
        let words = said.flat_map(|(name, value)| {
            let setting = settings.iter().find(|setting| &setting.name == name);
            let (is_switch, is_list) = setting.map_or((false, false), |s| (s.is_switch, s.is_list));
            let values = match (is_switch, is_list) {
                (true, _) => Vec::new(),
                (_, true) => value.split(',').map(|part| part.trim().to_owned()).collect(),
                (_, false) => vec![value.trim().to_owned()],
            };
            std::iter::once(format!("--{name}")).chain(values)
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
    let value_name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let value_name = value_name.unwrap_or_default();
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let choices = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    ClaimSetting {
        name: arg.get_long().unwrap_or_default().into(),
        help: text(arg.get_help()),
        is_list: arg.get_num_args().is_some_and(|count| count.max_values() > 1),
        is_folder: value_name == "DIR",
        value_name,
        choices: if is_switch { Vec::new() } else { choices },
        is_switch,
        usual: values.collect::<Vec<_>>().join(","),
    }
}

/// The first line of what clap says, without its label.
fn in_a_line(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_left_empty_asks_for_the_usual_test() {
        for claim in Claim::ALL {
            assert_eq!(claim.with(&[]).unwrap(), claim.usual());
            let empty: Vec<_> =
                claim.settings().iter().map(|setting| (setting.name.clone(), String::new())).collect();
            assert_eq!(claim.with(&empty).unwrap(), claim.usual());
            assert_eq!(claim.parsed(&empty).unwrap(), claim.usual(), "what clap takes for the usual");
            assert!(claim.usual().options().is_empty(), "{claim:?}: {:?}", claim.usual().options());
        }
    }

    #[test]
    fn what_is_filled_in_comes_back_as_options() {
        let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let test =
            Claim::Probes.with(&[value("folds", "7"), value("only", "smile, age"), value("all", "true")]);
        let options = test.unwrap().options();
        let line: Vec<String> = options.iter().map(|(flag, value)| format!("{flag} {value}")).collect();
        assert_eq!(line, ["--only smile", "--only age", "--folds 7", "--all "]);
        let test = Claim::Anomalies.with(&[value("by", "features"), value("rank", "builtin:faces")]).unwrap();
        let line: Vec<String> =
            test.options().iter().map(|(flag, value)| format!("{flag} {value}")).collect();
        assert_eq!(line, ["--rank builtin:faces", "--by features"]);
    }

    #[test]
    fn what_makes_no_sense_is_said_in_a_line() {
        let wrong = Claim::Probes.with(&[("folds".to_owned(), "many".to_owned())]).unwrap_err();
        assert!(wrong.contains("many") && !wrong.contains('\n') && !wrong.starts_with("error"), "{wrong}");
        let by = Claim::Anomalies.settings().iter().find(|setting| setting.name == "by").unwrap();
        assert!(by.choices.contains(&"features".to_owned()) && by.usual == "re_over_complexity");
    }
}
