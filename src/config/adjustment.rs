//! Changes to the settings of a run that is under way.

use serde::{Deserialize, Serialize};

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
    /// The learning rate; what its schedule had planned goes on in proportion.
    LearningRate(f64),
    /// Nats of KL that each dimension may have at no cost.
    FreeBits(f64),
    /// Weight of the sparsity penalty.
    SparsityWeight(f64),
    /// Standard deviation or probability of the noise that a denoising AE is shown.
    NoiseStrength(f64),
}

/// An adjustment and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Updates done before it: it acts on the update after them.
    pub step: usize,
    /// What was changed.
    pub adjustment: Adjustment,
}
