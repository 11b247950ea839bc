//! Settings of adversarial training besides the two networks, for DCGAN and VAE-GAN.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Deserializer, Serialize};

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
    /// Pairs of pictures, penalties at real and generated ones, no normalisation (Huang et al. 2024).
    R3gan,
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

/// Normalisation in a discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum DiscriminatorNorm {
    /// Batch norm, as in the papers of DCGAN and VAE-GAN.
    Batch,
    /// Spectral norm of the weights (Miyato et al. 2018, <https://arxiv.org/abs/1802.05957>).
    Spectral,
    /// Nothing but the first weights.
    None,
}

/// Adversarial settings; what is not said follows the recipe, see
/// [`TrainConfig::completed`](super::TrainConfig::completed).
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
    /// Compare each generated picture with a real one in place of judging each by itself
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relativistic: Option<bool>,
    /// Normalisation in the discriminator
    #[arg(long, value_enum)]
    #[serde(
        alias = "spectral_norm",
        deserialize_with = "norm_or_flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub discriminator_norm: Option<DiscriminatorNorm>,
    /// Weight of the R1 penalty on the discriminator's gradient at real pictures, not with batch norm there; 0 for none
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r1: Option<f64>,
    /// Weight of the R2 penalty on the discriminator's gradient at generated pictures, as R1; 0 for none
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
    /// Updates from one R1 and R2 penalty to the next, which weighs so much more
    #[arg(long, value_name = "STEPS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub penalty_every: Option<usize>,
    /// Decay of Adam's mean of gradients, of both networks
    #[arg(long, value_name = "DECAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Decay of Adam's mean of squared gradients, of both networks
    #[arg(long, value_name = "DECAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// Part of the run over which R1 and R2 fall from ten times their weight and beta2 rises from 0.9; 0 for none
    #[arg(long, value_name = "PART")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burn_in: Option<f64>,
    /// Weight of the reconstruction against the adversarial loss for the decoder of a VAE-GAN
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconstruction_weight: Option<f64>,
}

/// Earlier versions knew batch norm and spectral norm, as `spectral_norm` false and true.
fn norm_or_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DiscriminatorNorm>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Flag(bool),
        Norm(DiscriminatorNorm),
    }
    Ok(Option::<Stored>::deserialize(deserializer)?.map(|stored| match stored {
        Stored::Flag(true) => DiscriminatorNorm::Spectral,
        Stored::Flag(false) => DiscriminatorNorm::Batch,
        Stored::Norm(norm) => norm,
    }))
}

impl AdversarialConfig {
    /// These settings with every one said.
    pub(super) fn completed(self, kind: ModelKind) -> Self {
        if !kind.is_adversarial() {
            return self;
        }
        let recipe = self.recipe.unwrap_or_default();
        let usual = recipe.settings(kind);
        let discriminator_norm = self.discriminator_norm.unwrap_or(usual.discriminator_norm);
        let relativistic = self.relativistic.unwrap_or(usual.relativistic);
        // What another choice makes impossible is not added to it.
        let penalty = |gamma: f64| if discriminator_norm == DiscriminatorNorm::Batch { 0.0 } else { gamma };
        let label_smoothing = if relativistic { 0.0 } else { usual.label_smoothing };
        Self {
            recipe: Some(recipe),
            ema: self.ema.or(Some(usual.ema)),
            diff_augment: self.diff_augment.or(Some(usual.diff_augment)),
            label_smoothing: self.label_smoothing.or(Some(label_smoothing)),
            relativistic: Some(relativistic),
            discriminator_norm: Some(discriminator_norm),
            r1: self.r1.or(Some(penalty(usual.r1))),
            r2: self.r2.or(Some(penalty(usual.r2))),
            penalty_every: self.penalty_every.or(Some(usual.penalty_every)),
            beta1: self.beta1.or(Some(usual.beta1)),
            beta2: self.beta2.or(Some(usual.beta2)),
            burn_in: self.burn_in.or(Some(usual.burn_in)),
            reconstruction_weight: match kind {
                ModelKind::VaeGan => self.reconstruction_weight.or(Some(usual.reconstruction_weight)),
                _ => self.reconstruction_weight,
            },
        }
    }

    /// The numbers to train with.
    pub fn settled(self, kind: ModelKind) -> Adversarial {
        let whole = self.completed(kind);
        let none = Adversarial::NONE;
        Adversarial {
            ema: whole.ema.unwrap_or(none.ema),
            diff_augment: whole.diff_augment.unwrap_or(none.diff_augment),
            label_smoothing: whole.label_smoothing.unwrap_or(none.label_smoothing),
            relativistic: whole.relativistic.unwrap_or(none.relativistic),
            discriminator_norm: whole.discriminator_norm.unwrap_or(none.discriminator_norm),
            r1: whole.r1.unwrap_or(none.r1),
            r2: whole.r2.unwrap_or(none.r2),
            penalty_every: whole.penalty_every.unwrap_or(none.penalty_every),
            beta1: whole.beta1.unwrap_or(none.beta1),
            beta2: whole.beta2.unwrap_or(none.beta2),
            burn_in: whole.burn_in.unwrap_or(none.burn_in),
            reconstruction_weight: whole.reconstruction_weight.unwrap_or(none.reconstruction_weight),
        }
    }

    /// Says in one sentence which of the settings do not go together, if any do not.
    pub(super) fn validate(self, kind: ModelKind) -> Result<(), String> {
        let settled = self.settled(kind);
        if settled.has_penalty() && settled.discriminator_norm == DiscriminatorNorm::Batch {
            return Err(
                "the R1 and R2 penalties look at each picture alone, which batch norm in the discriminator does \
                        not allow; give --discriminator-norm spectral or none with --r1 and --r2, or 0 for both"
                    .into(),
            );
        }
        if settled.relativistic && settled.label_smoothing > 0.0 {
            return Err("pictures that are compared in pairs have no labels that could be smoothed; give \
                        --label-smoothing 0 with --relativistic true"
                .into());
        }
        Ok(())
    }
}

impl Recipe {
    /// Settings that it chooses.
    fn settings(self, kind: ModelKind) -> Adversarial {
        let paper = Adversarial {
            reconstruction_weight: if kind == ModelKind::VaeGan { 0.01 } else { 0.0 },
            ..Adversarial::NONE
        };
        match self {
            Recipe::Paper => paper,
            Recipe::Recommended => Adversarial {
                ema: 0.999,
                diff_augment: true,
                label_smoothing: 0.1,
                // A VAE-GAN compares pictures by the discriminator's features, whose scale batch norm keeps.
                discriminator_norm: match kind {
                    ModelKind::VaeGan => DiscriminatorNorm::Batch,
                    _ => DiscriminatorNorm::Spectral,
                },
                r1: 1.0,
                ..paper
            },
            Recipe::R3gan => Adversarial {
                ema: 0.999,
                diff_augment: true,
                relativistic: true,
                discriminator_norm: DiscriminatorNorm::None,
                r1: 1.0,
                r2: 1.0,
                penalty_every: 1,
                beta1: 0.0,
                beta2: 0.99,
                burn_in: 0.1,
                ..paper
            },
        }
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
    /// The relativistic pairing loss (Jolicoeur-Martineau 2018, <https://arxiv.org/abs/1807.00734>; Huang et al.
    /// 2024, <https://arxiv.org/abs/2501.05441>).
    pub relativistic: bool,
    /// Normalisation in the discriminator.
    pub discriminator_norm: DiscriminatorNorm,
    /// γ of R1 (Mescheder et al. 2018, <https://arxiv.org/abs/1801.04406>) for pictures in [−1, 1].
    pub r1: f64,
    /// γ of R2, the same at generated pictures.
    pub r2: f64,
    /// Updates from one penalty to the next, which weighs so much more (Karras et al. 2020, appendix B,
    /// <https://arxiv.org/abs/1912.04958>).
    pub penalty_every: usize,
    /// β₁ of Adam.
    pub beta1: f64,
    /// β₂ of Adam.
    pub beta2: f64,
    /// Part of the run that begins with strong penalties and a short memory of Adam, see [`Adversarial::at`].
    pub burn_in: f64,
    /// γ of Larsen et al. 2016.
    pub reconstruction_weight: f64,
}

impl Adversarial {
    /// No extras, as published; β₁ and β₂ are those of Radford et al. 2016.
    pub const NONE: Adversarial = Adversarial {
        ema: 0.0,
        diff_augment: false,
        label_smoothing: 0.0,
        relativistic: false,
        discriminator_norm: DiscriminatorNorm::Batch,
        r1: 0.0,
        r2: 0.0,
        penalty_every: 16,
        beta1: 0.5,
        beta2: 0.999,
        burn_in: 0.0,
        reconstruction_weight: 0.0,
    };

    /// Whether the discriminator's gradient is penalised.
    pub fn has_penalty(&self) -> bool {
        self.r1 > 0.0 || self.r2 > 0.0
    }

    /// The numbers of an update after this part of a run, in [0, 1]: over the burn-in γ falls from ten times its
    /// value and β₂ rises from 0.9, both by half a cosine (Huang et al. 2024).
    pub fn at(self, progress: f64) -> Self {
        if progress >= self.burn_in {
            return self;
        }
        let left = 0.5 * (1.0 + (std::f64::consts::PI * progress / self.burn_in).cos());
        let penalty = 1.0 + 9.0 * left;
        Self {
            r1: penalty * self.r1,
            r2: penalty * self.r2,
            beta2: self.beta2 + left * (self.beta2.min(0.9) - self.beta2),
            ..self
        }
    }
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
        assert!(usual.discriminator_norm == DiscriminatorNorm::Spectral && usual.r1 > 0.0);
        let one = of(AdversarialConfig { recipe: Some(Recipe::Paper), ema: Some(0.5), ..Default::default() });
        assert_eq!(one, Adversarial { ema: 0.5, ..Adversarial::NONE });
        let batch =
            AdversarialConfig { discriminator_norm: Some(DiscriminatorNorm::Batch), ..Default::default() };
        assert_eq!(of(batch).r1, 0.0);
        let r3gan = AdversarialConfig { recipe: Some(Recipe::R3gan), ..Default::default() };
        let pairs = of(r3gan);
        assert!(pairs.relativistic && pairs.r1 > 0.0 && pairs.r2 > 0.0 && pairs.label_smoothing == 0.0);
        let batch = of(AdversarialConfig { discriminator_norm: batch.discriminator_norm, ..r3gan });
        assert!(batch.relativistic && !batch.has_penalty());
        let completed = AdversarialConfig::default().completed(ModelKind::VaeGan);
        assert_eq!(completed, completed.completed(ModelKind::VaeGan));
        assert_eq!(AdversarialConfig::default().completed(ModelKind::Vae), AdversarialConfig::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_a_sentence() {
        let none = AdversarialConfig::default();
        let batch = Some(DiscriminatorNorm::Batch);
        let of = |kind, adversarial| TrainConfig { adversarial, ..defaults_of(kind) };
        for (kind, config) in [
            (ModelKind::Vae, AdversarialConfig { ema: Some(0.9), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { ema: Some(1.0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { ema: Some(f64::NAN), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { label_smoothing: Some(0.6), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { r1: Some(-1.0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { r1: Some(1.0), discriminator_norm: batch, ..none }),
            (ModelKind::VaeGan, AdversarialConfig { r2: Some(1.0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { penalty_every: Some(0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { beta2: Some(1.0), ..none }),
            (ModelKind::Dcgan, AdversarialConfig { burn_in: Some(1.5), ..none }),
            (
                ModelKind::Dcgan,
                AdversarialConfig { label_smoothing: Some(0.1), relativistic: Some(true), ..none },
            ),
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

    #[test]
    fn settings_of_earlier_versions_are_read() {
        let read = |text: &str| serde_json::from_str::<AdversarialConfig>(text).unwrap();
        for (text, norm) in [
            (r#"{"spectral_norm":true}"#, Some(DiscriminatorNorm::Spectral)),
            (r#"{"spectral_norm":false}"#, Some(DiscriminatorNorm::Batch)),
            (r#"{"discriminator_norm":"none"}"#, Some(DiscriminatorNorm::None)),
            ("{}", None),
        ] {
            assert_eq!(read(text).discriminator_norm, norm, "{text}");
        }
        // As it was trained: R1 in one update of sixteen, Adam's numbers of the paper.
        let old = read(r#"{"recipe":"recommended","spectral_norm":true,"r1":1.0,"label_smoothing":0.1}"#);
        let old = old.settled(ModelKind::Dcgan);
        assert_eq!((old.penalty_every, old.beta1, old.beta2, old.r2), (16, 0.5, 0.999, 0.0));
        assert!(!old.relativistic && old.at(0.0) == old);
    }

    #[test]
    fn a_burn_in_ends_where_it_says() {
        let whole = Adversarial { r1: 2.0, r2: 0.5, beta2: 0.99, burn_in: 0.2, ..Adversarial::NONE };
        let start = whole.at(0.0);
        assert!((start.r1 - 20.0).abs() < 1e-9 && (start.r2 - 5.0).abs() < 1e-9);
        assert!((start.beta2 - 0.9).abs() < 1e-9);
        let half = whole.at(0.1);
        assert!((half.r1 - 11.0).abs() < 1e-9 && (half.beta2 - 0.945).abs() < 1e-9);
        assert_eq!((whole.at(0.2), whole.at(1.0)), (whole, whole));
    }
}
