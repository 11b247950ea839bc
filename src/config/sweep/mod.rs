//! Sweeps: many runs that one file says, as a grid of settings, a list of them, or both.

mod file;
mod names;
mod place;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::stored_text::StoredText;
use super::{DataSource, FeatureLoss, Setting, TrainConfig};
use file::SweepFile;
use place::{Given, Place};

/// The format of a sweep's file, for people.
pub const SWEEP_FORMAT: &str = "\
The file of a sweep:

  data = \"builtin:faces\"        # as in train --data; paths are meant from the folder of this file
  out = \"runs\"                  # the folder of the runs' folders

  [settings]                    # what all runs have: the options of train without their dashes
  model = \"vae\"
  steps = 2000

  [grid]                        # a run for every combination
  kl-weight = [0.1, 1, 4]
  seed = [0, 1]

  [[runs]]                      # or a list, of which each entry is combined with the grid
  latent-dim = 32

  [[runs]]
  latent-dim = 128
  free-bits = 0.05

A run's folder is called after what sets it apart, as in kl-weight=0.1_seed=0. What is done is skipped, what was \
interrupted goes on, and a run that was begun with other settings is left alone and told.";

/// A sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The folder of the runs' folders.
    pub out: PathBuf,
    /// The runs. Those of a grid come by its settings in the order of [`Setting::ALL`], seeds fastest.
    pub runs: Vec<SweepRun>,
}

/// A run of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRun {
    /// The name of its folder.
    pub name: String,
    /// All of its settings; the paths in them hold wherever the program is started.
    pub config: TrainConfig,
    /// Settings that were given, as the command line takes them; paths are as in the file.
    pub given: Vec<(Setting, String)>,
}

impl Sweep {
    /// Expands the text of a file whose paths are meant from the folder `base`, which is absolute.
    ///
    /// # Errors
    /// A sentence that says what is wrong, under which key or with which run.
    pub fn read(text: &str, base: &Path) -> Result<Self, String> {
        let SweepFile { out, fixed, grid, entries } = SweepFile::read(text)?;
        let points: Vec<Given> = grid.iter().fold(vec![Given::new()], |points, (place, values)| {
            let with = |point: &Given, value: &String| {
                point.iter().map(|(p, v)| (*p, v.clone())).chain([(*place, value.clone())]).collect()
            };
            points.iter().flat_map(|point| values.iter().map(move |value| with(point, value))).collect()
        });
        let mut runs = Vec::with_capacity(entries.len() * points.len());
        for entry in &entries {
            for point in &points {
                let mut given = fixed.clone();
                given.extend(entry.iter().chain(point).map(|(place, value)| (*place, value.clone())));
                runs.push(given);
            }
        }
        let configs = runs.iter().enumerate().map(|(at, given)| {
            file::config(given).map_err(|reason| format!("run {} of {}: {reason}", at + 1, runs.len()))
        });
        let configs = configs.collect::<Result<Vec<TrainConfig>, String>>()?;
        check_apart(&configs)?;
        let names = names::names(&runs, &configs)?;
        let whole = configs.into_iter().zip(names).zip(runs).map(|((config, name), given)| {
            if !given.contains_key(&Place::of(Setting::Data)) {
                return Err("data is missing: the folder of images to train on, or builtin:faces".to_owned());
            }
            let has = |setting| given.contains_key(&Place::of(setting));
            config.check_given(has).map_err(|reason| format!("{name}: {reason}"))?;
            let given = given.into_iter().map(|(place, value)| (place.setting, value)).collect();
            Ok(SweepRun { name, config: placed(config.completed(), base), given })
        });
        Ok(Sweep { out: base.join(out), runs: whole.collect::<Result<_, _>>()? })
    }

    /// The sources of the runs' images, each once.
    pub fn sources(&self) -> Vec<&DataSource> {
        let mut sources: Vec<&DataSource> = Vec::new();
        for source in self.runs.iter().map(|run| &run.config.dataset.source) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    /// Turns passes over the images of a source, of which so many are trained on, into steps.
    ///
    /// # Errors
    /// A sentence about a run whose steps make no sense.
    pub fn settle_epochs(&mut self, source: &DataSource, images: usize) -> Result<(), String> {
        for run in self.runs.iter_mut().filter(|run| run.config.dataset.source == *source) {
            let SweepRun { name, config, given } = run;
            let Some(epochs) = config.epochs.take() else { continue };
            let seen = epochs.checked_mul(images);
            config.steps = seen.map_or(usize::MAX, |seen| seen.div_ceil(config.batch_size));
            config.validate().map_err(|reason| format!("{name}: {reason}"))?;
            given.retain(|(setting, _)| *setting != Setting::Epochs);
            given.push((Setting::Steps, config.steps.to_string()));
        }
        Ok(())
    }
}

impl SweepRun {
    /// The arguments of `morphospace train` for its settings, which hold wherever the program is started.
    pub fn arguments(&self) -> Vec<OsString> {
        let argument = |(setting, value): &(Setting, String)| {
            let mut argument = OsString::from(format!("{}=", setting.flag()));
            argument.push(match setting {
                Setting::Data => StoredText::from(self.config.dataset.source.clone()).into(),
                Setting::FeatureLoss => StoredText::from(self.config.feature_loss.clone()).into(),
                _ => OsString::from(value),
            });
            argument
        };
        self.given.iter().map(argument).collect()
    }

    /// The first setting in which a run that was begun differs from this one.
    pub fn difference(&self, begun: &TrainConfig) -> Option<Setting> {
        let ours = &self.config;
        Setting::ALL.iter().copied().find(|setting| !setting.is_same(begun, ours))
    }
}

/// Says in a sentence which two runs are the same, if two are.
fn check_apart(configs: &[TrainConfig]) -> Result<(), String> {
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(configs.len());
    for (at, config) in configs.iter().enumerate() {
        let settings = serde_json::to_string(config).map_err(|error| error.to_string())?;
        if let Some(other) = seen.insert(format!("{settings} {:?}", config.epochs), at) {
            return Err(format!("runs {} and {} are the same; take one of them out", other + 1, at + 1));
        }
    }
    Ok(())
}

/// With the paths meant from a folder.
fn placed(mut config: TrainConfig, base: &Path) -> TrainConfig {
    let source = config.dataset.source.clone().map_folder(|path| Ok::<_, ()>(normal(&base.join(path))));
    config.dataset.source = source.unwrap_or(config.dataset.source);
    if let FeatureLoss::Inception(file) = &config.feature_loss {
        config.feature_loss = FeatureLoss::Inception(normal(&base.join(file)));
    }
    config
}

/// As runs keep paths: absolute ones, without `.` in them.
fn normal(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
