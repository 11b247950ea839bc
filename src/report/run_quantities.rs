//! Quantities that a run reports again and again: the one table that `history.csv`, the curves and the numbers
//! beside them are made from. A quantity that is added here is in all of them.

use super::quantities::{PSNR, RE, SSIM};
use super::{CollapseReport, StepReport, ValidationReport};
use crate::config::{ModelKind, TrainConfig};
use crate::table::{Digits, Quantity};

/// The reports that a quantity is read from, and the reading; none where a report does not have it.
#[derive(Clone, Copy, Debug)]
pub enum QuantitySource {
    /// Every step, on its batch.
    Step(fn(&StepReport) -> Option<f64>),
    /// Steps of which most do not have it: a line between those that do, not a gap after each.
    SomeSteps(fn(&StepReport) -> Option<f64>),
    /// A setting of every step: it holds from one change to the next, so that a jump is a jump.
    Setting(fn(&StepReport) -> Option<f64>),
    /// Measurements on the validation images.
    Validation(fn(&ValidationReport) -> Option<f64>),
    /// All of them, and those of the codes in between.
    Codes(fn(&ValidationReport) -> Option<f64>, fn(&CollapseReport) -> Option<f64>),
}

use QuantitySource::{Codes, Setting, SomeSteps, Step, Validation};

/// A line of the table.
#[derive(Clone, Copy, Debug)]
struct RunQuantityRow {
    quantity: Quantity,
    source: QuantitySource,
    kinds: fn(ModelKind) -> bool,
    is_kept: bool,
}

/// Makes the enumeration and its table, in one order, from one list.
macro_rules! run_quantities {
    ($($name:ident = $entry:expr;)*) => {
        /// A quantity of a run. The order is that of `history.csv`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the table defines each, for people and not for programmers alone")]
        pub enum RunQuantity { $($name,)* }

        impl RunQuantity {
            /// All of them, in order.
            pub const ALL: &[RunQuantity] = &[$(RunQuantity::$name,)*];
        }

        static TABLE: &[RunQuantityRow] = &[$($entry,)*];
    };
}

run_quantities! {
    Loss = of(every, Step(|s| Some(s.loss)), Quantity::new(
        "loss", "loss",
        "What training minimises: the mean over the batch of all terms with their weights.",
    ).down());
    Reconstruction = of(ModelKind::has_encoder, Step(|s| Some(s.reconstruction)), Quantity::new(
        "reconstruction", "reconstruction",
        "Squared error summed over pixels and channels, mean over the images of the batch.",
    ).unit("squared error per image").down());
    // It follows from the reconstruction term.
    Re = not_kept(of(ModelKind::has_encoder, Step(|s| Some(s.re)), Quantity::new(
        "re", "RE",
        "Mean squared error per pixel and channel on the batch, pixels in [0, 1].",
    ).unit("per pixel").down().digits(5, 4)));
    Kl = of(ModelKind::is_variational, Step(|s| Some(s.kl)), Quantity::new(
        "kl", "KL",
        "KL divergence of q(z|x) from N(0, I), summed over the dimensions of the code, mean over the batch, \
         before its weight.",
    ).unit("nats per image").short("KL, nats"));
    KlWeight = of(ModelKind::is_variational, Setting(|s| Some(s.kl_weight)), Quantity::new(
        "kl_weight", "KL weight",
        "What the KL is multiplied with in the loss.",
    ));
    FreeBits = of(ModelKind::is_variational, Setting(|s| Some(s.free_bits)), Quantity::new(
        "free_bits", "free bits",
        "Nats of KL that each dimension has at no cost (Kingma et al. 2016).",
    ).unit("nats per dimension"));
    Sparsity = of(is_sparse, Step(|s| Some(s.sparsity?.penalty)), Quantity::new(
        "sparsity", "sparsity penalty",
        "Sparsity penalty on the codes of the batch, before its weight.",
    ));
    SparsityWeight = of(is_sparse, Setting(|s| s.sparsity_weight), Quantity::new(
        "sparsity_weight", "sparsity weight",
        "What the sparsity penalty is multiplied with in the loss.",
    ));
    MeanActivity = of(is_sparse, Step(|s| Some(s.sparsity?.mean_activity)), Quantity::new(
        "mean_activity", "mean activity",
        "Activity of the code's units, mean over the batch and the units.",
    ).short("activity").digits(3, 3));
    InactiveShare = of(is_sparse, Step(|s| Some(s.sparsity?.inactive_share)), Quantity {
        digits: Digits::Percent(0),
        ..Quantity::new(
            "inactive_share", "inactive share",
            "Part of the code's units that are inactive, mean over the batch.",
        ).short("inactive")
    });
    NoiseStrength = of(is_denoising, Setting(|s| s.noise_strength), Quantity::new(
        "noise_strength", "noise strength",
        "Strength of the noise on what the model sees: the standard deviation of Gaussian noise, the part of \
         the pixels of the others.",
    ));
    GeneratorLoss = of(ModelKind::is_adversarial, Step(|s| Some(s.adversarial?.generator)), Quantity::new(
        "generator_loss", "generator loss",
        "What the generator minimises, −log D(G(z)), mean over the batch; where pictures are compared in pairs D is \
         of its being the real one. At a draw with the discriminator it is ln 2, 0.69.",
    ).unit("nats").short("G"));
    DiscriminatorLossReal = of(ModelKind::is_adversarial, Step(|s| Some(s.adversarial?.real)), Quantity::new(
        "discriminator_loss_real", "discriminator loss, real",
        "The discriminator on real images, −log D(x), mean over the batch; for pairs, of which it has one loss, \
         that. At a draw it is ln 2, 0.69.",
    ).unit("nats").short("D, real"));
    DiscriminatorLossFake = of(ModelKind::is_adversarial, Step(|s| Some(s.adversarial?.fake)), Quantity::new(
        "discriminator_loss_fake", "discriminator loss, generated",
        "The discriminator on generated images, −log(1 − D(G(z))), mean over the batch. At a draw it is ln 2, \
         0.69.",
    ).unit("nats").short("D, generated"));
    DReal = of(ModelKind::is_adversarial, Step(|s| Some(s.adversarial?.d_real)), Quantity::new(
        "d_real", "D(real)",
        "What the discriminator believes of real images: the mean probability that it gives to their being \
         real. At a draw it is one half.",
    ).short("real").digits(2, 2));
    DFake = of(ModelKind::is_adversarial, Step(|s| Some(s.adversarial?.d_fake)), Quantity::new(
        "d_fake", "D(generated)",
        "What the discriminator believes of generated images: the mean probability that it gives to their \
         being real. Near 0 they convince nobody.",
    ).short("generated").digits(2, 2));
    R1 = of(ModelKind::is_adversarial, SomeSteps(|s| s.adversarial?.r1), Quantity::new(
        "r1", "R1 penalty",
        "Half of gamma times the mean squared gradient of the discriminator at real images, in the updates that \
         have it.",
    ));
    R2 = of(ModelKind::is_adversarial, SomeSteps(|s| s.adversarial?.r2), Quantity::new(
        "r2", "R2 penalty",
        "Half of gamma times the mean squared gradient of the discriminator at generated images, in the updates \
         that have it.",
    ));
    FeatureReconstruction = of(
        ModelKind::has_encoder,
        Step(|s| s.feature_reconstruction.or_else(|| s.adversarial?.feature_reconstruction)), Quantity::new(
        "feature_reconstruction", "feature reconstruction",
        "How differently pictures and reconstructions look to a network, mean over the batch, before its weight: for \
         a VAE-GAN half the squared distance in a layer of the discriminator, with a feature loss the distance of \
         the directions in several layers, scaled by the numbers of a picture.",
    ).unit("squared distance per image").down());
    FeatureWeight = of(is_judged, Setting(|s| s.feature_weight), Quantity::new(
        "feature_weight", "feature weight",
        "What the feature loss is multiplied with in the loss.",
    ));
    LearningRate = of(every, Setting(|s| Some(s.learning_rate)), Quantity::new(
        "learning_rate", "learning rate",
        "Step size of the optimiser.",
    ));
    GradientNorm = of(every, Step(|s| Some(s.gradient_norm).filter(|norm| !norm.is_nan())), Quantity::new(
        "gradient_norm", "gradient norm",
        "Euclidean length of the gradient over all weights.",
    ));
    // Each machine has its own.
    ImagesPerSecond = not_kept(of(every, Step(|s| Some(s.images_per_second)), Quantity::new(
        "images_per_second", "speed",
        "Training images a second, lately.",
    ).unit("images/s").short("images/s").up().digits(0, 0)));
    ValidationLoss = of(ModelKind::has_encoder, Validation(|v| Some(v.loss)), Quantity::new(
        "validation_loss", "validation loss",
        "The same loss on the validation images, which the weights are never fitted to.",
    ).down());
    ValidationReconstruction = of(
        ModelKind::has_encoder, Validation(|v| Some(v.reconstruction)), Quantity::new(
        "validation_reconstruction", "validation reconstruction",
        "Squared error summed over pixels and channels, mean over the validation images.",
    ).unit("squared error per image").down());
    ValidationKl = of(ModelKind::is_variational, Validation(|v| Some(v.kl)), Quantity::new(
        "validation_kl", "validation KL",
        "KL divergence of q(z|x) from N(0, I), summed over the dimensions of the code, mean over the validation \
         images, before its weight.",
    ).unit("nats per image"));
    ValidationFeatureReconstruction = of(
        is_judged, Validation(|v| v.feature_reconstruction), Quantity::new(
        "validation_feature_reconstruction", "validation feature reconstruction",
        "How differently validation images and reconstructions look to the network of the feature loss, mean over \
         the images, before its weight.",
    ).unit("squared distance per image").down());
    ValidationSparsity = of(is_sparse, Validation(|v| Some(v.sparsity?.penalty)), Quantity::new(
        "validation_sparsity", "validation sparsity penalty",
        "Sparsity penalty on the codes of the validation images, before its weight.",
    ));
    ValidationMeanActivity = of(is_sparse, Validation(|v| Some(v.sparsity?.mean_activity)), Quantity::new(
        "validation_mean_activity", "validation mean activity",
        "Activity of the code's units, mean over the validation images and the units.",
    ).digits(3, 3));
    ValidationInactiveShare = of(is_sparse, Validation(|v| Some(v.sparsity?.inactive_share)), Quantity {
        digits: Digits::Percent(0),
        ..Quantity::new(
            "validation_inactive_share", "validation inactive share",
            "Part of the code's units that are inactive, mean over the validation images.",
        )
    });
    ValidationRe = of(ModelKind::has_encoder, Validation(|v| Some(v.metrics.re)), Quantity {
        column: "validation_re",
        label: "validation RE",
        short: "validation RE",
        definition: "Mean squared error per pixel and channel on the validation images, pixels in [0, 1].",
        ..RE
    }.unit("per pixel"));
    ShuffledRe = of(
        ModelKind::has_encoder, Codes(|v| v.re_shuffled, |c| Some(c.re_shuffled)), Quantity::new(
        "validation_re_shuffled", "RE with shuffled codes",
        "RE of reconstructions when each image is given another's code. As low as with its own code where the \
         decoder ignores the codes.",
    ).unit("per pixel").digits(5, 4));
    ActiveUnits = of(
        ModelKind::has_encoder,
        Codes(|v| v.active_units.map(|n| n as f64), |c| Some(c.active_units as f64)), Quantity::count(
        "validation_active_units", "active units",
        "Dimensions of the code whose mean varies over the images with a variance above 0.01 (Burda et al. \
         2016).",
    ).unit("dimensions").up());
    Psnr = of(ModelKind::has_encoder, Validation(|v| Some(v.metrics.psnr)), Quantity {
        column: "validation_psnr",
        definition: "Peak signal-to-noise ratio, 10·log10(1/MSE) of each validation image, then the mean.",
        ..PSNR
    });
    Ssim = of(ModelKind::has_encoder, Validation(|v| Some(v.metrics.ssim)), Quantity {
        column: "validation_ssim",
        definition: "Structural similarity (Wang et al. 2004), mean over the validation images.",
        ..SSIM
    });
}

const fn of(kinds: fn(ModelKind) -> bool, source: QuantitySource, quantity: Quantity) -> RunQuantityRow {
    RunQuantityRow { quantity, source, kinds, is_kept: true }
}

const fn not_kept(entry: RunQuantityRow) -> RunQuantityRow {
    RunQuantityRow { is_kept: false, ..entry }
}

fn every(_: ModelKind) -> bool {
    true
}

fn is_sparse(kind: ModelKind) -> bool {
    kind == ModelKind::Sae
}

fn is_denoising(kind: ModelKind) -> bool {
    kind == ModelKind::Dae
}

/// Kinds that can have a feature loss.
fn is_judged(kind: ModelKind) -> bool {
    kind.has_encoder() && !kind.is_adversarial()
}

impl RunQuantity {
    fn entry(self) -> &'static RunQuantityRow {
        &TABLE[self as usize]
    }

    /// Its description.
    pub fn about(self) -> &'static Quantity {
        &self.entry().quantity
    }

    /// The reports that it is read from.
    pub fn source(self) -> QuantitySource {
        self.entry().source
    }

    /// True for the kinds of model that have it.
    pub fn applies_to(self, kind: ModelKind) -> bool {
        (self.entry().kinds)(kind)
    }

    /// True for runs that report it.
    pub fn is_of(self, config: &TrainConfig) -> bool {
        let judged = !config.feature_loss.is_none();
        self.applies_to(config.model.kind)
            && match self {
                Self::FeatureReconstruction => judged || config.model.kind == ModelKind::VaeGan,
                Self::FeatureWeight | Self::ValidationFeatureReconstruction => judged,
                _ => true,
            }
    }

    /// True if `history.csv` has a column of it.
    pub fn is_kept(self) -> bool {
        self.entry().is_kept
    }

    /// True if it is measured now and then, on validation images, and not at every step on the batch.
    pub fn is_measured(self) -> bool {
        matches!(self.source(), Validation(_) | Codes(..))
    }

    /// Whether it is a setting, which holds from one change to the next.
    pub fn is_setting(self) -> bool {
        matches!(self.source(), Setting(_))
    }

    /// Reads it from a training step.
    pub fn of_step(self, report: &StepReport) -> Option<f64> {
        match self.source() {
            Step(read) | SomeSteps(read) | Setting(read) => read(report),
            Validation(_) | Codes(..) => None,
        }
    }

    /// Reads it from a measurement on the validation images.
    pub fn of_validation(self, report: &ValidationReport) -> Option<f64> {
        match self.source() {
            Validation(read) | Codes(read, _) => read(report),
            Step(_) | SomeSteps(_) | Setting(_) => None,
        }
    }

    /// Reads it from a measurement of what the codes carry.
    pub fn of_codes(self, report: &CollapseReport) -> Option<f64> {
        if let Codes(_, read) = self.source() { read(report) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_has_a_column_of_its_own_and_says_what_it_is() {
        let columns = |of: &[RunQuantity]| of.iter().map(|q| q.about().column).collect::<Vec<_>>();
        let all = columns(RunQuantity::ALL);
        for (place, &quantity) in RunQuantity::ALL.iter().enumerate() {
            let about = quantity.about();
            assert!(!all[..place].contains(&about.column), "{about:?}");
            assert!(about.definition.ends_with('.') && !about.label.is_empty(), "{about:?}");
            assert_eq!(quantity.is_measured(), about.column.starts_with("validation_"), "{about:?}");
            assert!(ModelKind::ALL.into_iter().any(|kind| quantity.applies_to(kind)), "{about:?}");
        }
    }
}
