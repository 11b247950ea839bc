//! The settings of a run, each described once: the command line, the form of a new run, live control, the plan,
//! `events.csv`, forks, copied commands and the checks of what comes from files are loops over this table. Flag,
//! line of help and default stand beside the field of [`TrainConfig`], from where the command line takes them too.

mod number;

use clap::ValueEnum;

use super::schedule::{kl_weight_at, learning_rate_at};
use super::{
    Augmentation, Corruption, DataSource, DiscriminatorNorm, FeatureLoss, KlSchedule, Likelihood, LrSchedule,
    MOST_IMAGES, MOST_STEPS, ModelKind, Normalization, OptimizerKind, Recipe, Sparsity, TrainConfig,
    defaults_of, flag, help,
};

pub use number::{Course, LiveChange, NumberRange, NumberScale, NumberSetting};

/// A part of the form, in which settings stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The shape of the model.
    Model,
    /// The pictures, and how they are varied.
    Data,
    /// The optimiser and its rates.
    Training,
    /// The terms of the loss besides the reconstruction.
    Objective,
    /// Settings that are seldom changed.
    More,
}

struct Row {
    name: &'static str,
    group: Group,
    label: &'static str,
    short: &'static str,
    about: &'static str,
    of: fn(ModelKind) -> bool,
    is_same: fn(&TrainConfig, &TrainConfig) -> bool,
    copy: fn(&mut TrainConfig, &TrainConfig),
    text: fn(&TrainConfig) -> Option<String>,
    number: Option<NumberSetting>,
    live: Option<LiveChange>,
}

/// A value as the command line takes it; none where nothing is said.
trait AsOption {
    fn as_option(&self) -> Option<String>;
}

macro_rules! as_displayed {
    ($($kind:ty),*) => { $(impl AsOption for $kind {
        fn as_option(&self) -> Option<String> {
            Some(self.to_string())
        }
    })* };
}
as_displayed!(
    f64,
    usize,
    u64,
    bool,
    DataSource,
    Augmentation,
    KlSchedule,
    Sparsity,
    Corruption,
    FeatureLoss,
    Likelihood
);

macro_rules! as_named {
    ($($kind:ty),*) => { $(impl AsOption for $kind {
        fn as_option(&self) -> Option<String> {
            Some(self.to_possible_value()?.get_name().to_owned())
        }
    })* };
}
as_named!(ModelKind, Normalization, LrSchedule, OptimizerKind, Recipe, DiscriminatorNorm);

impl<T: AsOption> AsOption for Option<T> {
    fn as_option(&self) -> Option<String> {
        self.as_ref()?.as_option()
    }
}

/// The row of a field: the identifier of its option, group, label. What else there is to say follows as fields.
macro_rules! row {
    ($name:literal, $group:ident, $label:literal, $($path:ident).+ $(, $key:ident: $value:expr)* $(,)?) => {
        Row {
            $($key: $value,)*
            ..Row {
                name: $name,
                group: Group::$group,
                label: $label,
                short: "",
                about: "",
                of: |_| true,
                is_same: |a, b| a.$($path).+ == b.$($path).+,
                copy: |to, from| to.$($path).+.clone_from(&from.$($path).+),
                text: |config| config.$($path).+.as_option(),
                number: None,
                live: None,
            }
        }
    };
}

/// The number in a field.
macro_rules! number {
    ($($path:ident).+, $range:expr, $scale:expr) => {
        number!($($path).+, $range, $scale, "")
    };
    ($($path:ident).+, $range:expr, $scale:expr, $unit:literal) => {
        Some(NumberSetting {
            get: |config| Some(config.$($path).+ as f64),
            set: |config, value| config.$($path).+ = value as _,
            range: $range,
            scale: $scale,
            unit: $unit,
        })
    };
}

/// An extra of adversarial training: what is not said follows the recipe.
macro_rules! extra {
    ($field:ident, $range:expr, $scale:expr) => {
        Some(NumberSetting {
            get: |config| Some(config.adversarial.settled(config.model.kind).$field as f64),
            set: |config, value| config.adversarial.$field = Some(value as _),
            range: $range,
            scale: $scale,
            unit: "",
        })
    };
}

macro_rules! settings {
    ($($(#[$doc:meta])* $setting:ident = $row:expr;)*) => {
        /// A setting of a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Setting { $($(#[$doc])* $setting,)* }

        impl Setting {
            /// All of them, in the order in which they are told.
            pub const ALL: &'static [Setting] = &[$(Setting::$setting),*];
        }

        static ROWS: &[Row] = &[$($row),*];
    };
}

const EVERY: NumberRange = NumberRange::from(1.0, MOST_STEPS as f64);
const STEPS: NumberScale = NumberScale::Count { most: 10_000_000 };
const WEIGHT: NumberScale = NumberScale::Log { least: 1e-3, most: 1e3, zero: true };
const EXTRA_WEIGHT: NumberRange = NumberRange::from(0.0, 1e6);
const PENALTY: NumberScale = NumberScale::Log { least: 1e-2, most: 100.0, zero: true };
/// Of a running mean: it never forgets at 1.
const DECAY: NumberRange = NumberRange { open_above: true, ..NumberRange::from(0.0, 1.0) };
const NEAR_1: NumberScale = NumberScale::Real { most: 0.9999, speed: 0.001 };

settings! {
    /// Kind of model.
    Kind = row!("kind", Model, "kind of model", model.kind);
    /// Where the pictures come from.
    Data = row!("source", Data, "data", dataset.source);
    /// Side of the square images in pixels.
    ImageSize = row!("image_size", Model, "image size", model.image_size);
    /// Channels of the images.
    Channels = row!("channels", Model, "channels", model.channels);
    /// Numbers in a code.
    LatentDim = row!("latent_dim", Model, "latent size", model.latent_dim,
        about: "Numbers in a code: fewer keep less of a picture",
        number: number!(model.latent_dim, NumberRange::from(1.0, 4096.0), NumberScale::Count { most: 4096 }));
    /// Side of the grid that a code is laid out on.
    LatentGrid = row!("latent_grid", Model, "latent grid", model.latent_grid, of: not_dcgan);
    /// Linear layers in place of convolutions.
    Linear = row!("linear", Model, "linear layers", model.linear, of: |kind| kind == ModelKind::Ae);
    /// Channels after the first convolution.
    BaseWidth = row!("base_width", Model, "base width", model.base_width,
        number: number!(model.base_width, NumberRange::from(1.0, 256.0), NumberScale::Count { most: 256 }));
    /// Normalisation between convolution and activation.
    Normalization = row!("normalization", More, "choice of normalisation", model.normalization, of: not_dcgan);
    /// Mirrored pictures.
    Flip = row!("flip", More, "mirroring", dataset.flip);
    /// Varied pictures.
    Augment = row!("augment", More, "augmentation", dataset.augment);
    /// Updates of the weights.
    Steps = row!("steps", Training, "number of steps", steps,
        number: number!(steps, EVERY, STEPS),
        // Passes over the images say it too.
        is_same: |a, b| a.steps == b.steps || a.epochs.is_some());
    /// Passes over the training images.
    Epochs = row!("epochs", Training, "number of epochs", epochs, number: Some(NumberSetting {
        get: |config| Some(config.epochs? as f64),
        set: |config, value| config.epochs = Some(value as usize),
        range: EVERY,
        scale: NumberScale::Count { most: 100_000 },
        unit: "",
    }));
    /// Images in an update.
    BatchSize = row!("batch_size", Training, "batch size", batch_size,
        about: "Images in an update: more are steadier and slower",
        number: number!(batch_size, NumberRange::from(1.0, MOST_IMAGES as f64), NumberScale::Count { most: 4096 }));
    /// Optimiser.
    Optimizer = row!("optimizer", Training, "choice of optimiser", optimizer, of: alone);
    /// Learning rate.
    LearningRate = row!("learning_rate", Training, "learning rate", learning_rate,
        about: "How far an update goes, at its highest",
        number: number!(learning_rate, NumberRange::ABOVE_0, NumberScale::Log { least: 1e-6, most: 1e-1, zero: false }),
        live: Some(LiveChange {
            course: Course::InProportion,
            schedule: Some(Setting::LrSchedule),
            can_diverge: true,
            planned: Some(learning_rate_at),
            ..LiveChange::held("learning_rate")
        }));
    /// Schedule of the learning rate.
    LrSchedule = row!("lr_schedule", Training, "schedule of the learning rate", lr_schedule);
    /// Decoupled weight decay.
    WeightDecay = row!("weight_decay", More, "weight decay", weight_decay, of: alone,
        number: number!(weight_decay, NumberRange::NOT_NEGATIVE, NumberScale::Log { least: 1e-6, most: 1.0, zero: true }),
        live: Some(LiveChange { can_diverge: true, ..LiveChange::held("weight_decay") }));
    /// Seed of the weights, the batches and the noise.
    Seed = row!("seed", Training, "seed", seed);
    /// Weight of the KL.
    KlWeight = row!("kl_weight", Objective, "KL weight", kl_weight, of: ModelKind::is_variational,
        about: "What the KL counts against the reconstruction: 1 is the ELBO, 0 a plain autoencoder, too much and \
                the posterior collapses",
        number: number!(kl_weight, NumberRange::NOT_NEGATIVE, WEIGHT),
        live: Some(LiveChange {
            stem: "kl",
            schedule: Some(Setting::KlSchedule),
            can_diverge: true,
            planned: Some(kl_weight_at),
            rises_over: |config| match config.kl_schedule {
                KlSchedule::Warmup(steps) => steps,
                KlSchedule::Constant | KlSchedule::Cyclical { .. } => 0,
            },
            ..LiveChange::held("kl_weight")
        }));
    /// Schedule of the KL weight.
    KlSchedule = row!("kl_schedule", Objective, "schedule of the KL weight", kl_schedule, of: ModelKind::is_variational);
    /// Nats of KL that each dimension may have at no cost.
    FreeBits = row!("free_bits", Objective, "free bits", free_bits, of: ModelKind::is_variational,
        about: "Nats of KL that each dimension may have at no cost (Kingma et al. 2016): some keep it alive",
        number: number!(free_bits, NumberRange::NOT_NEGATIVE, NumberScale::Log { least: 1e-3, most: 10.0, zero: true }),
        live: Some(LiveChange::held("free_bits")));
    /// Penalty on the code of a sparse AE; its number is the weight.
    Sparsity = row!("sparsity", Objective, "sparsity weight", sparsity, of: |kind| kind == ModelKind::Sae,
        short: "Weight",
        about: "What the penalty counts against the reconstruction",
        number: Some(NumberSetting {
            get: |config| Some(config.sparsity?.weight()),
            set: |config, weight| config.sparsity = config.sparsity.map(|sparsity| sparsity.with_weight(weight)),
            range: NumberRange::NOT_NEGATIVE,
            scale: WEIGHT,
            unit: "",
        }),
        live: Some(LiveChange { can_diverge: true, ..LiveChange::held("sparsity_weight") }));
    /// Noise on what a denoising AE is shown; its number is the strength.
    Noise = row!("noise", Objective, "noise strength", noise, of: |kind| kind == ModelKind::Dae,
        short: "Strength",
        about: "Standard deviation of the noise, or part of the pixels that it spoils",
        number: Some(NumberSetting {
            get: |config| Some(config.noise?.strength()),
            set: |config, strength| config.noise = config.noise.map(|noise| noise.with_strength(strength)),
            range: NumberRange::from(0.0, 1.0),
            scale: NumberScale::Log { least: 1e-2, most: 1.0, zero: true },
            unit: "",
        }),
        live: Some(LiveChange::held("noise_strength")));
    /// Distribution of pictures around what the decoder gives.
    Likelihood = row!("likelihood", Objective, "likelihood", likelihood,
        of: |kind| matches!(kind, ModelKind::Ae | ModelKind::Sae | ModelKind::Vae));
    /// Network in whose features pictures are compared as well.
    FeatureLoss = row!("feature_loss", Objective, "feature loss", feature_loss, of: alone);
    /// Weight of the feature loss.
    FeatureWeight = row!("feature_weight", Objective, "feature weight", feature_weight, of: alone,
        short: "Weight",
        about: "What the distance in features counts against the squared error: 1 is about as much, more is sharper \
                and less exact",
        number: Some(NumberSetting {
            get: |config| (!config.feature_loss.is_none()).then_some(config.feature_weight),
            set: |config, weight| if !config.feature_loss.is_none() { config.feature_weight = weight },
            range: NumberRange::NOT_NEGATIVE,
            scale: WEIGHT,
            unit: "",
        }),
        live: Some(LiveChange { can_diverge: true, ..LiveChange::held("feature_weight") }));
    /// Extras of adversarial training that are not chosen one by one.
    Recipe = row!("recipe", Objective, "recipe", adversarial.recipe, of: ModelKind::is_adversarial);
    /// Weight of the reconstruction for the decoder of a VAE-GAN.
    ReconstructionWeight = row!("reconstruction_weight", Objective, "reconstruction weight",
        adversarial.reconstruction_weight, of: |kind| kind == ModelKind::VaeGan,
        short: "Gamma",
        about: "What the reconstruction in the discriminator's features counts against the adversarial loss for the \
                decoder, gamma of Larsen et al. 2016",
        number: extra!(reconstruction_weight, EXTRA_WEIGHT, NumberScale::Log { least: 1e-5, most: 10.0, zero: true }));
    /// Decay of the running mean of the generator's weights.
    Ema = row!("ema", Objective, "EMA decay", adversarial.ema, of: ModelKind::is_adversarial,
        short: "Mean weights",
        number: extra!(ema, DECAY, NEAR_1));
    /// Varied pictures for the discriminator.
    DiffAugment = row!("diff_augment", Objective, "augmentation for a discriminator", adversarial.diff_augment,
        of: ModelKind::is_adversarial);
    /// Distance of the discriminator's target for real pictures below 1.
    LabelSmoothing = row!("label_smoothing", Objective, "label smoothing", adversarial.label_smoothing,
        of: ModelKind::is_adversarial,
        short: "Smoothing",
        about: "How far below 1 the discriminator's target for real pictures lies (Salimans et al. 2016)",
        number: extra!(label_smoothing, NumberRange::from(0.0, 0.5), NumberScale::Real { most: 0.5, speed: 0.005 }));
    /// Pairs of pictures in place of single ones.
    Relativistic = row!("relativistic", Objective, "comparison in pairs", adversarial.relativistic,
        of: ModelKind::is_adversarial);
    /// Normalisation in the discriminator.
    DiscriminatorNorm = row!("discriminator_norm", Objective, "normalisation in a discriminator",
        adversarial.discriminator_norm, of: ModelKind::is_adversarial);
    /// Penalty on the discriminator's gradient at real pictures.
    R1 = row!("r1", Objective, "R1 penalty", adversarial.r1, of: ModelKind::is_adversarial,
        about: "Weight of a penalty on the discriminator's gradient at real pictures (Mescheder et al. 2018); not \
                with batch norm there",
        number: extra!(r1, EXTRA_WEIGHT, PENALTY));
    /// Penalty on the discriminator's gradient at generated pictures.
    R2 = row!("r2", Objective, "R2 penalty", adversarial.r2, of: ModelKind::is_adversarial,
        about: "Weight of the same penalty at generated pictures; with both, training settles (Huang et al. 2024)",
        number: extra!(r2, EXTRA_WEIGHT, PENALTY));
    /// Updates from one penalty to the next.
    PenaltyEvery = row!("penalty_every", Objective, "interval of the penalties", adversarial.penalty_every,
        of: ModelKind::is_adversarial,
        short: "Penalty every",
        number: extra!(penalty_every, EVERY, NumberScale::Count { most: 64 }));
    /// Memory of Adam for gradients.
    Beta1 = row!("beta1", Objective, "beta1 of Adam", adversarial.beta1, of: ModelKind::is_adversarial,
        short: "Adam beta1", number: extra!(beta1, DECAY, NEAR_1));
    /// Memory of Adam for their squares.
    Beta2 = row!("beta2", Objective, "beta2 of Adam", adversarial.beta2, of: ModelKind::is_adversarial,
        short: "Adam beta2", number: extra!(beta2, DECAY, NEAR_1));
    /// Beginning of a run with strong penalties.
    BurnIn = row!("burn_in", Objective, "burn-in", adversarial.burn_in, of: ModelKind::is_adversarial,
        short: "Burn-in",
        number: extra!(burn_in, NumberRange::from(0.0, 1.0), NumberScale::Real { most: 1.0, speed: 0.01 }));
    /// Steps between two measurements on the validation images.
    ValidateEvery = row!("validate_every", More, "validate every", validate_every,
        short: "Validate", number: number!(validate_every, EVERY, STEPS, "steps"));
    /// Steps between two checkpoints.
    SaveEvery = row!("save_every", More, "save every", save_every,
        short: "Save", number: number!(save_every, EVERY, STEPS, "steps"));
    /// Steps between two sheets of sample pictures.
    SampleEvery = row!("sample_every", More, "samples every", sample_every,
        short: "Samples", number: number!(sample_every, EVERY, STEPS, "steps"));
}

fn not_dcgan(kind: ModelKind) -> bool {
    kind != ModelKind::Dcgan
}

/// Kinds that minimise one loss.
fn alone(kind: ModelKind) -> bool {
    !kind.is_adversarial()
}

/// Earlier versions took these for every kind, and made nothing of them where there is no KL.
const ONCE_IGNORED: [Setting; 2] = [Setting::KlWeight, Setting::KlSchedule];

impl Setting {
    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Settings of a kind of model in a part of the form.
    pub fn of(kind: ModelKind, group: Group) -> impl Iterator<Item = Setting> {
        Self::ALL.iter().copied().filter(move |s| s.row().group == group && s.belongs_to(kind))
    }

    /// Settings that can change while a run goes on, those of the objective first.
    pub fn changeable() -> impl Iterator<Item = Setting> {
        let of = |objective: bool| {
            let all = Self::ALL.iter().copied().filter(|setting| setting.live().is_some());
            all.filter(move |setting| (setting.row().group == Group::Objective) == objective)
        };
        of(true).chain(of(false))
    }

    /// The field of [`TrainConfig`] and the identifier of the option.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Name within a sentence, as in "the KL weight".
    pub fn label(self) -> &'static str {
        self.row().label
    }

    /// Its label, or what is short enough to stand before its control.
    pub fn short(self) -> &'static str {
        let Row { short, label, .. } = self.row();
        if short.is_empty() { label } else { short }
    }

    /// A sentence about it.
    pub fn about(self) -> &'static str {
        match self.row().about {
            "" => help(self.name()),
            about => about,
        }
    }

    /// Option of the command line, as in "--kl-weight".
    pub fn flag(self) -> &'static str {
        flag(self.name())
    }

    /// Whether runs of this kind of model have it.
    pub fn belongs_to(self, kind: ModelKind) -> bool {
        (self.row().of)(kind)
    }

    /// Says why a run of this kind of model cannot have it.
    pub fn refusal(self, kind: ModelKind) -> String {
        let names: Vec<String> = ModelKind::ALL
            .iter()
            .filter(|kind| self.belongs_to(**kind))
            .filter_map(AsOption::as_option)
            .collect();
        let kinds = match &names[..] {
            [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            names => names.join(""),
        };
        let (label, flag) = (self.label(), self.flag());
        format!("{} has no {label}; {flag} goes with --model {kinds}", kind.with_article())
    }

    /// Whether two runs have it alike.
    pub fn is_same(self, a: &TrainConfig, b: &TrainConfig) -> bool {
        (self.row().is_same)(a, b)
    }

    /// Takes it over from other settings.
    pub fn copy(self, to: &mut TrainConfig, from: &TrainConfig) {
        (self.row().copy)(to, from);
    }

    /// Argument of the command line for it; none where nothing is said.
    pub fn text(self, config: &TrainConfig) -> Option<String> {
        (self.row().text)(config)
    }

    /// Whether it is a schedule that leaves its setting as it is.
    pub fn is_constant(self, config: &TrainConfig) -> bool {
        match self {
            Setting::KlSchedule => config.kl_schedule == KlSchedule::Constant,
            Setting::LrSchedule => config.lr_schedule == LrSchedule::Constant,
            _ => true,
        }
    }

    /// Facts about it as a number, if it is one.
    pub fn number(self) -> Option<&'static NumberSetting> {
        self.row().number.as_ref()
    }

    /// The way in which it can change while a run goes on, if it can.
    pub fn live(self) -> Option<&'static LiveChange> {
        self.row().live.as_ref()
    }

    /// Its number; none for what is no number and where the run has none.
    pub fn value(self, config: &TrainConfig) -> Option<f64> {
        self.number().and_then(|number| (number.get)(config))
    }

    /// Sets its number; what is no number stays.
    pub fn set(self, config: &mut TrainConfig, value: f64) {
        if let Some(number) = self.number() {
            (number.set)(config, value);
        }
    }

    /// Its number in the update after `step` others when nobody changes it; 0 where the run has none.
    pub fn planned(self, config: &TrainConfig, step: usize) -> f64 {
        match self.live().and_then(|live| live.planned) {
            Some(planned) => planned(config, step),
            None => self.value(config).unwrap_or_default(),
        }
    }

    /// Updates until its schedule has led it to its full value.
    pub fn rises_over(self, config: &TrainConfig) -> usize {
        self.live().map_or(0, |live| (live.rises_over)(config))
    }

    /// Says in one sentence why it cannot be this number, if so.
    pub fn check(self, value: f64) -> Result<(), String> {
        match self.number().map(|number| number.range) {
            Some(range) if !range.contains(value) => {
                Err(format!("{value} is not possible for the {}; it must be {range}", self.label()))
            }
            _ => Ok(()),
        }
    }

    /// The names of its changes in files: to a value, to a value by a line, back to what was planned.
    pub(super) fn columns(self) -> Option<[String; 3]> {
        let LiveChange { column, stem, .. } = self.live()?;
        Some([(*column).to_owned(), format!("{stem}_anneal"), format!("{stem}_planned")])
    }
}

impl TrainConfig {
    /// Says in one sentence which setting this kind of model does not have, or which number is impossible.
    pub(super) fn check_settings(&self) -> Result<(), String> {
        let kind = self.model.kind;
        let usual = defaults_of(kind);
        for &setting in Setting::ALL {
            if !setting.belongs_to(kind) && !setting.is_same(self, &usual) {
                return Err(setting.refusal(kind));
            }
            setting.value(self).map_or(Ok(()), |value| setting.check(value))?;
        }
        Ok(())
    }

    /// Drops what a run of an earlier version could be given though its kind of model has no use for it.
    pub fn without_ignored(mut self) -> Self {
        let kind = self.model.kind;
        for setting in ONCE_IGNORED.into_iter().filter(|setting| !setting.belongs_to(kind)) {
            setting.copy(&mut self, &defaults_of(kind));
        }
        self
    }
}

#[cfg(test)]
mod tests;
