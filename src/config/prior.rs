//! Priors on codes: what a model draws its codes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Most Gaussians in a mixture.
const MOST_GAUSSIANS: usize = 1000;

/// The density that a model draws its codes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PriorKind {
    /// As trained: N(0, I) for a variational model and a generator, a Gaussian for each number of the code of another.
    Standard,
    /// One Gaussian with a full covariance, fitted to the codes (Ghosh et al. 2020).
    Gaussian,
    /// A mixture of so many Gaussians with full covariances (Ghosh et al. 2020).
    Mixture(usize),
    /// A flow from N(0, I) to the codes along straight paths: flow matching (Lipman et al. 2023), rectified flow
    /// (Liu et al. 2023).
    Flow,
}

impl PriorKind {
    /// Gaussians in a mixture if nobody says.
    pub const GAUSSIANS: usize = 20;

    /// Kinds that are learned, in the order in which they are shown.
    pub const LEARNED: [PriorKind; 3] =
        [PriorKind::Gaussian, PriorKind::Mixture(Self::GAUSSIANS), PriorKind::Flow];

    /// A few words, as in "mixture of 20 Gaussians".
    pub fn label(self) -> String {
        match self {
            PriorKind::Standard => "standard".into(),
            PriorKind::Gaussian => "Gaussian".into(),
            PriorKind::Mixture(count) => format!("mixture of {count} Gaussians"),
            PriorKind::Flow => "flow".into(),
        }
    }
}

impl fmt::Display for PriorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PriorKind::Standard => f.write_str("standard"),
            PriorKind::Gaussian => f.write_str("gaussian"),
            PriorKind::Mixture(count) => write!(f, "gmm:{count}"),
            PriorKind::Flow => f.write_str("flow"),
        }
    }
}

impl FromStr for PriorKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "standard" => Ok(PriorKind::Standard),
            "gaussian" => Ok(PriorKind::Gaussian),
            "gmm" => Ok(PriorKind::Mixture(Self::GAUSSIANS)),
            "flow" => Ok(PriorKind::Flow),
            _ => match text.strip_prefix("gmm:").map(str::parse) {
                Some(Ok(count)) if (1..=MOST_GAUSSIANS).contains(&count) => Ok(PriorKind::Mixture(count)),
                Some(_) => Err(format!(
                    "'{text}' is no mixture; write gmm:K with 1 to {MOST_GAUSSIANS} Gaussians, as in gmm:20"
                )),
                None => Err(format!("'{text}' is no prior; choose standard, gaussian, gmm:K or flow")),
            },
        }
    }
}

impl From<PriorKind> for String {
    fn from(kind: PriorKind) -> String {
        kind.to_string()
    }
}

impl TryFrom<String> for PriorKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The shape of the network of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowShape {
    /// Principal components of a code that flow; the others are Gaussian.
    pub components: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Number of blocks.
    pub blocks: usize,
}

impl FlowShape {
    /// Says in one sentence what is wrong with the numbers of a file, if anything is.
    pub fn validate(&self) -> Result<(), String> {
        let FlowShape { components, width, blocks } = *self;
        match (1..=4096).contains(&components) && (8..=4096).contains(&width) && (1..=64).contains(&blocks) {
            true => Ok(()),
            false => Err(format!(
                "a flow of {components} components, width {width} and {blocks} blocks is not possible"
            )),
        }
    }
}

/// Steps of the solver from noise to code that one can choose between.
pub const SOLVER_STEPS: [usize; 3] = [4, 8, 16];
/// The most that it is ever solved in: more bring nothing, and take as much longer.
pub const MOST_SOLVER_STEPS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prior_is_written_as_it_is_read() {
        for text in ["standard", "gaussian", "gmm:1", "gmm:20", "flow"] {
            assert_eq!(text.parse::<PriorKind>().unwrap().to_string(), text);
        }
        assert_eq!("gmm".parse(), Ok(PriorKind::Mixture(20)));
        for text in ["gmm:0", "gmm:x", "gmm:99999", "Flow", "", "gauss"] {
            assert!(text.parse::<PriorKind>().is_err(), "{text}");
        }
    }
}
