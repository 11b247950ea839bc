//! Changes to the settings of a run that is under way.

use serde::{Deserialize, Serialize};

use super::settings::{Course, Setting};
use super::{MOST_STEPS, Side, TrainConfig};

/// A change to a running run. It acts on the very next update.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Record")]
pub enum Adjustment {
    /// Another number for a setting.
    Set {
        /// Setting to change.
        setting: Setting,
        /// Course from there.
        target: Target,
    },
    /// For the next update alone: only this network of an adversarial pair moves.
    Only(Side),
}

/// Target of a changed setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// To a number, in a straight line from where it stands.
    Value {
        /// The number.
        value: f64,
        /// Updates on the way; 0 at once.
        updates: usize,
    },
    /// Back to what the run's own schedule has.
    Planned,
}

impl Adjustment {
    /// A setting to a number at once.
    pub const fn to(setting: Setting, value: f64) -> Self {
        Self::line(setting, value, 0)
    }

    /// A setting to a number over so many updates.
    pub const fn line(setting: Setting, value: f64, updates: usize) -> Self {
        Self::Set { setting, target: Target::Value { value, updates } }
    }

    /// A setting back to what was planned.
    pub const fn planned(setting: Setting) -> Self {
        Self::Set { setting, target: Target::Planned }
    }

    /// The setting that it changes, if it changes one.
    pub fn setting(self) -> Option<Setting> {
        match self {
            Adjustment::Set { setting, .. } => Some(setting),
            Adjustment::Only(_) => None,
        }
    }

    /// The number that it leads to, if it names one.
    pub fn value(self) -> Option<f64> {
        match self {
            Adjustment::Set { target: Target::Value { value, .. }, .. } => Some(value),
            Adjustment::Set { target: Target::Planned, .. } | Adjustment::Only(_) => None,
        }
    }

    /// Says in one sentence why a run with these settings cannot take it, if so.
    ///
    /// # Errors
    /// A number that is none or out of its range; a setting that this kind of model does not have, or that cannot
    /// change while a run goes on.
    pub fn validate(self, config: &TrainConfig) -> Result<(), String> {
        let kind = config.model.kind;
        let Adjustment::Set { setting, target } = self else {
            return match kind.is_adversarial() {
                true => Ok(()),
                false => Err(format!("{} has one network, which moves in every update", kind.with_article())),
            };
        };
        if !setting.belongs_to(kind) {
            return Err(setting.refusal(kind));
        }
        let label = setting.label();
        let Some(live) = setting.live() else {
            return Err(format!("the {label} cannot change while a run goes on"));
        };
        let Target::Value { value, updates } = target else { return Ok(()) };
        if updates > MOST_STEPS {
            return Err(format!("{updates} updates on the way to a {label} of {value} are too many"));
        }
        if updates > 0 && live.course == Course::InProportion {
            return Err(format!(
                "the {label} follows its schedule; it can be changed at once, not over updates"
            ));
        }
        setting.check(value)
    }

    /// Whether it begins where its setting stands.
    fn is_line(self) -> bool {
        matches!(self, Adjustment::Set { target: Target::Value { updates: 1.., .. }, .. })
    }
}

/// As in "KL weight 2" or "KL weight to 0.1 over 500 updates".
impl std::fmt::Display for Adjustment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (setting, target) = match self {
            Adjustment::Set { setting, target } => (setting, target),
            Adjustment::Only(side) => return write!(f, "{} alone for one update", side.label()),
        };
        let label = setting.label();
        match target {
            Target::Value { value, updates: 0 } => write!(f, "{label} {value}"),
            Target::Value { value, updates } => write!(f, "{label} to {value} over {updates} updates"),
            Target::Planned => write!(f, "{label} as planned"),
        }
    }
}

/// Says in one sentence that no run can have done so many updates, if so.
pub fn check_step(step: usize) -> Result<(), String> {
    if step > MOST_STEPS { Err(format!("no run gets to step {step}")) } else { Ok(()) }
}

/// An adjustment and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Updates done before it: it acts on the update after them.
    pub step: usize,
    /// The adjustment.
    pub adjustment: Adjustment,
}

impl Change {
    /// Says in one sentence why a run with these settings cannot have had it, if so.
    ///
    /// # Errors
    /// As [`Adjustment::validate`]; a step that no run gets to.
    pub fn validate(self, config: &TrainConfig) -> Result<(), String> {
        check_step(self.step)?;
        self.adjustment.validate(config)
    }

    /// Whether nothing of `earlier`, which was asked for before this, is left once this is made: it would
    /// act at the same step or later on the same setting.
    pub(super) fn replaces(self, earlier: Change) -> bool {
        // A line begins where the setting stands, and that may be what was asked for at the same step.
        let builds_on =
            self.adjustment.is_line() && !earlier.adjustment.is_line() && earlier.step == self.step;
        self.adjustment.setting() == earlier.adjustment.setting() && earlier.step >= self.step && !builds_on
    }
}

/// An adjustment as files have it: a name that says what is done, and the numbers that go with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// A setting's column, or its stem with `_anneal` or `_planned`; `only_generator` or `only_discriminator`.
    pub setting: String,
    /// The number that it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Updates on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<usize>,
}

impl From<Adjustment> for Record {
    fn from(adjustment: Adjustment) -> Self {
        let (setting, target) = match adjustment {
            Adjustment::Set { setting, target } => (setting, target),
            Adjustment::Only(side) => {
                return Record { setting: format!("only_{}", side.label()), value: None, updates: None };
            }
        };
        // One that cannot change has no name, and is no change that is taken.
        let [column, anneal, planned] =
            setting.columns().unwrap_or_else(|| [(); 3].map(|()| setting.name().into()));
        match target {
            Target::Value { value, updates: 0 } => {
                Record { setting: column, value: Some(value), updates: None }
            }
            Target::Value { value, updates } => {
                Record { setting: anneal, value: Some(value), updates: Some(updates) }
            }
            Target::Planned => Record { setting: planned, value: None, updates: None },
        }
    }
}

impl TryFrom<Record> for Adjustment {
    type Error = String;

    fn try_from(Record { setting: name, value, updates }: Record) -> Result<Self, String> {
        let numbers = |wanted: &str| Err(format!("{name} goes with {wanted}"));
        if let Some(side) = [Side::Generator, Side::Discriminator]
            .into_iter()
            .find(|side| name.strip_prefix("only_") == Some(side.label()))
        {
            return match (value, updates) {
                (None, None) => Ok(Adjustment::Only(side)),
                _ => numbers("no number"),
            };
        }
        let found = Setting::changeable().find_map(|setting| {
            let which = setting.columns()?.iter().position(|column| *column == name)?;
            Some((setting, which))
        });
        match (found, value, updates) {
            (Some((setting, 0)), Some(value), None) => Ok(Adjustment::to(setting, value)),
            (Some((setting, 1)), Some(value), Some(updates)) => Ok(Adjustment::line(setting, value, updates)),
            (Some((setting, 2)), None, None) => Ok(Adjustment::planned(setting)),
            (Some((_, 0)), ..) => numbers("a value and no updates"),
            (Some((_, 1)), ..) => numbers("a value and a number of updates"),
            (Some(_), ..) => numbers("no number"),
            (None, ..) => {
                let name: String = name.chars().take(40).collect();
                Err(format!("{name:?} is no setting that can change while a run goes on"))
            }
        }
    }
}

/// Forms of an adjustment in JSON.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a change of its settings is none that a run can have")]
enum Stored {
    Record(Record),
    Earlier(Earlier),
}

/// The JSON of earlier versions, which had a name for each change.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Earlier {
    KlWeight(f64),
    KlAnneal { to: f64, steps: usize },
    KlPlanned,
    LearningRate(f64),
    FreeBits(f64),
    SparsityWeight(f64),
    NoiseStrength(f64),
    Only(Side),
}

impl TryFrom<Stored> for Adjustment {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        Ok(match stored {
            Stored::Record(record) => return record.try_into(),
            Stored::Earlier(earlier) => match earlier {
                Earlier::KlWeight(value) => Adjustment::to(Setting::KlWeight, value),
                Earlier::KlAnneal { to, steps } => Adjustment::line(Setting::KlWeight, to, steps),
                Earlier::KlPlanned => Adjustment::planned(Setting::KlWeight),
                Earlier::LearningRate(value) => Adjustment::to(Setting::LearningRate, value),
                Earlier::FreeBits(value) => Adjustment::to(Setting::FreeBits, value),
                Earlier::SparsityWeight(value) => Adjustment::to(Setting::Sparsity, value),
                Earlier::NoiseStrength(value) => Adjustment::to(Setting::Noise, value),
                Earlier::Only(side) => Adjustment::Only(side),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ModelKind, defaults as config};

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        let of = |kind| {
            let mut config = config();
            config.model.kind = kind;
            config
        };
        let [vae, ae, dae] = [ModelKind::Vae, ModelKind::Ae, ModelKind::Dae].map(of);
        let kl = |value| Adjustment::to(Setting::KlWeight, value);
        let rate = |value| Adjustment::to(Setting::LearningRate, value);
        for (adjustment, config) in [
            (kl(-1.0), &vae),
            (kl(f64::NAN), &vae),
            (kl(f64::INFINITY), &vae),
            (Adjustment::line(Setting::KlWeight, -1.0, 5), &vae),
            (Adjustment::line(Setting::KlWeight, 1.0, usize::MAX), &vae),
            (rate(0.0), &vae),
            (rate(f64::NAN), &ae),
            (Adjustment::line(Setting::LearningRate, 1.0, 5), &ae),
            (Adjustment::to(Setting::FreeBits, -0.1), &vae),
            (Adjustment::to(Setting::Noise, 0.1), &vae),
            (Adjustment::to(Setting::Noise, 1.1), &dae),
            (Adjustment::to(Setting::Sparsity, 1.0), &vae),
            (Adjustment::to(Setting::BatchSize, 8.0), &vae),
            (kl(1.0), &ae),
            (Adjustment::planned(Setting::KlWeight), &ae),
            (Adjustment::Only(Side::Generator), &vae),
        ] {
            let message = adjustment.validate(config).unwrap_err();
            assert!(message.contains(' ') && !message.ends_with('.'), "{adjustment:?}: {message}");
        }
        kl(0.0).validate(&vae).unwrap();
        Adjustment::line(Setting::KlWeight, 0.0, 0).validate(&vae).unwrap();
        Adjustment::to(Setting::Noise, 0.0).validate(&dae).unwrap();
        rate(1e-5).validate(&ae).unwrap();
        assert!(Change { step: 1 << 63, adjustment: kl(1.0) }.validate(&vae).unwrap_err().contains("no run"));
    }

    #[test]
    fn checkpoints_of_today_and_of_earlier_versions_are_read() {
        let kl = Setting::KlWeight;
        for (json, adjustment) in [
            (r#"{"kl-weight":0.5}"#, Adjustment::to(kl, 0.5)),
            (r#"{"kl-anneal":{"to":2.0,"steps":7}}"#, Adjustment::line(kl, 2.0, 7)),
            (r#""kl-planned""#, Adjustment::planned(kl)),
            (r#"{"learning-rate":0.001}"#, Adjustment::to(Setting::LearningRate, 0.001)),
            (r#"{"free-bits":0.1}"#, Adjustment::to(Setting::FreeBits, 0.1)),
            (r#"{"sparsity-weight":3.0}"#, Adjustment::to(Setting::Sparsity, 3.0)),
            (r#"{"noise-strength":0.3}"#, Adjustment::to(Setting::Noise, 0.3)),
            (r#"{"only":"generator"}"#, Adjustment::Only(Side::Generator)),
        ] {
            assert_eq!(serde_json::from_str::<Adjustment>(json).unwrap(), adjustment, "{json}");
            let now = serde_json::to_string(&adjustment).unwrap();
            assert_eq!(serde_json::from_str::<Adjustment>(&now).unwrap(), adjustment, "{now}");
        }
        let line = serde_json::to_string(&Adjustment::line(kl, 2.0, 7)).unwrap();
        assert_eq!(line, r#"{"setting":"kl_anneal","value":2.0,"updates":7}"#);
        for json in [
            r#"{"setting":"kl_wieght","value":1.0}"#,
            r#"{"setting":"kl_weight"}"#,
            r#"{"setting":"kl_anneal"}"#,
        ] {
            let message = serde_json::from_str::<Adjustment>(json).unwrap_err().to_string();
            assert!(message.contains("kl_"), "{json}: {message}");
        }
    }
}
