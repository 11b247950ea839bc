//! Settings of adversarial training besides the two networks, for DCGAN and VAE-GAN.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::ModelKind;

/// A set of choices for what is not said one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// As published: none of the extras.
    Paper,
    /// The extras that help where there are thousands of pictures, not millions.
    #[default]
    Recommended,
}

/// One of the two networks of an adversarial pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Makes pictures.
    Generator,
    /// Tells them from real ones.
    Discriminator,
}

impl Side {
    /// The word for it.
    pub fn label(self) -> &'static str {
        match self {
            Side::Generator => "generator",
            Side::Discriminator => "discriminator",
        }
    }
}

/// Adversarial settings; what is not said follows the recipe, see [`TrainConfig::completed`](super::TrainConfig::completed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct AdversarialConfig {
    /// Extras of adversarial training that are not chosen one by one (DCGAN, VAE-GAN); recommended if not given
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Decay of the running mean of the generator's weights, which is what is shown and kept; 0 for none
    #[arg(long, value_name = "DECAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema: Option<f64>,
    /// Show the discriminator pictures, real and generated, in changing colours, moved and with a part cut out
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_augment: Option<bool>,
    /// Distance of the discriminator's target for real pictures below 1
    #[arg(long, value_name = "PART")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_smoothing: Option<f64>,
    /// Bound the discriminator's layers by spectral norm, in place of batch norm
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spectral_norm: Option<bool>,
    /// Weight of the R1 penalty on the discriminator's gradient at real pictures, which needs spectral norm; 0 for none
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r1: Option<f64>,
    /// Weight of the reconstruction against the adversarial loss for the decoder of a VAE-GAN
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconstruction_weight: Option<f64>,
}

impl AdversarialConfig {
    /// With every setting said.
    pub(super) fn completed(self, kind: ModelKind) -> Self {
        if !kind.is_adversarial() {
            return self;
        }
        let recipe = self.recipe.unwrap_or_default();
        let extra = |value: f64| if recipe == Recipe::Recommended { value } else { 0.0 };
        let recommended = recipe == Recipe::Recommended;
        // A VAE-GAN compares pictures by the discriminator's features, whose scale batch norm keeps.
        let spectral_norm = self.spectral_norm.unwrap_or(recommended && kind == ModelKind::Dcgan);
        let r1 = if spectral_norm { extra(1.0) } else { 0.0 };
        Self {
            recipe: Some(recipe),
            ema: self.ema.or(Some(extra(0.999))),
            diff_augment: self.diff_augment.or(Some(recommended)),
            label_smoothing: self.label_smoothing.or(Some(extra(0.1))),
            spectral_norm: Some(spectral_norm),
            r1: self.r1.or(Some(r1)),
            reconstruction_weight: match kind {
                ModelKind::VaeGan => self.reconstruction_weight.or(Some(0.01)),
                _ => self.reconstruction_weight,
            },
        }
    }

    /// The numbers to train with.
    pub fn settled(self, kind: ModelKind) -> Adversarial {
        let whole = self.completed(kind);
        Adversarial {
            ema: whole.ema.unwrap_or_default(),
            diff_augment: whole.diff_augment.unwrap_or_default(),
            label_smoothing: whole.label_smoothing.unwrap_or_default(),
            spectral_norm: whole.spectral_norm.unwrap_or_default(),
            r1: whole.r1.unwrap_or_default(),
            reconstruction_weight: whole.reconstruction_weight.unwrap_or_default(),
        }
    }

    /// Says in one sentence which of the settings do not go together, if any do not.
    pub(super) fn validate(self, kind: ModelKind) -> Result<(), String> {
        let settled = self.settled(kind);
        if settled.r1 > 0.0 && !settled.spectral_norm {
            return Err(
                "the R1 penalty looks at each picture alone, which batch norm in the discriminator does \
                        not allow; give --spectral-norm true with --r1, or --r1 0"
                    .into(),
            );
        }
        Ok(())
    }
}

/// The settled numbers of an [`AdversarialConfig`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adversarial {
    /// Decay of the running mean of the generator's weights, in [0, 1); 0 for none.
    pub ema: f64,
    /// Differentiable augmentation (Zhao et al. 2020, <https://arxiv.org/abs/2006.10738>).
    pub diff_augment: bool,
    /// One-sided label smoothing (Salimans et al. 2016, <https://arxiv.org/abs/1606.03498>): the target for
    /// real pictures is 1 less this.
    pub label_smoothing: f64,
    /// Spectral normalisation (Miyato et al. 2018, <https://arxiv.org/abs/1802.05957>) in place of batch norm.
    pub spectral_norm: bool,
    /// γ of R1 (Mescheder et al. 2018, <https://arxiv.org/abs/1801.04406>) for pictures in [−1, 1].
    pub r1: f64,
    /// γ of Larsen et al. 2016.
    pub reconstruction_weight: f64,
}

impl Adversarial {
    /// No extras, as published.
    pub const NONE: Adversarial = Adversarial {
        ema: 0.0,
        diff_augment: false,
        label_smoothing: 0.0,
        spectral_norm: false,
        r1: 0.0,
        reconstruction_weight: 0.0,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{TrainConfig, defaults_of};

    #[test]
    fn a_recipe_fills_in_what_is_not_said_and_no_more() {
        let of = |config: AdversarialConfig| config.settled(ModelKind::Dcgan);
        let paper = of(AdversarialConfig { recipe: Some(Recipe::Paper), ..Default::default() });
        assert_eq!(paper, Adversarial::NONE);
        let usual = of(AdversarialConfig::default());
        assert!(usual.ema > 0.9 && usual.diff_augment && usual.label_smoothing > 0.0);
        assert!(usual.spectral_norm && usual.r1 > 0.0);
        let one = of(AdversarialConfig { recipe: Some(Recipe::Paper), ema: Some(0.5), ..Default::default() });
        assert_eq!(one, Adversarial { ema: 0.5, ..Adversarial::NONE });
        let without = of(AdversarialConfig { spectral_norm: Some(false), ..Default::default() });
        assert_eq!((without.spectral_norm, without.r1), (false, 0.0));
        let completed = AdversarialConfig::default().completed(ModelKind::VaeGan);
        assert_eq!(completed, completed.completed(ModelKind::VaeGan));
        assert_eq!(AdversarialConfig::default().completed(ModelKind::Vae), AdversarialConfig::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        let none = AdversarialConfig::default();
        let of = |kind, adversarial| TrainConfig { adversarial, ..defaults_of(kind) };
        for (kind, config) in [
            (ModelKind::Vae, AdversarialConfig { ema: Some(0.9), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { ema: Some(1.0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { ema: Some(f64::NAN), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { label_smoothing: Some(0.6), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { r1: Some(-1.0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { r1: Some(1.0), spectral_norm: Some(false), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { reconstruction_weight: Some(1.0), ..none }),
            (ModelKind::VaeGan, AdversarialConfig { reconstruction_weight: Some(-1.0), ..none }),
        ] {
            let message = of(kind, config).validate().unwrap_err();
            assert!(message.contains(' ') && !message.ends_with('.'), "{message}");
        }
        for kind in [ModelKind::Vae, ModelKind::Dcgan, ModelKind::VaeGan] {
            of(kind, none).validate().unwrap();
            of(kind, none).completed().validate().unwrap();
        }
    }
}
