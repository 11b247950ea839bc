//! The settings of a new run as a person fills them in.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_i18n::t;

use crate::config::{
    self, AdversarialConfig, Alignment, DataSource, KlSchedule, ModelKind, OptimizerKind, Plan, Setting,
    TrainConfig,
};
use crate::gui::said::said;
use crate::own_data;
use crate::worker::protocol::Survey;

/// Settings to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// A small VAE that shows something within a minute or two.
    QuickLook,
    /// Defaults of the command line.
    Usual,
    /// A VAE whose KL weight rises from 0 several times.
    Cyclical,
    /// A denoising autoencoder.
    Denoising,
    /// A small DCGAN.
    Adversarial,
}

impl Preset {
    /// All, in the order of their buttons.
    pub const ALL: [Preset; 5] =
        [Preset::QuickLook, Preset::Usual, Preset::Cyclical, Preset::Denoising, Preset::Adversarial];

    /// Its words on a button.
    pub fn text(self) -> Cow<'static, str> {
        match self {
            Preset::QuickLook => t!("Quick look"),
            Preset::Usual => "VAE 64".into(),
            Preset::Cyclical => t!("Cyclical VAE"),
            Preset::Denoising => t!("Denoising AE"),
            Preset::Adversarial => "DCGAN 64".into(),
        }
    }

    /// A sentence about it.
    pub fn help(self) -> Cow<'static, str> {
        match self {
            Preset::QuickLook => t!("A small VAE at 32×32 pixels that shows faces within a minute or two"),
            Preset::Usual => t!("The VAE that comes with the program, at 64×64 pixels"),
            Preset::Cyclical => t!(
                "The same with a KL weight that rises from 0 four times, against posterior collapse (Fu et al. 2019)"
            ),
            Preset::Denoising => t!("Is given noisy pictures and learns to return the clean ones"),
            Preset::Adversarial => {
                t!("A generator against a discriminator, with the extras that help where pictures are few")
            }
        }
    }
}

/// A new run that is being set up. What belongs to one kind of model is kept while another is chosen.
#[derive(Clone, Debug)]
pub struct TrainForm {
    /// The settings, those that only other kinds of model have among them.
    pub config: TrainConfig,
    /// The length is in passes over the images, not in updates.
    pub by_epochs: bool,
    /// Passes over the images.
    pub epochs: usize,
    /// Where the run's folder will be.
    pub parent: PathBuf,
    /// The folder's name.
    pub name: String,
    /// Whether somebody has typed the name.
    pub named: bool,
    /// Whether there is such a folder already.
    pub taken: bool,
    /// Folders of runs that may not be on the disk yet.
    pub reserved: Vec<PathBuf>,
    /// Content of `parent` on the disk, as far as it was listed.
    pub on_disk: Vec<PathBuf>,
    /// Numbers of its images, or the reason why they cannot be counted.
    count: ImageCount,
}

/// Count of the images of a data set.
#[derive(Clone, Debug, Default, PartialEq)]
enum ImageCount {
    /// It was not asked for.
    #[default]
    Unknown,
    /// Somebody counts.
    Awaited(DataSource),
    /// It is known, or why it is not.
    Told(DataSource, Result<Survey, String>),
}

impl Default for TrainForm {
    fn default() -> Self {
        let mut config = config::defaults();
        config.dataset.source = DataSource::BuiltinFaces;
        let mut form = TrainForm {
            config,
            by_epochs: false,
            epochs: 30,
            parent: own_data::runs_folder(),
            name: String::new(),
            named: false,
            taken: false,
            reserved: Vec::new(),
            on_disk: Vec::new(),
            count: ImageCount::Unknown,
        };
        form.suggest_name();
        form
    }
}

impl TrainForm {
    /// Fills in a preset; data, seed and folder stay.
    pub fn apply(&mut self, preset: Preset) {
        let TrainConfig { dataset, seed, sparsity, noise, .. } = self.config.clone();
        self.config = TrainConfig { dataset, seed, sparsity, noise, ..config::defaults() };
        self.by_epochs = false;
        let config = &mut self.config;
        match preset {
            Preset::QuickLook => {
                config.model.image_size = 32;
                config.model.latent_dim = 32;
                config.model.base_width = 16;
                config.steps = 1500;
                config.validate_every = 50;
                config.save_every = 250;
                config.sample_every = 250;
            }
            Preset::Usual => (),
            Preset::Cyclical => config.kl_schedule = KlSchedule::Cyclical { cycles: 4, ramp: 0.5 },
            Preset::Denoising => config.model.kind = ModelKind::Dae,
            Preset::Adversarial => self.set_kind(ModelKind::Dcgan),
        }
        self.suggest_name();
    }

    /// The settings as they will be used.
    pub fn config(&self) -> TrainConfig {
        let mut config = self.config.clone();
        let kind = config.model.kind;
        config.epochs = self.by_epochs.then_some(self.epochs);
        let usual = config::defaults_of(kind);
        let foreign = Setting::ALL.iter().filter(|setting| !setting.belongs_to(kind));
        foreign.for_each(|setting| setting.copy(&mut config, &usual));
        config.completed()
    }

    /// Lays the code out on a grid of this side; it grows by what the last row of numbers lacks.
    pub fn set_latent_grid(&mut self, side: Option<usize>) {
        let model = &mut self.config.model;
        model.latent_grid = side;
        if let Some(side) = side {
            model.latent_dim = model.latent_dim.next_multiple_of(side * side);
        }
    }

    /// Takes another kind of model. Settings that are as the old kind usually has them become as the new one
    /// has them.
    pub fn set_kind(&mut self, kind: ModelKind) {
        let (old, new) = (config::defaults_of(self.config.model.kind), config::defaults_of(kind));
        if kind.is_adversarial() {
            self.set_optimizer(OptimizerKind::Adamw);
        }
        let config = &mut self.config;
        let as_usual = |setting: &&Setting| setting.is_same(config, &old);
        let changed: Vec<&Setting> = Setting::ALL.iter().filter(as_usual).collect();
        changed.into_iter().for_each(|setting| setting.copy(config, &new));
        config.model.kind = kind;
        config.adversarial = AdversarialConfig { recipe: config.adversarial.recipe, ..new.adversarial };
        self.suggest_name();
    }

    /// Takes another optimiser, and its usual learning rate in place of the old one's.
    pub fn set_optimizer(&mut self, optimizer: OptimizerKind) {
        let config = &mut self.config;
        let usual = |optimizer| config::learning_rate_of(config.model.kind, optimizer);
        if config.learning_rate == usual(config.optimizer) {
            config.learning_rate = usual(optimizer);
        }
        config.optimizer = optimizer;
    }

    /// The run's folder.
    pub fn folder(&self) -> PathBuf {
        self.parent.join(self.name.trim())
    }

    /// Obstacle to starting the run, in a sentence.
    pub fn problem(&self) -> Option<String> {
        name_problem(&self.name, self.taken).or_else(|| {
            self.config().validate().err().map(|problem| capitalized(said(&problem).into_owned()))
        })
    }

    /// Data set whose images are to be counted now; none if that was asked for already.
    pub fn to_be_counted(&mut self) -> Option<DataSource> {
        let data = &self.config.dataset.source;
        let known = match &self.count {
            ImageCount::Awaited(other) | ImageCount::Told(other, _) => other == data,
            ImageCount::Unknown => false,
        };
        let wanted = (!known).then(|| data.clone());
        wanted.inspect(|data| self.count = ImageCount::Awaited(data.clone()))
    }

    /// The images of a data set were counted, or could not be.
    pub fn counted(&mut self, data: DataSource, count: Result<Survey, String>) {
        if self.count == ImageCount::Awaited(data.clone()) {
            self.count = ImageCount::Told(data, count);
        }
    }

    /// Has the images counted anew.
    pub fn count_again(&mut self) {
        self.count = ImageCount::Unknown;
    }

    /// Numbers of the images of the data set in the form, or why there are none; none while they are counted.
    pub fn images(&self) -> Option<Result<&Survey, &str>> {
        match &self.count {
            ImageCount::Told(data, count) if *data == self.config.dataset.source => {
                Some(count.as_ref().map_err(String::as_str))
            }
            _ => None,
        }
    }

    /// Limit of a run that can start, in a sentence.
    pub fn caution(&self) -> Option<String> {
        Plan::new(&self.config(), &[]).unfinished().next().map(|sentence| said(&sentence).into_owned())
    }

    /// The kind of model or the data have changed: a name that nobody has typed follows.
    pub fn suggest_name(&mut self) {
        if !self.named {
            let data = match self.config.dataset.source.folder() {
                None => "faces".into(),
                Some(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            };
            let kind = self.config.model.kind.label().to_lowercase();
            self.name = free_name(
                &self.parent,
                &format!("{kind} {data} {}", self.config.model.image_size),
                &self.not_free(),
            );
        }
        self.look();
    }

    /// Looks whether the folder is there already.
    pub fn look(&mut self) {
        self.taken = !self.name.trim().is_empty() && is_taken(&self.folder(), &self.not_free());
    }

    /// Folders that a new run cannot have.
    fn not_free(&self) -> Vec<PathBuf> {
        self.reserved.iter().chain(&self.on_disk).cloned().collect()
    }

    /// Takes in what lies in the folder of new runs.
    pub fn listed(&mut self, paths: Vec<PathBuf>) {
        self.on_disk = paths;
        self.suggest_name();
    }

    /// New runs are kept here from now on.
    pub fn set_parent(&mut self, parent: PathBuf) {
        self.parent = parent;
        self.on_disk.clear();
        self.suggest_name();
    }

    /// A run with these settings has been given to the worker: the next one needs another folder.
    pub fn begun(&mut self) {
        self.reserved.push(self.folder());
        self.named = false;
        self.suggest_name();
    }

    /// Takes a data set. If faces are cut out of the one before, they are cut out of this.
    pub fn set_data(&mut self, source: DataSource) {
        let is_aligned = self.config.dataset.source.alignment() == Alignment::Face;
        self.config.dataset.source = if is_aligned { source.aligned(Alignment::Face) } else { source };
        self.suggest_name();
    }
}

/// Fault of the name of a new run's folder, in a sentence; `taken` when there is such a folder.
pub fn name_problem(name: &str, taken: bool) -> Option<String> {
    let name = name.trim();
    if name.is_empty() || Path::new(name).file_name() != Some(name.as_ref()) {
        return Some(t!("Give the run a name that can be that of a folder").into_owned());
    }
    let words = || t!("There is a folder named %{name} already; choose another name", name = name);
    taken.then(|| words().into_owned())
}

/// A name beginning with `stem` that none of the `taken` folders in `parent` has.
pub fn free_name(parent: &Path, stem: &str, taken: &[PathBuf]) -> String {
    let numbered = (2..).map(|number| format!("{stem} {number}"));
    let mut names = std::iter::once(stem.to_owned()).chain(numbered);
    names.find(|name| !is_taken(&parent.join(name), taken)).unwrap_or_default()
}

/// Whether a run cannot have this folder.
pub fn is_taken(folder: &Path, taken: &[PathBuf]) -> bool {
    taken.iter().any(|other| other == folder)
}

/// A sentence with a capital at its beginning.
pub fn capitalized(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_and_every_kind_is_valid() {
        let mut form = TrainForm::default();
        for preset in Preset::ALL {
            form.apply(preset);
            form.config().validate().unwrap();
        }
        for kind in ModelKind::ALL {
            form.config.free_bits = 0.5;
            form.set_kind(kind);
            let config = form.config();
            config.validate().unwrap();
            assert_eq!(config.sparsity.is_some(), kind == ModelKind::Sae);
            assert_eq!(config.noise.is_some(), kind == ModelKind::Dae);
            assert_eq!(config.free_bits > 0.0, kind.is_variational());
            assert_eq!(config.adversarial.recipe.is_some(), kind.is_adversarial());
            assert_eq!(config.learning_rate, if kind.is_adversarial() { 2e-4 } else { 1e-3 });
        }
    }

    #[test]
    fn names_are_free_until_somebody_types_one() {
        let mut form = TrainForm { parent: "/runs".into(), ..TrainForm::default() };
        form.suggest_name();
        assert_eq!((form.name.as_str(), form.problem()), ("vae faces 64", None));
        form.listed(vec![form.folder()]);
        assert_eq!((form.name.as_str(), form.problem()), ("vae faces 64 2", None));
        form.name = "vae faces 64".into();
        form.look();
        assert!(form.problem().is_some_and(|problem| problem.contains("already")));
        form.config.model.kind = ModelKind::Sae;
        form.suggest_name();
        assert_eq!(form.name, "sae faces 64");
        (form.name, form.named) = ("mine".into(), true);
        form.set_data(DataSource::Folder("/photos/cats".into()));
        assert_eq!(form.name, "mine");
        for bad in ["", "  ", "a/b", ".."] {
            form.name = bad.into();
            assert!(form.problem().is_some(), "{bad}");
        }
        form.name = "fine".into();
        form.config.batch_size = 1;
        assert!(form.problem().is_some_and(|problem| problem.starts_with("Batch normalisation needs")));
    }
}
