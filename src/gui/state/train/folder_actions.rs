//! Actions on the folders of runs: more steps for a run, another name for it, its place in the system's file manager.

use std::borrow::Cow;
use std::path::Path;

use rust_i18n::t;

use super::extend::Extension;
use super::rename::Renaming;
use super::run::{Run, RunKey};
use crate::gui::state::{Effect, Screen, State};
use crate::worker::protocol::{Changes, Job, ModelSource, ResumeOrder};

impl State {
    /// Opens the dialog that gives a run more steps.
    pub fn set_up_extension(&mut self, key: RunKey) {
        self.train.extension = self.train.find(key).and_then(|run| Extension::new(run));
    }

    /// Lets the run of the dialog go on for the steps that were chosen.
    pub fn extend_run(&mut self) {
        let Some(extension) = self.train.extension.take() else { return };
        let Some(run) = self.train.find(extension.run).filter(|run| run.can_extend()) else { return };
        let folder = run.folder.clone();
        let changes = Changes { steps: Some(extension.steps()), ..Changes::default() };
        self.screen = Screen::Train;
        self.begin(extension.run, Job::Resume(ResumeOrder { run: folder, changes }));
    }

    /// Reason why a run cannot be given another name now, if it cannot.
    pub fn refuses_renaming(&self, run: &Run) -> Option<Cow<'static, str>> {
        match () {
            () if self.remote.is_some() => Some(t!("Its folder lies on another computer")),
            () if run.job.is_some() => Some(t!("Stop the run first")),
            () if !run.can_rename() => Some(t!("There is nothing of it on the disk yet")),
            () => None,
        }
    }

    /// Reason why the folder of a run cannot be shown, if it cannot.
    pub fn refuses_to_show_folder(&self, run: &Run) -> Option<Cow<'static, str>> {
        match () {
            () if self.remote.is_some() => Some(t!("Its folder lies on another computer")),
            () if run.saved_step.is_none() && run.info.is_none() => {
                Some(t!("There is nothing of it on the disk yet"))
            }
            () => None,
        }
    }

    /// Opens the dialog for another name of a run.
    pub fn set_up_renaming(&mut self, key: RunKey) {
        let taken = self.train.taken_folders();
        self.train.listing.clear();
        let run = self.train.runs.iter().find(|run| run.key == key);
        let run = run.filter(|run| self.refuses_renaming(run).is_none());
        self.train.renaming = run.map(|run| Renaming::new(run, taken));
    }

    /// Gives the run of the dialog its new name.
    pub fn rename_run(&mut self) {
        let Some(renaming) = self.train.renaming.take_if(|renaming| renaming.problem().is_none()) else {
            return;
        };
        if renaming.is_new() {
            let to = renaming.wanted();
            self.effects.push(Effect::RenameFolder { from: renaming.folder, to });
        }
    }

    /// The folder of a run has another name.
    pub fn folder_renamed(&mut self, from: &Path, to: &Path) {
        let moved = |path: &Path| {
            path.strip_prefix(from).ok().map(|rest| match rest.as_os_str().is_empty() {
                true => to.to_owned(),
                false => to.join(rest),
            })
        };
        for run in &mut self.train.runs {
            if let Some(folder) = moved(&run.folder) {
                run.folder = folder;
            }
            if let Some((folder, _)) = &mut run.forked_from
                && let Some(now) = moved(folder)
            {
                *folder = now;
            }
        }
        let form = &mut self.train.priors.form.model;
        let sources = self.models.iter_mut().map(|model| &mut model.source).chain(form);
        for source in sources {
            if let ModelSource::File(path) = source
                && let Some(now) = moved(path)
            {
                *path = now;
            }
        }
        self.train.listing.clear();
        let name = to.file_name().unwrap_or(to.as_os_str()).to_string_lossy().into_owned();
        self.messages.say(t!("The run is called %{name} now", name = name).into_owned());
    }

    /// Shows the folder of a run in the system's file manager.
    pub fn show_run_folder(&mut self, key: RunKey) {
        let run = self.train.runs.iter().find(|run| run.key == key);
        if let Some(run) = run.filter(|run| self.refuses_to_show_folder(run).is_none()) {
            let folder = run.folder.clone();
            self.effects.push(Effect::ShowFolder(folder));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::ModelKind;
    use crate::gui::state::train::run::Phase;
    use crate::gui::state::train::samples;

    #[test]
    fn a_run_that_rests_is_renamed_to_a_free_name() {
        let mut state = State::default();
        let run = samples::run(&mut state.train, ModelKind::Vae, 8);
        (run.phase, run.job, run.saved_step) = (Phase::Training, Some(1), Some(10));
        let key = run.key;
        state.set_up_renaming(key);
        assert!(state.train.renaming.is_none(), "it is written to");
        state.job_told(1, crate::worker::protocol::JobEvent::Cancelled);
        state.set_up_renaming(key);
        let renaming = state.train.renaming.as_mut().unwrap();
        renaming.listed(vec!["/runs/a".into(), "/runs/b".into()]);
        assert!(renaming.problem().is_none() && !renaming.is_new());
        renaming.name = "b".into();
        assert!(renaming.problem().is_some_and(|problem| problem.contains("already")));
        renaming.name = "c".into();
        state.effects.clear();
        state.rename_run();
        let (from, to) = (PathBuf::from("/runs/a"), PathBuf::from("/runs/c"));
        assert_eq!(state.effects, [Effect::RenameFolder { from: from.clone(), to: to.clone() }]);
        state.folder_renamed(&from, &to);
        assert_eq!(state.train.run().unwrap().name(), "c");
    }
}
