//! Actions of people on runs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rust_i18n::t;

use super::RememberedRun;
use super::View;
use super::fork::Fork;
use super::form::free_name;
use super::rename::Renaming;
use super::run::{Phase, Run, RunKey, RunLeft};
use super::stored_run::StoredRun;
use crate::config::DataSource;
use crate::gui::state::messages::{Notice, Remedy, Severity, count};
use crate::gui::state::{Awaited, Effect, Screen, State};
use crate::worker::protocol::{
    Changes, CollapseOrder, Command, Control, ForkOrder, Job, JobEvent, JobId, ModelSource, ResumeOrder,
    TrainOrder,
};

impl State {
    /// Starts the run of the form, or puts it in the queue.
    pub fn start_run(&mut self) {
        if self.train.form.problem().is_some() {
            return;
        }
        let (config, out) = (self.train.form.config(), self.train.form.folder());
        let run = self.train.add(out.clone());
        // What the job tells replaces it as soon as it begins.
        run.plan = Some(crate::config::Plan::new(&config, &[]));
        let key = run.key;
        self.begin(key, Job::Train(TrainOrder { config: Box::new(config), out }));
        self.train.form.begun();
    }

    /// Keeps new runs in a folder from now on.
    pub fn keep_runs_in(&mut self, folder: PathBuf) {
        self.train.form.set_parent(folder.clone());
        self.settings.runs_folder = Some(folder);
    }

    /// Shows posterior collapse and its cure on the built-in faces.
    pub fn demonstrate_collapse(&mut self) {
        let parent = self.train.form.parent.clone();
        let out = parent.join(free_name(&parent, "collapse demonstration", &self.train.taken_folders()));
        let run = self.train.add(out.clone());
        run.chapters.begin();
        let key = run.key;
        self.train.view = View::Collapse;
        let job = Job::DemonstrateCollapse(CollapseOrder {
            data: DataSource::BuiltinFaces,
            quick: false,
            seed: 0,
            out,
        });
        self.begin(key, job);
    }

    /// Lets a run go on from its last checkpoint.
    pub fn resume_run(&mut self, key: RunKey) {
        let Some(run) = self.train.find(key).filter(|run| run.can_resume()) else { return };
        let work = Job::Resume(ResumeOrder { run: run.folder.clone(), changes: Changes::default() });
        self.screen = Screen::Train;
        self.begin(key, work);
    }

    /// Gives a run of the list to the worker.
    pub(super) fn begin(&mut self, key: RunKey, work: Job) {
        self.messages.forget_remedy(Remedy::Resume(key));
        if self.train.find(key).is_none() {
            return;
        }
        let job = self.send(Command::Start(work));
        let Some(run) = self.train.find(key) else { return };
        run.job = Some(job);
        run.phase = Phase::Queued;
        run.left = RunLeft::AtRest;
        let watch = run.insight.watched.control();
        self.train.selected = Some(key);
        // Only a run that is watched tells what its codes carry and how its pictures look.
        self.send(Command::Control { job, control: watch });
    }

    /// Tells the run's job something, if there is one that listens.
    pub fn control(&mut self, key: RunKey, control: Control) {
        if let Some(job) = self.train.find(key).filter(|run| run.is_live()).and_then(|run| run.job) {
            self.send(Command::Control { job, control });
        }
    }

    /// Tells the run in front what has been changed by hand, at a time in seconds.
    pub fn tell_changes(&mut self, now: f64, at_rest: bool) {
        let Some(run) = self.train.run_mut().filter(|run| run.is_live()) else { return };
        let key = run.key;
        for adjustment in run.live.due(now, at_rest) {
            self.control(key, Control::Adjust(adjustment));
        }
    }

    /// Stops a run after it has saved itself, or takes it out of the queue.
    pub fn stop_run(&mut self, key: RunKey) {
        let Some(run) = self.train.find(key).filter(|run| !run.stopping) else { return };
        if let Some(job) = run.job {
            run.stopping = true;
            self.send(Command::Cancel(job));
        }
    }

    /// Opens the folder of a run in the list.
    pub fn open_run(&mut self, folder: PathBuf) {
        let run = self.train.listed(&folder);
        let (key, idle) = (run.key, run.job.is_none());
        self.train.selected = Some(key);
        self.screen = Screen::Train;
        if idle {
            self.await_run(folder);
        }
    }

    /// Takes a run that no job has in hand out of the list; its folder stays.
    pub fn remove_run(&mut self, key: RunKey) {
        if self.train.find(key).is_some_and(|run| run.job.is_none()) {
            self.train.take_out(key);
            self.messages.forget_remedy(Remedy::Resume(key));
        }
    }

    /// Opens a run's last checkpoint as a model.
    pub fn explore_run(&mut self, key: RunKey) {
        let Some(run) = self.train.find(key) else { return };
        let folder = run.folder.clone();
        self.open_model(ModelSource::File(folder));
        self.screen = Screen::Explore;
    }

    /// Opens the dialog for a fork of a run.
    pub fn set_up_fork(&mut self, key: RunKey) {
        let folders = self.train.taken_folders();
        self.train.listing.clear();
        self.train.fork = self.train.find(key).and_then(|run| Fork::new(run, folders));
    }

    /// Starts the fork of the dialog, or puts it in the queue.
    pub fn start_fork(&mut self) {
        let Some(fork) = self.train.fork.take_if(|fork| fork.problem().is_none()) else { return };
        let out = fork.folder();
        let run = self.train.add(out.clone());
        run.plan = Some(crate::config::Plan::new(&fork.config, &[]));
        run.forked_from = Some((fork.from_folder.clone(), fork.step));
        let key = run.key;
        let config = Box::new(fork.config);
        self.begin(key, Job::Fork(ForkOrder { from: fork.from_folder, config, out }));
    }

    /// Opens the runs of the last time.
    pub fn restore_runs(&mut self, runs: Vec<RememberedRun>) {
        for RememberedRun { folder, left } in runs {
            self.train.listed(&folder).left = left;
            self.await_run(folder);
        }
    }

    /// Has the folders listed that a new run and a fork would stand in, each once.
    pub(in crate::gui::state) fn list_names(&mut self) {
        if self.screen != Screen::Train {
            // Whoever comes back may have changed them meanwhile.
            return self.train.listing.clear();
        }
        let fork = self.train.fork.as_ref().map(Fork::parent);
        let renamed = self.train.renaming.as_ref().map(Renaming::parent);
        for parent in std::iter::once(self.train.form.parent.clone()).chain(fork).chain(renamed) {
            if self.train.listing.insert(parent.clone()) {
                self.effects.push(Effect::ListNames(parent));
            }
        }
    }

    /// Takes in what lies in a folder.
    pub fn names_listed(&mut self, parent: &Path, names: BTreeSet<OsString>) {
        let paths: Vec<PathBuf> = names.into_iter().map(|name| parent.join(name)).collect();
        if let Some(fork) = self.train.fork.as_mut().filter(|fork| fork.parent() == parent) {
            fork.listed(paths.clone());
        }
        if let Some(renaming) = self.train.renaming.as_mut().filter(|renaming| renaming.parent() == parent) {
            renaming.listed(paths.clone());
        }
        if self.train.form.parent == parent {
            self.train.form.listed(paths);
        }
    }

    /// Has the images counted that a new run would be trained on.
    pub(in crate::gui::state) fn count_images(&mut self) {
        let sets_up =
            self.screen == Screen::Train && self.train.selected.is_none() && !self.train.priors.open;
        if let Some(data) = sets_up.then(|| self.train.form.to_be_counted()).flatten() {
            let id = self.send(Command::Survey(data.clone()));
            self.awaited.insert(id, Awaited::Survey(data));
        }
    }

    /// The past of a run is there.
    pub fn run_read(&mut self, past: StoredRun) {
        let run = self.train.opened(past);
        let left = std::mem::take(&mut run.left);
        if left == RunLeft::AtRest || !run.can_resume() {
            return;
        }
        let (key, name, step, steps) = (run.key, run.name(), count(run.step), count(run.steps()));
        let message = match left {
            RunLeft::Saved => {
                t!(
                    "The run %{name} is saved at step %{step} of %{steps}",
                    name = name,
                    step = step,
                    steps = steps
                )
            }
            _ => t!(
                "The run %{name} was interrupted at step %{step} of %{steps}",
                name = name,
                step = step,
                steps = steps
            ),
        };
        let message = message.into_owned();
        self.messages.with_remedy(Notice { severity: Severity::Info, message }, Remedy::Resume(key));
    }

    /// The past of a run could not be read.
    pub(in crate::gui::state) fn run_unreadable(&mut self, folder: PathBuf, message: String) {
        let unread = |run: &&Run| run.folder == folder && run.phase == Phase::Reading;
        if let Some(key) = self.train.runs.iter().find(unread).map(|run| run.key) {
            self.train.take_out(key);
        }
        self.messages.error(message);
    }

    /// News of a job, which may train a run.
    pub(in crate::gui::state) fn job_told(&mut self, job: JobId, event: JobEvent) {
        let key = self.train.apply(job, &event);
        let run = key.and_then(|key| self.train.find(key));
        match (&event, run) {
            (JobEvent::Run(info), Some(run)) if info.step > 0 && run.curves.is_empty() => {
                // What a fork or a run of another day has behind it.
                self.await_run(info.folder.clone());
            }
            (JobEvent::Failed { message }, Some(run)) if run.can_resume() => {
                let notice = Notice { severity: Severity::Error, message: message.clone() };
                self.messages.ended(job);
                return self.messages.with_remedy(notice, Remedy::Resume(run.key));
            }
            _ => (),
        }
        self.messages.job(job, event);
    }

    /// Lets the worker end and starts another.
    pub fn restart_worker(&mut self) {
        self.messages.forget_remedy(Remedy::Restart);
        self.messages.busy = Some(t!("Starting the worker again").into_owned());
        self.effects.push(Effect::Restart);
    }

    /// Runs that the worker had in hand when it ended; they are read anew by another.
    pub(in crate::gui::state) fn reopen_runs(&mut self) {
        let (mut again, mut lost) = (Vec::new(), Vec::new());
        for run in &mut self.train.runs {
            let was_on = run.job.is_some();
            run.apply(&JobEvent::Cancelled);
            match run.saved_step {
                Some(_) => {
                    let left = if was_on { RunLeft::UnderWay } else { RunLeft::AtRest };
                    again.push(RememberedRun { folder: run.folder.clone(), left });
                }
                None => lost.push(run.key),
            }
        }
        lost.into_iter().for_each(|key| self.train.take_out(key));
        self.restore_runs(again);
    }
}
