//! Objectives of a kind of model besides the reconstruction: the KL and its schedule, sparsity.

use serde::{Deserialize, Serialize};

use super::MOST_STEPS;

/// Schedule of `kl_weight` over the steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KlSchedule {
    /// The full weight from the first step on.
    Constant,
    /// Grows in a straight line from 0 to the full weight over this many steps (Bowman et al. 2016).
    Warmup(usize),
    /// Starts again from 0 several times over the run (Fu et al. 2019).
    Cyclical {
        /// Cycles over the steps of the run.
        cycles: usize,
        /// Part of a cycle, in (0, 1], over which the weight grows in a straight line; then it stays.
        ramp: f64,
    },
}

impl KlSchedule {
    /// Says in one sentence what is wrong with the numbers for a run of `steps`, if anything is.
    pub fn validate(self, steps: usize) -> Result<(), String> {
        match self {
            KlSchedule::Constant => Ok(()),
            KlSchedule::Warmup(updates) if updates > MOST_STEPS => {
                Err(format!("a warm-up over {updates} steps is not possible; choose at most {MOST_STEPS}"))
            }
            KlSchedule::Warmup(_) => Ok(()),
            KlSchedule::Cyclical { cycles, .. } if !(1..=steps).contains(&cycles) => {
                Err(format!("{cycles} cycles of the KL weight do not fit into {steps} steps"))
            }
            KlSchedule::Cyclical { ramp, .. } if !(ramp > 0.0 && ramp <= 1.0) => {
                Err(format!("a ramp over {ramp} of a cycle is not possible; choose above 0 and at most 1"))
            }
            KlSchedule::Cyclical { .. } => Ok(()),
        }
    }
}

impl std::str::FromStr for KlSchedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "constant" => Ok(KlSchedule::Constant),
            Some(("warmup", steps)) => steps
                .parse()
                .map(KlSchedule::Warmup)
                .map_err(|_| format!("'{steps}' is not a number of steps, as in warmup:5000")),
            Some(("cyclical", cycle)) => cycle
                .split_once(',')
                .and_then(|(cycles, ramp)| {
                    Some(KlSchedule::Cyclical { cycles: cycles.parse().ok()?, ramp: ramp.parse().ok()? })
                })
                .ok_or_else(|| format!("'{cycle}' is not CYCLES,RAMP, as in cyclical:4,0.5")),
            _ => {
                Err(format!("'{text}' is not a schedule; use constant, warmup:STEPS or cyclical:CYCLES,RAMP"))
            }
        }
    }
}

impl std::fmt::Display for KlSchedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KlSchedule::Constant => f.write_str("constant"),
            KlSchedule::Warmup(steps) => write!(f, "warmup:{steps}"),
            KlSchedule::Cyclical { cycles, ramp } => write!(f, "cyclical:{cycles},{ramp}"),
        }
    }
}

/// Penalty that keeps the code of a sparse autoencoder sparse: `weight · Omega(code)` joins the loss. Formulas in
/// [`crate::losses`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sparsity {
    /// KL from a target activity to the mean activity of each unit, summed over units, which are sigmoids
    /// (Ng 2011).
    Kl {
        /// Mean activity that every unit is drawn to, in (0, 1).
        target: f64,
        /// Weight of the penalty.
        weight: f64,
    },
    /// Sum of the absolute values of a code, whose units are rectified so that they can be exactly 0.
    L1 {
        /// Weight of the penalty.
        weight: f64,
    },
}

impl Sparsity {
    /// Penalty that a sparse autoencoder is trained with when nothing is said.
    pub const USUAL: Sparsity = Sparsity::Kl { target: 0.05, weight: 10.0 };

    /// The units that the penalty is made for.
    pub fn units(self) -> CodeUnits {
        match self {
            Sparsity::Kl { .. } => CodeUnits::Sigmoid,
            Sparsity::L1 { .. } => CodeUnits::Relu,
        }
    }

    /// Weight of the penalty.
    pub fn weight(self) -> f64 {
        match self {
            Sparsity::Kl { weight, .. } | Sparsity::L1 { weight } => weight,
        }
    }

    /// This kind of penalty with another weight.
    pub fn with_weight(self, weight: f64) -> Self {
        match self {
            Sparsity::Kl { target, .. } => Sparsity::Kl { target, weight },
            Sparsity::L1 { .. } => Sparsity::L1 { weight },
        }
    }

    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(self) -> Result<(), String> {
        if let Sparsity::Kl { target, .. } = self
            && !(target > 0.0 && target < 1.0)
        {
            return Err(format!("a target activity of {target} is not possible; choose between 0 and 1"));
        }
        let weight = self.weight();
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(format!("a sparsity weight of {weight} is not possible; it must be 0 or more"));
        }
        Ok(())
    }
}

impl std::str::FromStr for Sparsity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is not a sparsity; use kl:TARGET,WEIGHT or l1:WEIGHT, as in kl:0.05,10");
        let number = |text: &str| text.parse::<f64>().map_err(|_| wrong());
        let sparsity = match text.split_once(':').ok_or_else(wrong)? {
            ("kl", numbers) => {
                let (target, weight) = numbers.split_once(',').ok_or_else(wrong)?;
                Sparsity::Kl { target: number(target)?, weight: number(weight)? }
            }
            ("l1", weight) => Sparsity::L1 { weight: number(weight)? },
            _ => return Err(wrong()),
        };
        sparsity.validate()?;
        Ok(sparsity)
    }
}

impl std::fmt::Display for Sparsity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Sparsity::Kl { target, weight } => write!(f, "kl:{target},{weight}"),
            Sparsity::L1 { weight } => write!(f, "l1:{weight}"),
        }
    }
}

/// Range of the numbers of a deterministic code. The decoder has never seen others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeUnits {
    /// Any number.
    #[default]
    Linear,
    /// Rectified: 0 or more.
    Relu,
    /// Between 0 and 1.
    Sigmoid,
}

impl CodeUnits {
    /// Activity of a sigmoid below which it counts as inactive.
    const INACTIVE_BELOW: f32 = 0.1;

    /// The nearest number that a unit can give.
    pub fn clamp(self, value: f32) -> f32 {
        match self {
            CodeUnits::Linear => value,
            CodeUnits::Relu => value.max(0.0),
            CodeUnits::Sigmoid => value.clamp(0.0, 1.0),
        }
    }

    /// Whether a unit with this activity is switched off; linear units never are.
    pub fn is_inactive(self, activity: f32) -> bool {
        match self {
            CodeUnits::Linear => false,
            CodeUnits::Relu => activity <= 0.0,
            CodeUnits::Sigmoid => activity < Self::INACTIVE_BELOW,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_what_they_write() {
        for text in ["constant", "warmup:5000", "cyclical:4,0.5"] {
            assert_eq!(text.parse::<KlSchedule>().unwrap().to_string(), text);
        }
        for text in ["kl:0.05,10", "l1:0.5", "l1:0"] {
            assert_eq!(text.parse::<Sparsity>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        for text in
            ["", "kl", "kl:0.05", "kl:0,1", "kl:1,1", "kl:nan,1", "kl:0.1,-1", "l1:inf", "l2:1", "l1:x"]
        {
            let message = text.parse::<Sparsity>().unwrap_err();
            assert!(message.contains(' '), "{text}: {message}");
        }
        for text in ["linear", "warmup:x", "cyclical:4", "cyclical:x,0.5", "cyclical:-1,0.5"] {
            assert!(text.parse::<KlSchedule>().is_err(), "{text}");
        }
        for (cycles, ramp) in [(0, 0.5), (101, 0.5), (4, 0.0), (4, 1.1), (4, f64::NAN)] {
            assert!(KlSchedule::Cyclical { cycles, ramp }.validate(100).is_err(), "{cycles} {ramp}");
        }
        KlSchedule::Cyclical { cycles: 4, ramp: 1.0 }.validate(100).unwrap();
        KlSchedule::Warmup(5000).validate(100).unwrap();
        assert!(KlSchedule::Warmup(usize::MAX).validate(100).is_err());
    }

    #[test]
    fn units_stay_in_their_range() {
        let moved = |units: CodeUnits| [-2.0, 0.3, 7.0].map(|v| units.clamp(v));
        assert_eq!(moved(CodeUnits::Linear), [-2.0, 0.3, 7.0]);
        assert_eq!(moved(CodeUnits::Relu), [0.0, 0.3, 7.0]);
        assert_eq!(moved(CodeUnits::Sigmoid), [0.0, 0.3, 1.0]);
    }
}
