//! Noise on what a model sees.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Noise on a picture before it is encoded (Vincent et al. 2010). Values of pixels are in [0, 1] and stay
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corruption {
    /// Normal noise of this standard deviation on every channel of every pixel.
    Gaussian(f64),
    /// Each pixel with this probability black or white, as likely one as the other.
    SaltPepper(f64),
    /// Each pixel with this probability black.
    Mask(f64),
}

/// A kind of noise, whatever its strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseKind {
    /// Normal noise.
    #[default]
    Gaussian,
    /// Black and white pixels.
    SaltPepper,
    /// Black pixels.
    Mask,
}

impl NoiseKind {
    /// Noise of this kind and strength.
    pub fn of(self, strength: f64) -> Corruption {
        match self {
            NoiseKind::Gaussian => Corruption::Gaussian(strength),
            NoiseKind::SaltPepper => Corruption::SaltPepper(strength),
            NoiseKind::Mask => Corruption::Mask(strength),
        }
    }

    /// Its name within a sentence.
    pub fn label(self) -> &'static str {
        match self {
            NoiseKind::Gaussian => "Gaussian noise",
            NoiseKind::SaltPepper => "salt-and-pepper noise",
            NoiseKind::Mask => "black pixels",
        }
    }

    /// Meaning of its strength.
    pub fn strength(self) -> &'static str {
        match self {
            NoiseKind::Gaussian => "standard deviation",
            NoiseKind::SaltPepper | NoiseKind::Mask => "share of pixels",
        }
    }
}

/// A corruption with the seed of its draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Its kind and strength.
    pub corruption: Corruption,
    /// Seed of the noise: the same one spoils the same pixels.
    pub seed: u64,
}

impl Corruption {
    /// Noise that a denoising autoencoder is trained with when nothing is said.
    pub const USUAL: Corruption = Corruption::Gaussian(0.2);

    /// Standard deviation or probability.
    pub fn strength(self) -> f64 {
        match self {
            Corruption::Gaussian(strength)
            | Corruption::SaltPepper(strength)
            | Corruption::Mask(strength) => strength,
        }
    }

    /// This kind with another strength.
    pub fn with_strength(self, strength: f64) -> Self {
        match self {
            Corruption::Gaussian(_) => Corruption::Gaussian(strength),
            Corruption::SaltPepper(_) => Corruption::SaltPepper(strength),
            Corruption::Mask(_) => Corruption::Mask(strength),
        }
    }

    /// Says in one sentence what is wrong with the strength, if anything is.
    pub fn validate(self) -> Result<(), String> {
        let strength = self.strength();
        if (0.0..=1.0).contains(&strength) {
            Ok(())
        } else {
            Err(format!("noise of strength {strength} is not possible; choose 0 to 1"))
        }
    }
}

impl std::str::FromStr for Corruption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "'{text}' is no noise; use gaussian:SIGMA, salt-pepper:PART or mask:PART, as in gaussian:0.2"
            )
        };
        let (kind, strength) = text.split_once(':').ok_or_else(wrong)?;
        let strength = strength.parse().map_err(|_| wrong())?;
        let corruption = match kind {
            "gaussian" => Corruption::Gaussian(strength),
            "salt-pepper" => Corruption::SaltPepper(strength),
            "mask" => Corruption::Mask(strength),
            _ => return Err(wrong()),
        };
        corruption.validate()?;
        Ok(corruption)
    }
}

impl std::fmt::Display for Corruption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Corruption::Gaussian(_) => "gaussian",
            Corruption::SaltPepper(_) => "salt-pepper",
            Corruption::Mask(_) => "mask",
        };
        write!(f, "{kind}:{}", self.strength())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_reads_what_it_writes_and_refuses_the_rest_in_a_sentence() {
        for text in ["gaussian:0.2", "salt-pepper:0.1", "mask:1"] {
            assert_eq!(text.parse::<Corruption>().unwrap().to_string(), text);
        }
        for text in
            ["", "gaussian", "gaussian:", "gaussian:x", "gaussian:nan", "mask:1.5", "mask:-0.1", "blur:1"]
        {
            let message = text.parse::<Corruption>().unwrap_err();
            assert!(message.contains(' '), "{text}: {message}");
        }
    }
}
