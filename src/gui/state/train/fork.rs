//! The settings of a run that is to begin from where another stands.

use std::path::PathBuf;

use rust_i18n::t;

use super::extend::MOST_STEPS;
use super::form::{capitalized, free_name, is_taken, name_problem};
use super::run::Run;
use crate::config::{ModelKind, Plan, Setting, TrainConfig};
use crate::gui::said::said;

/// A fork that is being set up.
#[derive(Clone, Debug)]
pub struct Fork {
    /// Name of the run that it begins from.
    pub from_name: String,
    /// Its folder.
    pub from_folder: PathBuf,
    /// The step that it begins at.
    pub step: usize,
    /// The settings, of which shape and data stay.
    pub config: TrainConfig,
    /// The settings as they stand in that run.
    standing: TrainConfig,
    /// The name of the new run's folder.
    pub name: String,
    /// Whether there is such a folder already.
    pub taken: bool,
    /// Folders that it cannot have: those of the other runs, and what else was seen on the disk.
    taken_by: Vec<PathBuf>,
}

impl Fork {
    /// Begins from the last checkpoint of a run, with its settings as they are there. None for a run that has
    /// no checkpoint. `taken_by` are the folders of the other runs.
    pub fn new(run: &Run, taken_by: Vec<PathBuf>) -> Option<Self> {
        let (plan, step) = (run.plan.as_ref()?, run.saved_step?);
        let (mut config, now) = (plan.config().clone(), plan.at(step));
        // What has a schedule goes on by it.
        let free = |setting: &Setting| setting.live().is_some_and(|live| live.schedule.is_none());
        Setting::changeable().filter(free).for_each(|setting| setting.copy(&mut config, &now));
        // What is left of its steps; of a run that has done all, as many again.
        let left = config.steps.saturating_sub(step);
        config.steps = step + if left > 0 { left } else { step.max(1) };
        let mut fork = Fork {
            from_name: run.name(),
            from_folder: run.folder.clone(),
            step,
            standing: config.clone(),
            config,
            name: String::new(),
            taken: false,
            taken_by,
        };
        fork.name = free_name(&fork.parent(), &fork.stem(), &fork.taken_by);
        Some(fork)
    }

    /// Updates to come after those that the old run has done.
    pub fn more(&self) -> usize {
        self.config.steps.saturating_sub(self.step)
    }

    /// Does so many updates more.
    pub fn set_more(&mut self, more: usize) {
        self.config.steps = self.step.saturating_add(more);
    }

    /// Most updates that can be added.
    pub fn most(&self) -> usize {
        MOST_STEPS.saturating_sub(self.step).max(1)
    }

    /// Whether it can go on as another kind of model.
    pub fn has_kinds(&self) -> bool {
        self.standing.model.kind == ModelKind::Vae
    }

    /// Goes on as this kind of model; other settings begin as they stand in the old run, or as that kind has them.
    pub fn set_kind(&mut self, kind: ModelKind) {
        let standing = self.standing.clone();
        let config = if kind == standing.model.kind { standing } else { standing.of_kind(kind) };
        self.config = TrainConfig { steps: self.config.steps, seed: self.config.seed, ..config };
    }

    /// The folder of the new run's folder: that of the old one's.
    pub fn parent(&self) -> PathBuf {
        self.from_folder.parent().map(PathBuf::from).unwrap_or_default()
    }

    /// The new run's folder.
    pub fn folder(&self) -> PathBuf {
        self.parent().join(self.name.trim())
    }

    /// Takes in what lies beside the old run's folder; a name that nobody has typed gives way to it.
    pub fn listed(&mut self, paths: Vec<PathBuf>) {
        let suggested = free_name(&self.parent(), &self.stem(), &self.taken_by);
        self.taken_by.extend(paths);
        if self.name == suggested {
            self.name = free_name(&self.parent(), &self.stem(), &self.taken_by);
        }
        self.look();
    }

    fn stem(&self) -> String {
        format!("{} fork", self.from_name)
    }

    /// Looks whether the folder is there already.
    pub fn look(&mut self) {
        self.taken = !self.name.trim().is_empty() && is_taken(&self.folder(), &self.taken_by);
    }

    /// Limit of a run that can start, in a sentence.
    pub fn caution(&self) -> Option<String> {
        Plan::new(&self.config, &[]).unfinished().next().map(|sentence| said(&sentence).into_owned())
    }

    /// Obstacle to its start, in a sentence.
    pub fn problem(&self) -> Option<String> {
        let too_short = self.more() == 0;
        name_problem(&self.name, self.taken)
            .or_else(|| too_short.then(|| t!("Give the fork at least one more step").into_owned()))
            .or_else(|| self.config.validate().err().map(|problem| capitalized(said(&problem).into_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::state::train::run::Phase;
    use crate::gui::state::train::{Train, samples};

    #[test]
    fn a_fork_has_the_steps_that_are_left_or_as_many_again() {
        let mut train = Train::default();
        let run = samples::run(&mut train, ModelKind::Vae, 8);
        (run.phase, run.saved_step) = (Phase::Stopped, Some(200));
        let left = run.steps() - 200;
        let mut fork = Fork::new(run, Vec::new()).unwrap();
        assert_eq!((fork.step, fork.more()), (200, left));
        fork.set_more(0);
        assert!(fork.problem().is_some());
        fork.set_more(50);
        assert_eq!((fork.problem(), fork.config.steps), (None, 250));
        (run.phase, run.saved_step) = (Phase::Done, Some(run.steps()));
        let fork = Fork::new(run, Vec::new()).unwrap();
        assert_eq!((fork.more(), fork.config.steps), (run.steps(), 2 * run.steps()));
    }
}
