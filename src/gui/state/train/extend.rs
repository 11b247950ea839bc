//! More steps for a run that has done all of its own.

use rust_i18n::t;

use super::run::{Run, RunKey};
use crate::config::LrSchedule;
use crate::gui::state::messages::count;

/// Most updates of a run that the window sets up.
pub const MOST_STEPS: usize = 10_000_000;

/// More steps for a run, before they are ordered.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The run.
    pub run: RunKey,
    /// Its name.
    pub name: String,
    /// Updates done.
    pub done: usize,
    /// Updates to come.
    pub more: usize,
    /// Whether its learning rate follows a schedule over all steps.
    follows_schedule: bool,
}

impl Extension {
    /// The dialog for as many steps again for a run that is done; none for another.
    pub fn new(run: &Run) -> Option<Self> {
        let (config, done) = (run.config()?, run.saved_step.filter(|_| run.can_extend())?);
        let follows_schedule = config.lr_schedule != LrSchedule::Constant;
        Some(Extension { run: run.key, name: run.name(), done, more: done, follows_schedule })
    }

    /// Updates in all.
    pub fn steps(&self) -> usize {
        self.done.saturating_add(self.more)
    }

    /// A peculiarity of going on, in a sentence.
    pub fn caution(&self) -> Option<String> {
        let steps = count(self.steps());
        let words = t!(
            "Its learning rate follows its schedule over all %{steps} steps, so that it is higher again at first",
            steps = steps
        );
        self.follows_schedule.then(|| words.into_owned())
    }

    /// Most updates that can be added.
    pub fn most(&self) -> usize {
        MOST_STEPS.saturating_sub(self.done).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelKind;
    use crate::gui::state::train::run::Phase;
    use crate::gui::state::train::{Train, samples};

    #[test]
    fn a_run_that_is_done_is_offered_as_many_steps_again() {
        let mut train = Train::default();
        let run = samples::run(&mut train, ModelKind::Vae, 8);
        (run.phase, run.saved_step) = (Phase::Done, Some(200));
        let extension = Extension::new(run).unwrap();
        assert_eq!((extension.done, extension.more, extension.steps()), (200, 200, 400));
        assert!(extension.caution().is_some_and(|words| words.contains("all 400 steps")), "it is a cosine");
        run.phase = Phase::Stopped;
        assert!(Extension::new(run).is_none(), "it has steps of its own left");
    }
}
