//! What is plotted of a run.

use crate::config::ModelKind;

/// A number that a run tells again and again. The order is that of lists and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// What is minimised, on the batch.
    Loss,
    /// The same on the validation images.
    ValidationLoss,
    /// Reconstruction term on the batch.
    Reconstruction,
    /// The same on the validation images.
    ValidationReconstruction,
    /// KL on the batch.
    Kl,
    /// The same on the validation images.
    ValidationKl,
    /// Reconstruction error per pixel and channel on the batch.
    Re,
    /// The same on the validation images.
    ValidationRe,
    /// Signal to noise on the validation images.
    Psnr,
    /// Structural similarity on the validation images.
    Ssim,
    /// Learning rate.
    LearningRate,
    /// Weight of the KL.
    KlWeight,
    /// Nats of KL that cost nothing.
    FreeBits,
    /// Length of the gradient.
    GradientNorm,
    /// Speed.
    ImagesPerSecond,
    /// Dimensions that carry information.
    ActiveUnits,
    /// RE with the codes of other images.
    ShuffledRe,
    /// Sparsity penalty on the batch.
    Sparsity,
    /// The same on the validation images.
    ValidationSparsity,
    /// Activity of the units on the batch.
    MeanActivity,
    /// The same on the validation images.
    ValidationMeanActivity,
    /// Inactive units on the batch.
    InactiveShare,
    /// The same on the validation images.
    ValidationInactiveShare,
    /// What the generator of an adversarial pair minimises.
    GeneratorLoss,
    /// The discriminator's loss on real images.
    DiscriminatorLossReal,
    /// The discriminator's loss on generated images.
    DiscriminatorLossFake,
    /// What the discriminator believes of real images.
    DReal,
    /// What the discriminator believes of generated images.
    DFake,
    /// R1 penalty.
    R1,
    /// Distance of pictures and reconstructions in the discriminator's features.
    FeatureReconstruction,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Down.
    Lower,
    /// Up.
    Higher,
    /// Neither: a setting, or a matter of what is wanted.
    Neither,
}

impl Better {
    /// A sentence for it, if there is one to say.
    pub fn sentence(self) -> Option<&'static str> {
        match self {
            Better::Lower => Some("Lower is better."),
            Better::Higher => Some("Higher is better."),
            Better::Neither => None,
        }
    }
}

impl Quantity {
    /// All of them, in order.
    pub const ALL: [Quantity; 30] = [
        Quantity::Loss,
        Quantity::ValidationLoss,
        Quantity::Reconstruction,
        Quantity::ValidationReconstruction,
        Quantity::Kl,
        Quantity::ValidationKl,
        Quantity::Re,
        Quantity::ValidationRe,
        Quantity::Psnr,
        Quantity::Ssim,
        Quantity::LearningRate,
        Quantity::KlWeight,
        Quantity::FreeBits,
        Quantity::GradientNorm,
        Quantity::ImagesPerSecond,
        Quantity::ActiveUnits,
        Quantity::ShuffledRe,
        Quantity::Sparsity,
        Quantity::ValidationSparsity,
        Quantity::MeanActivity,
        Quantity::ValidationMeanActivity,
        Quantity::InactiveShare,
        Quantity::ValidationInactiveShare,
        Quantity::GeneratorLoss,
        Quantity::DiscriminatorLossReal,
        Quantity::DiscriminatorLossFake,
        Quantity::DReal,
        Quantity::DFake,
        Quantity::R1,
        Quantity::FeatureReconstruction,
    ];

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Quantity::Loss => "Loss",
            Quantity::ValidationLoss => "Validation loss",
            Quantity::Reconstruction => "Reconstruction",
            Quantity::ValidationReconstruction => "Validation reconstruction",
            Quantity::Kl => "KL",
            Quantity::ValidationKl => "Validation KL",
            Quantity::Re => "RE",
            Quantity::ValidationRe => "Validation RE",
            Quantity::Psnr => "PSNR",
            Quantity::Ssim => "SSIM",
            Quantity::LearningRate => "Learning rate",
            Quantity::KlWeight => "KL weight",
            Quantity::FreeBits => "Free bits",
            Quantity::GradientNorm => "Gradient norm",
            Quantity::ImagesPerSecond => "Speed",
            Quantity::ActiveUnits => "Active units",
            Quantity::ShuffledRe => "RE with shuffled codes",
            Quantity::Sparsity => "Sparsity penalty",
            Quantity::ValidationSparsity => "Validation sparsity penalty",
            Quantity::MeanActivity => "Mean activity",
            Quantity::ValidationMeanActivity => "Validation mean activity",
            Quantity::InactiveShare => "Inactive share",
            Quantity::ValidationInactiveShare => "Validation inactive share",
            Quantity::GeneratorLoss => "Generator loss",
            Quantity::DiscriminatorLossReal => "Discriminator loss, real",
            Quantity::DiscriminatorLossFake => "Discriminator loss, generated",
            Quantity::DReal => "D(real)",
            Quantity::DFake => "D(generated)",
            Quantity::R1 => "R1 penalty",
            Quantity::FeatureReconstruction => "Feature reconstruction",
        }
    }

    /// What it is called beside others of its kind in a plot whose title says the rest.
    pub fn short(self) -> &'static str {
        match self {
            Quantity::GeneratorLoss => "G",
            Quantity::DiscriminatorLossReal => "D, real",
            Quantity::DiscriminatorLossFake => "D, generated",
            Quantity::DReal => "real",
            Quantity::DFake => "generated",
            other => other.label(),
        }
    }

    /// What it is counted in; empty for a pure number.
    pub fn unit(self) -> &'static str {
        match self {
            Quantity::Reconstruction | Quantity::ValidationReconstruction => "squared error per image",
            Quantity::Kl | Quantity::ValidationKl => "nats per image",
            Quantity::Re | Quantity::ValidationRe | Quantity::ShuffledRe => "per pixel",
            Quantity::Psnr => "dB",
            Quantity::FreeBits => "nats per dimension",
            Quantity::ImagesPerSecond => "images/s",
            Quantity::ActiveUnits => "dimensions",
            Quantity::GeneratorLoss | Quantity::DiscriminatorLossReal | Quantity::DiscriminatorLossFake => {
                "nats"
            }
            Quantity::FeatureReconstruction => "squared distance per image",
            _ => "",
        }
    }

    /// What it is, in a sentence or two.
    pub fn definition(self) -> &'static str {
        match self {
            Quantity::Loss => {
                "What training minimises: the mean over the batch of all terms with their weights."
            }
            Quantity::ValidationLoss => {
                "The same loss on the validation images, which the weights are never fitted to."
            }
            Quantity::Reconstruction => {
                "Squared error summed over pixels and channels, mean over the images of the batch."
            }
            Quantity::ValidationReconstruction => {
                "Squared error summed over pixels and channels, mean over the validation images."
            }
            Quantity::Kl => {
                "KL divergence of q(z|x) from N(0, I), summed over the dimensions of the code, mean over the \
                 batch, before its weight."
            }
            Quantity::ValidationKl => {
                "KL divergence of q(z|x) from N(0, I), summed over the dimensions of the code, mean over the \
                 validation images, before its weight."
            }
            Quantity::Re => "Mean squared error per pixel and channel on the batch, pixels in [0, 1].",
            Quantity::ValidationRe => {
                "Mean squared error per pixel and channel on the validation images, pixels in [0, 1]."
            }
            Quantity::Psnr => {
                "Peak signal-to-noise ratio, 10·log10(1/MSE) of each validation image, then the mean."
            }
            Quantity::Ssim => "Structural similarity (Wang et al. 2004), mean over the validation images.",
            Quantity::LearningRate => "Step size of the optimiser.",
            Quantity::KlWeight => "What the KL is multiplied with in the loss.",
            Quantity::FreeBits => "Nats of KL that each dimension has at no cost (Kingma et al. 2016).",
            Quantity::GradientNorm => "Euclidean length of the gradient over all weights.",
            Quantity::ImagesPerSecond => "Training images a second, lately.",
            Quantity::ActiveUnits => {
                "Dimensions of the code whose mean varies over the images with a variance above 0.01 (Burda \
                 et al. 2016)."
            }
            Quantity::ShuffledRe => {
                "RE of reconstructions when each image is given another's code. As low as with its own code \
                 where the decoder ignores the codes."
            }
            Quantity::Sparsity => "Sparsity penalty on the codes of the batch, before its weight.",
            Quantity::ValidationSparsity => {
                "Sparsity penalty on the codes of the validation images, before its weight."
            }
            Quantity::MeanActivity => "Activity of the code's units, mean over the batch and the units.",
            Quantity::ValidationMeanActivity => {
                "Activity of the code's units, mean over the validation images and the units."
            }
            Quantity::InactiveShare => "Part of the code's units that are inactive, mean over the batch.",
            Quantity::ValidationInactiveShare => {
                "Part of the code's units that are inactive, mean over the validation images."
            }
            Quantity::GeneratorLoss => {
                "What the generator minimises, −log D(G(z)), mean over the batch. At a draw with the discriminator it is ln 2, 0.69."
            }
            Quantity::DiscriminatorLossReal => {
                "The discriminator on real images, −log D(x), mean over the batch. At a draw it is ln 2, 0.69."
            }
            Quantity::DiscriminatorLossFake => {
                "The discriminator on generated images, −log(1 − D(G(z))), mean over the batch. At a draw it is ln 2, 0.69."
            }
            Quantity::DReal => {
                "What the discriminator believes of real images: the mean probability that it gives to their being real. At a draw it is one half."
            }
            Quantity::DFake => {
                "What the discriminator believes of generated images: the mean probability that it gives to their being real. Near 0 they convince nobody."
            }
            Quantity::R1 => {
                "Half of gamma times the mean squared gradient of the discriminator at real images, in one update of sixteen."
            }
            Quantity::FeatureReconstruction => {
                "Half the squared distance of pictures and reconstructions in a layer of the discriminator, mean over the batch."
            }
        }
    }

    /// Which direction is better.
    pub fn better(self) -> Better {
        match self {
            Quantity::Loss
            | Quantity::ValidationLoss
            | Quantity::Reconstruction
            | Quantity::ValidationReconstruction
            | Quantity::Re
            | Quantity::ValidationRe => Better::Lower,
            Quantity::Psnr | Quantity::Ssim | Quantity::ImagesPerSecond | Quantity::ActiveUnits => {
                Better::Higher
            }
            _ => Better::Neither,
        }
    }

    /// Its column in `history.csv` and in exported tables.
    pub fn column(self) -> &'static str {
        match self {
            Quantity::Loss => "loss",
            Quantity::ValidationLoss => "validation_loss",
            Quantity::Reconstruction => "reconstruction",
            Quantity::ValidationReconstruction => "validation_reconstruction",
            Quantity::Kl => "kl",
            Quantity::ValidationKl => "validation_kl",
            Quantity::Re => "re",
            Quantity::ValidationRe => "validation_re",
            Quantity::Psnr => "validation_psnr",
            Quantity::Ssim => "validation_ssim",
            Quantity::LearningRate => "learning_rate",
            Quantity::KlWeight => "kl_weight",
            Quantity::FreeBits => "free_bits",
            Quantity::GradientNorm => "gradient_norm",
            Quantity::ImagesPerSecond => "images_per_second",
            Quantity::ActiveUnits => "validation_active_units",
            Quantity::ShuffledRe => "validation_re_shuffled",
            Quantity::Sparsity => "sparsity",
            Quantity::ValidationSparsity => "validation_sparsity",
            Quantity::MeanActivity => "mean_activity",
            Quantity::ValidationMeanActivity => "validation_mean_activity",
            Quantity::InactiveShare => "inactive_share",
            Quantity::ValidationInactiveShare => "validation_inactive_share",
            Quantity::GeneratorLoss => "generator_loss",
            Quantity::DiscriminatorLossReal => "discriminator_loss_real",
            Quantity::DiscriminatorLossFake => "discriminator_loss_fake",
            Quantity::DReal => "d_real",
            Quantity::DFake => "d_fake",
            Quantity::R1 => "r1",
            Quantity::FeatureReconstruction => "feature_reconstruction",
        }
    }

    /// Whether it is measured now and then, on validation images, and not at every step on the batch.
    pub fn is_measured(self) -> bool {
        self.column().starts_with("validation_")
    }

    /// Whether models of this kind have it.
    pub fn applies_to(self, kind: ModelKind) -> bool {
        match self {
            Quantity::Kl | Quantity::ValidationKl | Quantity::KlWeight | Quantity::FreeBits => {
                kind.is_variational()
            }
            Quantity::Sparsity
            | Quantity::ValidationSparsity
            | Quantity::MeanActivity
            | Quantity::ValidationMeanActivity
            | Quantity::InactiveShare
            | Quantity::ValidationInactiveShare => kind == ModelKind::Sae,
            Quantity::GeneratorLoss
            | Quantity::DiscriminatorLossReal
            | Quantity::DiscriminatorLossFake
            | Quantity::DReal
            | Quantity::DFake
            | Quantity::R1 => kind.is_adversarial(),
            Quantity::FeatureReconstruction => kind == ModelKind::VaeGan,
            Quantity::Reconstruction | Quantity::Re => kind.has_encoder(),
            measured if measured.is_measured() => kind.has_encoder(),
            _ => true,
        }
    }
}
