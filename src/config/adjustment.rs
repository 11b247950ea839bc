//! Changes to the settings of a run that is under way.

use serde::{Deserialize, Serialize};

use super::{ModelKind, Side, TrainConfig};

/// A change to a setting of a running run. It acts on the very next update.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adjustment {
    /// The KL weight, held from now on in place of what was planned.
    KlWeight(f64),
    /// The KL weight on a straight line from where it stands, reached after so many updates and held.
    KlAnneal {
        /// The weight at the end of the line.
        to: f64,
        /// Updates that it takes.
        steps: usize,
    },
    /// The KL weight as the run's own schedule has it, in place of what it was changed to.
    KlPlanned,
    /// The learning rate; what its schedule had planned goes on in proportion.
    LearningRate(f64),
    /// Nats of KL that each dimension may have at no cost.
    FreeBits(f64),
    /// Weight of the sparsity penalty.
    SparsityWeight(f64),
    /// Standard deviation or probability of the noise that a denoising AE is shown.
    NoiseStrength(f64),
    /// For the next update alone: only this network of an adversarial pair moves.
    Only(Side),
}

/// What an [`Adjustment`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Weight of the KL.
    KlWeight,
    /// Learning rate.
    LearningRate,
    /// Nats of KL that each dimension may have at no cost.
    FreeBits,
    /// Weight of the sparsity penalty.
    SparsityWeight,
    /// Strength of the noise.
    NoiseStrength,
    /// Which network moves.
    Turn,
}

impl Setting {
    /// All of them.
    pub const ALL: [Setting; 6] = [
        Setting::KlWeight,
        Setting::LearningRate,
        Setting::FreeBits,
        Setting::SparsityWeight,
        Setting::NoiseStrength,
        Setting::Turn,
    ];

    /// As in "the KL weight".
    pub fn label(self) -> &'static str {
        match self {
            Setting::KlWeight => "KL weight",
            Setting::LearningRate => "learning rate",
            Setting::FreeBits => "free bits",
            Setting::SparsityWeight => "sparsity weight",
            Setting::NoiseStrength => "noise strength",
            Setting::Turn => "turn",
        }
    }

    /// Whether runs of this kind of model have it.
    pub fn belongs_to(self, kind: ModelKind) -> bool {
        match self {
            Setting::LearningRate => true,
            Setting::KlWeight | Setting::FreeBits => kind.is_variational(),
            Setting::SparsityWeight => kind == ModelKind::Sae,
            Setting::NoiseStrength => kind == ModelKind::Dae,
            Setting::Turn => kind.is_adversarial(),
        }
    }
}

impl Adjustment {
    /// What it changes.
    pub fn setting(self) -> Setting {
        match self {
            Adjustment::KlWeight(_) | Adjustment::KlAnneal { .. } | Adjustment::KlPlanned => {
                Setting::KlWeight
            }
            Adjustment::LearningRate(_) => Setting::LearningRate,
            Adjustment::FreeBits(_) => Setting::FreeBits,
            Adjustment::SparsityWeight(_) => Setting::SparsityWeight,
            Adjustment::NoiseStrength(_) => Setting::NoiseStrength,
            Adjustment::Only(_) => Setting::Turn,
        }
    }

    /// Says in one sentence why a run with these settings cannot take it, if so.
    ///
    /// # Errors
    /// A number that is none or out of its range; a setting that this kind of model does not have.
    pub fn validate(self, config: &TrainConfig) -> Result<(), String> {
        let (setting, kind) = (self.setting(), config.model.kind);
        let label = setting.label();
        if !setting.belongs_to(kind) {
            return Err(format!("{} has no {label} to change", kind.with_article()));
        }
        let (value, allowed, range) = match self {
            Adjustment::KlPlanned | Adjustment::Only(_) => return Ok(()),
            Adjustment::KlAnneal { to, steps } if steps > super::MOST_STEPS => {
                return Err(format!("{steps} updates on the way to a KL weight of {to} are too many"));
            }
            Adjustment::LearningRate(rate) => (rate, rate > 0.0, "above 0"),
            Adjustment::NoiseStrength(part) => (part, (0.0..=1.0).contains(&part), "from 0 to 1"),
            Adjustment::KlWeight(value)
            | Adjustment::KlAnneal { to: value, .. }
            | Adjustment::FreeBits(value)
            | Adjustment::SparsityWeight(value) => (value, value >= 0.0, "0 or more"),
        };
        if allowed && value.is_finite() {
            Ok(())
        } else {
            Err(format!("a value of {value} is not possible for the {label}; it must be {range}"))
        }
    }
}

/// As in "KL weight 2" or "KL weight to 0.1 over 500 updates".
impl std::fmt::Display for Adjustment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let label = self.setting().label();
        match self {
            Adjustment::KlAnneal { to, steps } => write!(f, "{label} to {to} over {steps} updates"),
            Adjustment::KlPlanned => write!(f, "{label} as planned"),
            Adjustment::Only(side) => write!(f, "{} alone for one update", side.label()),
            Adjustment::KlWeight(value)
            | Adjustment::LearningRate(value)
            | Adjustment::FreeBits(value)
            | Adjustment::SparsityWeight(value)
            | Adjustment::NoiseStrength(value) => write!(f, "{label} {value}"),
        }
    }
}

/// An adjustment and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Updates done before it: it acts on the update after them.
    pub step: usize,
    /// What was changed.
    pub adjustment: Adjustment,
}

impl Change {
    /// Whether nothing of `earlier`, which was asked for before this, is left once this is made: it would
    /// act at the same step or later on the same setting.
    pub(super) fn replaces(self, earlier: Change) -> bool {
        // A line begins where the weight stands, and that may be what was asked for at the same step.
        let builds_on = matches!(self.adjustment, Adjustment::KlAnneal { .. })
            && !matches!(earlier.adjustment, Adjustment::KlAnneal { .. })
            && earlier.step == self.step;
        self.adjustment.setting() == earlier.adjustment.setting() && earlier.step >= self.step && !builds_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults as config;

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        let vae = config();
        let mut ae = config();
        ae.model.kind = ModelKind::Ae;
        let mut dae = config();
        dae.model.kind = ModelKind::Dae;
        for (adjustment, config) in [
            (Adjustment::KlWeight(-1.0), &vae),
            (Adjustment::KlWeight(f64::NAN), &vae),
            (Adjustment::KlWeight(f64::INFINITY), &vae),
            (Adjustment::KlAnneal { to: -1.0, steps: 5 }, &vae),
            (Adjustment::KlAnneal { to: 1.0, steps: usize::MAX }, &vae),
            (Adjustment::LearningRate(0.0), &vae),
            (Adjustment::LearningRate(f64::NAN), &ae),
            (Adjustment::FreeBits(-0.1), &vae),
            (Adjustment::NoiseStrength(0.1), &vae),
            (Adjustment::NoiseStrength(1.1), &dae),
            (Adjustment::SparsityWeight(1.0), &vae),
            (Adjustment::KlWeight(1.0), &ae),
            (Adjustment::KlPlanned, &ae),
            (Adjustment::Only(Side::Generator), &vae),
        ] {
            let message = adjustment.validate(config).unwrap_err();
            assert!(message.contains(' ') && !message.ends_with('.'), "{adjustment:?}: {message}");
        }
        Adjustment::KlWeight(0.0).validate(&vae).unwrap();
        Adjustment::KlAnneal { to: 0.0, steps: 0 }.validate(&vae).unwrap();
        Adjustment::NoiseStrength(0.0).validate(&dae).unwrap();
        Adjustment::LearningRate(1e-5).validate(&ae).unwrap();
    }
}
